/* The rows and cells of one worksheet of an .xlsx file. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "codetables/cte-table/book.h"
#include "codetables/cte-table/sheet_format.h"
#include "codetables/base/memory.h"

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
    if (strchr("0123456789", **stored) == NULL || *end != '\0' || index >= book->strings.count)
        refuse_cell(book, "names a text that the file does not hold");
    else
        *stored = book->strings.texts[index];
    return CELL_TEXT;
}

static enum cell_sort take_boolean(struct book *book, char **stored)
{
    bool yes = strcmp(*stored, "1") == 0 || strcasecmp(*stored, "true") == 0;
    if (!yes && strcmp(*stored, "0") != 0 && strcasecmp(*stored, "false") != 0)
        refuse_cell(book, "holds what is neither true nor false");
    *stored = arena_string(&book->sheet->memory, yes ? "TRUE" : "FALSE");
    return CELL_TEXT;
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
    *stored = arena_take(&book->sheet->memory, shown);
    return sort;
}

/* A date as ISO 8601 has it: the day, or the day and a time. */
static enum cell_sort take_iso_date(char **stored, const char *format)
{
    if (strspn(*stored, "0123456789-") < 10 || format == NULL || !shows_whole_date(format))
        return CELL_TIME;
    (*stored)[10] = '\0';
    return CELL_DATE;
}

/* A text stays in the cell, or is shared, or is the result of a formula; a number may look like
 * anything. */
static void put_cell(struct book *book)
{
    const char *type = book->type != NULL ? book->type : "n",
               *format = book_format(book, book->style);
    bool is_inline = strcmp(type, "inlineStr") == 0,
         is_text = is_inline || strcmp(type, "str") == 0;
    struct arena *memory = &book->sheet->memory;
    char *stored = arena_take(memory, trimmed(book->value.text, book->value.used)),
         *other = arena_take(memory, trimmed(book->inside.text, book->inside.used));
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
        if (book->has_formula)
            sheet_put(book->sheet, row, book->column,
                      (struct cell){.text = "", .sort = CELL_FORMULA}, book->error);
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
        sort = take_iso_date(&stored, format);
    } else if (strcmp(type, "n") == 0) {
        sort = take_number(book, &stored, format);
    } else if (!is_text) {
        refuse_cell(book, "is of a kind that no cell is of");
    }
    if (is_text && (format == NULL || !shows_text(format)))
        sort = CELL_UNSURE;
    if (book->has_formula)
        sort = CELL_FORMULA;
    if (stored != NULL)
        sheet_put(book->sheet, row, book->column, (struct cell){.text = stored, .sort = sort},
                  book->error);
}

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
    if (type != NULL && range != NULL &&
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
        keep_range(book, &book->merges, part_attribute(attributes, "ref"));
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

int worksheet_read(struct book *book, const char *part)
{
    int status = package_parse(book->package, part,
                               &(struct part_handler){.vocabulary = package_spreadsheet,
                                                      .start = start_worksheet,
                                                      .end = end_worksheet,
                                                      .text = book_text,
                                                      .context = book},
                               book->error);
    if (status == CTE_OK && (status = mark_arrays(book)) == CTE_OK)
        status = mark_merges(book);
    return status;
}
