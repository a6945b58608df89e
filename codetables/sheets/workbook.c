/* A worksheet of an .xlsx file as a sheet. Office Open XML keeps the rows in one part, the texts of
 * cells in another, and what a number looks like in a third; which parts these are, a fourth says.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/sheets/book.h"
#include "codetables/base/memory.h"
#include "codetables/base/text.h"

/* Reads what sheets there are; the relations are then those of the part that names them. */
static int find_tabs(struct book *book)
{
    int status = book_read_relations(book, "");
    const char *main_part = status == CTE_OK ? book_related(book, NULL, "/officeDocument") : NULL;
    if (status == CTE_OK && main_part == NULL)
        status = cte_fail(book->error, CTE_BAD_INPUT, "%s: is a zip archive but no .xlsx file",
                          book->sheet->path);
    if (status == CTE_OK)
        status = book_read_tabs(book, main_part);
    if (status == CTE_OK)
        status = book_read_relations(book, main_part);
    return status;
}

/* Opens the sheet: reads texts and styles, and finds the part of its rows. */
static int open_tab(struct book *book, size_t chosen, const char **part)
{
    int status = CTE_OK;
    book->sheet->tab = book->tabs.texts[chosen];
    book->sheet->tab_hidden = book->tab_hidden[chosen];
    const char *strings = book_related(book, NULL, "/sharedStrings"),
               *styles = book_related(book, NULL, "/styles");
    *part = book_related(book, book->tab_ids.texts[chosen], "/worksheet");
    if (*part == NULL)
        return cte_fail(book->error, CTE_BAD_INPUT, "%s: '%s' is no sheet of cells",
                        book->sheet->path, book->sheet->tab);
    /* A workbook may do without shared texts and styles. */
    if (strings != NULL)
        status = read_shared_texts(book, strings);
    if (status == CTE_OK && styles != NULL)
        status = read_styles(book, styles);
    return status;
}

int book_find_sheet(struct book *book, const char *wanted, const char **part)
{
    size_t chosen = 0;
    int status = find_tabs(book);
    if (status == CTE_OK)
        status = book->sheet->by_row ? book_choose_filled_tab(book, &chosen)
                                     : book_choose_tab(book, wanted, &chosen);
    return status == CTE_OK ? open_tab(book, chosen, part) : status;
}

void book_free(struct book *book)
{
    free(book->value.text);
    free(book->inside.text);
    struct text_list *const lists[] = {&book->tabs, &book->tab_ids, &book->own_ids,
                                       &book->own_codes, &book->styles};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        free(lists[i]->texts);
    free(book->relations);
    free(book->tab_hidden);
    free(book->type);
    free(book->style);
    free(book->merges.list);
    free(book->arrays.list);
}

static int read_whole(struct book *book, const char *tab)
{
    const char *part;
    int status = book_find_sheet(book, tab, &part);
    if (status == CTE_OK)
        status = book_parse(book, part, worksheet_handler);
    if (status == CTE_OK && (status = mark_arrays(book)) == CTE_OK)
        status = mark_merges(book);
    return status;
}

int workbook_read(struct sheet *sheet, const char *bytes, size_t length, const char *tab,
                  struct cte_error *error)
{
    static const struct package_bounds bounds = {UINT64_C(128) << 20, UINT64_MAX,
                                                 "which no sheet of codes does; not read", NULL};
    struct book book = {
        .sheet = sheet, .cell_memory = &sheet->memory, .error = error, .column = SIZE_MAX};
    int status = package_open(sheet->path, bytes, length, &bounds, &book.package, error);
    if (status == CTE_OK)
        status = read_whole(&book, tab);
    package_close(book.package);
    book_free(&book);
    return status;
}
