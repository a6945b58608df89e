#include "pipeline/run/line_rows.h"

#include <csv.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#include "codetables/base/cell.h"
#include "codetables/base/file.h"
#include "codetables/base/memory.h"
#include "codetables/base/number.h"
#include "pipeline/stream/escape.h"
#include "pipeline/stream/look.h"

enum { BLOCK = 1 << 18 };

struct row_reader {
    const char *shown;
    char *heading;
    size_t columns; /* behind the line */
    bool is_short;
    gzFile file;    /* NULL: the bytes are all in memory */
    char *buffer;   /* of a file: what was read of it and not used up */
    const char *at; /* of what is there, up to `end` */
    const char *end;
    size_t room;
    bool is_at_end;          /* nothing comes behind `end` */
    uint64_t line;           /* of the file, without those within quotes */
    struct map named;        /* CSV: what stands behind lines */
    struct row_rest **rests; /* those that stay, by number */
    size_t rest_count, rest_room, rest_bytes;
    struct row_rest *passing; /* the one that does not stay, or NULL */
    struct line_row row;
    struct slice numbers; /* short form: those of the line at hand that are left */
    struct csv_parser parser;
    struct row_rest *parsed; /* by the parser, which has met so many cells */
    size_t parsed_cells;
    char *cell_at;
};

static int fail_reading(struct row_reader *reader, const char *why, struct cte_error *error)
{
    return cte_fail(error, CTE_BAD_INPUT, "%s:%" PRIu64 ": %s", reader->shown, reader->line, why);
}

/* ---- bytes ---- */

/* What is packed may end before its end, which zlib tells as an error that is none of reading. */
static void check_end(struct row_reader *reader, struct cte_error *error)
{
    int why;
    const char *words = gzerror(reader->file, &why);
    if (why == Z_BUF_ERROR)
        fail_reading(reader, "the file breaks off", error);
    else if (why == Z_DATA_ERROR)
        cte_fail(error, CTE_BAD_INPUT, "%s: is damaged; it cannot be unpacked", reader->shown);
    else if (why != Z_OK)
        cte_fail(error, CTE_IO, "%s: cannot read it: %s", reader->shown, words);
}

/* Reads more behind what is left. False at the end of the file, and where it fails. */
static bool read_more(struct row_reader *reader, struct cte_error *error)
{
    const size_t left = (size_t)(reader->end - reader->at);
    if (reader->file == NULL || reader->is_at_end)
        return false;
    if (left > ROW_MOST_BYTES) {
        fail_reading(reader, "is too long for a row", error);
        return false;
    }
    if (left + BLOCK > reader->room) {
        const size_t used = (size_t)(reader->at - reader->buffer);
        reader->room = left + 2 * (size_t)BLOCK;
        char *larger = cte_alloc(reader->room);
        memcpy(larger, reader->buffer + used, left);
        free(reader->buffer);
        reader->buffer = larger;
    } else {
        memmove(reader->buffer, reader->at, left);
    }
    const int got = gzread(reader->file, reader->buffer + left, BLOCK);
    reader->at = reader->buffer;
    reader->end = reader->buffer + left + (got > 0 ? got : 0);
    reader->is_at_end = got <= 0;
    if (got <= 0)
        check_end(reader, error);
    return got > 0;
}

/* The bytes up to the next line end that stands in no quotes, without it and with it; false at the
 * end, and where it fails. */
static bool take_line(struct row_reader *reader, struct slice *line, struct cte_error *error)
{
    size_t looked = 0;
    bool is_quoted = false;
    reader->line++;
    for (;;) {
        const char *from = reader->at + looked;
        const size_t left = (size_t)(reader->end - from);
        const char *end = left > 0 ? memchr(from, '\n', left) : NULL;
        const char *stop = end != NULL ? end : reader->end;
        for (const char *quote = from;
             quote < stop && (quote = memchr(quote, '"', (size_t)(stop - quote))) != NULL; quote++)
            is_quoted = !is_quoted;
        looked = (size_t)(stop - reader->at) + (end != NULL);
        if (end != NULL && !is_quoted) {
            *line = (struct slice){reader->at, looked};
            reader->at = end + 1;
            return true;
        }
        if (end == NULL && !read_more(reader, error)) {
            if (error->status == CTE_OK && looked > 0)
                fail_reading(reader, "the file breaks off", error);
            return false;
        }
    }
}

/* ---- what stands behind a line ---- */

static void take_cell(void *bytes, size_t length, void *context)
{
    struct row_reader *reader = context;
    if (reader->parsed_cells < reader->columns) {
        char *cell = reader->cell_at;
        memcpy(cell, bytes, length);
        cell[length] = '\0';
        reader->cell_at += length + 1;
        reader->parsed->cells[reader->parsed_cells] = cell + (cell_value(cell) - cell);
    }
    reader->parsed_cells++;
}

