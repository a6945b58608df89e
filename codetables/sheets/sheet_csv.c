/* A CSV file as a sheet. libcsv does the quoting; what it would let pass is looked at before: bytes
 * that are not UTF-8, NUL, and a carriage return that ends no line. */
#include <csv.h>
#include <iconv.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <libxml/xmlstring.h>

#include "codetables/sheets/sheet.h"
#include "codetables/base/memory.h"
#include "codetables/base/slice.h"
#include "codetables/base/text.h"

struct reading {
    struct sheet *sheet;
    struct cte_error *error;
    unsigned line; /* where the row begins */
    size_t column;
};

static unsigned breaks_in(const char *text, size_t length)
{
    unsigned count = 0;
    for (size_t i = 0; i < length; i++)
        count += text[i] == '\n';
    return count;
}

/* What a workbook writes for a tab or a line break stands in a CSV file that was made without
 * reading it back; it becomes the character. How long the text then is. */
static size_t resolve_breaks(char *text, size_t length)
{
    static const struct {
        const char *escaped;
        char c;
    } breaks[] = {{"_x000D_", '\r'}, {"_x000A_", '\n'}, {"_x0009_", '\t'}};
    static const char underscore[] = "_x005F"; /* before it, the text is meant as it stands */
    const size_t before = sizeof underscore - 1, escape = 7;
    size_t to = 0;
    for (size_t i = 0; i < length; i++) {
        bool literal = to >= before && memcmp(text + to - before, underscore, before) == 0;
        text[to] = text[i];
        for (size_t k = 0; k < sizeof breaks / sizeof *breaks && !literal && length - i >= escape;
             k++) {
            if (strncasecmp(text + i, breaks[k].escaped, escape) == 0) {
                text[to] = breaks[k].c;
                i += escape - 1;
                break;
            }
        }
        to++;
    }
    return to;
}

static void take_cell(void *bytes, size_t length, void *context)
{
    struct reading *reading = context;
    struct sheet *sheet = reading->sheet;
    if (reading->error->status != CTE_OK)
        return;
    if (reading->column == 0 && sheet_add_row(sheet, reading->line, reading->error) != CTE_OK)
        return;
    reading->line += breaks_in(bytes, length);
    char *text = arena_take(&sheet->memory, trimmed(bytes, resolve_breaks(bytes, length)));
    if (text != NULL)
        sheet_put(sheet, &sheet->rows[sheet->row_count - 1], reading->column,
                  (struct cell){.text = text}, reading->error);
    reading->column++;
}

static void take_row(int end, void *context)
{
    (void)end;
    struct reading *reading = context;
    reading->column = 0;
    reading->line++;
}

/* Lines end at the line feed alone; the carriage return before it is blank space, which libcsv
 * trims at the edge of a cell. */
static int is_return(unsigned char c)
{
    return c == '\r';
}

static int is_line_feed(unsigned char c)
{
    return c == '\n';
}

/* A file that has never seen a line feed has the line ends of an old Macintosh; they become line
 * feeds. A carriage return in the midst of lines that end otherwise is refused: it may be a line
 * end that somebody lost. */
static int check_returns(const char *path, char *bytes, size_t length, struct cte_error *error)
{
    if (memchr(bytes, '\n', length) == NULL) {
        for (size_t i = 0; i < length; i++)
            bytes[i] = bytes[i] == '\r' ? '\n' : bytes[i];
        return CTE_OK;
    }
    unsigned line = 1;
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] == '\n')
            line++;
        else if (bytes[i] == '\r' && (i + 1 == length || bytes[i + 1] != '\n'))
            return cte_fail(error, CTE_BAD_INPUT,
                            "%s:%u: holds a carriage return that ends no line; save the sheet as "
                            "CSV UTF-8 again",
                            path, line);
    }
    return CTE_OK;
}

/* The line of the first byte that UTF-8 cannot have. */
static unsigned bad_line(const char *bytes, size_t length)
{
    unsigned line = 1;
    for (size_t i = 0; i < length; i++) {
        size_t end = i;
        while (end < length && bytes[end] != '\n')
            end++;
        char *copy = trimmed(bytes + i, end - i);
        bool good = copy == NULL || xmlCheckUTF8((const xmlChar *)copy);
        free(copy);
        if (!good)
            return line;
        line++;
        i = end;
    }
    return line;
}

static int convert(const char *path, struct slice text, struct text *converted,
                   struct cte_error *error)
{
    iconv_t table = iconv_open("UTF-8", "WINDOWS-1252");
    if (table == (iconv_t)-1)
        cte_die("this system's iconv does not know Windows-1252");
    size_t in_left = text.length, room = 3 * text.length + 16, out_left = room;
    char *in = (char *)(uintptr_t)text.at, *out = text_space(converted, room);
    size_t failed = iconv(table, &in, &in_left, &out, &out_left);
    iconv_close(table);
    if (failed == (size_t)-1)
        return cte_fail(
            error, CTE_BAD_INPUT,
            "%s:%u: holds a byte that Windows-1252 does not have either; save it as CSV UTF-8",
            path, breaks_in(text.at, text.length - in_left) + 1);
    *out = '\0';
    converted->length = room - out_left;
    return CTE_OK;
}

