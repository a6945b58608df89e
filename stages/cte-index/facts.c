#include "stages/cte-index/facts.h"

#include <stdlib.h>
#include <string.h>

static int compare_items(const void *a, const void *b)
{
    const struct fact *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    for (size_t i = 0; i < sizeof x->part / sizeof *x->part; i++) {
        if (x->part[i] != y->part[i])
            return x->part[i] < y->part[i] ? -1 : 1;
    }
    return 0;
}

#define SORTED_ITEM struct fact
#define SORTED_NUMBER key
#include "stages/cte-index/sort_by_bits.h"

/* Many sets are filled in their order. */
static bool is_sorted(const struct fact_set *set, uint64_t *differing)
{
    bool sorted = true;
    *differing = 0;
    for (size_t i = 1; i < set->count; i++) {
        sorted = sorted && compare_items(&set->items[i - 1], &set->items[i]) < 0;
        *differing |= set->items[i - 1].key ^ set->items[i].key;
    }
    return sorted;
}

/* Sorts what is in memory, and drops what is there twice. */
static void sort_items(struct fact_set *set)
{
    uint64_t differing;
    if (is_sorted(set, &differing))
        return;
    const unsigned bits = differing == 0 ? 0 : 64 - (unsigned)__builtin_clzll(differing);
    sort_by_bits(set->items, set->count, bits);
    size_t kept = 1;
    for (size_t i = 1; i < set->count; i++) {
        if (compare_items(&set->items[kept - 1], &set->items[i]) != 0)
            set->items[kept++] = set->items[i];
    }
    set->count = kept;
}

/* ---- reading ---- */

enum { FACTS_AT_ONCE = 1 << 9 };

/* Goes on to the next fact of a run; false at its end. */
static bool advance_run(struct spool *spool, struct run_reader *run)
{
    if (++run->used < run->count)
        return true;
    if (run->left == 0)
        return false;
    run->count = run->left < FACTS_AT_ONCE ? run->left : FACTS_AT_ONCE;
    spool_read(spool, run->at, run->buffer, run->count * sizeof *run->buffer);
    run->items = run->buffer;
    run->at += run->count * sizeof *run->buffer;
    run->left -= run->count;
    run->used = 0;
    return true;
}

static bool comes_before(const struct run_reader *a, const struct run_reader *b)
{
    return compare_items(&a->items[a->used], &b->items[b->used]) < 0;
}

/* Puts the reader at `i` of the heap where it belongs among those below it. */
static void sink_reader(struct fact_cursor *cursor, size_t i)
{
    struct run_reader *heap = cursor->readers, moved = heap[i];
    for (size_t below; (below = 2 * i + 1) < cursor->count; i = below) {
        if (below + 1 < cursor->count && comes_before(&heap[below + 1], &heap[below]))
            below++;
        if (!comes_before(&heap[below], &moved))
            break;
        heap[i] = heap[below];
    }
    heap[i] = moved;
}

static void add_reader(struct fact_cursor *cursor, struct run_reader reader)
{
    /* where a run begins, the fact before its first one was the last */
    reader.used = reader.count - 1;
    if (advance_run(cursor->spool, &reader))
        cursor->readers[cursor->count++] = reader;
}

static void take_first(struct fact_cursor *cursor)
{
    cursor->has_fact = cursor->count > 0;
    if (cursor->has_fact)
        cursor->fact = cursor->readers[0].items[cursor->readers[0].used];
}

/* The runs from `first` on, and the facts in memory. */
static void open_runs(struct fact_cursor *cursor, const struct fact_set *set, size_t first,
                      bool with_items)
{
    *cursor = (struct fact_cursor){.spool = set->spool};
    cursor->readers = cte_alloc((set->run_count - first + 1) * sizeof *cursor->readers);
    for (size_t i = first; i < set->run_count; i++) {
        const struct fact_run *run = &set->runs[i];
        add_reader(cursor, (struct run_reader){
                               .count = 1,
                               .buffer = cte_alloc(FACTS_AT_ONCE * sizeof(struct fact)),
                               .at = run->at,
                               .left = run->count,
                           });
    }
    if (with_items && set->count > 0)
        cursor->readers[cursor->count++] =
            (struct run_reader){.items = set->items, .count = set->count};
    for (size_t i = cursor->count / 2; i-- > 0;)
        sink_reader(cursor, i);
    take_first(cursor);
}

