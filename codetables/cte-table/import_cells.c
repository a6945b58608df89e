#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/cell.h"
#include "codetables/cte-table/import.h"
#include "codetables/base/memory.h"

void problem(struct importing *importing, const struct sheet_row *row, size_t column,
             const char *format, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, format);
    if (vasprintf(&text, format, args) < 0)
        cte_die("a message cannot be formatted");
    va_end(args);
    program_say(importing->request->program, "%s: %s",
                sheet_place(&importing->sheet, row->line, column), text);
    free(text);
    importing->problems++;
}

struct column *column_of(struct importing *importing, const char *role)
{
    for (size_t i = 0; i < importing->column_count; i++) {
        if (strcmp(importing->columns[i].role, role) == 0)
            return &importing->columns[i];
    }
    return NULL;
}

int open_names(struct importing *importing, struct cte_error *error)
{
    size_t at = 0;
    int status = CTE_OK;
    const char *role;
    for (struct setting *s;
         status == CTE_OK && (s = plan_next(&importing->plan, "codes.", &at, &role)) != NULL;) {
        struct column *column = column_of(importing, role);
        if (column == NULL)
            return cte_fail(error, CTE_USAGE, "%s: %s: no column.%s is set", s->where, s->name,
                            role);
        status = open_code_names(importing, s->value, &column->names, error);
    }
    return status;
}

/* A text that a workbook writes for a control character stands in a CSV file where nobody has read
 * it back. */
static bool holds_control(const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (((unsigned char)*c < ' ' && strchr("\t\r\n", *c) == NULL) || *c == 0x7F)
            return true;
        if (c[0] == '_' && c[1] == 'x' && strspn(c + 2, "0123456789ABCDEFabcdef") >= 4 &&
            c[6] == '_' && c[2] == '0' && c[3] == '0' && strchr("01", c[4]) != NULL)
            return true;
    }
    return false;
}

static bool is_one_of(const char *text, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (strcmp(text, *words) == 0)
            return true;
    }
    return false;
}

/* #N/A, #REF!, #NAME? and their like in any language, Err:502 of LibreOffice, and ##### of a column
 * that is too narrow. */
static bool is_error_value(const char *text)
{
    static const char *const without_mark[] = {"#N/A", "#NV", "#GETTING_DATA", NULL};
    size_t length = strlen(text), hashes = strspn(text, "#");
    if (strncmp(text, "Err:", 4) == 0 && text[4] != '\0' &&
        text[4 + strspn(text + 4, "0123456789")] == '\0')
        return true;
    if (hashes == 0 || strchr(text, ' ') != NULL)
        return false;
    return (hashes == length && hashes > 1) ||
           (hashes == 1 && length > 2 && strchr("!?", text[length - 1]) != NULL) ||
           is_one_of(text, without_mark);
}

/* 1.10E+02, 1,10E+02, 5E+10: the exponent has a sign, or decimals stand before it. A code such as
 * 1E10 has neither. */
static bool is_exponential(const char *text)
{
    static const char figures[] = "0123456789";
    const char *c = text + (*text == '-' || *text == '+');
    size_t whole = strspn(c, figures), decimals = 0;
    c += whole;
    if (*c == '.' || *c == ',') {
        decimals = strspn(c + 1, figures);
        c += 1 + decimals;
    }
    bool is_e = *c == 'E' || *c == 'e', sign = is_e && (c[1] == '+' || c[1] == '-');
    if (whole == 0 || !is_e || (!sign && decimals == 0))
        return false;
    c += 1 + sign;
    return *c != '\0' && c[strspn(c, figures)] == '\0';
}

/* What a spreadsheet leaves of a cell that it did not show as text; NULL where nothing speaks for
 * it. */
static const char *misread(const char *text)
{
    static const char *const curved[] = {"\xe2\x80\x98", "\xe2\x80\x99"};
    bool marked = text[0] == '\'';
    if (is_error_value(text))
        return "holds an error value; correct the cell";
    if (text[0] == '=')
        return "holds a formula, which shows another text than stands there; write the value "
               "itself";
    if (is_exponential(text))
        return "holds a number with an exponent, which a spreadsheet made of a code; format the "
               "column as text and type the cell again";
    /* A curved one may begin a name of several words. */
    for (size_t i = 0; i < sizeof curved / sizeof *curved; i++)
        marked = marked ||
                 (strncmp(text, curved[i], strlen(curved[i])) == 0 && strchr(text, ' ') == NULL);
    return marked ? "begins with an apostrophe, which marks a text in a spreadsheet and is no part "
                    "of it; take it out"
                  : NULL;
}

