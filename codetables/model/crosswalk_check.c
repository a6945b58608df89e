#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/model/crosswalk.h"

/* Codes that a row, condition or choice leads to, and where it stands. */
struct leading {
    unsigned n;
    long line;
    const struct targets *to;
};

static void check_targets(const struct crosswalk *crosswalk, const struct crosswalk_map *map,
                          struct leading leading, struct cte_error *error)
{
    const struct targets *to = leading.to;
    for (size_t i = 0; i < map->output_count; i++) {
        const struct crosswalk_output *output = &map->outputs[i];
        if (to->code[i] != NULL && output->set != NULL &&
            codeset_find(output->set, to->code[i], strlen(to->code[i])) == NULL)
            cte_fail(error, CTE_BAD_TABLE, "%s:%ld: row %u: target code %s is not in code set %s",
                     crosswalk->identity.path, leading.line, leading.n, to->code[i],
                     output->code_set);
    }
}

static void check_row(const struct crosswalk *crosswalk, const struct crosswalk_map *map,
                      const struct crosswalk_row *row, struct cte_error *error)
{
    const char *path = crosswalk->identity.path;
    if (row->first == YEAR_NONE || row->last == YEAR_NONE || row->first > row->last)
        cte_fail(error, CTE_BAD_TABLE,
                 "%s:%ld: row %u: first and last are not academic years in order", path, row->line,
                 row->n);
    check_targets(crosswalk, map, (struct leading){row->n, row->line, &row->to}, error);
    for (size_t i = 0; i < row->when_count; i++)
        check_targets(crosswalk, map,
                      (struct leading){row->whens[i].n, row->whens[i].line, &row->whens[i].to},
                      error);
    for (size_t i = 0; i < row->choice_count; i++)
        check_targets(
            crosswalk, map,
            (struct leading){row->choices[i].n, row->choices[i].line, &row->choices[i].to}, error);
    if (row->kind == ROW_NEW)
        return; /* it has no source code */
    if (map->set != NULL && codeset_find(map->set, row->code, row->length) == NULL)
        cte_fail(error, CTE_BAD_TABLE, "%s:%ld: row %u: source code %s is not in code set %s", path,
                 row->line, row->n, row->code, map->from);
    /* One is enough to know of. */
    for (const struct crosswalk_row *other = row->same; other != NULL; other = other->same) {
        if (other->first <= row->last && row->first <= other->last) {
            cte_fail(error, CTE_BAD_TABLE,
                     "%s:%ld: row %u: rows %u and %u both answer for code %s in one year", path,
                     other->line, other->n, row->n, other->n, row->code);
            break;
        }
    }
}

/* A row, condition or choice, and where it stands. */
struct numbered {
    unsigned n;
    long line;
};

struct numbers {
    struct numbered *list;
    size_t count, room;
};

static void add_number(struct numbers *numbers, unsigned n, long line)
{
    GROW(numbers->list, numbers->count, numbers->room);
    numbers->list[numbers->count++] = (struct numbered){n, line};
}

static int compare_numbers(const void *a, const void *b)
{
    const struct numbered *x = a, *y = b;
    return x->n != y->n ? (x->n > y->n) - (x->n < y->n) : (x->line > y->line) - (x->line < y->line);
}

/* The numbers of a row and of what stands in it. */
static void add_numbers(struct numbers *numbers, const struct crosswalk_row *row)
{
    add_number(numbers, row->n, row->line);
    for (size_t i = 0; i < row->when_count; i++)
        add_number(numbers, row->whens[i].n, row->whens[i].line);
    for (size_t i = 0; i < row->choice_count; i++)
        add_number(numbers, row->choices[i].n, row->choices[i].line);
}

static void check_numbers(const struct crosswalk *crosswalk, struct cte_error *error)
{
    struct numbers all = {0};
    for (size_t m = 0; m < crosswalk->map_count; m++) {
        for (size_t r = 0; r < crosswalk->maps[m].row_count; r++)
            add_numbers(&all, &crosswalk->maps[m].rows[r]);
    }
    const struct numbered *numbers = all.list;
    if (all.count > 1)
        qsort(all.list, all.count, sizeof *all.list, compare_numbers);
    for (size_t i = 0; i < all.count; i++) {
        if (numbers[i].n == 0)
            cte_fail(error, CTE_BAD_TABLE, "%s:%ld: a row number is not a number from 1 to %u",
                     crosswalk->identity.path, numbers[i].line, UINT_MAX);
        else if (i > 0 && numbers[i].n == numbers[i - 1].n)
            cte_fail(
                error, CTE_BAD_TABLE,
                "%s:%ld: row %u: row number %u stands twice, also on line %ld; give each its own",
                crosswalk->identity.path, numbers[i].line, numbers[i].n, numbers[i].n,
                numbers[i - 1].line);
    }
    free(all.list);
}

int crosswalk_check(const struct crosswalk *crosswalk, struct cte_error *error)
{
    check_numbers(crosswalk, error);
    for (size_t m = 0; m < crosswalk->map_count; m++) {
        for (size_t r = 0; r < crosswalk->maps[m].row_count; r++)
            check_row(crosswalk, &crosswalk->maps[m], &crosswalk->maps[m].rows[r], error);
    }
    return error->status;
}
