/* publish.h - the folder of a run: made, taken down, or put in place with the link `current`.
 *
 * Errors: CTE_BUSY (another run is at work), CTE_CANNOT_CREATE, CTE_NO_PERMISSION, CTE_IO.
 */
#ifndef CTE_RUN_PUBLISH_H
#define CTE_RUN_PUBLISH_H

#include "pipeline/cte-run/run.h"

/* Makes the output folder where it is missing, and locks it until run->place.lock is closed. */
int lock_output(struct run *run);

/* Whether links can be made and replaced in the output folder, and folders renamed: asked before
 * the work, not found out after it. */
int probe_output(struct run *run);

/* Looks at the runs there are, removes what died left, and makes the folder of this run beside
 * them, under a name that no run has. */
int make_run_folder(struct run *run);

/* Renames it to runs/ID, and lets `current` lead to it where that is wanted. An error after the
 * first leaves the run in place, and says so. */
int publish_run_folder(struct run *run, bool switch_current);

/* Removes the folder, and the copy of the tables of a repeat. */
void remove_run_folder(struct run *run);

#endif
