/* A worksheet of an .xlsx file as a sheet. Office Open XML keeps the rows in one part, the texts of
 * cells in another, and what a number looks like in a third; which parts these are, a fourth says.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/cte-table/book.h"
#include "codetables/cte-table/sheet_format.h"
#include "codetables/base/memory.h"
#include "codetables/base/text.h"

/* More than Excel itself allows, of sheets and relations, of number formats of one's own, and of
 * styles. */
enum { MAX_TABS = 1000, MAX_FORMATS = 4096, MAX_STYLES = 1 << 16 };

struct relation {
    char *id, *type, *target;
};

void list_add(struct book *book, struct text_list *list, char *text)
{
    GROW(list->texts, list->count, list->room);
    list->texts[list->count++] = arena_take(&book->sheet->memory, text);
}

char *or_empty(char *text)
{
    return text != NULL ? text : cte_strdup("");
}

/* ---- texts ---- */

void gathered_clear(struct gathered *gathered)
{
    gathered->used = gathered->piece = 0;
}

void gathered_start(struct gathered *gathered)
{
    gathered->piece = gathered->used;
}

void gathered_put(struct gathered *gathered, const char *text, size_t length)
{
    if (gathered->used + length + 1 > gathered->room)
        gathered->text =
            cte_realloc(gathered->text, gathered->room = 2 * (gathered->used + length + 1));
    memcpy(gathered->text + gathered->used, text, length);
    gathered->used += length;
}

/* The UTF-16 code unit that _xHHHH_ stands for, or -1. */
static long escaped_unit(const char *text, size_t length)
{
    if (length < 7 || text[0] != '_' || text[1] != 'x' || text[6] != '_' ||
        strspn(text + 2, "0123456789ABCDEFabcdef") < 4)
        return -1;
    char digits[5] = {text[2], text[3], text[4], text[5], '\0'};
    return strtol(digits, NULL, 16);
}

static size_t put_utf8(char *to, unsigned long c)
{
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    size_t more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const unsigned char marks[] = {0, 0xC0, 0xE0, 0xF0};
    to[0] = (char)(marks[more] | (c >> (6 * more)));
    for (size_t i = 1; i <= more; i++)
        to[i] = (char)(0x80 | ((c >> (6 * (more - i))) & 0x3F));
    return more + 1;
}

/* Resolves what is escaped in a text; the result is never longer. What is no character at all
 * becomes a control character, which is refused where the cell is used. */
static size_t resolve(char *text, size_t length)
{
    size_t to = 0;
    for (size_t i = 0; i < length;) {
        long unit = escaped_unit(text + i, length - i), low;
        if (unit < 0) {
            text[to++] = text[i++];
            continue;
        }
        i += 7;
        unsigned long c = (unsigned long)unit;
        if (c >= 0xD800 && c < 0xDC00 && (low = escaped_unit(text + i, length - i)) >= 0xDC00 &&
            low < 0xE000) {
            c = 0x10000 + ((c - 0xD800) << 10) + ((unsigned long)low - 0xDC00);
            i += 7;
        }
        if (c == 0 || (c >= 0xD800 && c < 0xE000) || c == 0xFFFE || c == 0xFFFF)
            c = 1;
        to += put_utf8(text + to, c);
    }
    return to;
}

void gathered_end(struct gathered *gathered)
{
    if (gathered->used == gathered->piece)
        return;
    gathered_put(gathered, "", 1); /* the end that strspn() looks for */
    gathered->used = gathered->piece + resolve(gathered->text + gathered->piece,
                                               gathered->used - 1 - gathered->piece);
}

char *unescaped(char *text)
{
    if (text != NULL)
        text[resolve(text, strlen(text))] = '\0';
    return text;
}

void book_text(void *context, const char *text, size_t length)
{
    struct book *book = context;
    if (book->into != NULL && !book->in_phonetic)
        gathered_put(book->into, text, length);
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
    if (strcmp(name, "Relationship") != 0)
        return;
    if (book->relation_count == MAX_TABS) {
        cte_fail(book->error, CTE_BAD_INPUT,
                 "%s: has more than %d parts, which no workbook of codes has", book->sheet->path,
                 MAX_TABS);
        return;
    }
    char *mode = part_attribute(attributes, "TargetMode");
    bool outside = mode != NULL && strcmp(mode, "External") == 0;
    free(mode);
    if (outside)
        return;
    struct arena *memory = &book->sheet->memory;
    GROW(book->relations, book->relation_count, book->relation_room);
    book->relations[book->relation_count++] =
        (struct relation){arena_take(memory, or_empty(part_attribute(attributes, "Id"))),
                          arena_take(memory, or_empty(part_attribute(attributes, "Type"))),
                          arena_take(memory, or_empty(part_attribute(attributes, "Target")))};
}

