/* Cells of a roll-up: as the key of a map or of a group, and added up. */
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "pipeline/cte-report/cell_key.h"
#include "pipeline/cte-report/rollup.h"

static bool put_place(struct cell_key *key, const struct rollup_cell *cell)
{
    return put_part(key, cell->year) && put_part(key, cell->lea) && put_part(key, cell->school);
}

bool put_kind(struct cell_key *key, const struct rollup_cell *cell)
{
    bool fits = put_part(key, cell->before);
    for (size_t a = 0; a < ROLLUP_MAX_AFTER; a++)
        fits = fits && put_part(key, cell->after[a]);
    for (size_t b = 0; b < ROLLUP_MAX_BY; b++)
        fits = fits && put_part(key, cell->by[b]);
    return fits && put_part(key, cell->course) && put_part(key, (char[2]){cell->state, '\0'});
}

static void take_place(struct rollup_cell *cell, const char **at)
{
    cell->year = next_part(at);
    cell->lea = next_part(at);
    cell->school = next_part(at);
}

void take_codes(struct rollup_cell *cell, const char **at)
{
    cell->before = next_part(at);
    for (size_t a = 0; a < ROLLUP_MAX_AFTER; a++)
        cell->after[a] = next_part(at);
}

void take_bys(struct rollup_cell *cell, const char **at)
{
    for (size_t b = 0; b < ROLLUP_MAX_BY; b++)
        cell->by[b] = next_part(at);
}

void take_kind(struct rollup_cell *cell, const char *at)
{
    take_codes(cell, &at);
    take_bys(cell, &at);
    cell->course = next_part(&at);
    cell->state = *at;
}

/* Most cells come beside others of their place, so the last key is looked at first. */
static void add_sum(struct keyed_sums *sums, const struct cell_key *key, uint64_t records)
{
    const size_t known = sums->keys.count;
    const struct slice last =
        known > 0 ? map_key(&sums->keys, sums->last) : (struct slice){NULL, 0};
    size_t number = sums->last;
    if (last.length != key->length || memcmp(last.at, key->bytes, key->length) != 0)
        number = map_add(&sums->keys, key->bytes, key->length);
    if (number == known) {
        GROW(sums->records, known, sums->room);
        sums->records[number] = 0;
    }
    sums->records[number] += records;
    sums->last = number;
}

int add_cell(struct run_rollup *rollup, const struct rollup_cell *cell, struct cte_error *error)
{
    struct cell_key place = {.length = 0}, kind = {.length = 0}, year_kind = {.length = 0};
    if (!put_place(&place, cell) || !put_kind(&kind, cell) || !put_part(&year_kind, cell->year) ||
        !put_key_bytes(&year_kind, kind.bytes, kind.length))
        return cte_fail(error, CTE_BAD_INPUT, "a row of counts is longer than any can be");
    if (rollup->keeps_cells && group_counts_add(&rollup->cells, key_slice(&place), key_slice(&kind),
                                                cell->records, error) != CTE_OK)
        return error->status;
    if (!put_part(&place, fate_of(cell) == NULL ? IS_WRITTEN : ""))
        return cte_fail(error, CTE_BAD_INPUT, "a row of counts is longer than any can be");
    add_sum(&rollup->kinds, &year_kind, cell->records);
    add_sum(&rollup->places, &place, cell->records);
    rollup->records += cell->records;
    return CTE_OK;
}

/* A cell of which nothing is told. */
static struct rollup_cell empty_cell(uint64_t records)
{
    return (struct rollup_cell){.year = "",
                                .lea = "",
                                .school = "",
                                .before = "",
                                .after = {"", ""},
                                .by = {"", "", ""},
                                .course = "",
                                .records = records};
}

/* Where people are counted, which rows a cell has in the totals has to be known. */
static void make_rows(const struct run_rollup *rollup, struct keyed_sums *sums)
{
    if (rollup->rollup->distinct.field != NULL)
        sums->rows = cte_alloc((sums->keys.count + 1) * COUNTED_TABLES * sizeof *sums->rows);
}

static uint32_t *rows_at(const struct keyed_sums *sums, size_t number)
{
    return sums->rows != NULL ? sums->rows + number * COUNTED_TABLES : NULL;
}

void total_cells(struct run_rollup *rollup)
{
    begin_totals(rollup);
    make_rows(rollup, &rollup->kinds);
    make_rows(rollup, &rollup->places);
    for (size_t i = 0; i < rollup->kinds.keys.count; i++) {
        const char *at = map_key(&rollup->kinds.keys, i).at;
        struct rollup_cell cell = empty_cell(rollup->kinds.records[i]);
        cell.year = next_part(&at);
        take_kind(&cell, at);
        total_cell(rollup, &cell, false, rows_at(&rollup->kinds, i));
    }
    for (size_t i = 0; i < rollup->places.keys.count; i++) {
        const char *at = map_key(&rollup->places.keys, i).at;
        struct rollup_cell cell = empty_cell(rollup->places.records[i]);
        take_place(&cell, &at);
        cell.state = *at != '\0' ? 'R' : 'X'; /* no total by place tells more */
        total_cell(rollup, &cell, true, rows_at(&rollup->places, i));
    }
    for (size_t t = 0; t < COUNTED_TABLES; t++)
        linked_table_close(counted_table(rollup, t));
}

/* How many people stand in a cell that came out. Their cells come out in the same order. */
static uint64_t take_people(struct run_rollup *rollup, const struct group *cell,
                            struct cte_error *error)
{
    struct group *next = &rollup->next_people;
    if (rollup->rollup->distinct.field == NULL || group_compare(next, cell) != 0)
        return 0;
    const uint64_t people = next->records;
    if (!group_counts_next(&rollup->cell_people, next, error))
        *next = (struct group){.records = 0};
    return people;
}

int sort_cells(struct run_rollup *rollup, struct cte_error *error)
{
    if (group_counts_sort(&rollup->cells, error) == CTE_OK &&
        group_counts_sort(&rollup->cell_people, error) == CTE_OK)
        group_counts_next(&rollup->cell_people, &rollup->next_people, error);
    return error->status;
}

bool next_cell(struct run_rollup *rollup, struct rollup_cell *cell, struct cte_error *error)
{
    struct group group;
    if (!group_counts_next(&rollup->cells, &group, error))
        return false;
    const char *at = group.head.at;
    *cell = empty_cell(group.records);
    take_place(cell, &at);
    take_kind(cell, group.tail.at);
    cell->people = take_people(rollup, &group, error);
    return error->status == CTE_OK;
}
