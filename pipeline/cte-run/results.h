/* results.h - what came of the sources, for those who look on: on standard error and in the log,
 * and as a table on standard output. */
#ifndef CTE_RUN_RESULTS_H
#define CTE_RUN_RESULTS_H

#include "pipeline/cte-run/run.h"

/* What the stages said, and what is incomplete, fewer than last time or in another's place. */
void log_failures(const struct run *run);

void print_sums(const struct run *run);

#endif
