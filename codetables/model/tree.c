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

char *attribute(xmlNodePtr node, const char *name)
{
    const xmlAttr *found = find_attribute(node, name);
    return found != NULL ? text_of_attribute(found) : NULL;
}

char *text_of_attribute(const xmlAttr *found)
{
    if (whole_text(found) != NULL)
        return cte_strdup(whole_text(found));
    xmlChar *value = xmlNodeListGetString(found->doc, found->children, 1);
    char *copy = cte_strdup(value != NULL ? (const char *)value : "");
    xmlFree(value);
    return copy;
}

char *attribute_or(xmlNodePtr node, const char *name, const char *otherwise)
{
    char *value = attribute(node, name);
    return value != NULL ? value : cte_strdup(otherwise);
}

bool has_attribute(xmlNodePtr node, const char *name)
{
    return find_attribute(node, name) != NULL;
}

bool attribute_is(xmlNodePtr node, const char *name, const char *text)
{
    const xmlAttr *found = find_attribute(node, name);
    if (found == NULL || whole_text(found) != NULL)
        return strcmp(found != NULL ? whole_text(found) : "", text) == 0;
    char *value = attribute(node, name);
    const bool is_same = strcmp(value, text) == 0;
    free(value);
    return is_same;
}

int attribute_year(xmlNodePtr node, const char *name, int otherwise)
{
    char *value = attribute(node, name);
    if (value == NULL)
        return otherwise;
    int year = academic_year(value, strlen(value));
    free(value);
    return year;
}

char *element_text(xmlNodePtr node)
{
    xmlChar *value = xmlNodeGetContent(node);
    char *copy = cte_strdup(value != NULL ? (const char *)value : "");
    xmlFree(value);
    return copy;
}

char **element_texts(xmlNodePtr parent, const char *name, size_t *count)
{
    char **texts = cte_zalloc(count_elements(parent, name), sizeof *texts);
    *count = 0;
    for (xmlNodePtr node = first_element(parent, name); node != NULL;
         node = next_element(node, name))
        texts[(*count)++] = element_text(node);
    return texts;
}
