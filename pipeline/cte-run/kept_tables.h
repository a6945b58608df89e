/* kept_tables.h - copies of the tables a run used, each with its hash.
 *
 * Errors: CTE_BAD_TABLE (a table changed while the run was made), CTE_CANNOT_CREATE,
 * CTE_NO_PERMISSION, CTE_IO.
 */
#ifndef CTE_RUN_KEPT_TABLES_H
#define CTE_RUN_KEPT_TABLES_H

#include "pipeline/cte-run/run.h"

/* Whether a file of that name in the folder of schemas is one. */
bool is_schema_name(const char *name);

/* Notes the tables of the sources' stages, those that the driver itself took names from, and those
 * of cte-index; copies all into FOLDER/tables. */
int keep_tables(struct run *run, const struct tables *own);

#endif
