/* csv_rows.h - the rows of a CSV file that a program of this project wrote.
 *
 *     struct csv_rows rows = {.shown = "SCTE.counts.csv", .columns = 14, .heading = heading,
 *                             .take = take_row, .context = &counts, .error = &error};
 *     if (read_csv_rows(path, &rows) != CTE_OK) ...       // error says where it is no such file
 *
 * Each row goes to `take`, with cells that last until it returns; what guards a cell against
 * spreadsheet programs is taken off (cell.h). An error that `take` leaves in `error` ends the
 * reading. Memory: the longest row.
 *
 * A hash is known at the end: rows of a file with another one were given all the same.
 *
 * Errors: CTE_BAD_INPUT where it is no CSV, a row has other columns, or its hash differs; CTE_IO
 * and CTE_NO_PERMISSION where it cannot be read.
 */
#ifndef CTE_CSV_ROWS_H
#define CTE_CSV_ROWS_H

#include <csv.h>
#include <stddef.h>
#include <stdint.h>

#include "codetables/base/error.h"

enum { CSV_MOST_COLUMNS = 24 };

struct csv_rows {
    const char *shown; /* the file in messages */
    size_t columns;
    const char *heading; /* its cells with commas between; NULL: any row is */
    const char *sha256;  /* that the file must have; NULL: nobody says */
    void (*take)(void *context, char *const *cells);
    void *context;
    struct cte_error *error;
    uint64_t count; /* of rows behind the heading, set by read_csv_rows() */
};

int read_csv_rows(const char *path, struct csv_rows *rows);

/* A parser for such a file, for whoever reads it in another way: by RFC 4180, and a blank at the
 * end of a cell is one. To be freed by csv_free(). */
void csv_begin_strict(struct csv_parser *parser);

#endif
