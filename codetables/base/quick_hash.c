#include "codetables/base/quick_hash.h"

#include <inttypes.h>
#include <stdio.h>

/* The header is there where the library can choose by the processor; it takes the place of the
 * plain functions by those that choose. */
#if defined(__x86_64__) && __has_include(<xxh_x86dispatch.h>)
#include <xxh_x86dispatch.h>
#define CHOOSES_BY_PROCESSOR 1
#else
#include <xxhash.h>
#define CHOOSES_BY_PROCESSOR 0
#endif

#include "codetables/base/error.h"

/* The library chooses at its first call: before main(), because threads may begin there. */
__attribute__((constructor)) static void choose_version(void)
{
    if (CHOOSES_BY_PROCESSOR)
        XXH3_128bits("", 0);
}

void quick_hash_begin(struct quick_hash *hash)
{
    hash->state = XXH3_createState();
    if (hash->state == NULL || XXH3_128bits_reset(hash->state) != XXH_OK)
        cte_die("XXH3 cannot be set up");
}

void quick_hash_add(struct quick_hash *hash, const void *bytes, size_t length)
{
    if (length > 0 && XXH3_128bits_update(hash->state, bytes, length) != XXH_OK)
        cte_die("XXH3 failed");
}

void quick_hash_end(struct quick_hash *hash, char hex[QUICK_HASH_HEX])
{
    const XXH128_hash_t value = XXH3_128bits_digest(hash->state);
    XXH3_freeState(hash->state);
    hash->state = NULL;
    snprintf(hex, QUICK_HASH_HEX, "%016" PRIx64 "%016" PRIx64, value.high64, value.low64);
}
