/* keys.h - keys of records, kept as hashes.
 *
 *     struct keys keys = {0};
 *     const struct hashes key = hash_fields(fields, positions, count);
 *     add_key(&keys, (struct key){key.one, (uint32_t)key.two, record});
 *     keep_repeated(&keys);                              // most keys stand there once
 *     sort_keys(&keys);                                  // what is alike stands together now
 *     free_keys(&keys);
 *
 * A key takes 16 bytes: 96 bits of hash and the number of the record. Two different keys of
 * 5,000,000 fall together once in some 10^15 runs. Where a part of the key is known by its number,
 * 72 bits are left for the rest: once in some 10^8. Where only membership in a small set is asked,
 * 64 bits do.
 */
#ifndef CTE_INDEX_KEYS_H
#define CTE_INDEX_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codetables/base/memory.h"
#include "codetables/base/slice.h"

struct key {
    uint64_t hash;
    /* 32 further bits of hash; or what its rule has to know of the record */
    uint32_t more;
    uint32_t record;
};

struct keys {
    struct key *items;
    size_t count, room;
};

static inline void add_key(struct keys *keys, struct key key)
{
    GROW(keys->items, keys->count, keys->room);
    keys->items[keys->count++] = key;
}

/* Drops keys whose hash no other has; a few of them may stay. This takes a third of the time of
 * sorting them, and one to two bytes a key while it lasts. */
void keep_repeated(struct keys *keys);

/* Sorts by hash, then `more`, then the record. */
void sort_keys(struct keys *keys);

void free_keys(struct keys *keys);

struct hashes {
    uint64_t one, two;
};

/* Two independent hashes of the fields at these positions, in their order. A key of one record type
 * so falls together with the same key of another, whose fields stand elsewhere. */
struct hashes hash_fields(const struct slice *fields, const uint16_t *positions, uint32_t count);

/* One hash of two. */
uint64_t fold_hash(uint64_t a, uint64_t b);

#endif
