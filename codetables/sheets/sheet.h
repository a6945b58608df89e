/* sheet.h - a sheet that somebody keeps in a spreadsheet or as CSV: rows of cells, all of them
 * text, with what is odd about each.
 *
 *     struct sheet sheet;
 *     int status = sheet_read("codes.xlsx", NULL, false, &sheet, error);
 *     for (size_t r = 0; status == CTE_OK && r < sheet.row_count; r++)
 *         use(sheet_cell(&sheet.rows[r], 0)->text);           // column A, or NULL
 *     sheet_free(&sheet);
 *
 * sheet_read() takes a CSV file (RFC 4180) or a worksheet of an .xlsx file and holds it whole;
 * sheet_rows.h gives the rows of a worksheet of any length one after another. Nothing is repaired:
 * a cell that is a formula, a date or a number says so, and whoever uses the cell decides. Hidden
 * rows and columns are rows and columns, and know that they are hidden. Blanks and line breaks at
 * the edges of a cell are not part of it. Cells that nobody filled are NULL in text; merged cells
 * have their text in the upper left one only, and all of them know that they are merged.
 *
 * Bounds: a file of 64 MiB, 128 MiB in a part of an .xlsx file, 256 columns, 1,048,576 rows,
 * 4,000,000 cells, 32,767 characters (of four bytes) in a cell and 256 MiB in all of them. What is
 * larger is refused.
 *
 * Errors: CTE_NO_INPUT, CTE_NO_PERMISSION, CTE_IO; CTE_BAD_INPUT for a file that is damaged,
 * encrypted or not a sheet at all. Ownership: all of a sheet lives until sheet_free().
 */
#ifndef CTE_SHEET_H
#define CTE_SHEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codetables/base/error.h"
#include "codetables/base/memory.h"
#include "codetables/base/slice.h"
#include "codetables/base/text.h"

enum {
    SHEET_MAX_COLUMNS = 256,
    SHEET_MAX_ROWS = 1 << 20,
    SHEET_MAX_CELLS = 4000000,
    SHEET_MAX_TEXT = 4 * 32767
};

enum cell_sort {
    CELL_TEXT,
    CELL_NUMBER,   /* as the sheet shows it */
    CELL_DATE,     /* shown as a day, and written here as CCYY-MM-DD */
    CELL_TIME,     /* shown as a time, or as a date of which a part is missing */
    CELL_ERROR,    /* #N/A and the like */
    CELL_UNSURE,   /* its format shows something else than what is stored */
    CELL_NO_RESULT /* a formula that nobody has reckoned yet */
};

struct cell {
    const char *text; /* NULL: blank */
    enum cell_sort sort;
    bool is_formula; /* the text is its last result; nobody knows whether it still holds */
    bool merged;
    size_t merge; /* the number of the merged range, where merged */
};

struct sheet_row {
    unsigned line; /* physical line of a CSV file, row number of a worksheet; from 1 */
    bool hidden;
    size_t count;
    struct cell *cells;
};

/* Cells that are shown as one, and where its text stands: in the upper left one. */
struct sheet_merge {
    const char *range;  /* as A1:B2 */
    size_t row, column; /* row as an index; SIZE_MAX where no such row is in the file */
};

/* The texts that cells share, one behind another, each with a NUL. */
struct shared_texts {
    struct text bytes;
    uint32_t *starts;
    size_t count, room;
};

struct sheet {
    struct arena memory; /* of its texts */
    struct shared_texts shared;
    bool by_row; /* rows are given out one after another and forgotten, texts stay as they stand */
    const char *path;
    const char *tab; /* the name of the worksheet; NULL for CSV */
    bool tab_hidden, column_hidden[SHEET_MAX_COLUMNS];
    const char *separator; /* the name of what seems to part the cells of a CSV file, where that is
                              no comma; or NULL */
    char sha256[65];       /* of the file */
    struct sheet_row *rows;
    size_t row_count, row_room;
    struct sheet_merge *merges;
    size_t merge_count;
};

/* tab names the worksheet; NULL where there is only one. Bytes of a CSV file that are not UTF-8 are
 * converted where windows_1252 is set, and refuse the file otherwise. */
int sheet_read(const char *path, const char *tab, bool windows_1252, struct sheet *sheet,
               struct cte_error *error);

void sheet_free(struct sheet *sheet);

/* The cell of a row, blank where the row is shorter. */
const struct cell *sheet_cell(const struct sheet_row *row, size_t column);

/* FILE:LINE: column B, or FILE: TAB!B7, for a message; in a buffer that the next call uses again.
 */
const char *sheet_place(const struct sheet *sheet, unsigned line, size_t column);

/* A, B … Z, AA …; buffer holds at least 8 bytes. */
const char *column_letters(size_t column, char *buffer);

/* A text without blanks, line breaks and no-break spaces at its edges. */
struct slice trim(struct slice text);

/* The copy of a text without blanks, line breaks and no-break spaces at its edges; NULL where
 * nothing is left. */
char *trimmed(const char *text, size_t length);

/* For the readers: adds a row, and puts a cell into a row. */
int sheet_add_row(struct sheet *sheet, unsigned line, struct cte_error *error);
int sheet_put(struct sheet *sheet, struct sheet_row *row, size_t column, struct cell cell,
              struct cte_error *error);

/* Counts bytes of text that cells hold, once for each cell that shows them. */
int sheet_count_text(const struct sheet *sheet, size_t bytes, struct cte_error *error);

/* The two readers, on the bytes of the file. */
int csv_read(struct sheet *sheet, char *bytes, size_t length, bool windows_1252,
             struct cte_error *error);
int workbook_read(struct sheet *sheet, const char *bytes, size_t length, const char *tab,
                  struct cte_error *error);

#endif
