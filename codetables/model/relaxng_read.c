/* A RELAX NG schema becomes patterns. What is not known here sets `unknown`. */
#include <stdlib.h>
#include <string.h>

#include "codetables/model/relaxng_pattern.h"
#include "codetables/model/table.h"
#include "codetables/base/memory.h"

static const char relaxng_namespace[] = "http://relaxng.org/ns/structure/1.0";
static const char datatype_library[] = "http://www.w3.org/2001/XMLSchema-datatypes";
/* the same, as libxml2 knows them */
static const char schema_types[] = "http://www.w3.org/2001/XMLSchema";

/* References within references, without an element between them: a schema that does this is not
 * sound. */
enum { MOST_DEPTH = 64 };

static bool is(xmlNodePtr node, const char *name)
{
    return strcmp((const char *)node->name, name) == 0;
}

static pattern_id not_known(struct grammar *grammar)
{
    grammar->unknown = true;
    return PATTERN_NOT_ALLOWED;
}

/* An attribute whose value is passed on to what stands within: of the node, or of the nearest
 * around it that has it. */
static char *inherited(xmlNodePtr node, const char *name)
{
    for (; node != NULL && node->type == XML_ELEMENT_NODE; node = node->parent) {
        char *value = attribute(node, name);
        if (value != NULL)
            return value;
    }
    return cte_strdup("");
}

static pattern_id read_one(struct grammar *grammar, xmlNodePtr node, int depth);

/* All patterns from this node on, put together. */
static pattern_id read_all(struct grammar *grammar, xmlNodePtr node, bool choice, int depth)
{
    pattern_id all = choice ? PATTERN_NOT_ALLOWED : PATTERN_EMPTY;
    for (; node != NULL; node = next_element(node, NULL)) {
        pattern_id one = read_one(grammar, node, depth);
        all = choice ? choice_of(grammar, all, one) : group_of(grammar, all, one);
    }
    return all;
}

static pattern_id read_ref(struct grammar *grammar, xmlNodePtr node, int depth)
{
    char *name = attribute_or(node, "name", "");
    xmlNodePtr found = NULL;
    for (xmlNodePtr define = first_element(xmlDocGetRootElement(grammar->doc), "define");
         define != NULL; define = next_element(define, "define")) {
        char *defined = attribute_or(define, "name", "");
        if (strcmp(name, defined) == 0) {
            grammar->unknown |= found != NULL; /* parts to be combined */
            found = define;
        }
        free(defined);
    }
    free(name);
    if (found == NULL || depth > MOST_DEPTH)
        return not_known(grammar);
    return read_all(grammar, first_element(found, NULL), false, depth + 1);
}

static pattern_id add_type(struct grammar *grammar, struct datatype type)
{
    grammar->types =
        cte_realloc(grammar->types, (grammar->type_count + 1) * sizeof *grammar->types);
    grammar->types[grammar->type_count] = type;
    return pattern_of(grammar, PATTERN_DATA, (uint32_t)grammar->type_count++, 0);
}

/* A type once more is the same datatype, so that as few as can be are asked. */
static pattern_id read_value(struct grammar *grammar, xmlNodePtr node)
{
    char *type = attribute_or(node, "type", "token"), *text = element_text(node);
    bool exact = strcmp(type, "string") == 0;
    if (!exact && strcmp(type, "token") != 0)
        not_known(grammar);
    free(type);
    for (size_t i = 0; i < grammar->type_count; i++) {
        const struct datatype *other = &grammar->types[i];
        if (other->kind == DATA_VALUE && other->exact == exact && strcmp(other->text, text) == 0) {
            free(text);
            return pattern_of(grammar, PATTERN_DATA, (uint32_t)i, 0);
        }
    }
    return add_type(grammar, (struct datatype){.kind = DATA_VALUE, .text = text, .exact = exact});
}

