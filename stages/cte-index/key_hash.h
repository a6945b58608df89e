/* key_hash.h - keys of records, kept as hashes.
 *
 *     const struct hashes key = hash_fields(fields, positions, count);
 *     add_fact(&keys, (struct fact){key.one, {(uint32_t)key.two, record}});
 *
 * With 96 bits of hash, two different keys of 5,000,000 fall together once in some 10^15 runs.
 * Where a part of the key is known by its number, 72 bits are left for the rest: once in some 10^8.
 * Where only membership in a small set is asked, 64 bits do.
 */
#ifndef CTE_INDEX_KEY_HASH_H
#define CTE_INDEX_KEY_HASH_H

#include <stdint.h>

#include "codetables/base/slice.h"
#include "codetables/base/wide_product.h"

struct hashes {
    uint64_t one, two;
};

/* Two independent hashes of the fields at these positions, in their order. A key of one record type
 * so falls together with the same key of another, whose fields stand elsewhere. */
struct hashes hash_fields(const struct slice *fields, const uint16_t *positions, uint32_t count);

/* The first of them alone, which takes half the time; the other is 0. */
struct hashes hash_fields_once(const struct slice *fields, const uint16_t *positions,
                               uint32_t count);

/* One hash of two. */
static inline uint64_t fold_hash(uint64_t a, uint64_t b)
{
    const struct wide_product product = multiply_wide(a, b);
    return product.low ^ product.high;
}

#endif
