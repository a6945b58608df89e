/* A worksheet of an .xlsx file as a sheet. Office Open XML keeps the rows in one part, the texts of cells in another, and what a
 * number looks like in a third; which parts these are, a fourth says. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stages/cte-table/package.h"
#include "stages/cte-table/sheet.h"

enum { MAX_LISTED = 1 << 20, MAX_TABS = 1000 };

struct list {
    char **texts;
    size_t count;
};

struct relation {
    char *id, *type, *target;
};

struct book {
    struct sheet *sheet;
    struct package *package;
    struct cte_error *error;
    struct relation *relations; /* of the part that was asked last */
    size_t relation_count;
    struct list tabs, tab_ids;      /* names of the worksheets and their relations */
    struct list strings;            /* the shared texts */
    struct list formats;            /* of cells by their style: "d" a date, "0…" zeros, "" anything else */
    struct list own_ids, own_codes; /* number formats that the workbook defines */
    bool in_cell_styles;
    /* While texts are read. */
    char *text;
    size_t used, room;
    bool in_text, in_phonetic;
    /* While a worksheet is read. */
    unsigned line;
    size_t column;
    char *type, *style;
    bool has_formula;
};

static void add(struct list *list, char *text)
{
    if ((list->count & (list->count - 1)) == 0)
        list->texts = cte_realloc(list->texts, (list->count == 0 ? 1 : 2 * list->count) * sizeof *list->texts);
    list->texts[list->count++] = text;
}

static char *or_empty(char *text)
{
    return text != NULL ? text : cte_strdup("");
}

static void keep_text(void *context, const char *text, size_t length)
{
    struct book *book = context;
    if (!book->in_text || book->in_phonetic)
        return;
    if (book->used + length + 1 > book->room)
        book->text = cte_realloc(book->text, book->room = 2 * (book->used + length + 1));
    memcpy(book->text + book->used, text, length);
    book->used += length;
}

static bool ends_with(const char *text, const char *ending)
{
    size_t length = strlen(text), tail = strlen(ending);
    return length >= tail && strcmp(text + length - tail, ending) == 0;
}

/* ---- which part is which ---- */

static void take_relation(void *context, const char *name, const struct part_attributes *attributes)
{
    struct book *book = context;
    if (strcmp(name, "Relationship") != 0 || book->relation_count == MAX_TABS)
        return;
    book->relations = cte_realloc(book->relations, (book->relation_count + 1) * sizeof *book->relations);
    book->relations[book->relation_count++] = (struct relation){or_empty(part_attribute(attributes, "Id")),
                                                                or_empty(part_attribute(attributes, "Type")),
                                                                or_empty(part_attribute(attributes, "Target"))};
}

/* Reads the relations of a part: they lie in the folder _rels beside it. */
static int read_relations(struct book *book, const char *part)
{
    const char *slash = strrchr(part, '/');
    int folder = slash != NULL ? (int)(slash - part + 1) : 0;
    char *relations = cte_format("%.*s_rels/%s.rels", folder, part, part + folder);
    book->relation_count = 0;
    int status = package_parse(book->package, relations, &(struct part_handler){.start = take_relation, .context = book},
                               book->error);
    free(relations);
    return status;
}

/* The part that a relation of another leads to; NULL where there is no such relation. */
static char *related(const struct book *book, const char *part, const char *id, const char *type)
{
    const char *slash = strrchr(part, '/');
    int folder = slash != NULL ? (int)(slash - part + 1) : 0;
    for (size_t i = 0; i < book->relation_count; i++) {
        const struct relation *relation = &book->relations[i];
        if ((id != NULL && strcmp(relation->id, id) != 0) || (type != NULL && !ends_with(relation->type, type)))
            continue;
        return relation->target[0] == '/' ? cte_strdup(relation->target + 1) : cte_format("%.*s%s", folder, part, relation->target);
    }
    return NULL;
}

static void take_tab(void *context, const char *name, const struct part_attributes *attributes)
{
    struct book *book = context;
    if (strcmp(name, "sheet") == 0 && book->tabs.count < MAX_TABS) {
        add(&book->tabs, or_empty(part_attribute(attributes, "name")));
        add(&book->tab_ids, or_empty(part_attribute(attributes, "id")));
    }
}

/* ---- shared texts ---- */

static void start_string(void *context, const char *name, const struct part_attributes *attributes)
{
    (void)attributes;
    struct book *book = context;
    if (strcmp(name, "si") == 0)
        book->used = 0;
    else if (strcmp(name, "t") == 0)
        book->in_text = true;
    else if (strcmp(name, "rPh") == 0)
        book->in_phonetic = true;
}

