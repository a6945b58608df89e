#include <stdlib.h>
#include <string.h>

#include "codetables/model/sound.h"

int sound_related(struct tables *tables, const struct codeset *set, const struct codeset **related,
                  struct cte_error *error)
{
    struct cte_error missing = {0};
    *related = NULL;
    if (set->related == NULL)
        return error->status;
    if (tables_codeset(tables, set->related, related, &missing) != CTE_OK)
        return cte_fail(error, missing.status, "%s: related code set %s cannot be used: %s",
                        set->identity.path, set->related, missing.text);
    for (size_t i = 0; i < (*related)->code_count; i++) {
        const char *use = code_property(&(*related)->codes[i], set->related_by);
        if (use == NULL || codeset_find(set, use, strlen(use)) == NULL)
            return cte_fail(error, CTE_BAD_TABLE,
                            "%s: related code set %s: code %s has no %s that is a code of this set",
                            set->identity.path, set->related, (*related)->codes[i].value,
                            set->related_by);
    }
    return error->status;
}

/* The first stretch of the years in which no row of the code set has the value; false when there is
 * none. */
static bool not_listed(const struct code *code, struct year_span years, struct year_span *gap)
{
    for (int year = years.first; year <= years.last;) {
        int next = YEAR_LAST + 1;
        const struct code *covers = NULL;
        for (const struct code *c = code; c != NULL && covers == NULL; c = c->same) {
            if (c->first <= year && year <= c->last)
                covers = c;
            else if (c->first > year && c->first < next)
                next = c->first;
        }
        if (covers == NULL) {
            *gap = common_years((struct year_span){year, next - 1}, years);
            return true;
        }
        year = covers->last + 1;
    }
    return false;
}

/* Codes that a row, or a condition or choice in it, leads to, and where it stands. */
struct leading {
    const struct crosswalk_row *row;
    unsigned n;
    long line;
    const struct targets *to;
};

static void check_target_years(const struct crosswalk *crosswalk, const struct crosswalk_map *map,
                               struct leading leading, struct cte_error *error)
{
    const struct crosswalk_row *row = leading.row;
    const struct targets *to = leading.to;
    struct year_span covered = common_years((struct year_span){row->first, row->last},
                                            (struct year_span){map->first, map->last});
    char text[YEARS_TEXT];
    for (size_t o = 0; o < map->output_count; o++) {
        const struct code *target =
            to->code[o] != NULL
                ? codeset_find(map->outputs[o].set, to->code[o], strlen(to->code[o]))
                : NULL;
        const struct code *source =
            row->kind == ROW_NEW ? NULL : codeset_find(map->set, row->code, row->length);
        struct year_span gap;
        bool missing = false;
        if (target == NULL)
            continue;
        /* A row is asked only in years in which its own code may stand. */
        for (const struct code *s = source; s != NULL && !missing; s = s->same)
            missing = not_listed(
                target, common_years(covered, (struct year_span){s->first, s->last}), &gap);
        if (source == NULL)
            missing = (map->first != YEAR_FIRST || row->first != YEAR_FIRST) &&
                      not_listed(target, covered, &gap);
        if (missing)
            cte_fail(error, CTE_BAD_TABLE,
                     "%s:%ld: row %u: target code %s is not valid %s in code set %s; limit the "
                     "row's years",
                     crosswalk->identity.path, leading.line, leading.n, to->code[o],
                     years_text(gap.first, gap.last, text), map->outputs[o].code_set);
    }
}

static bool has_field(const struct tables *tables, const char *number)
{
    for (size_t l = 0; l < tables->layout_count; l++) {
        for (size_t r = 0; r < tables->layouts[l].record_count; r++) {
            if (record_field(&tables->layouts[l].records[r], number) >= 0)
                return true;
        }
    }
    return tables->layouts_missing;
}

/* A range of values, with the condition it stands in. */
struct placed {
    const struct crosswalk_when *when;
    const struct value_range *range;
};

static int compare_kind(const struct placed *a, const struct placed *b)
{
    int order = strcmp(a->when->field, b->when->field);
    return order != 0
               ? order
               : (a->range->length > b->range->length) - (a->range->length < b->range->length);
}

