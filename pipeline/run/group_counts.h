/* group_counts.h - how many records are alike: groups by a key, counted and sorted, in bounded
 * memory.
 *
 *     struct group_counts counts = {.folder = "out"};
 *     for (...)
 *         if (group_counts_add(&counts, place, codes, 1, &error) != CTE_OK) ...
 *     if (group_counts_sort(&counts, &error) != CTE_OK) ...
 *     struct group group;
 *     while (group_counts_next(&counts, &group, &error))
 *         printf("%.*s: %llu\n", (int)group.head.length, group.head.at, group.records);
 *     group_counts_free(&counts);               // error.status says whether all came
 *
 * A key has two parts, the head (where records belong) and the tail (what they are), since few
 * heads go with few tails: each is kept once, and a group is two numbers and a count. Groups come
 * out by head and then by tail, byte by byte, each once; the order of adding does not matter.
 *
 * Memory: GROUP_MEMORY bytes and no more, however many groups there are. Beyond, what was counted
 * goes to a file without a name in `folder` (group_runs.h), and is merged in the end. Disk:
 * less than what the groups take as text, and it is free again with group_counts_free().
 *
 * Errors: CTE_CANNOT_CREATE, CTE_NO_PERMISSION, CTE_IO, all of that file.
 */
#ifndef CTE_GROUP_COUNTS_H
#define CTE_GROUP_COUNTS_H

#include "codetables/base/error.h"
#include "codetables/base/map.h"
#include "pipeline/run/group_runs.h"

enum { GROUP_MEMORY = 32 << 20, GROUP_WAITING = 16 };

struct group_entry {
    uint32_t head; /* its number in the map and one, 0: free; after sorting, its rank */
    uint32_t tail; /* the number in the map; after sorting, its rank */
    uint64_t records;
};

/* Zeroed but for `folder`, it is empty. What stands behind `context` is the module's own. */
struct group_counts {
    const char *folder;
    /* What a tail counts as, asked for each that is new; it lasts until it is asked again. NULL:
     * as it is. */
    struct slice (*settle)(void *context, struct slice tail);
    void *context;
    size_t memory; /* 0: GROUP_MEMORY; for tests */
    struct map heads, tails;
    uint32_t *settled; /* by the number of a tail: of the one it counts as */
    size_t settled_room;
    uint32_t last_tail;        /* number of the tail before */
    struct group_entry *table; /* open addressing on both numbers; after sorting, in order */
    size_t count, room;
    /* What was added last, and is not in the table yet: until it is, its place comes nearer. */
    struct group_entry waiting[GROUP_WAITING];
    size_t turn;
    size_t text_bytes;
    uint32_t age;                      /* how often all that is in memory was put away */
    uint32_t *head_order, *tail_order; /* by rank, once they are sorted */
    size_t next;
    struct group_runs runs;
};

/* Adds records to the group of a key; a part has at most GROUP_MOST_PART bytes. */
int group_counts_add(struct group_counts *counts, struct slice head, struct slice tail,
                     uint64_t records, struct cte_error *error);

/* The same in three steps, for who meets the same heads again and again: what is there to add has
 * room; a head has its number, which stays while `age` does; and records go to its group. */
int group_counts_reserve(struct group_counts *counts, struct cte_error *error);
uint32_t group_counts_head(struct group_counts *counts, struct slice head);
void group_counts_put(struct group_counts *counts, uint32_t head, struct slice tail,
                      uint64_t records);

/* The tail that the last records put were counted under, which is what it settled as. */
struct slice group_counts_last_tail(const struct group_counts *counts);

/* To be called once, when all was added and before the first comes out. */
int group_counts_sort(struct group_counts *counts, struct cte_error *error);

/* The next group. False at the end, and with the error filled. */
bool group_counts_next(struct group_counts *counts, struct group *group, struct cte_error *error);

/* It is empty then, and can be used again. */
void group_counts_free(struct group_counts *counts);

#endif
