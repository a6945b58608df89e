/* package.h - the parts of an .xlsx file: XML in a zip archive, read with care.
 *
 * A part is unpacked piece by piece and given to a parser that calls back for each element; no tree
 * is made. Parts are found by name without regard to case. Elements of other namespaces than the
 * vocabulary of the part are passed over, with all that stands in them.
 *
 * Refused with CTE_BAD_INPUT: an archive that is damaged, a part that is encrypted, that stands
 * twice, that unpacks to more than 128 MiB or whose checksum or size is wrong, XML that is not
 * well-formed or not UTF-8, a tag that is longer than 1 MiB or has more than 64 attributes (which a
 * parser needs more than linear time for), and any DOCTYPE.
 */
#ifndef CTE_TABLE_PACKAGE_H
#define CTE_TABLE_PACKAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "codetables/base/error.h"

struct package;

struct part_attributes;

/* The namespaces a part is written in, NULL at the end: of worksheets and the like, and of
 * relations between parts. */
extern const char *const package_spreadsheet[], *const package_relations[];

/* Called for the elements of a part by their local names. The attributes are asked for with
 * part_attribute(). */
struct part_handler {
    const char *const *vocabulary;
    void (*start)(void *context, const char *name, const struct part_attributes *attributes);
    void (*end)(void *context, const char *name);
    void (*text)(void *context, const char *text, size_t length);
    void *context;
};

struct part_attributes {
    const unsigned char **list; /* as libxml2 gives them: name, prefix, namespace, value, its end */
    int count;
};

/* The value of an attribute that has no namespace, in memory of its own; NULL where there is none.
 */
char *part_attribute(const struct part_attributes *attributes, const char *name);

/* True where the attribute says yes. */
bool part_flag(const struct part_attributes *attributes, const char *name);

/* The identifier of the relation that an element leads along; NULL where there is none. */
char *part_relation(const struct part_attributes *attributes);

/* The bytes must live as long as the package. */
int package_open(const char *path, const char *bytes, size_t length, struct package **package,
                 struct cte_error *error);
void package_close(struct package *package);

int package_parse(struct package *package, const char *part, const struct part_handler *handler,
                  struct cte_error *error);

#endif
