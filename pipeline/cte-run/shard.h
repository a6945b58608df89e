/* shard.h - a fixed part of the sources of a job, converted as a run of its own: --shard K/N.
 *
 * Each source belongs to one shard, by a hash of its LEA, so that the files of an LEA stay together
 * (an upload of one may replace another's, and their records decide for one another). A source
 * whose LEA nobody tells is assigned by its NAME. No source depends on which others there are, nor
 * on their order. The hash is XXH3 with no seed, the same on every machine.
 *
 * The LEA is what the job gives the source (`lea`), else a CDS code in its path, by
 * find_lea_of_source(). A run must be cut alike wherever it is cut, so the folders above a job or
 * above the working folder say nothing.
 *
 * Sources of one NAME, and patterns that no file fits, are told by every shard, for each looks at
 * the whole job before it takes its part. Sources of one content, overlaps, and limits are looked
 * at within a shard. A shard to which no source falls is a run all the same: its manifest says that
 * it is empty, so that whoever joins the shards knows it from one that is missing. As any run
 * without a record, it does not become current. It ends with 0, unless a run with records is
 * current: that one is stale then (65).
 */
#ifndef CTE_SHARD_H
#define CTE_SHARD_H

#include "pipeline/cte-run/run.h"

/* County and district; the whole code names the school too. */
enum { LEA_DIGITS = 7, CDS_DIGITS = 14 };

/* The LEA of a source by its path as it was said: of the last part of the path that holds a run of
 * just LEA_DIGITS or CDS_DIGITS digits, the first LEA_DIGITS of the first such run. Of an absolute
 * path the file and its folder alone are looked at. False: the path does not tell. */
bool find_lea_of_source(const char *said, char lea[LEA_DIGITS + 1]);

/* The LEA of a source: what the job gives it, else find_lea_of_source(), of which `room` is for the
 * answer. NULL: nobody tells. */
const char *lea_of_source(const struct run_source *source, char room[LEA_DIGITS + 1]);

/* Leaves the sources of the run's shard alone, and fills run->all_sources. Does nothing without
 * --shard, and for a repeat, whose sources are those of the shard already. CTE_USAGE where the job
 * is cut into another number of shards. */
int take_shard(struct run *run);

#endif
