/* good_values.h - values that were found good in a field, to be known again.
 *
 * Codes, years and schools repeat from record to record. A value of at most GOOD_BYTES bytes that
 * was found good, for the year that judged it, is only compared from then on:
 *
 *     const struct good_value key = make_good_value(value, year);
 *     struct good_value *place = good_value_place(&list, &key);
 *     if (is_good_value(place, &key))
 *         return;
 *     ... hold the value to everything, and where it is good:
 *     place = keep_good_value(&list, &key, memory);
 *
 * A list has two places at first, and twice as many where two values meet in one, until there are
 * MOST_GOOD_VALUES: then the new one takes the place of the old one. It lies in an arena of the
 * caller. A value is read as two words, whatever its length: GOOD_BYTES bytes from its first on
 * must be readable, as they are in a record of a stream (SCAN_SLACK). Only its own bytes count.
 */
#ifndef CTE_GOOD_VALUES_H
#define CTE_GOOD_VALUES_H

#include <stdint.h>

#include "codetables/base/memory.h"
#include "codetables/base/slice.h"

enum { GOOD_BYTES = 16, MOST_GOOD_BITS = 10, MOST_GOOD_VALUES = 1 << MOST_GOOD_BITS };

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

struct good_values {
    struct good_value *places;
    unsigned bits; /* there are so many powers of two of them */
};

static inline void make_good_values(struct good_values *list, struct arena *memory)
{
    *list = (struct good_values){arena_alloc(memory, 2 * sizeof *list->places), 1};
}

/* The one place where a value may be kept. */
static inline struct good_value *good_value_place(const struct good_values *list,
                                                  const struct good_value *key)
{
    const uint64_t mixed = key->low ^ (key->high << 5 | key->high >> 59) ^ key->judged;
    /* The upper bits of a product hang on all bits that were multiplied. */
    return &list->places[mixed * UINT64_C(0x9e3779b97f4a7c15) >> (64 - list->bits)];
}

static inline bool is_good_value(const struct good_value *place, const struct good_value *key)
{
    return ((place->low ^ key->low) | (place->high ^ key->high) | (place->judged ^ key->judged)) ==
           0;
}

/* Values that stood in two places stand in two of the new ones. */
static inline void double_good_values(struct good_values *list, struct arena *memory)
{
    const struct good_values old = *list;
    list->bits++;
    list->places = arena_alloc(memory, sizeof *list->places << list->bits);
    for (size_t i = 0; i < (size_t)1 << old.bits; i++) {
        if (old.places[i].judged != 0)
            *good_value_place(list, &old.places[i]) = old.places[i];
    }
}

/* Keeps a value that is not kept yet; returns where. */
static inline struct good_value *keep_good_value(struct good_values *list,
                                                 const struct good_value *key, struct arena *memory)
{
    while (good_value_place(list, key)->judged != 0 && list->bits < MOST_GOOD_BITS)
        double_good_values(list, memory);
    struct good_value *place = good_value_place(list, key);
    *place = *key;
    return place;
}

#endif
