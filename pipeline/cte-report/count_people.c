/* Who stands in the cells of a roll-up: each person once in every total, however many of its cells
 * are theirs. People come out of a sort one after another, each with all of their cells. */
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "pipeline/cte-report/cell_key.h"
#include "pipeline/cte-report/rollup.h"

/* A person is a hash and its LEA; their cells are told apart by all but that. */
int add_person(struct run_rollup *rollup, const struct rollup_cell *cell, uint64_t person,
               struct cte_error *error)
{
    struct cell_key head = {.length = 0}, tail = {.length = 0};
    const struct rollup *about = rollup->rollup;
    const int year = academic_year(cell->year, strlen(cell->year));
    if (about->distinct.is_grouped &&
        rollup_group(about, &rollup->sets, cell->before, year)[0] == '\0')
        return CTE_OK;
    if (!put_person(&head, cell->lea, person) ||
        !put_key_bytes(&tail, (const char[]){PERSON_CELL}, 1) || !put_part(&tail, cell->school) ||
        !put_part(&tail, cell->year) || !put_kind(&tail, cell))
        return cte_fail(error, CTE_BAD_INPUT, "a row of counts is longer than any can be");
    return group_counts_add(&rollup->people, key_slice(&head), key_slice(&tail), 1, error);
}

/* One of the cells of a person: its numbers among kinds and places, and what tells whether they
 * reached something. */
struct own_cell {
    size_t kind, place;
    struct rollup_cell cell;
};

/* Nobody has so many of them; who has more reaches nothing. */
enum { MOST_OWN = 512 };

struct person {
    uint64_t number;  /* from 1 */
    struct text head; /* LEA and hash */
    struct own_cell cells[MOST_OWN];
    size_t count;
    bool has_more;
    struct person_value *values; /* what they are besides */
    size_t value_count, value_room;
};

/* Counts a person in the rows that a kind or a place of cells has in the totals. */
static void count_in_rows(struct run_rollup *rollup, const uint32_t *rows, enum cell_people which,
                          uint64_t person)
{
    for (size_t t = 0; t < COUNTED_TABLES; t++) {
        if (rows[t] != NO_ROW)
            linked_table_count(counted_table(rollup, t), rows[t], which, person);
    }
}

static void count_in_cell(struct run_rollup *rollup, const struct own_cell *own,
                          enum cell_people which, const struct person *person)
{
    const struct valued_person valued = {person->number, person->head.bytes, person->values,
                                         person->value_count};
    count_in_rows(rollup, rollup->kinds.rows + own->kind * COUNTED_TABLES, which, person->number);
    count_in_rows(rollup, rollup->places.rows + own->place * COUNTED_TABLES, which, person->number);
    count_by_values(rollup, &valued, &own->cell, which);
}

/* The cell of a group, with texts of the map of kinds. */
static int take_cell(struct run_rollup *rollup, const struct group *group, struct own_cell *own,
                     struct cte_error *error)
{
    const char *at = group->tail.at + 1, *lea = group->head.at, *school = next_part(&at);
    const size_t length = group->tail.length - (size_t)(at - group->tail.at);
    struct cell_key place = {.length = 0};
    own->kind = map_find(&rollup->kinds.keys, at, length);
    if (own->kind == MAP_NONE)
        cte_die("a person stands in a cell that nothing counts");
    const char *kind = map_key(&rollup->kinds.keys, own->kind).at;
    own->cell.year = next_part(&kind);
    const size_t year_bytes = strlen(own->cell.year) + 1;
    take_kind(&own->cell, kind);
    if (!put_part(&place, own->cell.year) || !put_part(&place, lea) || !put_part(&place, school))
        return cte_fail(error, CTE_BAD_INPUT, "a row of counts is longer than any can be");
    if (rollup->keeps_cells &&
        group_counts_add(&rollup->cell_people, key_slice(&place),
                         (struct slice){at + year_bytes, length - year_bytes}, 1, error) != CTE_OK)
        return error->status;
    put_part(&place, fate_of(&own->cell) == NULL ? IS_WRITTEN : "");
    own->place = map_find(&rollup->places.keys, place.bytes, place.length);
    if (own->place == MAP_NONE)
        cte_die("a person stands in a place that nothing counts");
    return CTE_OK;
}

