/* past.h - runs that are done, for the parts of cte-run that look at them.
 *
 *   past.c     the runs of an output folder: finding, listing and removing them
 *   verify.c   whether a run still is what it was
 *   repeat.c   making a run again
 *   shrink.c   whether this run holds fewer records than the last one
 */
#ifndef CTE_PAST_H
#define CTE_PAST_H

#include "pipeline/cte-run/run.h"
#include "pipeline/run_folder.h"

struct past_run {
    char *id, *folder, *started;
    bool is_current;
};

/* All runs of a folder, the newest first. What is no run is left out. */
struct past_run *find_runs(const char *out, size_t *count, struct cte_error *error);

#endif