/* What else than a comma may part cells. */
static const struct {
    char c;
    const char *name;
} separators[] = {{';', "semicolons"}, {'\t', "tabs"}, {'|', "strokes"}};

enum { SEPARATORS = sizeof separators / sizeof *separators };

/* What seems to part the cells: the likeliest separator outside quotes, where that is no comma.
 * Only told, never acted upon. */
static const char *likely_separator(const char *bytes, size_t length)
{
    size_t counts[UCHAR_MAX + 1] = {0};
    bool quoted = false;
    for (size_t i = 0; i < length; i++) {
        quoted = quoted != (bytes[i] == '"');
        counts[(unsigned char)bytes[i]] += !quoted;
    }
    for (size_t i = 0; i < SEPARATORS; i++) {
        if (counts[(unsigned char)separators[i].c] > counts[','])
            return separators[i].name;
    }
    return NULL;
}

/* The row that libcsv stopped in, at a character that cannot stand there. */
static int refuse_quoting(const struct reading *reading, const char *bytes, size_t stopped)
{
    size_t start = stopped;
    while (start > 0 && strchr(",\n", bytes[start - 1]) == NULL)
        start--;
    const char *place = sheet_place(reading->sheet, reading->line, reading->column);
    if (bytes[start] == '=')
        return cte_fail(reading->error, CTE_BAD_INPUT,
                        "%s: holds a formula, which shows another text than stands there; write "
                        "the value itself",
                        place);
    /* Behind a quoted cell, or before one. */
    char neighbour = bytes[stopped] == '"' && stopped > 0 ? bytes[stopped - 1] : bytes[stopped];
    for (size_t i = 0; i < SEPARATORS; i++) {
        if (neighbour == separators[i].c)
            return cte_fail(reading->error, CTE_BAD_INPUT,
                            "%s: the cells are separated by %s, it seems; save the sheet as CSV "
                            "UTF-8 with commas",
                            place, separators[i].name);
    }
    return cte_fail(
        reading->error, CTE_BAD_INPUT,
        "%s: the quoting of this row is not that of a CSV file; save the sheet as CSV again",
        place);
}

/* UTF-16 without a mark: every second byte of plain text is zero. */
static bool is_utf16(const char *bytes, size_t length)
{
    size_t zeros = 0, looked = length < 64 ? length : 64;
    for (size_t i = 0; i < looked; i++)
        zeros += bytes[i] == '\0';
    return 3 * zeros > looked;
}

int csv_read(struct sheet *sheet, char *bytes, size_t length, bool windows_1252,
             struct cte_error *error)
{
    struct text converted = {0};
    if (length >= 2 && (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0 ||
                        is_utf16(bytes, length)))
        return cte_fail(error, CTE_BAD_INPUT, "%s: the file is UTF-16; save it as CSV UTF-8",
                        sheet->path);
    if (memchr(bytes, '\0', length) != NULL)
        return cte_fail(error, CTE_BAD_INPUT, "%s: holds a NUL byte; it is no CSV text",
                        sheet->path);
    if (length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
        bytes += 3;
        length -= 3;
    }
    int status = check_returns(sheet->path, bytes, length, error);
    if (status == CTE_OK && !xmlCheckUTF8((const xmlChar *)bytes)) {
        if (!windows_1252)
            return cte_fail(error, CTE_BAD_INPUT,
                            "%s:%u: holds bytes that are not UTF-8; save it as CSV UTF-8, or set "
                            "encoding = windows-1252",
                            sheet->path, bad_line(bytes, length));
        status = convert(sheet->path, (struct slice){bytes, length}, &converted, error);
        bytes = converted.bytes;
        length = converted.length;
    }
    if (status == CTE_OK) {
        struct reading reading = {.sheet = sheet, .error = error, .line = 1};
        sheet->separator = likely_separator(bytes, length);
        struct csv_parser parser;
        if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL) != 0)
            cte_die("libcsv cannot start");
        csv_set_space_func(&parser, is_return);
        csv_set_term_func(&parser, is_line_feed);
        size_t stopped = csv_parse(&parser, bytes, length, take_cell, take_row, &reading);
        if (stopped != length || csv_fini(&parser, take_cell, take_row, &reading) != 0)
            refuse_quoting(&reading, bytes, stopped);
        csv_free(&parser);
        status = error->status;
    }
    text_free(&converted);
    return status;
}
