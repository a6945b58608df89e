/* The sums of all sources and of each. */
#include "pipeline/cte-report/worklist.h"

#include <stdlib.h>

#include "codetables/base/memory.h"
#include "pipeline/cte-report/leas.h"
#include "pipeline/run/run_folder.h"

static const struct xlsx_column columns[] = {
    {"Source", 40, XLSX_TEXT},     {"LEA", 9, XLSX_TEXT},        {"State", 12, XLSX_TEXT},
    {"Read", 10, XLSX_NUMBER},     {"Written", 10, XLSX_NUMBER}, {"Merged", 10, XLSX_NUMBER},
    {"Rejected", 10, XLSX_NUMBER}, {"Held", 10, XLSX_NUMBER},
};

static void put_sums(struct xlsx_out *book, const uint64_t *sums)
{
    for (size_t i = 0; i < SUMS; i++)
        put_count(book, sums[i]);
    xlsx_end_row(book);
}

static void put_run(struct xlsx_out *book, const struct told_run *run)
{
    const char *shard = manifest_option(&run->manifest, "shard");
    char *name = cte_format("run %s%s%s%s", run->manifest.id, shard != NULL ? " (shard " : "",
                            shard != NULL ? shard : "", shard != NULL ? ")" : "");
    xlsx_cell(book, name);
    xlsx_cell(book, "");
    xlsx_cell(book, "");
    put_sums(book, run->sums);
    free(name);
}

static void put_lea(struct xlsx_out *book, const struct lea *lea)
{
    char *sources = cte_format("%zu source%s", lea->sources, lea->sources == 1 ? "" : "s"),
         *state = name_lea_state(lea);
    xlsx_cell(book, sources);
    xlsx_cell(book, lea->code);
    xlsx_cell(book, state);
    put_sums(book, lea->sums);
    free(sources);
    free(state);
}

void put_sums_sheet(struct xlsx_out *book, const struct told *told)
{
    xlsx_sheet(book, "Sums", columns, sizeof columns / sizeof *columns);
    xlsx_note(book, "Every record read is written, merged, rejected or held. What an upload leaves "
                    "out, CALPADS deletes.");
    note_drafts(book, told);
    size_t count = 0;
    struct lea *leas = told->telling != TELLS_ONE ? gather_leas(told, &count) : NULL;
    if (told->is_brief)
        xlsx_note(book, "Each source stands in " REPORT_SOURCES ".");
    note_more(book, count, WORKLIST_MOST_ROWS, REPORT_SOURCES);
    xlsx_cell(book, "all sources");
    xlsx_cell(book, "");
    xlsx_cell(book, "");
    put_sums(book, told->sums);
    for (size_t i = 0; i < told->run_count && i < WORKLIST_MOST_ROWS; i++) {
        if (told->telling != TELLS_ONE)
            put_run(book, &told->runs[i]);
    }
    for (size_t i = 0; i < count && i < WORKLIST_MOST_ROWS; i++)
        put_lea(book, &leas[i]);
    free(leas);
    for (size_t i = 0; i < told->source_count && !told->is_brief; i++) {
        const struct told_source *source = &told->sources[i];
        xlsx_cell(book, source->shown);
        xlsx_cell(book, source->lea);
        xlsx_cell(book, source_state(source));
        put_sums(book, source->sums);
    }
}
