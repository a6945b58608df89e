#include "codetables/cte-table/load.h"

#include "codetables/model/sound.h"

#include <stdlib.h>
#include <string.h>

#include "codetables/base/program.h"
#include "codetables/base/memory.h"

int load_table(struct tables *tables, const struct table_file *file, struct loaded *table,
               struct cte_error *error)
{
    char *schema = schema_of_kind(tables->folder, file->kind);
    memset(table, 0, sizeof *table);
    if (strcmp(file->kind, "layout") == 0) {
        struct layout *layout = table->owned.layout = cte_zalloc(1, sizeof *layout);
        if (layout_load(file->path, schema, layout, error) == CTE_OK &&
            sound_identity(&layout->identity, error) == CTE_OK) {
            table->layout = layout;
            table->identity = &layout->identity;
        }
    } else if (strcmp(file->kind, "codeset") == 0) {
        if (tables_codeset_file(tables, file->path, &table->set, error) == CTE_OK)
            table->identity = &table->set->identity;
    } else if (strcmp(file->kind, "crosswalk") == 0) {
        struct crosswalk *crosswalk = NULL;
        tables_crosswalk_file(tables, file->path, &crosswalk, error);
        if (crosswalk != NULL) {
            table->crosswalk = crosswalk;
            table->identity = &crosswalk->identity;
        }
    } else if (strcmp(file->kind, "rules") == 0) {
        struct rules *rules = table->owned.rules = cte_zalloc(1, sizeof *rules);
        if (rules_load(file->path, schema, rules, error) == CTE_OK &&
            sound_identity(&rules->identity, error) == CTE_OK &&
            tables_check_rules(tables, rules, error) == CTE_OK) {
            table->rules = rules;
            table->identity = &rules->identity;
        }
    } else if (strcmp(file->kind, "rollups") == 0) {
        struct rollups *rollups = table->owned.rollups = cte_zalloc(1, sizeof *rollups);
        if (rollups_load(file->path, schema, rollups, error) == CTE_OK &&
            sound_identity(&rollups->identity, error) == CTE_OK &&
            tables_check_rollups(tables, rollups, error) == CTE_OK)
            table->identity = &rollups->identity;
    } else {
        struct table_identity *identity = table->owned.other = cte_zalloc(1, sizeof *identity);
        xmlDocPtr doc = NULL;
        if (table_open(file->path, schema, identity, &doc, error) == CTE_OK &&
            sound_identity(identity, error) == CTE_OK)
            table->identity = identity;
        xmlFreeDoc(doc);
    }
    free(schema);
    return error->status;
}

void free_loaded(struct loaded *table)
{
    if (table->owned.layout != NULL)
        layout_free(table->owned.layout);
    if (table->owned.rules != NULL)
        rules_free(table->owned.rules);
    if (table->owned.rollups != NULL)
        rollups_free(table->owned.rollups);
    if (table->owned.other != NULL)
        table_close(table->owned.other);
    free(table->owned.layout);
    free(table->owned.rules);
    free(table->owned.rollups);
    free(table->owned.other);
    memset(table, 0, sizeof *table);
}

int close_out(struct output *output, struct cte_error *error)
{
    int status = output->is_open ? output_close(output, error) : CTE_OK;
    if (status == CTE_OK && (status = program_flush_output(error)) == CTE_OK &&
        (status = output_publish(output, error)) == CTE_OK)
        status = sync_folder(output->folder, error);
    output_discard(output);
    return status;
}