static void read_param(struct grammar *grammar, xmlNodePtr param, struct datatype *type)
{
    char *name = attribute_or(param, "name", ""), *text = element_text(param);
    if (strcmp(name, "pattern") == 0 && type->expression_text == NULL) {
        type->expression_text = cte_strdup(text);
        type->expression = xmlRegexpCompile((const xmlChar *)text);
        if (type->expression == NULL)
            not_known(grammar);
    } else if (strcmp(name, "minLength") == 0 && text[0] != '\0' &&
               text[strspn(text, "0123456789")] == '\0') {
        type->min_length = strtoul(text, NULL, 10);
    } else {
        not_known(grammar);
    }
    free(name);
    free(text);
}

static pattern_id read_data(struct grammar *grammar, xmlNodePtr node, int depth)
{
    struct datatype type = {.kind = DATA_TYPE, .content = PATTERN_NOT_ALLOWED};
    char *name = attribute_or(node, "type", ""), *library = inherited(node, "datatypeLibrary");
    bool is_string = strcmp(name, "string") == 0;
    if (strcmp(library, datatype_library) != 0)
        not_known(grammar);
    if (!is_string && (type.type = xmlSchemaGetPredefinedType(
                           (const xmlChar *)name, (const xmlChar *)schema_types)) == NULL)
        not_known(grammar);
    free(library);
    free(name);
    for (xmlNodePtr child = first_element(node, NULL); child != NULL;
         child = next_element(child, NULL)) {
        if (is(child, "param") && is_string)
            read_param(grammar, child, &type);
        else if (is(child, "except"))
            type.content = read_all(grammar, first_element(child, NULL), true, depth);
        else
            not_known(grammar);
    }
    for (size_t i = 0; i < grammar->type_count; i++) {
        const struct datatype *other = &grammar->types[i];
        bool same_expression = type.expression_text == NULL || other->expression_text == NULL
                                   ? type.expression_text == other->expression_text
                                   : strcmp(type.expression_text, other->expression_text) == 0;
        if (other->kind == DATA_TYPE && other->type == type.type &&
            other->content == type.content && other->min_length == type.min_length &&
            same_expression)
            return pattern_of(grammar, PATTERN_DATA, (uint32_t)i, 0);
    }
    return add_type(grammar, type);
}

static pattern_id read_attribute(struct grammar *grammar, xmlNodePtr node, int depth)
{
    struct name_class names = {0};
    xmlNodePtr content = first_element(node, NULL);
    char *name = attribute(node, "name"), *own = attribute_or(node, "ns", "");
    if (own[0] != '\0' || (name != NULL && strchr(name, ':') != NULL))
        not_known(grammar);
    free(own);
    if (name != NULL) {
        names.name = intern(name);
        free(name);
    } else if (content != NULL && (is(content, "anyName") || is(content, "nsName"))) {
        names.no_namespace = is(content, "nsName");
        char *namespace = inherited(content, "ns");
        if (names.no_namespace && namespace[0] != '\0')
            not_known(grammar);
        free(namespace);
        xmlNodePtr except = first_element(content, NULL);
        for (xmlNodePtr n = except != NULL ? first_element(except, NULL) : NULL; n != NULL;
             n = next_element(n, NULL)) {
            char *text = element_text(n);
            if (!is(n, "name") || !is(except, "except"))
                not_known(grammar);
            names.except =
                cte_realloc(names.except, (names.except_count + 1) * sizeof *names.except);
            names.except[names.except_count++] = intern(text);
            free(text);
        }
        content = next_element(content, NULL);
    } else {
        return not_known(grammar);
    }
    pattern_id value = content == NULL ? pattern_of(grammar, PATTERN_TEXT, 0, 0)
                                       : read_all(grammar, content, false, depth);
    uint32_t number = 0;
    while (number < grammar->class_count &&
           /* a name once more is the same class */
           (names.name == NULL || grammar->classes[number].name != names.name))
        number++;
    if (number == grammar->class_count) {
        grammar->classes =
            cte_realloc(grammar->classes, (grammar->class_count + 1) * sizeof *grammar->classes);
        grammar->classes[grammar->class_count++] = names;
    }
    return pattern_of(grammar, PATTERN_ATTRIBUTE, number, value);
}

