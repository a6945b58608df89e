#include "codetables/model/tables.h"

#include "codetables/model/condition.h"
#include "codetables/base/file.h"
#include "codetables/model/sound.h"
#include "codetables/base/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int version_compare(const char *a, const char *b)
{
    a = *a != '\0' ? a : VERSION_OF_NONE;
    b = *b != '\0' ? b : VERSION_OF_NONE;
    while (*a != '\0' || *b != '\0') {
        char *end_a, *end_b;
        unsigned long x = strtoul(a, &end_a, 10), y = strtoul(b, &end_b, 10);
        if (x != y)
            return x < y ? -1 : 1;
        if (end_a == a || end_b == b)
            return strcmp(a, b);
        a = *end_a == '.' ? end_a + 1 : end_a;
        b = *end_b == '.' ? end_b + 1 : end_b;
    }
    return 0;
}

static void remember(struct tables *tables, const struct table_identity *identity)
{
    tables->used = cte_realloc(tables->used, (tables->used_count + 1) * sizeof *tables->used);
    tables->used[tables->used_count++] = identity;
}

static char *schema_path(const struct tables *tables, const char *kind)
{
    const char *folder = tables->schemas != NULL ? tables->schemas : tables->folder;
    return cte_format("%s/schema/%s.xsd", folder, kind);
}

/* The names of the XML files of a subfolder, sorted, so that nothing depends on the order of the
 * disk. */
static int list_folder(const char *path, char ***names, size_t *count, struct cte_error *error)
{
    if (file_names(path, file_is_xml, names, count) == 0)
        return CTE_OK;
    const int why = errno;
    return cte_fail(error, file_status(why, CTE_BAD_TABLE),
                    "%s: cannot read the folder of code tables: %s; name it with --codetables",
                    path, strerror(why));
}

/* The length of the identifier in the name of a layout's file, and where its version begins. An
 * identifier holds no point, and the version of a layout holds one: so `a-2018.xml` is a layout of
 * its own, and `a-2018-2026.2.xml` a version of it. */
static size_t layout_name_parts(const char *name, const char **version, size_t *version_length)
{
    size_t stem = strlen(name) - strlen(".xml"), dash = stem;
    const char *point = memchr(name, '.', stem);
    *version = "";
    *version_length = 0;
    if (point == NULL)
        return stem;
    for (size_t i = 0; name + i < point; i++)
        dash = name[i] == '-' ? i : dash;
    if (dash == stem || strspn(name + dash + 1, "0123456789.") < stem - dash - 1)
        return stem;
    *version = name + dash + 1;
    *version_length = stem - dash - 1;
    return dash;
}

static int load_layout(struct tables *tables, const char *name, struct layout *layout,
                       struct cte_error *error)
{
    char *file = cte_format("%s/layouts/%s", tables->folder, name),
         *schema = schema_path(tables, "layout");
    int status = layout_load(file, schema, layout, error);
    if (status == CTE_OK)
        status = sound_identity(&layout->identity, error);
    free(schema);
    free(file);
    return status;
}

/* Moves the name of the highest version of each layout to the front; returns how many those are. */
static size_t keep_highest(const char *folder, char **names, size_t count, struct cte_error *error)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        const char *version, *other_version;
        size_t version_length, other_length,
            length = layout_name_parts(names[i], &version, &version_length), k = 0;
        while (k < kept && (layout_name_parts(names[k], &other_version, &other_length) != length ||
                            memcmp(names[i], names[k], length) != 0))
            k++;
        if (k == kept) {
            names[kept++] = names[i];
            continue;
        }
        char *one = cte_format("%.*s", (int)version_length, version),
             *other = cte_format("%.*s", (int)other_length, other_version);
        int order = version_compare(one, other);
        if (order == 0)
            cte_fail(error, CTE_BAD_TABLE,
                     "%s: %s and %s are one version; a table version stands once", folder, names[k],
                     names[i]);
        if (order > 0)
            names[k] = names[i];
        free(one);
        free(other);
    }
    return kept;
}

