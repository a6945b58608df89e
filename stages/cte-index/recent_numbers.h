/* recent_numbers.h - what was found of texts, found again by the values they are made of.
 *
 *     struct recent_places recent = {0};
 *     struct recent_place wanted, *kept = find_recent(&recent, &wanted, plan, values, count);
 *     if (kept == NULL || !is_recent(kept, &wanted)) {
 *         wanted.scope = add(...);
 *         if (kept != NULL)
 *             *kept = wanted;
 *         kept = &wanted;
 *     }
 *
 * Most records have the codes, school and year of one shortly before them; so few texts have to be
 * made and looked up in their map. A list is of one reading of one source, and is nothing but a
 * short cut: what it has forgotten is looked up again.
 */
#ifndef CTE_INDEX_RECENT_NUMBERS_H
#define CTE_INDEX_RECENT_NUMBERS_H

#include <stdbool.h>

#include "codetables/base/map.h"
#include "codetables/base/short_value.h"

enum { RECENT = 64, RECENT_VALUES = 4 };

/* Where and when a record belongs. */
struct recent_place {
    const void *plan; /* of its kind; NULL: none */
    struct short_value values[RECENT_VALUES];
    uint32_t scope, upload; /* numbers; upload from 1, 0: none */
    int year;
};

/* Zeroed, it is empty. */
struct recent_places {
    struct recent_place items[RECENT];
};

/* Where what was found of these values is kept, or may be; *wanted gets them. `count` is at most
 * RECENT_VALUES. NULL where one is too long to be kept. */
static inline struct recent_place *find_recent(struct recent_places *list,
                                               struct recent_place *wanted, const void *plan,
                                               const struct slice *values, size_t count)
{
    uint64_t mixed = 0;
    wanted->plan = plan;
    for (size_t i = 0; i < RECENT_VALUES; i++) {
        struct short_value *value = &wanted->values[i];
        if (!pack_short_value(i < count ? values[i] : (struct slice){"", 0}, value))
            return NULL;
        mixed = (mixed ^ value->low ^ value->high << 32) * UINT64_C(0x9e3779b97f4a7c15);
        mixed ^= mixed >> 32;
    }
    return &list->items[mixed % RECENT];
}

static inline bool is_recent(const struct recent_place *recent, const struct recent_place *wanted)
{
    bool same = recent->plan == wanted->plan;
    for (size_t i = 0; i < RECENT_VALUES; i++)
        same &= same_short_value(&recent->values[i], &wanted->values[i]);
    return same;
}

/* The same for the values of one map. A value stands in one of two places that are neighbours. */
enum { RECENT_CODES_BITS = 9 };

struct recent_code {
    struct short_value value; /* empty: none */
    uint32_t number;
};

struct recent_codes {
    struct recent_code items[1 << RECENT_CODES_BITS];
};

/* The number of a value in its map, to which it is added where it is new. */
static inline uint32_t number_code(struct recent_codes *recent, struct map *codes,
                                   struct slice value)
{
    struct short_value packed;
    if (value.length == 0 || !pack_short_value(value, &packed))
        return (uint32_t)map_add(codes, value.at, value.length);
    const uint64_t mixed = (packed.low ^ packed.high << 1) * UINT64_C(0x9e3779b97f4a7c15);
    struct recent_code *first = &recent->items[mixed >> (64 - RECENT_CODES_BITS)],
                       *second = &recent->items[(mixed >> (64 - RECENT_CODES_BITS)) ^ 1];
    if (same_short_value(&first->value, &packed))
        return first->number;
    if (same_short_value(&second->value, &packed))
        return second->number;
    *second = *first;
    *first = (struct recent_code){packed, (uint32_t)map_add(codes, value.at, value.length)};
    return first->number;
}

#endif
