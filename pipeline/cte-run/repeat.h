/* repeat.h - making a run again: its options, sources and tables, and whether the bytes are the
 * same.
 *
 * A run folder may have been in any hands since: what it says is checked as the command line is,
 * and what it kept is held against its SHA256SUMS before it is used.
 *
 * Errors: CTE_BAD_INPUT (the folder is not what a run wrote), CTE_NO_INPUT (a source is not named),
 * CTE_CANNOT_CREATE, CTE_IO.
 */
#ifndef CTE_RUN_REPEAT_H
#define CTE_RUN_REPEAT_H

#include "pipeline/cte-run/run.h"

/* Takes the options and sources of a done run over, where the command line says nothing else. */
int load_repeated_run(struct run *run, const char *folder);
void free_repeated(struct repeated *repeated); /* NULL: nothing */

/* Copies the tables that it kept, as far as they still are what it kept, to where this run reads
 * them. The schemas are today's. */
int restore_tables(struct run *run);
/* CTE_OK when what was made is what that run had made; tells what is not. */
int compare_with_repeated(const struct run *run);
/* Whether a newer run than that one is current. */
bool is_overtaken(const struct run *run);

#endif
