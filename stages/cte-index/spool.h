/* spool.h - a file without a name for what would not stay small in memory.
 *
 *     struct spool spool;
 *     open_spool(&spool, "out");                          // nothing is made yet
 *     const uint64_t at = spool_add(&spool, items, size);
 *     spool_read(&spool, at, items, size);
 *     if (spool_check(&spool, error) != CTE_OK) ...       // the first failure of all
 *     close_spool(&spool);
 *
 * The file is made when first something is added, in the folder of the index; without a folder it
 * lies in memory. Threads may share a spool. A failure is kept: what is added after it is dropped,
 * and what is read is zeros, so that nobody has to ask before the end of a step.
 *
 * Errors, of the first failure: CTE_IO; CTE_CANNOT_CREATE or CTE_NO_PERMISSION where the file
 * cannot be made.
 */
#ifndef CTE_INDEX_SPOOL_H
#define CTE_INDEX_SPOOL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codetables/base/error.h"

struct spool {
    const char *folder; /* NULL: in memory */
    pthread_mutex_t lock;
    int fd; /* -1: not made yet */
    uint64_t end;
    struct cte_error error;
};

/* The folder is borrowed. */
void open_spool(struct spool *spool, const char *folder);
void close_spool(struct spool *spool);

/* Takes room for so many bytes; they are zeros until they are written. Returns its place. */
uint64_t spool_reserve(struct spool *spool, uint64_t size);
void spool_write(struct spool *spool, uint64_t at, const void *bytes, size_t size);

/* Both at once. */
uint64_t spool_add(struct spool *spool, const void *bytes, size_t size);

void spool_read(struct spool *spool, uint64_t at, void *bytes, size_t size);

/* The status of the first failure, with its words; CTE_OK where there is none. */
int spool_check(struct spool *spool, struct cte_error *error);

#endif
