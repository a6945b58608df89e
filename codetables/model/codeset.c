#include "codetables/model/codeset.h"

#include <stdlib.h>
#include <string.h>

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

/* The one copy of a text in the set. */
static const char *keep_text(struct codeset *set, const char *text)
{
    return map_key(&set->texts, map_add_string(&set->texts, text)).at;
}

static void load_properties(xmlNodePtr node, struct codeset *set, struct code *code)
{
    size_t count = 0;
    for (const xmlAttr *a = node->properties; a != NULL; a = a->next)
        count += !is_fixed_attribute((const char *)a->name);
    if (count == 0)
        return;
    code->properties = arena_alloc(&set->identity.arena, count * sizeof *code->properties);
    for (const xmlAttr *a = node->properties; a != NULL; a = a->next) {
        if (is_fixed_attribute((const char *)a->name))
            continue;
        char *value = text_of_attribute(a);
        code->properties[code->property_count++] =
            (struct code_property){keep_text(set, (const char *)a->name), keep_text(set, value)};
        free(value);
    }
}

static void index_codes(struct codeset *set)
{
    struct arena *arena = &set->identity.arena;
    set->first = arena_alloc(arena, set->code_count * sizeof(struct code *));
    /* The last row of each value, so that many rows of one value are not walked again and again. */
    struct code **last = cte_zalloc(set->code_count, sizeof(struct code *));
    for (size_t i = 0; i < set->code_count; i++) {
        struct code *code = &set->codes[i];
        const size_t number = map_add(&set->values, code->value, code->length);
        if (set->first[number] == NULL)
            set->first[number] = code;
        else
            last[number]->same = code;
        last[number] = code;
    }
    free(last);
}

static void load_code(xmlNodePtr node, struct codeset *set, struct code *code,
                      struct cte_error *error)
{
    struct arena *arena = &set->identity.arena;
    code->line = node_line(node);
    code->value = copy_attribute_or(arena, node, "value", "");
    code->length = (uint32_t)strlen(code->value);
    code->name = copy_attribute_or(arena, node, "name", "");
    code->with = copy_attribute(arena, node, "with");
    code->first = attribute_year(node, "first", YEAR_FIRST);
    code->last = attribute_year(node, "last", YEAR_LAST);
    code->basis = attribute_basis(node, "basis");
    load_properties(node, set, code);
    if (!is_plain_value(code->value))
        cte_fail(error, CTE_BAD_TABLE, "%s:%ld: a code holds a caret, a backslash or a line end",
                 set->identity.path, code->line);
    if (code->first == YEAR_NONE || code->last == YEAR_NONE || code->first > code->last)
        cte_fail(error, CTE_BAD_TABLE,
                 "%s:%ld: code %s: first and last are not academic years in order",
                 set->identity.path, code->line, code->value);
}

static int load_codes(xmlNodePtr root, struct codeset *set, struct cte_error *error)
{
    set->code_count = count_elements(root, "code");
    set->codes = arena_alloc(&set->identity.arena, set->code_count * sizeof *set->codes);
    struct code *code = set->codes;
    for (xmlNodePtr node = first_element(root, "code"); node != NULL;
         node = next_element(node, "code"))
        load_code(node, set, code++, error);
    index_codes(set);
    return error->status;
}

static int load_form(xmlNodePtr root, struct codeset *set, struct cte_error *error)
{
    xmlNodePtr form = first_element(root, "form");
    set->form = attribute_is(form, "kind", "academic-year") ? FORM_ACADEMIC_YEAR : FORM_DIGITS;
    set->form_length = attribute_number(form, "length");
    set->form_first = attribute_year(form, "first", YEAR_FIRST);
    set->form_last = attribute_year(form, "last", YEAR_LAST);
    set->form_basis = has_attribute(form, "basis") ? attribute_basis(form, "basis") : BASIS_UNREAD;
    if (set->form_first == YEAR_NONE || set->form_last == YEAR_NONE ||
        set->form_first > set->form_last)
        return cte_fail(error, CTE_BAD_TABLE,
                        "%s:%ld: first and last are not academic years in order",
                        set->identity.path, node_line(form));
    return CTE_OK;
}

static enum codeset_kind kind_of(xmlNodePtr root)
{
    return attribute_is(root, "kind", "form")     ? CODESET_FORM
           : attribute_is(root, "kind", "pairs")  ? CODESET_PAIRS
           : attribute_is(root, "kind", "unread") ? CODESET_UNREAD
                                                  : CODESET_LIST;
}

static int load_set(xmlNodePtr root, struct codeset *set, struct cte_error *error)
{
    set->kind = kind_of(root);
    set->complete_through = attribute_year(root, "complete-through", YEAR_LAST);
    if (set->complete_through == YEAR_NONE)
        return cte_fail(error, CTE_BAD_TABLE, "%s: complete-through is not an academic year",
                        set->identity.path);
    set->related = copy_attribute(&set->identity.arena, root, "related");
    set->related_by = copy_attribute(&set->identity.arena, root, "related-by");
    const int status = set->kind == CODESET_FORM ? load_form(root, set, error) : CTE_OK;
    return status == CTE_OK ? load_codes(root, set, error) : status;
}

int codeset_load(const char *path, const char *schema_path, struct codeset *set,
                 struct cte_error *error)
{
    *set = (struct codeset){0};
    xmlDocPtr doc = NULL;
    int status = table_open(path, schema_path, &set->identity, &doc, error);
    if (status == CTE_OK)
        status = load_set(xmlDocGetRootElement(doc), set, error);
    xmlFreeDoc(doc);
    return status;
}

void codeset_free(struct codeset *set)
{
    map_free(&set->values);
    map_free(&set->texts);
    table_close(&set->identity);
    *set = (struct codeset){0};
}

const struct code *codeset_find(const struct codeset *set, const char *value, size_t length)
{
    const size_t number = map_find(&set->values, value, length);
    return number != MAP_NONE ? set->first[number] : NULL;
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

bool codeset_holds(const struct codeset *set, const char *value, size_t length)
{
    const enum code_verdict verdict = codeset_judge(set, value, length, YEAR_NONE);
    return verdict == CODE_GOOD || verdict == CODE_OUTSIDE;
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

bool codeset_has(const struct codeset *set, struct slice value, int year, const char *property,
                 const char *wanted)
{
    for (const struct code *code = codeset_find(set, value.at, value.length); code != NULL;
         code = code->same) {
        if (code_has(code, year, property, wanted))
            return true;
    }
    return false;
}
