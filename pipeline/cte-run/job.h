/* job.h - a job in XML: the options and sources of a run, written down. What the command line says
 * wins.
 *
 * Errors: CTE_BAD_TABLE (the job is not sound), CTE_NO_INPUT (no file fits), CTE_NO_PERMISSION,
 * CTE_IO.
 */
#ifndef CTE_RUN_JOB_H
#define CTE_RUN_JOB_H

#include "pipeline/cte-run/run.h"

/* What a job says of its sources: as long as one another; a name or format is NULL where the file's
 * own name tells it, an LEA where the job does not. */
struct job_sources {
    struct option_list paths, names, formats, leas;
    struct option_list said; /* the paths as the job has them, without its folder */
};

/* Takes over what the job says and the command line does not. `sources` gets its sources unless the
 * command line has its own. */
int read_job(struct run *run, bool own_sources, struct job_sources *sources);

/* Frees the lists; the texts are the run's. */
void free_job_sources(struct job_sources *sources);

#endif
