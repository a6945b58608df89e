/* convert_sources.h - the sources of a run through the chain: side by side, a large one in parts.
 *
 *   convert_sources.c  all sources; one of them, its account taken apart and weighed
 *   lane.h             a chain that takes small ones one after another
 *   parts.c            one that is cut, converted side by side and put together by one cte-write
 */
#ifndef CTE_RUN_CONVERT_SOURCES_H
#define CTE_RUN_CONVERT_SOURCES_H

#include "codetables/base/text.h"
#include "pipeline/cte-run/run.h"

/* Converts all sources, and fills the status of each, and of the run, with the worst. A signal that
 * ends the run leaves those out that were not begun. */
void convert_sources(struct run *run);

/* Into how many parts a large source would be cut. */
size_t count_parts(const struct run *run);

/* Converts a source in parts, when cores would be idle else, and fills its status. False when it is
 * not to be cut. `said` is what cte-write says. */
bool convert_parts(struct run *run, struct run_source *source, struct text *said);

#endif
