/* joined.h - the folder of a report of several runs, or of the shards of one: report, roll-ups,
 * questions, and the manifest of their manifests.
 *
 *     if (open_joined(&told, "joined") == CTE_OK && name_joined(&told, true) == CTE_OK &&
 *         write_reports(&told, &rollups) == CTE_OK)
 *         close_joined(&told);
 *
 * manifest.xml (codetables/schema/runs.xsd) names each run with the hash of its manifest, and has
 * the sums over all of them; so whoever holds it and a run knows whether that is the run it was
 * made of. Nothing depends on the time or on where the runs lie: the same runs make the same bytes.
 *
 * A folder that an earlier report was made in is made again. SHA256SUMS goes first and comes back
 * last: without it the folder is not whole. The manifest is the first file that is made, so that a
 * folder is known again in which a report was killed, or met a full disk; whatever it left is made
 * anew or removed.
 *
 * Errors, in told->error: CTE_CANNOT_CREATE where something else lies in the folder; CTE_BUSY where
 * another report is made in it; those of output.h.
 */
#ifndef CTE_REPORT_JOINED_H
#define CTE_REPORT_JOINED_H

#include "pipeline/cte-report/told.h"

/* Makes the folder, or takes SHA256SUMS out of that of an earlier report. */
int open_joined(struct told *told, const char *folder);

/* Writes the manifest. `is_job`: the runs are all shards of one job. */
int name_joined(struct told *told, bool is_job);

/* Writes questions and SHA256SUMS, and removes what an earlier report left. */
int close_joined(struct told *told);

#endif
