/* past.h - runs that are done, for the parts of cte-run that look at them.
 *
 *   past.c     the runs of an output folder: finding, listing and removing them
 *   verify.c   whether a run still is what it was
 *   repeat.c   making a run again
 *   shrink.c   whether this run holds fewer records than the last one
 */
#ifndef CTE_PAST_H
#define CTE_PAST_H

#include "codetables/table.h"
#include "pipeline/cte-run/run.h"

/* The manifest of a run folder, to be freed, or NULL with the error filled. */
xmlDocPtr open_manifest(const char *folder, struct cte_error *error);

/* An attribute that is a number; 0 where there is none. */
unsigned long long attribute_count(xmlNodePtr node, const char *name);

/* Calls back for each line of SHA256SUMS: hash and name. False when the file is not as it should be. */
bool read_sums(const char *folder, void (*found)(const char *hash, const char *name, void *context), void *context);

struct past_run {
    char *id, *folder, *started;
    bool is_current;
};

/* All runs of a folder, the newest first. What is no run is left out. */
struct past_run *find_runs(const char *out, size_t *count, struct cte_error *error);

#endif
