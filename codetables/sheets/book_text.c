/* The texts of a workbook: put together from pieces, with what is escaped in them resolved. */
#include <stdlib.h>
#include <string.h>

#include "codetables/sheets/book.h"
#include "codetables/base/memory.h"

/* A character of a text may be written in seven bytes. */
enum { MAX_SHARED = 128 << 20, MAX_GATHERED = 7 * SHEET_MAX_TEXT };

char *or_empty(char *text)
{
    return text != NULL ? text : cte_strdup("");
}

char *keep_name(struct book *book, char *name)
{
    name = or_empty(name);
    const size_t length = strlen(name);
    if (length > MAX_NAMES - book->name_bytes)
        cte_fail(book->error, CTE_BAD_INPUT,
                 "%s: its names of sheets and parts and its number formats have more than %d "
                 "bytes, which no spreadsheet program writes; save it in Excel again",
                 book->sheet->path, MAX_NAMES);
    else
        book->name_bytes += length;
    return arena_take(&book->sheet->memory, name);
}

void list_add(struct book *book, struct text_list *list, char *text)
{
    GROW(list->texts, list->count, list->room);
    list->texts[list->count++] = keep_name(book, text);
}

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
    if (book->into == NULL || book->in_phonetic)
        return;
    if (length > MAX_GATHERED - book->into->used)
        cte_fail(book->error, CTE_BAD_INPUT,
                 "%s: a text is longer than the %d bytes that a cell of a spreadsheet can hold",
                 book->sheet->path, SHEET_MAX_TEXT);
    else
        gathered_put(book->into, text, length);
}

int book_parse(struct book *book, const char *part, struct part_handler handler)
{
    handler.vocabulary = package_spreadsheet;
    handler.context = book;
    return package_parse(book->package, part, &handler, book->error);
}

/* Adds a text that cells share. A sheet that is read row by row may have millions of them, and
 * keeps their blanks. */
static void share_text(struct book *book, struct slice text)
{
    struct shared_texts *shared = &book->sheet->shared;
    const bool by_row = book->sheet->by_row;
    text = by_row ? text : trim(text);
    if (!by_row && shared->count == BOOK_MAX_LISTED) {
        cte_fail(book->error, CTE_BAD_INPUT,
                 "%s: has more than %d texts, which no table of codes has", book->sheet->path,
                 BOOK_MAX_LISTED);
        return;
    }
    const size_t after = shared->bytes.length + text.length + 1;
    if (by_row && after + (shared->count + 1) * sizeof *shared->starts > MAX_SHARED) {
        cte_fail(book->error, CTE_BAD_INPUT,
                 "%s: holds more than %d bytes of different texts, which are not read from a "
                 "workbook; save the sheet as CSV, or as several files",
                 book->sheet->path, MAX_SHARED);
        return;
    }
    GROW(shared->starts, shared->count, shared->room);
    shared->starts[shared->count++] = (uint32_t)shared->bytes.length;
    text_put(&shared->bytes, text.length > 0 ? text.at : "", text.length);
    text_add_byte(&shared->bytes, '\0');
}

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
        share_text(book, (struct slice){book->inside.text, book->inside.used});
    }
}

int read_shared_texts(struct book *book, const char *part)
{
    static const char *const closed[] = {"sst", NULL};
    return book_parse(
        book, part,
        (struct part_handler){
            .closed = closed, .start = start_string, .end = end_string, .text = book_text});
}
