#include <stdlib.h>
#include <string.h>

#include "pipeline/cte-diff/diff.h"
#include "codetables/base/memory.h"

/* One of the two that match: parts are shared out between them, and what they find is joined. */
struct matcher {
    struct diff *diff;
    struct matching found;
    struct flows flows;
    struct partition_items sides[2], sorted, allowed; /* of one part */
    uint32_t *starts;                                 /* of the buckets of sorting */
    size_t starts_room;
    uint32_t *partners; /* of the records after of one key: numbers before */
    size_t partners_room;
    bool *paired; /* of the records before of one key */
    size_t paired_room;
};

static void differ(struct matcher *matcher, uint32_t before, uint32_t after, uint32_t partner)
{
    struct matching *found = &matcher->found;
    GROW(found->differences, found->count, found->room);
    found->differences[found->count++] = (struct difference){before, after, partner};
}

static void settle(struct matcher *matcher, const struct entry *before, const struct entry *after)
{
    struct matching *found = &matcher->found;
    bool is_same = before->hash == before->own;
    found->same += is_same;
    found->recoded += !is_same;
    count_flow(&matcher->flows, before->move, after->move, is_same ? DIFF_SAME : DIFF_CONVERTED, 1);
    if (is_same || !found->keep_converted)
        return;
    GROW(found->converted, found->converted_count, found->converted_room);
    found->converted[found->converted_count++] =
        (struct difference){before->number, after->number, NOBODY};
}

/* ---- the order of one part ---- */

static int compare_content(const struct entry *a, const struct entry *b)
{
    if (a->order != b->order)
        return a->order < b->order ? -1 : 1;
    return (a->hash > b->hash) - (a->hash < b->hash);
}

static int compare(const void *x, const void *y)
{
    const struct entry *a = x, *b = y;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    const int content = compare_content(a, b);
    if (content != 0)
        return content;
    return (a->number > b->number) - (a->number < b->number);
}

/* Sorts the few entries of a bucket; where many have one key, they are no longer few. */
static void sort_bucket(struct entry *items, size_t count)
{
    enum { FEW = 24 };
    if (count > FEW) {
        qsort(items, count, sizeof *items, compare);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        struct entry moving = items[i];
        size_t at = i;
        for (; at > 0 && compare(&items[at - 1], &moving) > 0; at--)
            items[at] = items[at - 1];
        items[at] = moving;
    }
}

/* Sorts by key, content and number. Keys are hashes, evenly spread: their next bits put nearly
 * every record into a bucket of its own. */
static void sort_part(struct matcher *matcher, int side)
{
    struct partition_items *sorted = &matcher->sorted, unsorted = matcher->sides[side];
    const struct entry *from = unsorted.items;
    size_t count = unsorted.count, buckets = 2;
    unsigned bits = 1;
    for (; buckets < count && bits < 24; bits++)
        buckets *= 2;
    if (sorted->room < unsorted.room) {
        free(sorted->items);
        *sorted = (struct partition_items){cte_alloc(unsorted.room), 0, unsorted.room};
    }
    sorted->count = count;
    struct entry *to = sorted->items;
    if (matcher->starts_room < buckets + 1) {
        matcher->starts_room = buckets + 1;
        free(matcher->starts);
        matcher->starts = cte_alloc(matcher->starts_room * sizeof *matcher->starts);
    }
    uint32_t *starts = matcher->starts;
    const unsigned shift = PARTITION_SHIFT - bits;
    const uint64_t mask = buckets - 1;
    memset(starts, 0, (buckets + 1) * sizeof *starts);
    for (size_t i = 0; i < count; i++)
        starts[((from[i].key >> shift) & mask) + 1]++;
    for (size_t b = 1; b <= buckets; b++)
        starts[b] += starts[b - 1];
    for (size_t i = 0; i < count; i++)
        to[starts[(from[i].key >> shift) & mask]++] = from[i];
    /* Now each start is where the next bucket begins. */
    for (size_t b = 0, begin = 0; b < buckets; begin = starts[b++])
        sort_bucket(to + begin, starts[b] - begin);
    matcher->sides[side] = *sorted;
    *sorted = unsorted;
}

