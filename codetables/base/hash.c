#include "codetables/base/hash.h"

#include <errno.h>
#include <sys/random.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "codetables/base/error.h"

unsigned char hash_secret[192];
_Static_assert(sizeof hash_secret >= XXH3_SECRET_SIZE_MIN, "the secret is too short for XXH3");

void hash_draw_secret(void)
{
    for (size_t drawn = 0; drawn < sizeof hash_secret;) {
        ssize_t got = getrandom(hash_secret + drawn, sizeof hash_secret - drawn, 0);
        if (got < 0 && errno != EINTR)
            cte_die("the system gives no random numbers");
        drawn += got > 0 ? (size_t)got : 0;
    }
}

/* Before main(), because a program may be locked down there, and threads may begin. */
__attribute__((constructor)) static void draw_first_secret(void)
{
    hash_draw_secret();
}

uint64_t keyed_hash(const void *bytes, size_t length)
{
    return XXH3_64bits_withSecret(bytes, length, hash_secret, sizeof hash_secret);
}

struct wide_hash keyed_hash_wide(const void *bytes, size_t length)
{
    XXH128_hash_t hash = XXH3_128bits_withSecret(bytes, length, hash_secret, sizeof hash_secret);
    return (struct wide_hash){hash.low64, hash.high64};
}