/* The cell that holds the text of a merged range. */
static const struct cell *upper_left(const struct sheet *sheet, const struct cell *cell)
{
    const struct sheet_merge *merge = &sheet->merges[cell->merge];
    static const struct cell blank;
    return merge->row < sheet->row_count ? sheet_cell(&sheet->rows[merge->row], merge->column)
                                         : &blank;
}

const struct cell *shown_cell(const struct importing *importing, const struct sheet_row *row,
                              size_t column)
{
    const struct cell *cell = sheet_cell(row, column);
    return cell->merged && importing->fill_merged ? upper_left(&importing->sheet, cell) : cell;
}

/* ="01.0000": how some programs keep a code as it is in CSV. */
static bool is_text_formula(const char *text)
{
    const size_t length = strlen(text);
    return length > 3 && text[0] == '=' && strchr(text + 2, '"') == text + length - 1 &&
           text[1] == '"';
}

/* What is wrong with a cell that has a text; NULL where nothing is. A day is wrong unless it was
 * asked for. */
static const char *wrong_with(const struct importing *importing, const struct cell *cell, bool day)
{
    if (cell->is_formula)
        return "holds a formula, whose last result may not hold any more; paste it as a value";
    switch (cell->sort) {
    case CELL_DATE:
    case CELL_TIME:
        return cell->sort == CELL_DATE && day
                   ? NULL
                   : "holds a date, which Excel makes of a code or a year that looks like one; "
                     "format the column as text and type "
                     "the cell again";
    case CELL_ERROR: return "holds an error value; correct the cell";
    case CELL_UNSURE:
        return "has a number format that shows something else than is stored; format the column as "
               "text and type what is meant";
    case CELL_TEXT:
    case CELL_NUMBER:
    case CELL_NO_RESULT: break; /* of formulas alone */
    }
    if (holds_control(cell->text))
        return "holds a control character; type the cell again";
    /* The apostrophe that export put before it is known. */
    const bool is_guarded = importing->is_exported && cell_value(cell->text) != cell->text;
    const bool is_text = importing->reading.formula_texts && is_text_formula(cell->text);
    return importing->as_stored || is_guarded || is_text ? NULL : misread(cell->text);
}

static char *cell_content(struct importing *importing, const struct sheet_row *row, size_t column,
                          bool day, bool *bad)
{
    const struct cell *cell = shown_cell(importing, row, column);
    if (cell->merged && !importing->fill_merged) {
        problem(importing, row, column,
                "belongs to the merged cells %s; unmerge them and fill each, or set merged = fill",
                importing->sheet.merges[cell->merge].range);
        *bad = true;
        return NULL;
    }
    if (cell->text == NULL)
        return NULL;
    const char *what = wrong_with(importing, cell, day);
    if (what != NULL) {
        problem(importing, row, column, "%s", what);
        *bad = true;
        return NULL;
    }
    const char *value = importing->is_exported ? cell_value(cell->text) : cell->text;
    const char *stop = value + strlen(value);
    if (importing->reading.formula_texts && is_text_formula(value)) {
        value += 2;
        stop--;
    }
    /* A line break within a cell becomes a blank. */
    char *text = cte_strdup(value), *end = text;
    for (const char *c = value; c < stop; c++) {
        bool breaks = strchr("\t\r\n", *c) != NULL;
        if (!breaks || (end > text && end[-1] != ' '))
            *end++ = breaks ? ' ' : *c;
    }
    *end = '\0';
    return text;
}

char *cell_text(struct importing *importing, const struct sheet_row *row, size_t column, bool *bad)
{
    return cell_content(importing, row, column, false, bad);
}

char *cell_day_text(struct importing *importing, const struct sheet_row *row, size_t column,
                    bool *bad)
{
    return cell_content(importing, row, column, true, bad);
}

