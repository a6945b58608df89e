/* partitions.h - items of one size, spread over parts by their key; in memory while there is room,
 * then in a temporary file.
 *
 * All records of one key are in one part, so that parts can be matched one by one. Items of a part
 * keep the order in which they came.
 *
 * The file is made in the folder that is given, 0600, and has no name there, or loses it at once:
 * it goes with the program, however that ends. It holds hashes of records, no text of them.
 *
 * Memory: what `room` allows to all spreads together, taken in slabs of 2 MB; and one slab a spread
 * when its file is begun. Where all records have one key, that part is as large as the file.
 *
 * Errors: CTE_CANNOT_CREATE, CTE_NO_PERMISSION, CTE_IO (a full disk).
 */
#ifndef CTE_PARTITIONS_H
#define CTE_PARTITIONS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codetables/base/error.h"

enum {
    PARTITION_COUNT = 256,
    PARTITION_SHIFT = 56,
    PARTITION_CHUNK = 1 << 13,
    PARTITION_SLAB = 1 << 21
};

/* What spreads may use together, also from several threads. */
struct partition_room {
    atomic_size_t left;
    const char *folder; /* of temporary files */
};

struct partition_chunk {
    char *bytes;     /* NULL: it is in the file */
    uint64_t offset; /* there */
    uint32_t count;  /* of items */
};

struct partition {
    struct partition_chunk *chunks; /* the last is the one that is filled */
    size_t count, room;
};

struct partitions {
    size_t item;
    struct partition_room *room;
    struct partition parts[PARTITION_COUNT];
    char **slabs;
    size_t slab_count, slab_used;
    bool has_file;
    int fd;
    uint64_t end; /* of the file */
};

void partitions_begin(struct partitions *partitions, size_t item, struct partition_room *room);

void *partitions_add_slowly(struct partitions *partitions, struct partition *part,
                            struct cte_error *error);

/* A place for one more item, in the part that the key belongs to; NULL with the error filled. */
static inline void *partitions_add(struct partitions *partitions, uint64_t key,
                                   struct cte_error *error)
{
    struct partition *part = &partitions->parts[key >> PARTITION_SHIFT];
    struct partition_chunk *last = part->count > 0 ? &part->chunks[part->count - 1] : NULL;
    if (last == NULL || last->bytes == NULL ||
        (last->count + 1) * partitions->item > PARTITION_CHUNK)
        return partitions_add_slowly(partitions, part, error);
    return last->bytes + last->count++ * partitions->item;
}

/* The items of one part, in one piece of memory, never NULL, that grows to the largest; to be
 * freed. */
struct partition_items {
    void *items;
    size_t count, room; /* items, bytes */
};

/* Parts may be loaded by several threads, each into its own. */
int partitions_load(const struct partitions *partitions, unsigned part,
                    struct partition_items *into, struct cte_error *error);

/* Gives memory and file back. */
void partitions_end(struct partitions *partitions);

#endif
