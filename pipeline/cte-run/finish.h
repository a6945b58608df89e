/* finish.h - the end of a run whose sources are all done: whether it is good, its documents, and
 * its folder put in place. */
#ifndef CTE_RUN_FINISH_H
#define CTE_RUN_FINISH_H

#include "pipeline/cte-run/run.h"

/* `is_changed`: a repeat was told to be another run than the one it repeats. CTE_OK also where the
 * run is not to be published; run->status says so. After an error the caller drops the folder. A
 * signal that came before the folder is in place ends the program. */
int finish_run(struct run *run, bool is_changed);

#endif
