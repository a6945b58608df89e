/* The files of the roll-ups: rollup-ID.csv, cell by cell, and rollup-totals.csv. */
#include "pipeline/cte-report/rollup.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"

static void put_cell(struct output *output, const char *text, const char *before)
{
    output_text(output, before);
    output_cell(output, text, strlen(text));
}

/* A code that is not in its code set is not shown, nor what is no code. */
static const char *shown_code(const char *code)
{
    return strcmp(code, unlisted) == 0 || is_no_code(code) ? "" : code;
}

/* ---- cells ---- */

static void put_heading(struct output *output, const struct rollup *rollup)
{
    output_text(output, "year,lea,school");
    for (size_t b = 0; b < rollup->by_count; b++) {
        put_cell(output, rollup->by[b].id, ",");
        put_cell(output, rollup->by[b].id, ",");
        output_text(output, "_name");
    }
    const char *const ids[] = {rollup->group.id, rollup->before.id};
    for (size_t i = 0; i < 2 + rollup->after_count; i++) {
        const char *id = i < 2 ? ids[i] : rollup->after[i - 2].id;
        put_cell(output, id, ",");
        put_cell(output, id, ",");
        output_text(output, "_name");
    }
    output_text(output, ",outcome,records");
    if (rollup->distinct.field != NULL)
        put_cell(output, rollup->distinct.id, ",");
    for (size_t i = 0; i < rollup->also_count; i++)
        put_cell(output, rollup->also[i].id, ",");
    output_text(output, "\r\n");
}

static void put_number_cell(struct output *output, uint64_t number)
{
    char text[24];
    snprintf(text, sizeof text, ",%" PRIu64, number);
    output_text(output, text);
}

/* Nobody is known of records whose place is not told, nor of those without a number. */
static void put_people_cell(struct output *output, uint64_t people)
{
    if (people > 0)
        put_number_cell(output, people);
    else
        output_text(output, ",");
}

/* A code and its name; `none` is what it is called where there is no code. */
struct named {
    const struct codeset *set;
    const char *code, *none;
};

static void put_named(struct output *output, const struct named *named, const char *year)
{
    put_cell(output, shown_code(named->code), ",");
    put_cell(output, find_code_name(named->set, named->code, year, named->none), ",");
}

static void put_row(struct output *output, const struct run_rollup *rollup,
                    const struct rollup_cell *cell)
{
    const struct rollup *table = rollup->rollup;
    const struct rollup_sets *sets = &rollup->sets;
    const int year = academic_year(cell->year, strlen(cell->year));
    const char *fate = fate_of(cell);
    put_cell(output, cell->year, "");
    put_cell(output, cell->lea, ",");
    put_cell(output, cell->school, ",");
    for (size_t b = 0; b < table->by_count; b++)
        put_named(output, &(struct named){sets->by[b], cell->by[b], table->by[b].none}, cell->year);
    put_named(output,
              &(struct named){sets->group, rollup_group(table, sets, cell->before, year),
                              table->before.none},
              cell->year);
    put_named(output, &(struct named){sets->before, cell->before, ""}, cell->year);
    for (size_t a = 0; a < table->after_count; a++)
        put_named(output, &(struct named){sets->after[a], cell->after[a], ""}, cell->year);
    put_cell(output, fate != NULL ? fate : "Written", ",");
    put_number_cell(output, cell->records);
    if (table->distinct.field != NULL)
        put_people_cell(output, cell->people);
    for (size_t i = 0; i < table->also_count; i++) {
        const struct rollup_also *also = &table->also[i];
        put_cell(output, rollup_also(also, rollup->also.sets[i], cell->after[also->after], year),
                 ",");
    }
    output_text(output, "\r\n");
}

/* ---- totals ---- */

/* Whether it counts people alone. */
static bool is_of_people(enum total total)
{
    const enum dimension code = total_code(total);
    return code >= DIM_COMPANION && code < DIM_ALSO;
}

/* What a table counts by, as the file calls it; NULL: it is not in the file. */
static const char *total_word(const struct rollup *rollup, enum total total)
{
    const enum dimension code = total_code(total);
    if (is_of_people(total))
        return code - DIM_COMPANION < rollup->companion_count
                   ? rollup->companions[code - DIM_COMPANION].id
                   : NULL;
    if (code >= DIM_ALSO && code < DIMENSIONS)
        return code - DIM_ALSO < rollup->also_count ? rollup->also[code - DIM_ALSO].id : NULL;
    if (code >= DIM_BY && code < DIM_COMPANION)
        return code - DIM_BY < rollup->by_count ? rollup->by[code - DIM_BY].id : NULL;
    switch (total) {
    case TOTAL_BEFORE:
    case TOTAL_AFTER: return "all";
    case TOTAL_BEFORE_GROUP: return rollup->group.id;
    case TOTAL_BEFORE_CODE: return rollup->before.id;
    case TOTAL_BEFORE_SCHOOL:
    case TOTAL_AFTER_SCHOOL: return "school";
    case TOTAL_FATE: return "outcome";
    case TOTAL_AFTER_CODE: return rollup->after[0].id;
    case TOTAL_AFTER_FINE: return rollup->after_count > 1 ? rollup->after[1].id : NULL;
    default: return NULL; /* the others can be added up from the cells */
    }
}

/* The columns of people: one for each identifier that a roll-up counts them by. */
enum { MOST_IDS = ROLLUP_MAX * CELL_PEOPLE };

/* The identifiers by which a roll-up counts people, NULL where it does not. */
static void ids_of(const struct rollup *rollup, const char *ids[CELL_PEOPLE])
{
    ids[PEOPLE_ALL] = rollup->distinct.field != NULL ? rollup->distinct.id : NULL;
    ids[PEOPLE_REACH] = rollup->distinct.reach > 0 ? rollup->distinct.reach_id : NULL;
}

