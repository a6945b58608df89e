#include "codetables/cte-table/measure.h"
#include "codetables/base/memory.h"
#include "codetables/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The year that is asked for: the last of the map, or no year at all, for which a code without an
 * end is valid. */
static bool is_current(const struct codeset *set, const struct code *code, int year)
{
    for (const struct code *c = codeset_find(set, code->value, code->length); c != NULL;
         c = c->same) {
        if (c->first <= year && year <= c->last)
            return true;
    }
    return false;
}

void measure_map(const struct crosswalk_map *map, struct measure *measure)
{
    memset(measure, 0, sizeof *measure);
    for (size_t r = 0; r < map->row_count; r++) {
        const struct crosswalk_row *row = &map->rows[r];
        measure->kinds[row->kind]++;
        measure->kind_names[row->kind] = row->kind_name;
        measure->conditions += row->when_count;
        measure->choices += row->choice_count;
    }
    for (size_t i = 0; i < map->set->code_count; i++) {
        const struct code *code = &map->set->codes[i];
        if (codeset_find(map->set, code->value, code->length) != code ||
            !is_current(map->set, code, map->last))
            continue;
        const struct crosswalk_row *row =
            crosswalk_lookup(map, code->value, code->length, map->last);
        measure->codes++;
        measure->decided += row != NULL && row->kind != ROW_UNDECIDED;
        measure->undecided += row != NULL && row->kind == ROW_UNDECIDED;
        measure->unlisted += row == NULL;
    }
}

char *measure_kinds(const struct measure *measure)
{
    struct text text = {0};
    for (size_t k = 0; k <= ROW_UNDECIDED; k++) {
        if (measure->kinds[k] > 0)
            text_format(&text, "%s%zu %s", text.length > 0 ? ", " : "", measure->kinds[k],
                        measure->kind_names[k]);
    }
    return text_take(&text);
}

char *measure_coverage(const struct crosswalk_map *map, const struct measure *measure)
{
    size_t all = measure->codes > 0 ? measure->codes : 1;
    struct text text = {0};
    text_format(&text, "%s %zu%% of %zu current codes decided", map->id,
                measure->decided * 100 / all, measure->codes);
    if (measure->undecided > 0)
        text_format(&text, ", %zu undecided", measure->undecided);
    if (measure->unlisted > 0)
        text_format(&text, ", %zu %s", measure->unlisted,
                    map->unlisted_passes ? "stay" : "without a row");
    return text_take(&text);
}
