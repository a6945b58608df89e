/* The crosswalks, rules and roll-ups of a folder, held against its layouts and code sets. */
#include <stdlib.h>
#include <string.h>

#include "codetables/base/file.h"
#include "codetables/model/sound.h"
#include "codetables/model/tables.h"

/* A code set that a map names; one that is not there is told with the place where it is named. */
static const struct codeset *take_set(struct tables *tables, const struct crosswalk *crosswalk,
                                      const struct crosswalk_map *map, const char *id,
                                      struct cte_error *error)
{
    const struct codeset *set = NULL;
    struct cte_error missing = {0};
    if (tables_has_codeset(tables, id, &missing))
        tables_codeset(tables, id, &set, error);
    else
        cte_fail(error, missing.status, "%s:%ld: map %s names code set %s; %s",
                 crosswalk->identity.path, map->line, map->id, id, missing.text);
    return set;
}

/* One that was loaded from the file before and is sound, or NULL. */
static struct crosswalk *find_loaded(const struct tables *tables, const char *file)
{
    for (size_t i = 0; i < tables->crosswalk_count; i++) {
        struct crosswalk *crosswalk = tables->crosswalks[i];
        if (crosswalk->is_sound && strcmp(crosswalk->identity.path, file) == 0)
            return crosswalk;
    }
    return NULL;
}

/* Its code sets are used with it. */
static void use_crosswalk(struct tables *tables, const struct crosswalk *crosswalk)
{
    for (size_t m = 0; m < crosswalk->map_count; m++) {
        const struct crosswalk_map *map = &crosswalk->maps[m];
        tables_use(tables, &map->set->identity);
        for (size_t o = 0; o < map->output_count; o++)
            tables_use(tables, &map->outputs[o].set->identity);
    }
    tables_use(tables, &crosswalk->identity);
}

int tables_crosswalk_file(struct tables *tables, const char *file, struct crosswalk **crosswalk,
                          struct cte_error *error)
{
    struct crosswalk *known = find_loaded(tables, file);
    if (known != NULL) {
        use_crosswalk(tables, known);
        *crosswalk = known;
        return CTE_OK;
    }
    struct crosswalk *loaded = cte_zalloc(1, sizeof *loaded);
    char *schema = tables_schema(tables, "crosswalk");
    int status = crosswalk_load(file, schema, loaded, error);
    free(schema);
    if (loaded->identity.id == NULL) {
        free(loaded);
        return status;
    }
    GROW(tables->crosswalks, tables->crosswalk_count, tables->crosswalk_room);
    tables->crosswalks[tables->crosswalk_count++] = loaded;
    sound_identity(&loaded->identity, error);
    for (size_t m = 0; m < loaded->map_count; m++) {
        struct crosswalk_map *map = &loaded->maps[m];
        map->set = take_set(tables, loaded, map, map->from, error);
        for (size_t o = 0; o < map->output_count; o++)
            map->outputs[o].set = take_set(tables, loaded, map, map->outputs[o].code_set, error);
    }
    if (crosswalk_check(loaded, error) != CTE_OK)
        return error->status;
    *crosswalk = loaded;
    loaded->is_sound = sound_crosswalk(tables, loaded, error) == CTE_OK;
    if (loaded->is_sound)
        tables_remember(tables, &loaded->identity);
    return error->status;
}

int tables_crosswalk(struct tables *tables, const char *reference, struct crosswalk **crosswalk,
                     struct cte_error *error)
{
    char *folder = tables_path(tables, "crosswalks"), *file = NULL;
    int status = find_table_file(folder, reference, &file, error);
    if (status == CTE_OK)
        status = tables_crosswalk_file(tables, file, crosswalk, error);
    free(file);
    free(folder);
    return status;
}

/* The file of the one table of a folder, its highest version, to be freed; NULL where the folder
 * holds none. */
static int find_only_file(const char *folder, const char *what, char **file,
                          struct cte_error *error)
{
    char *id;
    *file = NULL;
    int status = find_only_table(folder, what, &id, error);
    if (status == CTE_OK && id != NULL)
        status = find_table_file(folder, id, file, error);
    free(id);
    return status;
}

