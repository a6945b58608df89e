/* decision_rows.h - what the readers of decisions files share: CSV (decisions.c) and the sheet of a
 * workbook (decision_sheet.c).
 *
 * A reader fills the cells of a row, sets its line and how many columns it has, and calls
 * take_decision_row(): a decision is added, an open question passed over, and what is wrong with
 * the row is told in the error with those before it.
 */
#ifndef CTE_DECISION_ROWS_H
#define CTE_DECISION_ROWS_H

#include <stdbool.h>

#include "codetables/base/slice.h"
#include "codetables/model/decisions.h"

struct decision_rows {
    const char *path; /* in messages */
    struct decisions *decisions;
    struct cte_error *error;
    char *cells[DECISION_COLUMNS]; /* of malloc's */
    size_t column;                 /* how many cells the row has */
    unsigned line;
    bool has_header, bad_header, is_blank;
};

void take_decision_row(struct decision_rows *rows);
void report_decision_row(const struct decision_rows *rows, const char *problem);
void free_decision_cells(struct decision_rows *rows);

/* The rows of a workbook, of its sheet DECISION_SHEET or its only one. CTE_BAD_TABLE. */
int read_decision_sheet(const char *path, struct slice bytes, struct decisions *decisions,
                        struct cte_error *error);

#endif
