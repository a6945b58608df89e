/* first_pass.h - what one pass over whole files has to know before the chain runs, by cte-index.
 *
 * The index is a file of the run folder that the stages read. Of its head this program takes where
 * sources may be cut, which are alike or would replace one another, and by which tables it was
 * made.
 */
#ifndef CTE_RUN_FIRST_PASS_H
#define CTE_RUN_FIRST_PASS_H

#include "pipeline/cte-run/run.h"

/* Makes the index of all sources and reads its head. CTE_USAGE where an option does not fit or two
 * sources are alike, CTE_IO, CTE_BUG, and what cte-index ends with. */
int index_sources(struct run *run);

#endif
