#include "stages/cte-index/keys.h"

#include <stdlib.h>
#include <string.h>

#include "codetables/base/hash.h"
#include "codetables/base/short_value.h"

static int compare_keys(const void *a, const void *b)
{
    const struct key *x = a, *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    if (x->more != y->more)
        return x->more < y->more ? -1 : 1;
    return (x->record > y->record) - (x->record < y->record);
}

static void sort_few(struct key *items, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const struct key key = items[i];
        size_t j = i;
        for (; j > 0 && compare_keys(&key, &items[j - 1]) < 0; j--)
            items[j] = items[j - 1];
        items[j] = key;
    }
}

/* Sorts keys by hash in place, some bits at a time from the top; `shift` bits are left. Hashes are
 * spread evenly, so three passes leave heaps of a few keys. Each pass makes as many heaps as stay
 * in the cache, and no more than there are keys for. This takes a fraction of the time of qsort()
 * on millions of keys. */
static void sort_by_bits(struct key *items, size_t count, unsigned shift)
{
    enum { FEW = 24, MOST_BITS = 8, MOST_HEAPS = 1 << MOST_BITS, IN_HEAP = 8 };
    if (count <= FEW) {
        sort_few(items, count);
        return;
    }
    unsigned bits = MOST_BITS;
    while (bits > 1 && count >> bits < IN_HEAP)
        bits--;
    if (shift < bits) {
        /* equal in all the bits looked at: the same key */
        qsort(items, count, sizeof *items, compare_keys);
        return;
    }
    shift -= bits;
    const size_t heaps = (size_t)1 << bits;
    size_t ends[MOST_HEAPS], at[MOST_HEAPS], total = 0;
    memset(ends, 0, heaps * sizeof *ends);
    for (size_t i = 0; i < count; i++)
        ends[items[i].hash >> shift & (heaps - 1)]++;
    for (size_t h = 0; h < heaps; h++) {
        at[h] = total;
        total += ends[h];
        ends[h] = total;
    }
    for (size_t h = 0; h < heaps; h++) {
        while (at[h] < ends[h]) {
            struct key key = items[at[h]];
            for (size_t to = key.hash >> shift & (heaps - 1); to != h;
                 to = key.hash >> shift & (heaps - 1)) {
                struct key other = items[at[to]];
                items[at[to]++] = key;
                key = other;
            }
            items[at[h]++] = key;
        }
    }
    for (size_t h = 0, start = 0; h < heaps; start = ends[h++])
        sort_by_bits(items + start, ends[h] - start, shift);
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
