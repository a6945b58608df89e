#include "stages/cte-index/key_hash.h"

#include <string.h>

#include "codetables/base/hash.h"
#include "codetables/base/short_value.h"

/* The secret words of a hash. */
struct secret {
    uint64_t first, second, lengths;
};

static inline uint64_t mix(uint64_t hash, const struct secret *secret,
                           const struct short_value *part)
{
    return fold_hash(part->low ^ secret->first,
                     part->high ^ hash ^ (part->length + 1) * secret->lengths);
}

/* Inlined, so that a hash that is not asked for costs nothing. */
static inline __attribute__((always_inline)) struct hashes
hash_parts(const struct slice *fields, const uint16_t *positions, uint32_t count, bool is_wide)
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
            if (is_wide)
                hashes.two = mix(hashes.two, &secrets[1], &part);
            rest.at += length;
            rest.length -= length;
        } while (part.length == SHORT_VALUE_BYTES);
    }
    hashes.one = fold_hash(hashes.one ^ secrets[0].first, secrets[0].second);
    hashes.two = is_wide ? fold_hash(hashes.two ^ secrets[1].first, secrets[1].second) : 0;
    return hashes;
}

struct hashes hash_fields(const struct slice *fields, const uint16_t *positions, uint32_t count)
{
    return hash_parts(fields, positions, count, true);
}

struct hashes hash_fields_once(const struct slice *fields, const uint16_t *positions,
                               uint32_t count)
{
    return hash_parts(fields, positions, count, false);
}
