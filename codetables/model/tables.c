#include "codetables/model/tables.h"

#include <stdlib.h>
#include <string.h>

#include "codetables/base/file.h"
#include "codetables/model/sound.h"

void tables_remember(struct tables *tables, const struct table_identity *identity)
{
    GROW(tables->used, tables->used_count, tables->used_room);
    tables->used[tables->used_count++] = identity;
}

void tables_begin_source(struct tables *tables)
{
    if (!tables->has_source)
        tables->always_used = tables->used_count;
    tables->has_source = true;
    tables->used_count = tables->always_used;
}

void tables_use(struct tables *tables, const struct table_identity *identity)
{
    for (size_t i = 0; i < tables->used_count; i++) {
        if (tables->used[i] == identity)
            return;
    }
    tables_remember(tables, identity);
}

char *tables_schema(const struct tables *tables, const char *kind)
{
    const char *folder = tables->schemas != NULL ? tables->schemas : tables->folder;
    return cte_format("%s/schema/%s.xsd", folder, kind);
}

char *tables_path(const struct tables *tables, const char *name)
{
    return cte_format("%s/%s", tables->folder, name);
}

/* ---- layouts ---- */

static int load_layout(struct tables *tables, const char *name, struct layout *layout,
                       struct cte_error *error)
{
    char *file = cte_format("%s/layouts/%s", tables->folder, name),
         *schema = tables_schema(tables, "layout");
    int status = layout_load(file, schema, layout, error);
    if (status == CTE_OK)
        status = sound_identity(&layout->identity, error);
    free(schema);
    free(file);
    return status;
}

int tables_open(struct tables *tables, const char *folder, struct cte_error *error)
{
    return tables_open_kept(tables, folder, NULL, error);
}

int tables_open_kept(struct tables *tables, const char *folder, const char *schemas,
                     struct cte_error *error)
{
    *tables = (struct tables){0};
    tables->folder = cte_strdup(folder);
    tables->schemas = schemas != NULL ? cte_strdup(schemas) : NULL;
    char *path = tables_path(tables, "layouts"), **names;
    size_t count;
    if (list_layout_files(path, &tables->arena, &names, &count, error) == CTE_OK && count == 0)
        cte_fail(error, CTE_BAD_TABLE,
                 "%s: holds no layout; name the folder of code tables with --codetables", path);
    tables->layouts = cte_zalloc(count, sizeof *tables->layouts);
    for (size_t i = 0; i < count && error->status == CTE_OK; i++)
        load_layout(tables, names[i], &tables->layouts[tables->layout_count++], error);
    for (size_t i = 0; error->status == CTE_OK && i < tables->layout_count; i++)
        sound_layout(tables, &tables->layouts[i], error);
    free(path);
    return error->status;
}

static bool is_version_of(const struct layout *layout, const char *id, size_t id_length,
                          const char *version)
{
    const char *own =
        layout->identity.version[0] != '\0' ? layout->identity.version : VERSION_OF_NONE;
    return strlen(layout->identity.id) == id_length &&
           memcmp(layout->identity.id, id, id_length) == 0 &&
           (version == NULL || strcmp(own, version) == 0);
}

/* One that is not the highest version, which is loaded when it is asked for. NULL without an error
 * where there is no such file. */
static const struct layout *load_named_layout(struct tables *tables, const char *id,
                                              const char *version, struct cte_error *error)
{
    const bool is_first = strcmp(version, VERSION_OF_NONE) == 0;
    char *name = cte_format("%s%s%s.xml", id, is_first ? "" : "-", is_first ? "" : version),
         *file = cte_format("%s/layouts/%s", tables->folder, name);
    struct layout *layout = NULL;
    if (file_is_there(file, error)) {
        layout = cte_zalloc(1, sizeof *layout);
        if (load_layout(tables, name, layout, error) == CTE_OK) {
            layout->is_named = true;
            GROW(tables->named_layouts, tables->named_layout_count, tables->named_layout_room);
            tables->named_layouts[tables->named_layout_count++] = layout;
        } else {
            layout_free(layout);
            free(layout);
            layout = NULL;
        }
    }
    free(file);
    free(name);
    return layout;
}

const struct layout *tables_layout(struct tables *tables, const char *reference,
                                   struct cte_error *error)
{
    size_t id_length = strcspn(reference, "@");
    const char *version = reference[id_length] == '@' ? reference + id_length + 1 : NULL;
    for (size_t i = 0; i < tables->layout_count; i++) {
        if (is_version_of(&tables->layouts[i], reference, id_length, version))
            return &tables->layouts[i];
    }
    for (size_t i = 0; version != NULL && i < tables->named_layout_count; i++) {
        if (is_version_of(tables->named_layouts[i], reference, id_length, version))
            return tables->named_layouts[i];
    }
    if (version == NULL || strchr(reference, '/') != NULL)
        return NULL;
    char *id = cte_format("%.*s", (int)id_length, reference);
    const struct layout *layout = load_named_layout(tables, id, version, error);
    free(id);
    return layout;
}

