#include "codetables/sheets/sheet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"

static const size_t max_text = 256UL << 20;

const char *column_letters(size_t column, char *buffer)
{
    char reversed[8];
    size_t n = 0, at = 0;
    for (size_t rest = column + 1; rest > 0 && n < sizeof reversed; rest = (rest - 1) / 26)
        reversed[n++] = (char)('A' + (rest - 1) % 26);
    while (n > 0)
        buffer[at++] = reversed[--n];
    buffer[at] = '\0';
    return buffer;
}

const char *sheet_place(const struct sheet *sheet, unsigned line, size_t column)
{
    static char *place;
    char letters[16];
    free(place);
    column_letters(column, letters);
    place = sheet->tab != NULL ? cte_format("%s: %s!%s%u", sheet->path, sheet->tab, letters, line)
                               : cte_format("%s:%u: column %s", sheet->path, line, letters);
    return place;
}

const struct cell *sheet_cell(const struct sheet_row *row, size_t column)
{
    static const struct cell blank;
    return column < row->count ? &row->cells[column] : &blank;
}

void sheet_free(struct sheet *sheet)
{
    for (size_t i = 0; i < sheet->row_count; i++)
        free(sheet->rows[i].cells);
    free(sheet->rows);
    free(sheet->merges);
    arena_free(&sheet->memory);
    text_free(&sheet->shared.bytes);
    free(sheet->shared.starts);
    *sheet = (struct sheet){0};
}

/* How many bytes of blank stand at a text's beginning: a byte, or the two of a no-break space. */
static size_t blank_at(const char *text, size_t length)
{
    if (length > 0 && strchr(" \t\r\n", text[0]) != NULL)
        return text[0] != '\0';
    return length > 1 && memcmp(text, "\xc2\xa0", 2) == 0 ? 2 : 0;
}

struct slice trim(struct slice text)
{
    for (size_t blank; (blank = blank_at(text.at, text.length)) > 0; text.length -= blank)
        text.at += blank;
    for (;;) {
        if (text.length > 0 && blank_at(text.at + text.length - 1, 1) > 0)
            text.length--;
        else if (text.length > 1 && blank_at(text.at + text.length - 2, 2) == 2)
            text.length -= 2;
        else
            return text;
    }
}

char *trimmed(const char *text, size_t length)
{
    const struct slice inner = trim((struct slice){text, length});
    if (inner.length == 0)
        return NULL;
    char *copy = cte_alloc(inner.length + 1);
    memcpy(copy, inner.at, inner.length);
    copy[inner.length] = '\0';
    return copy;
}

int sheet_add_row(struct sheet *sheet, unsigned line, struct cte_error *error)
{
    if (sheet->row_count == SHEET_MAX_ROWS)
        return cte_fail(error, CTE_BAD_INPUT,
                        "%s: the sheet has more than %d rows, which no code table has",
                        sheet_place(sheet, line, 0), SHEET_MAX_ROWS);
    GROW(sheet->rows, sheet->row_count, sheet->row_room);
    sheet->rows[sheet->row_count++] = (struct sheet_row){.line = line};
    return CTE_OK;
}

int sheet_count_text(const struct sheet *sheet, size_t bytes, struct cte_error *error)
{
    static size_t total; /* of all sheets of the program that are held whole */
    total += sheet->by_row ? 0 : bytes;
    return total <= max_text
               ? CTE_OK
               : cte_fail(error, CTE_BAD_INPUT,
                          "%s: the cells hold more than %zu bytes, which no code table does",
                          sheet->path, max_text);
}

int sheet_put(struct sheet *sheet, struct sheet_row *row, size_t column, struct cell cell,
              struct cte_error *error)
{
    static size_t cells; /* of all sheets of the program that are held whole */
    size_t length = cell.text != NULL ? strlen(cell.text) : 0;
    if (column >= SHEET_MAX_COLUMNS)
        return cte_fail(
            error, CTE_BAD_INPUT,
            "%s: a sheet has at most %d columns; remove what stands to the right of the table",
            sheet_place(sheet, row->line, column), SHEET_MAX_COLUMNS);
    if (length > SHEET_MAX_TEXT)
        return cte_fail(error, CTE_BAD_INPUT,
                        "%s: holds more than %d bytes, which no cell of a spreadsheet can",
                        sheet_place(sheet, row->line, column), SHEET_MAX_TEXT);
    if (column >= row->count) {
        cells += sheet->by_row ? 0 : column + 1 - row->count;
        if (cells > SHEET_MAX_CELLS)
            return cte_fail(error, CTE_BAD_INPUT,
                            "%s: the sheet has more than %d cells, which no code table has",
                            sheet_place(sheet, row->line, column), SHEET_MAX_CELLS);
        row->cells = cte_realloc(row->cells, (column + 1) * sizeof *row->cells);
        memset(row->cells + row->count, 0, (column + 1 - row->count) * sizeof *row->cells);
        row->count = column + 1;
    }
    row->cells[column] = cell;
    return sheet_count_text(sheet, length, error);
}