static pattern_id read_element(struct grammar *grammar, xmlNodePtr node)
{
    for (size_t i = 0; i < grammar->element_count; i++) {
        if (grammar->elements[i].node == node)
            return pattern_of(grammar, PATTERN_ELEMENT, (uint32_t)i, 0);
    }
    char *name = attribute(node, "name"), *namespace = inherited(node, "ns");
    if (name == NULL || strchr(name, ':') != NULL || namespace[0] != '\0')
        not_known(grammar);
    grammar->elements =
        cte_realloc(grammar->elements, (grammar->element_count + 1) * sizeof *grammar->elements);
    grammar->elements[grammar->element_count] =
        (struct element_pattern){.node = node, .name = intern(name != NULL ? name : "")};
    free(name);
    free(namespace);
    return pattern_of(grammar, PATTERN_ELEMENT, (uint32_t)grammar->element_count++, 0);
}

pattern_id element_content(struct grammar *grammar, uint32_t element)
{
    if (!grammar->elements[element].is_read) {
        grammar->elements[element].is_read = true;
        pattern_id content =
            read_all(grammar, first_element(grammar->elements[element].node, NULL), false, 0);
        grammar->elements[element].content = content;
    }
    return grammar->elements[element].content;
}

static pattern_id read_one(struct grammar *grammar, xmlNodePtr node, int depth)
{
    xmlNodePtr inner = first_element(node, NULL);
    if (node->ns == NULL || strcmp((const char *)node->ns->href, relaxng_namespace) != 0)
        return not_known(grammar);
    if (is(node, "empty"))
        return PATTERN_EMPTY;
    if (is(node, "text"))
        return pattern_of(grammar, PATTERN_TEXT, 0, 0);
    if (is(node, "element"))
        return read_element(grammar, node);
    if (is(node, "attribute"))
        return read_attribute(grammar, node, depth);
    if (is(node, "group"))
        return read_all(grammar, inner, false, depth);
    if (is(node, "choice"))
        return read_all(grammar, inner, true, depth);
    if (is(node, "optional"))
        return choice_of(grammar, read_all(grammar, inner, false, depth), PATTERN_EMPTY);
    if (is(node, "oneOrMore"))
        return more_of(grammar, read_all(grammar, inner, false, depth));
    if (is(node, "zeroOrMore"))
        return choice_of(grammar, more_of(grammar, read_all(grammar, inner, false, depth)),
                         PATTERN_EMPTY);
    if (is(node, "ref"))
        return read_ref(grammar, node, depth);
    if (is(node, "value"))
        return read_value(grammar, node);
    if (is(node, "data"))
        return read_data(grammar, node, depth);
    if (is(node, "list"))
        return add_type(grammar,
                        (struct datatype){.kind = DATA_LIST,
                                          .content = read_all(grammar, inner, false, depth)});
    return not_known(grammar);
}

struct grammar *grammar_read(xmlDocPtr doc)
{
    struct grammar *grammar = cte_zalloc(1, sizeof *grammar);
    xmlSchemaInitTypes();
    grammar_start(grammar);
    grammar->doc = doc;
    xmlNodePtr root = xmlDocGetRootElement(doc), start = NULL;
    if (root != NULL && is(root, "grammar") && root->ns != NULL &&
        strcmp((const char *)root->ns->href, relaxng_namespace) == 0)
        start = first_element(root, "start");
    if (start == NULL || next_element(start, "start") != NULL) {
        not_known(grammar);
        return grammar;
    }
    for (xmlNodePtr child = first_element(root, NULL); child != NULL;
         child = next_element(child, NULL))
        grammar->unknown |= !is(child, "start") && !is(child, "define");
    grammar->start = read_all(grammar, first_element(start, NULL), false, 0);
    /* All elements now, so that what is not known is found before anything is held against the
     * schema. */
    for (size_t i = 0; i < grammar->element_count && !grammar->unknown; i++)
        element_content(grammar, (uint32_t)i);
    grammar->doc = NULL; /* it is the caller's, and not needed any more */
    return grammar;
}
