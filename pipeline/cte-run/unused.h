/* unused.h - what was given to the run and had no part in it: told once each, on standard error, in
 * the log, in the manifest and in the report.
 *
 *   unused.c      options and record types
 *   crosswalks.c  crosswalks, by the tables before the run and by what the stages counted
 *   decided.c     decisions, with the nearest question
 */
#ifndef CTE_RUN_UNUSED_H
#define CTE_RUN_UNUSED_H

#include "pipeline/cte-run/run.h"

/* Notes what had no part in the run, for its log, manifest and report. `what` is for machines. */
void note_unused(struct run *run, const char *what, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Whether another shard may have had a use for it. The manifest tells, for whoever joins them. */
bool is_used_elsewhere(const struct run *run, const struct unused *unused);

/* Options of which another one takes the effect away. */
void report_useless_options(struct run *run);

/* Loads the crosswalks. CTE_BAD_TABLE when one of them could not recode any record of the target
 * layout. */
int check_crosswalks(struct run *run);

/* Frees what check_crosswalks() loaded; NULL: nothing. */
void free_crosswalks(struct loaded *loaded);

/* After the sources are converted: what of the crosswalks was not used. CTE_BAD_TABLE when nothing
 * was recoded because no crosswalk is made for such records. */
int report_unused_crosswalks(struct run *run);

/* Record types whose codes no crosswalk of the run speaks of. */
void report_unasked_codes(struct run *run);

/* CTE_IO in run->error where the file of decisions cannot be read any more. */
void report_unused_decisions(struct run *run);

#endif
