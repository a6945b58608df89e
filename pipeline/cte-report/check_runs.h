/* check_runs.h - whether runs may be reported together: no record counts twice, and shards are all
 * of one job.
 *
 * Errors, in told->error: CTE_BAD_INPUT, which says which runs do not go together and why.
 */
#ifndef CTE_REPORT_CHECK_RUNS_H
#define CTE_REPORT_CHECK_RUNS_H

#include "pipeline/cte-report/told.h"

/* Runs that were read: each is whole, and none is there twice. */
int check_runs(struct told *told);

/* The same of shards, which are brought into the order of their numbers: each is there once, and
 * they are of one job and by one program. */
int check_shards(struct told *told);

/* A source of a run while it is told: no LEA, or no LEA, year and record type, is in another one;
 * told->telling says which. */
void check_owners(struct told *told, size_t run, const struct account *account);

/* Shards that were taken: they used the same tables. */
int check_tables(struct told *told);

#endif
