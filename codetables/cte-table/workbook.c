/* A worksheet of an .xlsx file as a sheet. Office Open XML keeps the rows in one part, the texts of
 * cells in another, and what a number looks like in a third; which parts these are, a fourth says.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/cte-table/book.h"
#include "codetables/base/memory.h"
#include "codetables/base/text.h"

/* More sheets and relations than Excel itself allows. */
enum { MAX_TABS = 1000 };

struct relation {
    char *id, *type, *target;
};

static bool ends_with(const char *text, const char *ending)
{
    size_t length = strlen(text), tail = strlen(ending);
    return length >= tail && strcmp(text + length - tail, ending) == 0;
}

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

static int read_parts(struct book *book, const char *tab)
{
    size_t chosen = 0;
    int status = read_relations(book, "");
    char *main = status == CTE_OK ? related(book, "", NULL, "/officeDocument") : NULL;
    if (status == CTE_OK && main == NULL)
        status = cte_fail(book->error, CTE_BAD_INPUT, "%s: is a zip archive but no .xlsx file",
                          book->sheet->path);
    if (status != CTE_OK ||
        (status = book_parse(book, main, (struct part_handler){.start = take_tab})) != CTE_OK ||
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
        status = read_shared_texts(book, strings);
    if (status == CTE_OK && styles != NULL)
        status = read_styles(book, styles);
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
