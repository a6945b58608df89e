#include "pipeline/report/linked_tables.h"

#include <stdlib.h>
#include <string.h>

#include "codetables/base/error.h"

/* ---- rows ---- */

/* The values of a row in some dimensions, as the key of a map. */
static struct slice make_key(struct text *key, unsigned dimensions, const char *const *values)
{
    text_clear(key);
    for (size_t d = 0; d < LINKED_DIMENSIONS; d++) {
        if (dimensions >> d & 1)
            text_add_part(key, values[d]);
    }
    return (struct slice){text_string(key), key->length};
}

size_t linked_table_add(struct linked_table *table, const char *const values[LINKED_DIMENSIONS],
                        uint64_t records, bool is_listed)
{
    const struct slice key = make_key(&table->key, table->dimensions, values);
    const size_t row = map_add(&table->keys, key.at, key.length);
    if (row == table->count) {
        GROW(table->rows, table->count, table->room);
        table->rows[table->count++] =
            (struct linked_row){.number = (uint32_t)row, .is_listed = is_listed};
        for (size_t d = 0; d < LINKED_DIMENSIONS; d++)
            table->rows[row].values[d] = table->dimensions >> d & 1 ? values[d] : "";
    }
    table->rows[row].records += records;
    return row;
}

void linked_table_close(struct linked_table *table)
{
    map_free(&table->keys);
    text_free(&table->key);
    if (table->count > 0 && table->count < table->room)
        table->rows = cte_realloc(table->rows, table->count * sizeof *table->rows);
    table->room = table->count;
}

void linked_table_count_people(struct linked_table *table)
{
    table->people = cte_zalloc(table->count + 1, sizeof *table->people);
}

void linked_table_count(struct linked_table *table, size_t row, enum cell_people which,
                        uint64_t person)
{
    struct linked_people *people = &table->people[row];
    people->count[which] += people->last[which] != person;
    people->last[which] = person;
}

void linked_table_add_person(struct linked_table *table,
                             const char *const values[LINKED_DIMENSIONS], bool is_listed,
                             enum cell_people which, uint64_t person)
{
    const size_t known = table->count, row = linked_table_add(table, values, 0, is_listed);
    if (table->people_room < table->room) {
        table->people_room = table->room;
        table->people = cte_realloc(table->people, table->people_room * sizeof *table->people);
    }
    if (row == known)
        table->people[row] = (struct linked_people){.count = {0}};
    linked_table_count(table, row, which, person);
    table->rows[row].records = table->people[row].count[PEOPLE_ALL];
}

static int compare_rows(const void *x, const void *y)
{
    const struct linked_row *a = x, *b = y;
    int order = b->is_listed - a->is_listed;
    for (size_t d = 0; d < LINKED_DIMENSIONS && order == 0; d++) {
        order = (a->values[d][0] == '\0') - (b->values[d][0] == '\0');
        if (order == 0)
            order = strcmp(a->values[d], b->values[d]);
    }
    return order;
}

void linked_table_publish(struct linked_table *table, struct publication *publication)
{
    linked_table_close(table);
    if (table->count > 1)
        qsort(table->rows, table->count, sizeof *table->rows, compare_rows);
    table->listed_count = 0;
    for (size_t r = 0; r < table->count; r++) {
        struct linked_row *row = &table->rows[r];
        row->cell = row->is_listed ? publication_add_cell(publication, row->records)
                                   : publication_add_unlisted(publication, row->records);
        for (int p = 0; p < CELL_PEOPLE && table->people != NULL; p++)
            publication_count_people(publication, row->cell, (enum cell_people)p,
                                     table->people[row->number].count[p]);
        table->listed_count += row->is_listed;
    }
}

void linked_table_free(struct linked_table *table)
{
    map_free(&table->keys);
    text_free(&table->key);
    free(table->rows);
    free(table->people);
    *table = (struct linked_table){.dimensions = table->dimensions};
}

/* ---- margins ---- */

/* The tables, and after them the margins that no table shows. */
struct margins {
    struct linked_table *list;
    size_t count, room;
};

