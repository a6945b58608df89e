/* sheet_rows.h - the rows of a worksheet of an .xlsx file, one after another, in bounded memory.
 *
 *     struct book *book;
 *     const struct sheet_row *row;
 *     int status = sheet_open_rows(package, "SCTE.xlsx", &book, error);
 *     while (status == CTE_OK && (status = sheet_next_row(book, &row, error)) == CTE_OK &&
 *            row != NULL)
 *         use(sheet_cell(row, 0)->text);
 *     sheet_close_rows(book);
 *
 * The sheet is the only one of the workbook in which anything stands; where there are several, the
 * file is refused. Texts of cells are as they stand, blanks at their edges too; numbers are as they
 * are shown. A day whose format shows the same digits on every computer is the text that is shown
 * (show_digits_of_day() of sheet_format.h); of any other the sort says that it is a date. A row is
 * valid until the next call.
 *
 * Bounds: those of the package, 256 columns, 1,048,576 rows, 32,767 characters (of four bytes) in a
 * cell, and 128 MiB in all texts that cells share, which are kept in memory. What is larger is
 * refused.
 *
 * Errors: CTE_BAD_INPUT for a file that is damaged, or holds several sheets.
 */
#ifndef CTE_SHEET_ROWS_H
#define CTE_SHEET_ROWS_H

#include "codetables/sheets/package.h"
#include "codetables/sheets/sheet.h"

struct book;

/* The package and the name, which messages call the file, must live as long as the book. */
int sheet_open_rows(struct package *package, const char *name, struct book **book,
                    struct cte_error *error);

/* *row is NULL at the end. */
int sheet_next_row(struct book *book, const struct sheet_row **row, struct cte_error *error);

/* The sheet, for its places and for what is hidden; its rows are those that wait. */
const struct sheet *sheet_of_rows(const struct book *book);

/* Merged cells among those that hold something, as A1:B2, once all rows were given out; NULL: none.
 */
const char *sheet_first_merge(const struct book *book);

void sheet_close_rows(struct book *book);

#endif
