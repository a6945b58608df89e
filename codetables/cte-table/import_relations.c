/* What a sheet says in words of a code (split, merge) is held against its own rows: a code with
 * several targets is split, targets that several codes have are merged. */
#include <stdlib.h>
#include <string.h>

#include "codetables/cte-table/import_map.h"

/* For each target the number of its first code, and then whether others have it. */
static struct seen *list_targets(const struct map_import *import, struct seen *shared)
{
    struct seen *firsts = seen_new();
    for (size_t i = 0; i < import->group_count; i++) {
        const struct code_group *group = &import->groups[i];
        for (size_t t = 0; t < group->count; t++) {
            char *to = format_targets(import, &group->targets[t]);
            const size_t before = seen_put(firsts, to, i + 1);
            if (before != 0 && import->groups[before - 1].code != group->code)
                seen_put(shared, to, 1);
            free(to);
        }
    }
    return firsts;
}

static bool is_merged(const struct map_import *import, const struct code_group *group,
                      const struct seen *shared)
{
    bool merged = false;
    for (size_t t = 0; t < group->count; t++) {
        char *to = format_targets(import, &group->targets[t]);
        merged = merged || seen_get(shared, to) != 0;
        free(to);
    }
    return merged;
}

static bool is_so(const struct map_import *import, const struct code_group *group, bool merged)
{
    const bool one = group->count == 1 && !merged;
    switch (group->said) {
    case RELATION_SPLIT: return group->count > 1;
    case RELATION_MERGE: return merged;
    case RELATION_ONE: return one;
    case RELATION_SAME:
        return one && group->targets[0].code[0] != NULL &&
               (names_set(import->from) != names_set(import->sets[0]) ||
                strcmp(group->code->value, group->targets[0].code[0]->value) == 0);
    case RELATION_NONE: return group->count == 0;
    case RELATION_UNSAID: break;
    }
    return true;
}

void check_relations(const struct map_import *import)
{
    struct importing *importing = import->importing;
    if (column_of(importing, "relation") == NULL)
        return;
    struct seen *shared = seen_new(), *firsts = list_targets(import, shared);
    for (size_t i = 0; i < import->group_count; i++) {
        const struct code_group *group = &import->groups[i];
        const bool merged = is_merged(import, group, shared);
        if (!is_so(import, group, merged))
            problem(importing, group->said_row, column_of(importing, "relation")->places[0],
                    "says '%.*s', but the sheet has %zu target%s for %s%s", SHOWN_IN_MESSAGE,
                    group->said_word, group->count, group->count == 1 ? "" : "s",
                    group->code->value,
                    group->count == 0 ? ""
                    : merged          ? ", which other codes have too"
                                      : ", which no other code has");
    }
    seen_free(firsts);
    seen_free(shared);
}
