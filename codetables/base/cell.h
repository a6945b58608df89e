/* cell.h - a cell of a CSV file that a person may open in a spreadsheet program.
 *
 * What begins like a formula would be run there. So it is written with an apostrophe before it, and
 * whoever reads the file takes one off again: cell_value(cell_guarded(x)) is x, whatever x is.
 * Files for CALPADS are not written so; they stay exact.
 *
 * A formula begins with = + - @, a tab or a line end, or a full-width form of these, behind blanks
 * or not. Apostrophes before it are counted in, so that a text that has one of its own keeps it.
 * Some programs part cells at a semicolon or a tab too; where a formula stands behind one, the cell
 * is put in quotes.
 */
#ifndef CTE_CELL_H
#define CTE_CELL_H

#include <stdbool.h>
#include <stddef.h>

/* True when the value can stand in the file as it is. */
bool cell_is_plain(const char *value, size_t length);

/* The value as it is to be written, with its apostrophe and its quotes; *written is its length. To
 * be freed. */
char *cell_guarded(const char *value, size_t length, size_t *written);

/* A cell that was read, its quotes taken off: where its value begins. */
const char *cell_value(const char *cell);

#endif
