/* group_runs.h - the file without a name in which group_counts.c keeps what does not fit into its
 * memory: runs of sorted groups, one behind another, which are merged as they come out. It is a
 * part of group_counts.h, whose struct it works on, and gives its errors. */
#ifndef CTE_GROUP_RUNS_H
#define CTE_GROUP_RUNS_H

#include "pipeline/run/group_counts.h"

/* A new run, and its groups, which are put in their order. Where there are as many runs as can be
 * merged at once, the first makes one of them all before. */
int begin_group_run(struct group_counts *counts, struct cte_error *error);
int put_in_group_run(struct group_counts *counts, const struct group *group,
                     struct cte_error *error);

/* To be called once all runs are put; then the groups of all of them come out, each once. The parts
 * of a group last until the next one. False at the end, and with the error filled. */
int open_group_runs(struct group_counts *counts, struct cte_error *error);
bool next_of_group_runs(struct group_counts *counts, struct group *group, struct cte_error *error);

void free_group_runs(struct group_counts *counts);

#endif
