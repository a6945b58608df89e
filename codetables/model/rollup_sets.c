/* What gives the values of a roll-up their names, and groups them. */
#include <string.h>

#include "codetables/model/tables.h"

/* The crosswalk, loaded now or for another roll-up. */
static const struct crosswalk *find_grouping(struct tables *tables, const char *reference,
                                             struct cte_error *error)
{
    const size_t length = strcspn(reference, "@");
    for (size_t i = 0; i < tables->crosswalk_count; i++) {
        const struct table_identity *identity = &tables->crosswalks[i]->identity;
        if (strlen(identity->id) == length && memcmp(identity->id, reference, length) == 0 &&
            reference[length] == '@' && strcmp(identity->version, reference + length + 1) == 0)
            return tables->crosswalks[i];
    }
    struct crosswalk *loaded = NULL;
    return tables_crosswalk(tables, reference, &loaded, error) == CTE_OK ? loaded : NULL;
}

static int load_grouping(struct tables *tables, const struct rollup *rollup,
                         struct rollup_sets *sets, struct cte_error *error)
{
    sets->grouping = NULL;
    if (rollup->group.crosswalk == NULL)
        return CTE_OK;
    const struct crosswalk *crosswalk = find_grouping(tables, rollup->group.crosswalk, error);
    for (size_t m = 0; crosswalk != NULL && m < crosswalk->map_count; m++) {
        const struct crosswalk_map *map = &crosswalk->maps[m];
        for (size_t o = 0; o < map->output_count; o++) {
            if (strcmp(map->from, rollup->before.code_set) != 0 ||
                strcmp(map->outputs[o].code_set, rollup->group.code_set) != 0)
                continue;
            sets->grouping = map;
            sets->grouping_output = o;
            return CTE_OK;
        }
    }
    return error->status != CTE_OK
               ? error->status
               : cte_fail(error, CTE_BAD_TABLE,
                          "%s: roll-up %s needs a map of it from %s to %s, and it has none",
                          crosswalk->identity.path, rollup->id, rollup->before.code_set,
                          rollup->group.code_set);
}

int rollup_sets_load(struct tables *tables, const struct rollup *rollup, struct rollup_sets *sets,
                     struct cte_error *error)
{
    struct {
        const char *id;
        const struct codeset **set;
    } wanted[3 + ROLLUP_MAX_AFTER + ROLLUP_MAX_BY] = {{rollup->before.code_set, &sets->before},
                                                      {rollup->group.code_set, &sets->group},
                                                      {rollup->sequence.code_set, &sets->sequence}};
    size_t count = 3;
    for (size_t a = 0; a < rollup->after_count; a++, count++) {
        wanted[count].id = rollup->after[a].code_set;
        wanted[count].set = &sets->after[a];
    }
    for (size_t b = 0; b < rollup->by_count; b++, count++) {
        wanted[count].id = rollup->by[b].code_set;
        wanted[count].set = &sets->by[b];
    }
    for (size_t i = 0; i < count; i++) {
        *wanted[i].set = NULL;
        if (wanted[i].id != NULL &&
            tables_codeset(tables, wanted[i].id, wanted[i].set, error) != CTE_OK)
            return error->status;
    }
    return load_grouping(tables, rollup, sets, error);
}
