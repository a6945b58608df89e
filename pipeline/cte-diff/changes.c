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
static const struct row *row_about(const struct row *rows, size_t count, const char *number)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(rows[i].cells[CELL_FIELD], number) == 0)
            return &rows[i];
    }
    return NULL;
}

/* Whether a row says what stood in a field. What is no value of it, a run does not say again. */
static bool says_before(struct diff *diff, const struct diff_plan *plan, const struct slice *fields,
                        size_t count, int position, const struct row *row)
{
    const struct slice was = position >= 0 ? fields[position] : (struct slice){"", 0};
    return was.length == 0 || shows_field(diff, plan, fields, count, position)
               ? is_text(was, row->cells[CELL_BEFORE])
               : strcmp(row->cells[CELL_BEFORE], NOT_A_VALUE) == 0;
}

/* Whether the rows are just the changes that an outcome makes. */
static bool rows_say(struct diff *diff, const struct diff_plan *plan, const struct kind *kind,
                     const struct slice *fields, size_t count, const struct outcome *outcome,
                     const struct row *rows, size_t row_count)
{
    size_t used = 0;
    for (size_t t = 0; t < plan->target->field_count; t++) {
        struct slice was = stands(plan, fields, count, t),
                     will = wanted(plan, fields, count, outcome, t);
        const struct row *row = row_about(rows, row_count, plan->target->fields[t].number);
        bool changes = was.length != will.length || memcmp(was.at, will.at, was.length) != 0;
        if (plan->fixed[t] != NULL && was.length == 0 && plan->source[t] >= 0)
            changes = false; /* an empty field that the layout fills: told by the layout alone */
        if (changes != (row != NULL) ||
            (row != NULL && (!says_before(diff, plan, fields, count, plan->source[t], row) ||
                             !is_text(will, row->cells[CELL_AFTER]))))
            return false;
        used += row != NULL;
    }
    /* Fields that the target does not have. */
    for (size_t f = 0; f < count; f++) {
        const char *number = kind->record->fields[f].number;
        const struct row *row =
            record_field(plan->target, number) < 0 ? row_about(rows, row_count, number) : NULL;
        if (row != NULL && (!says_before(diff, plan, fields, count, (int)f, row) ||
                            row->cells[CELL_AFTER][0] != '\0'))
            return false;
        used += row != NULL;
    }
    return used == row_count;
}

static void add_decided(struct account *account, uint32_t number, uint64_t hash)
{
    if (account->decided_count == account->decided_room) {
        account->decided_room = account->decided_room == 0 ? 256 : account->decided_room * 2;
        account->decided =
            cte_realloc(account->decided, account->decided_room * sizeof *account->decided);
    }
    account->decided[account->decided_count++] = (struct allowed){number, hash};
}

/* A record, and the rows of its line. Several records may share a line, in XML: then the rows are
 * not told apart, and only looked at for the first. */
static void check_record(struct diff *diff, struct planned *planned, const struct record *record,
                         const struct row *rows, size_t row_count)
{
    struct account *account = &diff->account;
    struct slice fields[STREAM_MAX_FIELDS];
    const size_t count = fields_of(record, fields);
    struct diff_plan *plan = plan_of(diff, planned, record->kind);
    struct expectation expectation;
    if (row_count == 0) {
        bool is_left =
            has_content(&account->held, own_hash(plan, fields, count)) ||
            has_content(&account->rejected, loose_hash(record->kind, plan, fields, count));
        if (is_left)
            return;
    }
    expect(diff, record->kind, plan, fields, &expectation);
    for (size_t o = 0; o < expectation.count; o++) {
        const struct outcome *outcome = &expectation.outcomes[o];
        if (outcome->held ||
            !rows_say(diff, plan, record->kind, fields, count, outcome, rows, row_count))
            continue;
        /* What no courses can have decided, and no decision, has no decider: the run's word for it
         * is none. */
        if (!outcome->decided && !outcome->by_courses)
            continue;
        if (!outcome->decided) {
            static char text[RECORD_ROOM];
            add_decided(
                account, (uint32_t)record->number,
                keyed_hash(text, content_of(plan, fields, count, outcome, text, sizeof text)));
        }
        return;
    }
    /* A merged record is not written, and has no rows. Whether it was merged is seen when it is
     * missing. */
    if (row_count == 0 && is_named_merged(account, record->line) &&
        account->unwritten < account->merged_sum) {
        account->unwritten++;
        return;
    }
    complain(account,
             "%s.changes.csv, line %" PRIu64
             " of the source: its %zu rows are not what the tables make of the record",
             account->source, record->line, row_count);
}

int check_changes(struct diff *diff, const char *path)
{
    struct cte_error *error = &diff->error;
    struct rows rows;
    struct source *source;
    struct reader *reader;
    if (open_rows(&rows, path, error) != CTE_OK)
        return error->status;
    struct planned planned = {0};
    struct reader_options options = diff->options[0];
    options.kinds = &planned.kinds;
    int status = open_records(diff, diff->paths[0], &options, &source, &reader, error);
    diff->options[0].format = options.format;
    uint64_t last_line = 0;
    while (status == CTE_OK) {
        struct reader_record item;
        const struct record *record = &item.record;
        struct row mine[STREAM_MAX_FIELDS];
        size_t mine_count = 0;
        status = reader_next(reader, &item, error);
        if (status != CTE_OK || item.end)
            break;
        for (struct row *row; (row = next_row(&rows, error)) != NULL && row->line <= record->line;
             rows.at++) {
            if (row->line < record->line || mine_count == STREAM_MAX_FIELDS) {
                complain(&diff->account,
                         "%s: has rows of line %" PRIu64
                         ", on which no record begins that was converted",
                         path, row->line);
                free_row(row);
            } else {
                mine[mine_count++] = *row;
            }
        }
        if (record->kind != NULL && record->line != last_line)
            check_record(diff, &planned, record, mine, mine_count);
        last_line = record->line;
        for (size_t i = 0; i < mine_count; i++)
            free_row(&mine[i]);
        status = error->status;
    }
    if (status == CTE_OK && next_row(&rows, error) != NULL)
        complain(&diff->account, "%s: goes on after the last record of the source", path);
    if (status == CTE_OK && rows.short_rows > 0)
        complain(&diff->account, "%s: %" PRIu64 " rows have too few cells", path, rows.short_rows);
    diff->account.rows = rows.read;
    close_rows(&rows);
    close_records(source, reader);
    planned_free(&planned);
    return error->status;
}
