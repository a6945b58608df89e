#include <stdlib.h>
#include <string.h>

#include "codetables/base/map.h"
#include "codetables/base/memory.h"
#include "codetables/cte-table/import.h"

struct seen {
    struct map keys;
    size_t *numbers; /* of each key */
    size_t room;
};

struct seen *seen_new(void)
{
    return cte_zalloc(1, sizeof(struct seen));
}

void seen_free(struct seen *seen)
{
    map_free(&seen->keys);
    free(seen->numbers);
    free(seen);
}

size_t seen_get(const struct seen *seen, const char *key)
{
    const size_t i = map_find_string(&seen->keys, key);
    return i != MAP_NONE ? seen->numbers[i] : 0;
}

size_t seen_put(struct seen *seen, const char *key, size_t number)
{
    const size_t before = seen->keys.count, i = map_add_string(&seen->keys, key);
    if (i < before)
        return seen->numbers[i];
    GROW(seen->numbers, before, seen->room);
    seen->numbers[before] = number;
    return 0;
}
