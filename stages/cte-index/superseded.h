/* superseded.h - records whose key stands in a later source of the same upload too.
 *
 * Of several uploads the last one sent stands, so a record counts in the last of its sources. Most
 * runs have no such sources: keys are collected in a second pass, over those that need it. */
#ifndef CTE_INDEX_SUPERSEDED_H
#define CTE_INDEX_SUPERSEDED_H

#include "stages/cte-index/all_facts.h"
#include "stages/cte-index/collect.h"

/* Reads the sources with shared uploads once more. With `keep_going` one that can no longer be read
 * is left out: it changes while it is read, and the chain finds that too. */
int find_superseded(struct all_facts *all, struct collector *collector, bool keep_going);

/* Whether a source may be left out: the chain finds the same fault in it, and reports it. What the
 * disk or the system failed to do, it may do when the chain asks again; then an index without the
 * source would speak of other sources than are converted. */
static inline bool may_leave_out(int status)
{
    return status != CTE_IO;
}

#endif