unsigned long odd_character(const char *text, bool in_code)
{
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (in_code && (c <= ' ' || strchr("^\\", c) != NULL))
            return c;
        if (c < 0x80)
            continue;
        unsigned long point = c >= 0xF0 ? c & 0x07 : c >= 0xE0 ? c & 0x0F : c & 0x1F;
        while (((unsigned char)*++text & 0xC0) == 0x80)
            point = (point << 6) | ((unsigned char)*text & 0x3F);
        return point;
    }
    return 0;
}

const struct code *cell_code(struct importing *importing, const struct sheet_row *row,
                             size_t column, const struct wanted_code *wanted, const char *text)
{
    const struct names *names = wanted->names;
    const struct code *found[NAMES_MAX_FOUND];
    const char *set = names_set(names)->identity.id;
    size_t count = names_find(names, text, found), fits = 0;
    for (size_t i = 0; count > 1 && i < count; i++) {
        const char *value =
            wanted->property != NULL ? code_property(found[i], wanted->property) : NULL;
        for (size_t k = 0; value != NULL && k < wanted->among_count; k++) {
            if (strcmp(wanted->among[k]->value, value) == 0) {
                found[fits++] = found[i];
                break;
            }
        }
    }
    if (count == 1 || fits == 1)
        return found[0];
    if (count > 1) {
        problem(importing, row, column,
                "'%.*s' is the name of %s and of %s in code set %s; write the code",
                SHOWN_IN_MESSAGE, text, found[0]->value, found[1]->value, set);
        return NULL;
    }
    const char *zeros = names_with_zeros(names, text);
    if (zeros != NULL) {
        problem(importing, row, column,
                "'%.*s' is not in code set %s, but %s is: zeros before the code were lost; format "
                "the column as "
                "text and type the code again",
                SHOWN_IN_MESSAGE, text, set, zeros);
        return NULL;
    }
    char *nearest = names_nearest(names, text), *odd = NULL;
    unsigned long point = odd_character(text, false);
    if (point != 0)
        odd = cte_format(" (it holds U+%04lX)", point);
    problem(importing, row, column, "'%.*s'%s is no code and no name of code set %s%s%s%s",
            SHOWN_IN_MESSAGE, text, odd != NULL ? odd : "", set,
            looks_like_date(text, false) ? ", and looks like a date that Excel made of a code" : "",
            nearest[0] != '\0' ? "; nearest: " : "; nothing in it is near", nearest);
    free(nearest);
    free(odd);
    return NULL;
}

static bool same_folded(const char *a, const char *b)
{
    char *x = folded(a != NULL ? a : ""), *y = folded(b != NULL ? b : "");
    bool same = strcmp(x, y) == 0;
    free(x);
    free(y);
    return same;
}

/* True when a cell of the row has its text in a merged cell further up: then the row is not as
 * empty as it looks. */
static bool is_filled_from_above(const struct importing *importing, const struct sheet_row *row)
{
    for (size_t c = 0; c < row->count; c++) {
        const struct cell *from =
            row->cells[c].merged ? upper_left(&importing->sheet, &row->cells[c]) : NULL;
        if (from != NULL && from->text != NULL &&
            (from < row->cells || from >= row->cells + row->count))
            return true;
    }
    return false;
}

bool is_passed_over(struct importing *importing, const struct sheet_row *row,
                    const struct column *key)
{
    const struct sheet_row *header = &importing->sheet.rows[importing->header];
    size_t filled = 0;
    bool header_again = true;
    for (size_t c = 0; c < row->count; c++)
        filled += row->cells[c].text != NULL;
    if (filled == 0 && !is_filled_from_above(importing, row))
        return true;
    for (size_t i = 0; i < importing->column_count && header_again; i++) {
        size_t c = importing->columns[i].places[0];
        header_again = same_folded(sheet_cell(row, c)->text, sheet_cell(header, c)->text);
    }
    const char *text = sheet_cell(row, key->places[0])->text;
    const struct code *found[NAMES_MAX_FOUND];
    bool is_code = text != NULL && key->names != NULL && names_find(key->names, text, found) > 0;
    if (!header_again && (filled > 1 || is_code || is_filled_from_above(importing, row)))
        return false;
    const char *what = header_again ? "the headers again" : "a heading";
    if (importing->skip_headings)
        text_format(&importing->said, "%s: %s; passed over\n",
                    sheet_place(&importing->sheet, row->line, 0), what);
    else
        problem(importing, row, 0,
                "%s, and no row of the table; take it out, or set headings = skip", what);
    return true;
}