/* Reads the relations of a part: they lie in the folder _rels beside it. */
static int read_relations(struct book *book, const char *part)
{
    const char *slash = strrchr(part, '/');
    int folder = slash != NULL ? (int)(slash - part + 1) : 0;
    char *relations = cte_format("%.*s_rels/%s.rels", folder, part, part + folder);
    book->relation_count = 0;
    int status =
        package_parse(book->package, relations,
                      &(struct part_handler){
                          .vocabulary = package_relations, .start = take_relation, .context = book},
                      book->error);
    free(relations);
    return status;
}

/* The part that a target means, seen from the folder of another: a relative reference, with `.` and
 * `..`, or one from the root. */
static char *resolve_target(const char *part, const char *target)
{
    const char *slash = strrchr(part, '/');
    int folder = slash != NULL && target[0] != '/' ? (int)(slash - part + 1) : 0;
    char *whole = cte_format("%.*s%s", folder, part, target), *to = whole;
    for (const char *from = whole; *from != '\0';) {
        size_t length = strcspn(from, "/");
        const char *next = from + length + (from[length] == '/');
        if (length == 2 && from[0] == '.' && from[1] == '.') {
            for (to -= to > whole; to > whole && to[-1] != '/'; to--)
                continue;
        } else if (length > 0 && !(length == 1 && from[0] == '.')) {
            memmove(to, from, (size_t)(next - from));
            to += next - from;
        }
        from = next;
    }
    *to = '\0';
    return whole;
}

/* The part that a relation of another leads to; NULL where there is no such relation. */
static char *related(const struct book *book, const char *part, const char *id, const char *type)
{
    for (size_t i = 0; i < book->relation_count; i++) {
        const struct relation *relation = &book->relations[i];
        if ((id == NULL || strcmp(relation->id, id) == 0) && ends_with(relation->type, type))
            return arena_take(&book->sheet->memory, resolve_target(part, relation->target));
    }
    return NULL;
}

static void take_tab(void *context, const char *name, const struct part_attributes *attributes)
{
    struct book *book = context;
    if (strcmp(name, "workbookPr") == 0)
        book->since_1904 = part_flag(attributes, "date1904");
    if (strcmp(name, "sheet") != 0)
        return;
    if (book->tabs.count == MAX_TABS) {
        cte_fail(book->error, CTE_BAD_INPUT,
                 "%s: has more than %d sheets, which no workbook of codes has", book->sheet->path,
                 MAX_TABS);
        return;
    }
    char *state = part_attribute(attributes, "state");
    book->tab_hidden =
        cte_realloc(book->tab_hidden, (book->tabs.count + 1) * sizeof *book->tab_hidden);
    book->tab_hidden[book->tabs.count] = state != NULL && strcmp(state, "visible") != 0;
    free(state);
    list_add(book, &book->tabs, or_empty(unescaped(part_attribute(attributes, "name"))));
    list_add(book, &book->tab_ids, or_empty(part_relation(attributes)));
}

/* ---- shared texts ---- */

static void start_string(void *context, const char *name, const struct part_attributes *attributes)
{
    (void)attributes;
    struct book *book = context;
    if (strcmp(name, "si") == 0) {
        gathered_clear(&book->inside);
    } else if (strcmp(name, "t") == 0) {
        book->into = &book->inside;
        gathered_start(book->into);
    } else if (strcmp(name, "rPh") == 0) {
        book->in_phonetic = true;
    }
}

static void end_string(void *context, const char *name)
{
    struct book *book = context;
    if (strcmp(name, "t") == 0) {
        gathered_end(&book->inside);
        book->into = NULL;
    } else if (strcmp(name, "rPh") == 0) {
        book->in_phonetic = false;
    } else if (strcmp(name, "si") == 0) {
        if (book->strings.count == BOOK_MAX_LISTED)
            cte_fail(book->error, CTE_BAD_INPUT,
                     "%s: has more than %d texts, which no table of codes has", book->sheet->path,
                     BOOK_MAX_LISTED);
        else
            list_add(book, &book->strings, trimmed(book->inside.text, book->inside.used));
    }
}

/* ---- what numbers look like ---- */

static void take_style(void *context, const char *name, const struct part_attributes *attributes)
{
    struct book *book = context;
    if (strcmp(name, "cellXfs") == 0)
        book->in_cell_styles = true;
    bool is_format = strcmp(name, "numFmt") == 0,
         is_style = strcmp(name, "xf") == 0 && book->in_cell_styles;
    if (book->own_ids.count + is_format > MAX_FORMATS ||
        book->styles.count + is_style > MAX_STYLES) {
        cte_fail(book->error, CTE_BAD_INPUT,
                 "%s: has more than %d number formats or %d styles; save it in Excel again",
                 book->sheet->path, MAX_FORMATS, MAX_STYLES);
    } else if (is_format) {
        list_add(book, &book->own_ids, or_empty(part_attribute(attributes, "numFmtId")));
        list_add(book, &book->own_codes,
                 or_empty(unescaped(part_attribute(attributes, "formatCode"))));
    } else if (is_style) {
        char *id = part_attribute(attributes, "numFmtId");
        list_add(book, &book->styles, id != NULL ? id : cte_strdup("0"));
    }
}

static void end_style(void *context, const char *name)
{
    struct book *book = context;
    if (strcmp(name, "cellXfs") == 0)
        book->in_cell_styles = false;
}

