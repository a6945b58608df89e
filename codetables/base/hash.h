/* hash.h - hashes that live no longer than the process.
 *
 * Whoever makes a file could make its keys so that all of them fall together in a hash whose recipe
 * is known: a table of hashes then takes quadratic time, and keys that are known by their hash
 * alone are taken for one. So each process draws a secret. What is written down, or held against
 * what another process reckoned, has to be a hash without one: see pipeline/stream/field_sums.h.
 */
#ifndef CTE_HASH_H
#define CTE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* Random bytes, drawn before main() begins. */
extern unsigned char hash_secret[192];

/* Draws them anew. For tests: what was hashed before is not found again. */
void hash_draw_secret(void);

uint64_t keyed_hash(const void *bytes, size_t length);

struct wide_hash {
    uint64_t low, high;
};
struct wide_hash keyed_hash_wide(const void *bytes, size_t length);

#endif
