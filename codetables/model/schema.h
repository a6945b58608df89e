/* schema.h - whether the tree of an XML file follows its W3C XML Schema, and all that does not.
 *
 * libxml2 validates. Its validator goes on after a problem, but for the elements that follow one
 * that does not belong: such an element is taken out, and the tree is validated again. What it says
 * becomes a sentence that a person understands.
 *
 * A schema stands alone. One that names other files or addresses is refused, and nothing is opened.
 * SCHEMA/KIND.xsd declares the one element KIND, with which its documents begin. To compile a
 * schema takes a fifth of a millisecond, so that none is kept.
 *
 * What the language of schemas cannot say, attribute_rules.h does.
 */
#ifndef CTE_SCHEMA_H
#define CTE_SCHEMA_H

#include "codetables/base/error.h"
#include "codetables/model/problems.h"

/* Holds the tree against the schema and adds what is wrong to `problems`. Elements that do not
 * belong are then no longer in the tree. The error is filled only for a schema that cannot be read
 * (77, 74, CTE_BAD_TABLE) or is none (CTE_BAD_TABLE). */
int schema_validate(xmlDocPtr tree, const char *schema_path, struct problems *problems,
                    struct cte_error *error);

#endif
