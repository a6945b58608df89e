/* A list, as CSV or as a workbook whose cells are all text. */
#include <stdlib.h>
#include <string.h>

#include "codetables/base/year.h"
#include "codetables/cte-table/export_as.h"
#include "codetables/sheets/xlsx_out.h"

void list_heading(struct export_list *list, const char *heading)
{
    GROW(list->headings, list->heading_count, list->heading_room);
    list->headings[list->heading_count++] = arena_string(&list->memory, heading);
}

void list_cell(struct export_list *list, const char *text)
{
    GROW(list->cells, list->cell_count, list->cell_room);
    list->cells[list->cell_count++] = text != NULL ? arena_string(&list->memory, text) : "";
}

void list_year(struct export_list *list, int year)
{
    char text[YEARS_TEXT];
    list_cell(list, year != YEAR_FIRST && year != YEAR_LAST ? year_text(year, text) : NULL);
}

void list_free(struct export_list *list)
{
    free(list->headings);
    free(list->cells);
    arena_free(&list->memory);
}

static void put_csv(struct output *output, const char *const *cells, size_t count, size_t columns)
{
    for (size_t i = 0; i < count; i++) {
        output_cell(output, cells[i], strlen(cells[i]));
        output_text(output, (i + 1) % columns == 0 ? "\r\n" : ",");
    }
}

/* As wide as its longest text, within what one can look at. */
static double column_width(const struct export_list *list, size_t column)
{
    enum { NARROW = 8, WIDE = 48 };
    size_t width = strlen(list->headings[column]);
    for (size_t i = column; i < list->cell_count; i += list->heading_count) {
        const size_t length = strlen(list->cells[i]);
        width = length > width ? length : width;
    }
    return (double)(width < NARROW ? NARROW : width > WIDE ? WIDE : width);
}

static int put_workbook(const struct exporting *exporting, const struct export_list *list,
                        const char *name, struct output *output, struct cte_error *error)
{
    struct xlsx_column columns[XLSX_MOST_COLUMNS];
    for (size_t i = 0; i < list->heading_count; i++)
        columns[i] = (struct xlsx_column){list->headings[i], column_width(list, i), XLSX_TEXT};
    struct arena memory = {0};
    struct xlsx_out *book = xlsx_begin(path_folder(&memory, exporting->request->out));
    xlsx_sheet(book, name, columns, list->heading_count);
    for (size_t i = 0; i < list->cell_count; i++) {
        xlsx_cell(book, list->cells[i]);
        if ((i + 1) % list->heading_count == 0)
            xlsx_end_row(book);
    }
    xlsx_end(book, output, error);
    arena_free(&memory);
    return error->status;
}

int list_write(const struct exporting *exporting, struct export_list *list, const char *name,
               struct cte_error *error)
{
    const bool is_book = export_file_ends(exporting, ".xlsx");
    struct output output = {0};
    if (export_file_ends(exporting, ".xml") || export_file_ends(exporting, ".json"))
        cte_fail(error, CTE_USAGE, "%s: this is a list, which is written as .csv or .xlsx",
                 exporting->request->out);
    else if (is_book && (list->heading_count > XLSX_MOST_COLUMNS ||
                         list->cell_count / list->heading_count > XLSX_MOST_ROWS))
        cte_fail(error, CTE_USAGE,
                 "%s: a workbook takes %d columns and %d rows, and these are more; write .csv",
                 exporting->request->out, XLSX_MOST_COLUMNS, XLSX_MOST_ROWS);
    else if (export_begin(exporting, &output, error) == CTE_OK && is_book)
        put_workbook(exporting, list, name, &output, error);
    else if (error->status == CTE_OK) {
        put_csv(&output, list->headings, list->heading_count, list->heading_count);
        put_csv(&output, list->cells, list->cell_count, list->heading_count);
    }
    list_free(list);
    return export_end(exporting, &output, error);
}
