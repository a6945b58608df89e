#include "codetables/model/layout.h"

#include <string.h>

/* Where what is read goes to, and what it is read from. */
struct loading {
    struct arena *arena;
    const char *path;
    struct cte_error *error;
};

/* An attribute that names fields, what is said of it, and where their positions go. */
struct naming {
    const char *attribute, *words;
    uint16_t *positions;
    size_t room;
};

static enum field_role role_of(xmlNodePtr node)
{
    static const char *const names[ROLE_COUNT] = {
        [ROLE_RECORD_TYPE] = "record-type",
        [ROLE_TRANSACTION] = "transaction",
        [ROLE_LEA] = "lea",
        [ROLE_SCHOOL] = "school",
        [ROLE_ACADEMIC_YEAR] = "academic-year",
        [ROLE_STUDENT] = "student",
        [ROLE_LOCAL_COURSE] = "local-course",
        [ROLE_SECTION] = "section",
        [ROLE_TERM] = "term",
    };
    for (int role = 1; role < ROLE_COUNT; role++) {
        if (attribute_is(node, "role", names[role]))
            return (enum field_role)role;
    }
    return ROLE_NONE;
}

static void load_types(xmlNodePtr root, struct layout *layout)
{
    struct arena *arena = &layout->identity.arena;
    layout->type_count = count_elements(root, "type");
    layout->types = arena_alloc(arena, layout->type_count * sizeof *layout->types);
    struct field_type *type = layout->types;
    for (xmlNodePtr node = first_element(root, "type"); node != NULL;
         node = next_element(node, "type"), type++) {
        type->id = copy_attribute(arena, node, "id");
        type->basis = attribute_basis(node, "basis");
        const char *allowed = copy_attribute(arena, node, "allowed");
        type->restricted = allowed != NULL;
        for (const char *c = allowed; c != NULL && *c != '\0'; c++)
            type->allowed[(unsigned char)*c] = true;
    }
}

static void load_forms(xmlNodePtr root, struct layout *layout)
{
    struct arena *arena = &layout->identity.arena;
    layout->form_count = count_elements(root, "form");
    layout->forms = arena_alloc(arena, layout->form_count * sizeof *layout->forms);
    struct form *form = layout->forms;
    for (xmlNodePtr node = first_element(root, "form"); node != NULL;
         node = next_element(node, "form"), form++) {
        form->id = copy_attribute(arena, node, "id");
        form->suffix = copy_attribute_or(arena, node, "suffix", "");
        form->suffix_length = strlen(form->suffix);
        form->extra_count = count_elements(node, "extra");
        form->extras = arena_alloc(arena, form->extra_count * sizeof *form->extras);
        struct form_extra *extra = form->extras;
        for (xmlNodePtr e = first_element(node, "extra"); e != NULL;
             e = next_element(e, "extra"), extra++)
            *extra = (struct form_extra){copy_attribute(arena, e, "name"),
                                         copy_attribute(arena, e, "element")};
    }
}

static void load_origin(struct arena *arena, xmlNodePtr node, struct field *field)
{
    xmlNodePtr origin;
    if ((origin = first_element(node, "same")) != NULL) {
        field->origin = ORIGIN_SAME;
        field->from = copy_attribute(arena, origin, "field");
    } else if ((origin = first_element(node, "constant")) != NULL) {
        field->origin = ORIGIN_CONSTANT;
        field->value = copy_attribute_or(arena, origin, "value", "");
        field->reason = copy_attribute_or(arena, origin, "reason", "");
    } else if ((origin = first_element(node, "recode")) != NULL) {
        field->origin = ORIGIN_RECODE;
        field->from = copy_attribute(arena, origin, "from");
        field->map = copy_attribute(arena, origin, "map");
        field->output = copy_attribute(arena, origin, "output");
    }
}

/* The type of the record that is called so; type_count where there is none. */
static size_t find_type(const struct record_layout *record, const char *name)
{
    size_t t = 0;
    while (t < record->type_count && strcmp(record->types[t], name) != 0)
        t++;
    return t;
}

