/* recent_numbers.h - the numbers that texts were given, found again by the values they are made of.
 *
 *     struct recent_numbers recent = {0};
 *     struct recent_number wanted, *kept = find_recent(&recent, owner, values, count, &wanted);
 *     if (kept == NULL || !is_recent(kept, &wanted)) {
 *         wanted.number = add(...);
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

enum { RECENT = 64, RECENT_VALUES = 3 };

struct recent_number {
    const void *owner; /* what else the text is made of; NULL: none */
    struct short_value values[RECENT_VALUES];
    uint32_t number;
    int year; /* of a scope */
};

/* Zeroed, it is empty. */
struct recent_numbers {
    struct recent_number items[RECENT];
};

/* Where the number of these values is kept, or may be; *wanted gets them. `count` is at most
 * RECENT_VALUES. NULL where one is too long to be kept. */
static inline struct recent_number *find_recent(struct recent_numbers *list, const void *owner,
                                                const struct slice *values, size_t count,
                                                struct recent_number *wanted)
{
    uint32_t place = 0;
    *wanted = (struct recent_number){.owner = owner};
    for (size_t i = 0; i < count; i++) {
        if (!pack_short_value(values[i], &wanted->values[i]))
            return NULL;
        place = short_value_place(&wanted->values[i], (int)place);
    }
    return &list->items[place % RECENT];
}

static inline bool is_recent(const struct recent_number *recent, const struct recent_number *wanted)
{
    bool same = recent->owner == wanted->owner;
    for (size_t i = 0; i < RECENT_VALUES; i++)
        same &= same_short_value(&recent->values[i], &wanted->values[i]);
    return same;
}

/* The same for the values of one map. */
enum { RECENT_CODES = 256 };

struct recent_codes {
    struct {
        struct short_value value; /* empty: none */
        uint32_t number;
    } items[RECENT_CODES];
};

/* The number of a value in its map, to which it is added where it is new. */
static inline uint32_t number_code(struct recent_codes *recent, struct map *codes,
                                   struct slice value)
{
    struct short_value packed;
    if (value.length == 0 || !pack_short_value(value, &packed))
        return (uint32_t)map_add(codes, value.at, value.length);
    const uint32_t place = short_value_place(&packed, 0) % RECENT_CODES;
    if (!same_short_value(&recent->items[place].value, &packed)) {
        recent->items[place].value = packed;
        recent->items[place].number = (uint32_t)map_add(codes, value.at, value.length);
    }
    return recent->items[place].number;
}

#endif
