/* key_set.h - leaves out keys that came before, as far as a bounded memory knows them.
 *
 *     struct key_set set = {.slots = NULL};
 *     if (!hold_key(&set, hash))                         // no more than KEYS_HELD wait
 *         ... take_new_keys(&set) ...
 *     const size_t count = take_new_keys(&set);          // the rest, at the end
 *     for (size_t i = 0; i < count; i++)
 *         use(set.held[i]);
 *     free_key_set(&set);
 *
 * Many records of a source have the key of one section or course, far apart or not. Keys are
 * hashes, evenly spread. It knows half a million of them in 8 MiB; those that come when it is full
 * are new each time. Keys wait to be looked up, for many at a time are found in a fraction of the
 * time that the memory takes to answer for one.
 */
#ifndef CTE_INDEX_KEY_SET_H
#define CTE_INDEX_KEY_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { KEYS_HELD = 1 << 10 };

/* Zeroed, it is empty. */
struct key_set {
    uint64_t *slots; /* 0: free; so the key 0 is never known */
    size_t count, room;
    uint64_t *held; /* they wait; NULL: none yet */
    size_t held_count;
};

/* False where one more must not wait: take_new_keys() is to be called. */
bool hold_key(struct key_set *set, uint64_t key);

/* Looks up the keys that wait: those that are new stand first in `held`, until the next one is
 * held. Returns how many. */
size_t take_new_keys(struct key_set *set);

void free_key_set(struct key_set *set);

#endif
