/* worklist.h - worklist.xlsx: what is to be decided and to be fixed before a run can be sent, as a
 * workbook to work in.
 *
 *     if (write_worklist(told) != CTE_OK) ...
 *
 *   worklist.c         whether there is anything to do, the order of the sheets
 *   worklist_decide.c  Decide: each question with its choices to pick from, and what was decided
 *                      before; cte-run takes the sheet back as decisions
 *   worklist_fix.c     Fix: the rules that the records of each school break
 *   worklist_since.c   Since the last run: schools that are new, gone or have other counts,
 *                      questions that are new or no longer open; of one run alone
 *   worklist_sums.c    Sums: of each source; of several runs, of each run and LEA
 *   worklist_cells.c   what the sheets share
 *
 * Of several runs, or of the shards of one, there is one worklist: a question that several ask
 * stands there once, with all that wait for it.
 *
 * What stops an upload stands first. A sheet holds some thousand rows; what is beyond is counted
 * under it, and stands in decisions-needed.csv or the findings. Only codes, counts and lines are
 * told, nothing of a student. It is for those who work with the run, so small counts stand there.
 *
 * Errors, in told->error: those of documents.h and xlsx_out.h.
 */
#ifndef CTE_REPORT_WORKLIST_H
#define CTE_REPORT_WORKLIST_H

#include "pipeline/cte-report/told.h"
#include "codetables/sheets/xlsx_out.h"

enum { WORKLIST_MOST_ROWS = 5000 };

/* Writes it among the documents of the run; where there is nothing to do, there is none. */
int write_worklist(struct told *told);

/* Its sheets. */
/* The errors are those of decisions_load(). */
int put_decide_sheet(struct xlsx_out *book, struct told *told);

void put_fix_sheet(struct xlsx_out *book, const struct told *told);
void put_since_sheet(struct xlsx_out *book, struct told *told);
void put_sums_sheet(struct xlsx_out *book, const struct told *told);

/* Says which crosswalks are drafts, above a table. */
void note_drafts(struct xlsx_out *book, const struct told *told);

/* Says that so many of all rows stand on the sheet, and where the others do. */
void note_more(struct xlsx_out *book, size_t all, size_t most, const char *where);

/* A cell of a count. */
void put_count(struct xlsx_out *book, uint64_t count);

#endif
