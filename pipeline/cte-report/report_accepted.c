/* Whether CALPADS would take each output, as far as the rules here can tell, and in which window:
 * the first of uploads.csv, those that would be refused before the others. */
#include "pipeline/cte-report/report.h"

#include "codetables/base/text.h"
#include "pipeline/run/run_folder.h"

static const char *const answers[ANSWERS] = {"No", "Cannot be told",
                                             "Yes, as far as these rules can tell"};

/* What the answers come to, so that the page says it before it tells of each output. */
static void fold_answers(struct page *page, const struct uploads *uploads, const char *title)
{
    struct text summary = {0};
    text_format(&summary, "%s", title);
    for (size_t a = 0; a < ANSWERS; a++) {
        if (uploads->shown[a].all > 0)
            text_format(&summary, " %s: %zu.", answers[a], uploads->shown[a].all);
    }
    page_fold(page, text_string(&summary));
    text_free(&summary);
}

static void put_outputs(struct page *page, const struct uploads *uploads, const char *title)
{
    static const char *const columns[] = {"!Output", "Would CALPADS take it?", "Why", "Collection"};
    struct page_table table = {.caption = title, .columns = columns, .column_count = 4};
    size_t shown = 0;
    for (size_t a = 0; a < ANSWERS; a++) {
        const struct upload_list *list = &uploads->shown[a];
        for (size_t i = 0; i < list->count && shown < UPLOADS_SHOWN; i++, shown++) {
            page_cell_text(&table, list->items[i].output);
            page_cell_text(&table, answers[a]);
            page_cell_text(&table, list->items[i].why);
            page_cell_text(&table, list->items[i].windows);
        }
    }
    page_put_table(page, &table);
    if (shown < uploads->all)
        page_paragraph(page, NULL, "These are the first %zu outputs of %zu.", shown, uploads->all);
}

void report_put_accepted(struct report *report)
{
    static const char title[] = "Would CALPADS take each output?";
    struct page *page = &report->page;
    struct uploads *uploads = &report->uploads;
    if (uploads->all == 0)
        return;
    fold_answers(page, uploads, title);
    page_paragraph(page, NULL,
                   "One fatal error makes CALPADS refuse a whole file. Records that break a "
                   "rule known to be fatal are rejected here and stand in no output. What "
                   "nobody has read, or what needs other data, stands below.");
    page_html(
        page,
        "<p>For programs, and with the dates apart, each output stands in <a href=\"" UPLOADS_FILE
        "\">" UPLOADS_FILE "</a>.</p>\n");
    put_outputs(page, uploads, title);
    page_unfold(page);
    if (uploads->never_looked_at.cell_count == 0)
        return;
    page_fold(page, uploads->never_looked_at.caption);
    page_put_table(page, &uploads->never_looked_at);
    page_unfold(page);
}
