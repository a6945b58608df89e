/* relaxng.h - whether a document follows a RELAX NG schema, and all that does not.
 *
 * libxml2 has a validator too. This one is here for two reasons. It is many times faster on a
 * table, since it compiles a pattern once and not for each value, and works out once what may
 * follow in each place: a table of 100,000 rows loads in a second, and each program starts sooner.
 * And it goes on after a problem, so that an analyst reads all of them, each in words about the
 * table. The words of a regular expression and the built-in types stay libxml2's.
 *
 * The way is that of derivatives (J. Clark, "An algorithm for RELAX NG validation"): what may stand
 * in a place is a pattern; after each thing that stands there, what is left of it is another
 * pattern. Patterns are kept once each and numbered, and each step from one to the next is
 * remembered.
 *
 * Known of RELAX NG: grammar, start, define, ref, element, attribute (name, and except some names:
 * anyName, nsName of no namespace), group, choice, optional, zeroOrMore, oneOrMore, empty, text,
 * value, list, and data of XML Schema's types; with pattern and minLength for strings, with except.
 * Only names of no namespace. A schema that uses more is answered with RELAXNG_UNKNOWN, and the
 * caller asks libxml2. The unit tests hold both against one another.
 *
 * Ownership: a schema lives until the program ends, and is compiled once for all its tables.
 */
#ifndef CTE_RELAXNG_H
#define CTE_RELAXNG_H

#include <libxml/tree.h>

#include "codetables/base/error.h"

enum relaxng_answer { RELAXNG_VALID, RELAXNG_INVALID, RELAXNG_UNKNOWN };

/* Holds the document against the schema at schema_path. Each problem is told with cte_fail(): path,
 * line, what is wrong. So is a schema that cannot be read. One that is no schema is
 * RELAXNG_UNKNOWN: libxml2 has the words for what is wrong with it. */
enum relaxng_answer relaxng_validate(xmlDocPtr doc, const char *path, const char *schema_path,
                                     struct cte_error *error);

#endif
