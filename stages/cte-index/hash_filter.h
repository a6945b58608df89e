/* hash_filter.h - whether a hash was added before: surely not, or probably.
 *
 *     struct hash_filter filter = new_filter(count * 8, most_bits);
 *     add_hash(&filter, hash);
 *     if (may_hold(&filter, hash)) ...
 *     free_filter(&filter);
 *
 * Each hash sets up to four bits of one word, so that one place in memory is looked at. With 16
 * bits for each hash it is wrong about one of 500 others, with 8 about one of 30; where it is as
 * large as it may be, it says yes more often.
 */
#ifndef CTE_INDEX_HASH_FILTER_H
#define CTE_INDEX_HASH_FILTER_H

#include <stdbool.h>
#include <stdint.h>

struct hash_filter {
    uint64_t *words;
    uint64_t mask;
};

/* Of so many bits or more, up to twice as many; but of no more than `most`, a power of two, at most
 * 2^40. */
struct hash_filter new_filter(uint64_t bits, uint64_t most);
void free_filter(struct hash_filter *filter);

/* The low bits of a hash name the word, the high ones the bits in it. */
static inline uint64_t filter_bits(uint64_t hash)
{
    return UINT64_C(1) << (hash >> 58) | UINT64_C(1) << (hash >> 52 & 63) |
           UINT64_C(1) << (hash >> 46 & 63) | UINT64_C(1) << (hash >> 40 & 63);
}

static inline bool may_hold(const struct hash_filter *filter, uint64_t hash)
{
    return (~filter->words[hash & filter->mask] & filter_bits(hash)) == 0;
}

static inline void add_hash(struct hash_filter *filter, uint64_t hash)
{
    filter->words[hash & filter->mask] |= filter_bits(hash);
}

#endif
