/* import.h - what the parts of `cte-table import` share.
 *
 *   import.c            the command: reads the sheets, prints what came of them
 *   import_sheets.c     the sheets one after another, and what is hidden in them
 *   import_columns.c    the columns that the plan names
 *   import_cells.c      a cell as a text, a code or a year, or a problem
 *   import_texts.c      codes in several columns, forms of codes, remarks within names
 *   import_year.c       an academic year, or a day as the year it lies in
 *   import_row_years.c  the years of a row, of a sheet, of a file's name
 *   import_seen.c       keys that were seen before
 *   import_codeset.c    rows of the sheet as codes
 *   import_map.h        rows of the sheet as rows of a crosswalk
 *   restore.c           a table that export wrote
 *
 * What is wrong in a cell is a problem: it is told at once, with its place and what to do, and the
 * import goes on to tell the others. When there was any, nothing is made.
 */
#ifndef CTE_TABLE_IMPORT_H
#define CTE_TABLE_IMPORT_H

#include <stdarg.h>

#include "codetables/cte-table/draft.h"
#include "codetables/cte-table/names.h"
#include "codetables/cte-table/plan.h"
#include "codetables/sheets/sheet.h"

enum {
    MAX_ROLES = 64,
    MAX_PLACES = 32,
    SHOWN_IN_MESSAGE = 80 /* bytes of a cell that are shown in a message */
};

/* What a column holds: the role (an attribute of the row that is made), its header, and where that
 * stands; more than once where the sheet repeats the header. */
struct column {
    const char *role, *header;
    size_t places[MAX_PLACES];
    size_t place_count;
    struct names *names; /* of the code set whose codes it holds, or NULL */
};

struct seen;

/* What CCYY alone is: no year, or the academic year that begins or ends in it. */
enum lone_year { LONE_YEAR_IS_NONE, LONE_YEAR_BEGINS, LONE_YEAR_ENDS };

/* How the plan has texts read. */
struct reading {
    const char *joined_by;  /* between the parts of a code that stands in several columns */
    bool remarks_are_notes; /* what stands in brackets behind a name is a remark */
    bool formula_texts;     /* ="01.0000" in CSV is the text within */
    bool fill_form;         /* digits alone are a code without the marks of its form */
    enum lone_year lone_year;
};

struct importing {
    const struct request *request;
    struct plan plan;
    struct tables tables;
    char **maps; /* the maps that the plan names; a code set has none */
    size_t map_count;
    struct arena words;   /* their names, and what the rows say */
    struct names **names; /* of the code sets that columns hold codes of */
    size_t name_count, name_room;
    struct sheet *sheets; /* of each map, or the one sheet */
    size_t sheet_count;
    struct sheet sheet; /* the one that is taken now */
    struct column columns[MAX_ROLES];
    size_t column_count;
    size_t header; /* the row of the headers, as an index */
    struct reading reading;
    const char *key_role; /* of the columns that hold the code: value, or code */
    struct text remarks;  /* of the row at hand */
    struct text said;     /* on standard output, unless the command line is wrong */
    bool fill_merged, skip_headings, once;
    bool is_exported; /* the sheet is one that export wrote */
    bool as_stored;   /* texts count as they stand, even where a spreadsheet seems to have changed
                       them */
    size_t problems;
    size_t rows, repeats;     /* rows taken; rows that said again what another had said */
    const struct sheet *bare; /* one of which no row was taken */
};

/* The names of a code set; they live as long as the import. */
int open_code_names(struct importing *importing, const char *set_id, struct names **names,
                    struct cte_error *error);

/* Finds the columns that the plan names, and the row of their headers. */
int find_columns(struct importing *importing, struct cte_error *error);

/* Fails: the cells of the CSV file seem not to be parted by commas. */
int refuse_separator(const struct sheet *sheet, struct cte_error *error);

/* Begins with a sheet: the plan answers for its map, and its columns are found. end_sheet() follows
 * when its rows were taken. */
int begin_sheet(struct importing *importing, size_t number, struct cte_error *error);
void end_sheet(struct importing *importing, size_t number, size_t rows_before);

/* What a table begins with, all sheets among its sources. */
int import_head(struct importing *importing, xmlNodePtr root, struct cte_error *error);

