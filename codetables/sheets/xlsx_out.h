/* xlsx_out.h - a workbook to work in: sheets of one table each, all of whose cells are text.
 *
 *     static const struct xlsx_column columns[] = {{"School", 12, XLSX_TEXT},
 *                                                  {"Decision", 40, XLSX_TO_FILL}};
 *     struct xlsx_out *book = xlsx_begin("/srv/cte/runs/.7.tmp");
 *     xlsx_sheet(book, "Decide", columns, 2);
 *     xlsx_note(book, "Choose in the column Decision.");      // above the table
 *     xlsx_cell(book, "0123456");
 *     xlsx_pick(book, "050100 Agriculture; 060300 Marketing & Sales");
 *     xlsx_end_row(book);
 *     if (xlsx_end(book, &output, &error) != CTE_OK) ...      // the file's bytes are in `output`
 *
 * Cells are text, so no spreadsheet program takes zeros off a code or makes a date of it. A column
 * to be filled in stays text for what a person types. The first row of the table is its heading; it
 * stays in view and has filters. A cell may offer a list to pick from: the lists stand on a hidden
 * sheet, each once.
 *
 * The bytes depend on what was put and on the versions of libxlsxwriter and zlib, on nothing else.
 *
 * Ownership: texts are copied. All of a workbook is in memory, some 200 bytes a cell, so whoever
 * fills it bounds its rows: XLSX_MOST_ROWS a sheet are taken, what is longer than a cell may be is
 * cut. `scratch` is a folder for files that last until xlsx_end(). xlsx_end() frees all.
 *
 * Errors: CTE_CANNOT_CREATE, CTE_NO_PERMISSION and CTE_IO of the scratch folder. The library passes
 * over a full disk; so the file is read back before it is given out, and one that does not hold all
 * rows is CTE_IO.
 */
#ifndef CTE_XLSX_OUT_H
#define CTE_XLSX_OUT_H

#include <stddef.h>

#include "codetables/base/output.h"

enum { XLSX_MOST_ROWS = 20000, XLSX_MOST_COLUMNS = 16, XLSX_MOST_SHEETS = 8 };

enum xlsx_look {
    XLSX_TEXT,
    XLSX_WRAPPED, /* longer texts, in several lines */
    XLSX_NUMBER,  /* at the right, and text all the same */
    XLSX_TO_FILL  /* by a person */
};

struct xlsx_column {
    const char *heading;
    double width; /* in characters */
    enum xlsx_look look;
};

struct xlsx_out;

struct xlsx_out *xlsx_begin(const char *scratch);

/* Begins the next sheet; its columns must last until the next one begins. */
void xlsx_sheet(struct xlsx_out *book, const char *name, const struct xlsx_column *columns,
                size_t count);

/* A line above the table; after the first cell there are no more of them. */
void xlsx_note(struct xlsx_out *book, const char *text);

/* The next cell of a row. */
void xlsx_cell(struct xlsx_out *book, const char *text);

/* An empty cell to pick one of `choices` for, with "; " between them; their codes may be typed. */
void xlsx_pick(struct xlsx_out *book, const char *choices);

/* Ends a row; its cells that are lacking are empty. */
void xlsx_end_row(struct xlsx_out *book);

/* Where a workbook is made anew only to be held against the one at `path`: if that shows the same
 * (xlsx_same.h), xlsx_end() gives out its bytes. The text must last so long. */
void xlsx_hold_against(struct xlsx_out *book, const char *path);

/* The sheet at hand is not held against anything: what it was made from is no more there. */
void xlsx_pass_over(struct xlsx_out *book);

/* Writes the file into an output that is open. */
int xlsx_end(struct xlsx_out *book, struct output *output, struct cte_error *error);

#endif
