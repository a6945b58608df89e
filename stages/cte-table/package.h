/* package.h - the parts of an .xlsx file: XML in a zip archive, read with care.
 *
 * A part is unpacked piece by piece and given to a parser that calls back for each element; no tree is made. Refused with CTE_BAD_INPUT:
 * an archive that is damaged, a part that is encrypted, that stands twice, that unpacks to more than 128 MiB or whose checksum is
 * wrong, XML that is not well-formed, and any DOCTYPE.
 */
#ifndef CTE_TABLE_PACKAGE_H
#define CTE_TABLE_PACKAGE_H

#include <stddef.h>

#include "codetables/error.h"

struct package;

struct part_attributes;

/* Called for the elements of a part by their local names. The attributes are asked for with part_attribute(). */
struct part_handler {
    void (*start)(void *context, const char *name, const struct part_attributes *attributes);
    void (*end)(void *context, const char *name);
    void (*text)(void *context, const char *text, size_t length);
    void *context;
};

struct part_attributes {
    const unsigned char **list; /* as libxml2 gives them: name, prefix, namespace, value, its end */
    int count;
};

/* The value of an attribute by its local name, in memory of its own; NULL where there is none. */
char *part_attribute(const struct part_attributes *attributes, const char *name);

/* The bytes must live as long as the package. */
int package_open(const char *path, const char *bytes, size_t length, struct package **package, struct cte_error *error);
void package_close(struct package *package);

int package_parse(struct package *package, const char *part, const struct part_handler *handler, struct cte_error *error);

#endif
