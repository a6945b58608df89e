#include <stdlib.h>
#include <string.h>

#include "codetables/base/hash.h"
#include "codetables/cte-table/import.h"
#include "codetables/base/memory.h"

struct seen {
    struct seen_key {
        char *key;
        size_t number;
    } * slots;
    size_t room, count;
};

struct seen *seen_new(void)
{
    struct seen *seen = cte_zalloc(1, sizeof *seen);
    seen->room = 1 << 10;
    seen->slots = cte_zalloc(seen->room, sizeof *seen->slots);
    return seen;
}

static struct seen_key *seen_slot(const struct seen *seen, const char *key)
{
    size_t i = keyed_hash(key, strlen(key)) & (seen->room - 1);
    while (seen->slots[i].key != NULL && strcmp(seen->slots[i].key, key) != 0)
        i = (i + 1) & (seen->room - 1);
    return &seen->slots[i];
}

size_t seen_get(const struct seen *seen, const char *key)
{
    const struct seen_key *slot = seen_slot(seen, key);
    return slot->key != NULL ? slot->number : 0;
}

size_t seen_put(struct seen *seen, const char *key, size_t number)
{
    struct seen_key *slot = seen_slot(seen, key);
    if (slot->key != NULL)
        return slot->number;
    *slot = (struct seen_key){cte_strdup(key), number};
    if (2 * ++seen->count > seen->room) {
        struct seen old = *seen;
        seen->room *= 2;
        seen->slots = cte_zalloc(seen->room, sizeof *seen->slots);
        for (size_t i = 0; i < old.room; i++) {
            if (old.slots[i].key != NULL)
                *seen_slot(seen, old.slots[i].key) = old.slots[i];
        }
        free(old.slots);
    }
    return 0;
}
