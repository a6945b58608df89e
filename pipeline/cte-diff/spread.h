/* spread.h - items of one size, spread over parts by their key; in memory while there is room, then
 * in a temporary file.
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
#ifndef CTE_SPREAD_H
#define CTE_SPREAD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codetables/base/error.h"

enum { SPREAD_PARTS = 256, SPREAD_SHIFT = 56, SPREAD_CHUNK = 1 << 13, SPREAD_SLAB = 1 << 21 };

/* What spreads may use together, also from several threads. */
struct spread_room {
    atomic_size_t left;
    const char *folder; /* of temporary files */
};

struct spread_chunk {
    char *bytes;     /* NULL: it is in the file */
    uint64_t offset; /* there */
    uint32_t count;  /* of items */
};

struct spread_part {
    struct spread_chunk *chunks; /* the last is the one that is filled */
    size_t count, room;
};

struct spread {
    size_t item;
    struct spread_room *room;
    struct spread_part parts[SPREAD_PARTS];
    char **slabs;
    size_t slab_count, slab_used;
    bool has_file;
    int fd;
    uint64_t end; /* of the file */
};

void spread_begin(struct spread *spread, size_t item, struct spread_room *room);

void *spread_add_slowly(struct spread *spread, struct spread_part *part, struct cte_error *error);

/* A place for one more item, in the part that the key belongs to; NULL with the error filled. */
static inline void *spread_add(struct spread *spread, uint64_t key, struct cte_error *error)
{
    struct spread_part *part = &spread->parts[key >> SPREAD_SHIFT];
    struct spread_chunk *last = part->count > 0 ? &part->chunks[part->count - 1] : NULL;
    if (last == NULL || last->bytes == NULL || (last->count + 1) * spread->item > SPREAD_CHUNK)
        return spread_add_slowly(spread, part, error);
    return last->bytes + last->count++ * spread->item;
}

/* The items of one part, in one piece of memory, never NULL, that grows to the largest; to be
 * freed. */
struct spread_items {
    void *items;
    size_t count, room; /* items, bytes */
};

/* Parts may be loaded by several threads, each into its own. */
int spread_load(const struct spread *spread, unsigned part, struct spread_items *into,
                struct cte_error *error);

/* Gives memory and file back. */
void spread_end(struct spread *spread);

#endif
