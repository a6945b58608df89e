#include "codetables/model/codeset.h"

#include <stdlib.h>
#include <string.h>

#include "codetables/base/hash.h"
#include "codetables/base/memory.h"

static bool is_fixed_attribute(const char *name)
{
    static const char *const fixed[] = {"value", "name", "first", "last", "basis", "with"};
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) {
        if (strcmp(name, fixed[i]) == 0)
            return true;
    }
    return false;
}

static void load_properties(xmlNodePtr node, struct code *code)
{
    size_t count = 0;
    for (xmlAttrPtr a = node->properties; a != NULL; a = a->next)
        count += !is_fixed_attribute((const char *)a->name);
    if (count == 0)
        return;
    code->properties = cte_zalloc(count, sizeof *code->properties);
    for (xmlAttrPtr a = node->properties; a != NULL; a = a->next) {
        if (is_fixed_attribute((const char *)a->name))
            continue;
        char *value = text_of_attribute(a);
        code->properties[code->property_count++] =
            (struct code_property){intern((const char *)a->name), intern(value)};
        free(value);
    }
}

/* Where a value stands in the hash, or where it would go. */
static struct code **slot_of(const struct codeset *set, const char *value, size_t length)
{
    size_t i = keyed_hash(value, length) & set->slot_mask;
    while (set->slots[i] != NULL &&
           (set->slots[i]->length != length || memcmp(set->slots[i]->value, value, length) != 0))
        i = (i + 1) & set->slot_mask;
    return &set->slots[i];
}

static void index_codes(struct codeset *set)
{
    size_t room = 16;
    while (room < set->code_count * 2)
        room *= 2;
    set->slots = cte_zalloc(room, sizeof(struct code *));
    set->slot_mask = room - 1;
    /* The last row of each value, so that many rows of one value are not walked again and again. */
    struct code **last = cte_zalloc(room, sizeof(struct code *));
    for (size_t i = 0; i < set->code_count; i++) {
        struct code *code = &set->codes[i], **slot = slot_of(set, code->value, code->length),
                    **end = &last[slot - set->slots];
        if (*slot == NULL)
            *slot = code;
        else
            (*end)->same = code;
        *end = code;
    }
    free(last);
}

static int load_codes(xmlNodePtr root, struct codeset *set, struct cte_error *error)
{
    set->code_count = count_elements(root, "code");
    set->codes = cte_zalloc(set->code_count, sizeof *set->codes);
    struct code *code = set->codes;
    for (xmlNodePtr node = first_element(root, "code"); node != NULL;
         node = next_element(node, "code"), code++) {
        code->line = node_line(node);
        code->value = attribute_or(node, "value", "");
        code->length = (uint32_t)strlen(code->value);
        code->name = attribute_or(node, "name", "");
        code->with = attribute(node, "with");
        code->first = attribute_year(node, "first", YEAR_FIRST);
        code->last = attribute_year(node, "last", YEAR_LAST);
        char *basis = attribute(node, "basis");
        code->basis = basis_from(basis);
        free(basis);
        load_properties(node, code);
        if (!is_plain_value(code->value))
            cte_fail(error, CTE_BAD_TABLE,
                     "%s:%ld: a code holds a caret, a backslash or a line end", set->identity.path,
                     node_line(node));
        if (code->first == YEAR_NONE || code->last == YEAR_NONE || code->first > code->last)
            cte_fail(error, CTE_BAD_TABLE,
                     "%s:%ld: code %s: first and last are not academic years in order",
                     set->identity.path, node_line(node), code->value);
    }
    index_codes(set);
    return error->status;
}

static int load_form(xmlNodePtr root, struct codeset *set, struct cte_error *error)
{
    xmlNodePtr form = first_element(root, "form");
    if (form == NULL)
        return cte_fail(error, CTE_BAD_TABLE, "%s: a code set of kind form has no <form>",
                        set->identity.path);
    char *kind = attribute_or(form, "kind", "");
    char *length = attribute_or(form, "length", "0");
    char *basis = attribute_or(form, "basis", "unread");
    set->form = strcmp(kind, "academic-year") == 0 ? FORM_ACADEMIC_YEAR : FORM_DIGITS;
    unsigned long digits = strtoul(length, NULL, 10);
    set->form_length = digits < UINT32_MAX ? (uint32_t)digits : UINT32_MAX;
    set->form_first = attribute_year(form, "first", YEAR_FIRST);
    set->form_last = attribute_year(form, "last", YEAR_LAST);
    set->form_basis = basis_from(basis);
    free(kind);
    free(length);
    free(basis);
    if (set->form_first == YEAR_NONE || set->form_last == YEAR_NONE ||
        set->form_first > set->form_last)
        return cte_fail(error, CTE_BAD_TABLE,
                        "%s:%ld: first and last are not academic years in order",
                        set->identity.path, node_line(form));
    return CTE_OK;
}

