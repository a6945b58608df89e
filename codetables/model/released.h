/* released.h - the released tables: SHA256SUMS of the folder, as sha256sum writes and checks it.
 *
 * `cte-table check` calls a released table that was changed, or is gone, an error; a run by it is
 * told so. The programs take it all the same: a copy of the folder is where a new version is tried.
 *
 * Errors: CTE_BAD_TABLE for a list, or a table, that is not what it was.
 */
#ifndef CTE_RELEASED_H
#define CTE_RELEASED_H

#include <stdbool.h>
#include <stddef.h>

#include "codetables/base/error.h"

/* A table that was released, with the hash it had then. */
struct released_table {
    char *name; /* under the folder of tables */
    char sha256[65];
    long line;
};

struct released {
    char *path;
    bool is_read;
    struct released_table *tables;
    size_t count, room;
};

/* Reads the list. A folder without one has released nothing. A line that is none is told. */
int released_read(const char *folder, struct released *released, struct cte_error *error);

/* Every released table is there: where the highest version is gone, a lower one would be taken
 * without a word. */
int released_are_there(const char *folder, const struct released *released,
                       struct cte_error *error);

/* A table of the folder that was released has the hash it was released with. */
int released_unchanged(const char *folder, const struct released *released, const char *path,
                       const char *sha256, struct cte_error *error);

void released_free(struct released *released);

#endif
