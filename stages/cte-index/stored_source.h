/* stored_source.h - what is to be written of a source lies in the spool until its turn comes.
 *
 *     store_source(&spool, &facts);                       // when it is merged
 *     ...
 *     struct cut *cuts = stored_cuts(&spool, source);
 *     struct groups groups = stored_groups(&spool, source);
 *     struct stored_lines lines = {.spool = &spool};
 *     stored_line(&lines, source, record);
 *
 * Only struct indexed_source stays in memory, whatever the source holds.
 */
#ifndef CTE_INDEX_STORED_SOURCE_H
#define CTE_INDEX_STORED_SOURCE_H

#include "stages/cte-index/source_facts.h"

/* Stores line changes, cuts and groups, if there are any. */
void store_source(struct spool *spool, const struct source_facts *facts);

/* As many as the source says. To be freed. */
struct cut *stored_cuts(struct spool *spool, const struct indexed_source *source);

/* Members and records are to be freed. */
struct groups stored_groups(struct spool *spool, const struct indexed_source *source);

/* The line changes of the source that was asked last, as far as they were read. Zeroed but for its
 * spool, it has none. */
struct stored_lines {
    struct spool *spool;
    const struct indexed_source *source;
    uint32_t first, count; /* of those that were read: the number of the first one */
    struct line_change changes[256];
};

/* The line of a record. */
uint32_t stored_line(struct stored_lines *lines, const struct indexed_source *source,
                     uint32_t record);

#endif
