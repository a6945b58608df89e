#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stages/cte-table/import.h"

void problem(struct importing *importing, const struct sheet_row *row, size_t column, const char *format, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, format);
    if (vasprintf(&text, format, args) < 0)
        cte_die("a message cannot be formatted");
    va_end(args);
    program_say(importing->request->program, "%s: %s", sheet_place(&importing->sheet, row->line, column), text);
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
    for (struct setting *s; status == CTE_OK && (s = plan_next(&importing->plan, "codes.", &at)) != NULL;) {
        struct column *column = column_of(importing, s->name + strlen("codes."));
        if (column == NULL)
            return cte_fail(error, CTE_USAGE, "%s: %s: no column.%s is set", s->where, s->name, s->name + strlen("codes."));
        status = names_open(&importing->tables, s->value, &column->names, error);
    }
    return status;
}

/* Excel writes a control character in a cell as _x000D_. */
static bool holds_control(const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        if ((unsigned char)*c < ' ' && strchr("\t\r\n", *c) == NULL)
            return true;
        if (c[0] == '_' && c[1] == 'x' && strspn(c + 2, "0123456789ABCDEFabcdef") == 4 && c[6] == '_')
            return true;
    }
    return false;
}

/* The cell that holds the text of a merged range: the first row of the range, and its first column. */
static const struct cell *upper_left(const struct sheet *sheet, const struct sheet_row *row, size_t column)
{
    size_t merge = sheet_cell(row, column)->merge;
    for (; row > sheet->rows; row--) {
        const struct cell *above = sheet_cell(row - 1, column);
        if (!above->merged || above->merge != merge)
            break;
    }
    for (; column > 0; column--) {
        const struct cell *left = sheet_cell(row, column - 1);
        if (!left->merged || left->merge != merge)
            break;
    }
    return sheet_cell(row, column);
}

char *cell_text(struct importing *importing, const struct sheet_row *row, size_t column, bool *bad)
{
    const struct cell *cell = sheet_cell(row, column);
    const char *what = NULL;
    if (cell->merged && importing->fill_merged) {
        cell = upper_left(&importing->sheet, row, column);
    } else if (cell->merged) {
        problem(importing, row, column, "belongs to the merged cells %s; unmerge them and fill each, or set merged = fill",
                importing->sheet.merges[cell->merge]);
        *bad = true;
        return NULL;
    }
    if (cell->text == NULL)
        return NULL;
    if (cell->sort == CELL_FORMULA)
        what = "holds a formula, whose last result may not hold any more; paste it as a value";
    else if (cell->sort == CELL_DATE)
        what =
            "holds a date, which Excel makes of a code or a year that looks like one; format the column as text and type the cell again";
    else if (cell->sort == CELL_ERROR)
        what = "holds an error value; correct the cell";
    else if (holds_control(cell->text))
        what = "holds a control character; type the cell again";
    if (what != NULL) {
        problem(importing, row, column, "%s", what);
        *bad = true;
        return NULL;
    }
    /* A line break within a cell becomes a blank. */
    char *text = cte_strdup(cell->text), *end = text;
    for (const char *c = cell->text; *c != '\0'; c++) {
        bool breaks = strchr("\t\r\n", *c) != NULL;
        if (!breaks || (end > text && end[-1] != ' '))
            *end++ = breaks ? ' ' : *c;
    }
    *end = '\0';
    return text;
}

char *role_text(struct importing *importing, const struct sheet_row *row, const char *role, bool *bad)
{
    const struct column *column = column_of(importing, role);
    return column != NULL ? cell_text(importing, row, column->places[0], bad) : NULL;
}

/* 1-Jan, Jan-01, 7/1/2020: what Excel leaves in a CSV file of a code it took for a date. */
static bool looks_like_date(const char *text)
{
    static const char *const months[] = {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};
    size_t length = strlen(text), digits = 0, strokes = 0, letters = 0;
    for (size_t i = 0; i < length; i++) {
        digits += isdigit((unsigned char)text[i]) != 0;
        strokes += text[i] == '/' || text[i] == '-';
        letters += isalpha((unsigned char)text[i]) != 0;
    }
    if (digits == 0 || length > 11 || digits + strokes + letters != length)
        return false;
    char *fold = folded(text);
    bool month = false;
    for (size_t i = 0; i < sizeof months / sizeof *months && letters == 3; i++)
        month = month || strstr(fold, months[i]) != NULL;
    free(fold);
    return (month && strokes >= 1) || (letters == 0 && strokes == 2 && strchr(text, '/') != NULL);
}

