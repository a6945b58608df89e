/* results.h - what came of the sources, for those who look on: on standard error and in the log,
 * and as a table on standard output. */
#ifndef CTE_RUN_RESULTS_H
#define CTE_RUN_RESULTS_H

#include "pipeline/cte-run/run.h"

/* What is new, fewer than last time or in another's place; then what the stages said, and what is
 * incomplete or unused. `is_kept`: the run folder stays, so that its files can be named. */
void log_results(struct run *run, bool is_kept);

/* What was given and had no part in the run, as far as it was not told yet: of a run that ends
 * before it has results. */
void log_unused(struct run *run);

void print_sums(const struct run *run);

#endif
