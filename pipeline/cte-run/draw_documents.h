/* draw_documents.h - report and roll-ups of a run folder, drawn by cte-report.
 *
 * cte-report reads what the run left: manifest, counts, questions, tables. So whoever has the
 * folder can have the same drawn, and --verify does. It tells each file that it made with its hash.
 */
#ifndef CTE_RUN_DRAW_DOCUMENTS_H
#define CTE_RUN_DRAW_DOCUMENTS_H

#include "pipeline/cte-run/run.h"

/* Draws them into the folder of the run, and adds them to its documents. CTE_CANNOT_CREATE,
 * CTE_NO_PERMISSION and CTE_IO as cte-report ends; CTE_BUG for any other end. */
int draw_documents(struct run *run);

/* The same of a run that is done, which came after another (NULL: none) that may lie beside it:
 * nothing is made, and `drawn` gets what would be. CTE_BAD_INPUT
 * where cte-report finds that the folder does not agree with itself; the error has its words. */
int redraw_documents(const char *folder, const char *before_id, struct documents *drawn);

#endif