static void end_parsed_row(int end, void *context)
{
    struct row_reader *reader = context;
    if (end >= 0 && reader->parsed_cells != reader->columns)
        reader->parsed_cells = SIZE_MAX / 2; /* more rows than one, or other cells */
}

static int is_no_blank(unsigned char byte)
{
    (void)byte;
    return 0;
}

/* Parses cells behind a line, from the comma before the first. NULL where they are not as many as
 * the heading says. */
static struct row_rest *parse_rest(struct row_reader *reader, struct slice text)
{
    struct row_rest *rest = cte_zalloc(1, sizeof *rest + 2 * text.length + ROW_MOST_CELLS);
    char *copy = (char *)(rest + 1);
    memcpy(copy, text.at, text.length);
    rest->text = (struct slice){copy, text.length};
    reader->parsed = rest;
    reader->parsed_cells = 0;
    reader->cell_at = copy + text.length;
    if (text.length > 1 && text.at[0] == ',' &&
        csv_parse(&reader->parser, copy + 1, text.length - 1, take_cell, end_parsed_row, reader) ==
            text.length - 1 &&
        csv_fini(&reader->parser, take_cell, end_parsed_row, reader) == 0 &&
        reader->parsed_cells == reader->columns)
        return rest;
    free(rest);
    return NULL;
}

/* The texts that stay are bounded, whatever the file says. */
static bool has_room(const struct row_reader *reader, size_t length)
{
    return reader->rest_count < ROWS_MOST_NAMED && length <= ROWS_MOST_BYTES - reader->rest_bytes;
}

static struct row_rest *keep_rest(struct row_reader *reader, struct slice text)
{
    struct row_rest *rest = parse_rest(reader, text);
    if (rest == NULL)
        return NULL;
    GROW(reader->rests, reader->rest_count, reader->rest_room);
    reader->rests[reader->rest_count++] = rest;
    reader->rest_bytes += text.length;
    rest->stays = true;
    return rest;
}

static struct row_rest *pass_rest(struct row_reader *reader, struct slice text)
{
    free(reader->passing);
    return reader->passing = parse_rest(reader, text);
}

/* ---- rows ---- */

static const struct line_row *give_row(struct row_reader *reader, struct row_rest *rest)
{
    rest->count++;
    reader->row.rest = rest;
    return &reader->row;
}

static const struct line_row *next_in_full(struct row_reader *reader, struct cte_error *error)
{
    struct slice text;
    struct row_rest *rest;
    if (!take_line(reader, &text, error))
        return NULL;
    const char *comma = memchr(text.at, ',', text.length);
    const size_t digits = comma != NULL ? (size_t)(comma - text.at) : 0;
    const struct slice behind = {text.at + digits, text.length - digits};
    const size_t known = map_find(&reader->named, behind.at, behind.length);
    if (known != MAP_NONE) {
        rest = reader->rests[known];
    } else if (has_room(reader, behind.length)) {
        rest = keep_rest(reader, behind);
        if (rest != NULL)
            map_add(&reader->named, behind.at, behind.length);
    } else {
        rest = pass_rest(reader, behind);
    }
    if (rest == NULL || !read_digits((struct slice){text.at, digits}, &reader->row.line)) {
        fail_reading(reader, "is no row of it", error);
        return NULL;
    }
    return give_row(reader, rest);
}

/* "=3,cells": numbers follow one another, and 0 is the one that passes. */
static bool take_definition(struct row_reader *reader, struct slice text)
{
    uint64_t number;
    const char *comma = memchr(text.at, ',', text.length);
    if (comma == NULL ||
        !read_digits((struct slice){text.at + 1, (size_t)(comma - text.at - 1)}, &number))
        return false;
    const struct slice rest = {comma, (size_t)(text.at + text.length - comma)};
    if (number == 0)
        return pass_rest(reader, rest) != NULL;
    return number == reader->rest_count + 1 && has_room(reader, rest.length) &&
           keep_rest(reader, rest) != NULL;
}

/* The next of the numbers of the line at hand. */
static struct row_rest *take_number(struct row_reader *reader)
{
    const char *end = memchr(reader->numbers.at, ',', reader->numbers.length);
    const size_t length = end != NULL ? (size_t)(end - reader->numbers.at) : reader->numbers.length;
    uint64_t number;
    if (!read_digits((struct slice){reader->numbers.at, length}, &number) ||
        number > reader->rest_count)
        return NULL;
    const size_t used = end != NULL ? length + 1 : length;
    if (end != NULL && used == reader->numbers.length)
        return NULL;
    reader->numbers.at += used;
    reader->numbers.length -= used;
    return number == 0 ? reader->passing : reader->rests[number - 1];
}

