#include "codetables/model/schema.h"

#include <libxml/parser.h>
#include <libxml/xmlschemas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/text.h"
#include "codetables/model/parse_table.h"
#include "codetables/model/tree.h"
#include "codetables/model/xml_problem.h"

/* How often a tree is validated at most. Each time, the elements that do not belong are taken out
 * of it; in a table written by people there are few of them. */
enum { MOST_PASSES = 16 };

/* An element that does not belong, and what may stand in its place: "" for nothing. */
struct misplaced {
    xmlNodePtr node;
    char *expected;
};

struct validation {
    struct problems found;     /* in this pass */
    struct problems misplaced; /* elements that were taken out, in all passes */
    struct misplaced *to_remove;
    size_t remove_count, remove_room;
    const xmlNode *lacks; /* the last problem says that this element lacks attributes */
    bool is_ignored;      /* something was said that is no problem */
    const char *kind;
};

/* ---- the words of libxml2 ---- */

/* "{'a', 'b'}" or "( a, b )" or "'xs:a'", without what stands around the names. */
static void copy_names(const char *from, size_t length, struct text *names)
{
    for (size_t i = 0; i < length; i++) {
        if (strchr("'{}()", from[i]) == NULL)
            text_add_byte(names, from[i]);
    }
}

/* The names of the elements that may stand in a place: " Expected is one of ( a, b )." */
static char *expected_elements(const char *message)
{
    struct text names = {0};
    const char *from = strstr(message, "Expected is "), *to = NULL;
    if (from != NULL && (from = strstr(from, "( ")) != NULL && (to = strstr(from, " )")) != NULL)
        copy_names(from + 2, (size_t)(to - from - 2), &names);
    return text_take(&names);
}

/* The attribute that the message is about: "Element 'row', attribute 'kind': …". "" when it is
 * about the text of the element. To be freed. */
static char *named_attribute(const char *message)
{
    static const char before[] = ", attribute '";
    const char *end = strchr(message, '\'');
    end = end != NULL ? strchr(end + 1, '\'') : NULL;
    if (end == NULL || strncmp(end + 1, before, sizeof before - 1) != 0)
        return cte_strdup("");
    const char *name = end + sizeof before;
    return cte_format("%.*s", (int)strcspn(name, "'"), name);
}

/* What a value must be: the pattern, the values to choose from, or the type, which the message ends
 * with: "… of the atomic type 'xs:positiveInteger'." */
static char *wanted_value(xml_problem problem)
{
    struct text names = {0};
    const char *set = (const char *)problem->str2;
    if (problem->code == XML_SCHEMAV_CVC_PATTERN_VALID && set != NULL) {
        text_add(&names, set);
    } else if (problem->code == XML_SCHEMAV_CVC_MININCLUSIVE_VALID && set != NULL) {
        text_format(&names, "at least %s", set);
    } else if (problem->code == XML_SCHEMAV_CVC_MAXINCLUSIVE_VALID && set != NULL) {
        text_format(&names, "at most %s", set);
    } else if (problem->code == XML_SCHEMAV_CVC_ENUMERATION_VALID && set != NULL) {
        text_add(&names, strchr(set, ',') != NULL ? "one of " : "");
        copy_names(set, strlen(set), &names);
    } else {
        const char *end = strrchr(problem->message, '\''), *start = end;
        while (start != NULL && start > problem->message && start[-1] != '\'')
            start--;
        if (start != NULL && strncmp(start, "xs:", 3) == 0)
            start += 3;
        if (start != NULL && start < end)
            copy_names(start, (size_t)(end - start), &names);
        else
            text_add(&names, "what the schema says");
    }
    return text_take(&names);
}

/* ---- problems ---- */

static bool is_blank_text(const xmlNode *node)
{
    return (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE) &&
           node->content[strspn((const char *)node->content, " \t\r\n")] == '\0';
}

static bool has_text(const xmlNode *node)
{
    for (const xmlNode *child = node->children; child != NULL; child = child->next) {
        if ((child->type == XML_TEXT_NODE || child->type == XML_CDATA_SECTION_NODE) &&
            !is_blank_text(child))
            return true;
    }
    return false;
}

/* The name of an element; one in a namespace is shown with it. To be freed. */
static char *shown_name(const xmlNode *node)
{
    return node->ns != NULL
               ? cte_format("{%s}%s", (const char *)node->ns->href, (const char *)node->name)
               : cte_strdup((const char *)node->name);
}

/* Nothing below such an element is validated, so that none of the list is inside another. */
static void remove_later(struct validation *validation, xmlNodePtr node, const char *expected)
{
    if (node->psvi != NULL)
        return; /* in the list already */
    node->psvi = validation;
    GROW(validation->to_remove, validation->remove_count, validation->remove_room);
    validation->to_remove[validation->remove_count++] =
        (struct misplaced){node, cte_strdup(expected)};
}

