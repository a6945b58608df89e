#include "codetables/model/rollups.h"

#include <string.h>

#include "codetables/base/number.h"
#include "codetables/model/tables.h"

static void load_dimension(struct arena *arena, xmlNodePtr node, struct rollup_dimension *dimension)
{
    *dimension = (struct rollup_dimension){.id = copy_attribute_or(arena, node, "id", ""),
                                           .name = copy_attribute_or(arena, node, "name", ""),
                                           .field = copy_attribute(arena, node, "field"),
                                           .property = copy_attribute(arena, node, "property"),
                                           .crosswalk = copy_attribute(arena, node, "crosswalk"),
                                           .code_set = copy_attribute(arena, node, "code-set"),
                                           .none = copy_attribute_or(arena, node, "none", "")};
    if (has_attribute(node, "values"))
        dimension->values = copy_words(arena, node, "values", &dimension->value_count);
}

/* One roll-up alone tells sequences, for their file has one name. */
static int load_sequence(xmlNodePtr node, struct rollups *rollups, struct rollup *rollup,
                         struct cte_error *error)
{
    struct arena *arena = &rollups->identity.arena;
    xmlNodePtr sequence = first_element(node, "sequence");
    if (sequence == NULL)
        return CTE_OK;
    for (const struct rollup *other = rollups->rollups; other < rollup; other++) {
        if (other->sequence.property != NULL)
            return cte_fail(error, CTE_BAD_TABLE,
                            "%s:%ld: roll-up %s: another one tells sequences too",
                            rollups->identity.path, node_line(sequence), rollup->id);
    }
    rollup->sequence = (struct rollup_sequence){
        .property = copy_attribute(arena, sequence, "property"),
        .code_set = copy_attribute_or(arena, sequence, "code-set", ""),
        .concentrator = copy_attribute_or(arena, sequence, "concentrator", ""),
        .capstone = copy_attribute_or(arena, sequence, "capstone", ""),
        .except = copy_attribute_or(arena, sequence, "except", "")};
    return CTE_OK;
}

static void load_distinct(struct arena *arena, xmlNodePtr node, struct rollup_distinct *distinct)
{
    if (node == NULL)
        return;
    *distinct = (struct rollup_distinct){.id = copy_attribute_or(arena, node, "id", ""),
                                         .name = copy_attribute_or(arena, node, "name", ""),
                                         .field = copy_attribute_or(arena, node, "field", ""),
                                         .is_grouped = attribute_is(node, "grouped", "yes")};
    xmlNodePtr reach = first_element(node, "reach");
    if (reach != NULL) {
        distinct->reach_id = copy_attribute_or(arena, reach, "id", "");
        distinct->reach_name = copy_attribute_or(arena, reach, "name", "");
        read_number(copy_attribute_or(arena, reach, "codes", ""), &distinct->reach);
    }
    if (has_attribute(node, "except"))
        distinct->except = copy_words(arena, node, "except", &distinct->except_count);
}

static void load_definitions(xmlNodePtr root, struct rollups *rollups)
{
    struct arena *arena = &rollups->identity.arena;
    size_t count = 0;
    for (xmlNodePtr node = first_element(root, "definition"); node != NULL;
         node = next_element(node, "definition"))
        count++;
    rollups->definitions = arena_alloc(arena, (count + 1) * sizeof *rollups->definitions);
    for (xmlNodePtr node = first_element(root, "definition"); node != NULL;
         node = next_element(node, "definition"))
        rollups->definitions[rollups->definition_count++] =
            (struct rollup_definition){.term = copy_attribute_or(arena, node, "term", ""),
                                       .text = copy_text(arena, node),
                                       .source = copy_attribute_or(arena, node, "source", ""),
                                       .date = copy_attribute_or(arena, node, "date", ""),
                                       .status = copy_attribute_or(arena, node, "status", "")};
}

