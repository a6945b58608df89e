/* chain.h - stages as processes: started on pipes, followed until they end, and judged.
 *
 * The caller fills the upper part and calls chain_run(), which always fills the lower one. Several
 * chains may run at once, each in a thread of its own. `said` and `messages` are to be freed.
 */
#ifndef CTE_CHAIN_H
#define CTE_CHAIN_H

#include "pipeline/cte-run/run.h"

struct chain {
    const struct run *run;
    const struct run_source *source;
    enum stage first, last;
    int in;           /* what the first stage reads */
    int out;          /* where the last stage writes; -1: it is collected in `said` */
    const char *part; /* what cte-read is told of the part it reads, or NULL */
    char *const *streams;
    size_t stream_count; /* the streams cte-write puts together; 0: what is on its standard input */

    char *said, *messages;
    size_t said_length, message_length;
    double seconds[STAGES]; /* processor time */
    int status;             /* what the exit statuses of the stages mean for the source */
};

/* Where a program of the chain is: beside this one; when it was found otherwise, the path is
 * searched. NULL, with errno, when the system cannot say. */
const char *stage_path(const char *name);

void chain_run(struct chain *chain);

/* What the end of a program of ours means, as wait4() tells it. A status that none of them ends
 * with is CTE_BUG: 99 and 127 too, and CTE_SOME_LEFT where it may not leave records. So is a
 * signal. */
int child_status(int end, bool may_leave_some);

/* Takes what a chain said on standard error, and its times, over into the source. */
void chain_report(struct run_source *source, const struct chain *chain);

/* Converts a large source in parts, when cores would be idle else. False when it is not to be cut.
 * `said` is what cte-write says. */
bool run_parts(struct run *run, struct run_source *source, char **said, size_t *length);

#endif