static void end_string(void *context, const char *name)
{
    struct book *book = context;
    if (strcmp(name, "t") == 0) {
        book->in_text = false;
    } else if (strcmp(name, "rPh") == 0) {
        book->in_phonetic = false;
    } else if (strcmp(name, "si") == 0) {
        if (book->strings.count == MAX_LISTED)
            cte_fail(book->error, CTE_BAD_INPUT, "%s: has more than %d texts, which no table of codes has", book->sheet->path,
                     MAX_LISTED);
        else
            add(&book->strings, trimmed(book->text, book->used));
    }
}

/* ---- what numbers look like ---- */

/* A format with a letter of a date or time outside quotes, brackets and escapes is one of a date. */
static bool is_date_format(const char *code)
{
    for (const char *c = code; *c != '\0'; c++) {
        if (*c == '"' || *c == '[') {
            c = strchr(c + 1, *c == '"' ? '"' : ']');
            if (c == NULL)
                return false;
        } else if ((*c == '\\' || *c == '_' || *c == '*') && c[1] != '\0') {
            c++;
        } else if (strchr("yYmMdDhHsS", *c) != NULL) {
            return true;
        }
    }
    return false;
}

/* The formats that every workbook has: 14 to 22 and 45 to 47 are dates and times, and in some languages 27 to 36 and 50 to 58 too. */
static bool is_date_number(long id)
{
    return (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 47) || (id >= 50 && id <= 58);
}

static bool is_zeros(const char *code)
{
    size_t zeros = strspn(code, "0");
    return zeros > 0 && (code[zeros] == '\0' || (code[zeros] == '.' && code[zeros + 1] != '\0' &&
                                                 code[zeros + 1 + strspn(code + zeros + 1, "0")] == '\0'));
}

static void take_style(void *context, const char *name, const struct part_attributes *attributes)
{
    struct book *book = context;
    if (strcmp(name, "cellXfs") == 0)
        book->in_cell_styles = true;
    char *id = part_attribute(attributes, "numFmtId");
    if (strcmp(name, "numFmt") == 0 && book->own_ids.count < MAX_LISTED) {
        add(&book->own_ids, or_empty(id));
        add(&book->own_codes, or_empty(part_attribute(attributes, "formatCode")));
    } else if (strcmp(name, "xf") == 0 && book->in_cell_styles && book->formats.count < MAX_LISTED) {
        const char *format = id != NULL && is_date_number(strtol(id, NULL, 10)) ? "d" : "";
        for (size_t i = 0; id != NULL && i < book->own_ids.count; i++) {
            if (strcmp(book->own_ids.texts[i], id) == 0)
                format = is_date_format(book->own_codes.texts[i]) ? "d"
                         : is_zeros(book->own_codes.texts[i])     ? book->own_codes.texts[i]
                                                                  : "";
        }
        add(&book->formats, cte_strdup(format));
    }
}

static void end_style(void *context, const char *name)
{
    struct book *book = context;
    if (strcmp(name, "cellXfs") == 0)
        book->in_cell_styles = false;
}

/* ---- the worksheet ---- */

/* B7 to a column and a row, both from 0 and 1; false for anything else. */
static bool read_reference(const char *text, size_t *column, unsigned *line, const char **rest)
{
    size_t c = 0, n = 0;
    while (text[n] >= 'A' && text[n] <= 'Z' && n < 4)
        c = c * 26 + (size_t)(text[n++] - 'A' + 1);
    char *end;
    unsigned long r = strtoul(text + n, &end, 10);
    if (n == 0 || c == 0 || end == text + n || text[n] < '1' || text[n] > '9' || r > MAX_LISTED)
        return false;
    *column = c - 1;
    *line = (unsigned)r;
    *rest = end;
    return true;
}

/* The number as the sheet shows it where that says the same number with zeros before it; else as short as it can be. */
static char *number_text(const char *stored, const char *format)
{
    char *end, buffer[64];
    double value = strtod(stored, &end);
    if (end == stored || *end != '\0')
        return cte_strdup(stored);
    if (is_zeros(format)) {
        size_t width = strlen(format), zeros = strspn(format, "0");
        int decimals = width > zeros ? (int)(width - zeros - 1) : 0;
        if (width < 32 && value >= 0 && value < 1e15) {
            snprintf(buffer, sizeof buffer, "%0*.*f", (int)width, decimals, value);
            double shown = strtod(buffer, NULL);
            if (shown - value < 1e-9 && value - shown < 1e-9)
                return cte_strdup(buffer);
        }
    }
    snprintf(buffer, sizeof buffer, "%.15g", value);
    return cte_strdup(buffer);
}

