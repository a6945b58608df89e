/* facts.h - facts of 24 bytes: lists in the order in which they came, and sorted sets, of which
 * only a part is in memory.
 *
 *     struct fact_set set = {.spool = &spool};
 *     put_fact(&set, (struct fact){hash, {scope, source, record}});
 *     sort_facts(&set);                                   // all are there
 *     struct fact_cursor at;
 *     for (open_cursor(&at, &set); at.has_fact; next_fact(&at))
 *         use(at.fact);
 *     close_cursor(&at);
 *     free_facts(&set);
 *
 * A fact has a number by which it is sorted, and four more that break ties. A set holds no two
 * equal ones. Of each list and set a bounded part is in memory; the rest lies in the spool, in runs
 * that are merged while they are read. Several cursors may walk a set at a time.
 *
 * A failure of the spool shows in spool_check(); until then facts may be missing.
 */
#ifndef CTE_INDEX_FACTS_H
#define CTE_INDEX_FACTS_H

#include <string.h>

#include "codetables/base/memory.h"
#include "stages/cte-index/spool.h"

struct fact {
    uint64_t key;
    uint32_t part[4];
};

/* How many facts a list and a set keep in memory: 192 KiB, 768 KiB. */
enum { FACTS_IN_BLOCK = 1 << 13, FACTS_IN_RUN = 1 << 15 };

enum { FACT_PARTS = sizeof((struct fact *)0)->part / sizeof *((struct fact *)0)->part };

/* FACTS_IN_BLOCK facts in the spool: their keys, then of each part as many of its low bytes as are
 * not the same in all. A part that is the same in all takes none. */
struct fact_block {
    uint64_t at;
    uint32_t same[FACT_PARTS]; /* the bytes above */
    uint8_t width[FACT_PARTS]; /* 0, 1, 2 or 4 bytes */
};

/* Zeroed but for its spool, it is empty. */
struct fact_list {
    struct spool *spool;
    struct fact *items;
    size_t count, room;
    struct fact_block *blocks;
    size_t block_count, block_room;
};

/* Puts the facts in memory away. */
void put_block_away(struct fact_list *list);

static inline void add_fact(struct fact_list *list, struct fact fact)
{
    if (list->count == FACTS_IN_BLOCK)
        put_block_away(list);
    GROW(list->items, list->count, list->room);
    list->items[list->count++] = fact;
}

static inline bool has_facts(const struct fact_list *list)
{
    return list->count + list->block_count > 0;
}

static inline uint64_t count_facts(const struct fact_list *list)
{
    return list->count + (uint64_t)list->block_count * FACTS_IN_BLOCK;
}

/* A block of a list that was read back:
 *
 *     struct loaded_block block = {.count = 0};
 *     for (size_t b = 0; b <= list->block_count; b++) {
 *         load_block(&block, list, b);
 *         for (size_t i = 0; i < block.count; i++)
 *             use(loaded_fact(&block, i));
 *     }
 *     unload_block(&block);
 *
 * The last one is what the list has in memory; it may be empty. */
struct loaded_block {
    size_t count;
    const struct fact *items; /* in memory; NULL: */
    const struct fact_block *block;
    char *bytes;
    const char *parts[FACT_PARTS];
};

void load_block(struct loaded_block *loaded, const struct fact_list *list, size_t number);

/* The keys alone; the parts must not be looked at. */
void load_keys(struct loaded_block *loaded, const struct fact_list *list, size_t number);

static inline uint64_t loaded_key(const struct loaded_block *loaded, size_t number)
{
    uint64_t key;
    if (loaded->items != NULL)
        return loaded->items[number].key;
    memcpy(&key, loaded->bytes + number * sizeof key, sizeof key);
    return key;
}

struct fact loaded_fact(const struct loaded_block *loaded, size_t number);
void unload_block(struct loaded_block *loaded);

/* Moves the blocks of a list that lie in the spool to the end of those of another; what it has in
 * memory stays. The order between the lists is lost. */
void move_blocks(struct fact_list *to, struct fact_list *from);

void free_fact_list(struct fact_list *list);

/* Facts that lie sorted in the spool. */
struct fact_run {
    uint64_t at;
    size_t count;
    unsigned level; /* how often its facts were merged */
};

/* Zeroed but for its spool, it is empty. */
struct fact_set {
    struct spool *spool;
    struct fact *items;
    size_t count, room;
    struct fact_run *runs;
    size_t run_count, run_room;
};

/* Puts the facts in memory away, as a run. */
void put_run_away(struct fact_set *set);

static inline void put_fact(struct fact_set *set, struct fact fact)
{
    if (set->count == FACTS_IN_RUN)
        put_run_away(set);
    GROW(set->items, set->count, set->room);
    set->items[set->count++] = fact;
}

static inline bool set_has_facts(const struct fact_set *set)
{
    return set->count + set->run_count > 0;
}

/* Moves a list into a set, and empties it. */
void put_list(struct fact_set *set, struct fact_list *list);

/* To be called when all facts are in it, and before it is read. */
void sort_facts(struct fact_set *set);
void free_facts(struct fact_set *set);

/* What is left of a run while it is read. */
struct run_reader {
    const struct fact *items; /* in memory */
    size_t used, count;
    struct fact *buffer; /* NULL: all are in memory */
    uint64_t at;         /* of what is still in the spool */
    size_t left;
};

struct fact_cursor {
    bool has_fact;
    struct fact fact;
    struct spool *spool;
    struct run_reader *readers; /* a heap: the one with the least fact is first */
    size_t count;
};

/* Stands at the first fact. The set must not change while it is open. */
void open_cursor(struct fact_cursor *cursor, const struct fact_set *set);
void next_fact(struct fact_cursor *cursor);
void close_cursor(struct fact_cursor *cursor);

/* Goes on to the first fact of a key that is not less. */
static inline void skip_to_key(struct fact_cursor *cursor, uint64_t key)
{
    while (cursor->has_fact && cursor->fact.key < key)
        next_fact(cursor);
}

/* Whether it stands at a fact of this key. */
static inline bool is_at_key(const struct fact_cursor *cursor, uint64_t key)
{
    return cursor->has_fact && cursor->fact.key == key;
}

/* A record of a source as a key: sorted by source, then by record. */
static inline uint64_t place_key(uint32_t source, uint32_t record)
{
    return (uint64_t)source << 32 | record;
}

static inline uint32_t place_source(uint64_t key)
{
    return (uint32_t)(key >> 32);
}

static inline uint32_t place_record(uint64_t key)
{
    return (uint32_t)key;
}

/* A number of 64 bits in two parts of a fact. */
static inline uint64_t join_parts(uint32_t low, uint32_t high)
{
    return (uint64_t)high << 32 | low;
}

#endif