static const struct line_row *next_in_short(struct row_reader *reader, struct cte_error *error)
{
    while (reader->numbers.length == 0) {
        struct slice text;
        if (!take_line(reader, &text, error))
            return NULL;
        if (text.at[0] == '=') {
            if (take_definition(reader, text))
                continue;
            fail_reading(reader, "defines no row of it", error);
            return NULL;
        }
        const char *comma = memchr(text.at, ',', text.length);
        if (comma == NULL ||
            !read_digits((struct slice){text.at, (size_t)(comma - text.at)}, &reader->row.line)) {
            fail_reading(reader, "is no line of it", error);
            return NULL;
        }
        /* Without the line end. */
        reader->numbers = (struct slice){comma + 1, (size_t)(text.at + text.length - comma) - 2};
    }
    struct row_rest *rest = take_number(reader);
    if (rest == NULL) {
        fail_reading(reader, "has a row that was not defined", error);
        return NULL;
    }
    return give_row(reader, rest);
}

const struct line_row *next_row(struct row_reader *reader, struct cte_error *error)
{
    if (reader == NULL || error->status != CTE_OK)
        return NULL;
    return reader->is_short ? next_in_short(reader, error) : next_in_full(reader, error);
}

const struct row_rest *row_rest_at(const struct row_reader *reader, size_t number)
{
    return number < reader->rest_count ? reader->rests[number] : NULL;
}

/* ---- opening and closing ---- */

static bool take_text_line(struct row_reader *reader, struct slice *line, struct cte_error *error)
{
    if (!take_line(reader, line, error))
        return false;
    line->length -= line->length > 1 && line->at[line->length - 2] == '\r' ? 2 : 1;
    return true;
}

static bool is_text(struct slice line, const char *text)
{
    return line.length == strlen(text) && memcmp(line.at, text, line.length) == 0;
}

/* The heading, and before it what tells the short form. */
static int read_heading(struct row_reader *reader, const char *heading, struct cte_error *error)
{
    struct slice line;
    bool has_line = take_text_line(reader, &line, error);
    reader->is_short = has_line && is_text(line, SHORT_ROWS_HEADER);
    if (reader->is_short)
        has_line = take_text_line(reader, &line, error);
    if (!has_line || (heading != NULL && !is_text(line, heading)))
        return error->status != CTE_OK
                   ? error->status
                   : fail_reading(reader, "does not begin with the heading it should have", error);
    reader->heading = cte_format("%.*s", (int)line.length, line.at);
    for (const char *comma = reader->heading; (comma = strchr(comma, ',')) != NULL; comma++)
        reader->columns++;
    if (reader->columns == 0 || reader->columns > ROW_MOST_CELLS ||
        strncmp(reader->heading, "line,", 5) != 0)
        return fail_reading(reader, "is no heading of rows about lines", error);
    return CTE_OK;
}

static int begin(struct row_reader *made, const char *heading, struct row_reader **reader,
                 struct cte_error *error)
{
    if (csv_init(&made->parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
        cte_die("libcsv cannot start");
    csv_set_space_func(&made->parser, is_no_blank);
    if (read_heading(made, heading, error) == CTE_OK)
        *reader = made;
    else
        close_rows(made);
    return error->status;
}

int open_rows(const char *path, const char *shown, const char *heading, struct row_reader **reader,
              struct cte_error *error)
{
    *reader = NULL;
    const int fd = file_open(path);
    if (fd < 0)
        return file_fail(shown, "cannot open", CTE_NO_INPUT, error);
    struct row_reader *made = cte_zalloc(1, sizeof *made);
    made->shown = shown;
    made->file = gzdopen(fd, "r");
    if (made->file == NULL)
        cte_die("zlib cannot start");
    gzbuffer(made->file, BLOCK);
    made->room = 2 * (size_t)BLOCK;
    made->at = made->end = made->buffer = cte_alloc(made->room);
    return begin(made, heading, reader, error);
}

int open_rows_of(struct slice bytes, const char *shown, const char *heading,
                 struct row_reader **reader, struct cte_error *error)
{
    *reader = NULL;
    struct row_reader *made = cte_zalloc(1, sizeof *made);
    made->shown = shown;
    made->at = bytes.at;
    made->end = bytes.at + bytes.length;
    return begin(made, heading, reader, error);
}

const char *rows_heading(const struct row_reader *reader)
{
    return reader->heading;
}

void close_rows(struct row_reader *reader)
{
    if (reader == NULL)
        return;
    if (reader->file != NULL)
        gzclose(reader->file);
    for (size_t i = 0; i < reader->rest_count; i++)
        free(reader->rests[i]);
    free(reader->rests);
    free(reader->passing);
    free(reader->buffer);
    free(reader->heading);
    map_free(&reader->named);
    csv_free(&reader->parser);
    free(reader);
}

int print_rows(struct row_reader *reader, struct output *output, struct cte_error *error)
{
    output_text(output, reader->heading);
    output_text(output, "\r\n");
    for (const struct line_row *row; (row = next_row(reader, error)) != NULL;) {
        char digits[20];
        output_put(output, digits, (size_t)(put_number(digits, row->line) - digits));
        output_put(output, row->rest->text.at, row->rest->text.length);
        output->records++;
    }
    return error->status;
}
