#include "codetables/model/relaxng.h"

#include <libxml/parser.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/model/relaxng_pattern.h"
#include "codetables/model/table.h"
#include "codetables/base/memory.h"
#include "codetables/base/digest.h"

struct walk {
    struct grammar *grammar;
    const char *path;
    struct cte_error *error;
    bool invalid;
};

/* ---- words for what is wrong ---- */

/* A list in words, which is cut when it is long. */
struct list {
    char text[600];
    size_t used, count;
};

static void list_add(struct list *list, const char *word)
{
    char quoted[160];
    int length = snprintf(quoted, sizeof quoted, "%s%s", list->count > 0 ? ", " : "", word);
    const char *again = strstr(list->text, word);
    if (again != NULL && (again == list->text || again[-1] == ' ') &&
        strchr(",", again[strlen(word)]) != NULL)
        return;
    if (length < 0 || (size_t)length >= sizeof quoted ||
        list->used + (size_t)length + 5 > sizeof list->text) {
        if (list->used + 5 < sizeof list->text && list->count > 0 &&
            list->text[list->used - 1] != '.')
            list->used += (size_t)snprintf(list->text + list->used, 5, " ...");
        return;
    }
    memcpy(list->text + list->used, quoted, (size_t)length + 1);
    list->used += (size_t)length;
    list->count++;
}

/* The elements that may come next: those that nothing must stand before. */
static void next_elements(const struct grammar *grammar, pattern_id pattern, struct list *list)
{
    const struct pattern *p = &grammar->patterns[pattern];
    switch (p->kind) {
    case PATTERN_ELEMENT: list_add(list, grammar->elements[p->a].name); break;
    case PATTERN_CHOICE:
        next_elements(grammar, p->a, list);
        next_elements(grammar, p->b, list);
        break;
    case PATTERN_GROUP:
        next_elements(grammar, p->a, list);
        if (grammar->patterns[p->a].nullable)
            next_elements(grammar, p->b, list);
        break;
    case PATTERN_MORE:
    case PATTERN_AFTER: next_elements(grammar, p->a, list); break;
    default: break;
    }
}

/* The attributes that must still stand in an element; of a choice, all of those that may. */
static void missing_attributes(struct grammar *grammar, pattern_id pattern, struct list *list)
{
    const struct pattern p = grammar->patterns[pattern];
    switch (p.kind) {
    case PATTERN_ATTRIBUTE:
        list_add(list, grammar->classes[p.a].name != NULL ? grammar->classes[p.a].name : "any");
        break;
    case PATTERN_CHOICE:
        if (after_attributes(grammar, p.a) != PATTERN_NOT_ALLOWED ||
            after_attributes(grammar, p.b) != PATTERN_NOT_ALLOWED)
            break;
        missing_attributes(grammar, p.a, list);
        missing_attributes(grammar, p.b, list);
        break;
    case PATTERN_GROUP:
        missing_attributes(grammar, p.a, list);
        missing_attributes(grammar, p.b, list);
        break;
    case PATTERN_MORE:
    case PATTERN_AFTER: missing_attributes(grammar, p.a, list); break;
    default: break;
    }
}

/* What a text may be, in words: "must be one of a, b", "must be of the form …". */
static void describe_types(const struct grammar *grammar, const struct asked_types *asked,
                           struct list *list)
{
    bool values = asked->count > 0;
    for (size_t i = 0; i < asked->count; i++)
        values = values && grammar->types[asked->types[i]].kind == DATA_VALUE;
    for (size_t i = 0; i < asked->count; i++) {
        const struct datatype *type = &grammar->types[asked->types[i]];
        if (type->kind == DATA_VALUE)
            list_add(list, type->text);
        else if (type->expression_text != NULL)
            list_add(list, type->expression_text);
        else if (type->type != NULL)
            list_add(list, (const char *)type->type->name);
    }
    if (list->count == 0)
        list_add(list, "what the schema says");
    char *whole =
        cte_format("%s %s", values && list->count > 1 ? "must be one of" : "must be", list->text);
    snprintf(list->text, sizeof list->text, "%s", whole);
    free(whole);
}

