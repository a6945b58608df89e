/* import.h - what the parts of `cte-table import` share.
 *
 *   import.c            the command: reads the sheet, finds the columns, tells what came of it
 *   import_cells.c      a cell as a text, a code or a year, or a problem
 *   import_codeset.c    rows of the sheet as codes
 *   import_crosswalk.c  rows of the sheet as rows of a crosswalk
 *   restore.c           a table that export wrote
 *
 * What is wrong in a cell is a problem: it is told at once, with its place and what to do, and the import goes on to tell the
 * others. When there was any, nothing is made.
 */
#ifndef CTE_TABLE_IMPORT_H
#define CTE_TABLE_IMPORT_H

#include <stdarg.h>

#include "stages/cte-table/draft.h"
#include "stages/cte-table/names.h"
#include "stages/cte-table/plan.h"
#include "stages/cte-table/sheet.h"

enum { MAX_ROLES = 64, MAX_PLACES = 32 };

/* What a column holds: the role (an attribute of the row that is made), its header, and where that stands; more than once where the
 * sheet repeats the header. */
struct column {
    const char *role, *header;
    size_t places[MAX_PLACES];
    size_t place_count;
    struct names *names; /* of the code set whose codes it holds, or NULL */
};

struct seen;

struct importing {
    const struct request *request;
    struct plan plan;
    struct tables tables;
    struct sheet sheet;
    struct column columns[MAX_ROLES];
    size_t column_count;
    size_t header; /* the row of the headers, as an index */
    bool fill_merged, skip_headings, once;
    size_t problems;
    size_t rows, repeats; /* rows taken; rows that said again what another had said */
};

/* Tells a problem of the cell and counts it. */
void problem(struct importing *importing, const struct sheet_row *row, size_t column, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The column of a role, or NULL. */
struct column *column_of(struct importing *importing, const char *role);

/* Opens the code set that `codes.ROLE` names for each column that has one. */
int open_names(struct importing *importing, struct cte_error *error);

/* The text of a cell in one line, to be freed; NULL where it is blank, and where it was a problem, which *bad then says. */
char *cell_text(struct importing *importing, const struct sheet_row *row, size_t column, bool *bad);

/* The code that a text of the cell means; NULL after a problem was told. Where several codes have the name, those whose property has
 * a value of the list count alone. */
const struct code *cell_code(struct importing *importing, const struct sheet_row *row, size_t column, const struct names *names,
                             const char *text, const char *property, const struct code *const *among, size_t among_count);

/* An academic year as the tables write it, from CCYY-CCYY or CCYY-YY; NULL where the cell is blank or was a problem. */
char *cell_year(struct importing *importing, const struct sheet_row *row, const char *role, bool *bad);

/* The text of the one cell of a role; NULL where there is no such column. */
char *role_text(struct importing *importing, const struct sheet_row *row, const char *role, bool *bad);

/* A row that is no row of the table: blank, the header again, or a heading. *bad when it is none of these but cannot be read either. */
bool is_passed_over(struct importing *importing, const struct sheet_row *row, const struct column *key);

/* Remembers keys, each with a number above 0. seen_put() gives the number that the key already had and keeps it, or 0. */
struct seen *seen_new(void);
size_t seen_get(const struct seen *seen, const char *key);
size_t seen_put(struct seen *seen, const char *key, size_t number);

int import_codeset(struct importing *importing, xmlNodePtr *root, struct cte_error *error);
int import_crosswalk(struct importing *importing, xmlNodePtr *root, struct cte_error *error);

/* True for a sheet that export wrote; restore() makes its table again. */
bool is_exported(const struct sheet *sheet);
int restore(struct importing *importing, char **path, struct cte_error *error);

#endif
