/* identity.h - when a run began, by its clock, and what it is called. */
#ifndef CTE_RUN_IDENTITY_H
#define CTE_RUN_IDENTITY_H

#include "pipeline/cte-run/run.h"

/* The time of the run, or the fixed one of SOURCE_DATE_EPOCH, which makes two runs alike; and the
 * day that "today" stands for in the policy. CTE_USAGE where SOURCE_DATE_EPOCH is no number. */
int set_clock(struct run *run);

/* The name that was asked for; else the start and a few digits of a hash of what the run is about,
 * so that two runs of one second differ. */
void set_run_id(struct run *run);

#endif
