/* pruned_record.h - the record of the runs that --prune removed: OUT/pruned.txt.
 *
 * A run is noted before it goes: a line of run, hash of its manifest, the run before it, its hash,
 * and when; by tabs, "-" where there is none. Lines are only ever added.
 */
#ifndef CTE_RUN_PRUNED_RECORD_H
#define CTE_RUN_PRUNED_RECORD_H

#include "pipeline/cte-run/past.h"

/* A line of the record. */
struct pruned_run {
    char *fields[5]; /* run, hash, the run before, its hash, when */
    char sha256[65]; /* of the record up to the end of the line */
};

struct record {
    char *text, *copy; /* the copy is taken apart */
    size_t length;     /* of its whole lines */
    struct pruned_run *lines;
    size_t count;
};

/* The record of an output folder; an empty one where there is none. CTE_BAD_INPUT: a line is none,
 * so that it was altered; CTE_IO. To be freed in any case. */
int load_record(const char *out, struct record *record, struct cte_error *error);
void free_record(struct record *record);

/* Adds a run to the record of those that were removed. `is_full`: the disk has no room for the
 * line. */
int record_pruned(const char *out, const struct past_run *run, const char *when, bool *is_full,
                  struct cte_error *error);

#endif
