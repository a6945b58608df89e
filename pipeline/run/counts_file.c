#include "pipeline/run/counts_file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/cell.h"
#include "codetables/base/csv_rows.h"
#include "codetables/base/number.h"
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

/* The outcome of held records that ask for a deletion. */
static const char word_of_deletes[] = "delete";

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

void add_counted(struct fact_sums *sums, const struct counted *counted)
{
    switch (counted->state) {
    case 'R': sums->written += counted->records; break;
    case 'M': sums->merged += counted->records; break;
    case 'X': sums->rejected += counted->records; break;
    default: sums->held += counted->records;
    }
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
    add_cell(cells, counted->is_delete ? word_of_deletes : counted_outcome(counted->state));
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

/* ---- reading ---- */

struct counts_reading {
    const struct counts_file *file;
    struct csv_rows rows;
};

/* False where a cell is nothing that stands there. */
static bool take_counted(char *const *cells, struct counted *counted)
{
    *counted = (struct counted){.lea = cells[CELL_LEA],
                                .year = cells[CELL_YEAR],
                                .local = cells[CELL_LOCAL],
                                .rollup = cells[CELL_ROLLUP],
                                .is_again = cells[CELL_AGAIN][0] != '\0',
                                .is_delete = strcmp(cells[CELL_OUTCOME], word_of_deletes) == 0,
                                .school = cells[CELL_SCHOOL],
                                .before = cells[CELL_BEFORE]};
    if (counted->is_delete)
        counted->state = 'H';
    for (size_t i = 0; i < OUTCOMES; i++) {
        if (strcmp(outcomes[i].word, cells[CELL_OUTCOME]) == 0)
            counted->state = outcomes[i].state;
    }
    for (size_t a = 0; a < ROLLUP_MAX_AFTER; a++)
        counted->after[a] = cells[CELL_AFTER + a];
    for (size_t b = 0; b < ROLLUP_MAX_BY; b++)
        counted->by[b] = cells[CELL_BY + b];
    return counted->state != '\0' && read_number(cells[CELL_RECORDS], &counted->records);
}

static void take_row(void *context, char *const *cells)
{
    struct counts_reading *reading = context;
    struct counted counted;
    if (take_counted(cells, &counted))
        reading->file->take(reading->file->context, &counted);
    else
        cte_fail(reading->rows.error, CTE_BAD_INPUT, "%s:%" PRIu64 ": is no row of a counts file",
                 reading->rows.shown, reading->rows.count + 1);
}

int read_counts(const struct counts_file *file, struct cte_error *error)
{
    struct counts_reading reading = {.file = file};
    reading.rows = (struct csv_rows){.shown = file->shown,
                                     .columns = CELLS,
                                     .heading = heading,
                                     .sha256 = file->sha256,
                                     .take = take_row,
                                     .context = &reading,
                                     .error = error};
    return read_csv_rows(file->path, &reading.rows);
}
