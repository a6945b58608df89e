/* A CSV file as a sheet. libcsv does the quoting; what it would let pass is looked at before: bytes that are not UTF-8, NUL, and a
 * carriage return that ends no line. */
#include <csv.h>
#include <iconv.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/xmlstring.h>

#include "stages/cte-table/sheet.h"

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

static void take_cell(void *bytes, size_t length, void *context)
{
    struct reading *reading = context;
    struct sheet *sheet = reading->sheet;
    if (reading->error->status != CTE_OK)
        return;
    if (reading->column == 0)
        sheet_add_row(sheet, reading->line);
    reading->line += breaks_in(bytes, length);
    char *text = trimmed(bytes, length);
    if (text != NULL)
        sheet_put(sheet, reading->column, text, CELL_TEXT, reading->error);
    reading->column++;
}

static void take_row(int end, void *context)
{
    (void)end;
    struct reading *reading = context;
    reading->column = 0;
    reading->line++;
}

/* Lines end at the line feed alone; the carriage return before it is blank space, which libcsv trims at the edge of a cell. */
static int is_return(unsigned char c)
{
    return c == '\r';
}

static int is_line_feed(unsigned char c)
{
    return c == '\n';
}

/* A file that has never seen a line feed has the line ends of an old Macintosh; they become line feeds. A carriage return in the midst
 * of lines that end otherwise is refused: it may be a line end that somebody lost. */
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
                            "%s:%u: holds a carriage return that ends no line; save the sheet as CSV UTF-8 again", path, line);
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

static int convert(const char *path, const char *bytes, size_t length, char **converted, size_t *converted_length,
                   struct cte_error *error)
{
    iconv_t table = iconv_open("UTF-8", "WINDOWS-1252");
    if (table == (iconv_t)-1)
        cte_die("this system's iconv does not know Windows-1252");
    size_t room = 3 * length + 16, in_left = length, out_left = room;
    *converted = cte_alloc(room + 1);
    char *in = (char *)(uintptr_t)bytes, *out = *converted;
    size_t failed = iconv(table, &in, &in_left, &out, &out_left);
    iconv_close(table);
    if (failed == (size_t)-1)
        return cte_fail(error, CTE_BAD_INPUT, "%s:%u: holds a byte that Windows-1252 does not have either; save it as CSV UTF-8",
                        path, breaks_in(bytes, length - in_left) + 1);
    *converted_length = room - out_left;
    (*converted)[*converted_length] = '\0';
    return CTE_OK;
}

int csv_read(struct sheet *sheet, char *bytes, size_t length, bool windows_1252, struct cte_error *error)
{
    char *converted = NULL;
    if (length >= 2 && (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0))
        return cte_fail(error, CTE_BAD_INPUT, "%s: the file is UTF-16; save it as CSV UTF-8", sheet->path);
    if (memchr(bytes, '\0', length) != NULL)
        return cte_fail(error, CTE_BAD_INPUT, "%s: holds a NUL byte; it is no CSV text", sheet->path);
    if (length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
        bytes += 3;
        length -= 3;
    }
    int status = check_returns(sheet->path, bytes, length, error);
    if (status == CTE_OK && !xmlCheckUTF8((const xmlChar *)bytes)) {
        if (!windows_1252)
            return cte_fail(error, CTE_BAD_INPUT,
                            "%s:%u: holds bytes that are not UTF-8; save it as CSV UTF-8, or set encoding = windows-1252",
                            sheet->path, bad_line(bytes, length));
        status = convert(sheet->path, bytes, length, &converted, &length, error);
        bytes = converted;
    }
    if (status == CTE_OK) {
        struct reading reading = {.sheet = sheet, .error = error, .line = 1};
        struct csv_parser parser;
        if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL) != 0)
            cte_die("libcsv cannot start");
        csv_set_space_func(&parser, is_return);
        csv_set_term_func(&parser, is_line_feed);
        if (csv_parse(&parser, bytes, length, take_cell, take_row, &reading) != length ||
            csv_fini(&parser, take_cell, take_row, &reading) != 0)
            cte_fail(error, CTE_BAD_INPUT, "%s:%u: the quoting of this row is not that of a CSV file; save the sheet as CSV again",
                     sheet->path, reading.line);
        csv_free(&parser);
        status = error->status;
    }
    free(converted);
    return status;
}
