#include "pipeline/run/line_rows.h"

#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "pipeline/stream/escape.h"
#include "pipeline/stream/look.h"

/* Rows of one line of the source that stand on one line of the short form, and digits of a line, a
 * number, and what is between. */
enum { MOST_ON_LINE = 64, MOST_DIGITS = 48 };

static void open_output(struct row_writer *writer)
{
    char *name = cte_format("%s.%s.short", writer->source, writer->holds);
    output_open(writer->output, writer->folder, name, writer->gzip, writer->error);
    free(name);
    writer->is_open = true;
    writer->output->is_synced_later = true;
    output_put(writer->output, writer->pending.bytes, writer->pending.length);
    text_free(&writer->pending);
}

static void put_bytes(struct row_writer *writer, const char *bytes, size_t length)
{
    if (writer->is_open) {
        output_put(writer->output, bytes, length);
        return;
    }
    text_put(&writer->pending, bytes, length);
    if (writer->pending.length > OUTPUT_BUFFER / 2)
        open_output(writer);
}

static void put_text(struct row_writer *writer, const char *text)
{
    put_bytes(writer, text, strlen(text));
}

static void begin_rows(struct row_writer *writer)
{
    if (writer->pending.length > 0 || writer->is_open)
        return;
    put_text(writer, SHORT_ROWS_HEADER "\n");
    put_text(writer, writer->heading);
    put_text(writer, "\n");
}

static void end_line(struct row_writer *writer)
{
    if (writer->on_line > 0)
        put_bytes(writer, "\n", 1);
    writer->on_line = 0;
}

static void define_rest(struct row_writer *writer, uint32_t number, const char *rest, size_t length)
{
    char digits[MOST_DIGITS] = "=";
    begin_rows(writer);
    end_line(writer);
    put_bytes(writer, digits, (size_t)(put_number(digits + 1, number) - digits));
    put_bytes(writer, rest, length);
}

uint32_t name_row(struct row_writer *writer, const char *rest, size_t length)
{
    const size_t known = writer->named.count;
    const bool has_room =
        known < ROWS_MOST_NAMED && writer->named_bytes + length <= ROWS_MOST_BYTES;
    const size_t number =
        has_room ? map_add(&writer->named, rest, length) : map_find(&writer->named, rest, length);
    if (number != MAP_NONE && number < known)
        return (uint32_t)number + 1;
    const uint32_t name = number == MAP_NONE ? 0 : (uint32_t)number + 1;
    if (name > 0)
        writer->named_bytes += length;
    define_rest(writer, name, rest, length);
    return name;
}

static char *add_row(struct row_writer *writer, char *to, uint64_t line, uint32_t number)
{
    writer->rows++;
    if (writer->on_line == 0 || line != writer->line || writer->on_line == MOST_ON_LINE) {
        if (writer->on_line > 0)
            *to++ = '\n';
        to = put_number(to, line);
        writer->line = line;
        writer->on_line = 0;
    }
    writer->on_line++;
    *to++ = ',';
    return put_number(to, number);
}

void put_row(struct row_writer *writer, uint64_t line, uint32_t number)
{
    put_rows(writer, line, &number, 1);
}

void put_rows(struct row_writer *writer, uint64_t line, const uint32_t *numbers, size_t count)
{
    char digits[ROWS_AT_ONCE * MOST_DIGITS], *to = digits;
    for (size_t i = 0; i < count; i++)
        to = add_row(writer, to, line, numbers[i]);
    put_bytes(writer, digits, (size_t)(to - digits));
}

/* A reader of the short form. Where that is a file, its name is gone. */
static struct row_reader *read_short_form(struct row_writer *writer)
{
    struct row_reader *reader = NULL;
    const struct slice pending = {writer->pending.bytes, writer->pending.length};
    if (!writer->is_open) {
        open_rows_of(pending, writer->holds, writer->heading, &reader, writer->error);
        return reader;
    }
    if (output_close(writer->output, writer->error) == CTE_OK)
        open_rows(writer->output->temporary, writer->holds, writer->heading, &reader,
                  writer->error);
    output_discard(writer->output);
    return reader;
}

/* Writes the rows in full, from the short form of them. */
static void write_in_full(struct row_writer *writer)
{
    struct row_reader *reader = read_short_form(writer);
    char *name = cte_format("%s.%s.csv", writer->source, writer->holds);
    if (reader != NULL &&
        output_open(writer->output, writer->folder, name, writer->gzip, writer->error) == CTE_OK)
        print_rows(reader, writer->output, writer->error);
    close_rows(reader);
    free(name);
}

int end_rows(struct row_writer *writer)
{
    struct cte_error *error = writer->error;
    if (writer->rows == 0 || error->status != CTE_OK)
        return error->status;
    end_line(writer);
    if (writer->rows <= writer->most)
        write_in_full(writer);
    else if (!writer->is_open)
        open_output(writer);
    if (error->status != CTE_OK)
        return error->status;
    writer->output->records = writer->rows;
    writer->output->is_synced_later = writer->is_synced_later;
    return output_close(writer->output, error);
}

void free_row_writer(struct row_writer *writer)
{
    text_free(&writer->pending);
    map_free(&writer->named);
}
