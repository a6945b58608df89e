#include "codetables/base/map.h"

#include <stdlib.h>
#include <string.h>

#include "codetables/base/error.h"
#include "codetables/base/hash.h"
#include "codetables/base/memory.h"

struct map_key {
    const char *bytes;
    size_t length;
    uint64_t hash;
};

/* The slot in which a key stands, or the free one in which it would. There is always a free one. */
static size_t find_slot(const struct map *map, uint64_t hash, const void *key, size_t length)
{
    for (size_t at = (size_t)hash & map->mask;; at = (at + 1) & map->mask) {
        if (map->slots[at] == 0)
            return at;
        const struct map_key *found = &map->keys[map->slots[at] - 1];
        if (found->hash == hash && found->length == length &&
            (length == 0 || memcmp(found->bytes, key, length) == 0))
            return at;
    }
}

/* At most half of the slots are taken, so that few are looked at for a key. */
static void grow_slots(struct map *map)
{
    const size_t size = map->slots == NULL ? 16 : (map->mask + 1) * 2;
    free(map->slots);
    map->slots = cte_zalloc(size, sizeof *map->slots);
    map->mask = size - 1;
    for (size_t i = 0; i < map->count; i++) {
        size_t at = (size_t)map->keys[i].hash & map->mask;
        while (map->slots[at] != 0)
            at = (at + 1) & map->mask;
        map->slots[at] = (uint32_t)(i + 1);
    }
}

size_t map_find(const struct map *map, const void *key, size_t length)
{
    if (map->count == 0)
        return MAP_NONE;
    const size_t at = find_slot(map, keyed_hash(key, length), key, length);
    return map->slots[at] == 0 ? MAP_NONE : map->slots[at] - 1;
}

size_t map_add(struct map *map, const void *key, size_t length)
{
    if (map->slots == NULL || map->count >= (map->mask + 1) / 2)
        grow_slots(map);
    const uint64_t hash = keyed_hash(key, length);
    const size_t at = find_slot(map, hash, key, length);
    if (map->slots[at] != 0)
        return map->slots[at] - 1;
    if (map->count == UINT32_MAX - 1)
        cte_die("a map has more than four thousand million keys");
    GROW(map->keys, map->count, map->room);
    map->keys[map->count] = (struct map_key){arena_copy(&map->bytes, key, length), length, hash};
    map->slots[at] = (uint32_t)++map->count;
    return map->count - 1;
}

size_t map_find_string(const struct map *map, const char *key)
{
    return map_find(map, key, strlen(key));
}

size_t map_add_string(struct map *map, const char *key)
{
    return map_add(map, key, strlen(key));
}

struct slice map_key(const struct map *map, size_t number)
{
    return (struct slice){map->keys[number].bytes, map->keys[number].length};
}

void map_free(struct map *map)
{
    free(map->keys);
    free(map->slots);
    arena_free(&map->bytes);
    *map = (struct map){0};
}
