#include "pipeline/run/counts_file.h"

#include <csv.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/cell.h"
#include "codetables/base/file.h"
#include "codetables/base/memory.h"
#include "codetables/base/number.h"
#include "codetables/base/text.h"
#include "pipeline/stream/escape.h"

static const char heading[] = "lea,year,local_course,rollup,outcome,again,school,before,"
                              "after_1,after_2,by_1,by_2,by_3,records";
enum cell {
    CELL_LEA,
    CELL_YEAR,
    CELL_LOCAL,
    CELL_ROLLUP,
    CELL_OUTCOME,
    CELL_AGAIN,
    CELL_SCHOOL,
    CELL_BEFORE,
    CELL_AFTER,
    CELL_BY = CELL_AFTER + ROLLUP_MAX_AFTER,
    CELL_RECORDS = CELL_BY + ROLLUP_MAX_BY,
    CELLS
};

static const struct {
    char state;
    const char *word;
} outcomes[] = {{'R', "written"}, {'H', "held"}, {'X', "rejected"}, {'M', "merged"}};
enum { OUTCOMES = sizeof outcomes / sizeof *outcomes };

const char *counted_outcome(char state)
{
    const char *outcome = "";
    for (size_t i = 0; i < OUTCOMES; i++)
        outcome = outcomes[i].state == state ? outcomes[i].word : outcome;
    return outcome;
}

/* ---- writing ---- */

void put_counts_heading(struct output *output)
{
    output_text(output, heading);
    output_text(output, "\r\n");
}

static void add_cell(struct text *cells, const char *value)
{
    size_t length;
    char *cell = cell_guarded(value, strlen(value), &length);
    text_put(cells, cell, length);
    text_add_byte(cells, ',');
    free(cell);
}

void add_counts_place(struct text *cells, const struct counted *counted)
{
    add_cell(cells, counted->lea);
    add_cell(cells, counted->year);
    add_cell(cells, counted->local);
    add_cell(cells, counted->rollup);
    add_cell(cells, counted_outcome(counted->state));
    add_cell(cells, counted->is_again ? "yes" : "");
    add_cell(cells, counted->school);
}

static void put_cell(struct output *output, const char *value)
{
    if (value[0] != '\0')
        output_cell(output, value, strlen(value));
    output_put(output, ",", 1);
}

void put_counts_codes(struct output *output, const struct counted *counted)
{
    char records[24], *end;
    put_cell(output, counted->before);
    for (size_t a = 0; a < ROLLUP_MAX_AFTER; a++)
        put_cell(output, counted->after[a]);
    for (size_t b = 0; b < ROLLUP_MAX_BY; b++)
        put_cell(output, counted->by[b]);
    end = mempcpy(put_number(records, counted->records), "\r\n", 2);
    output_put(output, records, (size_t)(end - records));
    output->records++;
}

void put_counts_row(struct output *output, const struct counted *counted)
{
    struct text cells = {0};
    add_counts_place(&cells, counted);
    output_put(output, cells.bytes, cells.length);
    put_counts_codes(output, counted);
    text_free(&cells);
}

/* ---- reading ---- */

/* The row at hand: its cells one after another in `text`, each with a NUL behind it. */
struct counts_reading {
    const char *shown;
    void (*take)(void *context, const struct counted *counted);
    void *context;
    struct text text;
    size_t starts[CELLS], count;
    unsigned long long row;
    struct cte_error *error;
};

static void take_cell(void *cell, size_t length, void *context)
{
    struct counts_reading *reading = context;
    if (reading->count < CELLS) {
        reading->starts[reading->count] = reading->text.length;
        text_put(&reading->text, cell, length);
        text_add_byte(&reading->text, '\0');
    }
    reading->count++;
}

static bool is_heading(const struct counts_reading *reading)
{
    struct text all = {0};
    for (size_t i = 0; i < CELLS; i++)
        text_format(&all, "%s%s", i > 0 ? "," : "", reading->text.bytes + reading->starts[i]);
    const bool is_same = strcmp(text_string(&all), heading) == 0;
    text_free(&all);
    return is_same;
}

/* False where a cell is nothing that stands there. */
static bool take_counted(const struct counts_reading *reading, struct counted *counted)
{
    const char *cells[CELLS];
    for (size_t i = 0; i < CELLS; i++)
        cells[i] = cell_value(reading->text.bytes + reading->starts[i]);
    *counted = (struct counted){.lea = cells[CELL_LEA],
                                .year = cells[CELL_YEAR],
                                .local = cells[CELL_LOCAL],
                                .rollup = cells[CELL_ROLLUP],
                                .is_again = cells[CELL_AGAIN][0] != '\0',
                                .school = cells[CELL_SCHOOL],
                                .before = cells[CELL_BEFORE]};
    for (size_t i = 0; i < OUTCOMES; i++) {
        if (strcmp(outcomes[i].word, cells[CELL_OUTCOME]) == 0)
            counted->state = outcomes[i].state;
    }
    memcpy(counted->after, cells + CELL_AFTER, sizeof counted->after);
    memcpy(counted->by, cells + CELL_BY, sizeof counted->by);
    return counted->state != '\0' && read_number(cells[CELL_RECORDS], &counted->records);
}

static void take_row(int end, void *context)
{
    struct counts_reading *reading = context;
    struct counted counted;
    (void)end;
    reading->row++;
    if (reading->error->status == CTE_OK) {
        const bool is_sound =
            reading->count == CELLS &&
            (reading->row == 1 ? is_heading(reading) : take_counted(reading, &counted));
        if (!is_sound)
            cte_fail(reading->error, CTE_BAD_INPUT, "%s:%llu: is no row of a counts file",
                     reading->shown, reading->row);
        else if (reading->row > 1)
            reading->take(reading->context, &counted);
    }
    text_clear(&reading->text);
    reading->count = 0;
}

static int is_no_blank(unsigned char byte)
{
    (void)byte;
    return 0;
}

int read_counts(const char *path, const char *shown,
                void (*take)(void *context, const struct counted *counted), void *context,
                struct cte_error *error)
{
    struct counts_reading reading = {
        .shown = shown, .take = take, .context = context, .error = error};
    struct csv_parser parser;
    char buffer[1 << 14];
    size_t got;
    FILE *file = file_stream(path);
    if (file == NULL)
        return file_fail(shown, "cannot read the counts", CTE_IO, error);
    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
        cte_die("libcsv cannot start");
    csv_set_space_func(&parser, is_no_blank);
    bool is_sound = true;
    while (is_sound && error->status == CTE_OK && (got = fread(buffer, 1, sizeof buffer, file)) > 0)
        is_sound = csv_parse(&parser, buffer, got, take_cell, take_row, &reading) == got;
    if (error->status == CTE_OK && ferror(file))
        file_fail(shown, "cannot read the counts", CTE_IO, error);
    is_sound = is_sound && csv_fini(&parser, take_cell, take_row, &reading) == 0;
    if (error->status == CTE_OK && (!is_sound || reading.row == 0))
        cte_fail(error, CTE_BAD_INPUT, "%s: is no counts file", shown);
    csv_free(&parser);
    text_free(&reading.text);
    fclose(file);
    return error->status;
}
