/* The roll-ups on the page: pictures of the flow, and tables of what was written and by place. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "pipeline/cte-report/report.h"

/* The columns of people, behind the others of a table: none, all, or all and those who reached
 * something. */
struct people_columns {
    char *names[CELL_PEOPLE]; /* to be freed */
    size_t count;
};

static struct people_columns people_columns(const struct rollup *rollup)
{
    const struct rollup_distinct *distinct = &rollup->distinct;
    struct people_columns columns = {.count = 0};
    if (distinct->field != NULL)
        columns.names[columns.count++] = cte_format("#%s", distinct->name);
    if (distinct->reach > 0)
        columns.names[columns.count++] = cte_format("#%s", distinct->reach_name);
    return columns;
}

static void put_people_cells(struct page_table *table, const struct people_columns *columns,
                             size_t cell)
{
    for (size_t i = 0; i < columns->count; i++)
        page_cell_people(table, cell, (enum cell_people)i);
}

static void free_people_columns(struct people_columns *columns)
{
    for (size_t i = 0; i < columns->count; i++)
        free(columns->names[i]);
}

/* Code after and all further dimensions together. */
static void put_cross(struct report *report, const struct run_rollup *rollup)
{
    const struct rollup *about = rollup->rollup;
    const struct linked_table *cross = &rollup->totals[TOTAL_AFTER_CROSS];
    struct text caption = {0};
    char *first = cte_format("!%s", about->after[0].name);
    struct people_columns people = people_columns(about);
    const char *columns[3 + ROLLUP_MAX_BY + CELL_PEOPLE] = {first, "Year"};
    text_format(&caption, "%s, written: by %s", about->title, about->after[0].name);
    for (size_t b = 0; b < about->by_count; b++) {
        columns[2 + b] = about->by[b].name;
        text_format(&caption, " and %s", about->by[b].name);
    }
    columns[2 + about->by_count] = "#Records";
    for (size_t i = 0; i < people.count; i++)
        columns[3 + about->by_count + i] = people.names[i];
    struct page_table table = {.caption = text_string(&caption),
                               .columns = columns,
                               .column_count = 3 + about->by_count + people.count};
    for (size_t r = 0; r < cross->listed_count; r++) {
        const struct linked_row *row = &cross->rows[r];
        const char *year = row->values[DIM_YEAR];
        page_cell_text(&table, total_name(rollup, TOTAL_AFTER_CROSS, row));
        page_cell_text(&table, year);
        for (size_t b = 0; b < about->by_count; b++)
            page_cell_text(&table, rollup_value_name(rollup, DIM_BY + (enum dimension)b,
                                                     row->values[DIM_BY + b], year));
        page_cell_count(&table, row->cell);
        put_people_cells(&table, &people, row->cell);
    }
    if (table.cell_count > 0) {
        page_fold(&report->page, table.caption);
        page_put_table(&report->page, &table);
        page_unfold(&report->page);
    }
    free_people_columns(&people);
    free(first);
    text_free(&caption);
}

/* More schools than these stand in rollup-totals.csv alone. */
enum { MOST_PLACES = 1000 };

/* A table by place: school or LEA. */
struct places {
    const char *word; /* what such a place is called */
    const char *column;
    enum total before, after;
};

static void put_places(struct report *report, const struct run_rollup *rollup,
                       const struct places *places)
{
    const struct linked_table *before = &rollup->totals[places->before],
                              *after = &rollup->totals[places->after];
    const enum dimension place = total_code(places->before);
    struct people_columns people = people_columns(rollup->rollup);
    const char *const columns[] = {places->column, "Year",          "#Read",
                                   "#Written",     people.names[0], people.names[1]};
    char *caption = cte_format("%s: by %s", rollup->rollup->title, places->word);
    struct page_table table = {
        .caption = caption, .columns = columns, .column_count = 4 + people.count};
    size_t next = 0; /* both are in one order, and what is written was read */
    for (size_t r = 0; r < before->listed_count; r++) {
        const struct linked_row *read = &before->rows[r],
                                *written = next < after->listed_count ? &after->rows[next] : NULL;
        const bool is_same = written != NULL &&
                             strcmp(written->values[DIM_YEAR], read->values[DIM_YEAR]) == 0 &&
                             strcmp(written->values[place], read->values[place]) == 0;
        next += is_same;
        page_cell_text(&table, read->values[place][0] != '\0' ? read->values[place]
                                                              : "not told, for rejected records");
        page_cell_text(&table, read->values[DIM_YEAR]);
        page_cell_count(&table, read->cell);
        page_cell_count(&table, is_same ? written->cell : PAGE_NO_CELL);
        put_people_cells(&table, &people, is_same ? written->cell : PAGE_NO_CELL);
    }
    page_fold(&report->page, caption);
    page_put_table(&report->page, &table);
    page_unfold(&report->page);
    free_people_columns(&people);
    free(caption);
}

