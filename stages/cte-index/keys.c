#include "stages/cte-index/keys.h"

#include <stdlib.h>
#include <string.h>

#include "codetables/base/hash.h"
#include "codetables/base/short_value.h"

static int compare_items(const void *a, const void *b)
{
    const struct key *x = a, *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    if (x->more != y->more)
        return x->more < y->more ? -1 : 1;
    return (x->record > y->record) - (x->record < y->record);
}

#define SORTED_ITEM struct key
#define SORTED_NUMBER hash
#include "stages/cte-index/sort_by_bits.h"

void sort_keys(struct keys *keys)
{
    sort_by_bits(keys->items, keys->count, 64);
}

void free_keys(struct keys *keys)
{
    free(keys->items);
    *keys = (struct keys){NULL, 0, 0};
}

uint64_t fold_hash(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* The secret words of the two hashes. */
struct secret {
    uint64_t first, second, lengths;
};

static uint64_t mix(uint64_t hash, const struct secret *secret, const struct short_value *part)
{
    return fold_hash(part->low ^ secret->first,
                     part->high ^ hash ^ (part->length + 1) * secret->lengths);
}

struct hashes hash_fields(const struct slice *fields, const uint16_t *positions, uint32_t count)
{
    struct secret secrets[2];
    memcpy(secrets, hash_secret, sizeof secrets);
    struct hashes hashes = {secrets[0].second, secrets[1].second};
    for (uint32_t i = 0; i < count; i++) {
        struct slice rest = fields[positions[i]];
        struct short_value part;
        /* A part of full length is followed by another, were it an empty one: so no two lists of
         * values are hashed as the same parts. */
        do {
            const size_t length = rest.length < SHORT_VALUE_BYTES ? rest.length : SHORT_VALUE_BYTES;
            pack_short_value((struct slice){rest.at, length}, &part);
            hashes.one = mix(hashes.one, &secrets[0], &part);
            hashes.two = mix(hashes.two, &secrets[1], &part);
            rest.at += length;
            rest.length -= length;
        } while (part.length == SHORT_VALUE_BYTES);
    }
    return (struct hashes){fold_hash(hashes.one ^ secrets[0].first, secrets[0].second),
                           fold_hash(hashes.two ^ secrets[1].first, secrets[1].second)};
}