/* Which record types require the field: all, or those named. */
static int load_requirement(const struct loading *loading, xmlNodePtr node,
                            const struct record_layout *record, struct field *field)
{
    size_t count;
    if (!has_attribute(node, "required"))
        return CTE_OK;
    char **words = copy_words(loading->arena, node, "required", &count);
    if (attribute_is(node, "required", "all"))
        field->required_by = UINT32_MAX;
    for (size_t w = 0; w < count && field->required_by != UINT32_MAX; w++) {
        const size_t t = find_type(record, words[w]);
        if (t == record->type_count)
            return cte_fail(loading->error, CTE_BAD_TABLE,
                            "%s:%ld: field %s is required by %s, which is no type of this record",
                            loading->path, node_line(node), field->number, words[w]);
        field->required_by |= UINT32_C(1) << t;
    }
    field->required_basis = attribute_basis(node, "required-basis");
    field->required_first = attribute_year(node, "required-first", YEAR_FIRST);
    if (field->required_first == YEAR_NONE)
        return cte_fail(loading->error, CTE_BAD_TABLE,
                        "%s:%ld: field %s: required-first is not an academic year", loading->path,
                        node_line(node), field->number);
    return CTE_OK;
}

static const struct field_type *find_field_type(const struct layout *layout, const char *id)
{
    for (size_t i = 0; i < layout->type_count; i++) {
        if (strcmp(layout->types[i].id, id) == 0)
            return &layout->types[i];
    }
    return NULL;
}

static int load_field(const struct loading *loading, xmlNodePtr node,
                      const struct record_layout *record, struct field *field)
{
    struct arena *arena = loading->arena;
    field->number = copy_attribute(arena, node, "number");
    field->name = copy_attribute(arena, node, "name");
    field->element = copy_attribute(arena, node, "element");
    field->role = role_of(node);
    field->delete_code = copy_attribute(arena, node, "delete");
    const char *type = copy_attribute(arena, node, "type");
    field->type = type != NULL ? find_field_type(record->layout, type) : NULL;
    if (type != NULL && field->type == NULL)
        return cte_fail(loading->error, CTE_BAD_TABLE,
                        "%s:%ld: field %s has type %s, which this layout does not define",
                        loading->path, node_line(node), field->number, type);
    field->type_basis = attribute_basis(node, "type-basis");
    field->min = attribute_number(node, "min");
    field->max = attribute_number(node, "max");
    field->length_basis = attribute_basis(node, "length-basis");
    if (field->max > 0 && field->min > field->max)
        return cte_fail(loading->error, CTE_BAD_TABLE, "%s:%ld: field %s: min is above max",
                        loading->path, node_line(node), field->number);
    field->is_date = attribute_is(node, "format", "date");
    field->date_basis = attribute_basis(node, "format-basis");
    field->code_sets = copy_words(arena, node, "code-set", &field->code_set_count);
    field->key = attribute_is(node, "key", "yes");
    field->personal = attribute_is(node, "personal", "yes");
    field->may_be_absent = attribute_is(node, "trailing", "optional");
    load_origin(arena, node, field);
    if (field->value != NULL && !is_plain_value(field->value))
        return cte_fail(loading->error, CTE_BAD_TABLE,
                        "%s:%ld: field %s: its constant holds a caret, a backslash or a line end",
                        loading->path, node_line(node), field->number);
    return load_requirement(loading, node, record, field);
}

/* The positions of the fields that an attribute names, at most `room`. The words are about the
 * field or record that names them. */
static size_t load_positions(const struct loading *loading, xmlNodePtr node,
                             const struct record_layout *record, struct naming naming)
{
    size_t count, found = 0;
    char **numbers = copy_words(loading->arena, node, naming.attribute, &count);
    if (count > naming.room) {
        cte_fail(loading->error, CTE_BAD_TABLE, "%s:%ld: %s too many fields", loading->path,
                 node_line(node), naming.words);
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        const int position = record_field(record, numbers[i]);
        if (position >= 0)
            naming.positions[found++] = (uint16_t)position;
        else
            cte_fail(loading->error, CTE_BAD_TABLE,
                     "%s:%ld: %s %s, which is no field of this record", loading->path,
                     node_line(node), naming.words, numbers[i]);
    }
    return found;
}

