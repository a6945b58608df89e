/* People by what they are besides, on the page. */
#include <stdlib.h>

#include "codetables/base/memory.h"
#include "pipeline/cte-report/report.h"

/* The rows of one total: by code after, or by nothing more. */
static void put_rows(struct page_table *table, const struct run_rollup *rollup, enum total total,
                     size_t people)
{
    const struct linked_table *counted = &rollup->totals[total];
    const enum dimension after = total_group(total);
    for (size_t r = 0; r < counted->listed_count; r++) {
        const struct linked_row *row = &counted->rows[r];
        const char *year = row->values[DIM_YEAR];
        page_cell_text(table, after == DIMENSIONS
                                  ? "All"
                                  : rollup_value_name(rollup, after, row->values[after], year));
        page_cell_text(table, year);
        page_cell_text(table, total_name(rollup, total, row));
        for (size_t p = 0; p < people; p++)
            page_cell_people(table, row->cell, (enum cell_people)p);
    }
}

static void put_companion(struct report *report, const struct run_rollup *rollup, size_t companion)
{
    const struct rollup *about = rollup->rollup;
    const struct rollup_companion *one = &about->companions[companion];
    const size_t people = about->distinct.reach > 0 ? 2 : 1;
    char *caption = cte_format("%s by %s", about->distinct.name, one->name),
         *after = cte_format("!%s", about->after[0].name),
         *all = cte_format("#%s", about->distinct.name),
         *reached = cte_format("#%s", people > 1 ? about->distinct.reach_name : "");
    const char *const columns[] = {after, "Year", one->name, all, reached};
    struct page_table table = {.caption = caption, .columns = columns, .column_count = 3 + people};
    page_fold(&report->page, caption);
    if (rollup->companions[companion].told_by == NULL) {
        page_paragraph(&report->page, NULL, "Nothing was read that tells it: no record of %s.",
                       one->rollup->record);
    } else {
        put_rows(&table, rollup, TOTAL_AFTER_COMPANION + (enum total)companion, people);
        put_rows(&table, rollup, TOTAL_CODE_COMPANION + (enum total)companion, people);
        page_paragraph(&report->page, NULL,
                       "Told by records of %s with the same number, LEA and year. Whoever has "
                       "several values is counted in each, and once in all.",
                       one->rollup->record);
    }
    if (table.cell_count > 0)
        page_put_table(&report->page, &table);
    page_unfold(&report->page);
    free(caption);
    free(after);
    free(all);
    free(reached);
}

void report_put_companions(struct report *report, const struct run_rollup *rollup)
{
    for (size_t c = 0; c < rollup->rollup->companion_count; c++)
        put_companion(report, rollup, c);
}
