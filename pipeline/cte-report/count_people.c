/* Who stands in the cells of a roll-up: each person once in every total, however many of its cells
 * are his. People come out of a sort one after another, each with all of his cells. */
#include <string.h>

#include "codetables/base/memory.h"
#include "pipeline/cte-report/cell_key.h"
#include "pipeline/cte-report/rollup.h"

/* A person is a hash and its LEA; his cells are told apart by all but that. */
int add_person(struct run_rollup *rollup, const struct rollup_cell *cell, uint64_t person,
               struct cte_error *error)
{
    struct cell_key head = {.length = 0}, tail = {.length = 0};
    const struct rollup *about = rollup->rollup;
    const int year = academic_year(cell->year, strlen(cell->year));
    if (about->distinct.is_grouped &&
        rollup_group(about, &rollup->sets, cell->before, year)[0] == '\0')
        return CTE_OK;
    if (!put_part(&head, cell->lea) ||
        !put_key_bytes(&head, (const char *)&person, sizeof person) ||
        !put_part(&tail, cell->school) || !put_part(&tail, cell->year) || !put_kind(&tail, cell))
        return cte_fail(error, CTE_BAD_INPUT, "a row of counts is longer than any can be");
    return group_counts_add(&rollup->people, key_slice(&head), key_slice(&tail), 1, error);
}

struct linked_table *counted_table(struct run_rollup *rollup, size_t table)
{
    return table < TOTALS          ? &rollup->totals[table]
           : table == FLOW_BY_CODE ? &rollup->flow.by_code
                                   : &rollup->flow.by_group;
}

/* Counts a person in the rows that a kind or a place of cells has in the totals. */
static void count_in_rows(struct run_rollup *rollup, const struct keyed_sums *sums,
                          const struct cell_key *key, uint64_t person)
{
    const size_t number = map_find(&sums->keys, key->bytes, key->length);
    if (number == MAP_NONE)
        cte_die("a person stands in a cell that nothing counts");
    const uint32_t *rows = sums->rows + number * COUNTED_TABLES;
    for (size_t t = 0; t < COUNTED_TABLES; t++) {
        if (rows[t] != NO_ROW)
            linked_table_count(counted_table(rollup, t), rows[t], person);
    }
}

/* Counts a person in one of his cells, in all totals that it is part of. */
static int count_in_cell(struct run_rollup *rollup, const struct group *group, uint64_t person,
                         struct cte_error *error)
{
    const char *at = group->tail.at, *lea = group->head.at, *school = take_part(&at);
    const size_t school_bytes = (size_t)(at - group->tail.at);
    struct cell_key kind = {.length = 0}, place = {.length = 0};
    put_key_bytes(&kind, at, group->tail.length - school_bytes);
    const char *year = take_part(&at);
    const size_t year_bytes = strlen(year) + 1;
    if (!put_part(&place, year) || !put_part(&place, lea) || !put_part(&place, school))
        return cte_fail(error, CTE_BAD_INPUT, "a row of counts is longer than any can be");
    if (rollup->keeps_cells &&
        group_counts_add(&rollup->cell_people, key_slice(&place),
                         (struct slice){kind.bytes + year_bytes, kind.length - year_bytes}, 1,
                         error) != CTE_OK)
        return error->status;
    const char *state = kind.bytes + year_bytes;
    struct rollup_cell cell;
    take_kind(&cell, state);
    put_part(&place, fate_of(&cell) == NULL ? IS_WRITTEN : "");
    count_in_rows(rollup, &rollup->kinds, &kind, person);
    count_in_rows(rollup, &rollup->places, &place, person);
    return CTE_OK;
}

int count_people(struct run_rollup *rollup, struct cte_error *error)
{
    struct group group;
    struct text last = {0};
    uint64_t person = 0;
    if (rollup->rollup->distinct.field == NULL)
        return CTE_OK;
    for (size_t t = 0; t < COUNTED_TABLES; t++)
        counted_table(rollup, t)->counts_people = true;
    group_counts_sort(&rollup->people, error);
    while (error->status == CTE_OK && group_counts_next(&rollup->people, &group, error)) {
        if (person == 0 || last.length != group.head.length ||
            memcmp(last.bytes, group.head.at, last.length) != 0) {
            person++;
            text_clear(&last);
            text_put(&last, group.head.at, group.head.length);
        }
        count_in_cell(rollup, &group, person, error);
    }
    text_free(&last);
    group_counts_free(&rollup->people);
    return error->status;
}
