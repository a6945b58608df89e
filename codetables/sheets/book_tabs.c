/* The sheets of a workbook, and which of them is read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "codetables/base/shown.h"
#include "codetables/base/text.h"
#include "codetables/sheets/book.h"

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
    list_add(book, &book->tabs, unescaped(part_attribute(attributes, "name")));
    list_add(book, &book->tab_ids, part_relation(attributes));
}

int book_read_tabs(struct book *book, const char *main_part)
{
    static const char *const closed[] = {"sheets", NULL};
    return book_parse(book, main_part, (struct part_handler){.closed = closed, .start = take_tab});
}

int book_choose_tab(struct book *book, const char *wanted, size_t *chosen)
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

/* Whether anything stands in the cells of a sheet. */
struct looking {
    bool in_rows, in_text, is_filled;
};

static void start_look(void *context, const char *name, const struct part_attributes *attributes)
{
    (void)attributes;
    struct looking *looking = context;
    looking->in_rows = looking->in_rows || strcmp(name, "sheetData") == 0;
    looking->is_filled = looking->is_filled || (looking->in_rows && strcmp(name, "f") == 0);
    looking->in_text = looking->in_rows && (strcmp(name, "v") == 0 || strcmp(name, "t") == 0);
}

static void end_look(void *context, const char *name)
{
    struct looking *looking = context;
    looking->in_rows = looking->in_rows && strcmp(name, "sheetData") != 0;
    looking->in_text = false;
}

static void look_at_text(void *context, const char *text, size_t length)
{
    struct looking *looking = context;
    (void)text;
    looking->is_filled = looking->is_filled || (looking->in_text && length > 0);
}

/* Reads a part up to the first cell that holds something. */
static int look_into(struct book *book, const char *name, bool *is_filled)
{
    static const char *const closed[] = {"sheetData", NULL};
    struct looking looking = {false, false, false};
    const struct part_handler handler = {.vocabulary = package_spreadsheet,
                                         .closed = closed,
                                         .start = start_look,
                                         .end = end_look,
                                         .text = look_at_text,
                                         .context = &looking};
    struct package_part *part;
    bool ended = false;
    int status = package_open_part(book->package, name, &handler, &part, book->error);
    while (status == CTE_OK && !ended && !looking.is_filled)
        status = package_feed(part, &ended, book->error);
    package_close_part(part);
    *is_filled = looking.is_filled;
    return status;
}

int book_choose_filled_tab(struct book *book, size_t *chosen)
{
    struct text names = {0};
    size_t filled = 0, sheets = 0;
    int status = CTE_OK;
    *chosen = book->tabs.count;
    for (size_t i = 0; i < book->tabs.count; i++) {
        if (book_related(book, book->tab_ids.texts[i], "/worksheet") != NULL)
            sheets++;
    }
    for (size_t i = 0; i < book->tabs.count && status == CTE_OK; i++) {
        const char *part = book_related(book, book->tab_ids.texts[i], "/worksheet");
        bool is_filled = false;
        if (part == NULL)
            continue; /* a chart, or what else is no sheet of cells */
        if (sheets > 1)
            status = look_into(book, part, &is_filled);
        if (*chosen == book->tabs.count || (is_filled && filled == 0))
            *chosen = i;
        if (!is_filled)
            continue;
        char *shown = text_shown(book->tabs.texts[i], strlen(book->tabs.texts[i]));
        text_format(&names, "%s'%s'%s", filled > 0 ? ", " : "", shown,
                    book->tab_hidden[i] ? " (hidden)" : "");
        free(shown);
        filled++;
    }
    if (status == CTE_OK && *chosen == book->tabs.count)
        status = cte_fail(book->error, CTE_BAD_INPUT,
                          "%s: has no sheet that can be read; save it in Excel again",
                          book->sheet->path);
    if (status == CTE_OK && filled > 1)
        status = cte_fail(book->error, CTE_BAD_INPUT,
                          "%s: something stands in several sheets: %s; save the sheet of the "
                          "records as a file of its own",
                          book->sheet->path, text_string(&names));
    text_free(&names);
    return status;
}
