/* rows.h - the rows of a CSV file of a run, changes.csv or findings.csv: each is about a line of
 * the source, and they come in that order.
 *
 * A run that changed or found nothing has no such file: then there are no rows. Only those of one
 * block of the file are kept.
 *
 * Errors: CTE_NO_INPUT, CTE_IO, CTE_BAD_INPUT (not CSV).
 */
#ifndef CTE_DIFF_ROWS_H
#define CTE_DIFF_ROWS_H

#include <csv.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "codetables/base/error.h"

/* The first cells of a row, as far as they can be held against the tables. */
enum { CELL_LINE, CELL_FIELD, CELL_NAME, CELL_BEFORE, CELL_AFTER, CELLS, CELL_RULE = CELL_FIELD };

struct row {
    uint64_t line;
    char *cells[CELLS];
};

struct rows {
    FILE *file;
    const char *path;
    struct csv_parser parser;
    struct row *queue;
    size_t at, count, room, column;
    struct row row; /* the one being read */
    bool had_header, ended;
    uint64_t read, short_rows; /* those with too few cells are counted and passed over */
};

int open_rows(struct rows *rows, const char *path, struct cte_error *error);

/* The next row, or NULL at the end, or with the error filled. Whoever takes it says `at++`, and
 * frees it. */
struct row *next_row(struct rows *rows, struct cte_error *error);
void free_row(struct row *row);
void close_rows(struct rows *rows);

#endif
