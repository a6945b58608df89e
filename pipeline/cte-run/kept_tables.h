/* kept_tables.h - copies of the tables a run used, and the documents it leaves, each with its hash.
 *
 * Errors: CTE_BAD_TABLE (a table changed while the run was made), CTE_CANNOT_CREATE,
 * CTE_NO_PERMISSION, CTE_IO.
 */
#ifndef CTE_RUN_KEPT_TABLES_H
#define CTE_RUN_KEPT_TABLES_H

#include "pipeline/cte-run/run.h"

/* The file of a table below a folder of code tables, to be freed; NULL for decisions. */
char *table_file(const char *kind, const char *id, const char *version);

/* Whether a file of that name in the folder of schemas is one. */
bool is_schema_name(const char *name);

/* Adds a table to those that had a part in the run, unless it is among them. */
void note_table(struct run *run, const struct used_table *table);

/* Notes the tables of the sources' stages, those that the driver itself took names from, and those
 * of cte-index; copies all into FOLDER/tables. */
int keep_tables(struct run *run, const struct tables *own);

/* Adds a file of the run to those, below the run folder. */
void keep_file(struct run *run, const char *name, const char sha256[65]);

/* Begins a document of the run, in a folder `sub` of it ("": the run's own); where the run only
 * reckons, none is made. */
int begin_document(struct run *run, struct output *output, const char *sub, const char *name);

/* Closes a document of the run, puts it in place in a folder `sub` of it ("": the run's own) and
 * keeps it among the run's files. */
int end_document(struct run *run, struct output *output, const char *sub);

#endif
