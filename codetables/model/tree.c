#include "codetables/model/tree.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "codetables/base/year.h"

xmlNodePtr next_element(xmlNodePtr node, const char *name)
{
    for (node = node->next; node != NULL; node = node->next) {
        if (node->type == XML_ELEMENT_NODE &&
            (name == NULL || strcmp((const char *)node->name, name) == 0))
            return node;
    }
    return NULL;
}

xmlNodePtr first_element(xmlNodePtr parent, const char *name)
{
    xmlNodePtr node = parent->children;
    if (node == NULL)
        return NULL;
    if (node->type == XML_ELEMENT_NODE &&
        (name == NULL || strcmp((const char *)node->name, name) == 0))
        return node;
    return next_element(node, name);
}

size_t count_elements(xmlNodePtr parent, const char *name)
{
    size_t count = 0;
    for (xmlNodePtr node = first_element(parent, name); node != NULL;
         node = next_element(node, name))
        count++;
    return count;
}

long node_line(xmlNodePtr node)
{
    return (long)(intptr_t)node->_private;
}

static xmlAttrPtr find_attribute(xmlNodePtr node, const char *name)
{
    xmlAttrPtr found = node->properties;
    while (found != NULL && (found->ns != NULL || strcmp((const char *)found->name, name) != 0))
        found = found->next;
    return found;
}

/* Nearly all are one text, which need not be put together; NULL for one that is not. */
static const char *whole_text(const xmlAttr *found)
{
    if (found->children == NULL)
        return "";
    return found->children->next == NULL && found->children->type == XML_TEXT_NODE
               ? (const char *)found->children->content
               : NULL;
}

/* The text of an attribute: its own, or one that was put together, which is to be freed by xmlFree.
 */
static const char *read_attribute(const xmlAttr *found, xmlChar **made)
{
    *made = NULL;
    if (whole_text(found) != NULL)
        return whole_text(found);
    *made = xmlNodeListGetString(found->doc, found->children, 1);
    return *made != NULL ? (const char *)*made : "";
}

char *copy_attribute(struct arena *arena, xmlNodePtr node, const char *name)
{
    const xmlAttr *found = find_attribute(node, name);
    if (found == NULL)
        return NULL;
    xmlChar *made;
    char *copy = arena_string(arena, read_attribute(found, &made));
    xmlFree(made);
    return copy;
}

char *copy_attribute_or(struct arena *arena, xmlNodePtr node, const char *name,
                        const char *otherwise)
{
    char *copy = copy_attribute(arena, node, name);
    return copy != NULL ? copy : arena_string(arena, otherwise);
}

/* Most are one text as well. */
static const char *read_text(xmlNodePtr node, xmlChar **made)
{
    const xmlNode *child = node->children;
    *made = NULL;
    if (child != NULL && child->next == NULL && child->type == XML_TEXT_NODE)
        return (const char *)child->content;
    *made = xmlNodeGetContent(node);
    return *made != NULL ? (const char *)*made : "";
}

char *copy_text(struct arena *arena, xmlNodePtr node)
{
    xmlChar *made;
    char *copy = arena_string(arena, read_text(node, &made));
    xmlFree(made);
    return copy;
}

char **copy_texts(struct arena *arena, xmlNodePtr parent, const char *name, size_t *count)
{
    char **texts = arena_alloc(arena, count_elements(parent, name) * sizeof *texts);
    *count = 0;
    for (xmlNodePtr node = first_element(parent, name); node != NULL;
         node = next_element(node, name))
        texts[(*count)++] = copy_text(arena, node);
    return texts;
}

char **split_words(struct arena *arena, const char *text, size_t *count)
{
    static const char blanks[] = " \t\r\n";
    char *copy = arena_string(arena, text), *rest = NULL;
    *count = 0;
    for (text += strspn(text, blanks); *text != '\0'; text += strspn(text, blanks)) {
        text += strcspn(text, blanks);
        ++*count;
    }
    char **words = arena_alloc(arena, (*count + 1) * sizeof *words), **end = words;
    for (char *word = strtok_r(copy, blanks, &rest); word != NULL;
         word = strtok_r(NULL, blanks, &rest))
        *end++ = word;
    return words;
}

char **copy_words(struct arena *arena, xmlNodePtr node, const char *name, size_t *count)
{
    const xmlAttr *found = find_attribute(node, name);
    xmlChar *made = NULL;
    char **words = split_words(arena, found != NULL ? read_attribute(found, &made) : "", count);
    xmlFree(made);
    return words;
}

bool has_attribute(xmlNodePtr node, const char *name)
{
    return find_attribute(node, name) != NULL;
}

bool attribute_is(xmlNodePtr node, const char *name, const char *text)
{
    const xmlAttr *found = find_attribute(node, name);
    if (found == NULL)
        return text[0] == '\0';
    xmlChar *made;
    const bool is_same = strcmp(read_attribute(found, &made), text) == 0;
    xmlFree(made);
    return is_same;
}

uint32_t attribute_number(xmlNodePtr node, const char *name)
{
    const xmlAttr *found = find_attribute(node, name);
    if (found == NULL)
        return 0;
    xmlChar *made;
    const unsigned long value = strtoul(read_attribute(found, &made), NULL, 10);
    xmlFree(made);
    return value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

int attribute_year(xmlNodePtr node, const char *name, int otherwise)
{
    const xmlAttr *found = find_attribute(node, name);
    if (found == NULL)
        return otherwise;
    xmlChar *made;
    const char *text = read_attribute(found, &made);
    const int year = academic_year(text, strlen(text));
    xmlFree(made);
    return year;
}

char *attribute(xmlNodePtr node, const char *name)
{
    const xmlAttr *found = find_attribute(node, name);
    return found != NULL ? text_of_attribute(found) : NULL;
}

char *attribute_or(xmlNodePtr node, const char *name, const char *otherwise)
{
    char *value = attribute(node, name);
    return value != NULL ? value : cte_strdup(otherwise);
}

char *text_of_attribute(const xmlAttr *found)
{
    xmlChar *made;
    char *copy = cte_strdup(read_attribute(found, &made));
    xmlFree(made);
    return copy;
}

char *element_text(xmlNodePtr node)
{
    xmlChar *made;
    char *copy = cte_strdup(read_text(node, &made));
    xmlFree(made);
    return copy;
}