/* The roll-up that is gone through stands before, and has a code. */
static int load_through(xmlNodePtr node, struct rollups *rollups, struct rollup *rollup,
                        struct cte_error *error)
{
    struct rollup *other = rollups->rollups;
    while (other < rollup && !attribute_is(node, "through", other->id))
        other++;
    if (other == rollup || other->through != NULL)
        return cte_fail(
            error, CTE_BAD_TABLE,
            "%s:%ld: roll-up %s: goes through %s, which must stand before it and have a code",
            rollups->identity.path, rollup->line, rollup->id,
            copy_attribute(&rollups->identity.arena, node, "through"));
    rollup->through = other;
    rollup->before = other->before;
    rollup->matches = copy_attribute(&rollups->identity.arena, node, "matches");
    if (rollup->matches != NULL)
        rollup->before.field = rollup->matches;
    other->is_matched = other->is_matched || rollup->matches != NULL;
    other->is_linked = other->is_linked || rollup->matches == NULL;
    rollup->group = other->group;
    memcpy(rollup->after, other->after, sizeof rollup->after);
    rollup->after_count = other->after_count;
    memcpy(rollup->also, other->also, sizeof rollup->also);
    rollup->also_count = other->also_count;
    return CTE_OK;
}

/* The further columns of the code after that was loaded last. */
static int load_also(xmlNodePtr after, struct rollups *rollups, struct rollup *rollup,
                     struct cte_error *error)
{
    struct arena *arena = &rollups->identity.arena;
    for (xmlNodePtr node = first_element(after, "also"); node != NULL;
         node = next_element(node, "also")) {
        if (rollup->also_count == ROLLUP_MAX_ALSO)
            return cte_fail(error, CTE_BAD_TABLE, "%s:%ld: roll-up %s: more than %d <also>",
                            rollups->identity.path, node_line(node), rollup->id, ROLLUP_MAX_ALSO);
        rollup->also[rollup->also_count++] =
            (struct rollup_also){.id = copy_attribute_or(arena, node, "id", ""),
                                 .name = copy_attribute_or(arena, node, "name", ""),
                                 .property = copy_attribute_or(arena, node, "property", ""),
                                 .code_set = copy_attribute_or(arena, node, "code-set", ""),
                                 .after = rollup->after_count - 1,
                                 .has_totals = attribute_is(node, "totals", "yes"),
                                 .named = copy_attribute(arena, node, "named")};
    }
    return CTE_OK;
}

static int load_codes(xmlNodePtr node, struct rollups *rollups, struct rollup *rollup,
                      struct cte_error *error)
{
    struct arena *arena = &rollups->identity.arena;
    xmlNodePtr before = first_element(node, "before");
    load_dimension(arena, before, &rollup->before);
    load_dimension(arena, first_element(before, "group"), &rollup->group);
    for (xmlNodePtr after = first_element(node, "after"); after != NULL;
         after = next_element(after, "after")) {
        if (rollup->after_count == ROLLUP_MAX_AFTER)
            return cte_fail(error, CTE_BAD_TABLE, "%s:%ld: roll-up %s: more than %d <after>",
                            rollups->identity.path, node_line(after), rollup->id, ROLLUP_MAX_AFTER);
        load_dimension(arena, after, &rollup->after[rollup->after_count++]);
        if (load_also(after, rollups, rollup, error) != CTE_OK)
            return error->status;
    }
    return CTE_OK;
}

/* A dimension whose values the roll-up that is gone through tells. */
static int load_of(xmlNodePtr node, struct rollups *rollups, struct rollup *rollup,
                   struct rollup_dimension *by, struct cte_error *error)
{
    struct rollup *through = (struct rollup *)rollup->through;
    for (size_t b = 0; through != NULL && b < through->by_count && by->of == NULL; b++)
        by->of = attribute_is(node, "of", through->by[b].id) ? &through->by[b] : NULL;
    if (by->of == NULL)
        return cte_fail(error, CTE_BAD_TABLE,
                        "%s:%ld: roll-up %s: %s is of no <by> of a roll-up that it goes through",
                        rollups->identity.path, node_line(node), rollup->id, by->id);
    through->is_asked = true;
    by->code_set = by->of->code_set;
    by->values = by->of->values;
    by->value_count = by->of->value_count;
    return CTE_OK;
}