/* One total, by what `heads` says. */
static void put_one_total(struct report *report, const struct run_rollup *rollup, enum total total,
                          const char *caption, const char *heads)
{
    const struct linked_table *codes = &rollup->totals[total];
    struct people_columns people = people_columns(rollup->rollup);
    char *first = cte_format("!%s", heads);
    const char *const columns[] = {first, "Year", "#Records", people.names[0], people.names[1]};
    struct page_table table = {
        .caption = caption, .columns = columns, .column_count = 3 + people.count};
    for (size_t r = 0; r < codes->listed_count; r++) {
        const struct linked_row *row = &codes->rows[r];
        page_cell_text(&table, total_name(rollup, total, row));
        page_cell_text(&table, row->values[DIM_YEAR]);
        page_cell_count(&table, row->cell);
        put_people_cells(&table, &people, row->cell);
    }
    if (table.cell_count > 0)
        page_put_table(&report->page, &table);
    free_people_columns(&people);
    free(first);
}

/* People by the code after alone, which is what is asked for first. */
static void put_people_by_code(struct report *report, const struct run_rollup *rollup)
{
    const struct rollup *about = rollup->rollup;
    char *caption = cte_format("%s by %s", about->distinct.name, about->after[0].name);
    put_one_total(report, rollup, TOTAL_AFTER_CODE, caption, about->after[0].name);
    free(caption);
}

/* What is written, by what its code is elsewhere. */
static void put_elsewhere(struct report *report, const struct run_rollup *rollup)
{
    const struct rollup *about = rollup->rollup;
    for (size_t i = 0; i < about->also_count; i++) {
        if (!about->also[i].has_totals)
            continue;
        char *caption = cte_format("%s, written: by %s", about->title, about->also[i].name);
        page_fold(&report->page, caption);
        put_one_total(report, rollup, TOTAL_AFTER_ALSO + (enum total)i, caption,
                      about->also[i].name);
        page_unfold(&report->page);
        free(caption);
    }
}

/* How people are counted; and how many of the records they are. */
static void put_people(struct report *report, const struct run_rollup *rollup)
{
    const char *name = rollup->rollup->distinct.name;
    const struct linked_table *written = &rollup->totals[TOTAL_AFTER];
    if (rollup->rollup->distinct.field == NULL)
        return;
    for (size_t r = 0; r < written->listed_count; r++) {
        const struct linked_row *row = &written->rows[r];
        const struct cell *cell = &report->page.publication.cells[row->cell];
        if (!cell->is_hidden)
            page_paragraph(&report->page, NULL, "%s, %s: %" PRIu64 " in %" PRIu64 " records.", name,
                           row->values[DIM_YEAR], cell->people[PEOPLE_ALL], cell->value);
    }
    page_paragraph(&report->page, NULL,
                   "%s are counted once in each row of a table, however many records are theirs; "
                   "over several LEAs, once in each LEA. So rows add up to more than their total.",
                   name);
    put_people_by_code(report, rollup);
}

void report_put_definitions(struct report *report)
{
    static const char *const columns[] = {"!Word", "What is meant", "Source", "Date", "Known"};
    const struct rollups *table = report->rollups->table;
    struct page_table words = {
        .caption = "What the words mean here", .columns = columns, .column_count = 5};
    for (size_t i = 0; table != NULL && i < table->definition_count; i++) {
        const struct rollup_definition *definition = &table->definitions[i];
        const char *const texts[] = {definition->term, definition->text, definition->source,
                                     definition->date, definition->status};
        for (size_t t = 0; t < sizeof texts / sizeof *texts; t++)
            page_cell_text(&words, texts[t]);
    }
    if (words.cell_count > 0)
        page_put_table(&report->page, &words);
}

void report_put_rollup(struct report *report, struct run_rollup *rollup)
{
    static const struct places schools = {"school", "!School", TOTAL_BEFORE_SCHOOL,
                                          TOTAL_AFTER_SCHOOL};
    static const struct places leas = {"LEA", "!LEA", TOTAL_BEFORE_LEA, TOTAL_AFTER_LEA};
    if (rollup->records == 0)
        return;
    page_heading(&report->page, 3, NULL, rollup->rollup->title);
    put_people(report, rollup);
    code_flow_put(&rollup->flow, &report->page);
    put_cross(report, rollup);
    put_elsewhere(report, rollup);
    report_put_companions(report, rollup);
    report_put_groups(report, rollup);
    report_put_several(report, rollup);
    report_put_sequences(report, &rollup->sequences);
    if (report->is_public || report->hides || report->told->is_brief)
        put_places(report, rollup, &leas);
    if (rollup->totals[TOTAL_BEFORE_SCHOOL].listed_count <= MOST_PLACES)
        put_places(report, rollup, &schools);
    page_paragraph(
        &report->page, NULL, "%s",
        report->hides ? "The same totals stand in rollup-totals.csv; hidden counts are empty there."
        : rollup->keeps_cells
            ? "All of it stands in rollup-totals.csv, and cell by cell in the other "
              "rollup files beside this page."
            : "All of it stands in rollup-totals.csv; cte-report --cells makes the files that have "
              "it cell by cell.");
}
