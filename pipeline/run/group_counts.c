#include "pipeline/run/group_counts.h"

#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"

enum { FIRST_ROOM = 1 << 10 };

/* ---- adding ---- */

static size_t first_slot(const struct group_counts *counts, const struct group_entry *entry)
{
    const uint64_t mixed =
        ((uint64_t)entry->head << 32 | entry->tail) * UINT64_C(0x9E3779B97F4A7C15);
    return (size_t)(mixed ^ mixed >> 32) & (counts->room - 1);
}

/* Where a group stands in the table, or would. There is always a free place. */
static struct group_entry *find_place(const struct group_counts *counts,
                                      const struct group_entry *group)
{
    for (size_t slot = first_slot(counts, group);; slot = (slot + 1) & (counts->room - 1)) {
        struct group_entry *entry = &counts->table[slot];
        if (entry->head == 0 || (entry->head == group->head && entry->tail == group->tail))
            return entry;
    }
}

static void count_group(struct group_counts *counts, const struct group_entry *group)
{
    struct group_entry *entry = find_place(counts, group);
    if (entry->head == 0) {
        *entry = *group;
        counts->count++;
    } else {
        entry->records += group->records;
    }
}

/* A table of many groups is far from the processor, and each record is of another. So a record
 * waits until some more came: by then its place was fetched. */
static void let_wait(struct group_counts *counts, struct group_entry group)
{
    struct group_entry *oldest = &counts->waiting[counts->turn++ % GROUP_WAITING];
    if (oldest->head != 0)
        count_group(counts, oldest);
    *oldest = group;
    __builtin_prefetch(&counts->table[first_slot(counts, &group)], 1);
}

static void count_waiting(struct group_counts *counts)
{
    for (size_t i = 0; i < GROUP_WAITING; i++) {
        if (counts->waiting[i].head != 0)
            count_group(counts, &counts->waiting[i]);
        counts->waiting[i].head = 0;
    }
}

/* With those that wait, at most three quarters of the places are taken. */
static bool is_full(const struct group_counts *counts)
{
    return counts->count + GROUP_WAITING >= counts->room / 4 * 3;
}

static void make_room(struct group_counts *counts)
{
    struct group_entry *old = counts->table;
    const size_t old_room = counts->room;
    counts->room = old_room == 0 ? FIRST_ROOM : 2 * old_room;
    counts->table = cte_zalloc_table(counts->room, sizeof *counts->table);
    for (size_t i = 0; i < old_room; i++) {
        if (old[i].head != 0)
            *find_place(counts, &old[i]) = old[i];
    }
    free(old);
}

/* What a key in a map takes beside its bytes: its entry, and its slots. */
enum { KEY_COST = 40 };

static uint32_t take_part(struct group_counts *counts, struct map *parts, struct slice part)
{
    const size_t known = parts->count, number = map_add(parts, part.at, part.length);
    if (number == known)
        counts->text_bytes += part.length + KEY_COST;
    return (uint32_t)number;
}

static void note_settled(struct group_counts *counts, size_t tail, uint32_t settled)
{
    GROW(counts->settled, tail, counts->settled_room);
    counts->settled[tail] = settled;
}

/* The number of a tail, which is often that of the one before. */
static uint32_t number_tail(struct group_counts *counts, struct slice tail)
{
    if (counts->last_tail < counts->tails.count) {
        const struct slice last = map_key(&counts->tails, counts->last_tail);
        if (tail.length > 0 && last.length == tail.length &&
            memcmp(last.at, tail.at, tail.length) == 0)
            return counts->last_tail;
    }
    return counts->last_tail = take_part(counts, &counts->tails, tail);
}

