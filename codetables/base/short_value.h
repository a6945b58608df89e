/* short_value.h - a value of at most sixteen bytes as numbers, to be compared at once.
 *
 * Codes, years and schools repeat from record to record. Who keeps what it found out about a value
 * finds it again by two comparisons of numbers, in a list that is indexed by the value's place:
 *
 *     struct short_value key;
 *     if (value.length > 0 && pack_short_value(value, &key)) {
 *         struct known *known = &list[short_value_place(&key, year) % KNOWN];
 *         if (same_short_value(&known->value, &key) && known->year == year)
 *             return known->answer;
 *     }
 *
 * Two values are the same exactly where their bytes are. No byte outside the value is read.
 */
#ifndef CTE_SHORT_VALUE_H
#define CTE_SHORT_VALUE_H

#include <stdint.h>

#include "codetables/base/slice.h"

enum { SHORT_VALUE_BYTES = 16 };

/* Zeroed, it is the empty value. */
struct short_value {
    uint64_t low, high; /* the first and the last bytes; between 9 and 15 they overlap */
    uint32_t length;
};

/* False where the value is longer than SHORT_VALUE_BYTES. */
static inline bool pack_short_value(struct slice value, struct short_value *packed)
{
    const char *at = value.at;
    const size_t length = value.length;
    uint64_t low = 0, high = 0;
    if (length > SHORT_VALUE_BYTES)
        return false;
    if (length >= sizeof low) {
        memcpy(&low, at, sizeof low);
        memcpy(&high, at + length - sizeof high, sizeof high);
    } else if (length >= sizeof(uint32_t)) {
        uint32_t first, last;
        memcpy(&first, at, sizeof first);
        memcpy(&last, at + length - sizeof last, sizeof last);
        low = (uint64_t)last << 32 | first;
    } else if (length > 0) {
        /* of one to three bytes, the first, the middle and the last are all there are */
        low = (uint64_t)(unsigned char)at[0] | (uint64_t)(unsigned char)at[length / 2] << 8 |
              (uint64_t)(unsigned char)at[length - 1] << 16;
    }
    *packed = (struct short_value){low, high, (uint32_t)length};
    return true;
}

static inline bool same_short_value(const struct short_value *a, const struct short_value *b)
{
    return ((a->low ^ b->low) | (a->high ^ b->high) | (a->length ^ b->length)) == 0;
}

/* Whether a value that is not empty holds digits alone. */
static inline bool is_short_number(const struct short_value *value)
{
    const uint64_t nine = UINT64_C(0x4646464646464646), nought = UINT64_C(0x3030303030303030),
                   high_bits = UINT64_C(0x8080808080808080);
    /* The bytes that a short value does not have are filled up with noughts. */
    const uint64_t low = value->length < sizeof(uint32_t) ? value->low | nought << 24 : value->low,
                   high = value->length < sizeof high ? nought : value->high;
    return (((low + nine) | (low - nought) | (high + nine) | (high - nought) | low | high) &
            high_bits) == 0;
}

/* Where a list may keep it: evenly spread, so that the caller takes the rest by its own length.
 * `more` is what else tells entries of the list apart. */
static inline uint32_t short_value_place(const struct short_value *value, int more)
{
    uint64_t hash =
        (value->low ^ value->high * UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xff51afd7ed558ccd) +
        (uint64_t)(uint32_t)more;
    /* A product does not carry downwards: without a second one, values whose last character alone
     * differs would meet in one place. */
    hash = (hash ^ hash >> 32) * UINT64_C(0xc4ceb9fe1a85ec53);
    return (uint32_t)(hash >> 32);
}

#endif
