/* Many sources: their sums by LEA, what needs attention first; and each of them in
 * report-sources.csv. */
#include "pipeline/cte-report/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "codetables/base/text.h"
#include "pipeline/run/run_folder.h"

/* The sources of one LEA. */
struct lea {
    const char *code;
    size_t sources, refused, incomplete, shrunk;
    uint64_t sums[SUMS];
};

/* More LEAs than these are no LEAs, or need nothing: the table ends there. */
enum { MOST_LEAS = 1500 };

static void add_source(struct lea *lea, const struct told_source *source)
{
    lea->sources++;
    lea->refused += !source_is_read(source);
    lea->incomplete += source_is_read(source) && source->incomplete;
    lea->shrunk += source_is_read(source) && !source->incomplete && source->shrunk;
    for (size_t i = 0; i < SUMS; i++)
        lea->sums[i] += source->sums[i];
}

/* What was refused first, then what lacks most records, then what shrank. */
static int compare_leas(const void *x, const void *y)
{
    const struct lea *a = x, *b = y;
    const uint64_t missing[] = {a->sums[SUM_READ] - a->sums[SUM_WRITTEN],
                                b->sums[SUM_READ] - b->sums[SUM_WRITTEN]};
    return a->refused != b->refused   ? (a->refused < b->refused ? 1 : -1)
           : missing[0] != missing[1] ? (missing[0] < missing[1] ? 1 : -1)
           : a->shrunk != b->shrunk   ? (a->shrunk < b->shrunk ? 1 : -1)
                                      : strcmp(a->code, b->code);
}

static struct lea *gather_leas(const struct told *told, size_t *count)
{
    struct map codes = {0};
    struct lea *leas = NULL;
    size_t room = 0;
    for (size_t s = 0; s < told->source_count; s++) {
        const char *code = told->sources[s].lea;
        const size_t known = codes.count, number = map_add_string(&codes, code);
        if (number == known) {
            GROW(leas, known, room);
            leas[known] = (struct lea){.code = code};
        }
        add_source(&leas[number], &told->sources[s]);
    }
    *count = codes.count;
    map_free(&codes);
    qsort(leas, *count, sizeof *leas, compare_leas);
    return leas;
}

static void put_state(struct page_table *table, const struct lea *lea)
{
    const size_t counts[] = {lea->refused, lea->incomplete, lea->shrunk};
    static const char *const words[] = {"refused", "incomplete", "shrunk"};
    struct text state = {0};
    for (size_t i = 0; i < 3; i++) {
        if (counts[i] > 0)
            text_format(&state, "%s%zu %s", state.length > 0 ? ", " : "", counts[i], words[i]);
    }
    page_cell_text(table, state.length > 0 ? text_string(&state) : "complete");
    text_free(&state);
}

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
        put_state(&table, &leas[i]);
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