/* The years that judge a field can only be looked up when all fields are known. */
static void load_judges(const struct loading *loading, xmlNodePtr node,
                        const struct record_layout *record, struct field *field)
{
    const char *words = arena_format(loading->arena, "field %s is judged by", field->number);
    field->judged_by_count =
        load_positions(loading, node, record,
                       (struct naming){"judged-by", words, field->judged_by,
                                       sizeof field->judged_by / sizeof *field->judged_by});
    if (!has_attribute(node, "judged-by") && record->role_position[ROLE_ACADEMIC_YEAR] >= 0)
        field->judged_by[field->judged_by_count++] =
            (uint16_t)record->role_position[ROLE_ACADEMIC_YEAR];
}

static void check_field(const struct loading *loading, xmlNodePtr node,
                        const struct record_layout *record, const struct field *field)
{
    for (const struct field *earlier = record->fields; earlier < field; earlier++) {
        if (strcmp(earlier->number, field->number) == 0 ||
            strcmp(earlier->element, field->element) == 0)
            cte_fail(loading->error, CTE_BAD_TABLE,
                     "%s:%ld: field %s stands twice in its record (number or element name)",
                     loading->path, node_line(node), field->number);
    }
    if (field->role != ROLE_NONE && record->role_position[field->role] >= 0)
        cte_fail(loading->error, CTE_BAD_TABLE,
                 "%s:%ld: field %s has a role that another field has", loading->path,
                 node_line(node), field->number);
    if (field->may_be_absent && field + 1 != record->fields + record->field_count)
        cte_fail(loading->error, CTE_BAD_TABLE,
                 "%s:%ld: field %s may be absent but is not the last", loading->path,
                 node_line(node), field->number);
}

static void load_fields(const struct loading *loading, xmlNodePtr node,
                        struct record_layout *record)
{
    record->fields = arena_alloc(loading->arena, record->field_count * sizeof *record->fields);
    for (int role = 0; role < ROLE_COUNT; role++)
        record->role_position[role] = -1;
    struct field *field = record->fields;
    xmlNodePtr child;
    for (child = first_element(node, "field"); child != NULL;
         child = next_element(child, "field"), field++) {
        load_field(loading, child, record, field);
        check_field(loading, child, record, field);
        if (field->role != ROLE_NONE)
            record->role_position[field->role] = (int)(field - record->fields);
    }
    if (record->role_position[ROLE_RECORD_TYPE] != 0)
        cte_fail(loading->error, CTE_BAD_TABLE,
                 "%s:%ld: the first field of a record is its record type (role record-type)",
                 loading->path, node_line(node));
    field = record->fields;
    for (child = first_element(node, "field"); child != NULL;
         child = next_element(child, "field"), field++)
        load_judges(loading, child, record, field);
}

static int load_record(const struct loading *loading, xmlNodePtr node, const struct layout *layout,
                       struct record_layout *record)
{
    record->layout = layout;
    record->types = copy_words(loading->arena, node, "types", &record->type_count);
    record->name = copy_attribute_or(loading->arena, node, "name", "");
    record->order_basis = attribute_basis(node, "order-basis");
    record->field_count = count_elements(node, "field");
    if (record->field_count == 0 || record->field_count > LAYOUT_MAX_FIELDS ||
        record->type_count == 0 || record->type_count > LAYOUT_MAX_TYPES)
        return cte_fail(loading->error, CTE_BAD_TABLE,
                        "%s:%ld: a record has 1 to %d types and 1 to %d fields", loading->path,
                        node_line(node), LAYOUT_MAX_TYPES, LAYOUT_MAX_FIELDS);
    for (size_t i = 0; i < record->type_count; i++) {
        if (find_type(record, record->types[i]) != i)
            return cte_fail(loading->error, CTE_BAD_TABLE, "%s:%ld: record type %s stands twice",
                            loading->path, node_line(node), record->types[i]);
    }
    load_fields(loading, node, record);
    record->replaces_basis = attribute_basis(node, "replaces-basis");
    record->replace_count =
        load_positions(loading, node, record,
                       (struct naming){"replaces", "replaces names", record->replaces,
                                       sizeof record->replaces / sizeof *record->replaces});
    return loading->error->status;
}