/* The styles, once all is read: from numbers of formats to their codes; NULL where nobody knows the
 * format. */
static void name_formats(struct book *book)
{
    for (size_t i = 0; i < book->styles.count; i++) {
        char *id = book->styles.texts[i], *end;
        long number = strtol(id, &end, 10);
        const char *code = *end == '\0' && end != id ? built_in_format(number) : NULL;
        for (size_t k = 0; k < book->own_ids.count; k++)
            code = strcmp(book->own_ids.texts[k], id) == 0 ? book->own_codes.texts[k] : code;
        book->styles.texts[i] = code != NULL ? arena_string(&book->sheet->memory, code) : NULL;
    }
}

const char *book_format(const struct book *book, const char *style)
{
    char *end = "";
    unsigned long number = style != NULL ? strtoul(style, &end, 10) : 0;
    if (book->styles.count == 0 && number == 0 && *end == '\0')
        return built_in_format(0); /* a workbook without styles */
    return number < book->styles.count && *end == '\0' ? book->styles.texts[number] : NULL;
}

/* ---- the whole ---- */

static int choose_tab(struct book *book, const char *wanted, size_t *chosen)
{
    struct text names = {0};
    *chosen = book->tabs.count;
    if (book->tabs.count == 0)
        return cte_fail(book->error, CTE_BAD_INPUT,
                        "%s: has no sheet that can be read; save it in Excel again",
                        book->sheet->path);
    for (size_t i = 0; i < book->tabs.count; i++) {
        if (wanted != NULL && strcmp(book->tabs.texts[i], wanted) == 0)
            *chosen = i;
        text_format(&names, "%s'%s'%s", i > 0 ? ", " : "", book->tabs.texts[i],
                    book->tab_hidden[i] ? " (hidden)" : "");
    }
    if (wanted == NULL && book->tabs.count == 1)
        *chosen = 0;
    int status = CTE_OK;
    if (*chosen == book->tabs.count)
        status =
            cte_fail(book->error, CTE_BAD_INPUT, "%s: %s%s%s; it has %s: set sheet to one of them",
                     book->sheet->path, wanted != NULL ? "has no sheet '" : "has several sheets",
                     wanted != NULL ? wanted : "", wanted != NULL ? "'" : "", text_string(&names));
    text_free(&names);
    return status;
}

static int parse(struct book *book, const char *part, struct part_handler handler)
{
    handler.vocabulary = package_spreadsheet;
    handler.context = book;
    return package_parse(book->package, part, &handler, book->error);
}

static int read_parts(struct book *book, const char *tab)
{
    size_t chosen = 0;
    int status = read_relations(book, "");
    char *main = status == CTE_OK ? related(book, "", NULL, "/officeDocument") : NULL;
    if (status == CTE_OK && main == NULL)
        status = cte_fail(book->error, CTE_BAD_INPUT, "%s: is a zip archive but no .xlsx file",
                          book->sheet->path);
    if (status != CTE_OK ||
        (status = parse(book, main, (struct part_handler){.start = take_tab})) != CTE_OK ||
        (status = choose_tab(book, tab, &chosen)) != CTE_OK ||
        (status = read_relations(book, main)) != CTE_OK)
        return status;
    book->sheet->tab = book->tabs.texts[chosen];
    book->sheet->tab_hidden = book->tab_hidden[chosen];
    char *strings = related(book, main, NULL, "/sharedStrings"),
         *styles = related(book, main, NULL, "/styles");
    char *worksheet = related(book, main, book->tab_ids.texts[chosen], "/worksheet");
    if (worksheet == NULL)
        return cte_fail(book->error, CTE_BAD_INPUT, "%s: '%s' is no sheet of cells",
                        book->sheet->path, book->sheet->tab);
    /* A workbook may do without shared texts and styles. */
    if (strings != NULL)
        status = parse(
            book, strings,
            (struct part_handler){.start = start_string, .end = end_string, .text = book_text});
    if (status == CTE_OK && styles != NULL)
        status = parse(book, styles, (struct part_handler){.start = take_style, .end = end_style});
    name_formats(book);
    if (status == CTE_OK)
        status = worksheet_read(book, worksheet);
    return status;
}

int workbook_read(struct sheet *sheet, const char *bytes, size_t length, const char *tab,
                  struct cte_error *error)
{
    struct book book = {.sheet = sheet, .error = error, .column = SIZE_MAX};
    int status = package_open(sheet->path, bytes, length, &book.package, error);
    if (status == CTE_OK)
        status = read_parts(&book, tab);
    package_close(book.package);
    free(book.value.text);
    free(book.inside.text);
    struct text_list *const lists[] = {&book.tabs,    &book.tab_ids,   &book.strings,
                                       &book.own_ids, &book.own_codes, &book.styles};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        free(lists[i]->texts);
    free(book.relations);
    free(book.tab_hidden);
    free(book.type);
    free(book.style);
    free(book.merges.list);
    free(book.arrays.list);
    return status;
}