static int load_rules(struct tables *tables, const char *file, struct cte_error *error)
{
    struct rules *loaded = cte_zalloc(1, sizeof *loaded);
    char *schema = tables_schema(tables, "rules");
    int status = rules_load(file, schema, loaded, error);
    if (status == CTE_OK)
        status = sound_identity(&loaded->identity, error);
    if (status == CTE_OK)
        status = tables_check_rules(tables, loaded, error);
    free(schema);
    if (status == CTE_OK) {
        tables->rules = loaded;
        tables_remember(tables, &loaded->identity);
    } else {
        rules_free(loaded);
        free(loaded);
    }
    return status;
}

int tables_rules(struct tables *tables, const struct rules **rules, struct cte_error *error)
{
    int status = CTE_OK;
    if (tables->rules == NULL) {
        char *folder = tables_path(tables, "rules"), *file = NULL;
        status = find_only_file(folder, "rule tables", &file, error);
        if (status == CTE_OK && file == NULL)
            status = cte_fail(error, CTE_BAD_TABLE, "%s: holds no rule table", folder);
        if (status == CTE_OK)
            status = load_rules(tables, file, error);
        free(file);
        free(folder);
    }
    if (status == CTE_OK)
        *rules = tables->rules;
    return status;
}

static int load_rollups(struct tables *tables, const char *file, struct cte_error *error)
{
    struct rollups *loaded = cte_zalloc(1, sizeof *loaded);
    char *schema = tables_schema(tables, "rollups");
    int status = rollups_load(file, schema, loaded, error);
    if (status == CTE_OK)
        status = sound_identity(&loaded->identity, error);
    if (status == CTE_OK)
        status = tables_check_rollups(tables, loaded, error);
    free(schema);
    if (status == CTE_OK) {
        tables->rollups = loaded;
        tables_remember(tables, &loaded->identity);
    } else {
        rollups_free(loaded);
        free(loaded);
    }
    return status;
}

/* The file of the table of roll-ups, to be freed; NULL where none is named and there is none. */
static int find_rollups(const char *folder, const char *reference, char **file,
                        struct cte_error *error)
{
    *file = NULL;
    if (reference != NULL)
        return find_table_file(folder, reference, file, error);
    if (!file_is_there(folder, error))
        return error->status;
    struct cte_error unknown = {.status = CTE_OK};
    if (find_table_file(folder, ROLLUPS_DEFAULT, file, &unknown) == CTE_OK)
        return CTE_OK;
    return find_only_file(folder, "tables of roll-ups", file, error);
}

int tables_rollups(struct tables *tables, const char *reference, const struct rollups **rollups,
                   struct cte_error *error)
{
    int status = CTE_OK;
    if (tables->rollups == NULL && !tables->no_rollups) {
        char *folder = tables_path(tables, "rollups"), *file = NULL;
        status = find_rollups(folder, reference, &file, error);
        tables->no_rollups = file == NULL;
        if (status == CTE_OK && file != NULL)
            status = load_rollups(tables, file, error);
        free(file);
        free(folder);
    }
    *rollups = tables->rollups;
    return status;
}

void tables_free(struct tables *tables)
{
    for (size_t i = 0; i < tables->layout_count; i++)
        layout_free(&tables->layouts[i]);
    for (size_t i = 0; i < tables->named_layout_count; i++) {
        layout_free(tables->named_layouts[i]);
        free(tables->named_layouts[i]);
    }
    for (size_t i = 0; i < tables->set_count; i++) {
        codeset_free(tables->sets[i]);
        free(tables->sets[i]);
    }
    for (size_t i = 0; i < tables->crosswalk_count; i++) {
        crosswalk_free(tables->crosswalks[i]);
        free(tables->crosswalks[i]);
    }
    if (tables->rules != NULL)
        rules_free(tables->rules);
    if (tables->rollups != NULL)
        rollups_free(tables->rollups);
    free(tables->rules);
    free(tables->rollups);
    free(tables->layouts);
    free(tables->named_layouts);
    free(tables->sets);
    free(tables->crosswalks);
    free(tables->references);
    free(tables->used);
    free(tables->folder);
    free(tables->schemas);
    released_free(&tables->released);
    arena_free(&tables->arena);
    *tables = (struct tables){0};
}
