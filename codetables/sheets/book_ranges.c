/* Ranges of cells in a worksheet: merged cells, and those that one formula fills. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/sheets/book.h"
#include "codetables/base/memory.h"

bool read_reference(const char *text, size_t *column, unsigned *line, const char **rest)
{
    size_t c = 0, n = 0;
    while (text[n] >= 'A' && text[n] <= 'Z' && n < 4)
        c = c * 26 + (size_t)(text[n++] - 'A' + 1);
    char *end;
    unsigned long r = strtoul(text + n, &end, 10);
    if (n == 0 || c == 0 || end == text + n || text[n] < '1' || text[n] > '9' || r > SHEET_MAX_ROWS)
        return false;
    *column = c - 1;
    *line = (unsigned)r;
    *rest = end;
    return true;
}

bool read_range(struct range *range)
{
    const char *rest;
    if (!read_reference(range->text, &range->left, &range->top, &rest))
        return false;
    range->right = range->left;
    range->bottom = range->top;
    if (*rest == ':' && !read_reference(rest + 1, &range->right, &range->bottom, &rest))
        return false;
    return *rest == '\0' && range->left <= range->right && range->top <= range->bottom;
}

void keep_range(struct book *book, struct range_list *ranges, char *text)
{
    struct range range = {.text = arena_take(&book->sheet->memory, or_empty(text))};
    if (!read_range(&range) || ranges->count == BOOK_MAX_LISTED) {
        cte_fail(book->error, CTE_BAD_INPUT,
                 "%s: %s: '%s' is no range of cells, or there are too many; the file is damaged",
                 book->sheet->path, book->sheet->tab, range.text);
        return;
    }
    GROW(ranges->list, ranges->count, ranges->room);
    ranges->list[ranges->count++] = range;
}

/* The first row of the sheet that is not above a line, as an index. */
static size_t row_from(const struct sheet *sheet, unsigned line)
{
    size_t low = 0, high = sheet->row_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (sheet->rows[middle].line < line)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static size_t widest_row(const struct sheet *sheet)
{
    size_t widest = 0;
    for (size_t r = 0; r < sheet->row_count; r++)
        widest = sheet->rows[r].count > widest ? sheet->rows[r].count : widest;
    return widest;
}

int mark_arrays(struct book *book)
{
    struct sheet *sheet = book->sheet;
    size_t cells = 0;
    for (size_t a = 0; a < book->arrays.count; a++) {
        const struct range *range = &book->arrays.list[a];
        for (size_t r = row_from(sheet, range->top);
             r < sheet->row_count && sheet->rows[r].line <= range->bottom; r++) {
            struct sheet_row *row = &sheet->rows[r];
            for (size_t c = range->left; c <= range->right && c < row->count; c++)
                row->cells[c].is_formula = true;
            cells += 1 + range->right - range->left;
            if (cells > SHEET_MAX_CELLS)
                return cte_fail(book->error, CTE_BAD_INPUT,
                                "%s: %s: formulas fill more than %d cells; paste them as values",
                                sheet->path, sheet->tab, SHEET_MAX_CELLS);
        }
    }
    return CTE_OK;
}

/* Tells the cells of a merged range that they are. Cells beyond the rows that are there, and beyond
 * the widest row, hold nothing that could be lost. */
static int mark_merge(struct book *book, const struct range *range, size_t widest)
{
    struct sheet *sheet = book->sheet;
    size_t top = row_from(sheet, range->top), number = sheet->merge_count++;
    bool there = top < sheet->row_count && sheet->rows[top].line == range->top;
    sheet->merges[number] = (struct sheet_merge){range->text, there ? top : SIZE_MAX, range->left};
    const char *text = there ? sheet_cell(&sheet->rows[top], range->left)->text : NULL;
    for (size_t r = top;
         range->left < widest && r < sheet->row_count && sheet->rows[r].line <= range->bottom;
         r++) {
        struct sheet_row *row = &sheet->rows[r];
        for (size_t c = range->left; c <= range->right && c < widest; c++) {
            if (c >= row->count &&
                sheet_put(sheet, row, c, (struct cell){0}, book->error) != CTE_OK)
                return book->error->status;
            if (row->cells[c].merged)
                return cte_fail(
                    book->error, CTE_BAD_INPUT,
                    "%s: belongs to the merged cells %s and to others; the file is damaged",
                    sheet_place(sheet, row->line, c), range->text);
            row->cells[c].merged = true;
            row->cells[c].merge = number;
            /* Where merged cells are filled, each of them has the text. */
            if (text != NULL && sheet_count_text(sheet, strlen(text), book->error) != CTE_OK)
                return book->error->status;
        }
    }
    return CTE_OK;
}

int mark_merges(struct book *book)
{
    struct sheet *sheet = book->sheet;
    size_t widest = widest_row(sheet);
    sheet->merges = cte_zalloc(book->merges.count + 1, sizeof *sheet->merges);
    for (size_t m = 0; m < book->merges.count; m++) {
        const struct range *range = &book->merges.list[m];
        /* A range of one cell is that cell. */
        bool one = range->left == range->right && range->top == range->bottom;
        if (!one && mark_merge(book, range, widest) != CTE_OK)
            return book->error->status;
    }
    return CTE_OK;
}
