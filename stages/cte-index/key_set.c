#include "stages/cte-index/key_set.h"

#include <stdlib.h>

#include "codetables/base/memory.h"

enum { LEAST_ROOM = 1 << 8, MOST_ROOM = 1 << 20, AHEAD = 16 };

/* The slot of a key, or the free one where it belongs; half of them are free. */
static uint64_t *find_slot(const struct key_set *set, uint64_t key)
{
    size_t at = (size_t)key & (set->room - 1);
    while (set->slots[at] != 0 && set->slots[at] != key)
        at = (at + 1) & (set->room - 1);
    return &set->slots[at];
}

static void grow(struct key_set *set)
{
    uint64_t *old = set->slots;
    const size_t old_room = set->room;
    set->room = old_room == 0 ? LEAST_ROOM : 2 * old_room;
    set->slots = cte_zalloc_table(set->room, sizeof *set->slots);
    for (size_t i = 0; i < old_room; i++) {
        if (old[i] != 0)
            *find_slot(set, old[i]) = old[i];
    }
    free(old);
}

static bool is_new(struct key_set *set, uint64_t key)
{
    if (2 * set->count >= set->room && set->room < MOST_ROOM)
        grow(set);
    uint64_t *slot = find_slot(set, key);
    if (key == 0 || *slot == key)
        return key == 0;
    if (2 * set->count < set->room) {
        *slot = key;
        set->count++;
    }
    return true;
}

bool hold_key(struct key_set *set, uint64_t key)
{
    if (set->held == NULL)
        set->held = cte_alloc(KEYS_HELD * sizeof *set->held);
    set->held[set->held_count++] = key;
    return set->held_count < KEYS_HELD;
}

size_t take_new_keys(struct key_set *set)
{
    size_t kept = 0;
    for (size_t i = 0; i < set->held_count; i++) {
        if (set->room > 0 && i + AHEAD < set->held_count)
            __builtin_prefetch(&set->slots[set->held[i + AHEAD] & (set->room - 1)]);
        const uint64_t key = set->held[i];
        if (is_new(set, key))
            set->held[kept++] = key;
    }
    set->held_count = 0;
    return kept;
}

void free_key_set(struct key_set *set)
{
    free(set->slots);
    free(set->held);
    *set = (struct key_set){.slots = NULL};
}
