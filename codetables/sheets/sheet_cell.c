/* What a cell of a worksheet shows. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "codetables/base/memory.h"
#include "codetables/sheets/book.h"
#include "codetables/sheets/sheet_format.h"

static int refuse_cell(struct book *book, const char *what)
{
    return cte_fail(book->error, CTE_BAD_INPUT,
                    "%s: %s; the file is damaged, save it in Excel again",
                    sheet_place(book->sheet, book->line, book->column), what);
}

/* The shared text that a cell names, which may be a blank one. */
static enum cell_sort take_shared(struct book *book, char **stored)
{
    char *end;
    unsigned long index = strtoul(*stored, &end, 10);
    const struct shared_texts *shared = &book->sheet->shared;
    if (strchr("0123456789", **stored) == NULL || *end != '\0' || index >= shared->count) {
        refuse_cell(book, "names a text that the file does not hold");
        return CELL_TEXT;
    }
    char *text = shared->bytes.bytes + shared->starts[index];
    *stored = text[0] != '\0' ? text : NULL;
    return CELL_TEXT;
}

static enum cell_sort take_boolean(struct book *book, char **stored)
{
    bool yes = strcmp(*stored, "1") == 0 || strcasecmp(*stored, "true") == 0;
    if (!yes && strcmp(*stored, "0") != 0 && strcasecmp(*stored, "false") != 0)
        refuse_cell(book, "holds what is neither true nor false");
    *stored = arena_string(book->cell_memory, yes ? "TRUE" : "FALSE");
    return CELL_TEXT;
}

/* A day as CCYY-MM-DD, of which a sheet that is read row by row takes what is shown, where that is
 * the same on every computer. */
static enum cell_sort take_date(const struct book *book, char *day, const char *format)
{
    return book->sheet->by_row && show_digits_of_day(day, format) ? CELL_TEXT : CELL_DATE;
}

static enum cell_sort take_number(struct book *book, char **stored, const char *format)
{
    static const enum cell_sort sorts[] = {[SHOWN_TEXT] = CELL_NUMBER,
                                           [SHOWN_DATE] = CELL_DATE,
                                           [SHOWN_TIME] = CELL_TIME,
                                           [SHOWN_OTHERWISE] = CELL_UNSURE};
    char *end, text[SHOWN_SIZE];
    double value = strtod(*stored, &end);
    if (end == *stored || *end != '\0' || (*stored)[strspn(*stored, "0123456789+-.eE")] != '\0') {
        refuse_cell(book, "holds a number that is none");
        return CELL_UNSURE;
    }
    enum cell_sort sort =
        format != NULL ? sorts[show_number(value, format, book->since_1904, text)] : CELL_UNSURE;
    char *shown = sort == CELL_NUMBER || sort == CELL_DATE ? trimmed(text, strlen(text)) : NULL;
    if (shown == NULL)
        return sort == CELL_TIME ? CELL_TIME : CELL_UNSURE;
    *stored = arena_take(book->cell_memory, shown);
    return sort == CELL_DATE ? take_date(book, *stored, format) : sort;
}

/* A date as ISO 8601 has it: the day, or the day and a time. */
static enum cell_sort take_iso_date(const struct book *book, char **stored, const char *format)
{
    if (strspn(*stored, "0123456789-") < 10 || format == NULL || !shows_whole_date(format))
        return CELL_TIME;
    (*stored)[10] = '\0';
    return take_date(book, *stored, format);
}

/* What was gathered of a cell; NULL where that is nothing. */
static char *cell_text(struct book *book, const struct gathered *gathered, bool keeps_blanks)
{
    const struct slice all = {gathered->text, gathered->used},
                       text = keeps_blanks ? all : trim(all);
    return text.length > 0 ? arena_copy(book->cell_memory, text.at, text.length) : NULL;
}

/* A text stays in the cell, or is shared, or is the result of a formula; a number may look like
 * anything. */
void put_cell(struct book *book)
{
    const char *type = book->type != NULL ? book->type : "n",
               *format = book_format(book, book->style);
    bool is_inline = strcmp(type, "inlineStr") == 0,
         is_text = is_inline || strcmp(type, "str") == 0;
    const bool keeps_blanks = is_text && book->sheet->by_row;
    char *stored = cell_text(book, &book->value, keeps_blanks),
         *other = cell_text(book, &book->inside, keeps_blanks);
    if (book->values > 1 || book->inlines > 1)
        refuse_cell(book, "holds two values");
    /* Of an inline text a value beside it is an old one, which no program shows; without it, nobody
     * knows what is shown. */
    if ((is_inline ? other : stored) == NULL && (is_inline ? stored : other) != NULL)
        refuse_cell(book, "holds a value of another kind than it says");
    if (is_inline)
        stored = other;
    enum cell_sort sort = CELL_TEXT;
    struct sheet_row *row = &book->sheet->rows[book->sheet->row_count - 1];
    if (stored == NULL) {
        const bool has_result = book->values + book->inlines > 0;
        if (book->has_formula)
            sheet_put(book->sheet, row, book->column,
                      (struct cell){.text = "",
                                    .sort = has_result ? CELL_TEXT : CELL_NO_RESULT,
                                    .is_formula = true},
                      book->error);
        return;
    }
    if (strcmp(type, "s") == 0) {
        sort = take_shared(book, &stored);
        is_text = true;
    } else if (strcmp(type, "b") == 0) {
        sort = take_boolean(book, &stored);
    } else if (strcmp(type, "e") == 0) {
        sort = CELL_ERROR;
    } else if (strcmp(type, "d") == 0) {
        sort = take_iso_date(book, &stored, format);
    } else if (strcmp(type, "n") == 0) {
        sort = take_number(book, &stored, format);
    } else if (!is_text) {
        refuse_cell(book, "is of a kind that no cell is of");
    }
    if (is_text && (format == NULL || !shows_text(format)))
        sort = CELL_UNSURE;
    if (stored == NULL)
        return;
    book->last_line = book->line;
    book->widest = book->column >= book->widest ? book->column + 1 : book->widest;
    sheet_put(book->sheet, row, book->column,
              (struct cell){.text = stored, .sort = sort, .is_formula = book->has_formula},
              book->error);
}
