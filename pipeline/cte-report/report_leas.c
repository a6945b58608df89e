/* Many sources: their sums by LEA, what needs attention first; and each of them in
 * report-sources.csv. */
#include "pipeline/cte-report/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "pipeline/cte-report/leas.h"
#include "pipeline/run/run_folder.h"

/* More LEAs than these are no LEAs, or need nothing: the table ends there. */
enum { MOST_LEAS = 1500 };

void report_put_leas(struct report *report)
{
    static const char *const columns[] = {"!LEA",    "#Sources",  "#Read", "#Written",
                                          "#Merged", "#Rejected", "#Held", "State"};
    struct page_table table = {.caption = "Records by LEA, what needs attention first",
                               .columns = columns,
                               .column_count = 3 + SUMS};
    size_t count;
    struct lea *leas = gather_leas(report->told, &count);
    for (size_t i = 0; i < count && i < MOST_LEAS; i++) {
        char number[24];
        page_cell_text(&table, leas[i].code[0] != '\0' ? leas[i].code : "not told, or several");
        snprintf(number, sizeof number, "%zu", leas[i].sources);
        page_cell_text(&table, number);
        for (size_t c = 0; c < SUMS; c++) {
            snprintf(number, sizeof number, "%" PRIu64, leas[i].sums[c]);
            page_cell_text(&table, number);
        }
        char *state = name_lea_state(&leas[i]);
        page_cell_text(&table, state);
        free(state);
    }
    page_put_table(&report->page, &table);
    page_paragraph(&report->page, NULL, "%s%s has each source.",
                   count > MOST_LEAS ? "Those that need least are left out. " : "", REPORT_SOURCES);
    free(leas);
}

int write_source_list(struct report *report)
{
    struct told *told = report->told;
    struct output output;
    if (begin_document(&told->documents, &output, "", REPORT_SOURCES) != CTE_OK)
        return told->error.status;
    output_text(&output, told->telling != TELLS_ONE ? "run,source,lea,file," : "source,lea,file,");
    output_text(&output, "state,exit,read,written,merged,rejected,held\r\n");
    for (size_t s = 0; s < told->source_count; s++) {
        const struct told_source *source = &told->sources[s];
        const char *const cells[] = {source->run->manifest.id, source->name, source->lea,
                                     source->shown, source_state(source)};
        char *sums = report->hides ? cte_format("%d,,,,,\r\n", source->status)
                                   : cte_format("%d,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
                                                ",%" PRIu64 "\r\n",
                                                source->status, source->sums[SUM_READ],
                                                source->sums[SUM_WRITTEN], source->sums[SUM_MERGED],
                                                source->sums[SUM_REJECTED], source->sums[SUM_HELD]);
        for (size_t i = told->telling == TELLS_ONE; i < sizeof cells / sizeof *cells; i++) {
            output_cell(&output, cells[i], strlen(cells[i]));
            output_text(&output, ",");
        }
        output_text(&output, sums);
        free(sums);
    }
    return end_document(&told->documents, &output, "");
}