static bool has_margin(const struct margins *margins, unsigned dimensions)
{
    for (size_t i = 0; i < margins->count; i++) {
        if (margins->list[i].dimensions == dimensions)
            return true;
    }
    return false;
}

static void add_margin(struct margins *margins, struct publication *publication,
                       const struct linked_table *table, unsigned dimensions)
{
    struct linked_table margin = {.dimensions = dimensions};
    for (size_t r = 0; r < table->count; r++)
        linked_table_add(&margin, table->rows[r].values, table->rows[r].records, false);
    linked_table_publish(&margin, publication);
    GROW(margins->list, margins->count, margins->room);
    margins->list[margins->count++] = margin;
}

/* Whether the rows of a margin are sums of those of a finer one, and of none between the two: what
 * lies further apart follows. Of two by the same dimensions, the later one counts as finer. */
static bool is_next(const struct margins *margins, size_t finer, size_t coarser)
{
    const unsigned fine = margins->list[finer].dimensions,
                   coarse = margins->list[coarser].dimensions;
    if ((fine & coarse) != coarse || (fine == coarse && finer <= coarser))
        return false;
    for (size_t i = 0; i < margins->count; i++) {
        const unsigned between = margins->list[i].dimensions;
        if (between != fine && between != coarse && (fine & between) == between &&
            (between & coarse) == coarse)
            return false;
    }
    return true;
}

/* A row of the finer margin and that of the coarser one which it is part of. */
struct part {
    size_t row, cell;
};

static int compare_parts(const void *x, const void *y)
{
    const struct part *a = x, *b = y;
    return a->row != b->row ? (a->row > b->row) - (a->row < b->row)
                            : (a->cell > b->cell) - (a->cell < b->cell);
}

/* Each row of the coarser margin is the sum of those rows of the finer one that have its values. */
static void add_sums(struct publication *publication, const struct linked_table *finer,
                     const struct linked_table *coarser)
{
    struct map keys = {0};
    struct text text = {0};
    struct part *parts = cte_alloc((finer->count + 1) * sizeof *parts);
    size_t *cells = cte_alloc((finer->count + 1) * sizeof *cells);
    for (size_t r = 0; r < coarser->count; r++) {
        const struct slice key = make_key(&text, coarser->dimensions, coarser->rows[r].values);
        map_add(&keys, key.at, key.length);
    }
    for (size_t r = 0; r < finer->count; r++) {
        const struct slice key = make_key(&text, coarser->dimensions, finer->rows[r].values);
        parts[r] = (struct part){map_find(&keys, key.at, key.length), finer->rows[r].cell};
        if (parts[r].row == MAP_NONE)
            cte_die("two linked tables do not count the same records");
    }
    if (finer->count > 1)
        qsort(parts, finer->count, sizeof *parts, compare_parts);
    for (size_t at = 0, count; at < finer->count; at += count) {
        for (count = 0; at + count < finer->count && parts[at + count].row == parts[at].row;
             count++)
            cells[count] = parts[at + count].cell;
        publication_add_sum(publication, coarser->rows[parts[at].row].cell, cells, count);
    }
    free(cells);
    free(parts);
    text_free(&text);
    map_free(&keys);
}

void link_tables(struct publication *publication, struct linked_table *const *tables, size_t count)
{
    struct margins margins = {0};
    for (size_t i = 0; i < count; i++) {
        GROW(margins.list, margins.count, margins.room);
        margins.list[margins.count++] = *tables[i];
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            const unsigned common = tables[i]->dimensions & tables[j]->dimensions;
            if (!has_margin(&margins, common))
                add_margin(&margins, publication, tables[i], common);
        }
    }
    for (size_t f = 0; f < margins.count; f++) {
        for (size_t c = 0; c < margins.count; c++) {
            if (is_next(&margins, f, c))
                add_sums(publication, &margins.list[f], &margins.list[c]);
        }
    }
    for (size_t i = count; i < margins.count; i++)
        linked_table_free(&margins.list[i]);
    free(margins.list);
}
