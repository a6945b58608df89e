/* The sums of the first screen, by source and over all, and how they are linked to the roll-ups. */
#include "pipeline/cte-report/report.h"

#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"

/* ---- what is published ---- */

/* With more sources than these, what must be hidden of each would take too long to find; then only
 * the sums of all are shown. */
enum { MOST_SOURCES = 64 };

static void publish_source(struct report *report, size_t number)
{
    const struct told_source *source = &report->told->sources[number];
    struct publication *publication = &report->page.publication;
    size_t *cells = report->source_sums[number];
    for (size_t i = 0; i < SUMS; i++) {
        cells[i] = report->shows_sources ? publication_add_cell(publication, source->sums[i])
                                         : PAGE_NO_CELL;
    }
    if (report->shows_sources)
        publication_add_sum(publication, cells[SUM_READ], &cells[SUM_READ + 1], SUMS - 1);
}

void report_publish_sums(struct report *report)
{
    const struct told *told = report->told;
    struct publication *publication = &report->page.publication;
    size_t *parts = cte_alloc((told->source_count + 1) * sizeof *parts);
    report->source_sums = cte_zalloc(told->source_count + 1, sizeof *report->source_sums);
    /* Those of the public page are published too, though not shown: so that it hides what the run's
     * own page does. */
    report->shows_sources =
        !told->is_brief && (!report->hides || told->source_count <= MOST_SOURCES);
    for (size_t s = 0; s < told->source_count; s++)
        publish_source(report, s);
    for (size_t i = 0; i < SUMS; i++) {
        report->sums[i] = publication_add_cell(publication, report->told->sums[i]);
        for (size_t s = 0; s < told->source_count; s++)
            parts[s] = report->source_sums[s][i];
        if (report->shows_sources)
            publication_add_sum(publication, report->sums[i], parts, told->source_count);
    }
    publication_add_sum(publication, report->sums[SUM_READ], &report->sums[SUM_READ + 1], SUMS - 1);
    free(parts);
}

/* ---- how they are linked ---- */

/* The column of the sums that a row of a total belongs to. */
static size_t find_column(enum total total, const struct linked_row *row)
{
    static const char *const fates[] = {
        [SUM_MERGED] = "Merged", [SUM_REJECTED] = "Rejected", [SUM_HELD] = "Held"};
    if (total == TOTAL_BEFORE)
        return SUM_READ;
    for (size_t i = SUM_MERGED; i < SUMS; i++) {
        if (strcmp(row->values[DIM_OUTCOME], fates[i]) == 0)
            return i;
    }
    return SUM_WRITTEN; /* with a code, or without one of its own */
}

/* The cells of the roll-ups that a sum of the run is made of. */
struct parts {
    size_t *cells, count, room;
    uint64_t records;
};

static void add_parts(struct parts *parts, const struct run_rollup *rollup, size_t column)
{
    static const enum total totals[] = {TOTAL_BEFORE, TOTAL_AFTER, TOTAL_FATE};
    for (size_t t = 0; t < 3; t++) {
        const struct linked_table *table = &rollup->totals[totals[t]];
        for (size_t r = 0; r < table->listed_count; r++) {
            if (find_column(totals[t], &table->rows[r]) != column)
                continue;
            GROW(parts->cells, parts->count, parts->room);
            parts->cells[parts->count++] = table->rows[r].cell;
            parts->records += table->rows[r].records;
        }
    }
}

/* A sum of the run is made of the roll-ups and of the records that none of them counts: these can
 * be computed, so they are a cell too. */
void report_link_sums(struct report *report)
{
    struct publication *publication = &report->page.publication;
    for (size_t column = 0; column < SUMS && report->rollups->count > 0; column++) {
        struct parts parts = {0};
        for (size_t i = 0; i < report->rollups->count; i++)
            add_parts(&parts, &report->rollups->items[i], column);
        if (parts.records < report->told->sums[column]) {
            GROW(parts.cells, parts.count, parts.room);
            parts.cells[parts.count++] =
                publication_add_unlisted(publication, report->told->sums[column] - parts.records);
        }
        publication_add_sum(publication, report->sums[column], parts.cells, parts.count);
        free(parts.cells);
    }
}

/* A finding says how many records have a value, or none, or were held for it, and so what other
 * cells are. */
void report_hide_findings(struct report *report)
{
    struct publication *publication = &report->page.publication;
    bool has_hidden = false;
    for (size_t c = 0; c < publication->cell_count; c++)
        has_hidden =
            has_hidden || (publication->cells[c].is_listed && publication->cells[c].is_hidden);
    for (size_t i = 0; i < report->finding_count && has_hidden; i++)
        publication->cells[report->findings[i].cell].is_hidden = true;
}

/* ---- on the page ---- */

static const char *const sum_columns[] = {"#Read", "#Written", "#Merged", "#Rejected", "#Held"};

static void add_source(const struct report *report, struct page_table *table, size_t number)
{
    const struct told_source *source = &report->told->sources[number];
    page_cell_text(table, source->name);
    for (size_t i = 0; i < SUMS; i++)
        page_cell_count(table, report->source_sums[number][i]);
    page_cell_text(table, source_state(source));
}

/* Whether a source is complete, and no other one replaces what it holds. */
static bool needs_nothing(const struct told *told, size_t number)
{
    const struct told_source *source = &told->sources[number];
    for (size_t i = 0; i < told->overlap_count; i++) {
        if (told->overlaps[i].source == number)
            return false;
    }
    return source_is_read(source) && !source->incomplete && !source->shrunk;
}

/* Those that need nothing are folded away; how many there are stands in the page. */
static void put_quiet(struct report *report, struct page_table *table)
{
    const size_t count = table->cell_count / table->column_count;
    if (count == 0)
        return;
    char *summary = cte_format(count == 1 ? "%zu source is complete and needs nothing"
                                          : "%zu sources are complete and need nothing",
                               count);
    page_fold(&report->page, summary);
    page_put_table(&report->page, table);
    page_unfold(&report->page);
    free(summary);
}

void report_put_sums(struct report *report)
{
    const struct told *told = report->told;
    const bool is_by_source = report->shows_sources && !report->is_public;
    const char *const columns[] = {"!Source",      sum_columns[0], sum_columns[1], sum_columns[2],
                                   sum_columns[3], sum_columns[4], "State"};
    struct page_table table = {.caption =
                                   is_by_source ? "Records per source" : "Records of all sources",
                               .columns = columns,
                               .column_count = 1 + SUMS + is_by_source},
                      quiet = {.caption = "Records per source that needs nothing",
                               .columns = columns,
                               .column_count = 2 + SUMS};
    for (size_t s = 0; s < told->source_count && is_by_source; s++)
        add_source(report, needs_nothing(told, s) ? &quiet : &table, s);
    page_cell_text(&table, "All");
    for (size_t i = 0; i < SUMS; i++)
        page_cell_count(&table, report->sums[i]);
    if (is_by_source)
        page_cell_text(&table, "");
    page_put_table(&report->page, &table);
    put_quiet(report, &quiet);
    if (report->hides)
        page_paragraph(&report->page, NULL,
                       "* hidden: a count below %d, or one by which such a count could be "
                       "computed. Nought is shown.",
                       CELL_THRESHOLD);
}
