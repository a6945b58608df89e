#include "codetables/model/layout.h"
#include "codetables/base/memory.h"

#include <stdlib.h>
#include <string.h>

static enum field_role role_from(const char *text)
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
    for (int role = 1; text != NULL && role < ROLE_COUNT; role++) {
        if (strcmp(names[role], text) == 0)
            return (enum field_role)role;
    }
    return ROLE_NONE;
}

static enum basis attribute_basis(xmlNodePtr node, const char *name)
{
    char *text = attribute(node, name);
    enum basis basis = basis_from(text);
    free(text);
    return basis;
}

static uint32_t attribute_number(xmlNodePtr node, const char *name)
{
    char *text = attribute_or(node, name, "0");
    unsigned long value = strtoul(text, NULL, 10);
    free(text);
    return value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

static void load_types(xmlNodePtr root, struct layout *layout)
{
    layout->type_count = count_elements(root, "type");
    layout->types = cte_zalloc(layout->type_count, sizeof *layout->types);
    struct field_type *type = layout->types;
    for (xmlNodePtr node = first_element(root, "type"); node != NULL;
         node = next_element(node, "type"), type++) {
        type->id = attribute(node, "id");
        type->basis = attribute_basis(node, "basis");
        char *allowed = attribute(node, "allowed");
        type->restricted = allowed != NULL;
        for (const char *c = allowed; c != NULL && *c != '\0'; c++)
            type->allowed[(unsigned char)*c] = true;
        free(allowed);
    }
}

static void load_forms(xmlNodePtr root, struct layout *layout)
{
    layout->form_count = count_elements(root, "form");
    layout->forms = cte_zalloc(layout->form_count, sizeof *layout->forms);
    struct form *form = layout->forms;
    for (xmlNodePtr node = first_element(root, "form"); node != NULL;
         node = next_element(node, "form"), form++) {
        form->id = attribute(node, "id");
        form->suffix = attribute_or(node, "suffix", "");
        form->suffix_length = strlen(form->suffix);
        form->extra_count = count_elements(node, "extra");
        form->extras = cte_zalloc(form->extra_count, sizeof *form->extras);
        struct form_extra *extra = form->extras;
        for (xmlNodePtr e = first_element(node, "extra"); e != NULL;
             e = next_element(e, "extra"), extra++)
            *extra = (struct form_extra){attribute(e, "name"), attribute(e, "element")};
    }
}

static void load_origin(xmlNodePtr node, struct field *field)
{
    xmlNodePtr origin;
    if ((origin = first_element(node, "same")) != NULL) {
        field->origin = ORIGIN_SAME;
        field->from = attribute(origin, "field");
    } else if ((origin = first_element(node, "constant")) != NULL) {
        field->origin = ORIGIN_CONSTANT;
        field->value = attribute_or(origin, "value", "");
        field->reason = attribute_or(origin, "reason", "");
    } else if ((origin = first_element(node, "recode")) != NULL) {
        field->origin = ORIGIN_RECODE;
        field->from = attribute(origin, "from");
        field->map = attribute(origin, "map");
        field->output = attribute(origin, "output");
    }
}

/* Which record types require the field: all, or those named. */
static int load_requirement(xmlNodePtr node, const struct record_layout *record,
                            struct field *field, struct cte_error *error)
{
    char *text = attribute(node, "required");
    if (text == NULL)
        return CTE_OK;
    int status = CTE_OK;
    if (strcmp(text, "all") == 0) {
        field->required_by = UINT32_MAX;
    } else {
        size_t count;
        char **words = split_words(text, &count);
        for (size_t w = 0; w < count && status == CTE_OK; w++) {
            size_t t = 0;
            while (t < record->type_count && strcmp(record->types[t], words[w]) != 0)
                t++;
            if (t == record->type_count)
                status = cte_fail(
                    error, CTE_BAD_TABLE,
                    "%s:%ld: field %s is required by %s, which is no type of this record",
                    record->layout->identity.path, node_line(node), field->number, words[w]);
            else
                field->required_by |= UINT32_C(1) << t;
        }
    }
    free(text);
    field->required_basis = attribute_basis(node, "required-basis");
    field->required_first = attribute_year(node, "required-first", YEAR_FIRST);
    if (status == CTE_OK && field->required_first == YEAR_NONE)
        status = cte_fail(error, CTE_BAD_TABLE,
                          "%s:%ld: field %s: required-first is not an academic year",
                          record->layout->identity.path, node_line(node), field->number);
    return status;
}

static int load_field(xmlNodePtr node, const struct record_layout *record, struct field *field,
                      struct cte_error *error)
{
    field->number = attribute(node, "number");
    field->name = attribute(node, "name");
    field->element = attribute(node, "element");
    char *role = attribute(node, "role");
    field->role = role_from(role);
    free(role);
    field->delete_code = attribute(node, "delete");
    char *type = attribute(node, "type");
    for (size_t i = 0; type != NULL && i < record->layout->type_count; i++) {
        if (strcmp(record->layout->types[i].id, type) == 0)
            field->type = &record->layout->types[i];
    }
    if (type != NULL && field->type == NULL)
        return cte_fail(error, CTE_BAD_TABLE,
                        "%s:%ld: field %s has type %s, which this layout does not define",
                        record->layout->identity.path, node_line(node), field->number, type);
    free(type);
    field->type_basis = attribute_basis(node, "type-basis");
    field->min = attribute_number(node, "min");
    field->max = attribute_number(node, "max");
    field->length_basis = attribute_basis(node, "length-basis");
    if (field->max > 0 && field->min > field->max)
        return cte_fail(error, CTE_BAD_TABLE, "%s:%ld: field %s: min is above max",
                        record->layout->identity.path, node_line(node), field->number);
    field->is_date = attribute_is(node, "format", "date");
    field->date_basis = attribute_basis(node, "format-basis");
    char *sets = attribute(node, "code-set");
    field->code_sets = split_words(sets, &field->code_set_count);
    free(sets);
    field->key = attribute_is(node, "key", "yes");
    field->personal = attribute_is(node, "personal", "yes");
    field->may_be_absent = attribute_is(node, "trailing", "optional");
    load_origin(node, field);
    if (field->value != NULL && !is_plain_value(field->value))
        return cte_fail(error, CTE_BAD_TABLE,
                        "%s:%ld: field %s: its constant holds a caret, a backslash or a line end",
                        record->layout->identity.path, node_line(node), field->number);
    return load_requirement(node, record, field, error);
}

/* The years that judge a field can only be looked up when all fields are known. */
static int load_judges(xmlNodePtr node, const struct record_layout *record, struct field *field,
                       struct cte_error *error)
{
    char *text = attribute(node, "judged-by");
    size_t count;
    char **words = split_words(text, &count);
    free(text);
    if (count > sizeof field->judged_by / sizeof *field->judged_by)
        return cte_fail(error, CTE_BAD_TABLE, "%s:%ld: field %s is judged by too many fields",
                        record->layout->identity.path, node_line(node), field->number);
    for (size_t i = 0; i < count; i++) {
        int position = record_field(record, words[i]);
        if (position < 0)
            return cte_fail(error, CTE_BAD_TABLE,
                            "%s:%ld: field %s is judged by %s, which is no field of this record",
                            record->layout->identity.path, node_line(node), field->number,
                            words[i]);
        field->judged_by[field->judged_by_count++] = (uint16_t)position;
    }
    if (count == 0 && record->role_position[ROLE_ACADEMIC_YEAR] >= 0)
        field->judged_by[field->judged_by_count++] =
            (uint16_t)record->role_position[ROLE_ACADEMIC_YEAR];
    return CTE_OK;
}

/* What an upload of these records takes the place of. */
static int load_replaces(xmlNodePtr node, struct record_layout *record, struct cte_error *error)
{
    char *text = attribute(node, "replaces");
    size_t count;
    char **numbers = split_words(text, &count);
    free(text);
    record->replaces_basis = attribute_basis(node, "replaces-basis");
    if (count > sizeof record->replaces / sizeof *record->replaces)
        return cte_fail(error, CTE_BAD_TABLE, "%s:%ld: replaces names too many fields",
                        record->layout->identity.path, node_line(node));
    for (size_t i = 0; i < count; i++) {
        int position = record_field(record, numbers[i]);
        if (position < 0)
            return cte_fail(error, CTE_BAD_TABLE,
                            "%s:%ld: replaces names %s, which is no field of this record",
                            record->layout->identity.path, node_line(node), numbers[i]);
        record->replaces[record->replace_count++] = (uint16_t)position;
    }
    return CTE_OK;
}

static int load_record(xmlNodePtr node, const struct layout *layout, struct record_layout *record,
                       struct cte_error *error)
{
    record->layout = layout;
    char *types = attribute(node, "types");
    record->types = split_words(types, &record->type_count);
    free(types);
    record->name = attribute_or(node, "name", "");
    record->order_basis = attribute_basis(node, "order-basis");
    record->field_count = count_elements(node, "field");
    if (record->field_count == 0 || record->field_count > LAYOUT_MAX_FIELDS ||
        record->type_count == 0 || record->type_count > LAYOUT_MAX_TYPES)
        return cte_fail(
            error, CTE_BAD_TABLE, "%s:%ld: a record has 1 to %d types and 1 to %d fields",
            layout->identity.path, node_line(node), LAYOUT_MAX_TYPES, LAYOUT_MAX_FIELDS);
    for (size_t i = 0; i < record->type_count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (strcmp(record->types[i], record->types[j]) == 0)
                return cte_fail(error, CTE_BAD_TABLE, "%s:%ld: record type %s stands twice",
                                layout->identity.path, node_line(node), record->types[i]);
        }
    }
    record->fields = cte_zalloc(record->field_count, sizeof *record->fields);
    for (int role = 0; role < ROLE_COUNT; role++)
        record->role_position[role] = -1;
    struct field *field = record->fields;
    xmlNodePtr child;
    for (child = first_element(node, "field"); child != NULL;
         child = next_element(child, "field"), field++) {
        load_field(child, record, field, error);
        for (const struct field *earlier = record->fields; earlier < field; earlier++) {
            if (strcmp(earlier->number, field->number) == 0 ||
                strcmp(earlier->element, field->element) == 0)
                cte_fail(error, CTE_BAD_TABLE,
                         "%s:%ld: field %s stands twice in its record (number or element name)",
                         layout->identity.path, node_line(child), field->number);
        }
        if (field->role != ROLE_NONE && record->role_position[field->role] >= 0)
            cte_fail(error, CTE_BAD_TABLE, "%s:%ld: field %s has a role that another field has",
                     layout->identity.path, node_line(child), field->number);
        if (field->role != ROLE_NONE)
            record->role_position[field->role] = (int)(field - record->fields);
        if (field->may_be_absent && field + 1 != record->fields + record->field_count)
            cte_fail(error, CTE_BAD_TABLE, "%s:%ld: field %s may be absent but is not the last",
                     layout->identity.path, node_line(child), field->number);
    }
    if (record->role_position[ROLE_RECORD_TYPE] != 0)
        cte_fail(error, CTE_BAD_TABLE,
                 "%s:%ld: the first field of a record is its record type (role record-type)",
                 layout->identity.path, node_line(node));
    field = record->fields;
    for (child = first_element(node, "field"); child != NULL;
         child = next_element(child, "field"), field++)
        load_judges(child, record, field, error);
    load_replaces(node, record, error);
    return error->status;
}

