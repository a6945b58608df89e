/* attribute_rules.h - what W3C XML Schema cannot say of the elements of a table or job: which
 * attributes stand together, and which a kind needs or cannot have.
 *
 * FORMAT.md has the meaning of each. A schema (schema.h) says all else.
 */
#ifndef CTE_ATTRIBUTE_RULES_H
#define CTE_ATTRIBUTE_RULES_H

#include "codetables/model/problems.h"

/* Adds what is wrong with the attributes of the root element and of all below it. */
void check_attributes(xmlNodePtr root, struct problems *problems);

#endif