/* Elements stand where text or nothing may. */
static void note_no_elements(struct validation *validation, xmlNodePtr node)
{
    for (xmlNodePtr child = first_element(node, NULL); child != NULL;
         child = next_element(child, NULL))
        remove_later(validation, child, "");
}

/* Text stands where elements or nothing may. Blanks are no text. */
static void note_no_text(struct validation *validation, xmlNodePtr node, const char *name)
{
    if (!has_text(node))
        validation->is_ignored = true;
    else if (first_element(node, NULL) != NULL)
        add_problem(&validation->found, node,
                    "text does not belong between the elements of <%s>; remove it", name);
    else
        add_problem(&validation->found, node, "the text of <%s> does not belong there; remove it",
                    name);
}

static void note_elements(struct validation *validation, xmlNodePtr node, const char *name,
                          const char *message)
{
    char *expected = expected_elements(message);
    if (strstr(message, "Missing child") != NULL)
        add_problem(&validation->found, node, "<%s> lacks %s", name, expected);
    else
        remove_later(validation, node, expected);
    free(expected);
}

static void note_missing_attribute(struct validation *validation, xmlNodePtr node, const char *name,
                                   const char *missing, bool is_further)
{
    if (is_further) {
        extend_problem(&validation->found, ", ");
        extend_problem(&validation->found, missing);
    } else {
        add_problem(&validation->found, node, "<%s> lacks %s", name, missing);
    }
    validation->lacks = node;
}

static void note_value(struct validation *validation, xmlNodePtr node, const char *name,
                       xml_problem problem)
{
    char *named = named_attribute(problem->message), *wanted = wanted_value(problem);
    if (named[0] != '\0')
        add_problem(&validation->found, node, "attribute %s of <%s> must be %s", named, name,
                    wanted);
    else
        add_problem(&validation->found, node, "the text of <%s> must be %s", name, wanted);
    free(named);
    free(wanted);
}

/* Called by libxml2 for all that does not follow the schema. */
static void note_problem(void *context, xml_problem problem)
{
    struct validation *validation = context;
    xmlNodePtr node = problem->node;
    if (problem->level == XML_ERR_WARNING || node == NULL || problem->message == NULL)
        return;
    if (node->type == XML_ATTRIBUTE_NODE)
        node = node->parent;
    const bool lacks_more = validation->lacks == node;
    const char *about = problem->str1 != NULL ? (const char *)problem->str1 : "";
    char *name = shown_name(node);
    validation->lacks = NULL;
    switch (problem->code) {
    case XML_SCHEMAV_CVC_ELT_1:
        add_problem(&validation->found, node, "<%s> does not belong here; what may stand here: %s",
                    name, validation->kind);
        break;
    case XML_SCHEMAV_ELEMENT_CONTENT:
        note_elements(validation, node, name, problem->message);
        break;
    case XML_SCHEMAV_CVC_COMPLEX_TYPE_2_1: /* empty */
    case XML_SCHEMAV_CVC_TYPE_3_1_2:       /* only text */
        if (first_element(node, NULL) != NULL)
            note_no_elements(validation, node);
        else
            note_no_text(validation, node, name);
        break;
    case XML_SCHEMAV_CVC_COMPLEX_TYPE_2_3: note_no_text(validation, node, name); break;
    case XML_SCHEMAV_CVC_COMPLEX_TYPE_3_2_1:
    case XML_SCHEMAV_CVC_COMPLEX_TYPE_3_2_2:
        add_problem(&validation->found, node,
                    "<%s> cannot have the attribute %s here; correct or remove it", name, about);
        break;
    case XML_SCHEMAV_CVC_COMPLEX_TYPE_4:
        note_missing_attribute(validation, node, name, about, lacks_more);
        break;
    default: note_value(validation, node, name, problem);
    }
    free(name);
}

/* ---- passes ---- */

static void report_misplaced(struct validation *validation, xmlNodePtr node, const char *expected)
{
    char *name = shown_name(node);
    add_problem(&validation->misplaced, node, "<%s> does not belong here; %s%s", name,
                expected[0] != '\0' ? "what may stand here: " : "nothing may stand here", expected);
    free(name);
}

/* The element after it, where it has the same name and is not in the list itself. */
static xmlNodePtr next_of_name(xmlNodePtr node)
{
    xmlNodePtr next = next_element(node, NULL);
    if (next == NULL || next->psvi != NULL || next->ns != node->ns ||
        !xmlStrEqual(next->name, node->name))
        return NULL;
    return next;
}

/* Takes the elements that do not belong out of the tree, each with those of its name that follow
 * it: where it may not stand, they may not either. */
