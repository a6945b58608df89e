#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/conserve.h"
#include "stages/cte-diff/diff.h"

static uint64_t key_of(const struct kind *kind, const struct diff_plan *plan, const struct slice *fields, uint64_t content)
{
    uint64_t key = XXH3_64bits(kind_type(kind), strlen(kind_type(kind)));
    if (plan->key_count == 0)
        return content; /* nothing names the record but itself */
    for (size_t i = 0; i < plan->key_count; i++)
        key = XXH3_64bits_withSeed(fields[plan->key[i]].at, fields[plan->key[i]].length, key);
    return key;
}

/* Room for a content: the reader bounds records, and codes are short. */
enum { CONTENT_ROOM = 4 * STREAM_MAX_RECORD + LAYOUT_MAX_FIELDS };
static _Thread_local char content[CONTENT_ROOM];

uint64_t own_hash(const struct diff_plan *plan, const struct slice *fields, size_t count)
{
    return XXH3_64bits(content, content_of(plan, fields, count, NULL, content, sizeof content));
}

uint64_t loose_hash(const struct kind *kind, const struct diff_plan *plan, const struct slice *fields, size_t count)
{
    struct slice loose[STREAM_MAX_FIELDS];
    memcpy(loose, fields, count * sizeof *loose);
    int transaction = kind->record->role_position[ROLE_TRANSACTION];
    if (transaction >= 0 && (size_t)transaction < count)
        loose[transaction].length = 0;
    return own_hash(plan, loose, count);
}

static void add_allowed(struct entries *entries, uint32_t number, uint64_t hash)
{
    if (entries->allowed_count == entries->allowed_room) {
        entries->allowed_room = entries->allowed_room == 0 ? 1024 : entries->allowed_room * 2;
        entries->allowed = cte_realloc(entries->allowed, entries->allowed_room * sizeof *entries->allowed);
    }
    entries->allowed[entries->allowed_count++] = (struct allowed){number, hash};
}

/* Before: what is expected. The first outcome that is decided is the expected one; choices are allowed besides. */
static void take_expectation(struct diff *diff, struct entries *entries, const struct kind *kind, const struct diff_plan *plan,
                             const struct slice *fields, size_t count, struct entry *entry)
{
    struct expectation expectation;
    expect(diff, kind, plan, fields, &expectation);
    bool has_decided = false;
    for (size_t o = 0; o < expectation.count; o++) {
        const struct outcome *outcome = &expectation.outcomes[o];
        if (outcome->held)
            continue;
        uint64_t hash = XXH3_64bits(content, content_of(plan, fields, count, outcome, content, sizeof content));
        if (outcome->decided && !has_decided) {
            entry->hash = hash;
            has_decided = true;
        } else {
            add_allowed(entries, entry->number, hash);
        }
    }
    if (!has_decided)
        entry->hash = 0; /* no content is expected: none has this hash but by chance of one in 2^64 */
}

int collect(struct diff *diff, int side, struct cte_error *error, void *unused)
{
    (void)unused;
    struct entries *entries = &diff->files[side];
    struct source *source = NULL;
    struct reader *reader = NULL;
    int status = source_open(diff->paths[side], NULL, &source, error);
    if (status == CTE_OK)
        status = reader_open(source, &diff->tables, &diff->options[side], &reader, error);
    while (status == CTE_OK) {
        struct reader_record record;
        struct slice fields[STREAM_MAX_FIELDS];
        status = reader_next(reader, &record, error);
        if (status != CTE_OK || record.end)
            break;
        if (record.record >= NOBODY) {
            status = cte_fail(error, CTE_BAD_INPUT, "%s: more than %u records in one file", diff->paths[side], NOBODY - 1);
            break;
        }
        if (record.kind == NULL) {
            entries->unreadable = cte_realloc(entries->unreadable, (entries->unreadable_count + 1) * sizeof *entries->unreadable);
            entries->unreadable[entries->unreadable_count++] = record.line;
            continue;
        }
        if (entries->count == entries->room) {
            entries->room = entries->room == 0 ? 1 << 16 : entries->room + entries->room / 2;
            entries->items = cte_realloc(entries->items, entries->room * sizeof *entries->items);
        }
        struct entry *entry = &entries->items[entries->count++];
        struct diff_plan *plan = plan_of(diff, record.kind);
        size_t count = fields_of(&record, fields);
        *entry = (struct entry){.number = (uint32_t)record.record};
        entry->own = plan->plain ? XXH3_64bits(record.text, record.length) : own_hash(plan, fields, count);
        entry->hash = entry->own;
        entry->key = key_of(record.kind, plan, fields, entry->own);
        if (side == 0 && plan->recoded_count > 0)
            take_expectation(diff, entries, record.kind, plan, fields, count, entry);
    }
    if (status == CTE_OK)
        source_sha256(source, entries->sha256);
    reader_close(reader);
    source_close(source);
    return status;
}

struct side_work {
    struct diff *diff;
    int (*work)(struct diff *diff, int side, struct cte_error *error, void *context);
    void *context;
    struct cte_error error;
};

static void *work_after(void *context)
{
    struct side_work *work = context;
    work->work(work->diff, 1, &work->error, work->context);
    return NULL;
}

int on_both_sides(struct diff *diff, int (*work)(struct diff *diff, int side, struct cte_error *error, void *context),
                  void *context)
{
    struct side_work after = {.diff = diff, .work = work, .context = context};
    pthread_t thread;
    bool has_thread = pthread_create(&thread, NULL, work_after, &after) == 0;
    work(diff, 0, &diff->error, context);
    if (has_thread)
        pthread_join(thread, NULL);
    else
        work_after(&after);
    if (diff->error.status == CTE_OK)
        diff->error = after.error;
    return diff->error.status;
}
