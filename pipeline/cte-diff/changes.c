#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/file.h"
#include "codetables/base/hash.h"
#include "pipeline/cte-diff/diff.h"
#include "codetables/base/memory.h"
#include "pipeline/run/line_rows.h"
#include "pipeline/stream/look.h"

/* The cells behind the line, as far as they can be held against the tables. */
enum { CELL_FIELD, CELL_NAME, CELL_BEFORE, CELL_AFTER, CELLS };

struct row {
    const char *cells[CELLS];
    char *own; /* where they are not those of the reader */
};

/* The rows of one line. */
struct row_list {
    struct row rows[STREAM_MAX_FIELDS];
    size_t count;
};

static void add_row(struct row_list *list, const struct row_rest *rest)
{
    struct row *row = &list->rows[list->count++];
    struct text own = {0};
    *row = (struct row){.own = NULL};
    for (size_t i = 0; i < CELLS; i++) {
        row->cells[i] = rest->cells[i];
        if (!rest->stays)
            text_add_part(&own, rest->cells[i]);
    }
    if (rest->stays)
        return;
    const char *at = row->own = text_take(&own);
    for (size_t i = 0; i < CELLS; i++)
        row->cells[i] = next_part(&at);
}

static void forget_rows(struct row_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->rows[i].own);
    list->count = 0;
}

/* The row about a field among the rows of a record, or NULL. */
static const struct row *row_about(const struct row_list *list, const char *number)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->rows[i].cells[CELL_FIELD], number) == 0)
            return &list->rows[i];
    }
    return NULL;
}

/* Whether a row says what stood in a field. What is no value of it, a run does not say again. */
static bool says_before(struct diff *diff, const struct diff_record *record, int position,
                        const struct row *row)
{
    const struct slice was = position >= 0 ? record->fields[position] : (struct slice){"", 0};
    return was.length == 0 || shows_field(diff, record, position)
               ? slice_is(was, row->cells[CELL_BEFORE])
               : strcmp(row->cells[CELL_BEFORE], NOT_A_VALUE) == 0;
}

/* Whether the rows are just the changes that an outcome makes. */
static bool rows_say(struct diff *diff, const struct diff_record *record,
                     const struct outcome *outcome, const struct row_list *rows)
{
    const struct diff_plan *plan = record->plan;
    size_t used = 0;
    for (size_t t = 0; t < plan->target->field_count; t++) {
        struct slice was = actual_value(record, t), will = expected_value(record, outcome, t);
        const struct row *row = row_about(rows, plan->target->fields[t].number);
        bool changes = was.length != will.length || memcmp(was.at, will.at, was.length) != 0;
        if (plan->fixed[t] != NULL && was.length == 0 && plan->source[t] >= 0)
            changes = false; /* an empty field that the layout fills: told by the layout alone */
        if (changes != (row != NULL) ||
            (row != NULL && (!says_before(diff, record, plan->source[t], row) ||
                             !slice_is(will, row->cells[CELL_AFTER]))))
            return false;
        used += row != NULL;
    }
    /* Fields that the target does not have. */
    for (size_t f = 0; f < record->count; f++) {
        const char *number = record->kind->record->fields[f].number;
        const struct row *row =
            record_field(plan->target, number) < 0 ? row_about(rows, number) : NULL;
        if (row != NULL &&
            (!says_before(diff, record, (int)f, row) || row->cells[CELL_AFTER][0] != '\0'))
            return false;
        used += row != NULL;
    }
    return used == rows->count;
}

static void add_decided(struct run_account *account, uint32_t number, uint64_t hash)
{
    GROW(account->decided, account->decided_count, account->decided_room);
    account->decided[account->decided_count++] = (struct allowed){number, hash};
}

/* A record, and the rows of its line. Several records may share a line, in XML: then the rows are
 * not told apart, and only looked at for the first. */
