/* tree.h - walking the tree of an XML file, and reading its attributes and texts.
 *
 *     for (xmlNodePtr row = first_element(map, "row"); row != NULL;
 *          row = next_element(row, "row")) {
 *         char *code = attribute(row, "code");        // NULL where there is none
 *         if (attribute_is(row, "kind", "none"))
 *             ...
 *     }
 *
 * Only names without a namespace are found.
 */
#ifndef CTE_TREE_H
#define CTE_TREE_H

#include <libxml/tree.h>
#include <stdbool.h>
#include <stddef.h>

/* The next element of a name, the first one below a parent, and how many there are. NULL as a name
 * means any. */
xmlNodePtr first_element(xmlNodePtr parent, const char *name);
xmlNodePtr next_element(xmlNodePtr node, const char *name);
size_t count_elements(xmlNodePtr parent, const char *name);

/* The line of the file on which the start of an element of a table ends, however long the file is.
 * table_open() notes it. */
long node_line(xmlNodePtr node);

/* An attribute as a new string; NULL where there is none. */
char *attribute(xmlNodePtr node, const char *name);
char *text_of_attribute(const xmlAttr *found);
char *attribute_or(xmlNodePtr node, const char *name, const char *otherwise);

/* Questions to an attribute: whether it is there, whether it is this text (one that is not there is
 * empty), its academic year. */
bool has_attribute(xmlNodePtr node, const char *name);
bool attribute_is(xmlNodePtr node, const char *name, const char *text);
int attribute_year(xmlNodePtr node, const char *name, int otherwise);

/* The text of an element, and those of all children of a name. */
char *element_text(xmlNodePtr node);
char **element_texts(xmlNodePtr parent, const char *name, size_t *count);

#endif