/* The number of what a tail counts as. */
static uint32_t take_tail(struct group_counts *counts, struct slice tail)
{
    const size_t known = counts->tails.count;
    const uint32_t number = number_tail(counts, tail);
    if (counts->settle == NULL)
        return number;
    if (number == known) {
        note_settled(counts, number, number);
        const size_t more = counts->tails.count;
        const uint32_t settled =
            take_part(counts, &counts->tails, counts->settle(counts->context, tail));
        if (settled == more)
            note_settled(counts, settled, settled);
        counts->settled[number] = settled;
    }
    return counts->settled[number];
}

/* What the groups take; while the table grows, both the old one and the new one are there. */
static size_t memory_of(const struct group_counts *counts, bool grows)
{
    return counts->text_bytes + (grows ? 3 : 1) * counts->room * sizeof *counts->table;
}

/* Forgets the groups in memory. */
static void clear_groups(struct group_counts *counts)
{
    map_free(&counts->heads);
    map_free(&counts->tails);
    free(counts->table);
    free(counts->settled);
    free(counts->head_order);
    free(counts->tail_order);
    counts->table = NULL;
    counts->settled = counts->head_order = counts->tail_order = NULL;
    counts->count = counts->room = counts->settled_room = counts->text_bytes = counts->next = 0;
    counts->age++;
}

/* ---- sorting ---- */

static int compare_numbers(const void *a, const void *b, void *map)
{
    return group_compare_parts(map_key(map, *(const uint32_t *)a),
                               map_key(map, *(const uint32_t *)b));
}

/* The numbers of a map in the order of their keys, and in `ranks` where each stands in it. */
static uint32_t *order_keys(struct map *map, uint32_t *ranks)
{
    uint32_t *order = cte_alloc((map->count + 1) * sizeof *order);
    for (size_t i = 0; i < map->count; i++)
        order[i] = (uint32_t)i;
    if (map->count > 1)
        qsort_r(order, map->count, sizeof *order, compare_numbers, map);
    for (size_t i = 0; i < map->count; i++)
        ranks[order[i]] = (uint32_t)i;
    return order;
}

/* Moves the groups to the front of the table, with ranks instead of numbers. */
static void rank_groups(struct group_counts *counts, const uint32_t *heads, const uint32_t *tails)
{
    size_t count = 0;
    for (size_t i = 0; i < counts->room; i++) {
        const struct group_entry entry = counts->table[i];
        if (entry.head != 0)
            counts->table[count++] =
                (struct group_entry){heads[entry.head - 1], tails[entry.tail], entry.records};
    }
}

/* Puts groups with the same head together, heads in their order. Each group is moved once, to the
 * next place of its head, and what stands there goes on from hand to hand. */
static void part_by_head(struct group_counts *counts, size_t *ends)
{
    const size_t heads = counts->heads.count;
    size_t *next = cte_zalloc(heads + 1, sizeof *next);
    for (size_t i = 0; i < counts->count; i++)
        next[counts->table[i].head + 1]++;
    for (size_t h = 0; h < heads; h++)
        ends[h] = next[h + 1] += next[h];
    for (size_t h = 0; h < heads; h++) {
        while (next[h] < ends[h]) {
            struct group_entry hand = counts->table[next[h]];
            while (hand.head != h) {
                struct group_entry *place = &counts->table[next[hand.head]++];
                const struct group_entry found = *place;
                *place = hand;
                hand = found;
            }
            counts->table[next[h]++] = hand;
        }
    }
    free(next);
}

static int compare_tails(const void *a, const void *b)
{
    const struct group_entry *x = a, *y = b;
    return (x->tail > y->tail) - (x->tail < y->tail);
}

static void sort_by_tail(struct group_entry *groups, size_t count)
{
    enum { FEW = 40 };
    if (count > FEW) {
        qsort(groups, count, sizeof *groups, compare_tails);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        const struct group_entry group = groups[i];
        size_t place = i;
        for (; place > 0 && groups[place - 1].tail > group.tail; place--)
            groups[place] = groups[place - 1];
        groups[place] = group;
    }
}

