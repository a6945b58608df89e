#include "stages/cte-index/superseded.h"

#include <stdlib.h>

#include "codetables/base/memory.h"

/* The hash of a record's key within an upload. */
static uint64_t hash_in_upload(const struct upload_plan *plan, const struct slice *fields,
                               size_t upload)
{
    return fold_hash(hash_fields(fields, plan->key, plan->key_count).one,
                     upload + UINT64_C(0xa0761d6478bd642f));
}

static int collect_key(struct all_facts *all, struct collector *collector, uint32_t source,
                       const struct record *record)
{
    if (record->kind == NULL)
        return CTE_OK;
    const struct index_plan *plan = plan_of(collector, record->kind);
    if (plan == NULL)
        return collector->error->status;
    struct slice fields[STREAM_MAX_FIELDS];
    record_values(record, record->field_count, fields, &collector->values);
    const size_t upload =
        is_delete(plan, fields) ? MAP_NONE : shared_upload(&all->uploads, record->kind, fields);
    if (upload != MAP_NONE)
        add_key(&all->superseded, (struct key){hash_in_upload(&plan->upload, fields, upload),
                                               source, (uint32_t)record->number});
    return CTE_OK;
}

/* Collects the keys of the records of one source that stand in shared uploads. */
static int collect_keys(struct all_facts *all, struct collector *collector, uint32_t number)
{
    struct source *source = NULL;
    struct reader *reader = NULL;
    int status = open_collected(collector, &all->sources[number], &source, &reader);
    while (status == CTE_OK) {
        struct reader_record item;
        status = reader_next(reader, &item, collector->error);
        if (status != CTE_OK || item.end)
            break;
        status = collect_key(all, collector, number, &item.record);
    }
    reader_close(reader);
    source_close(source);
    return status;
}

static int compare_places(const void *a, const void *b)
{
    const struct key *x = a, *y = b;
    if (x->more != y->more)
        return x->more < y->more ? -1 : 1;
    return (x->record > y->record) - (x->record < y->record);
}

/* Of the keys, keeps those that stand in a later source too, by source and record. */
static void keep_superseded(struct keys *keys)
{
    size_t kept = 0;
    sort_keys(keys);
    for (size_t i = 0, j = 0; i < keys->count; i = j) {
        for (j = i; j < keys->count && keys->items[j].hash == keys->items[i].hash;)
            j++;
        const uint32_t last_source = keys->items[j - 1].more;
        for (size_t k = i; k < j && keys->items[k].more != last_source; k++)
            keys->items[kept++] = keys->items[k];
    }
    keys->count = kept;
    if (kept > 1)
        qsort(keys->items, kept, sizeof *keys->items, compare_places);
}

int find_superseded(struct all_facts *all, struct collector *collector, bool keep_going)
{
    bool *overlapping = list_overlapping(&all->uploads, all->source_count);
    int status = CTE_OK;
    for (uint32_t source = 0; source < all->source_count && status == CTE_OK; source++) {
        if (!overlapping[source])
            continue;
        status = collect_keys(all, collector, source);
        if (status != CTE_OK && keep_going && may_leave_out(status)) {
            *collector->error = (struct cte_error){0};
            status = CTE_OK;
        }
    }
    free(overlapping);
    keep_superseded(&all->superseded);
    return status;
}