static int load_records(const struct loading *loading, xmlNodePtr root, struct layout *layout)
{
    struct cte_error *error = loading->error;
    layout->record_count = count_elements(root, "record");
    layout->records = arena_alloc(loading->arena, layout->record_count * sizeof *layout->records);
    struct record_layout *record = layout->records;
    for (xmlNodePtr node = first_element(root, "record"); node != NULL;
         node = next_element(node, "record"), record++) {
        load_record(loading, node, layout, record);
        bool reported = false; /* once for a record, however many have the type */
        for (const struct record_layout *earlier = layout->records; earlier < record && !reported;
             earlier++) {
            for (size_t i = 0; i < earlier->type_count * record->type_count; i++) {
                if (strcmp(earlier->types[i % earlier->type_count],
                           record->types[i / earlier->type_count]) != 0)
                    continue;
                cte_fail(error, CTE_BAD_TABLE, "%s:%ld: record type %s stands in two records",
                         layout->identity.path, node_line(node),
                         record->types[i / earlier->type_count]);
                reported = true;
            }
        }
    }
    return error->status;
}

static int load_layout(xmlNodePtr root, struct layout *layout, struct cte_error *error)
{
    const struct loading loading = {&layout->identity.arena, layout->identity.path, error};
    layout->first = attribute_year(root, "first", YEAR_NONE);
    layout->last = attribute_year(root, "last", YEAR_LAST);
    if (layout->last == YEAR_NONE || (has_attribute(root, "first") &&
                                      (layout->first == YEAR_NONE || layout->first > layout->last)))
        return cte_fail(error, CTE_BAD_TABLE, "%s: first and last are not academic years in order",
                        loading.path);
    xmlNodePtr xml = first_element(root, "xml");
    layout->xml_root = xml != NULL ? copy_attribute(loading.arena, xml, "root") : "records";
    load_types(root, layout);
    load_forms(root, layout);
    return load_records(&loading, root, layout);
}

int layout_load(const char *path, const char *schema_path, struct layout *layout,
                struct cte_error *error)
{
    *layout = (struct layout){0};
    xmlDocPtr doc = NULL;
    int status = table_open(path, schema_path, &layout->identity, &doc, error);
    if (status == CTE_OK)
        status = load_layout(xmlDocGetRootElement(doc), layout, error);
    xmlFreeDoc(doc);
    return status;
}

void layout_free(struct layout *layout)
{
    table_close(&layout->identity);
    *layout = (struct layout){0};
}

const struct record_layout *layout_record(const struct layout *layout, const char *type,
                                          size_t length, size_t *type_index)
{
    for (size_t r = 0; r < layout->record_count; r++) {
        for (size_t t = 0; t < layout->records[r].type_count; t++) {
            const char *name = layout->records[r].types[t];
            if (strlen(name) == length && memcmp(name, type, length) == 0) {
                *type_index = t;
                return &layout->records[r];
            }
        }
    }
    return NULL;
}

int record_field(const struct record_layout *record, const char *number)
{
    for (size_t i = 0; i < record->field_count; i++) {
        if (strcmp(record->fields[i].number, number) == 0)
            return (int)i;
    }
    return -1;
}

struct slice record_delete_code(const struct record_layout *record)
{
    const int position = record->role_position[ROLE_TRANSACTION];
    const char *code = position >= 0 ? record->fields[position].delete_code : NULL;
    return slice_of(code != NULL ? code : "");
}

bool record_is_delete(const struct record_layout *record, struct slice transaction)
{
    const struct slice code = record_delete_code(record);
    return code.length > 0 && slice_equals(transaction, code);
}

const struct form *layout_form(const struct layout *layout, const char *id)
{
    for (size_t i = 0; i < layout->form_count; i++) {
        if (strcmp(layout->forms[i].id, id) == 0)
            return &layout->forms[i];
    }
    return NULL;
}

bool record_uses_map(const struct record_layout *record, const char *map)
{
    for (size_t i = 0; i < record->field_count; i++) {
        if (record->fields[i].origin == ORIGIN_RECODE && strcmp(record->fields[i].map, map) == 0)
            return true;
    }
    return false;
}
