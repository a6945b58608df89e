#include "codetables/sheets/sheet_rows.h"

#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "codetables/base/shown.h"
#include "codetables/sheets/book.h"

/* A name in a message: what a terminal could take for more than a name is not shown. */
static void show_tab(struct book *book)
{
    const char *tab = book->sheet->tab;
    book->sheet->tab = arena_take(&book->sheet->memory, text_shown(tab, strlen(tab)));
}

static int open_rows(struct book *book)
{
    const char *part;
    const int status = book_find_sheet(book, NULL, &part);
    if (status != CTE_OK)
        return status;
    show_tab(book);
    book->handler = worksheet_handler;
    book->handler.vocabulary = package_spreadsheet;
    book->handler.context = book;
    return package_open_part(book->package, part, &book->handler, &book->part, book->error);
}

int sheet_open_rows(struct package *package, const char *name, struct book **result,
                    struct cte_error *error)
{
    struct book *book = cte_zalloc(1, sizeof *book);
    book->own_sheet = (struct sheet){.path = name, .by_row = true};
    book->sheet = &book->own_sheet;
    book->cell_memory = &book->row_memory;
    book->package = package;
    book->error = error;
    book->column = SIZE_MAX;
    const int status = open_rows(book);
    if (status != CTE_OK) {
        sheet_close_rows(book);
        return status;
    }
    *result = book;
    return CTE_OK;
}

/* How many of the rows that were read are whole. */
static size_t whole_rows(const struct book *book)
{
    return book->sheet->row_count - book->in_row;
}

/* Drops the rows that were given out. The one that is being read moves to the front, with the texts
 * of its own. */
static void drop_rows(struct book *book)
{
    struct sheet *sheet = book->sheet;
    const size_t whole = whole_rows(book);
    struct arena before = book->row_memory;
    book->row_memory = (struct arena){NULL};
    for (size_t r = 0; r < whole; r++)
        free(sheet->rows[r].cells);
    sheet->row_count -= whole;
    if (sheet->row_count > 0) {
        sheet->rows[0] = sheet->rows[whole];
        for (size_t c = 0; c < sheet->rows[0].count; c++) {
            struct cell *cell = &sheet->rows[0].cells[c];
            if (cell->text != NULL)
                cell->text = arena_string(&book->row_memory, cell->text);
        }
    }
    arena_free(&before);
    book->row_at = 0;
}

int sheet_next_row(struct book *book, const struct sheet_row **row, struct cte_error *error)
{
    int status = CTE_OK;
    book->error = error;
    *row = NULL;
    if (book->row_at == whole_rows(book))
        drop_rows(book);
    while (status == CTE_OK && book->row_at == whole_rows(book) && !book->ended)
        status = package_feed(book->part, &book->ended, error);
    if (status == CTE_OK && book->row_at < whole_rows(book))
        *row = &book->sheet->rows[book->row_at++];
    return status;
}

const struct sheet *sheet_of_rows(const struct book *book)
{
    return book->sheet;
}

const char *sheet_first_merge(const struct book *book)
{
    return book->first_merge;
}

void sheet_close_rows(struct book *book)
{
    if (book == NULL)
        return;
    package_close_part(book->part);
    book_free(book);
    sheet_free(book->sheet);
    arena_free(&book->row_memory);
    free(book);
}