static int load_records(xmlNodePtr root, struct layout *layout, struct cte_error *error)
{
    layout->record_count = count_elements(root, "record");
    layout->records = cte_zalloc(layout->record_count, sizeof *layout->records);
    struct record_layout *record = layout->records;
    for (xmlNodePtr node = first_element(root, "record"); node != NULL;
         node = next_element(node, "record"), record++) {
        load_record(node, layout, record, error);
        bool told = false; /* once for a record, however many have the type */
        for (const struct record_layout *earlier = layout->records; earlier < record && !told;
             earlier++) {
            for (size_t i = 0; i < earlier->type_count * record->type_count; i++) {
                if (strcmp(earlier->types[i % earlier->type_count],
                           record->types[i / earlier->type_count]) != 0)
                    continue;
                cte_fail(error, CTE_BAD_TABLE, "%s:%ld: record type %s stands in two records",
                         layout->identity.path, node_line(node),
                         record->types[i / earlier->type_count]);
                told = true;
            }
        }
    }
    return error->status;
}

int layout_load(const char *path, const char *schema_path, struct layout *layout,
                struct cte_error *error)
{
    memset(layout, 0, sizeof *layout);
    xmlDocPtr doc = NULL;
    int status = table_open(path, schema_path, &layout->identity, &doc, error);
    if (status != CTE_OK)
        return status;
    xmlNodePtr root = xmlDocGetRootElement(doc);
    layout->first = attribute_year(root, "first", YEAR_NONE);
    layout->last = attribute_year(root, "last", YEAR_LAST);
    char *first = attribute(root, "first");
    bool years_sound =
        layout->last != YEAR_NONE &&
        (first == NULL || (layout->first != YEAR_NONE && layout->first <= layout->last));
    free(first);
    if (!years_sound) {
        xmlFreeDoc(doc);
        return cte_fail(error, CTE_BAD_TABLE, "%s: first and last are not academic years in order",
                        path);
    }
    xmlNodePtr xml = first_element(root, "xml");
    layout->xml_root = xml != NULL ? attribute(xml, "root") : "records";
    load_types(root, layout);
    load_forms(root, layout);
    status = load_records(root, layout, error);
    xmlFreeDoc(doc);
    return status;
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