/* ---- who reached something ---- */

/* By the code after, the code before, and the year. */
static int compare_cells(const void *x, const void *y)
{
    const struct rollup_cell *a = &((const struct own_cell *)x)->cell,
                             *b = &((const struct own_cell *)y)->cell;
    int order = strcmp(a->after[0], b->after[0]);
    order = order != 0 ? order : strcmp(a->before, b->before);
    return order != 0 ? order : strcmp(a->year, b->year);
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The year in which so many codes before were there that became one code after: of cells with that
 * code, sorted. NULL where there are fewer. */
static const char *find_reached(const struct own_cell *cells, size_t count, uint64_t reach)
{
    const char *years[MOST_OWN];
    size_t codes = 0;
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || strcmp(cells[i].cell.before, cells[i - 1].cell.before) != 0)
            years[codes++] = cells[i].cell.year;
    }
    if (codes < reach)
        return NULL;
    qsort(years, codes, sizeof *years, compare_texts);
    return years[reach - 1];
}

/* Counts a person where they reached it, and in the years from that one on. */
static void count_reached(struct run_rollup *rollup, struct person *person)
{
    struct own_cell *cells = person->cells;
    size_t count = 0;
    for (size_t i = 0; i < person->count; i++) {
        if (fate_of(&cells[i].cell) == NULL && cells[i].cell.after[0][0] != '\0' &&
            strcmp(cells[i].cell.after[0], unlisted) != 0)
            cells[count++] = cells[i];
    }
    if (person->has_more || count == 0)
        return;
    qsort(cells, count, sizeof *cells, compare_cells);
    for (size_t at = 0, same; at < count; at += same) {
        for (same = 1; at + same < count &&
                       strcmp(cells[at + same].cell.after[0], cells[at].cell.after[0]) == 0;)
            same++;
        const char *year = find_reached(cells + at, same, rollup->rollup->distinct.reach);
        for (size_t i = at; i < at + same && year != NULL; i++) {
            if (strcmp(cells[i].cell.year, year) >= 0)
                count_in_cell(rollup, &cells[i], PEOPLE_REACH, person);
        }
    }
}

/* ---- all of them ---- */

static void add_own_cell(struct run_rollup *rollup, struct person *person,
                         const struct own_cell *own)
{
    count_in_cell(rollup, own, PEOPLE_ALL, person);
    person->has_more = person->count == MOST_OWN;
    if (!person->has_more)
        person->cells[person->count++] = *own;
}

static void end_person(struct run_rollup *rollup, struct person *person)
{
    if (rollup->rollup->distinct.reach > 0)
        count_reached(rollup, person);
    person->count = person->value_count = 0;
    person->has_more = false;
}

static void begin_person(struct person *person, struct slice head)
{
    person->number++;
    text_clear(&person->head);
    text_put(&person->head, head.at, head.length);
}

static void add_value(struct person *person, struct person_value value)
{
    GROW(person->values, person->value_count, person->value_room);
    person->values[person->value_count++] = value;
}

static bool is_of_person(const struct person *person, struct slice head)
{
    return person->number > 0 && person->head.length == head.length &&
           memcmp(person->head.bytes, head.at, head.length) == 0;
}

static void free_person(struct person *person)
{
    text_free(&person->head);
    free(person->values);
    free(person);
}

int count_people(struct run_rollup *rollup, struct cte_error *error)
{
    struct group group;
    if (rollup->rollup->distinct.field == NULL)
        return CTE_OK;
    struct person *person = cte_zalloc(1, sizeof *person);
    for (size_t t = 0; t < COUNTED_TABLES; t++)
        linked_table_count_people(counted_table(rollup, t));
    group_counts_sort(&rollup->people, error);
    while (error->status == CTE_OK && group_counts_next(&rollup->people, &group, error)) {
        struct own_cell own;
        if (!is_of_person(person, group.head)) {
            end_person(rollup, person);
            begin_person(person, group.head);
        }
        if (group.tail.at[0] == PERSON_VALUE)
            add_value(person, take_person_value(rollup, group.tail.at));
        else if (take_cell(rollup, &group, &own, error) == CTE_OK)
            add_own_cell(rollup, person, &own);
    }
    end_person(rollup, person);
    free_person(person);
    group_counts_free(&rollup->people);
    return error->status;
}
