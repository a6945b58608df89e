/* cell_key.h - a key of texts, each with a NUL behind it: so keys sort as their texts do, and each
 * text can be pointed to where it stands. For maps and groups of what is counted.
 *
 *     struct cell_key key = {.length = 0};
 *     if (put_part(&key, cell->year) && put_part(&key, cell->lea)) ...
 *     const char *at = key.bytes, *year = next_part(&at), *lea = next_part(&at);
 */
#ifndef CTE_REPORT_CELL_KEY_H
#define CTE_REPORT_CELL_KEY_H

#include <stdbool.h>
#include <string.h>

#include "codetables/base/text.h"
#include "pipeline/run/group_counts.h"

struct cell_key {
    char bytes[GROUP_MOST_PART];
    size_t length;
};

/* Adds bytes as they are. False where there is no room. */
static inline bool put_key_bytes(struct cell_key *key, const char *bytes, size_t length)
{
    if (length > sizeof key->bytes - key->length)
        return false;
    memcpy(key->bytes + key->length, bytes, length);
    key->length += length;
    return true;
}

static inline bool put_part(struct cell_key *key, const char *text)
{
    return put_key_bytes(key, text, strlen(text) + 1);
}

static inline struct slice key_slice(const struct cell_key *key)
{
    return (struct slice){key->bytes, key->length};
}

#endif