/* ---- one key ---- */

static bool allows(const struct matcher *matcher, uint32_t number, uint64_t hash)
{
    const struct allowed *allowed = matcher->allowed.items;
    size_t low = 0, high = matcher->allowed.count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (allowed[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < matcher->allowed.count && allowed[low].number == number; low++) {
        if (allowed[low].hash == hash)
            return true;
    }
    return false;
}

static void make_room(struct matcher *matcher, size_t before_count, size_t after_count)
{
    if (matcher->paired_room < before_count) {
        matcher->paired_room = before_count * 2;
        matcher->paired =
            cte_realloc(matcher->paired, matcher->paired_room * sizeof *matcher->paired);
    }
    if (matcher->partners_room < after_count) {
        matcher->partners_room = after_count * 2;
        matcher->partners =
            cte_realloc(matcher->partners, matcher->partners_room * sizeof *matcher->partners);
    }
    for (size_t i = 0; i < before_count; i++)
        matcher->paired[i] = false;
    for (size_t j = 0; j < after_count; j++)
        matcher->partners[j] = NOBODY;
}

/* A run may have merged what is left into a record that is paired: one of the same content, or of
 * what a choice would make of it. */
static void part_merged(struct matcher *matcher, const struct entry *before, size_t before_count,
                        const struct entry *after, size_t after_count)
{
    enum { MOST_OF_ONE_KEY = 1024 };
    for (size_t i = 0;
         i < before_count && before_count <= MOST_OF_ONE_KEY && after_count <= MOST_OF_ONE_KEY;
         i++) {
        for (size_t j = 0; j < after_count && !matcher->paired[i]; j++) {
            if (matcher->partners[j] == NOBODY ||
                (after[j].hash != before[i].hash &&
                 !allows(matcher, before[i].number, after[j].hash)))
                continue;
            differ(matcher, before[i].number, after[j].number, matcher->partners[j]);
            matcher->paired[i] = true;
        }
    }
}

/* Pairs the records of one key: first those whose content is just what is expected, then those that
 * a choice explains or that were not touched, then one by one. Each time in the order of contents,
 * so that the order of the files is no matter. */
static void match_key(struct matcher *matcher, const struct entry *before, size_t before_count,
                      const struct entry *after, size_t after_count)
{
    enum { MOST_COMPARED = 64 };
    make_room(matcher, before_count, after_count);
    size_t before_left = before_count, after_left = after_count;
    for (size_t i = 0, j = 0; i < before_count && j < after_count;) {
        const int content = compare_content(&before[i], &after[j]);
        if (content == 0) {
            settle(matcher, &before[i], &after[j]);
            matcher->partners[j++] = before[i].number;
            matcher->paired[i++] = true;
            before_left--;
            after_left--;
        } else if (content < 0) {
            i++;
        } else {
            j++;
        }
    }
    bool is_few = before_left <= MOST_COMPARED && after_left <= MOST_COMPARED && after_left > 0;
    for (size_t i = 0; i < before_count && is_few; i++) {
        for (size_t j = 0; j < after_count && !matcher->paired[i]; j++) {
            if (matcher->partners[j] != NOBODY ||
                (after[j].hash != before[i].own &&
                 !allows(matcher, before[i].number, after[j].hash)))
                continue;
            differ(matcher, before[i].number, after[j].number, NOBODY);
            matcher->partners[j] = before[i].number;
            matcher->paired[i] = true;
        }
    }
    if (matcher->diff->account.merged_sum > 0)
        part_merged(matcher, before, before_count, after, after_count);
    size_t j = 0;
    for (size_t i = 0; i < before_count; i++) {
        if (matcher->paired[i])
            continue;
        while (j < after_count && matcher->partners[j] != NOBODY)
            j++;
        differ(matcher, before[i].number, j < after_count ? after[j].number : NOBODY, NOBODY);
        j += j < after_count;
    }
    for (; j < after_count; j++) {
        if (matcher->partners[j] == NOBODY)
            differ(matcher, NOBODY, after[j].number, NOBODY);
    }
}

/* ---- all of it ---- */

static size_t key_end(const struct entry *items, size_t at, size_t count, uint64_t key)
{
    while (at < count && items[at].key == key)
        at++;
    return at;
}

static int match_part(struct matcher *matcher, unsigned part, struct cte_error *error)
{
    struct diff *diff = matcher->diff;
    int status = CTE_OK;
    for (int side = 0; side < 2 && status == CTE_OK; side++)
        status = partitions_load(&diff->files[side].records, part, &matcher->sides[side], error);
    if (status == CTE_OK)
        status = partitions_load(&diff->files[0].allowed, part, &matcher->allowed, error);
    if (status != CTE_OK)
        return status;
    sort_part(matcher, 0);
    sort_part(matcher, 1);
    const struct entry *before = matcher->sides[0].items, *after = matcher->sides[1].items;
    const size_t before_count = matcher->sides[0].count, after_count = matcher->sides[1].count;
    for (size_t i = 0, j = 0; i < before_count || j < after_count;) {
        uint64_t key = j == after_count || (i < before_count && before[i].key < after[j].key)
                           ? before[i].key
                           : after[j].key;
        size_t i_end = key_end(before, i, before_count, key),
               j_end = key_end(after, j, after_count, key);
        if (i_end - i == 1 && j_end - j == 1 && compare_content(&before[i], &after[j]) == 0)
            settle(matcher, &before[i], &after[j]);
        else
            match_key(matcher, before + i, i_end - i, after + j, j_end - j);
        i = i_end;
        j = j_end;
    }
    return CTE_OK;
}

static int match_half(struct diff *diff, int number, struct cte_error *error, void *matchers)
{
    struct matcher *matcher = &((struct matcher *)matchers)[number];
    matcher->diff = diff;
    int status = CTE_OK;
    for (unsigned part = (unsigned)number; part < PARTITION_COUNT && status == CTE_OK; part += 2)
        status = match_part(matcher, part, error);
    for (int side = 0; side < 2; side++)
        free(matcher->sides[side].items);
    free(matcher->sorted.items);
    free(matcher->allowed.items);
    free(matcher->starts);
    free(matcher->partners);
    free(matcher->paired);
    return status;
}

static int compare_differences(const void *x, const void *y)
{
    const struct difference *a = x, *b = y;
    uint64_t one = a->before != NOBODY ? a->before : (1ULL << 32) + a->after;
    uint64_t other = b->before != NOBODY ? b->before : (1ULL << 32) + b->after;
    return (one > other) - (one < other);
}

static void join(struct difference **list, size_t *count, struct difference *more,
                 size_t more_count)
{
    if (more_count > 0) {
        *list = cte_realloc(*list, (*count + more_count) * sizeof **list);
        memcpy(*list + *count, more, more_count * sizeof **list);
        *count += more_count;
    }
    free(more);
    if (*count > 1)
        qsort(*list, *count, sizeof **list, compare_differences);
}

void matching_free(struct matching *matching)
{
    free(matching->differences);
    free(matching->converted);
}

int match(struct diff *diff, struct matching *matching)
{
    struct matcher matchers[2] = {{.found = *matching}, {.found = *matching}};
    int status = do_both(diff, match_half, matchers);
    for (int side = 0; side < 2; side++) {
        partitions_end(&diff->files[side].records);
        partitions_end(&diff->files[side].allowed);
    }
    add_flows(&diff->flows, &matchers[0].flows);
    add_flows(&diff->flows, &matchers[1].flows);
    struct matching *other = &matchers[1].found;
    *matching = matchers[0].found;
    matching->same += other->same;
    matching->recoded += other->recoded;
    join(&matching->differences, &matching->count, other->differences, other->count);
    join(&matching->converted, &matching->converted_count, other->converted,
         other->converted_count);
    return status;
}
