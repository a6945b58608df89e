#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/hash.h"
#include "pipeline/stream/field_sums.h"
#include "pipeline/cte-diff/diff.h"
#include "codetables/base/memory.h"

static uint64_t key_of(const struct kind *kind, const struct diff_plan *plan,
                       const struct slice *fields, uint64_t content)
{
    uint64_t key = keyed_hash(kind_type(kind), strlen(kind_type(kind)));
    if (plan->key_count == 0)
        return content; /* nothing names the record but itself */
    for (size_t i = 0; i < plan->key_count; i++)
        key = keyed_hash((const uint64_t[]){key, keyed_hash(fields[plan->key[i]].at,
                                                            fields[plan->key[i]].length)},
                         2 * sizeof key);
    return key;
}

static _Thread_local char content[RECORD_ROOM];

uint64_t own_hash(const struct diff_plan *plan, const struct slice *fields, size_t count)
{
    return keyed_hash(content, content_of(plan, fields, count, NULL, content, sizeof content));
}

uint64_t loose_hash(const struct kind *kind, const struct diff_plan *plan,
                    const struct slice *fields, size_t count)
{
    struct slice loose[STREAM_MAX_FIELDS];
    memcpy(loose, fields, count * sizeof *loose);
    int transaction = kind->record->role_position[ROLE_TRANSACTION];
    if (transaction >= 0 && (size_t)transaction < count)
        loose[transaction].length = 0;
    return own_hash(plan, loose, count);
}

/* Before: what is expected. The first outcome that is decided is the expected one; choices are
 * allowed besides. */
static int take_expectation(struct diff *diff, struct entries *entries, const struct kind *kind,
                            const struct diff_plan *plan, const struct slice *fields, size_t count,
                            struct entry *entry, struct cte_error *error)
{
    struct expectation expectation;
    expect(diff, kind, plan, fields, &expectation);
    if (expectation.decision != NULL) {
        struct decision_use *use = &diff->uses[expectation.decision - diff->decisions.list];
        use->records++;
        use->overruled += expectation.overruled;
    }
    bool has_decided = false;
    /* no content is expected: none has this hash but by chance of one in 2^64 */
    entry->hash = entry->order = 0;
    for (size_t o = 0; o < expectation.count; o++) {
        const struct outcome *outcome = &expectation.outcomes[o];
        if (outcome->held)
            continue;
        const size_t length = content_of(plan, fields, count, outcome, content, sizeof content);
        uint64_t hash = keyed_hash(content, length);
        if (outcome->decided && !has_decided) {
            entry->hash = hash;
            entry->order = conserve_value(content, length);
            has_decided = true;
            continue;
        }
        struct allowed *allowed = spread_add(&entries->allowed, entry->key, error);
        if (allowed == NULL)
            return error->status;
        *allowed = (struct allowed){entry->number, hash};
    }
    return CTE_OK;
}

static void add_unreadable(struct entries *entries, uint64_t line)
{
    if (entries->unreadable_count == entries->unreadable_room) {
        entries->unreadable_room =
            entries->unreadable_room == 0 ? 64 : entries->unreadable_room * 2;
        entries->unreadable = cte_realloc(entries->unreadable,
                                          entries->unreadable_room * sizeof *entries->unreadable);
    }
    entries->unreadable[entries->unreadable_count++] = line;
}

static void note_plan(struct entries *entries, struct diff_plan *plan)
{
    for (size_t i = entries->plan_count; i-- > 0;) {
        if (entries->plans[i] == plan)
            return;
    }
    entries->plans =
        cte_realloc(entries->plans, (entries->plan_count + 1) * sizeof(struct diff_plan *));
    entries->plans[entries->plan_count++] = plan;
}

static int take_record(struct diff *diff, int side, const struct record *record,
                       struct cte_error *error)
{
    struct entries *entries = &diff->files[side];
    struct slice fields[STREAM_MAX_FIELDS];
    struct diff_plan *plan = plan_of(diff, &diff->planned[side], record->kind);
    size_t count = fields_of(record, fields);
    note_plan(entries, plan);
    struct entry entry = {.number = (uint32_t)record->number};
    const bool is_plain = plan->plain && !record->escaped;
    const char *text = is_plain ? record->text : content;
    const size_t length =
        is_plain ? record->length : content_of(plan, fields, count, NULL, content, sizeof content);
    entry.own = entry.hash = keyed_hash(text, length);
    entry.order = conserve_value(text, length);
    entry.key = key_of(record->kind, plan, fields, entry.own);
    entry.move = move_of(&diff->moves[side], &plan->moves[side], fields, count);
    if (side == 0 && plan->recoded_count > 0 &&
        take_expectation(diff, entries, record->kind, plan, fields, count, &entry, error) != CTE_OK)
        return error->status;
    struct entry *place = spread_add(&entries->records, entry.key, error);
    if (place == NULL)
        return error->status;
    *place = entry;
    entries->count++;
    return CTE_OK;
}

int open_records(struct diff *diff, const char *path, struct reader_options *options,
                 struct source **source, struct reader **reader, struct cte_error *error)
{
    *source = NULL;
    *reader = NULL;
    int status = source_open(path, NULL, source, error);
    if (status == CTE_OK && options->format == NULL)
        options->format = source_format(*source);
    return status == CTE_OK ? reader_open(*source, &diff->tables, options, reader, error) : status;
}

void close_records(struct source *source, struct reader *reader)
{
    reader_close(reader);
    source_close(source);
}

int collect(struct diff *diff, int side, struct cte_error *error, void *unused)
{
    (void)unused;
    struct entries *entries = &diff->files[side];
    struct source *source;
    struct reader *reader;
    spread_begin(&entries->records, sizeof(struct entry), &diff->room);
    spread_begin(&entries->allowed, sizeof(struct allowed), &diff->room);
    diff->options[side].kinds = &diff->planned[side].kinds;
    int status =
        open_records(diff, diff->paths[side], &diff->options[side], &source, &reader, error);
    while (status == CTE_OK) {
        struct reader_record item;
        status = reader_next(reader, &item, error);
        if (status != CTE_OK || item.end)
            break;
        if (item.record.number >= NOBODY)
            status = cte_fail(error, CTE_BAD_INPUT, "%s: more than %u records in one file",
                              diff->paths[side], NOBODY - 1);
        else if (item.record.kind == NULL)
            add_unreadable(entries, item.record.line);
        else
            status = take_record(diff, side, &item.record, error);
    }
    if (status == CTE_OK)
        source_sha256(source, entries->sha256);
    close_records(source, reader);
    return status;
}

struct second {
    struct diff *diff;
    side_work *work;
    void *context;
    struct cte_error error;
};

static void *do_second(void *context)
{
    struct second *second = context;
    second->work(second->diff, 1, &second->error, second->context);
    return NULL;
}

int do_both(struct diff *diff, side_work *work, void *context)
{
    struct second second = {.diff = diff, .work = work, .context = context};
    pthread_t thread;
    bool has_thread = pthread_create(&thread, NULL, do_second, &second) == 0;
    work(diff, 0, &diff->error, context);
    if (has_thread)
        pthread_join(thread, NULL);
    else
        do_second(&second);
    if (diff->error.status == CTE_OK)
        diff->error = second.error;
    return diff->error.status;
}