/* The dimension of a roll-up that has an identifier, or its code before where there is none. NULL:
 * no dimension that its own records tell has it. */
static const struct rollup_dimension *find_dimension(const struct rollup *rollup, const char *id)
{
    if (id == NULL || strcmp(id, rollup->before.id) == 0)
        return &rollup->before;
    for (size_t b = 0; b < rollup->by_count; b++) {
        if (strcmp(id, rollup->by[b].id) == 0 && rollup->by[b].field != NULL)
            return &rollup->by[b];
    }
    return NULL;
}

static int load_companion(xmlNodePtr node, struct rollups *rollups, struct rollup *rollup,
                          struct cte_error *error)
{
    struct arena *arena = &rollups->identity.arena;
    struct rollup *other = rollups->rollups;
    while (other < rollup && !attribute_is(node, "rollup", other->id))
        other++;
    if (rollup->companion_count == ROLLUP_MAX_COMPANIONS)
        return cte_fail(error, CTE_BAD_TABLE, "%s:%ld: roll-up %s: more than %d <companion>",
                        rollups->identity.path, node_line(node), rollup->id, ROLLUP_MAX_COMPANIONS);
    if (rollup->distinct.field == NULL || other == rollup || other->through != NULL ||
        other->distinct.field == NULL)
        return cte_fail(error, CTE_BAD_TABLE,
                        "%s:%ld: roll-up %s: <companion> needs a <distinct> here, and one in %s, "
                        "which must stand before it and have a code of its own",
                        rollups->identity.path, node_line(node), rollup->id,
                        copy_attribute_or(arena, node, "rollup", ""));
    struct rollup_companion *companion = &rollup->companions[rollup->companion_count++];
    *companion = (struct rollup_companion){
        .id = copy_attribute_or(arena, node, "id", ""),
        .name = copy_attribute_or(arena, node, "name", ""),
        .none = copy_attribute_or(arena, node, "none", ""),
        .rollup = other,
        .of = find_dimension(other, copy_attribute(arena, node, "value"))};
    other->is_companion = true;
    if (companion->of == NULL)
        return cte_fail(error, CTE_BAD_TABLE,
                        "%s:%ld: roll-up %s: value names no code before and no <by> with a field "
                        "of roll-up %s",
                        rollups->identity.path, node_line(node), rollup->id, other->id);
    return CTE_OK;
}

static int load_rollup(xmlNodePtr node, struct rollups *rollups, struct rollup *rollup,
                       struct cte_error *error)
{
    struct arena *arena = &rollups->identity.arena;
    *rollup = (struct rollup){.id = copy_attribute_or(arena, node, "id", ""),
                              .record = copy_attribute_or(arena, node, "records", ""),
                              .title = copy_attribute_or(arena, node, "title", ""),
                              .line = node_line(node)};
    for (const struct rollup *other = rollups->rollups; other < rollup; other++) {
        if (strcmp(other->id, rollup->id) == 0 || strcmp(other->record, rollup->record) == 0)
            return cte_fail(
                error, CTE_BAD_TABLE,
                "%s:%ld: roll-up %s: its identifier or its record type stands on another one",
                rollups->identity.path, rollup->line, rollup->id);
    }
    const int status = has_attribute(node, "through") ? load_through(node, rollups, rollup, error)
                                                      : load_codes(node, rollups, rollup, error);
    if (status != CTE_OK)
        return status;
    for (xmlNodePtr by = first_element(node, "by"); by != NULL; by = next_element(by, "by")) {
        if (rollup->by_count == ROLLUP_MAX_BY)
            return cte_fail(error, CTE_BAD_TABLE, "%s:%ld: roll-up %s: more than %d <by>",
                            rollups->identity.path, node_line(by), rollup->id, ROLLUP_MAX_BY);
        struct rollup_dimension *loaded = &rollup->by[rollup->by_count++];
        load_dimension(arena, by, loaded);
        if (has_attribute(by, "of") && load_of(by, rollups, rollup, loaded, error) != CTE_OK)
            return error->status;
    }
    load_distinct(arena, first_element(node, "distinct"), &rollup->distinct);
    for (xmlNodePtr one = first_element(node, "companion"); one != NULL;
         one = next_element(one, "companion")) {
        if (load_companion(one, rollups, rollup, error) != CTE_OK)
            return error->status;
    }
    if (rollup_check_columns(rollup, rollups->identity.path, error) != CTE_OK)
        return error->status;
    return load_sequence(node, rollups, rollup, error);
}

