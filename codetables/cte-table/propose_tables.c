#include "codetables/cte-table/propose.h"

#include <string.h>

#include "codetables/base/text.h"

int load_evidence(struct proposing *proposing, struct cte_error *error)
{
    const struct request *request = proposing->request;
    for (size_t i = 0; i < request->operand_count; i++) {
        struct crosswalk *crosswalk = NULL;
        if (proposing->evidence_count == MAX_TABLES)
            return cte_fail(error, CTE_USAGE, "propose takes at most %d tables of evidence",
                            MAX_TABLES);
        if (tables_crosswalk(&proposing->tables, request->operands[i], &crosswalk, error) != CTE_OK)
            return error->status;
        const struct crosswalk_map *map = &crosswalk->maps[0];
        if (crosswalk->map_count != 1 || map->output_count != 1)
            return cte_fail(error, CTE_USAGE, "%s: evidence is one map to one output",
                            crosswalk->identity.path);
        if (i > 0 && strcmp(map->from, proposing->evidence[0].map->from) != 0)
            return cte_fail(error, CTE_USAGE,
                            "%s: leads from %s, the first table of evidence from %s",
                            crosswalk->identity.path, map->from, proposing->evidence[0].map->from);
        proposing->evidence[proposing->evidence_count++] = (struct loaded_map){crosswalk, map};
    }
    return CTE_OK;
}

static bool same_outputs(const struct crosswalk_map *a, const struct crosswalk_map *b)
{
    bool same = a->output_count == b->output_count;
    for (size_t o = 0; same && o < a->output_count; o++)
        same = strcmp(a->outputs[o].id, b->outputs[o].id) == 0 &&
               strcmp(a->outputs[o].code_set, b->outputs[o].code_set) == 0;
    return same;
}

int load_through(struct proposing *proposing, struct cte_error *error)
{
    const char *named;
    size_t count;
    if (plan_need(&proposing->plan, "through", &named, error) != CTE_OK)
        return error->status;
    char **words = split_words(&proposing->tables.arena, named, &count);
    struct crosswalk *loaded[MAX_TABLES];
    if (count > MAX_TABLES)
        return cte_fail(error, CTE_USAGE, "through: at most %d tables", MAX_TABLES);
    for (size_t i = 0; i < count; i++) {
        if (tables_crosswalk(&proposing->tables, words[i], &loaded[i], error) != CTE_OK)
            return error->status;
    }
    for (size_t e = 0; e < proposing->evidence_count; e++) {
        const char *set = proposing->evidence[e].map->outputs[0].code_set;
        struct loaded_map found = {0};
        for (size_t i = 0; i < count; i++) {
            for (size_t m = 0; m < loaded[i]->map_count; m++) {
                if (strcmp(loaded[i]->maps[m].from, set) == 0)
                    found = (struct loaded_map){loaded[i], &loaded[i]->maps[m]};
            }
        }
        if (found.map == NULL)
            return cte_fail(
                error, CTE_USAGE,
                "through: no table leads on from code set %s, in which %s has its evidence", set,
                proposing->evidence[e].crosswalk->identity.path);
        if (e > 0 && !same_outputs(found.map, proposing->through[0].map))
            return cte_fail(error, CTE_USAGE, "%s: has other outputs than %s",
                            found.crosswalk->identity.path,
                            proposing->through[0].crosswalk->identity.path);
        proposing->through[proposing->through_count++] = found;
    }
    return CTE_OK;
}

int load_official(struct proposing *proposing, struct cte_error *error)
{
    const char *named = plan_get(&proposing->plan, "official");
    struct crosswalk *crosswalk = NULL;
    if (named == NULL)
        return CTE_OK;
    if (tables_crosswalk(&proposing->tables, named, &crosswalk, error) != CTE_OK)
        return error->status;
    if (table_is_draft(&crosswalk->identity))
        return cte_fail(
            error, CTE_USAGE,
            "official = %s: is a draft, so none of its rows is official; leave the setting out",
            named);
    for (size_t m = 0; m < crosswalk->map_count; m++) {
        if (strcmp(crosswalk->maps[m].from, proposing->evidence[0].map->from) == 0)
            proposing->official = &crosswalk->maps[m];
    }
    return proposing->official != NULL
               ? CTE_OK
               : cte_fail(error, CTE_USAGE, "official = %s: has no map from %s", named,
                          proposing->evidence[0].map->from);
}
