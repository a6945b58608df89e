/* digest.h - SHA-256, as 64 lower-case hex digits.
 *
 *     struct digest digest = {0};
 *     digest_begin(&digest);
 *     digest_add(&digest, bytes, length);
 *     char hex[DIGEST_HEX];
 *     digest_end(&digest, hex);       // also after an error: frees what digest_begin() took
 *
 * A library that fails to hash is a broken promise: the program ends with CTE_BUG.
 */
#ifndef CTE_DIGEST_H
#define CTE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

enum { DIGEST_HEX = 65 }; /* with the NUL */

struct digest {
    void *context; /* of the library; NULL: not begun */
};

void digest_begin(struct digest *digest);
void digest_add(struct digest *digest, const void *bytes, size_t length);
void digest_end(struct digest *digest, char hex[DIGEST_HEX]);

/* What digest_end() would give now; more may be added. */
void digest_peek(const struct digest *digest, char hex[DIGEST_HEX]);

/* Forgets a digest that nobody will end. */
void digest_drop(struct digest *digest);

/* Of bytes that are all there. */
void digest_bytes(const void *bytes, size_t length, char hex[DIGEST_HEX]);

/* Of a file, piece by piece; false when it cannot be read. */
bool digest_file(const char *path, char hex[DIGEST_HEX]);

#endif