int rollups_load(const char *path, const char *schema_path, struct rollups *rollups,
                 struct cte_error *error)
{
    xmlDocPtr doc = NULL;
    *rollups = (struct rollups){0};
    int status = table_open(path, schema_path, &rollups->identity, &doc, error);
    if (status != CTE_OK)
        return status;
    xmlNodePtr root = xmlDocGetRootElement(doc);
    load_definitions(root, rollups);
    for (xmlNodePtr node = first_element(root, "rollup"); node != NULL && status == CTE_OK;
         node = next_element(node, "rollup")) {
        if (rollups->count == ROLLUP_MAX) {
            status = cte_fail(error, CTE_BAD_TABLE, "%s:%ld: more than %d roll-ups", path,
                              node_line(node), ROLLUP_MAX);
            break;
        }
        status = load_rollup(node, rollups, &rollups->rollups[rollups->count++], error);
    }
    xmlFreeDoc(doc);
    return status;
}

void rollups_free(struct rollups *rollups)
{
    table_close(&rollups->identity);
    *rollups = (struct rollups){0};
}

const struct rollup *rollups_of(const struct rollups *rollups, const char *record_type)
{
    for (size_t i = 0; i < rollups->count; i++) {
        if (strcmp(rollups->rollups[i].record, record_type) == 0)
            return &rollups->rollups[i];
    }
    return NULL;
}

const char *rollup_group(const struct rollup *rollup, const struct rollup_sets *sets,
                         const char *before, int year)
{
    const char *group = NULL;
    if (sets->grouping != NULL) {
        const struct crosswalk_row *row =
            crosswalk_lookup(sets->grouping, before, strlen(before), year);
        group = row != NULL ? row->to.code[sets->grouping_output] : NULL;
    } else {
        const struct code *code = codeset_row(sets->before, before, strlen(before), year);
        group = code != NULL ? code_property(code, rollup->group.property) : NULL;
    }
    return group != NULL ? group : "";
}

static bool lists_value(const struct rollup_dimension *dimension, const char *value)
{
    for (size_t i = 0; i < dimension->value_count; i++) {
        if (strcmp(dimension->values[i], value) == 0)
            return true;
    }
    return false;
}

const char *rollup_shown(const struct rollup_dimension *dimension, const struct codeset *set,
                         const char *value, const char *otherwise)
{
    const bool is_listed = lists_value(dimension, value);
    const bool is_code = set == NULL || codeset_holds(set, value, strlen(value)) ||
                         (set->kind == CODESET_UNREAD && is_listed);
    if (value[0] == '\0')
        return "";
    return is_code && (dimension->values == NULL || is_listed) ? value : otherwise;
}

bool rollup_is_person(const struct rollup_distinct *distinct, struct slice value)
{
    bool is_person = value.length > 0;
    for (size_t i = 0; i < distinct->except_count; i++)
        is_person = is_person && !slice_is(value, distinct->except[i]);
    return is_person;
}

const char *rollup_name(const struct codeset *set, const char *code, int year)
{
    const struct code *found = codeset_row(set, code, strlen(code), year);
    const bool is_own_name = set->kind == CODESET_UNREAD
                                 ? code[0] != '\0' && strcmp(code, ROLLUP_UNLISTED) != 0
                                 : codeset_holds(set, code, strlen(code));
    return found != NULL ? found->name : is_own_name ? code : NULL;
}
