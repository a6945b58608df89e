/* map.h - keys of bytes, numbered in the order in which they came: the one hash table.
 *
 *     struct map codes = {0};
 *     const size_t before = codes.count;
 *     const size_t i = map_add(&codes, code, length);     // its number, old or new
 *     if (i == before)                                    // new: the caller's array gets one more
 *         GROW(counts, before, room), counts[i] = 0;
 *     counts[i]++;
 *     ...
 *     if (map_find(&codes, "105", 3) != MAP_NONE) ...
 *     map_free(&codes);
 *
 * What belongs to a key is the caller's: an array in parallel, indexed by the number. Keys are
 * copied. Numbers are found by the hash of a secret (hash.h), so crafted keys cost no more than
 * others. A number is added as the bytes of a variable: map_add(&map, &id, sizeof id).
 */
#ifndef CTE_MAP_H
#define CTE_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "codetables/base/memory.h"
#include "codetables/base/slice.h"

#define MAP_NONE SIZE_MAX

/* Zeroed, it is empty. `count` may be read; the rest is the map's own. */
struct map {
    size_t count, room;
    struct map_key *keys;
    uint32_t *slots; /* number of a key and one; 0: free */
    size_t mask;
    struct arena bytes;
};

/* The number of a key; MAP_NONE where it is not there. */
size_t map_find(const struct map *map, const void *key, size_t length);

/* The number of a key, which is added where it is not there: then it is what `count` was before. */
size_t map_add(struct map *map, const void *key, size_t length);

/* The same for a string. */
size_t map_find_string(const struct map *map, const char *key);
size_t map_add_string(struct map *map, const char *key);

/* The key of a number below `count`, with a NUL behind it. It stays where it is until the map is
 * freed. */
struct slice map_key(const struct map *map, size_t number);

/* Forgets all keys; the map is empty then and can be used again. */
void map_free(struct map *map);

#endif
