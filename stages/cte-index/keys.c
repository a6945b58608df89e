#include "stages/cte-index/keys.h"

#include <stdlib.h>
#include <string.h>

#include "codetables/base/hash.h"
#include "codetables/base/product.h"
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

/* Two bits for each hash, in a field of bits. */
struct hash_filter {
    uint64_t *words;
    uint64_t mask;
};

/* `bits` is a power of two. */
static struct hash_filter new_filter(uint64_t bits)
{
    return (struct hash_filter){cte_zalloc((size_t)(bits / 64) + 1, sizeof(uint64_t)), bits - 1};
}

static uint64_t bit_of(const struct hash_filter *filter, uint64_t at)
{
    at &= filter->mask;
    return filter->words[at / 64] >> at % 64 & 1;
}

static bool may_hold(const struct hash_filter *filter, uint64_t hash)
{
    return (bit_of(filter, hash) & bit_of(filter, hash >> 32)) != 0;
}

static void add_hash(struct hash_filter *filter, uint64_t hash)
{
    const uint64_t first = hash & filter->mask, second = hash >> 32 & filter->mask;
    filter->words[first / 64] |= UINT64_C(1) << first % 64;
    filter->words[second / 64] |= UINT64_C(1) << second % 64;
}

void keep_repeated(struct keys *keys)
{
    /* Half of the 64 bits of a hash make each place; of more keys more would stay. */
    enum { FEW = 256, LEAST_BITS = 1 << 12, MOST_BITS = 1 << 30, BITS_A_KEY = 8, FEWER = 4 };
    uint64_t bits = LEAST_BITS;
    if (keys->count < FEW)
        return;
    while (bits < MOST_BITS && bits < keys->count * BITS_A_KEY)
        bits *= 2;
    struct hash_filter met = new_filter(bits), repeated = new_filter(bits / FEWER);
    for (size_t i = 0; i < keys->count; i++) {
        const uint64_t hash = keys->items[i].hash;
        if (may_hold(&met, hash))
            add_hash(&repeated, hash);
        else
            add_hash(&met, hash);
    }
    size_t kept = 0;
    for (size_t i = 0; i < keys->count; i++) {
        keys->items[kept] = keys->items[i];
        kept += may_hold(&repeated, keys->items[i].hash);
    }
    keys->count = kept;
    free(met.words);
    free(repeated.words);
}

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
    const struct product product = whole_product(a, b);
    return product.low ^ product.high;
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
