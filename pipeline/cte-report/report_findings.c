/* The rules that records broke: what each means, and for the run's own report what to do. */
#include "pipeline/cte-report/report.h"

#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "codetables/base/text.h"
#include "codetables/model/rules.h"

/* What refuses first, then what holds, then the rest; of each the most frequent first. */
static int compare_findings(const void *x, const void *y)
{
    static const char order[] = {SEVERITY_REFUSES, SEVERITY_HOLDS, SEVERITY_WARNS,
                                 SEVERITY_CERTIFICATION, '\0'};
    const struct report_finding *a = x, *b = y;
    const char *p = strchr(order, a->found->severity), *q = strchr(order, b->found->severity);
    if (p != q)
        return p < q ? -1 : 1;
    if (a->records != b->records)
        return a->records > b->records ? -1 : 1;
    const char *const texts[][2] = {{a->found->rule, b->found->rule},
                                    {a->wrong, b->wrong},
                                    {a->to_do, b->to_do},
                                    {a->found->field, b->found->field},
                                    {a->found->name, b->found->name}};
    int compared = 0;
    for (size_t i = 0; i < sizeof texts / sizeof *texts && compared == 0; i++)
        compared = strcmp(texts[i][0], texts[i][1]);
    return compared;
}

/* What waits for a decision stands among the questions code by code, so that here a rule says it
 * once for each field. All else stands here as it is. */
static bool add_to_known(struct report *report, struct map *known, const struct fact_found *found)
{
    struct text key = {0};
    const char *const parts[] = {found->rule, found->field,
                                 found->waits == WAITS_FOR_DECISION ? "" : found->message};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        text_add_part(&key, parts[i]);
    text_add_byte(&key, found->severity);
    text_add_byte(&key, found->waits == WAITS_FOR_DECISION ? 'D' : ' ');
    const size_t number = map_add(known, key.bytes, key.length);
    text_free(&key);
    if (number == report->finding_count)
        return false;
    struct report_finding *one = &report->findings[number];
    char *wrong = cte_strdup(found->message);
    cut_to_common(one->to_do, cut_action(wrong));
    cut_to_common(one->wrong, wrong);
    one->records += found->records;
    free(wrong);
    return true;
}

void report_take_findings(struct report *report)
{
    struct map known = {0};
    report->findings =
        cte_zalloc(account_count(&report->told->joined, FACT_FOUND) + 1, sizeof *report->findings);
    for (const struct fact_found *found = account_first(&report->told->joined, FACT_FOUND);
         found != NULL; found = account_next(&report->told->joined, FACT_FOUND, found)) {
        if (add_to_known(report, &known, found))
            continue;
        char *wrong = cte_strdup(found->message), *to_do = cte_strdup(cut_action(wrong));
        report->findings[report->finding_count++] = (struct report_finding){
            .found = found, .wrong = wrong, .to_do = to_do, .records = found->records};
    }
    map_free(&known);
    if (report->finding_count > 1)
        qsort(report->findings, report->finding_count, sizeof *report->findings, compare_findings);
    for (size_t i = 0; i < report->finding_count; i++)
        report->findings[i].cell =
            publication_add_cell(&report->page.publication, report->findings[i].records);
}

void report_free_findings(struct report *report)
{
    for (size_t i = 0; i < report->finding_count; i++) {
        free(report->findings[i].wrong);
        free(report->findings[i].to_do);
    }
    free(report->findings);
}

static const char *effect_of(char severity)
{
    switch ((enum severity)severity) {
    case SEVERITY_REFUSES: return "refuses";
    case SEVERITY_HOLDS: return "holds";
    case SEVERITY_CERTIFICATION: return "certification";
    case SEVERITY_WARNS:
    default: return "warns";
    }
}

/* The findings of certification, or the others. */
static void fill_table(const struct report *report, struct page_table *table, bool is_certification)
{
    for (size_t i = 0; i < report->finding_count; i++) {
        const struct report_finding *one = &report->findings[i];
        const struct fact_found *found = one->found;
        if ((found->severity == SEVERITY_CERTIFICATION) != is_certification)
            continue;
        char *field =
            cte_format("%s%s%s", found->field, found->name[0] != '\0' ? " " : "", found->name);
        page_cell_text(table, found->rule);
        page_cell_count(table, one->cell);
        page_cell_text(table, effect_of(found->severity));
        page_cell_text(table, field);
        page_cell_text(table, one->wrong);
        if (!report->is_public)
            page_cell_text(table, one->to_do);
        free(field);
    }
}

/* They look at a year as a whole, and a run holds what it was given of it. */
static void put_certification(struct report *report, struct page_table *table)
{
    struct page *page = &report->page;
    char *summary =
        cte_format("Rules of certification: %zu", table->cell_count / table->column_count);
    page_fold(page, summary);
    page_paragraph(page, NULL, "%s",
                   report->is_public
                       ? "These rules refuse and change no record. They look at a year as a whole, "
                         "before an LEA certifies it."
                       : "These rules refuse, hold and change no record. They look at a year as a "
                         "whole, before an LEA certifies it in CALPADS. Where this run has only a "
                         "part of the year, of the schools or of the record types, what it lacks "
                         "counts here too: compare with CALPADS' own certification report before "
                         "anything is corrected.");
    page_put_table(page, table);
    page_unfold(page);
    free(summary);
}

void report_put_findings(struct report *report)
{
    static const char *const columns[] = {"!Rule", "#Records",      "What it does",
                                          "Field", "What it means", "What to do"};
    struct page *page = &report->page;
    const size_t count = sizeof columns / sizeof *columns - report->is_public;
    struct page_table table = {.caption = "Findings by rule, over all sources",
                               .columns = columns,
                               .column_count = count},
                      certification = {.caption = "Findings of certification, over all sources",
                                       .columns = columns,
                                       .column_count = count};
    page_heading(page, 2, "findings",
                 report->is_public ? "Findings by rule" : "Findings by rule, and what to do");
    fill_table(report, &table, false);
    fill_table(report, &certification, true);
    if (table.cell_count > 0)
        page_put_table(page, &table);
    else
        page_paragraph(page, NULL, "None: no record breaks a rule that refuses, holds or warns.");
    if (!report->is_public && report->told->needed.count > 0)
        page_html(page,
                  "<p>Codes that the crosswalk leaves open are <a href=\"#held\">questions</a>, "
                  "each with its choices.</p>\n");
    if (certification.cell_count > 0)
        put_certification(report, &certification);
}