static int compare_placed(const void *x, const void *y)
{
    const struct placed *a = x, *b = y;
    int order = compare_kind(a, b);
    if (order == 0)
        order = strcmp(a->range->first, b->range->first);
    return order != 0 ? order : (a->when > b->when) - (a->when < b->when);
}

/* A value stands in one condition of a row only. In their order, each range is held against the one
 * before that reaches furthest. */
static void check_conditions(const struct crosswalk *crosswalk, const struct crosswalk_row *row,
                             struct cte_error *error)
{
    size_t count = 0, room = 0;
    for (size_t w = 0; w < row->when_count; w++)
        room += row->whens[w].range_count;
    struct placed *ranges = cte_zalloc(room, sizeof *ranges);
    for (size_t w = 0; w < row->when_count; w++) {
        for (size_t i = 0; i < row->whens[w].range_count; i++)
            ranges[count++] = (struct placed){&row->whens[w], &row->whens[w].ranges[i]};
    }
    if (count > 1)
        qsort(ranges, count, sizeof *ranges, compare_placed);
    for (size_t i = 1, furthest = 0; i < count; i++) {
        const struct placed *one = &ranges[i], *other = &ranges[furthest];
        bool is_kind = compare_kind(other, one) == 0;
        if (is_kind && other->when != one->when &&
            strcmp(one->range->first, other->range->last) <= 0) {
            const struct crosswalk_when *when = one->when > other->when ? one->when : other->when;
            cte_fail(error, CTE_BAD_TABLE,
                     "%s:%ld: row %u: %s of field %s is in the condition of row %u too; a value "
                     "can be in one condition only",
                     crosswalk->identity.path, when->line, when->n, one->range->first, when->field,
                     (when == one->when ? other->when : one->when)->n);
        }
        if (!is_kind || strcmp(one->range->last, other->range->last) > 0)
            furthest = i;
    }
    free(ranges);
}

static void check_row(const struct tables *tables, const struct crosswalk *crosswalk,
                      const struct crosswalk_map *map, const struct crosswalk_row *row,
                      struct cte_error *error)
{
    check_target_years(crosswalk, map, (struct leading){row, row->n, row->line, &row->to}, error);
    if (row->when_count > 1)
        check_conditions(crosswalk, row, error);
    for (size_t i = 0; i < row->when_count; i++) {
        const struct crosswalk_when *when = &row->whens[i];
        if (!has_field(tables, when->field))
            cte_fail(error, CTE_BAD_TABLE,
                     "%s:%ld: row %u: the condition names field %s, which no layout has",
                     crosswalk->identity.path, when->line, when->n, when->field);
        check_target_years(crosswalk, map, (struct leading){row, when->n, when->line, &when->to},
                           error);
    }
    for (size_t i = 0; i < row->choice_count; i++)
        check_target_years(
            crosswalk, map,
            (struct leading){row, row->choices[i].n, row->choices[i].line, &row->choices[i].to},
            error);
}

int sound_crosswalk(struct tables *tables, const struct crosswalk *crosswalk,
                    struct cte_error *error)
{
    const char *path = crosswalk->identity.path;
    if (crosswalk->target_layout != NULL && !tables->layouts_missing &&
        tables_layout(tables, crosswalk->target_layout, error) == NULL)
        cte_fail(error, CTE_BAD_TABLE, "%s: its target layout %s is not in layouts/", path,
                 crosswalk->target_layout);
    for (size_t m = 0; m < crosswalk->map_count; m++) {
        const struct crosswalk_map *map = &crosswalk->maps[m];
        if (map->evidence != NULL && tables->rules != NULL &&
            rules_join(tables->rules, map->evidence) == NULL)
            cte_fail(error, CTE_BAD_TABLE,
                     "%s:%ld: map %s: its evidence %s is no join of the rule table", path,
                     map->line, map->id, map->evidence);
        for (size_t r = 0; r < map->row_count; r++)
            check_row(tables, crosswalk, map, &map->rows[r], error);
    }
    return error->status;
}
