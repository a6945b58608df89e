/* The styles of cells in a workbook: what numbers and dates look like. */
#include <stdlib.h>
#include <string.h>

#include "codetables/sheets/book.h"
#include "codetables/sheets/sheet_format.h"
#include "codetables/base/memory.h"

/* More than Excel itself allows, of number formats of one's own, and of styles. */
enum { MAX_FORMATS = 4096, MAX_STYLES = 1 << 16 };

/* A format also stands in a condition on cells, under a number that is none of the list's. */
static void take_style(void *context, const char *name, const struct part_attributes *attributes)
{
    struct book *book = context;
    if (strcmp(name, "cellXfs") == 0)
        book->in_cell_styles = true;
    if (strcmp(name, "numFmts") == 0)
        book->in_formats = true;
    bool is_format = strcmp(name, "numFmt") == 0 && book->in_formats,
         is_style = strcmp(name, "xf") == 0 && book->in_cell_styles;
    if (book->own_ids.count + is_format > MAX_FORMATS ||
        book->styles.count + is_style > MAX_STYLES) {
        cte_fail(book->error, CTE_BAD_INPUT,
                 "%s: has more than %d number formats or %d styles; save it in Excel again",
                 book->sheet->path, MAX_FORMATS, MAX_STYLES);
    } else if (is_format) {
        list_add(book, &book->own_ids, part_attribute(attributes, "numFmtId"));
        list_add(book, &book->own_codes, unescaped(part_attribute(attributes, "formatCode")));
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
    if (strcmp(name, "numFmts") == 0)
        book->in_formats = false;
}

/* The styles, once all is read: from numbers of formats to their codes; NULL where nobody knows the
 * format. Many styles may have one long format, which is kept once. */
static void name_formats(struct book *book)
{
    for (size_t i = 0; i < book->styles.count; i++) {
        char *id = book->styles.texts[i], *end, *own = NULL;
        const long number = strtol(id, &end, 10);
        const char *code = *end == '\0' && end != id ? built_in_format(number) : NULL;
        for (size_t k = 0; k < book->own_ids.count; k++)
            own = strcmp(book->own_ids.texts[k], id) == 0 ? book->own_codes.texts[k] : own;
        if (own == NULL && code != NULL)
            own = arena_string(&book->sheet->memory, code);
        book->styles.texts[i] = own;
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

int read_styles(struct book *book, const char *part)
{
    static const char *const closed[] = {"numFmts", "cellXfs", NULL};
    int status = book_parse(
        book, part, (struct part_handler){.closed = closed, .start = take_style, .end = end_style});
    name_formats(book);
    return status;
}