static void check_record(struct diff *diff, const struct record *read,
                         const struct diff_record *record, const struct row_list *rows)
{
    struct run_account *account = &diff->account;
    struct expectation expectation;
    if (rows->count == 0) {
        bool is_left = has_content(&account->held, own_hash(record)) ||
                       has_content(&account->rejected, loose_hash(record));
        if (is_left)
            return;
    }
    find_outcomes(diff, record, &expectation);
    for (size_t o = 0; o < expectation.count; o++) {
        const struct outcome *outcome = &expectation.outcomes[o];
        if (outcome->held || !rows_say(diff, record, outcome, rows))
            continue;
        /* What no courses can have decided, and no decision, has no decider: the run's word for it
         * is none. */
        if (!outcome->decided && !outcome->by_courses)
            continue;
        if (!outcome->decided) {
            static char text[RECORD_ROOM];
            add_decided(account, (uint32_t)read->number,
                        keyed_hash(text, put_content(record, outcome, text, sizeof text)));
        }
        return;
    }
    /* A merged record is not written, and has no rows. Whether it was merged is seen when it is
     * missing. */
    if (rows->count == 0 && is_named_merged(account, read->line) &&
        account->unwritten < account->merged_sum) {
        account->unwritten++;
        return;
    }
    add_complaint(account,
                  "%s, line %" PRIu64
                  " of the source: its %zu rows are not what the tables make of the record",
                  account->changes, read->line, rows->count);
}

/* What the run says of changes, row by row. A source of which nothing was changed has no file. */
struct said_changes {
    struct row_reader *reader;  /* NULL: there is none */
    const struct line_row *row; /* the next one; NULL: no more */
    uint64_t count;
};

static int open_changes(struct said_changes *said, const char *path, struct cte_error *error)
{
    *said = (struct said_changes){.reader = NULL};
    if (file_is_there(path, error) &&
        open_rows(path, path, CHANGES_HEADER, &said->reader, error) == CTE_OK)
        said->row = next_row(said->reader, error);
    return error->status;
}

static void pass_change(struct said_changes *said, struct cte_error *error)
{
    said->count++;
    said->row = next_row(said->reader, error);
}

/* Takes the rows up to a line; those before it are of no record. */
static void take_rows(struct diff *diff, struct said_changes *said, uint64_t line,
                      struct row_list *rows)
{
    for (; said->row != NULL && said->row->line <= line; pass_change(said, &diff->error)) {
        if (said->row->line < line || rows->count == STREAM_MAX_FIELDS)
            add_complaint(&diff->account,
                          "%s: has rows of line %" PRIu64
                          ", on which no record begins that was converted",
                          diff->account.changes, said->row->line);
        else
            add_row(rows, said->row->rest);
    }
}

int check_changes(struct diff *diff)
{
    struct cte_error *error = &diff->error;
    struct said_changes said;
    struct record_file file;
    char *path = cte_format("%s/%s", diff->account.folder, diff->account.changes);
    if (open_changes(&said, path, error) != CTE_OK) {
        free(path);
        return error->status;
    }
    struct planned planned = {0};
    struct reader_options options = diff->options[0];
    options.kinds = &planned.kinds;
    int status = open_records(diff, diff->paths[0], &options, &file, error);
    diff->options[0].format = options.format;
    uint64_t last_line = 0;
    while (status == CTE_OK) {
        struct reader_record item;
        const struct record *record = &item.record;
        struct slice fields[STREAM_MAX_FIELDS];
        struct row_list mine = {.count = 0};
        status = reader_next(file.reader, &item, error);
        if (status != CTE_OK || item.end)
            break;
        take_rows(diff, &said, record->line, &mine);
        if (record->kind != NULL && record->line != last_line)
            check_record(diff, record,
                         &(struct diff_record){record->kind,
                                               find_plan(diff, &planned, record->kind), fields,
                                               split_fields(record, fields)},
                         &mine);
        last_line = record->line;
        forget_rows(&mine);
        status = error->status;
    }
    if (status == CTE_OK && said.row != NULL)
        add_complaint(&diff->account, "%s: goes on after the last record of the source",
                      diff->account.changes);
    diff->account.rows = said.count;
    close_rows(said.reader);
    free(path);
    close_records(&file);
    planned_free(&planned);
    return error->status;
}