static void put_cell(struct book *book)
{
    struct sheet *sheet = book->sheet;
    const char *type = book->type != NULL ? book->type : "n";
    char *stored = trimmed(book->text, book->used);
    if (stored == NULL) {
        if (book->has_formula)
            sheet_put(sheet, book->column, "", CELL_FORMULA, book->error);
        return;
    }
    enum cell_sort sort = CELL_TEXT;
    if (strcmp(type, "s") == 0) {
        char *end;
        unsigned long index = strtoul(stored, &end, 10);
        if (end == stored || *end != '\0' || index >= book->strings.count) {
            cte_fail(book->error, CTE_BAD_INPUT,
                     "%s: names a text that the file does not hold; it is damaged, save it in Excel again",
                     sheet_place(sheet, book->line, book->column));
            return;
        }
        stored = book->strings.texts[index];
    } else if (strcmp(type, "b") == 0) {
        stored = cte_strdup(strcmp(stored, "1") == 0 ? "TRUE" : "FALSE");
    } else if (strcmp(type, "e") == 0) {
        sort = CELL_ERROR;
    } else if (strcmp(type, "d") == 0) {
        sort = CELL_DATE;
    } else if (strcmp(type, "n") == 0) {
        unsigned long style = book->style != NULL ? strtoul(book->style, NULL, 10) : 0;
        const char *format = style < book->formats.count ? book->formats.texts[style] : "";
        sort = strcmp(format, "d") == 0 ? CELL_DATE : CELL_NUMBER;
        stored = number_text(stored, format);
    }
    if (book->has_formula)
        sort = CELL_FORMULA;
    if (stored != NULL)
        sheet_put(sheet, book->column, stored, sort, book->error);
}

static void start_row(struct book *book, const struct part_attributes *attributes)
{
    char *number = part_attribute(attributes, "r");
    unsigned long line = number != NULL ? strtoul(number, NULL, 10) : book->line + 1UL;
    free(number);
    if (line <= book->line || line > MAX_LISTED) {
        cte_fail(book->error, CTE_BAD_INPUT, "%s: %s: the row after row %u has no number above it; the file is damaged",
                 book->sheet->path, book->sheet->tab, book->line);
        return;
    }
    book->line = (unsigned)line;
    book->column = SIZE_MAX;
    sheet_add_row(book->sheet, book->line);
}

static void start_cell(struct book *book, const struct part_attributes *attributes)
{
    char *reference = part_attribute(attributes, "r");
    unsigned line = book->line;
    const char *rest = "";
    size_t column = book->column + 1;
    if (book->line == 0 || (reference != NULL && (!read_reference(reference, &column, &line, &rest) || *rest != '\0')) ||
        line != book->line || column < book->column + 1) {
        cte_fail(book->error, CTE_BAD_INPUT, "%s: %s: row %u: a cell does not say where it stands; the file is damaged",
                 book->sheet->path, book->sheet->tab, book->line);
    }
    free(reference);
    book->column = column;
    free(book->type);
    free(book->style);
    book->type = part_attribute(attributes, "t");
    book->style = part_attribute(attributes, "s");
    book->has_formula = false;
    book->used = 0;
}

static void start_worksheet(void *context, const char *name, const struct part_attributes *attributes)
{
    struct book *book = context;
    if (strcmp(name, "row") == 0)
        start_row(book, attributes);
    else if (strcmp(name, "c") == 0)
        start_cell(book, attributes);
    else if (strcmp(name, "f") == 0)
        book->has_formula = true;
    else if (strcmp(name, "rPh") == 0)
        book->in_phonetic = true;
    else if (strcmp(name, "v") == 0 || strcmp(name, "t") == 0)
        book->in_text = true;
    else if (strcmp(name, "mergeCell") == 0 && book->sheet->merge_count < MAX_LISTED) {
        struct sheet *sheet = book->sheet;
        sheet->merges = cte_realloc(sheet->merges, (sheet->merge_count + 1) * sizeof *sheet->merges);
        sheet->merges[sheet->merge_count++] = or_empty(part_attribute(attributes, "ref"));
    }
}

static void end_worksheet(void *context, const char *name)
{
    struct book *book = context;
    if (strcmp(name, "v") == 0 || strcmp(name, "t") == 0)
        book->in_text = false;
    else if (strcmp(name, "rPh") == 0)
        book->in_phonetic = false;
    else if (strcmp(name, "c") == 0 && book->error->status == CTE_OK)
        put_cell(book);
}

/* Tells the cells of each merged range that they are. Cells beyond the rows that are there, and beyond the widest row, hold nothing
 * that could be lost. */
