/* sources.h - the sources of a run: their names, and whether they stay what they were while they
 * are read.
 *
 * Errors: CTE_USAGE, CTE_BAD_INPUT, CTE_IO.
 */
#ifndef CTE_RUN_SOURCES_H
#define CTE_RUN_SOURCES_H

#include "pipeline/cte-run/run.h"

/* Fills run->sources from those of a job, or of the command line, which are paths alone. CTE_USAGE
 * when two would leave files of one name, or one cannot be read twice. */
struct job_sources;
int set_sources(struct run *run, const struct job_sources *given);

/* The same checks for sources that were taken from elsewhere. */
int check_sources(struct run *run);

/* Whether a text can be the name of a file or folder of the run. */
bool is_plain_name(const char *name);

/* Notes what the file system says of each source, before it is read first (74: it cannot say); and
 * afterwards fails those (75) of which it says something else: they were written to, or replaced,
 * while they were read. */
int stat_sources(struct run *run);
void check_sources_unchanged(struct run *run);

/* Under --repeat, a source must hold what it held: CTE_BAD_INPUT otherwise. */
int check_source_hashes(struct run *run);

/* Adds to what the stages of a source said, put so that it can be shown. */
void add_messages(struct run_source *source, const char *text, size_t length);
void add_message(struct run_source *source, const char *text);

#endif
