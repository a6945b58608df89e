/* The sources and tables of two runs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/map.h"
#include "codetables/base/shown.h"
#include "pipeline/cte-diff/compare_runs.h"

/* Lines that only one of two lists has: those of `map` that the other one lacks. */
static size_t list_missing(const char *what, const char *run, const struct map *map,
                           const struct map *other, size_t shown)
{
    size_t count = 0;
    for (size_t i = 0; i < map->count; i++) {
        const struct slice key = map_key(map, i);
        if (map_find(other, key.at, key.length) != MAP_NONE)
            continue;
        if (count++ < shown)
            printf("%s only in %s: %s\n", what, run, key.at);
    }
    if (count > shown)
        printf("%s only in %s: %zu more\n", what, run, count - shown);
    return count;
}

static void list_table(struct map *map, const struct fact_table *table)
{
    char *id = path_shown(table->id),
         *line = cte_format("%s %s%s%s, %s, sha256 %.12s", table->kind, id,
                            table->version[0] != '\0' ? "@" : "", table->version,
                            table->status[0] != '\0' ? table->status : "no table", table->sha256);
    map_add_string(map, line);
    free(line);
    free(id);
}

static void list_run(const struct manifest *manifest, struct map *tables, struct map *sources)
{
    for (size_t i = 0; i < manifest->table_count; i++)
        list_table(tables, &manifest->tables[i]);
    for (size_t i = 0; i < manifest->source_count; i++) {
        const struct manifest_source *source = &manifest->sources[i];
        char *name = text_shown(source->name, strlen(source->name)),
             *line = cte_format("%s (%s)", name,
                                strcmp(source->status, "refused") == 0 ? "refused" : "read");
        map_add_string(sources, line);
        free(line);
        free(name);
        for (const struct fact_table *table = account_first(source->account, FACT_TABLE);
             table != NULL; table = account_next(source->account, FACT_TABLE, table))
            list_table(tables, table);
    }
}

bool compare_manifests(const struct manifest *const manifests[2], size_t shown)
{
    struct map tables[2] = {{0}, {0}}, sources[2] = {{0}, {0}};
    size_t differ = 0;
    for (size_t i = 0; i < 2; i++)
        list_run(manifests[i], &tables[i], &sources[i]);
    for (size_t i = 0; i < 2; i++) {
        const char *id = manifests[i]->id;
        differ += list_missing("table", id, &tables[i], &tables[1 - i], shown);
        differ += list_missing("source", id, &sources[i], &sources[1 - i], shown);
    }
    for (size_t i = 0; i < 2; i++) {
        map_free(&tables[i]);
        map_free(&sources[i]);
    }
    return differ > 0;
}
