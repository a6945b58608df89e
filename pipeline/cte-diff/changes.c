#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/hash.h"
#include "pipeline/cte-diff/diff.h"
#include "pipeline/cte-diff/rows.h"
#include "codetables/base/memory.h"

static bool is_text(struct slice value, const char *text)
{
    return strlen(text) == value.length && memcmp(value.at, text, value.length) == 0;
}

/* The row about a field among the rows of a record, or NULL. */
/* The rows of one line. */
struct row_list {
    struct row rows[STREAM_MAX_FIELDS];
    size_t count;
};

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
               ? is_text(was, row->cells[CELL_BEFORE])
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
                             !is_text(will, row->cells[CELL_AFTER]))))
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
                  "%s.changes.csv, line %" PRIu64
                  " of the source: its %zu rows are not what the tables make of the record",
                  account->source, read->line, rows->count);
}

int check_changes(struct diff *diff, const char *path)
{
    struct cte_error *error = &diff->error;
    struct rows rows;
    struct record_file file;
    if (open_rows(&rows, path, error) != CTE_OK)
        return error->status;
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
        for (struct row *row; (row = next_row(&rows, error)) != NULL && row->line <= record->line;
             rows.at++) {
            if (row->line < record->line || mine.count == STREAM_MAX_FIELDS) {
                add_complaint(&diff->account,
                              "%s: has rows of line %" PRIu64
                              ", on which no record begins that was converted",
                              path, row->line);
                free_row(row);
            } else {
                mine.rows[mine.count++] = *row;
            }
        }
        if (record->kind != NULL && record->line != last_line)
            check_record(diff, record,
                         &(struct diff_record){record->kind,
                                               find_plan(diff, &planned, record->kind), fields,
                                               split_fields(record, fields)},
                         &mine);
        last_line = record->line;
        for (size_t i = 0; i < mine.count; i++)
            free_row(&mine.rows[i]);
        status = error->status;
    }
    if (status == CTE_OK && next_row(&rows, error) != NULL)
        add_complaint(&diff->account, "%s: goes on after the last record of the source", path);
    if (status == CTE_OK && rows.short_rows > 0)
        add_complaint(&diff->account, "%s: %" PRIu64 " rows have too few cells", path,
                      rows.short_rows);
    diff->account.rows = rows.read;
    close_rows(&rows);
    close_records(&file);
    planned_free(&planned);
    return error->status;
}
