/* line_rows.h - what a run says about lines of a source, row by row: NAME.changes and
 * NAME.findings.
 *
 * Such a row is a line of the source, and behind it cells that are said of many lines alike. A file
 * of no more rows than a spreadsheet program shows is CSV, for people:
 *
 *     line,field,name,before,after,crosswalk,version,row,reason
 *     12,11.13,CTE Pathway Code,100,050100,clusters,2026.2,1,draft: renamed
 *     12,11.15,Sub-Cluster Code,,050101,clusters,2026.2,1,draft: renamed
 *
 * A larger one is in short form, NAME.changes.short, a tenth of its size: what stands behind the
 * line is said once and has a number, and a line of the source is followed by those of its rows.
 *
 *     cte-rows 1
 *     line,field,name,before,after,crosswalk,version,row,reason
 *     =1,11.13,CTE Pathway Code,100,050100,clusters,2026.2,1,draft: renamed
 *     =2,11.15,Sub-Cluster Code,,050101,clusters,2026.2,1,draft: renamed
 *     12,1,2
 *
 * Numbers begin at 1 and follow one another. What is said too rarely to have one is 0, and is said
 * anew before each of its rows. `cte-report --rows FILE` prints the CSV that a short form stands
 * for, byte for byte.
 *
 *     struct row_writer writer = {.folder = "out", .source = "SCTE", .holds = "changes",
 *                                 .heading = CHANGES_HEADER, .most = ROWS_IN_FULL,
 *                                 .output = &output, .error = &error};
 *     uint32_t number = name_row(&writer, ",11.13,CTE Pathway Code,100,…\r\n", length);
 *     put_row(&writer, 12, number);
 *     end_rows(&writer);                  // output is closed; what is left is to publish it
 *     free_row_writer(&writer);
 *
 *     struct row_reader *reader;
 *     if (open_rows("out/SCTE.changes.short", "changes", NULL, &reader, &error) == CTE_OK)
 *         for (const struct line_row *row; (row = next_row(reader, &error)) != NULL;)
 *             printf("%s\n", row->rest->cells[0]);
 *     close_rows(reader);
 *
 * Memory: ROWS_MOST_NAMED texts of ROWS_MOST_BYTES bytes at most, whatever is read or written, and
 * one row.
 *
 * Errors: CTE_CANNOT_CREATE, CTE_NO_PERMISSION, CTE_IO; of the reader CTE_NO_INPUT, and
 * CTE_BAD_INPUT where the file is neither form.
 */
#ifndef CTE_LINE_ROWS_H
#define CTE_LINE_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codetables/base/error.h"
#include "codetables/base/map.h"
#include "codetables/base/output.h"
#include "codetables/base/slice.h"
#include "codetables/base/text.h"

/* As many rows as a spreadsheet program shows, one of them the heading. */
enum { ROWS_IN_FULL = (1 << 20) - 1 };

/* What stands behind lines in short form: so many texts have a number, and so many bytes together.
 * A file may be read whose row is no longer than QUOTED_LINE_MOST. */
enum { ROWS_MOST_NAMED = 1 << 16, ROWS_MOST_BYTES = 1 << 22 };
enum { ROW_MOST_CELLS = 8 };

/* Filled as above, all else zero. Texts are the caller's until end_rows(). */
struct row_writer {
    const char *folder, *source, *holds; /* SOURCE.HOLDS.csv or .short is in that folder */
    const char *heading;
    uint64_t most; /* rows that are written in full */
    bool gzip, is_synced_later;
    struct output *output; /* open when rows begin to go into it, at the latest by end_rows() */
    struct cte_error *error;

    struct text pending; /* the short form, until it is large enough to be a file */
    struct map named;
    size_t named_bytes;
    bool is_open;
    uint64_t rows, line;
    unsigned on_line; /* rows of `line` that stand on the last line of the short form */
};

/* The number of what stands behind a line: its cells as CSV, from the comma before the first to the
 * line end. 0 where too many have one: then it goes for the next row alone. */
uint32_t name_row(struct row_writer *writer, const char *rest, size_t length);

/* Puts a row, or at most ROWS_AT_ONCE of one line. Lines come in their order. */
enum { ROWS_AT_ONCE = 8 };
void put_row(struct row_writer *writer, uint64_t line, uint32_t number);
void put_rows(struct row_writer *writer, uint64_t line, const uint32_t *numbers, size_t count);

/* Closes the file, which is CSV or in short form; there is none where there is no row. */
int end_rows(struct row_writer *writer);
void free_row_writer(struct row_writer *writer);

/* What stands behind a line. */
struct row_rest {
    struct slice text;           /* as for name_row() */
    char *cells[ROW_MOST_CELLS]; /* those behind the line, what guards them taken off */
    uint64_t count;              /* how many rows of it were given */
    bool stays;                  /* until the reader is closed; else until the next row is read */
};

struct line_row {
    uint64_t line;
    const struct row_rest *rest;
};

struct row_reader;

/* Opens a file in either form, packed by gzip or not. `heading` NULL: it may be any of at most
 * ROW_MOST_CELLS + 1 columns. `shown` is the file in messages. What fails leaves no reader. */
int open_rows(const char *path, const char *shown, const char *heading, struct row_reader **reader,
              struct cte_error *error);

/* The same for bytes in memory, which stay the caller's. */
int open_rows_of(struct slice bytes, const char *shown, const char *heading,
                 struct row_reader **reader, struct cte_error *error);

/* The next row; NULL at the end, with the error filled, and of no reader. */
const struct line_row *next_row(struct row_reader *reader, struct cte_error *error);

/* The one of what stands behind lines, of those that stay, by number from 0; NULL: no more. */
const struct row_rest *row_rest_at(const struct row_reader *reader, size_t number);

const char *rows_heading(const struct row_reader *reader);
void close_rows(struct row_reader *reader); /* NULL is none */

/* Writes all rows that are left as CSV, with their heading. */
int print_rows(struct row_reader *reader, struct output *output, struct cte_error *error);

#endif
