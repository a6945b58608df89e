/* A thread that reads ahead: it fills blocks, which are used in turn, and whoever reads the source
 * empties them. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "codetables/base/memory.h"
#include "pipeline/stream/source_internal.h"

enum { AHEAD_BLOCKS = 4, AHEAD_BLOCK = 1 << 18, LONG_SOURCE = 1 << 22 };

struct read_ahead {
    struct source *source;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t moved; /* a block was filled or emptied, or all is to stop */
    uint64_t filled, emptied;
    bool stops;
    struct ahead_block {
        char *bytes;
        size_t count; /* 0: the end, or what ended it */
        int status;
    } blocks[AHEAD_BLOCKS];
    struct cte_error error; /* of the block that has a status */
    size_t used;            /* bytes of the block that is being emptied */
};

/* The next block to fill, once one is free; NULL where no more are wanted. */
static struct ahead_block *wait_for_free(struct read_ahead *ahead)
{
    pthread_mutex_lock(&ahead->lock);
    while (!ahead->stops && ahead->filled - ahead->emptied == AHEAD_BLOCKS)
        pthread_cond_wait(&ahead->moved, &ahead->lock);
    struct ahead_block *block = ahead->stops ? NULL : &ahead->blocks[ahead->filled % AHEAD_BLOCKS];
    pthread_mutex_unlock(&ahead->lock);
    return block;
}

static void tell_moved(struct read_ahead *ahead, uint64_t *number)
{
    pthread_mutex_lock(&ahead->lock);
    (*number)++;
    pthread_cond_signal(&ahead->moved);
    pthread_mutex_unlock(&ahead->lock);
}

/* Until the source ends, well or not. */
static void *fill_blocks(void *context)
{
    struct read_ahead *ahead = context;
    bool has_more = true;
    for (struct ahead_block *block; has_more && (block = wait_for_free(ahead)) != NULL;) {
        block->status = source_read_next(ahead->source, block->bytes, AHEAD_BLOCK, &block->count,
                                         &ahead->error);
        has_more = block->status == CTE_OK && block->count > 0;
        tell_moved(ahead, &ahead->filled);
    }
    return NULL;
}

/* The block to empty. The last one, which says how the source ended, is never emptied. */
static const struct ahead_block *wait_for_filled(struct read_ahead *ahead)
{
    pthread_mutex_lock(&ahead->lock);
    while (ahead->filled == ahead->emptied)
        pthread_cond_wait(&ahead->moved, &ahead->lock);
    pthread_mutex_unlock(&ahead->lock);
    return &ahead->blocks[ahead->emptied % AHEAD_BLOCKS];
}

int take_read_ahead(struct read_ahead *ahead, char *buffer, size_t room, size_t *got,
                    struct cte_error *error)
{
    const struct ahead_block *block = wait_for_filled(ahead);
    *got = 0;
    if (block->status != CTE_OK)
        return cte_fail(error, block->status, "%s", ahead->error.text);
    const size_t left = block->count - ahead->used;
    *got = left < room ? left : room;
    memcpy(buffer, block->bytes + ahead->used, *got);
    ahead->used += *got;
    if (ahead->used == block->count && block->count > 0) {
        ahead->used = 0;
        tell_moved(ahead, &ahead->emptied);
    }
    return CTE_OK;
}

static void free_read_ahead(struct read_ahead *ahead)
{
    pthread_cond_destroy(&ahead->moved);
    pthread_mutex_destroy(&ahead->lock);
    for (size_t i = 0; i < AHEAD_BLOCKS; i++)
        free(ahead->blocks[i].bytes);
    free(ahead);
}

bool source_is_long(const struct source *source)
{
    struct stat about;
    return fstat(source->fd, &about) == 0 && about.st_size >= LONG_SOURCE;
}

void source_read_ahead(struct source *source)
{
    struct read_ahead *ahead = cte_zalloc(1, sizeof *ahead);
    ahead->source = source;
    pthread_mutex_init(&ahead->lock, NULL);
    pthread_cond_init(&ahead->moved, NULL);
    for (size_t i = 0; i < AHEAD_BLOCKS; i++)
        ahead->blocks[i].bytes = cte_alloc(AHEAD_BLOCK);
    if (pthread_create(&ahead->thread, NULL, fill_blocks, ahead) == 0)
        source->ahead = ahead;
    else
        free_read_ahead(ahead);
}

void end_reading_ahead(struct source *source)
{
    struct read_ahead *ahead = source->ahead;
    if (ahead == NULL)
        return;
    pthread_mutex_lock(&ahead->lock);
    ahead->stops = true;
    pthread_cond_signal(&ahead->moved);
    pthread_mutex_unlock(&ahead->lock);
    pthread_join(ahead->thread, NULL);
    source->ahead = NULL;
    free_read_ahead(ahead);
}
