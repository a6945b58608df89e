/* recent_numbers.h - what was found of texts, found again by the values they are made of.
 *
 *     struct recent_places recent = {0};
 *     struct recent_place wanted, *kept = NULL;
 *     if (make_recent(&wanted, plan, values, count))
 *         kept = find_recent(&recent, &wanted);
 *     if (kept == NULL) {
 *         wanted.scope = add(...);
 *         keep_recent(&recent, &wanted);
 *         kept = &wanted;
 *     }
 *     ...
 *     free_recent(&recent);
 *
 * Most records have the codes, school and year of one shortly before them; so few texts have to be
 * made and looked up in their map. A list is of one reading of one source, and is nothing but a
 * short cut: what it has forgotten is looked up again. The list of places grows where too many
 * meet, up to MOST_RECENT: some 700 KiB.
 */
#ifndef CTE_INDEX_RECENT_NUMBERS_H
#define CTE_INDEX_RECENT_NUMBERS_H

#include <stdbool.h>
#include <stdlib.h>

#include "codetables/base/map.h"
#include "codetables/base/memory.h"
#include "codetables/base/short_value.h"

enum { FIRST_RECENT = 1 << 4, MOST_RECENT = 1 << 13, RECENT_VALUES = 4 };

/* Where and when a record belongs. */
struct recent_place {
    const void *plan; /* of its kind; NULL: none */
    struct short_value values[RECENT_VALUES];
    uint32_t scope, upload; /* numbers; upload from 1, 0: none */
    int year;
};

/* Zeroed, it is empty. */
struct recent_places {
    struct recent_place *items;
    size_t room; /* a power of two; 0: nothing was kept yet */
};

/* What tells places apart: `count` values, at most RECENT_VALUES. False where one is too long to be
 * kept. */
static inline bool make_recent(struct recent_place *wanted, const void *plan,
                               const struct slice *values, size_t count)
{
    bool fits = true;
    wanted->plan = plan;
    for (size_t i = 0; i < RECENT_VALUES && fits; i++)
        fits = pack_short_value(i < count ? values[i] : (struct slice){"", 0}, &wanted->values[i]);
    return fits;
}

static inline bool is_recent(const struct recent_place *kept, const struct recent_place *wanted)
{
    bool same = kept->plan == wanted->plan;
    for (size_t i = 0; i < RECENT_VALUES; i++)
        same &= same_short_value(&kept->values[i], &wanted->values[i]);
    return same;
}

/* Where a place may be kept: in one of the STEPS from here on. */
static inline size_t first_step(const struct recent_place *wanted)
{
    uint64_t mixed = 0;
    for (size_t i = 0; i < RECENT_VALUES; i++) {
        const struct short_value *value = &wanted->values[i];
        mixed = (mixed ^ value->low ^ value->high << 32) * UINT64_C(0x9e3779b97f4a7c15);
        mixed ^= mixed >> 32;
    }
    return (size_t)mixed;
}

/* Where it is kept, or the free one of its steps; NULL: neither. */
static struct recent_place *step_to(const struct recent_places *list,
                                    const struct recent_place *wanted)
{
    enum { STEPS = 4 };
    const size_t first = first_step(wanted);
    for (size_t i = 0; i < STEPS && list->room > 0; i++) {
        struct recent_place *kept = &list->items[(first + i) & (list->room - 1)];
        if (kept->plan == NULL || is_recent(kept, wanted))
            return kept;
    }
    return NULL;
}

/* NULL: it is not kept. Mostly the first step is the last. */
static inline struct recent_place *find_recent(const struct recent_places *list,
                                               const struct recent_place *wanted)
{
    if (list->room == 0)
        return NULL;
    struct recent_place *kept = &list->items[first_step(wanted) & (list->room - 1)];
    if (is_recent(kept, wanted))
        return kept;
    kept = step_to(list, wanted);
    return kept != NULL && kept->plan != NULL ? kept : NULL;
}

static inline void make_recent_room(struct recent_places *list)
{
    const struct recent_places old = *list;
    list->room = old.room == 0 ? FIRST_RECENT : 2 * old.room;
    list->items = cte_zalloc(list->room, sizeof *list->items);
    for (size_t i = 0; i < old.room; i++) {
        struct recent_place *kept = old.items[i].plan != NULL ? step_to(list, &old.items[i]) : NULL;
        if (kept != NULL)
            *kept = old.items[i];
    }
    free(old.items);
}

/* Keeps what is not kept yet; where there is no room left, instead of another. */
static inline void keep_recent(struct recent_places *list, const struct recent_place *wanted)
{
    struct recent_place *kept;
    while ((kept = step_to(list, wanted)) == NULL && list->room < MOST_RECENT)
        make_recent_room(list);
    if (kept == NULL)
        kept = &list->items[first_step(wanted) & (list->room - 1)];
    *kept = *wanted;
}

static inline void free_recent(struct recent_places *list)
{
    free(list->items);
    *list = (struct recent_places){0};
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