char *layout_reference(const struct layout *layout)
{
    const struct table_identity *identity = &layout->identity;
    return layout->is_named
               ? cte_format("%s@%s", identity->id,
                            identity->version[0] != '\0' ? identity->version : VERSION_OF_NONE)
               : cte_strdup(identity->id);
}

const struct layout *tables_layout_for_year(const struct tables *tables, const char *type,
                                            size_t length, int year)
{
    size_t t;
    for (size_t i = 0; i < tables->layout_count; i++) {
        const struct layout *layout = &tables->layouts[i];
        if (layout->first != YEAR_NONE && layout->first <= year && year <= layout->last &&
            layout_record(layout, type, length, &t) != NULL)
            return layout;
    }
    return NULL;
}

const struct layout *tables_latest_layout(const struct tables *tables, const char *type,
                                          size_t length)
{
    const struct layout *latest = NULL;
    size_t t;
    for (size_t i = 0; i < tables->layout_count; i++) {
        const struct layout *layout = &tables->layouts[i];
        if (layout->first != YEAR_NONE && (latest == NULL || layout->first > latest->first) &&
            layout_record(layout, type, length, &t) != NULL)
            latest = layout;
    }
    return latest;
}

/* ---- code sets ---- */

int tables_codeset_file(struct tables *tables, const char *file, const struct codeset **set,
                        struct cte_error *error)
{
    for (size_t i = 0; i < tables->set_count; i++) {
        if (strcmp(tables->sets[i]->identity.path, file) == 0) {
            *set = tables->sets[i];
            tables_use(tables, &(*set)->identity);
            return CTE_OK;
        }
    }
    struct codeset *loaded = cte_zalloc(1, sizeof *loaded);
    char *schema = tables_schema(tables, "codeset");
    int status = codeset_load(file, schema, loaded, error);
    free(schema);
    if (status == CTE_OK) {
        sound_identity(&loaded->identity, error);
        status = sound_codeset(loaded, error);
    }
    if (status != CTE_OK) {
        codeset_free(loaded);
        free(loaded);
        return status;
    }
    GROW(tables->sets, tables->set_count, tables->set_room);
    tables->sets[tables->set_count++] = loaded;
    tables_remember(tables, &loaded->identity);
    *set = loaded;
    return CTE_OK;
}

/* NULL where nobody has asked for it. */
static const struct tables_reference *find_reference(const struct tables *tables, const char *text)
{
    for (size_t i = 0; i < tables->reference_count; i++) {
        if (strcmp(tables->references[i].text, text) == 0)
            return &tables->references[i];
    }
    return NULL;
}

static void add_reference(struct tables *tables, char *text, const struct codeset *set)
{
    GROW(tables->references, tables->reference_count, tables->reference_room);
    tables->references[tables->reference_count++] = (struct tables_reference){text, set};
}

int tables_codeset(struct tables *tables, const char *reference, const struct codeset **set,
                   struct cte_error *error)
{
    const struct tables_reference *known = find_reference(tables, reference);
    if (known != NULL) {
        *set = known->set;
        tables_use(tables, &(*set)->identity);
        return CTE_OK;
    }
    char *folder = tables_path(tables, "codesets"), *file = NULL;
    int status = find_table_file(folder, reference, &file, error);
    if (status == CTE_OK)
        status = tables_codeset_file(tables, file, set, error);
    if (status == CTE_OK)
        add_reference(tables, arena_string(&tables->arena, reference), *set);
    free(file);
    free(folder);
    return status;
}

bool tables_has_codeset(const struct tables *tables, const char *reference,
                        struct cte_error *missing)
{
    if (find_reference(tables, reference) != NULL)
        return true;
    char *folder = tables_path(tables, "codesets"), *file = NULL;
    const bool has = find_table_file(folder, reference, &file, missing) == CTE_OK;
    free(file);
    free(folder);
    return has;
}

void tables_take_codeset(struct tables *tables, const struct codeset *set)
{
    const struct table_identity *identity = &set->identity;
    add_reference(tables, arena_string(&tables->arena, identity->id), set);
    add_reference(tables, arena_format(&tables->arena, "%s@%s", identity->id, identity->version),
                  set);
}
