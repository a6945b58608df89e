#include "stages/cte-index/superseded.h"

#include <stdlib.h>

#include "codetables/base/memory.h"

/* The hash of a record's key within an upload. */
static uint64_t hash_in_upload(const struct upload_plan *plan, const struct slice *fields,
                               size_t upload)
{
    return fold_hash(hash_fields_once(fields, plan->key, plan->key_count).one,
                     upload + UINT64_C(0xa0761d6478bd642f));
}

/* A pass over the sources that share uploads. */
struct second_pass {
    struct all_facts *all;
    struct collector *collector;
    struct fact_set
        keys; /* of the records that stand in shared uploads: {hash, {source, record}} */
};

static int collect_key(struct second_pass *pass, uint32_t source, const struct record *record)
{
    struct collector *collector = pass->collector;
    if (record->kind == NULL)
        return CTE_OK;
    const struct index_plan *plan = plan_of(collector, record->kind);
    if (plan == NULL)
        return collector->error->status;
    struct slice fields[STREAM_MAX_FIELDS];
    record_values(record, record->field_count, fields, &collector->values);
    const size_t upload = is_delete(plan, fields)
                              ? MAP_NONE
                              : shared_upload(&pass->all->uploads, record->kind, fields);
    if (upload != MAP_NONE)
        put_fact(&pass->keys, (struct fact){hash_in_upload(&plan->upload, fields, upload),
                                            {source, (uint32_t)record->number}});
    return CTE_OK;
}

/* Collects the keys of the records of one source that stand in shared uploads. */
static int collect_keys(struct second_pass *pass, uint32_t number)
{
    struct source *source = NULL;
    struct reader *reader = NULL;
    struct cte_error *error = pass->collector->error;
    int status = open_collected(pass->collector, &pass->all->sources[number], &source, &reader);
    while (status == CTE_OK) {
        struct reader_record item;
        status = reader_next(reader, &item, error);
        if (status != CTE_OK || item.end)
            break;
        status = collect_key(pass, number, &item.record);
    }
    reader_close(reader);
    source_close(source);
    return status;
}

/* Finds the keys that stand in a later source too. The keys are walked twice at a time: `ahead`
 * looks for the last source of one, then `at` comes to its records. */
static void compare_keys(struct second_pass *pass)
{
    struct fact_cursor ahead, at;
    sort_facts(&pass->keys);
    open_cursor(&ahead, &pass->keys);
    open_cursor(&at, &pass->keys);
    while (ahead.has_fact) {
        const uint64_t key = ahead.fact.key;
        uint32_t last_source = 0;
        for (; is_at_key(&ahead, key); next_fact(&ahead))
            last_source = ahead.fact.part[0];
        for (; is_at_key(&at, key); next_fact(&at)) {
            if (at.fact.part[0] != last_source)
                put_fact(&pass->all->superseded,
                         (struct fact){place_key(at.fact.part[0], at.fact.part[1]), {0}});
        }
    }
    close_cursor(&ahead);
    close_cursor(&at);
}

int find_superseded(struct all_facts *all, struct collector *collector, bool keep_going)
{
    bool *overlapping = list_overlapping(&all->uploads, all->source_count);
    struct second_pass pass = {.all = all, .collector = collector, .keys = {.spool = all->spool}};
    int status = CTE_OK;
    collector->hashes = 0; /* those of the first pass are told */
    for (uint32_t source = 0; source < all->source_count && status == CTE_OK; source++) {
        if (!overlapping[source])
            continue;
        status = collect_keys(&pass, source);
        if (status != CTE_OK && keep_going && may_leave_out(status)) {
            *collector->error = (struct cte_error){0};
            status = CTE_OK;
        }
    }
    free(overlapping);
    compare_keys(&pass);
    free_facts(&pass.keys);
    sort_facts(&all->superseded);
    return status;
}