static int mark_merges(struct sheet *sheet, struct cte_error *error)
{
    size_t widest = 0;
    for (size_t r = 0; r < sheet->row_count; r++)
        widest = sheet->rows[r].count > widest ? sheet->rows[r].count : widest;
    struct sheet whole = *sheet; /* sheet_put() works on the last row, so the rows are shown to it one by one */
    for (size_t m = 0; m < sheet->merge_count; m++) {
        size_t left, right, row = 0;
        unsigned top, bottom;
        const char *rest;
        if (!read_reference(sheet->merges[m], &left, &top, &rest) || *rest != ':' ||
            !read_reference(rest + 1, &right, &bottom, &rest) || *rest != '\0')
            return cte_fail(error, CTE_BAD_INPUT, "%s: %s: merged cells '%s' are no range; the file is damaged", sheet->path,
                            sheet->tab, sheet->merges[m]);
        while (row < sheet->row_count && sheet->rows[row].line < top)
            row++;
        for (; row < sheet->row_count && sheet->rows[row].line <= bottom; row++) {
            for (size_t c = left; c <= right && c < widest; c++) {
                whole.row_count = row + 1;
                const struct cell *cell = sheet_cell(&sheet->rows[row], c);
                int status = cell->merged ? CTE_OK : sheet_put(&whole, c, cell->text, cell->sort, error);
                if (status != CTE_OK)
                    return status;
                sheet->rows[row].cells[c].merged = true;
                sheet->rows[row].cells[c].merge = m;
            }
        }
    }
    return CTE_OK;
}

static int choose_tab(struct book *book, const char *wanted, size_t *chosen)
{
    char *names = cte_strdup("");
    *chosen = book->tabs.count;
    for (size_t i = 0; i < book->tabs.count; i++) {
        if (wanted != NULL && strcmp(book->tabs.texts[i], wanted) == 0)
            *chosen = i;
        char *longer = cte_format("%s%s'%s'", names, i > 0 ? ", " : "", book->tabs.texts[i]);
        free(names);
        names = longer;
    }
    if (wanted == NULL && book->tabs.count == 1)
        *chosen = 0;
    int status = CTE_OK;
    if (*chosen == book->tabs.count)
        status = cte_fail(book->error, CTE_BAD_INPUT, "%s: %s%s%s; it has %s: set sheet to one of them", book->sheet->path,
                          wanted != NULL ? "has no sheet '" : "has several sheets", wanted != NULL ? wanted : "",
                          wanted != NULL ? "'" : "", names);
    free(names);
    return status;
}

/* A part that a workbook may do without. */
static int parse_if_there(struct book *book, const char *part, const struct part_handler *handler)
{
    return part == NULL ? CTE_OK : package_parse(book->package, part, handler, book->error);
}

static int read_parts(struct book *book, const char *tab)
{
    size_t chosen = 0;
    int status = read_relations(book, "");
    char *main = status == CTE_OK ? related(book, "", NULL, "/officeDocument") : NULL;
    if (status == CTE_OK && main == NULL)
        status = cte_fail(book->error, CTE_BAD_INPUT, "%s: is a zip archive but no .xlsx file", book->sheet->path);
    if (status != CTE_OK ||
        (status = package_parse(book->package, main, &(struct part_handler){.start = take_tab, .context = book}, book->error)) !=
            CTE_OK ||
        (status = choose_tab(book, tab, &chosen)) != CTE_OK || (status = read_relations(book, main)) != CTE_OK)
        return status;
    book->sheet->tab = book->tabs.texts[chosen];
    char *strings = related(book, main, NULL, "/sharedStrings"), *styles = related(book, main, NULL, "/styles");
    char *worksheet = related(book, main, book->tab_ids.texts[chosen], "/worksheet");
    if (worksheet == NULL)
        return cte_fail(book->error, CTE_BAD_INPUT, "%s: '%s' is no sheet of cells", book->sheet->path, book->sheet->tab);
    status = parse_if_there(book, strings, &(struct part_handler){start_string, end_string, keep_text, book});
    if (status == CTE_OK)
        status = parse_if_there(book, styles, &(struct part_handler){.start = take_style, .end = end_style, .context = book});
    if (status == CTE_OK)
        status = package_parse(book->package, worksheet, &(struct part_handler){start_worksheet, end_worksheet, keep_text, book},
                               book->error);
    free(strings);
    free(styles);
    free(worksheet);
    free(main);
    return status == CTE_OK ? mark_merges(book->sheet, book->error) : status;
}

int workbook_read(struct sheet *sheet, const char *bytes, size_t length, const char *tab, struct cte_error *error)
{
    struct book book = {.sheet = sheet, .error = error, .column = SIZE_MAX};
    int status = package_open(sheet->path, bytes, length, &book.package, error);
    if (status == CTE_OK)
        status = read_parts(&book, tab);
    package_close(book.package);
    free(book.text);
    return status;
}
