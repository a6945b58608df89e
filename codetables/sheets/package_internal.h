/* package_internal.h - what the parts of package.h share. Included by package*.c alone. */
#ifndef CTE_PACKAGE_INTERNAL_H
#define CTE_PACKAGE_INTERNAL_H

#include <zip.h>

#include "codetables/sheets/package.h"

struct package {
    const char *path;
    zip_t *archive;
    const struct package_bounds *bounds;
    uint64_t left; /* bytes that its parts may still unpack to */
};

/* Which member of the archive a part is, and what it unpacks to. */
int package_locate(struct package *package, const char *part, zip_uint64_t *index, uint64_t *size,
                   struct cte_error *error);

#endif