void open_cursor(struct fact_cursor *cursor, const struct fact_set *set)
{
    open_runs(cursor, set, 0, true);
}

void next_fact(struct fact_cursor *cursor)
{
    const struct fact last = cursor->fact;
    do {
        struct run_reader *first = &cursor->readers[0];
        if (!advance_run(cursor->spool, first)) {
            free(first->buffer);
            *first = cursor->readers[--cursor->count];
        }
        if (cursor->count > 1)
            sink_reader(cursor, 0);
        take_first(cursor);
    } while (cursor->has_fact && compare_items(&cursor->fact, &last) == 0);
}

void close_cursor(struct fact_cursor *cursor)
{
    for (size_t i = 0; i < cursor->count; i++)
        free(cursor->readers[i].buffer);
    free(cursor->readers);
    *cursor = (struct fact_cursor){.has_fact = false};
}

/* ---- runs ---- */

enum { RUNS_OF_LEVEL = 32 };

static void add_run(struct fact_set *set, struct fact_run run)
{
    GROW(set->runs, set->run_count, set->run_room);
    set->runs[set->run_count++] = run;
}

/* Makes one run of those from `first` on. */
static void merge_runs(struct fact_set *set, size_t first)
{
    struct fact_run merged = {.level = set->runs[first].level + 1};
    size_t most = 0, count = 0;
    for (size_t i = first; i < set->run_count; i++)
        most += set->runs[i].count;
    merged.at = spool_reserve(set->spool, most * sizeof(struct fact));
    struct fact *block = cte_alloc(FACTS_IN_BLOCK * sizeof *block);
    struct fact_cursor cursor;
    open_runs(&cursor, set, first, false);
    while (cursor.has_fact) {
        block[count++] = cursor.fact;
        next_fact(&cursor);
        if (count == FACTS_IN_BLOCK || !cursor.has_fact) {
            spool_write(set->spool, merged.at + merged.count * sizeof *block, block,
                        count * sizeof *block);
            merged.count += count;
            count = 0;
        }
    }
    close_cursor(&cursor);
    free(block);
    set->run_count = first;
    add_run(set, merged);
}

void put_run_away(struct fact_set *set)
{
    sort_items(set);
    add_run(set, (struct fact_run){
                     .at = spool_add(set->spool, set->items, set->count * sizeof *set->items),
                     .count = set->count,
                 });
    set->count = 0;
    while (set->run_count >= RUNS_OF_LEVEL &&
           set->runs[set->run_count - RUNS_OF_LEVEL].level == set->runs[set->run_count - 1].level)
        merge_runs(set, set->run_count - RUNS_OF_LEVEL);
}

void put_list(struct fact_set *set, struct fact_list *list)
{
    struct loaded_block block = {.count = 0};
    for (size_t b = 0; b <= list->block_count; b++) {
        load_block(&block, list, b);
        for (size_t i = 0; i < block.count; i++)
            put_fact(set, loaded_fact(&block, i));
    }
    unload_block(&block);
    free_fact_list(list);
}

void sort_facts(struct fact_set *set)
{
    if (set->run_count > 0 && set->count > 0)
        put_run_away(set);
    else
        sort_items(set);
    if (set->run_count > 0) {
        free(set->items);
        set->items = NULL;
        set->room = 0;
    }
}

void free_facts(struct fact_set *set)
{
    free(set->items);
    free(set->runs);
    *set = (struct fact_set){.spool = set->spool};
}
