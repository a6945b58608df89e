/* The sums of all sources and of each. */
#include "pipeline/cte-report/worklist.h"

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

void put_sums_sheet(struct xlsx_out *book, const struct told *told)
{
    xlsx_sheet(book, "Sums", columns, sizeof columns / sizeof *columns);
    xlsx_note(book, "Every record read is written, merged, rejected or held. What an upload leaves "
                    "out, CALPADS deletes.");
    note_drafts(book, told);
    if (told->is_brief)
        xlsx_note(book, "Each source stands in " REPORT_SOURCES ".");
    xlsx_cell(book, "all sources");
    xlsx_cell(book, "");
    xlsx_cell(book, "");
    put_sums(book, told->sums);
    for (size_t i = 0; i < told->source_count && !told->is_brief; i++) {
        const struct told_source *source = &told->sources[i];
        xlsx_cell(book, source->shown);
        xlsx_cell(book, source->lea);
        xlsx_cell(book, source_state(source));
        put_sums(book, source->sums);
    }
}