/* Tells a problem of the cell and counts it. */
void problem(struct importing *importing, const struct sheet_row *row, size_t column,
             const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The column of a role, or NULL. */
struct column *column_of(struct importing *importing, const char *role);

/* Opens the code set that `codes.ROLE` names for each column that has one. */
int open_names(struct importing *importing, struct cte_error *error);

/* The cell whose text a cell shows: itself, or the upper left one of merged cells where the plan
 * has them filled. */
const struct cell *shown_cell(const struct importing *importing, const struct sheet_row *row,
                              size_t column);

/* The text of a cell in one line, to be freed; NULL where it is blank, and where it was a problem,
 * which *bad then says. */
char *cell_text(struct importing *importing, const struct sheet_row *row, size_t column, bool *bad);

/* The same where a day is meant. */
char *cell_day_text(struct importing *importing, const struct sheet_row *row, size_t column,
                    bool *bad);

/* Reads from the plan how texts are read. */
int read_reading(struct importing *importing, struct cte_error *error);

/* The code of a row, whole, from all columns that hold a part of it. To be freed; NULL where it is
 * blank or was a problem. */
char *key_text(struct importing *importing, const struct sheet_row *row, bool *bad);

/* A text of digits in the form that the plan has for the role, where it lets digits be one. Frees
 * the text where it makes another. */
char *in_form(struct importing *importing, const char *role, char *text);

/* Cuts remarks in brackets off the end of a name, where the plan says that they are notes, and
 * notes them for the row; off a name of a code set only where a name of it is left, and never
 * brackets with which names of the set end. */
void cut_remarks(struct importing *importing, const struct names *names, char *text);

/* A note with the remarks of the row. It lives as long as the import. */
const char *note_with_remarks(struct importing *importing, const char *note);

/* Which code is meant: one of a code set. Where several have the name, those whose property has a
 * value of the list count alone. */
struct wanted_code {
    const struct names *names;
    const char *property; /* NULL: none counts */
    const struct code *const *among;
    size_t among_count;
};

/* The code that a text of the cell means; NULL after a problem was reported. */
const struct code *cell_code(struct importing *importing, const struct sheet_row *row,
                             size_t column, const struct wanted_code *wanted, const char *text);

/* The code point of the first character beyond ASCII, which may look like another or like nothing
 * at all; in a code also of a blank, a caret or a backslash. 0 where there is none. */
unsigned long odd_character(const char *text, bool in_code);

/* An academic year as the tables write it: from CCYY-CCYY, CCYY-YY, or a day in it, as CCYY-MM-DD,
 * CCYYMMDD or M/D/CCYY, whatever time stands behind it. NULL for anything else. */
char *year_from(const char *text);

/* 1-Jan, Jan-01, 7/1/2020: what a spreadsheet leaves of a code it took for a date; as_written: only
 * as it writes them. */
bool looks_like_date(const char *text, bool as_written);

/* The academic year of a cell; NULL where it is blank or was a problem. It lives as long as the
 * import, as those below do. */
char *cell_year(struct importing *importing, const struct sheet_row *row, const char *role,
                bool *bad);

/* The first and last year of a row, each NULL where nothing is said; a problem where the last is
 * before the first. The years of the whole sheet count where they are given. */
void row_years(struct importing *importing, const struct sheet_row *row, char *const whole[2],
               char *years[2], bool *bad);

/* The first and last year that the plan sets for the whole sheet, each NULL where it sets none. Not
 * beside a column of that role. */
int plan_years(struct importing *importing, char *years[2], struct cte_error *error);

/* The text of a role; NULL where there is no such column, or it is blank. It lives as long as the
 * import. */
char *role_text(struct importing *importing, const struct sheet_row *row, const char *role,
                bool *bad);

/* A row that is no row of the table: blank, the header again, or a heading. *bad when it is none of
 * these but cannot be read either. */
bool is_passed_over(struct importing *importing, const struct sheet_row *row,
                    const struct column *key);

/* Remembers keys, each with a number above 0. seen_put() gives the number that the key already had
 * and keeps it, or 0. */
struct seen *seen_new(void);
void seen_free(struct seen *seen);
size_t seen_get(const struct seen *seen, const char *key);
size_t seen_put(struct seen *seen, const char *key, size_t number);

/* One for each kind of table that a sheet can become. */
int import_codeset(struct importing *importing, xmlNodePtr *root, struct cte_error *error);
int import_crosswalk(struct importing *importing, xmlNodePtr *root, struct cte_error *error);

/* True for a sheet that export wrote; restore() makes its table again. */
bool is_exported(const struct sheet *sheet);
int restore(struct importing *importing, struct draft *draft, struct cte_error *error);

#endif
