/* good_values.h - values that were found good in a field, to be known again.
 *
 * Codes, years and schools repeat from record to record. A value of at most GOOD_BYTES bytes that
 * was found good, for the year that judged it, is only compared from then on:
 *
 *     const struct good_value key = make_good_value(value, year);
 *     struct good_value *known = find_good_value(list, &key);
 *     if (known != NULL)
 *         return;
 *     ... hold the value to everything, and where it is good:
 *     known = keep_good_value(list, &key);
 *
 * A list has GOOD_VALUES places, zeroed at first; what is kept takes the place of what was not
 * looked for of late. A value is read as two words, whatever its length: GOOD_BYTES bytes from its
 * first on must be readable, as they are in a record of a stream (SCAN_SLACK). Only its own bytes
 * count.
 */
#ifndef CTE_GOOD_VALUES_H
#define CTE_GOOD_VALUES_H

#include <stdint.h>

#include "codetables/base/slice.h"

enum { GOOD_BYTES = 16, GOOD_PLACE_BITS = 8, GOOD_VALUES = 1 << GOOD_PLACE_BITS };

/* Zeroed, there is none: no value that is looked for is empty. */
struct good_value {
    uint64_t low, high; /* its bytes, and zeros behind them */
    uint64_t judged;    /* its length, and the year that judged it */
    uint32_t held;      /* bit b: the condition of this bit was asked of it, and holds */
};

/* The key of a value that is neither empty nor longer than GOOD_BYTES. */
static inline struct good_value make_good_value(struct slice value, int year)
{
    /* From place 16 - length on: as many bytes as the value has, and then zeros. */
    static const unsigned char own[2 * GOOD_BYTES] = {
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    };
    const unsigned char *mask = own + GOOD_BYTES - value.length;
    uint64_t low, high, own_low, own_high;
    memcpy(&low, value.at, sizeof low);
    memcpy(&high, value.at + sizeof low, sizeof high);
    memcpy(&own_low, mask, sizeof own_low);
    memcpy(&own_high, mask + sizeof own_low, sizeof own_high);
    return (struct good_value){.low = low & own_low,
                               .high = high & own_high,
                               .judged = (uint64_t)(uint32_t)year << 32 | value.length};
}

static inline bool same_good_value(const struct good_value *a, const struct good_value *b)
{
    return ((a->low ^ b->low) | (a->high ^ b->high) | (a->judged ^ b->judged)) == 0;
}

/* The first of the two places where a value may be kept; the other is its neighbour. */
static inline size_t good_value_place(const struct good_value *key)
{
    const uint64_t mixed = key->low ^ (key->high << 5 | key->high >> 59) ^ key->judged;
    /* The upper bits of a product hang on all bits that were multiplied. */
    return mixed * UINT64_C(0x9e3779b97f4a7c15) >> (64 - GOOD_PLACE_BITS);
}

/* Where the value is kept; NULL: it is not. */
static inline struct good_value *find_good_value(struct good_value *list,
                                                 const struct good_value *key)
{
    const size_t place = good_value_place(key);
    if (same_good_value(&list[place], key))
        return &list[place];
    return same_good_value(&list[place ^ 1], key) ? &list[place ^ 1] : NULL;
}

/* Keeps a value that is not kept yet; what stood in its first place moves to the other. */
static inline struct good_value *keep_good_value(struct good_value *list,
                                                 const struct good_value *key)
{
    const size_t place = good_value_place(key);
    list[place ^ 1] = list[place];
    list[place] = *key;
    return &list[place];
}

#endif