static void remove_misplaced(struct validation *validation)
{
    for (size_t i = 0; i < validation->remove_count; i++) {
        struct misplaced *misplaced = &validation->to_remove[i];
        for (xmlNodePtr node = misplaced->node, next; node != NULL; node = next) {
            next = next_of_name(node);
            report_misplaced(validation, node, misplaced->expected);
            xmlUnlinkNode(node);
            xmlFreeNode(node);
        }
        free(misplaced->expected);
    }
    validation->remove_count = 0;
}

static int validate_passes(xmlDocPtr tree, xmlSchemaPtr schema, struct validation *validation,
                           const char *schema_path, struct cte_error *error)
{
    bool is_whole = false;
    for (int pass = 0; pass < MOST_PASSES && !is_whole; pass++) {
        xmlSchemaValidCtxtPtr checker = xmlSchemaNewValidCtxt(schema);
        if (checker == NULL)
            cte_die("out of memory for a validator");
        forget_problems(&validation->found);
        validation->lacks = NULL;
        validation->is_ignored = false;
        xmlSchemaSetValidStructuredErrors(checker, note_problem, validation);
        const int answer = xmlSchemaValidateDoc(checker, tree);
        xmlSchemaFreeValidCtxt(checker);
        is_whole = validation->remove_count == 0;
        if (answer < 0 ||
            (answer > 0 && is_whole && validation->found.count == 0 && !validation->is_ignored))
            return cte_fail(error, CTE_BAD_TABLE, "%s: libxml2 cannot validate by this schema (%d)",
                            schema_path, answer);
        remove_misplaced(validation);
    }
    if (!is_whole)
        add_problem(&validation->misplaced, xmlDocGetRootElement(tree),
                    "more elements do not belong where they stand; correct the others first");
    return CTE_OK;
}

/* ---- schemas ---- */

struct schema_complaint {
    const char *path;
    struct cte_error error;
};

static void keep_complaint(void *context, xml_problem problem)
{
    struct schema_complaint *complaint = context;
    char text[512];
    snprintf(text, sizeof text, "%s", problem->message != NULL ? problem->message : "is no schema");
    text[strcspn(text, "\n")] = '\0';
    cte_fail(&complaint->error, CTE_BAD_TABLE, "%s:%d: %s", complaint->path, problem->line, text);
}

static xmlParserInputPtr refuse_file(const char *url, const char *id, xmlParserCtxtPtr parser)
{
    (void)url, (void)id, (void)parser;
    return NULL;
}

/* The compiled schema, or NULL with the error filled. A warning is an error as well: one says that
 * another file was not opened. */
static xmlSchemaPtr compile_schema(const char *path, struct cte_error *error)
{
    struct schema_complaint complaint = {.path = path};
    xmlSchemaPtr schema = NULL;
    struct file_content content;
    /* Read here and not by libxml2, which would unpack it, and wait for a pipe. */
    if (schema_bytes(path, &content, error) != CTE_OK)
        return NULL;
    xmlExternalEntityLoader loader = xmlGetExternalEntityLoader();
    xmlSetExternalEntityLoader(refuse_file);
    xmlSetStructuredErrorFunc(&complaint, keep_complaint);
    xmlDocPtr doc = xmlReadMemory(content.bytes, (int)content.length, path, NULL, XML_PARSE_NONET);
    xmlSchemaParserCtxtPtr parser = doc != NULL ? xmlSchemaNewDocParserCtxt(doc) : NULL;
    if (parser != NULL) {
        xmlSchemaSetParserStructuredErrors(parser, keep_complaint, &complaint);
        schema = xmlSchemaParse(parser);
    }
    xmlSetStructuredErrorFunc(NULL, NULL);
    xmlSetExternalEntityLoader(loader);
    xmlSchemaFreeParserCtxt(parser);
    xmlFreeDoc(doc);
    free(content.bytes);
    if (schema == NULL || complaint.error.status != CTE_OK) {
        if (complaint.error.status != CTE_OK)
            cte_fail(error, CTE_BAD_TABLE, "%s", complaint.error.text);
        else
            cte_fail(error, CTE_BAD_TABLE, "%s: is no schema", path);
        xmlSchemaFree(schema);
        return NULL;
    }
    return schema;
}

int schema_validate(xmlDocPtr tree, const char *schema_path, struct problems *problems,
                    struct cte_error *error)
{
    xmlSchemaPtr schema = compile_schema(schema_path, error);
    if (schema == NULL)
        return error->status;
    const char *slash = strrchr(schema_path, '/'), *name = slash != NULL ? slash + 1 : schema_path;
    char *kind = cte_format("%.*s", (int)strcspn(name, "."), name);
    struct validation validation = {.kind = kind};
    const int status = validate_passes(tree, schema, &validation, schema_path, error);
    move_problems(problems, &validation.found);
    move_problems(problems, &validation.misplaced);
    free(validation.to_remove);
    free(kind);
    xmlSchemaFree(schema);
    return status;
}