static size_t list_people(const struct run_rollups *rollups, const char *ids[MOST_IDS])
{
    size_t count = 0;
    for (size_t i = 0; i < rollups->count; i++) {
        const char *own[CELL_PEOPLE];
        ids_of(rollups->items[i].rollup, own);
        for (size_t p = 0; p < CELL_PEOPLE; p++) {
            size_t known = 0;
            while (own[p] != NULL && known < count && strcmp(ids[known], own[p]) != 0)
                known++;
            if (own[p] != NULL && known == count)
                ids[count++] = own[p];
        }
    }
    return count;
}

/* The records of a cell, where it counts any, and its people in the columns of the roll-up's. */
static void put_counts(struct output *output, const struct run_rollups *rollups,
                       const struct rollup *rollup, const struct cell *cell, bool has_records)
{
    const char *ids[MOST_IDS], *own[CELL_PEOPLE];
    const size_t count = list_people(rollups, ids);
    ids_of(rollup, own);
    if (cell->is_hidden || !has_records)
        output_text(output, ",");
    else
        put_number_cell(output, cell->value);
    for (size_t i = 0; i < count; i++) {
        uint64_t people = 0;
        for (size_t p = 0; p < CELL_PEOPLE && !cell->is_hidden; p++)
            people = own[p] != NULL && strcmp(own[p], ids[i]) == 0 ? cell->people[p] : people;
        put_people_cell(output, people);
    }
    output_text(output, "\r\n");
}

/* The word; where people are told apart by two things, both, for either may be empty. */
static void put_word(struct output *output, const struct rollup *rollup, enum total total)
{
    const enum dimension group = is_of_people(total) ? total_group(total) : DIMENSIONS;
    const char *first = group == DIM_GROUP   ? rollup->group.id
                        : group == DIM_AFTER ? rollup->after[0].id
                                             : "";
    char *word =
        cte_format("%s%s%s", first, first[0] != '\0' ? "/" : "", total_word(rollup, total));
    put_cell(output, word, ",");
    free(word);
}

static void put_total(struct output *output, const struct run_rollups *rollups, size_t item,
                      enum total total, const struct publication *publication)
{
    const struct run_rollup *rollup = &rollups->items[item];
    const struct linked_table *table = &rollup->totals[total];
    const char *word = total_word(rollup->rollup, total);
    const enum dimension code = total_code(total), group = total_group(total);
    for (size_t r = 0; r < table->listed_count && word != NULL; r++) {
        const struct linked_row *row = &table->rows[r];
        put_cell(output, rollup->rollup->id, "");
        put_cell(output, row->values[DIM_YEAR], ",");
        put_cell(output, total < TOTAL_AFTER ? "before" : "after", ",");
        put_word(output, rollup->rollup, total);
        put_cell(output, group != DIMENSIONS ? shown_code(row->values[group]) : "", ",");
        put_cell(output, code != DIMENSIONS ? shown_code(row->values[code]) : "", ",");
        put_cell(output, total_name(rollup, total, row), ",");
        put_counts(output, rollups, rollup->rollup, &publication->cells[row->cell],
                   !is_of_people(total));
    }
}

/* ---- files ---- */

enum { MOST_SUBS = 2 };

/* The cells can be read once, so all files are written at once. */
static int write_cells_of(struct told *told, struct run_rollup *rollup, const char *const *subs)
{
    struct output outputs[MOST_SUBS] = {{.is_open = false}};
    char *name = cte_format("rollup-%s.csv", rollup->rollup->id);
    struct rollup_cell cell;
    size_t count = 0;
    for (; subs[count] != NULL; count++) {
        if (begin_document(&told->documents, &outputs[count], subs[count], name) != CTE_OK)
            break;
        put_heading(&outputs[count], rollup->rollup);
    }
    while (told->error.status == CTE_OK && next_cell(rollup, &cell, &told->error)) {
        for (size_t i = 0; i < count; i++)
            put_row(&outputs[i], rollup, &cell);
    }
    for (size_t i = 0; i < count; i++) {
        if (told->error.status == CTE_OK)
            end_document(&told->documents, &outputs[i], subs[i]);
        else
            output_discard(&outputs[i]);
    }
    free(name);
    return told->error.status;
}

int write_cells(struct told *told, struct run_rollups *rollups, const char *const *subs)
{
    for (size_t i = 0; i < rollups->count && subs[0] != NULL; i++) {
        struct run_rollup *rollup = &rollups->items[i];
        if (rollup->keeps_cells && rollup->records > 0 &&
            write_cells_of(told, rollup, subs) != CTE_OK)
            break;
    }
    return told->error.status;
}

void put_totals(struct output *output, const struct run_rollups *rollups,
                const struct publication *publication)
{
    const char *ids[MOST_IDS];
    const size_t count = list_people(rollups, ids);
    output_text(output, "rollup,year,side,by,of,code,name,records");
    for (size_t i = 0; i < count; i++)
        put_cell(output, ids[i], ",");
    output_text(output, "\r\n");
    for (size_t i = 0; i < rollups->count; i++) {
        for (int total = 0; total < TOTALS; total++)
            put_total(output, rollups, i, (enum total)total, publication);
    }
}

int write_totals(struct told *told, const struct run_rollups *rollups,
                 const struct publication *publication, const char *sub)
{
    struct output output;
    if (rollups->count == 0 ||
        begin_document(&told->documents, &output, sub, "rollup-totals.csv") != CTE_OK)
        return told->error.status;
    put_totals(&output, rollups, publication);
    return end_document(&told->documents, &output, sub);
}
