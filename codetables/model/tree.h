/* tree.h - walking the tree of an XML file, and reading its attributes and texts.
 *
 *     for (xmlNodePtr row = first_element(map, "row"); row != NULL;
 *          row = next_element(row, "row")) {
 *         char *code = copy_attribute(arena, row, "code");    // NULL where there is none
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
#include <stdint.h>

#include "codetables/base/memory.h"

/* The next element of a name, the first one below a parent, and how many there are. NULL as a name
 * means any. */
xmlNodePtr first_element(xmlNodePtr parent, const char *name);
xmlNodePtr next_element(xmlNodePtr node, const char *name);
size_t count_elements(xmlNodePtr parent, const char *name);

/* The line of the file on which the start of an element of a table ends, however long the file is.
 * table_open() notes it. */
long node_line(xmlNodePtr node);

/* What an element holds, copied into the arena of the table that is read, so that the tree can go
 * before the table. An attribute that is not there is NULL, or `otherwise`. */
char *copy_attribute(struct arena *arena, xmlNodePtr node, const char *name);
char *copy_attribute_or(struct arena *arena, xmlNodePtr node, const char *name,
                        const char *otherwise);
char *copy_text(struct arena *arena, xmlNodePtr node);
/* The texts of all children of a name. */
char **copy_texts(struct arena *arena, xmlNodePtr parent, const char *name, size_t *count);
/* The words of an attribute, or of a text, which blanks separate; NULL stands behind the last. */
char **copy_words(struct arena *arena, xmlNodePtr node, const char *name, size_t *count);
char **split_words(struct arena *arena, const char *text, size_t *count);

/* Questions to an attribute: whether it is there; whether it is this text (one that is not there is
 * empty); its number, 0 where it is not there and UINT32_MAX where it is larger; its year. */
bool has_attribute(xmlNodePtr node, const char *name);
bool attribute_is(xmlNodePtr node, const char *name, const char *text);
uint32_t attribute_number(xmlNodePtr node, const char *name);
int attribute_year(xmlNodePtr node, const char *name, int otherwise);

/* Attributes and texts as new strings, for documents that are no tables. */
char *attribute(xmlNodePtr node, const char *name);
char *attribute_or(xmlNodePtr node, const char *name, const char *otherwise);
char *text_of_attribute(const xmlAttr *found);
char *element_text(xmlNodePtr node);

#endif
