/* check_runs.h - whether runs may be reported together: no record counts twice, and shards are all
 * of one job.
 *
 * Errors, in told->error: CTE_BAD_INPUT, which says which runs do not go together and why.
 */
#ifndef CTE_REPORT_CHECK_RUNS_H
#define CTE_REPORT_CHECK_RUNS_H

#include "pipeline/cte-report/told.h"

/* Runs that were read: each is whole, none is there twice, and no LEA, year and record type stands
 * in two of them. */
int check_runs(struct told *told);

/* The same of shards, which are brought into the order of their numbers: each is there once, they
 * are of one job, by one program and the same tables, and no LEA is in two of them. */
int check_shards(struct told *told);

/* Shards that were taken: they used the same tables. */
int check_tables(struct told *told);

#endif
