/* past.h - runs that are done, for the parts of cte-run that look at them.
 *
 *   past.c        the runs of an output folder: finding, listing and removing them
 *   history.c     the chain of runs, each of which knows the one before it
 *   verify.c      whether a run still is what it was
 *   repeat.c      making a run again
 *   shrink.c      whether this run holds fewer records than the last one
 */
#ifndef CTE_PAST_H
#define CTE_PAST_H

#include "pipeline/cte-run/run.h"
#include "pipeline/run/out_folder.h"
#include "pipeline/run/run_folder.h"

struct past_run {
    char *id, *shown; /* the name of its folder, and as it is told */
    char *folder, *started;
    char *origin;                    /* when it was begun, or the run that it repeats */
    char *before_id, *before_sha256; /* the run before it; NULL: none */
    uint64_t pruned;                 /* how many lines of the record of removed runs it knows */
    char *pruned_sha256;             /* and their hash; NULL: none */
    char sha256[65];                 /* of its manifest */
    dev_t device;
    ino_t inode;
    bool is_current, is_beside;
};

/* What stands among the runs and is none. */
struct no_run {
    char *name, *why;
};

struct past_runs {
    int folder;            /* a descriptor of runs/ */
    struct past_run *runs; /* the newest first */
    size_t count;
    struct no_run *others;
    size_t other_count;
    enum current_state current; /* CURRENT_LINK: to one of these runs */
};

/* ---- past.c ---- */

/* All runs of an output folder: real folders in runs/ with a manifest of their own. CTE_IO where
 * `current`, or the run it leads to, cannot be read now. */
int find_runs(const char *out, struct past_runs *past, struct cte_error *error);
void free_runs(struct past_runs *past);

/* Whether every file that the run lists is there and can be read; its content is not looked at. */
bool is_whole_run(const char *folder);

/* ---- history.c ---- */

/* Fills run->earlier.before from run->earlier.runs. */
int note_before(struct run *run);

/* Walks the chain of the output folder the run lies in; tells where it is broken. Returns in how
 * many places. */
unsigned verify_history(const struct program *program, const char *folder, bool quiet);

#endif
