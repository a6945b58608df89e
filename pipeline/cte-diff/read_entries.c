#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/hash.h"
#include "pipeline/stream/field_sums.h"
#include "pipeline/cte-diff/diff.h"
#include "codetables/base/memory.h"

static uint64_t hash_key(const struct diff_record *record, uint64_t content)
{
    const struct kind *kind = record->kind;
    const struct diff_plan *plan = record->plan;
    const struct slice *fields = record->fields;
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

uint64_t own_hash(const struct diff_record *record)
{
    return keyed_hash(content, put_content(record, NULL, content, sizeof content));
}

uint64_t loose_hash(const struct diff_record *record)
{
    struct slice loose[STREAM_MAX_FIELDS];
    const int transaction = record->kind->record->role_position[ROLE_TRANSACTION];
    memcpy(loose, record->fields, record->count * sizeof *loose);
    if (transaction >= 0 && (size_t)transaction < record->count)
        loose[transaction].length = 0;
    return own_hash(&(struct diff_record){record->kind, record->plan, loose, record->count});
}

/* Before: what is expected. The first outcome that is decided is the expected one; choices are
 * allowed besides. */
static int add_outcomes(struct diff *diff, const struct diff_record *record, struct entry *entry,
                        struct cte_error *error)
{
    struct entries *entries = &diff->files[0];
    struct expectation expectation;
    find_outcomes(diff, record, &expectation);
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
        const size_t length = put_content(record, outcome, content, sizeof content);
        uint64_t hash = keyed_hash(content, length);
        if (outcome->decided && !has_decided) {
            entry->hash = hash;
            entry->order = sum_value(content, length);
            has_decided = true;
            continue;
        }
        struct allowed *allowed = partitions_add(&entries->allowed, entry->key, error);
        if (allowed == NULL)
            return error->status;
        *allowed = (struct allowed){entry->number, hash};
    }
    return CTE_OK;
}

static void add_unreadable(struct entries *entries, uint64_t line)
{
    GROW(entries->unreadable, entries->unreadable_count, entries->unreadable_room);
    entries->unreadable[entries->unreadable_count++] = line;
}

/* Adds a plan to those of the side where it is not among them. They are few. */
static void note_plan(struct entries *entries, struct diff_plan *plan)
{
    for (size_t i = entries->plan_count; i-- > 0;) {
        if (entries->plans[i] == plan)
            return;
    }
    GROW(entries->plans, entries->plan_count, entries->plan_room);
    entries->plans[entries->plan_count++] = plan;
}

static int add_record(struct diff *diff, int side, const struct record *read,
                      struct cte_error *error)
{
    struct entries *entries = &diff->files[side];
    struct slice fields[STREAM_MAX_FIELDS];
    struct diff_plan *plan = find_plan(diff, &diff->planned[side], read->kind);
    size_t count = split_fields(read, fields);
    note_plan(entries, plan);
    const struct diff_record record = {read->kind, plan, fields, count};
    struct entry entry = {.number = (uint32_t)read->number};
    const bool is_plain = plan->plain && !read->escaped;
    const char *text = is_plain ? read->text : content;
    const size_t length =
        is_plain ? read->length : put_content(&record, NULL, content, sizeof content);
    entry.own = entry.hash = keyed_hash(text, length);
    entry.order = sum_value(text, length);
    entry.key = hash_key(&record, entry.own);
    entry.move = find_move(&diff->moves[side], &plan->moves[side], fields, count);
    if (side == 0 && plan->recoded_count > 0 &&
        add_outcomes(diff, &record, &entry, error) != CTE_OK)
        return error->status;
    struct entry *place = partitions_add(&entries->records, entry.key, error);
    if (place == NULL)
        return error->status;
    *place = entry;
    entries->count++;
    return CTE_OK;
}

/* One side, while it is read. */
struct side_reading {
    struct diff *diff;
    int side;
};

static int take_record(void *context, const struct record *record, struct cte_error *error)
{
    const struct side_reading *reading = context;
    if (record->number >= NOBODY)
        return cte_fail(error, CTE_BAD_INPUT, "%s: more than %u records in one file",
                        reading->diff->paths[reading->side], NOBODY - 1);
    if (record->kind != NULL)
        return add_record(reading->diff, reading->side, record, error);
    add_unreadable(&reading->diff->files[reading->side], record->line);
    return CTE_OK;
}

int read_entries(struct diff *diff, int side, struct cte_error *error, void *unused)
{
    (void)unused;
    struct entries *entries = &diff->files[side];
    struct side_reading reading = {diff, side};
    diff->options[side].kinds = &diff->planned[side].kinds;
    partitions_begin(&entries->records, sizeof(struct entry), &diff->room);
    partitions_begin(&entries->allowed, sizeof(struct allowed), &diff->room);
    return read_records(diff,
                        &(struct record_reading){.path = diff->paths[side],
                                                 .options = &diff->options[side],
                                                 .take = take_record,
                                                 .context = &reading,
                                                 .sha256 = entries->sha256},
                        error);
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
    forget_split_fields(); /* the thread ends */
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