int tables_open(struct tables *tables, const char *folder, struct cte_error *error)
{
    return tables_open_kept(tables, folder, NULL, error);
}

int tables_open_kept(struct tables *tables, const char *folder, const char *schemas,
                     struct cte_error *error)
{
    memset(tables, 0, sizeof *tables);
    tables->folder = cte_strdup(folder);
    tables->schemas = schemas != NULL ? cte_strdup(schemas) : NULL;
    char *path = cte_format("%s/layouts", folder);
    char **names;
    size_t count;
    int status = list_folder(path, &names, &count, error);
    if (status == CTE_OK) {
        count = keep_highest(path, names, count, error);
        tables->layouts = cte_zalloc(count, sizeof *tables->layouts);
        for (size_t i = 0; i < count && error->status == CTE_OK; i++)
            load_layout(tables, names[i], &tables->layouts[tables->layout_count++], error);
        if (count == 0)
            cte_fail(error, CTE_BAD_TABLE,
                     "%s: holds no layout; name the folder of code tables with --codetables", path);
    }
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
    char *name = strcmp(version, VERSION_OF_NONE) == 0
                     ? cte_format("%.*s.xml", (int)id_length, reference)
                     : cte_format("%.*s-%s.xml", (int)id_length, reference, version);
    char *file = cte_format("%s/layouts/%s", tables->folder, name);
    struct layout *layout = NULL;
    if (file_is_there(file, error)) {
        layout = cte_zalloc(1, sizeof *layout);
        if (load_layout(tables, name, layout, error) != CTE_OK) {
            layout = NULL;
        } else {
            layout->is_named = true;
            tables->named_layouts =
                cte_realloc(tables->named_layouts,
                            (tables->named_layout_count + 1) * sizeof *tables->named_layouts);
            tables->named_layouts[tables->named_layout_count++] = layout;
        }
    }
    free(file);
    free(name);
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

/* Finds FOLDER/SUB/ID-VERSION.xml, the highest version where none is named. A version begins with a
 * digit, so that an identifier that begins with another one is not taken for it. */
static int find_file(const struct tables *tables, const char *sub, const char *reference,
                     char **file, struct cte_error *error)
{
    char *id = cte_strdup(reference);
    char *version = strchr(id, '@');
    if (version != NULL)
        *version++ = '\0';
    char *path = cte_format("%s/%s", tables->folder, sub);
    char **names;
    size_t count, id_length = strlen(id);
    char *best = NULL;
    int status = list_folder(path, &names, &count, error);
    for (size_t i = 0; status == CTE_OK && i < count; i++) {
        char *name = names[i];
        if (strncmp(name, id, id_length) != 0 || name[id_length] != '-' ||
            name[id_length + 1] < '0' || name[id_length + 1] > '9')
            continue;
        name[strlen(name) - 4] = '\0';
        char *found = name + id_length + 1;
        if (version != NULL ? strcmp(found, version) == 0
                            : best == NULL || version_compare(found, best) > 0)
            best = found;
    }
    if (status == CTE_OK && best == NULL)
        status =
            cte_fail(error, CTE_BAD_TABLE,
                     "%s: there is no %s%s%s in it; look into that folder, or name another "
                     "with --codetables",
                     path, id, version != NULL ? " version " : "", version != NULL ? version : "");
    if (status == CTE_OK)
        *file = cte_format("%s/%s-%s.xml", path, id, best);
    for (size_t i = 0; i < count && status == CTE_OK; i++)
        free(names[i]);
    free(path);
    free(id);
    return status;
}

int tables_codeset_file(struct tables *tables, const char *file, const struct codeset **set,
                        struct cte_error *error)
{
    for (size_t i = 0; i < tables->set_count; i++) {
        if (strcmp(tables->sets[i]->identity.path, file) == 0) {
            *set = tables->sets[i];
            return CTE_OK;
        }
    }
    struct codeset *loaded = cte_zalloc(1, sizeof *loaded);
    char *schema = schema_path(tables, "codeset");
    int status = codeset_load(file, schema, loaded, error);
    free(schema);
    if (status != CTE_OK)
        return status;
    sound_identity(&loaded->identity, error);
    if (sound_codeset(loaded, error) != CTE_OK)
        return error->status;
    tables->sets = cte_realloc(tables->sets, (tables->set_count + 1) * sizeof(struct codeset *));
    tables->sets[tables->set_count++] = loaded;
    remember(tables, &loaded->identity);
    *set = loaded;
    return CTE_OK;
}

static void add_reference(struct tables *tables, char *text, const struct codeset *set)
{
    tables->references =
        cte_realloc(tables->references, (tables->reference_count + 1) * sizeof *tables->references);
    tables->references[tables->reference_count++] = (struct tables_reference){text, set};
}

int tables_codeset(struct tables *tables, const char *reference, const struct codeset **set,
                   struct cte_error *error)
{
    for (size_t i = 0; i < tables->reference_count; i++) {
        if (strcmp(tables->references[i].text, reference) == 0) {
            *set = tables->references[i].set;
            return CTE_OK;
        }
    }
    char *file = NULL;
    int status = find_file(tables, "codesets", reference, &file, error);
    if (status == CTE_OK)
        status = tables_codeset_file(tables, file, set, error);
    free(file);
    if (status == CTE_OK)
        add_reference(tables, cte_strdup(reference), *set);
    return status;
}

void tables_take_codeset(struct tables *tables, const struct codeset *set)
{
    add_reference(tables, cte_strdup(set->identity.id), set);
    add_reference(tables, cte_format("%s@%s", set->identity.id, set->identity.version), set);
}

/* A code set that a map names; one that is not there is told with the place where it is named. */
static void take_set(struct tables *tables, const struct crosswalk *crosswalk,
                     const struct crosswalk_map *map, const char *id, const struct codeset **set,
                     struct cte_error *error)
{
    struct cte_error missing = {0};
    char *file = NULL;
    bool known = false;
    for (size_t i = 0; i < tables->reference_count; i++)
        known = known || strcmp(tables->references[i].text, id) == 0;
    if (known || find_file(tables, "codesets", id, &file, &missing) == CTE_OK)
        tables_codeset(tables, id, set, error);
    else
        cte_fail(error, missing.status, "%s:%ld: map %s names code set %s; %s",
                 crosswalk->identity.path, map->line, map->id, id, missing.text);
    free(file);
}

int tables_crosswalk_file(struct tables *tables, const char *file, struct crosswalk **crosswalk,
                          struct cte_error *error)
{
    struct crosswalk *loaded = cte_zalloc(1, sizeof *loaded);
    char *schema = schema_path(tables, "crosswalk");
    int status = crosswalk_load(file, schema, loaded, error);
    free(schema);
    if (loaded->identity.id == NULL)
        return status;
    sound_identity(&loaded->identity, error);
    for (size_t m = 0; m < loaded->map_count; m++) {
        struct crosswalk_map *map = &loaded->maps[m];
        take_set(tables, loaded, map, map->from, &map->set, error);
        for (size_t o = 0; o < map->output_count; o++)
            take_set(tables, loaded, map, map->outputs[o].code_set, &map->outputs[o].set, error);
    }
    if (crosswalk_check(loaded, error) != CTE_OK)
        return error->status;
    *crosswalk = loaded;
    if (sound_crosswalk(tables, loaded, error) == CTE_OK)
        remember(tables, &loaded->identity);
    return error->status;
}

int tables_crosswalk(struct tables *tables, const char *reference, struct crosswalk **crosswalk,
                     struct cte_error *error)
{
    char *file = NULL;
    int status = find_file(tables, "crosswalks", reference, &file, error);
    if (status == CTE_OK)
        status = tables_crosswalk_file(tables, file, crosswalk, error);
    free(file);
    return status;
}

/* The identifier of the one table of a folder: what stands before the version in the names of its
 * files. `what` is what its tables are called. NULL where the folder holds none. */
static int find_only_id(const struct tables *tables, const char *sub, const char *what, char **id,
                        struct cte_error *error)
{
    char *path = cte_format("%s/%s", tables->folder, sub);
    char **names;
    size_t count;
    int status = list_folder(path, &names, &count, error);
    *id = NULL;
    for (size_t i = 0; status == CTE_OK && i < count; i++) {
        for (char *dash = names[i]; (dash = strchr(dash, '-')) != NULL; dash++) {
            if (dash[1] >= '0' && dash[1] <= '9') {
                *dash = '\0';
                break;
            }
        }
        if (*id == NULL)
            *id = cte_strdup(names[i]);
        else if (strcmp(*id, names[i]) != 0)
            status =
                cte_fail(error, CTE_BAD_TABLE,
                         "%s: holds the %s %s and %s; there must be one, in any number of versions",
                         path, what, *id, names[i]);
    }
    free(path);
    return status;
}

/* A field that a rule or join names must stand in a layout, in a record of a type it is about. */
struct naming {
    const struct tables *tables;
    const char *where; /* FILE:LINE: who names it */
    const struct rule *rule;
    const char *type; /* NULL: the types the rule covers */
    struct cte_error *error;
};

static void check_named(const char *number, void *context)
{
    struct naming *naming = context;
    if (naming->tables->layouts_missing)
        return;
    for (size_t l = 0; l < naming->tables->layout_count; l++) {
        const struct layout *layout = &naming->tables->layouts[l];
        for (size_t r = 0; r < layout->record_count; r++) {
            for (size_t t = 0; t < layout->records[r].type_count; t++) {
                const char *type = layout->records[r].types[t];
                if ((naming->type != NULL ? strcmp(naming->type, type) == 0
                                          : rule_covers(naming->rule, type)) &&
                    record_field(&layout->records[r], number) >= 0)
                    return;
            }
        }
    }
    cte_fail(naming->error, CTE_BAD_TABLE,
             "%s names field %s, which no layout has for its record types", naming->where, number);
}

static void check_names(struct naming *naming, const char *type, char *const *numbers, size_t count)
{
    naming->type = type;
    for (size_t i = 0; i < count; i++)
        check_named(numbers[i], naming);
    naming->type = NULL;
}

static void check_rule_names(const struct tables *tables, const struct rule *rule,
                             struct cte_error *error)
{
    char *where = cte_format("%s:%ld: rule %s", rule->table->path, rule->line, rule->id);
    struct naming naming = {tables, where, rule, NULL, error};
    if (rule->field[0] != '\0')
        check_named(rule->field, &naming);
    check_names(&naming, NULL, rule->fields, rule->field_count);
    check_names(&naming, rule->kind == RULE_EXISTS ? rule->in : NULL, rule->values,
                rule->value_count);
    if (rule->test[0] != '\0')
        condition_fields(rule->test, where, check_named, &naming, error);
    free(where);
}

static void check_join_names(const struct tables *tables, const char *path,
                             const struct rule_join *join, struct cte_error *error)
{
    char *where = cte_format("%s:%ld: join %s", path, join->line, join->id);
    struct naming naming = {tables, where, NULL, NULL, error};
    const struct {
        const char *type, *number;
    } single[] = {{join->record, join->code},
                  {join->through, join->course},
                  {join->through, join->local_course},
                  {join->in, join->grade}};
    for (size_t i = 0; i < sizeof single / sizeof *single; i++) {
        naming.type = single[i].type;
        check_named(single[i].number, &naming);
    }
    check_names(&naming, join->record, join->group, join->group_count);
    check_names(&naming, join->in, join->as, join->group_count);
    check_names(&naming, join->in, join->link, join->link_count);
    check_names(&naming, join->through, join->link_as, join->link_count);
    free(where);
}

int tables_check_rules(const struct tables *tables, const struct rules *rules,
                       struct cte_error *error)
{
    for (size_t i = 0; i < rules->join_count; i++)
        check_join_names(tables, rules->identity.path, &rules->joins[i], error);
    for (size_t i = 0; i < rules->rule_count; i++)
        check_rule_names(tables, &rules->rules[i], error);
    return error->status;
}

int tables_rules(struct tables *tables, const struct rules **rules, struct cte_error *error)
{
    if (tables->rules == NULL) {
        char *file = NULL, *id = NULL;
        int status = find_only_id(tables, "rules", "rule tables", &id, error);
        if (status == CTE_OK && id == NULL)
            status =
                cte_fail(error, CTE_BAD_TABLE, "%s/rules: holds no rule table", tables->folder);
        if (status == CTE_OK)
            status = find_file(tables, "rules", id, &file, error);
        free(id);
        if (status != CTE_OK)
            return status;
        struct rules *loaded = cte_zalloc(1, sizeof *loaded);
        char *schema = schema_path(tables, "rules");
        status = rules_load(file, schema, loaded, error);
        if (status == CTE_OK)
            status = sound_identity(&loaded->identity, error);
        free(schema);
        free(file);
        if (status != CTE_OK || tables_check_rules(tables, loaded, error) != CTE_OK)
            return error->status;
        tables->rules = loaded;
        remember(tables, &loaded->identity);
    }
    *rules = tables->rules;
    return CTE_OK;
}

int tables_check_rollups(const struct tables *tables, const struct rollups *rollups,
                         struct cte_error *error)
{
    for (size_t i = 0; i < rollups->count; i++) {
        const struct rollup *rollup = &rollups->rollups[i];
        const char *fields[1 + ROLLUP_MAX_AFTER + ROLLUP_MAX_BY];
        size_t count = 0;
        if (rollup->through == NULL) {
            fields[count++] = rollup->before.field;
            for (size_t a = 0; a < rollup->after_count; a++)
                fields[count++] = rollup->after[a].field;
        }
        for (size_t b = 0; b < rollup->by_count; b++) {
            if (rollup->by[b].field != NULL)
                fields[count++] = rollup->by[b].field;
        }
        for (size_t f = 0; f < count; f++) {
            bool found = false;
            for (size_t l = 0; l < tables->layout_count && !found; l++) {
                size_t type_index;
                const struct record_layout *record = layout_record(
                    &tables->layouts[l], rollup->record, strlen(rollup->record), &type_index);
                found = record != NULL && record_field(record, fields[f]) >= 0;
            }
            if (!found)
                cte_fail(
                    error, CTE_BAD_TABLE,
                    "%s:%ld: roll-up %s names field %s, which no layout has for its record type",
                    rollups->identity.path, rollup->line, rollup->id, fields[f]);
        }
    }
    return error->status;
}

int tables_rollups(struct tables *tables, const struct rollups **rollups, struct cte_error *error)
{
    *rollups = tables->rollups;
    if (tables->rollups != NULL || tables->no_rollups)
        return CTE_OK;
    char *folder = cte_format("%s/rollups", tables->folder), *file = NULL, *id = NULL;
    bool is_there = file_is_there(folder, error);
    free(folder);
    int status = error->status != CTE_OK ? error->status
                 : is_there ? find_only_id(tables, "rollups", "tables of roll-ups", &id, error)
                            : CTE_OK;
    tables->no_rollups = id == NULL;
    if (status != CTE_OK || id == NULL)
        return status;
    status = find_file(tables, "rollups", id, &file, error);
    free(id);
    if (status != CTE_OK)
        return status;
    struct rollups *loaded = cte_zalloc(1, sizeof *loaded);
    char *schema = schema_path(tables, "rollups");
    status = rollups_load(file, schema, loaded, error);
    if (status == CTE_OK)
        status = sound_identity(&loaded->identity, error);
    free(schema);
    free(file);
    if (status != CTE_OK || tables_check_rollups(tables, loaded, error) != CTE_OK)
        return error->status;
    remember(tables, &loaded->identity);
    *rollups = tables->rollups = loaded;
    return CTE_OK;
}
