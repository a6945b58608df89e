/* since_last.h - what this run tells that the run before it did not.
 *
 *     compare_with_newest(&run);                 // when all sources are done
 *     if (run.results.since->is_same) ...        // nothing is new
 *
 * The run before it is the newest in the output folder, also where it did not become current: a
 * nightly run that is kept back each night is kept back for the same reasons, and who looks after
 * it wants to hear of others. Two runs are the same where their sources have the same names,
 * content, outcome, tables and files, byte for byte, and the same options but for the day; where
 * what is refused is refused in the same words; and where the files of the run before are there.
 */
#ifndef CTE_RUN_SINCE_LAST_H
#define CTE_RUN_SINCE_LAST_H

#include "pipeline/cte-run/run.h"

struct since_last {
    bool is_same;
    const char *id, *day; /* of the run before; NULL: there is none, or it cannot be read */
    char **texts; /* what is new, a line for each source; those beyond the most are counted */
    size_t count, more;
};

/* Fills run->results.since, which lasts as long as the run. */
void compare_with_newest(struct run *run);
void free_since_last(struct since_last *since);

#endif