const struct code *cell_code(struct importing *importing, const struct sheet_row *row, size_t column, const struct names *names,
                             const char *text, const char *property, const struct code *const *among, size_t among_count)
{
    const struct code *found[NAMES_MAX_FOUND];
    const char *set = names_set(names)->identity.id;
    size_t count = names_find(names, text, found), fits = 0;
    for (size_t i = 0; count > 1 && i < count; i++) {
        const char *value = property != NULL ? code_property(found[i], property) : NULL;
        for (size_t k = 0; value != NULL && k < among_count; k++) {
            if (strcmp(among[k]->value, value) == 0) {
                found[fits++] = found[i];
                break;
            }
        }
    }
    if (count == 1 || fits == 1)
        return found[0];
    if (count > 1) {
        problem(importing, row, column, "'%s' is the name of %s and of %s in code set %s; write the code", text, found[0]->value,
                found[1]->value, set);
        return NULL;
    }
    const char *zeros = names_with_zeros(names, text);
    if (zeros != NULL) {
        problem(importing, row, column,
                "'%s' is not in code set %s, but %s is: zeros before the code were lost; format the column as "
                "text and type the code again",
                text, set, zeros);
        return NULL;
    }
    char *nearest = names_nearest(names, text);
    problem(importing, row, column, "'%s' is no code and no name of code set %s%s%s%s", text, set,
            looks_like_date(text) ? ", and looks like a date that Excel made of a code" : "",
            nearest[0] != '\0' ? "; nearest: " : "; nothing in it is near", nearest);
    free(nearest);
    return NULL;
}

char *cell_year(struct importing *importing, const struct sheet_row *row, const char *role, bool *bad)
{
    char *text = role_text(importing, row, role, bad);
    if (text == NULL)
        return NULL;
    size_t length = strlen(text);
    char *year = cte_strdup(text);
    if (length == 7) {
        free(year);
        year = cte_format("%.5s%.2s%s", text, text,
                          text + 5); /* 2019-20; at a turn of the century it is no year and refused below */
    }
    if (academic_year(year, strlen(year)) == YEAR_NONE) {
        problem(importing, row, column_of(importing, role)->places[0], "'%s' is no academic year CCYY-CCYY%s", text,
                looks_like_date(text) ? "; it looks like a date that Excel made of one: format the column as text and type it again"
                                      : "");
        free(year);
        year = NULL;
        *bad = true;
    }
    free(text);
    return year;
}

static bool same_folded(const char *a, const char *b)
{
    char *x = folded(a != NULL ? a : ""), *y = folded(b != NULL ? b : "");
    bool same = strcmp(x, y) == 0;
    free(x);
    free(y);
    return same;
}

/* True when a cell of the row has its text in a merged cell further up: then the row is not as empty as it looks. */
static bool is_filled_from_above(const struct importing *importing, const struct sheet_row *row)
{
    for (size_t c = 0; c < row->count; c++) {
        const struct cell *from = row->cells[c].merged ? upper_left(&importing->sheet, row, c) : NULL;
        if (from != NULL && from->text != NULL && (from < row->cells || from >= row->cells + row->count))
            return true;
    }
    return false;
}

bool is_passed_over(struct importing *importing, const struct sheet_row *row, const struct column *key)
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
        printf("%s: %s; passed over\n", sheet_place(&importing->sheet, row->line, 0), what);
    else
        problem(importing, row, 0, "%s, and no row of the table; take it out, or set headings = skip", what);
    return true;
}

/* ---- keys ---- */

struct seen {
    struct seen_key {
        char *key;
        size_t number;
    } * slots;
    size_t room, count;
};

struct seen *seen_new(void)
{
    struct seen *seen = cte_zalloc(1, sizeof *seen);
    seen->room = 1 << 10;
    seen->slots = cte_zalloc(seen->room, sizeof *seen->slots);
    return seen;
}

static struct seen_key *seen_slot(const struct seen *seen, const char *key)
{
    size_t i = code_hash(key, strlen(key)) & (seen->room - 1);
    while (seen->slots[i].key != NULL && strcmp(seen->slots[i].key, key) != 0)
        i = (i + 1) & (seen->room - 1);
    return &seen->slots[i];
}

size_t seen_get(const struct seen *seen, const char *key)
{
    const struct seen_key *slot = seen_slot(seen, key);
    return slot->key != NULL ? slot->number : 0;
}

size_t seen_put(struct seen *seen, const char *key, size_t number)
{
    struct seen_key *slot = seen_slot(seen, key);
    if (slot->key != NULL)
        return slot->number;
    *slot = (struct seen_key){cte_strdup(key), number};
    if (2 * ++seen->count > seen->room) {
        struct seen old = *seen;
        seen->room *= 2;
        seen->slots = cte_zalloc(seen->room, sizeof *seen->slots);
        for (size_t i = 0; i < old.room; i++) {
            if (old.slots[i].key != NULL)
                *seen_slot(seen, old.slots[i].key) = old.slots[i];
        }
        free(old.slots);
    }
    return 0;
}