int codeset_load(const char *path, const char *schema_path, struct codeset *set,
                 struct cte_error *error)
{
    memset(set, 0, sizeof *set);
    xmlDocPtr doc = NULL;
    int status = table_open(path, schema_path, &set->identity, &doc, error);
    if (status != CTE_OK)
        return status;
    xmlNodePtr root = xmlDocGetRootElement(doc);
    char *kind = attribute_or(root, "kind", "list");
    set->kind = strcmp(kind, "form") == 0     ? CODESET_FORM
                : strcmp(kind, "pairs") == 0  ? CODESET_PAIRS
                : strcmp(kind, "unread") == 0 ? CODESET_UNREAD
                                              : CODESET_LIST;
    free(kind);
    set->complete_through = attribute_year(root, "complete-through", YEAR_LAST);
    if (set->complete_through == YEAR_NONE) {
        xmlFreeDoc(doc);
        return cte_fail(error, CTE_BAD_TABLE, "%s: complete-through is not an academic year", path);
    }
    set->related = attribute(root, "related");
    set->related_by = attribute(root, "related-by");
    if (set->kind == CODESET_FORM)
        status = load_form(root, set, error);
    if (status == CTE_OK)
        status = load_codes(root, set, error);
    xmlFreeDoc(doc);
    return status;
}

const struct code *codeset_find(const struct codeset *set, const char *value, size_t length)
{
    return *slot_of(set, value, length);
}

const struct code *codeset_row(const struct codeset *set, const char *value, size_t length,
                               int year)
{
    const struct code *first = codeset_find(set, value, length);
    for (const struct code *code = first; code != NULL; code = code->same) {
        if (code->first <= year && year <= code->last)
            return code;
    }
    return first;
}

static enum code_verdict judge_form(const struct codeset *set, const char *value, size_t length)
{
    if (set->form == FORM_ACADEMIC_YEAR) {
        int year = academic_year(value, length);
        if (year == YEAR_NONE)
            return CODE_UNKNOWN;
        return set->form_first <= year && year <= set->form_last ? CODE_GOOD : CODE_OUTSIDE;
    }
    for (size_t i = 0; i < length; i++) {
        if (value[i] < '0' || value[i] > '9')
            return CODE_UNKNOWN;
    }
    return length == set->form_length ? CODE_GOOD : CODE_UNKNOWN;
}

enum code_verdict codeset_judge(const struct codeset *set, const char *value, size_t length,
                                int year)
{
    if (set->kind == CODESET_UNREAD)
        return CODE_UNCHECKED;
    if (set->kind == CODESET_FORM)
        return judge_form(set, value, length);
    const struct code *code = codeset_find(set, value, length);
    if (code == NULL)
        return year != YEAR_NONE && year > set->complete_through ? CODE_UNLISTED : CODE_UNKNOWN;
    if (year == YEAR_NONE)
        return CODE_GOOD;
    for (; code != NULL; code = code->same) {
        if (code->first <= year && year <= code->last)
            return CODE_GOOD;
    }
    return CODE_WRONG_YEAR;
}

const char *code_property(const struct code *code, const char *name)
{
    for (size_t i = 0; i < code->property_count; i++) {
        if (strcmp(code->properties[i].name, name) == 0)
            return code->properties[i].value;
    }
    return NULL;
}

bool code_has(const struct code *code, int year, const char *property, const char *wanted)
{
    const char *found = code_property(code, property);
    return found != NULL && (year == YEAR_NONE || (code->first <= year && year <= code->last)) &&
           (wanted == NULL || strcmp(found, wanted) == 0);
}

bool codeset_has(const struct codeset *set, const char *value, size_t length, int year,
                 const char *property, const char *wanted)
{
    for (const struct code *code = codeset_find(set, value, length); code != NULL;
         code = code->same) {
        if (code_has(code, year, property, wanted))
            return true;
    }
    return false;
}
