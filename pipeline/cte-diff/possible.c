#include <stdlib.h>
#include <string.h>

#include "pipeline/cte-diff/diff.h"
#include "codetables/base/memory.h"

static bool same_code(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool same_targets(const struct targets *a, const struct targets *b, size_t outputs)
{
    for (size_t i = 0; i < outputs; i++) {
        if (!same_code(a->code[i], b->code[i]))
            return false;
    }
    return true;
}

/* Adds a target once. */
static void add(struct possible *possible, size_t outputs, const struct targets *to)
{
    for (size_t i = 0; i < possible->count; i++) {
        if (same_targets(&possible->targets[i], to, outputs))
            return;
    }
    possible->targets =
        cte_realloc(possible->targets, (possible->count + 1) * sizeof *possible->targets);
    possible->targets[possible->count++] = *to;
}

bool allows_first(const struct crosswalk_row *row, const char *first)
{
    if (first == NULL)
        return false;
    if (row->kind != ROW_UNDECIDED)
        return same_code(row->to.code[0], first);
    for (size_t i = 0; i < row->choice_count; i++) {
        if (same_code(row->choices[i].to.code[0], first))
            return true;
    }
    return false;
}

static void add_of_course(struct possible *possible, const struct crosswalk_map *map,
                          const struct crosswalk_map *courses, const struct targets *to)
{
    struct targets translated = {{NULL}};
    for (size_t i = 0; i < map->output_count; i++) {
        int output = crosswalk_output(courses, map->outputs[i].id);
        if (output >= 0)
            translated.code[i] = to->code[output];
    }
    if (allows_first(possible->row, translated.code[0]))
        add(possible, map->output_count, &translated);
}

/* What the courses of the row's code become, by any crosswalk of the comparison. */
static void add_courses(const struct diff *diff, struct possible *possible,
                        const struct crosswalk_map *map, const struct rule_join *join,
                        const struct codeset *set)
{
    for (size_t i = 0; i < set->code_count; i++) {
        const struct code *course = &set->codes[i];
        const char *about = code_property(course, join->property);
        if (about == NULL || strcmp(about, possible->row->code) != 0)
            continue;
        for (size_t m = 0; m < diff->crosswalk_count; m++) {
            for (size_t c = 0; c < diff->crosswalks[m]->map_count; c++) {
                const struct crosswalk_map *courses = &diff->crosswalks[m]->maps[c];
                if (strcmp(courses->from, join->code_set) != 0)
                    continue;
                for (const struct crosswalk_row *row =
                         crosswalk_rows(courses, course->value, strlen(course->value));
                     row != NULL; row = row->same) {
                    add_of_course(possible, map, courses, &row->to);
                    for (size_t n = 0; n < row->choice_count; n++)
                        add_of_course(possible, map, courses, &row->choices[n].to);
                }
            }
        }
    }
}

static int list_row(struct diff *diff, const struct crosswalk_map *map,
                    const struct crosswalk_row *row, const struct rule_join *join)
{
    struct possible possible = {.row = row};
    const struct codeset *set;
    for (size_t i = 0; i < row->choice_count; i++)
        add(&possible, map->output_count, &row->choices[i].to);
    for (size_t i = 0; i < row->when_count; i++)
        add(&possible, map->output_count, &row->whens[i].to);
    if (join != NULL) {
        if (tables_codeset(diff->tables, join->code_set, &set, &diff->error) != CTE_OK)
            return diff->error.status;
        add_courses(diff, &possible, map, join, set);
    }
    /* Of several that share the first code, courses that differ and a decision that names no more
     * decide that code alone. */
    const size_t single = possible.count;
    for (size_t i = 0; i < single; i++) {
        struct targets shared = {{possible.targets[i].code[0]}};
        for (size_t j = i + 1; j < single; j++) {
            if (shared.code[0] != NULL && same_code(possible.targets[j].code[0], shared.code[0]))
                add(&possible, map->output_count, &shared);
        }
    }
    diff->possible =
        cte_realloc(diff->possible, (diff->possible_count + 1) * sizeof *diff->possible);
    diff->possible[diff->possible_count++] = possible;
    return CTE_OK;
}

static int compare_rows(const void *x, const void *y)
{
    const struct possible *a = x, *b = y;
    return (a->row > b->row) - (a->row < b->row);
}

int list_possible(struct diff *diff)
{
    const struct rules *rules;
    if (diff->crosswalk_count > 0 && tables_rules(diff->tables, &rules, &diff->error) != CTE_OK)
        return diff->error.status;
    for (size_t c = 0; c < diff->crosswalk_count; c++) {
        for (size_t m = 0; m < diff->crosswalks[c]->map_count; m++) {
            const struct crosswalk_map *map = &diff->crosswalks[c]->maps[m];
            const struct rule_join *join =
                map->evidence != NULL ? rules_join(rules, map->evidence) : NULL;
            for (size_t r = 0; r < map->row_count; r++) {
                const struct crosswalk_row *row = &map->rows[r];
                bool is_open =
                    row->choice_count > 0 || row->when_count > 0 || row->kind == ROW_UNDECIDED;
                if (is_open && list_row(diff, map, row, join) != CTE_OK)
                    return diff->error.status;
            }
        }
    }
    if (diff->possible_count > 1)
        qsort(diff->possible, diff->possible_count, sizeof *diff->possible, compare_rows);
    return CTE_OK;
}

const struct possible *find_possible(const struct diff *diff, const struct crosswalk_row *row)
{
    const struct possible wanted = {.row = row};
    return diff->possible_count == 0 ? NULL
                                     : bsearch(&wanted, diff->possible, diff->possible_count,
                                               sizeof *diff->possible, compare_rows);
}