/* Sorts the groups in memory; then their numbers are ranks. */
static void sort_groups(struct group_counts *counts)
{
    uint32_t *heads = cte_alloc((counts->heads.count + 1) * sizeof *heads),
             *tails = cte_alloc((counts->tails.count + 1) * sizeof *tails);
    counts->head_order = order_keys(&counts->heads, heads);
    counts->tail_order = order_keys(&counts->tails, tails);
    rank_groups(counts, heads, tails);
    free(heads);
    free(tails);
    size_t *ends = cte_alloc((counts->heads.count + 1) * sizeof *ends);
    part_by_head(counts, ends);
    for (size_t h = 0, at = 0; h < counts->heads.count; at = ends[h++])
        sort_by_tail(counts->table + at, ends[h] - at);
    free(ends);
}

static struct group sorted_group(const struct group_counts *counts, size_t i)
{
    const struct group_entry *entry = &counts->table[i];
    return (struct group){map_key(&counts->heads, counts->head_order[entry->head]),
                          map_key(&counts->tails, counts->tail_order[entry->tail]), entry->records};
}

/* Puts the groups in memory away, sorted. */
static int spill(struct group_counts *counts, struct cte_error *error)
{
    count_waiting(counts);
    counts->runs.folder = counts->folder;
    if (group_runs_begin(&counts->runs, error) != CTE_OK)
        return error->status;
    sort_groups(counts);
    for (size_t i = 0; i < counts->count; i++) {
        const struct group group = sorted_group(counts, i);
        if (group_runs_put(&counts->runs, &group, error) != CTE_OK)
            return error->status;
    }
    clear_groups(counts);
    return CTE_OK;
}

/* ---- for others ---- */

int group_counts_reserve(struct group_counts *counts, struct cte_error *error)
{
    const size_t most = counts->memory > 0 ? counts->memory : GROUP_MEMORY;
    const bool grows = is_full(counts);
    if (counts->room > 0 && memory_of(counts, grows) > most && spill(counts, error) != CTE_OK)
        return error->status;
    if (is_full(counts))
        make_room(counts);
    return CTE_OK;
}

uint32_t group_counts_head(struct group_counts *counts, struct slice head)
{
    return take_part(counts, &counts->heads, head) + 1;
}

void group_counts_put(struct group_counts *counts, uint32_t head, struct slice tail,
                      uint64_t records)
{
    let_wait(counts, (struct group_entry){head, take_tail(counts, tail), records});
}

struct slice group_counts_last_tail(const struct group_counts *counts)
{
    const uint32_t tail = counts->last_tail;
    return map_key(&counts->tails, counts->settle != NULL ? counts->settled[tail] : tail);
}

int group_counts_add(struct group_counts *counts, struct slice head, struct slice tail,
                     uint64_t records, struct cte_error *error)
{
    if (group_counts_reserve(counts, error) == CTE_OK)
        group_counts_put(counts, group_counts_head(counts, head), tail, records);
    return error->status;
}

int group_counts_sort(struct group_counts *counts, struct cte_error *error)
{
    count_waiting(counts);
    if (counts->runs.count == 0)
        sort_groups(counts);
    else if (counts->count == 0 || spill(counts, error) == CTE_OK)
        group_runs_open(&counts->runs, error);
    return error->status;
}

bool group_counts_next(struct group_counts *counts, struct group *group, struct cte_error *error)
{
    if (counts->runs.count > 0)
        return error->status == CTE_OK && group_runs_next(&counts->runs, group, error) &&
               error->status == CTE_OK;
    if (counts->next == counts->count)
        return false;
    *group = sorted_group(counts, counts->next++);
    return true;
}

void group_counts_free(struct group_counts *counts)
{
    clear_groups(counts);
    group_runs_free(&counts->runs);
    *counts = (struct group_counts){.folder = counts->folder,
                                    .settle = counts->settle,
                                    .context = counts->context,
                                    .memory = counts->memory};
}
