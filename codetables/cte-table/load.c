#include "codetables/cte-table/load.h"

#include "codetables/model/sound.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "codetables/base/file.h"
#include "codetables/base/program.h"
#include "codetables/base/memory.h"

/* One table of a kind, whose struct and identity belong to `table`. */
static void load_layout(const char *path, const char *schema, struct loaded *table,
                        struct cte_error *error)
{
    table->layout = cte_zalloc(1, sizeof *table->layout);
    if (layout_load(path, schema, table->layout, error) == CTE_OK &&
        sound_identity(&table->layout->identity, error) == CTE_OK)
        table->identity = &table->layout->identity;
}

static void load_rules(const struct tables *tables, const char *path, const char *schema,
                       struct loaded *table, struct cte_error *error)
{
    table->rules = cte_zalloc(1, sizeof *table->rules);
    if (rules_load(path, schema, table->rules, error) == CTE_OK &&
        sound_identity(&table->rules->identity, error) == CTE_OK &&
        tables_check_rules(tables, table->rules, error) == CTE_OK)
        table->identity = &table->rules->identity;
}

static void load_rollups(const struct tables *tables, const char *path, const char *schema,
                         struct loaded *table, struct cte_error *error)
{
    table->rollups = cte_zalloc(1, sizeof *table->rollups);
    if (rollups_load(path, schema, table->rollups, error) == CTE_OK &&
        sound_identity(&table->rollups->identity, error) == CTE_OK &&
        tables_check_rollups(tables, table->rollups, error) == CTE_OK)
        table->identity = &table->rollups->identity;
}

static void load_other(const char *path, const char *schema, struct loaded *table,
                       struct cte_error *error)
{
    xmlDocPtr doc = NULL;
    table->other = cte_zalloc(1, sizeof *table->other);
    if (table_open(path, schema, table->other, &doc, error) == CTE_OK &&
        sound_identity(table->other, error) == CTE_OK)
        table->identity = table->other;
    xmlFreeDoc(doc);
}

int load_table(struct tables *tables, const struct table_file *file, struct loaded *table,
               struct cte_error *error)
{
    char *schema = schema_of_kind(tables->folder, file->kind);
    struct crosswalk *crosswalk = NULL;
    *table = (struct loaded){0};
    if (strcmp(file->kind, "layout") == 0) {
        load_layout(file->path, schema, table, error);
    } else if (strcmp(file->kind, "codeset") == 0) {
        if (tables_codeset_file(tables, file->path, &table->set, error) == CTE_OK)
            table->identity = &table->set->identity;
    } else if (strcmp(file->kind, "crosswalk") == 0) {
        tables_crosswalk_file(tables, file->path, &crosswalk, error);
        table->crosswalk = crosswalk;
        table->identity = crosswalk != NULL ? &crosswalk->identity : NULL;
    } else if (strcmp(file->kind, "rules") == 0) {
        load_rules(tables, file->path, schema, table, error);
    } else if (strcmp(file->kind, "rollups") == 0) {
        load_rollups(tables, file->path, schema, table, error);
    } else {
        load_other(file->path, schema, table, error);
    }
    free(schema);
    if (table->identity == NULL)
        loaded_free(table);
    return error->status;
}

void loaded_free(struct loaded *table)
{
    if (table->layout != NULL)
        layout_free(table->layout);
    if (table->rules != NULL)
        rules_free(table->rules);
    if (table->rollups != NULL)
        rollups_free(table->rollups);
    if (table->other != NULL)
        table_close(table->other);
    free(table->layout);
    free(table->rules);
    free(table->rollups);
    free(table->other);
    *table = (struct loaded){0};
}

/* Tables hold nobody's data, and who converts is often another than who made them. */
static int let_read(const struct output *output, struct cte_error *error)
{
    if (chmod(output->temporary, 0644 & ~program_umask()) == 0)
        return CTE_OK;
    return file_fail(output->temporary, "cannot let others read it", CTE_CANNOT_CREATE, error);
}

int close_out(struct output *output, struct cte_error *error)
{
    int status = output->is_open ? output_close(output, error) : CTE_OK;
    if (status == CTE_OK && (status = program_flush_output(error)) == CTE_OK &&
        (status = let_read(output, error)) == CTE_OK &&
        (status = output_publish(output, error)) == CTE_OK)
        status = sync_folder(output->folder, error);
    output_discard(output);
    return status;
}