static void tell(struct walk *walk, xmlNodePtr node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void tell(struct walk *walk, xmlNodePtr node, const char *format, ...)
{
    char what[1200], row[80] = "";
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    /* An element that has a number is known by it. */
    char *n = attribute(node, "n");
    if (n != NULL)
        snprintf(row, sizeof row, "row %.20s: ", n);
    free(n);
    walk->invalid = true;
    cte_fail(walk->error, CTE_BAD_TABLE, "%s:%ld: %s%s", walk->path, node_line(node), row, what);
}

/* ---- the walk ---- */

static bool is_text(const xmlNode *node)
{
    return node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE;
}

/* The text of an attribute, or of the nodes from this one on that are text; *copy is to be freed.
 */
static const char *text_of(xmlNodePtr nodes, char **copy)
{
    *copy = NULL;
    if (nodes == NULL)
        return "";
    if (nodes->next == NULL && is_text(nodes))
        return (const char *)nodes->content;
    size_t length = 0;
    for (xmlNodePtr node = nodes; node != NULL; node = node->next)
        length += is_text(node) ? strlen((const char *)node->content) : 0;
    char *to = *copy = cte_zalloc(length + 1, 1);
    for (xmlNodePtr node = nodes; node != NULL; node = node->next)
        to = is_text(node) ? stpcpy(to, (const char *)node->content) : to;
    return *copy;
}

/* The name of an attribute or element; in a namespace, one that no schema of ours names. */
static const char *name_of(const xmlChar *name, const xmlNs *namespace)
{
    if (namespace == NULL)
        return intern((const char *)name);
    char *whole = cte_format("{%s}%s", (const char *)namespace->href, (const char *)name);
    const char *kept = intern(whole);
    free(whole);
    return kept;
}

static pattern_id walk_attributes(struct walk *walk, xmlNodePtr node, const char *element,
                                  pattern_id pattern)
{
    struct grammar *grammar = walk->grammar;
    for (xmlAttrPtr a = node->properties; a != NULL; a = a->next) {
        const char *name = name_of(a->name, a->ns);
        char *copy;
        pattern_id left = after_attribute(grammar, pattern, name, text_of(a->children, &copy));
        free(copy);
        if (left == PATTERN_NOT_ALLOWED) {
            struct list list = {0};
            if (!has_attribute(grammar, pattern, name)) {
                tell(walk, node, "<%s> cannot have the attribute %s here; correct or remove it",
                     element, name);
                continue;
            }
            describe_types(grammar, asked_of(grammar, pattern, name), &list);
            tell(walk, node, "attribute %s of <%s> %s", name, element, list.text);
            left = after_any_value(grammar, pattern, name);
        }
        pattern = left;
    }
    pattern_id left = after_attributes(grammar, pattern);
    if (left == PATTERN_NOT_ALLOWED) {
        struct list list = {0};
        missing_attributes(grammar, pattern, &list);
        tell(walk, node, "<%s> lacks %s", element, list.count > 0 ? list.text : "an attribute");
        left = without_attributes(grammar, pattern);
    }
    return left;
}

static pattern_id walk_element(struct walk *walk, xmlNodePtr node, pattern_id pattern);

static pattern_id walk_children(struct walk *walk, xmlNodePtr node, const char *element,
                                pattern_id pattern)
{
    struct grammar *grammar = walk->grammar;
    bool has_elements = first_element(node, NULL) != NULL;
    if (!has_elements) {
        char *copy;
        const char *text = text_of(node->children, &copy);
        pattern_id left = after_text(grammar, pattern, text);
        if (is_blank(text))
            left = choice_of(grammar, pattern, left);
        if (left == PATTERN_NOT_ALLOWED) {
            struct list list = {0};
            const struct asked_types *asked = asked_of(grammar, pattern, NULL);
            if (asked->count > 0)
                describe_types(grammar, asked, &list);
            tell(walk, node, "the text of <%s> %s", element,
                 asked->count > 0 ? list.text : "does not belong there; remove it");
            left = pattern;
        }
        free(copy);
        return left;
    }
    for (xmlNodePtr child = node->children; child != NULL; child = child->next) {
        if (child->type == XML_ELEMENT_NODE) {
            pattern = walk_element(walk, child, pattern);
        } else if (is_text(child) && !is_blank((const char *)child->content)) {
            pattern_id left = after_text(grammar, pattern, (const char *)child->content);
            if (left == PATTERN_NOT_ALLOWED)
                tell(walk, node, "text does not belong between the elements of <%s>; remove it",
                     element);
            else
                pattern = left;
        }
    }
    return pattern;
}

/* Goes on after every problem as if what is wrong were right or were not there, so that nothing is
 * told twice. */
static pattern_id walk_element(struct walk *walk, xmlNodePtr node, pattern_id pattern)
{
    struct grammar *grammar = walk->grammar;
    const char *name = name_of(node->name, node->ns);
    pattern_id left = after_start(grammar, pattern, name);
    if (left == PATTERN_NOT_ALLOWED) {
        struct list list = {0};
        next_elements(grammar, pattern, &list);
        tell(walk, node, "<%s> does not belong here; %s%s", name,
             list.count > 0 ? "what may stand here: " : "nothing may stand here", list.text);
        return pattern;
    }
    left = walk_attributes(walk, node, name, left);
    left = walk_children(walk, node, name, left);
    pattern_id end = after_end(grammar, left);
    if (end == PATTERN_NOT_ALLOWED) {
        struct list list = {0};
        next_elements(grammar, left, &list);
        if (list.count > 0 || !walk->invalid) /* a text that was wrong is told already */
            tell(walk, node, "<%s> lacks %s", name, list.count > 0 ? list.text : "its text");
        end = after_any_end(grammar, left);
    }
    return end;
}

/* ---- schemas ---- */

/* The grammar of a schema, compiled once for all tables; again only when the file holds other
 * bytes. */
static struct grammar *schema_of(const char *path, struct cte_error *error)
{
    static struct known {
        char *path, sha256[65];
        struct grammar *grammar;
    } * known;
    static size_t count;
    char *bytes, hex[65];
    size_t length, i = 0;
    if (schema_bytes(path, &bytes, &length, error) != CTE_OK)
        return NULL;
    digest_bytes(bytes, length, hex);
    while (i < count && strcmp(known[i].path, path) != 0)
        i++;
    if (i < count && strcmp(known[i].sha256, hex) == 0) {
        free(bytes);
        return known[i].grammar;
    }
    xmlDocPtr doc = xmlReadMemory(bytes, (int)length, path, NULL,
                                  XML_PARSE_NONET | XML_PARSE_NOBLANKS | XML_PARSE_NOERROR);
    free(bytes);
    if (doc == NULL)
        return NULL;
    if (i == count)
        known = cte_realloc(known, ++count * sizeof *known);
    known[i] = (struct known){.path = cte_strdup(path), .grammar = grammar_read(doc)};
    memcpy(known[i].sha256, hex, sizeof hex);
    xmlFreeDoc(doc); /* the grammar holds all of it that counts */
    return known[i].grammar;
}

enum relaxng_answer relaxng_validate(xmlDocPtr doc, const char *path, const char *schema_path,
                                     struct cte_error *error)
{
    struct cte_error unread = {0};
    struct grammar *grammar = schema_of(schema_path, &unread);
    if (unread.status != CTE_OK) {
        cte_fail(error, unread.status, "%s", unread.text);
        return RELAXNG_INVALID;
    }
    if (grammar == NULL || grammar->unknown)
        return RELAXNG_UNKNOWN;
    struct walk walk = {grammar, path, error, false};
    walk_element(&walk, xmlDocGetRootElement(doc), grammar->start);
    if (walk.invalid)
        return RELAXNG_INVALID;
    return grammar->unknown ? RELAXNG_UNKNOWN : RELAXNG_VALID;
}
