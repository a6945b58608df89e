#include "pipeline/run/line_rows.h"

#include <stdlib.h>
#include <string.h>

#include "codetables/base/cell.h"
#include "codetables/base/csv_rows.h"
#include "codetables/base/memory.h"
#include "codetables/base/number.h"
#include "pipeline/run/quoted_lines.h"
#include "pipeline/stream/escape.h"
#include "pipeline/stream/look.h"

struct row_reader {
    struct quoted_lines lines;
    char *heading;
    size_t columns; /* behind the line */
    bool is_short;
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
    if (!take_line(&reader->lines, &text, error))
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
        fail_line(&reader->lines, "is no row of it", error);
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
        if (!take_line(&reader->lines, &text, error))
            return NULL;
        if (text.at[0] == '=') {
            if (take_definition(reader, text))
                continue;
            fail_line(&reader->lines, "defines no row of it", error);
            return NULL;
        }
        const char *comma = memchr(text.at, ',', text.length);
        if (comma == NULL ||
            !read_digits((struct slice){text.at, (size_t)(comma - text.at)}, &reader->row.line)) {
            fail_line(&reader->lines, "is no line of it", error);
            return NULL;
        }
        /* Without the line end. */
        reader->numbers = (struct slice){comma + 1, (size_t)(text.at + text.length - comma) - 2};
    }
    struct row_rest *rest = take_number(reader);
    if (rest == NULL) {
        fail_line(&reader->lines, "has a row that was not defined", error);
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
    if (!take_line(&reader->lines, line, error))
        return false;
    line->length -= line->length > 1 && line->at[line->length - 2] == '\r' ? 2 : 1;
    return true;
}

/* The heading, and before it what tells the short form. */
static int read_heading(struct row_reader *reader, const char *heading, struct cte_error *error)
{
    struct slice line;
    bool has_line = take_text_line(reader, &line, error);
    reader->is_short = has_line && slice_is(line, SHORT_ROWS_HEADER);
    if (reader->is_short)
        has_line = take_text_line(reader, &line, error);
    if (!has_line || (heading != NULL && !slice_is(line, heading)))
        return error->status != CTE_OK
                   ? error->status
                   : fail_line(&reader->lines, "does not begin with the heading it should have",
                               error);
    reader->heading = cte_format("%.*s", (int)line.length, line.at);
    for (const char *comma = reader->heading; (comma = strchr(comma, ',')) != NULL; comma++)
        reader->columns++;
    if (reader->columns == 0 || reader->columns > ROW_MOST_CELLS ||
        strncmp(reader->heading, "line,", 5) != 0)
        return fail_line(&reader->lines, "is no heading of rows about lines", error);
    return CTE_OK;
}

static int begin(struct row_reader *made, const char *heading, struct row_reader **reader,
                 struct cte_error *error)
{
    csv_begin_strict(&made->parser);
    if (error->status == CTE_OK && read_heading(made, heading, error) == CTE_OK)
        *reader = made;
    else
        close_rows(made);
    return error->status;
}

int open_rows(const char *path, const char *shown, const char *heading, struct row_reader **reader,
              struct cte_error *error)
{
    *reader = NULL;
    struct row_reader *made = cte_zalloc(1, sizeof *made);
    open_lines(&made->lines, path, shown, error);
    return begin(made, heading, reader, error);
}

int open_rows_of(struct slice bytes, const char *shown, const char *heading,
                 struct row_reader **reader, struct cte_error *error)
{
    *reader = NULL;
    struct row_reader *made = cte_zalloc(1, sizeof *made);
    open_lines_of(&made->lines, bytes, shown);
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
    close_lines(&reader->lines);
    for (size_t i = 0; i < reader->rest_count; i++)
        free(reader->rests[i]);
    free(reader->rests);
    free(reader->passing);
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
