/* The rows and cells of one worksheet of an .xlsx file. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "codetables/sheets/book.h"
#include "codetables/sheets/sheet_format.h"
#include "codetables/base/memory.h"

static bool is_zero(char *text)
{
    bool zero = text != NULL && text[0] != '\0' && text[strspn(text, "0.")] == '\0';
    free(text);
    return zero;
}

static void start_row(struct book *book, const struct part_attributes *attributes)
{
    char *number = part_attribute(attributes, "r"), *end = "";
    unsigned long line = number != NULL ? strtoul(number, &end, 10) : book->line + 1UL;
    bool good = *end == '\0' && line > book->line && line <= SHEET_MAX_ROWS;
    free(number);
    if (!good) {
        cte_fail(book->error, CTE_BAD_INPUT,
                 "%s: %s: the row after row %u has no number above it; the file is damaged",
                 book->sheet->path, book->sheet->tab, book->line);
        return;
    }
    book->in_row = true;
    book->line = (unsigned)line;
    book->column = SIZE_MAX;
    if (sheet_add_row(book->sheet, book->line, book->error) == CTE_OK)
        book->sheet->rows[book->sheet->row_count - 1].hidden =
            part_flag(attributes, "hidden") || is_zero(part_attribute(attributes, "ht"));
}

static void start_cell(struct book *book, const struct part_attributes *attributes)
{
    char *reference = part_attribute(attributes, "r");
    unsigned line = book->line;
    const char *rest = "";
    size_t column = book->column + 1;
    if ((reference != NULL &&
         (!read_reference(reference, &column, &line, &rest) || *rest != '\0')) ||
        line != book->line || column < book->column + 1) {
        cte_fail(book->error, CTE_BAD_INPUT,
                 "%s: %s: row %u: a cell does not say where it stands; the file is damaged",
                 book->sheet->path, book->sheet->tab, book->line);
    }
    free(reference);
    free(book->type);
    free(book->style);
    book->column = column;
    book->type = part_attribute(attributes, "t");
    book->style = part_attribute(attributes, "s");
    book->in_cell = true;
    book->has_formula = false;
    book->values = book->inlines = 0;
    gathered_clear(&book->value);
    gathered_clear(&book->inside);
}

/* A formula of an array fills cells that say nothing of it themselves. */
static void start_formula(struct book *book, const struct part_attributes *attributes)
{
    char *type = part_attribute(attributes, "t"), *range = part_attribute(attributes, "ref");
    book->has_formula = true;
    if (type != NULL && range != NULL && !book->sheet->by_row &&
        (strcmp(type, "array") == 0 || strcmp(type, "dataTable") == 0))
        keep_range(book, &book->arrays, range);
    else
        free(range);
    free(type);
}

static void take_columns(struct sheet *sheet, const struct part_attributes *attributes)
{
    char *first = part_attribute(attributes, "min"), *last = part_attribute(attributes, "max");
    bool hidden = part_flag(attributes, "hidden") || is_zero(part_attribute(attributes, "width"));
    unsigned long left = first != NULL ? strtoul(first, NULL, 10) : 0,
                  right = last != NULL ? strtoul(last, NULL, 10) : 0;
    for (unsigned long c = left; hidden && c > 0 && c <= right && c <= SHEET_MAX_COLUMNS; c++)
        sheet->column_hidden[c - 1] = true;
    free(first);
    free(last);
}

/* Of a sheet that is read row by row, the first merged cells are told, where they reach into what
 * is filled. */
static void take_merge(struct book *book, char *text)
{
    if (!book->sheet->by_row) {
        keep_range(book, &book->merges, text);
        return;
    }
    struct range range = {.text = or_empty(text)};
    if (!read_range(&range))
        cte_fail(book->error, CTE_BAD_INPUT,
                 "%s: %s: merged cells are no range of cells; the file is damaged, save it in "
                 "Excel again",
                 book->sheet->path, book->sheet->tab);
    const bool is_one = range.left == range.right && range.top == range.bottom;
    if (book->first_merge == NULL && !is_one && range.top <= book->last_line &&
        range.left < book->widest)
        book->first_merge = arena_string(&book->sheet->memory, range.text);
    free(range.text);
}

static void start_text(struct book *book, struct gathered *gathered)
{
    book->into = gathered;
    gathered_start(gathered);
}

static void start_in_cell(struct book *book, const char *name,
                          const struct part_attributes *attributes)
{
    if (strcmp(name, "is") == 0) {
        book->in_inline = true;
        book->inlines++;
    } else if (strcmp(name, "rPh") == 0) {
        book->in_phonetic = true;
    } else if (strcmp(name, "t") == 0 && book->in_inline) {
        start_text(book, &book->inside);
    } else if (strcmp(name, "v") == 0 && !book->in_inline) {
        book->values++;
        start_text(book, &book->value);
    } else if (strcmp(name, "f") == 0 && !book->in_inline) {
        start_formula(book, attributes);
    }
}

static void start_worksheet(void *context, const char *name,
                            const struct part_attributes *attributes)
{
    struct book *book = context;
    if (book->in_cell)
        start_in_cell(book, name, attributes);
    else if (strcmp(name, "sheetData") == 0)
        book->in_rows = true;
    else if (strcmp(name, "row") == 0 && book->in_rows)
        start_row(book, attributes);
    else if (strcmp(name, "c") == 0 && book->in_row)
        start_cell(book, attributes);
    else if (strcmp(name, "col") == 0)
        take_columns(book->sheet, attributes);
    else if (strcmp(name, "mergeCell") == 0)
        take_merge(book, part_attribute(attributes, "ref"));
}

/* Numbers and shared texts are not escaped, but nothing in them looks as if. */
static void end_worksheet(void *context, const char *name)
{
    struct book *book = context;
    if (strcmp(name, "v") == 0 || strcmp(name, "t") == 0) {
        if (book->into != NULL)
            gathered_end(book->into);
        book->into = NULL;
    } else if (strcmp(name, "rPh") == 0) {
        book->in_phonetic = false;
    } else if (strcmp(name, "is") == 0) {
        book->in_inline = false;
    } else if (strcmp(name, "c") == 0 && book->in_cell) {
        book->in_cell = false;
        if (book->error->status == CTE_OK)
            put_cell(book);
    } else if (strcmp(name, "row") == 0) {
        book->in_row = false;
    } else if (strcmp(name, "sheetData") == 0) {
        book->in_rows = false;
    }
}

static const char *const closed[] = {"sheetData", "cols", "mergeCells", NULL};
const struct part_handler worksheet_handler = {
    .closed = closed, .start = start_worksheet, .end = end_worksheet, .text = book_text};
