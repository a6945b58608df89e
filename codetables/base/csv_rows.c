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

/* The row at hand: its cells one after another in `text`, each with a NUL behind it. */
struct reading {
    struct csv_rows *rows;
    struct text text;
    size_t starts[CSV_MOST_COLUMNS], count;
    bool has_heading;
};

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

static bool is_heading(const struct reading *reading)
{
    struct text all = {0};
    for (size_t i = 0; i < reading->count; i++)
        text_format(&all, "%s%s", i > 0 ? "," : "", reading->text.bytes + reading->starts[i]);
    const bool is_same = strcmp(text_string(&all), reading->rows->heading) == 0;
    text_free(&all);
    return is_same;
}

static void give_row(struct reading *reading)
{
    struct csv_rows *rows = reading->rows;
    char *cells[CSV_MOST_COLUMNS];
    for (size_t i = 0; i < reading->count; i++) {
        char *cell = reading->text.bytes + reading->starts[i];
        cells[i] = cell + (cell_value(cell) - cell);
    }
    rows->count++;
    rows->take(rows->context, cells);
}

static void take_row(int end, void *context)
{
    (void)end;
    struct reading *reading = context;
    struct csv_rows *rows = reading->rows;
    if (rows->error->status == CTE_OK) {
        if (reading->count != rows->columns)
            cte_fail(rows->error, CTE_BAD_INPUT, "%s:%" PRIu64 ": is no row of %zu columns",
                     rows->shown, rows->count + 1 + reading->has_heading, rows->columns);
        else if (reading->has_heading)
            give_row(reading);
        else if (rows->heading != NULL && !is_heading(reading))
            cte_fail(rows->error, CTE_BAD_INPUT, "%s:1: has another heading than it should",
                     rows->shown);
    }
    reading->has_heading = true;
    text_clear(&reading->text);
    reading->count = 0;
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

/* Reads to the end, and holds the hash against the one it must be. */
static void read_all(struct reading *reading, struct csv_parser *parser, FILE *file)
{
    struct csv_rows *rows = reading->rows;
    struct cte_error *error = rows->error;
    struct digest digest = {0};
    char buffer[1 << 16], hex[DIGEST_HEX];
    size_t got;
    bool is_sound = true;
    digest_begin(&digest);
    while (is_sound && error->status == CTE_OK &&
           (got = fread(buffer, 1, sizeof buffer, file)) > 0) {
        if (rows->sha256 != NULL)
            digest_add(&digest, buffer, got);
        is_sound = csv_parse(parser, buffer, got, take_cell, take_row, reading) == got;
    }
    digest_end(&digest, hex);
    if (error->status == CTE_OK && ferror(file))
        file_fail(rows->shown, "cannot read", CTE_IO, error);
    is_sound = is_sound && csv_fini(parser, take_cell, take_row, reading) == 0;
    if (error->status == CTE_OK && (!is_sound || !reading->has_heading))
        cte_fail(error, CTE_BAD_INPUT, "%s: is no CSV of %zu columns", rows->shown, rows->columns);
    if (error->status == CTE_OK && rows->sha256 != NULL && strcmp(hex, rows->sha256) != 0)
        cte_fail(error, CTE_BAD_INPUT,
                 "%s: is not what the manifest says; cte-run --verify says more", rows->shown);
}

int read_csv_rows(const char *path, struct csv_rows *rows)
{
    struct reading reading = {.rows = rows};
    struct csv_parser parser;
    FILE *file = file_stream(path);
    if (file == NULL)
        return file_fail(rows->shown, "cannot read", CTE_IO, rows->error);
    if (rows->columns > CSV_MOST_COLUMNS)
        cte_die("a CSV file of too many columns");
    csv_begin_strict(&parser);
    rows->count = 0;
    read_all(&reading, &parser, file);
    csv_free(&parser);
    text_free(&reading.text);
    fclose(file);
    return rows->error->status;
}
