/* The first screen: did it go well, may it be sent, what is to be done. */
#include "pipeline/cte-report/report.h"

#include <inttypes.h>
#include <stdlib.h>

bool report_has_draft(const struct report *report)
{
    const struct told *told = report->told;
    for (size_t i = 0; i < told->table_count; i++) {
        if (told->tables[i].is_draft_conversion)
            return true;
    }
    return false;
}

/* What was said of the run on standard error, where the report may name sources and small counts.
 */
static void put_sentence(const struct report *report, struct page *page, size_t i, const char *text)
{
    enum { MOST_SENTENCES = 20 };
    if (report->is_public || report->hides || i > MOST_SENTENCES)
        return;
    page_paragraph(page, NULL, "%s",
                   i < MOST_SENTENCES ? text : "There is more of this: the manifest has all.");
}

/* Sources that are not whole, and losses, as far as the page tells of them. */
struct standing {
    size_t refused, incomplete;
    bool may_be_sent; /* as far as records go; draft tables are another matter */
};

static struct standing find_standing(const struct told *told)
{
    struct standing standing = {.refused = told->refused};
    for (size_t i = 0; i < told->source_count; i++)
        standing.incomplete += source_is_read(&told->sources[i]) && told->sources[i].incomplete;
    standing.may_be_sent = standing.refused == 0 && standing.incomplete == 0 &&
                           told->shrunk_count == 0 && told->overlap_count == 0;
    return standing;
}

/* Did it go well? */
static void put_outcome(struct report *report, const struct standing *standing)
{
    struct page *page = &report->page;
    if (!report->is_public)
        page_heading(page, 2, "outcome", "Did it go well?");
    page_html(page,
              "<p class=\"good\"><strong>The sums add up.</strong> Every record that was read was "
              "written, merged, rejected or held. <strong>Nothing is unexplained:</strong> "
              "checksums of every field show that no value changed but by a row of a table.</p>\n");
    if (standing->refused > 0)
        page_paragraph(page, "bad", "%zu source%s refused whole: nothing of %s was converted.",
                       standing->refused, standing->refused == 1 ? " was" : "s were",
                       standing->refused == 1 ? "it" : "them");
}

/* Fewer records than last time, and sources that replace one another. */
static void put_losses(struct report *report)
{
    const struct told *told = report->told;
    struct page *page = &report->page;
    if (told->shrunk_count > 0)
        page_html(
            page,
            "<p class=\"bad\"><strong>Some sources hold fewer records than last time.</strong> If "
            "that is not meant, find out which file lacks them before this is sent.</p>\n");
    for (size_t i = 0; i < told->shrunk_count; i++) {
        char *text = shrunk_text(&told->shrunk[i]);
        put_sentence(report, page, i, text);
        free(text);
    }
    if (told->overlap_count > 0)
        page_html(
            page,
            "<p class=\"bad\"><strong>Some sources replace one another.</strong> Of these, only "
            "the last one sent would stay. Send none of them before it is clear which.</p>\n");
    const struct overlap_list overlaps = told_overlaps(told);
    size_t count;
    char **texts = overlap_texts(&overlaps, &count);
    for (size_t i = 0; i < count; i++) {
        put_sentence(report, page, i, texts[i]);
        free(texts[i]);
    }
    free(texts);
}

/* May it be sent? */
static void put_permission(struct report *report, const struct standing *standing)
{
    struct page *page = &report->page;
    page_heading(page, 2, "sending", "May it be sent to CALPADS?");
    if (report_has_draft(report))
        page_html(page, "<p class=\"bad\"><strong>No:</strong> it was made with draft tables, to "
                        "prepare and to rehearse.</p>\n");
    else if (standing->may_be_sent)
        page_html(page, "<p class=\"good\"><strong>Yes,</strong> as far as this program can tell: "
                        "each output holds all records of its source.</p>\n");
    if (standing->incomplete > 0)
        page_html(page,
                  "<p class=\"bad\"><strong>Some output is incomplete:</strong> it holds fewer "
                  "records than its source, and CALPADS deletes what a replacement file leaves "
                  "out. Do not send it before the rest is decided or corrected.</p>\n");
    put_losses(report);
    report_put_accepted(report);
}

/* "12 records are held"; of a page that hides small counts "Some records are held". */
static void put_records(const struct report *report, struct page *page, enum sum sum,
                        const char *what)
{
    const uint64_t count = report->told->sums[sum];
    if (report->hides)
        page_say(page, "Some records are %s", what);
    else
        page_say(page, "%" PRIu64 " record%s %s", count, count == 1 ? " is" : "s are", what);
}

/* What is to be done, what stops an upload first. */
static void put_tasks(struct report *report, const struct standing *standing)
{
    const struct told *told = report->told;
    struct page *page = &report->page;
    const size_t questions = told->needed.count;
    page_heading(page, 2, "tasks", "What is to be done?");
    if (standing->may_be_sent && told->sums[SUM_REJECTED] == 0 && told->sums[SUM_HELD] == 0) {
        page_paragraph(page, NULL, "Nothing.");
        return;
    }
    page_html(page, "<ol>\n");
    if (standing->refused > 0)
        page_html(page, "<li>Export again what was refused; <a href=\"#sources\">why it was</a> "
                        "stands below.</li>\n");
    if (told->shrunk_count > 0 || told->overlap_count > 0)
        page_html(
            page,
            "<li>Look at <a href=\"#sending\">what is gone or would be "
            "replaced</a>; where that is meant, run with <code>--shrink publish</code>.</li>\n");
    if (told->sums[SUM_REJECTED] > 0) {
        page_html(page, "<li>");
        put_records(report, page, SUM_REJECTED, "rejected");
        page_html(page, ": correct them where they were entered, and export again; <a "
                        "href=\"#findings\">findings by rule</a> say how.</li>\n");
    }
    if (told->sums[SUM_HELD] > 0) {
        page_html(page, "<li>");
        put_records(report, page, SUM_HELD, "held");
        if (questions > 0)
            page_say(page, ", and %zu question%s open: answer in ", questions,
                     questions == 1 ? " is" : "s are");
        page_html(page, questions > 0
                            ? "worklist.xlsx or decisions-needed.csv, and give it with "
                              "<code>--decisions</code>; <a "
                              "href=\"#held\">questions and choices</a> stand below.</li>\n"
                            : "; <a href=\"#findings\">findings by rule</a> say why.</li>\n");
    }
    page_html(page, "</ol>\n");
}

void report_put_verdict(struct report *report)
{
    const struct standing standing = find_standing(report->told);
    put_outcome(report, &standing);
    if (report->is_public) /* it is read by whoever does not send it */
        return;
    put_permission(report, &standing);
    put_tasks(report, &standing);
}
