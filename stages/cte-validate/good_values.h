/* good_values.h - values that were found good in a field, to be known again.
 *
 * Codes, years and schools repeat from record to record. A value of at most GOOD_BYTES bytes that
 * was found good, for the year that judged it, is only compared from then on:
 *
 *     const struct good_value key = make_good_value(value, year);
 *     struct good_place found = find_good_value(list, &key);
 *     if (found.differs == 0)
 *         return;
 *     ... hold the value to everything, and where it is good:
 *     keep_good_value(list, &key);
 *
 * A list has GOOD_VALUES places, zeroed at first; what is kept takes the place of what came before
 * the last one of its place. A value is read as two words, whatever its length: GOOD_BYTES bytes
 * from its first on must be readable, as they are in a record of a stream (SCAN_SLACK). Only its
 * own bytes count.
 *
 * Nothing here branches on values: what is not known beforehand, a processor guesses wrong.
 */
#ifndef CTE_GOOD_VALUES_H
#define CTE_GOOD_VALUES_H

#include <stdint.h>

#include "codetables/base/slice.h"

enum { GOOD_BYTES = 16, GOOD_PLACE_BITS = 8, GOOD_VALUES = 1 << GOOD_PLACE_BITS };

/* Zeroed, there is none. */
struct good_value {
    uint64_t low, high; /* its bytes, and zeros behind them */
    uint64_t judged;    /* the year that judged it, and one more than its length */
    uint32_t held;      /* bit b: the condition of this bit was asked of it, and holds */
};

/* The key of a value that is not longer than GOOD_BYTES. */
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
                               .judged = (uint64_t)(uint32_t)year << 32 | (value.length + 1)};
}

/* The word with a nought for each digit. */
static inline uint64_t shape_of_word(uint64_t word)
{
    const uint64_t low_bits = UINT64_C(0x7f7f7f7f7f7f7f7f), ones = UINT64_C(0x0101010101010101);
    const uint64_t low = word & low_bits;
    /* In each byte, the highest bit tells: from the nought on, beyond the nine, above ASCII. */
    const uint64_t digits = (low + ones * (0x80 - '0')) & ~(low + ones * (0x7f - '9')) & ~word;
    const uint64_t digit_bytes = (digits >> 7 & ones) * 0x0f;
    return word & ~digit_bytes;
}

/* The key of all values that differ from this one in their digits alone. */
static inline struct good_value shape_of_value(struct good_value key)
{
    key.low = shape_of_word(key.low);
    key.high = shape_of_word(key.high);
    return key;
}

/* The first of the two places where a value may be kept; the other is its neighbour. */
static inline size_t good_value_place(const struct good_value *key)
{
    const uint64_t mixed = key->low ^ (key->high << 5 | key->high >> 59) ^ key->judged;
    /* The upper bits of a product hang on all bits that were multiplied. */
    return mixed * UINT64_C(0x9e3779b97f4a7c15) >> (64 - GOOD_PLACE_BITS);
}

/* 0: they are the same. */
static inline uint64_t compare_good_values(const struct good_value *a, const struct good_value *b)
{
    return (a->low ^ b->low) | (a->high ^ b->high) | (a->judged ^ b->judged);
}

struct good_place {
    struct good_value *at;
    uint64_t differs; /* 0: the value is kept there */
};

static inline struct good_place find_good_value(struct good_value *list,
                                                const struct good_value *key)
{
    const size_t place = good_value_place(key);
    struct good_value *first = &list[place], *second = &list[place ^ 1];
    const uint64_t a = compare_good_values(first, key), b = compare_good_values(second, key);
    return (struct good_place){a == 0 ? first : second, a == 0 ? a : b};
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
