/* Decisions in a workbook: the worklist of a run filled in, or a sheet of their own. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "codetables/base/memory.h"
#include "codetables/model/decision_rows.h"
#include "codetables/sheets/sheet.h"

/* Lines of text that may stand above the table. */
enum { MOST_ABOVE = 40 };

/* Where the columns stand in the sheet. */
struct heading {
    size_t row, columns[DECISION_COLUMNS];
    const char *lacking; /* NULL: all are there */
};

static const char *cell_text(const struct sheet_row *row, size_t column)
{
    const char *text = sheet_cell(row, column)->text;
    return text != NULL ? text : "";
}

/* The columns that a row calls so, and how many those are. */
static size_t find_columns(const struct sheet_row *row, struct heading *heading)
{
    size_t found = 0;
    heading->lacking = NULL;
    for (size_t i = 0; i < DECISION_COLUMNS; i++) {
        size_t at = 0;
        while (at < row->count && strcasecmp(cell_text(row, at), decision_names[i]) != 0 &&
               strcasecmp(cell_text(row, at), decision_headings[i]) != 0)
            at++;
        heading->columns[i] = at;
        found += at < row->count;
        if (at == row->count && heading->lacking == NULL)
            heading->lacking = decision_headings[i];
    }
    return found;
}

/* The heading is the first row that has most of the columns. */
static int find_heading(const struct sheet *sheet, struct heading *heading, struct cte_error *error)
{
    for (size_t r = 0; r < sheet->row_count && r < MOST_ABOVE; r++) {
        if (2 * find_columns(&sheet->rows[r], heading) <= DECISION_COLUMNS)
            continue;
        heading->row = r;
        return heading->lacking == NULL
                   ? CTE_OK
                   : cte_fail(error, CTE_BAD_TABLE,
                              "%s: the heading has no column '%s'; put it back, empty if there is "
                              "nothing to say in it",
                              sheet_place(sheet, sheet->rows[r].line, 0), heading->lacking);
    }
    return cte_fail(error, CTE_BAD_TABLE,
                    "%s: %s: holds no table of decisions; give back the worklist.xlsx of the run, "
                    "with its sheet " DECISION_SHEET " filled in",
                    sheet->path, sheet->tab);
}

/* What a cell does not say for sure, in words; NULL: it does. */
static const char *cell_problem(const struct cell *cell)
{
    switch (cell->sort) {
    case CELL_ERROR: return "a cell holds an error of the spreadsheet; type its value";
    case CELL_UNSURE:
    case CELL_NO_RESULT:
        return "a cell shows something else than it holds; make it text and type its value";
    case CELL_TEXT:
    case CELL_NUMBER:
    case CELL_DATE:
    case CELL_TIME:
    default: return NULL;
    }
}

static void take_sheet_row(struct decision_rows *rows, const struct sheet_row *row,
                           const struct heading *heading)
{
    const char *problem = NULL;
    bool is_blank = true;
    for (size_t i = 0; i < DECISION_COLUMNS; i++) {
        const struct cell *cell = sheet_cell(row, heading->columns[i]);
        const char *text = cell_text(row, heading->columns[i]);
        free(rows->cells[i]);
        rows->cells[i] = cte_strdup(text);
        is_blank = is_blank && text[0] == '\0';
        problem = problem != NULL ? problem : cell_problem(cell);
    }
    rows->column = DECISION_COLUMNS;
    rows->line = row->line;
    if (problem != NULL)
        report_decision_row(rows, problem);
    else if (!is_blank)
        take_decision_row(rows);
}

/* The sheet of the worklist, or the only one where people keep a table of their own. */
static int read_tab(const char *path, struct slice bytes, struct sheet *sheet,
                    struct cte_error *error)
{
    struct cte_error first = {.status = CTE_OK}, second = {.status = CTE_OK};
    *sheet = (struct sheet){.path = path};
    if (workbook_read(sheet, bytes.at, bytes.length, DECISION_SHEET, &first) == CTE_OK)
        return CTE_OK;
    sheet_free(sheet);
    *sheet = (struct sheet){.path = path};
    return workbook_read(sheet, bytes.at, bytes.length, NULL, &second) == CTE_OK
               ? CTE_OK
               : cte_fail(error, first.status == CTE_BAD_INPUT ? CTE_BAD_TABLE : first.status, "%s",
                          first.text);
}

int read_decision_sheet(const char *path, struct slice bytes, struct decisions *decisions,
                        struct cte_error *error)
{
    struct sheet sheet;
    struct heading heading = {.row = 0};
    if (read_tab(path, bytes, &sheet, error) == CTE_OK &&
        find_heading(&sheet, &heading, error) == CTE_OK) {
        char *place = cte_format("%s: %s", path, sheet.tab);
        struct decision_rows rows = {.path = place, .decisions = decisions, .error = error};
        for (size_t r = heading.row + 1; r < sheet.row_count; r++)
            take_sheet_row(&rows, &sheet.rows[r], &heading);
        free_decision_cells(&rows);
        free(place);
    }
    sheet_free(&sheet);
    return error->status;
}
