#include "codetables/base/csv_rows.h"

#include <csv.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "codetables/base/cell.h"
#include "codetables/base/digest.h"
#include "codetables/base/file.h"
#include "codetables/base/memory.h"
#include "codetables/base/text.h"

/* The row at hand, where it has quotes: its cells one after another in `text`, each with a NUL
 * behind it. A row without is not copied. */
struct reading {
    struct csv_rows *rows;
    struct csv_parser parser;
    struct text text;
    size_t starts[CSV_MOST_COLUMNS], count;
    bool has_heading;
    bool is_inside; /* the parser has begun a row, or may have */
    bool has_ended; /* a row, since it was last set */
};

static bool is_heading(const struct csv_rows *rows, char *const *cells)
{
    struct text all = {0};
    for (size_t i = 0; i < rows->columns; i++)
        text_format(&all, "%s%s", i > 0 ? "," : "", cells[i]);
    const bool is_same = strcmp(text_string(&all), rows->heading) == 0;
    text_free(&all);
    return is_same;
}

static void give_row(struct csv_rows *rows, char **cells)
{
    for (size_t i = 0; i < rows->columns; i++)
        cells[i] += cell_value(cells[i]) - cells[i];
    rows->count++;
    rows->take(rows->context, cells);
}

/* Takes a row of `count` cells, of which the first that a row may have are there. */
static void end_row(struct reading *reading, char **cells, size_t count)
{
    struct csv_rows *rows = reading->rows;
    if (rows->error->status == CTE_OK) {
        if (count != rows->columns)
            cte_fail(rows->error, CTE_BAD_INPUT, "%s:%" PRIu64 ": is no row of %zu columns",
                     rows->shown, rows->count + 1 + reading->has_heading, rows->columns);
        else if (reading->has_heading)
            give_row(rows, cells);
        else if (rows->heading != NULL && !is_heading(rows, cells))
            cte_fail(rows->error, CTE_BAD_INPUT, "%s:1: has another heading than it should",
                     rows->shown);
    }
    reading->has_heading = true;
}

/* ---- by the parser ---- */

static void take_cell(void *cell, size_t length, void *context)
{
    struct reading *reading = context;
    if (reading->count < reading->rows->columns) {
        reading->starts[reading->count] = reading->text.length;
        text_put(&reading->text, cell, length);
        text_add_byte(&reading->text, '\0');
    }
    reading->count++;
}

static void take_row(int end, void *context)
{
    (void)end;
    struct reading *reading = context;
    char *cells[CSV_MOST_COLUMNS];
    for (size_t i = 0; i < reading->count && i < reading->rows->columns; i++)
        cells[i] = reading->text.bytes + reading->starts[i];
    end_row(reading, cells, reading->count);
    text_clear(&reading->text);
    reading->count = 0;
    reading->has_ended = true;
}

/* False where it is no CSV. */
static bool parse(struct reading *reading, const char *bytes, size_t length)
{
    return csv_parse(&reading->parser, bytes, length, take_cell, take_row, reading) == length;
}

static int is_no_blank(unsigned char byte)
{
    (void)byte;
    return 0;
}

void csv_begin_strict(struct csv_parser *parser)
{
    if (csv_init(parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
        cte_die("libcsv cannot start");
    csv_set_space_func(parser, is_no_blank);
}

/* ---- by lines ---- */

/* Takes a row that has no quotes. Its cells stay where they are; what is behind each becomes a NUL.
 */
static void take_plain_row(struct reading *reading, char *row, size_t length)
{
    char *cells[CSV_MOST_COLUMNS];
    const char *end = row + length;
    size_t count = 0;
    row[length] = '\0';
    for (char *cell = row; cell != NULL; count++) {
        char *comma = memchr(cell, ',', (size_t)(end - cell));
        if (count < reading->rows->columns)
            cells[count] = cell;
        if (comma != NULL)
            *comma = '\0';
        cell = comma != NULL ? comma + 1 : NULL;
    }
    end_row(reading, cells, count);
}

/* Takes a line with its end. Most are rows as they stand; the parser takes those with quotes, and
 * whatever follows them until a row ends with its line. */
static bool take_line(struct reading *reading, char *line, size_t length)
{
    const size_t end = length - (length > 1 && line[length - 2] == '\r' ? 2 : 1);
    if (!reading->is_inside && memchr(line, '"', end) == NULL && memchr(line, '\r', end) == NULL) {
        if (end > 0)
            take_plain_row(reading, line, end);
        return true;
    }
    bool is_sound = parse(reading, line, end);
    reading->has_ended = false;
    is_sound = is_sound && parse(reading, line + end, length - end);
    reading->is_inside = !reading->has_ended;
    return is_sound;
}

/* Takes the lines that are whole, and moves what is left to the front. */
static bool take_lines(struct reading *reading, char *bytes, size_t *length)
{
    const struct cte_error *error = reading->rows->error;
    size_t used = 0;
    bool is_sound = true;
    const char *end;
    while (is_sound && error->status == CTE_OK &&
           (end = memchr(bytes + used, '\n', *length - used)) != NULL) {
        const size_t line = (size_t)(end + 1 - bytes) - used;
        is_sound = take_line(reading, bytes + used, line);
        used += line;
    }
    *length -= used;
    memmove(bytes, bytes + used, *length);
    return is_sound;
}

/* Reads to the end, and holds the hash against the one it must be. */
static void read_all(struct reading *reading, FILE *file)
{
    struct csv_rows *rows = reading->rows;
    struct cte_error *error = rows->error;
    struct digest digest = {0};
    char buffer[1 << 16], hex[DIGEST_HEX];
    size_t got, length = 0;
    bool is_sound = true;
    digest_begin(&digest);
    while (is_sound && error->status == CTE_OK &&
           (got = fread(buffer + length, 1, sizeof buffer - length, file)) > 0) {
        if (rows->sha256 != NULL)
            digest_add(&digest, buffer + length, got);
        length += got;
        is_sound = take_lines(reading, buffer, &length);
        if (length == sizeof buffer) { /* a line that is longer */
            is_sound = is_sound && parse(reading, buffer, length);
            reading->is_inside = true;
            length = 0;
        }
    }
    digest_end(&digest, hex);
    if (error->status == CTE_OK && ferror(file))
        file_fail(rows->shown, "cannot read", CTE_IO, error);
    is_sound = is_sound && parse(reading, buffer, length) &&
               csv_fini(&reading->parser, take_cell, take_row, reading) == 0;
    if (error->status == CTE_OK && (!is_sound || !reading->has_heading))
        cte_fail(error, CTE_BAD_INPUT, "%s: is no CSV of %zu columns", rows->shown, rows->columns);
    if (error->status == CTE_OK && rows->sha256 != NULL && strcmp(hex, rows->sha256) != 0)
        cte_fail(error, CTE_BAD_INPUT,
                 "%s: is not what the manifest says; cte-run --verify says more", rows->shown);
}

int read_csv_rows(const char *path, struct csv_rows *rows)
{
    struct reading reading = {.rows = rows};
    FILE *file = file_stream(path);
    if (file == NULL)
        return file_fail(rows->shown, "cannot read", CTE_IO, rows->error);
    if (rows->columns > CSV_MOST_COLUMNS)
        cte_die("a CSV file of too many columns");
    csv_begin_strict(&reading.parser);
    rows->count = 0;
    read_all(&reading, file);
    csv_free(&reading.parser);
    text_free(&reading.text);
    fclose(file);
    return rows->error->status;
}
