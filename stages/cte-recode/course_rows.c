/* What the tables say of a course. */
#include <string.h>

#include "stages/cte-recode/evidence.h"

bool same_target_code(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool same_targets(const struct targets *a, const struct targets *b, size_t outputs)
{
    for (size_t i = 0; i < outputs; i++) {
        if (!same_target_code(a->code[i], b->code[i]))
            return false;
    }
    return true;
}

struct targets translate(const struct crosswalk_map *map, const struct crosswalk_map *other,
                         const struct targets *to)
{
    struct targets translated = {{NULL}};
    for (size_t i = 0; i < map->output_count; i++) {
        int output = crosswalk_output(other, map->outputs[i].id);
        if (output >= 0)
            translated.code[i] = to->code[output];
    }
    return translated;
}

static bool decides(const struct crosswalk_row *row)
{
    return row->kind != ROW_UNDECIDED && row->kind != ROW_NONE && row->kind != ROW_SAME &&
           row->to.code[0] != NULL;
}

/* The first row of the course, in any map of the crosswalk from the code set, that decides it, or
 * is open. */
static const struct crosswalk_row *row_in(const struct crosswalk *crosswalk,
                                          const struct course_lookup *lookup, bool is_open,
                                          const struct crosswalk_map **map)
{
    for (size_t i = 0; i < crosswalk->map_count; i++) {
        const struct crosswalk_map *one = &crosswalk->maps[i];
        if (strcmp(one->from, lookup->code_set) != 0)
            continue;
        const struct crosswalk_row *row =
            crosswalk_lookup(one, lookup->course.at, lookup->course.length, lookup->year);
        if (row != NULL && (is_open ? row->kind == ROW_UNDECIDED : decides(row))) {
            *map = one;
            return row;
        }
    }
    return NULL;
}

const struct crosswalk_row *find_row_in_any(const struct recoding *recoding,
                                            const struct course_lookup *lookup, bool is_open,
                                            const struct crosswalk_map **map)
{
    const struct crosswalk_row *row =
        lookup->first != NULL ? row_in(lookup->first, lookup, is_open, map) : NULL;
    for (size_t i = 0; i < recoding->crosswalk_count && row == NULL; i++)
        row = row_in(recoding->crosswalks[i], lookup, is_open, map);
    return row;
}

const struct crosswalk_row *find_course_row(const struct recoding *recoding,
                                            const struct course_lookup *lookup,
                                            const struct crosswalk_map **map)
{
    return find_row_in_any(recoding, lookup, false, map);
}

struct course_lookup lookup_of(const struct asking *asking, struct slice course)
{
    return (struct course_lookup){asking->crosswalk, asking->join->code_set, course,
                                  asking->question->year};
}

bool row_allows(const struct crosswalk_map *map, const struct crosswalk_row *row,
                const struct targets *to)
{
    struct targets ignored;
    if (to->code[0] == NULL)
        return false;
    return (row->to.code[0] != NULL && strcmp(row->to.code[0], to->code[0]) == 0) ||
           (row->kind == ROW_UNDECIDED &&
            row_offers(map, row, to->code[0], strlen(to->code[0]), &ignored) != 0);
}

bool ask_tables(const struct asking *asking, struct slice course, struct targets *to, unsigned *n)
{
    const struct crosswalk_row *row = asking->row;
    for (size_t i = 0; i < row->when_count; i++) {
        if (strcmp(row->whens[i].field, asking->join->course) == 0 &&
            when_holds(&row->whens[i], course.at, course.length)) {
            *to = row->whens[i].to;
            *n = row->whens[i].n;
            return row_allows(asking->map, row, to);
        }
    }
    const struct crosswalk_map *courses;
    const struct course_lookup lookup = lookup_of(asking, course);
    const struct crosswalk_row *own = find_course_row(asking->recoding, &lookup, &courses);
    if (own == NULL)
        return false;
    *to = translate(asking->map, courses, &own->to);
    *n = row->n;
    return row_allows(asking->map, row, to);
}
