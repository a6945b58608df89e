#include "pipeline/cte-diff/spread.h"
#include "codetables/base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void spread_begin(struct spread *spread, size_t item, struct spread_room *room)
{
    memset(spread, 0, sizeof *spread);
    spread->item = item;
    spread->room = room;
    spread->fd = -1;
    spread->slab_used = SPREAD_SLAB;
}

static void free_slabs(struct spread *spread)
{
    for (size_t i = 0; i < spread->slab_count; i++)
        free(spread->slabs[i]);
    if (!spread->has_file)
        atomic_fetch_add(&spread->room->left, spread->slab_count * SPREAD_SLAB);
    spread->slab_count = 0;
    spread->slab_used = SPREAD_SLAB;
}

static bool take_slab(struct spread *spread)
{
    size_t left = atomic_load(&spread->room->left);
    while (!spread->has_file) {
        if (left < SPREAD_SLAB)
            return false;
        if (atomic_compare_exchange_weak(&spread->room->left, &left, left - SPREAD_SLAB))
            break;
    }
    char *slab = aligned_alloc(SPREAD_SLAB, SPREAD_SLAB);
    if (slab == NULL)
        cte_die("out of memory");
    madvise(slab, SPREAD_SLAB, MADV_HUGEPAGE); /* a hint, and only that */
    spread->slabs = cte_realloc(spread->slabs, (spread->slab_count + 1) * sizeof *spread->slabs);
    spread->slabs[spread->slab_count++] = slab;
    spread->slab_used = 0;
    return true;
}

static int begin_file(struct spread *spread, struct cte_error *error)
{
    const char *folder = spread->room->folder;
    spread->fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    /* not every file system can have files without a name */
    if (spread->fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR)) {
        char *path = cte_format("%s/.cte-diff.XXXXXX", folder);
        spread->fd = mkostemp(path, O_CLOEXEC);
        int why = errno;
        if (spread->fd >= 0)
            unlink(path);
        free(path);
        errno = why;
    }
    if (spread->fd < 0)
        return cte_fail(error,
                        errno == EACCES || errno == EPERM ? CTE_NO_PERMISSION : CTE_CANNOT_CREATE,
                        "%s: cannot make a temporary file: %s; name another folder with --temp, or "
                        "allow more --memory",
                        folder, strerror(errno));
    return CTE_OK;
}

/* Puts the last chunk of a part into the file. */
static int write_chunk(struct spread *spread, struct spread_chunk *chunk, struct cte_error *error)
{
    size_t length = chunk->count * spread->item;
    for (size_t done = 0; done < length;) {
        ssize_t n =
            pwrite(spread->fd, chunk->bytes + done, length - done, (off_t)(spread->end + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return cte_fail(error, CTE_IO,
                            "%s: cannot write a temporary file: %s; make room there, name another "
                            "folder with --temp, or allow "
                            "more --memory",
                            spread->room->folder, n < 0 ? strerror(errno) : "nothing was written");
        done += (size_t)n;
    }
    chunk->offset = spread->end;
    chunk->bytes = NULL;
    spread->end += length;
    return CTE_OK;
}

static int leave_memory(struct spread *spread, struct cte_error *error)
{
    int status = begin_file(spread, error);
    for (size_t p = 0; p < SPREAD_PARTS && status == CTE_OK; p++) {
        for (size_t c = 0; c < spread->parts[p].count && status == CTE_OK; c++)
            status = write_chunk(spread, &spread->parts[p].chunks[c], error);
    }
    if (status == CTE_OK) {
        free_slabs(spread);
        spread->has_file = true;
    }
    return status;
}

static char *new_chunk(struct spread *spread)
{
    if (spread->slab_used + SPREAD_CHUNK > SPREAD_SLAB && !take_slab(spread))
        return NULL;
    char *bytes = spread->slabs[spread->slab_count - 1] + spread->slab_used;
    spread->slab_used += SPREAD_CHUNK;
    return bytes;
}

void *spread_add_slowly(struct spread *spread, struct spread_part *part, struct cte_error *error)
{
    char *bytes = NULL;
    if (spread->has_file && part->count > 0 && part->chunks[part->count - 1].bytes != NULL) {
        bytes = part->chunks[part->count - 1].bytes;
        if (write_chunk(spread, &part->chunks[part->count - 1], error) != CTE_OK)
            return NULL;
    } else {
        bytes = new_chunk(spread);
    }
    if (bytes == NULL) {
        if (leave_memory(spread, error) != CTE_OK)
            return NULL;
        /* with a file there is always room for the one slab of chunks that are filled */
        bytes = new_chunk(spread);
    }
    if (part->count == part->room) {
        part->room = part->room == 0 ? 4 : part->room * 2;
        part->chunks = cte_realloc(part->chunks, part->room * sizeof *part->chunks);
    }
    part->chunks[part->count++] = (struct spread_chunk){.bytes = bytes, .count = 1};
    return bytes;
}

static int read_chunk(const struct spread *spread, const struct spread_chunk *chunk, char *to,
                      struct cte_error *error)
{
    size_t length = chunk->count * spread->item;
    for (size_t done = 0; done < length;) {
        ssize_t n = pread(spread->fd, to + done, length - done, (off_t)(chunk->offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return cte_fail(error, CTE_IO, "%s: cannot read a temporary file: %s",
                            spread->room->folder, n < 0 ? strerror(errno) : "it ends too early");
        done += (size_t)n;
    }
    return CTE_OK;
}

int spread_load(const struct spread *spread, unsigned number, struct spread_items *into,
                struct cte_error *error)
{
    const struct spread_part *part = &spread->parts[number];
    into->count = 0;
    for (size_t c = 0; c < part->count; c++)
        into->count += part->chunks[c].count;
    if (into->items == NULL || into->count * spread->item > into->room) {
        into->room = (into->count > 0 ? into->count : 1) * spread->item;
        free(into->items);
        into->items = cte_alloc(into->room);
    }
    char *to = into->items;
    int status = CTE_OK;
    for (size_t c = 0; c < part->count && status == CTE_OK; c++) {
        const struct spread_chunk *chunk = &part->chunks[c];
        if (chunk->bytes != NULL)
            memcpy(to, chunk->bytes, chunk->count * spread->item);
        else
            status = read_chunk(spread, chunk, to, error);
        to += chunk->count * spread->item;
    }
    return status;
}

void spread_end(struct spread *spread)
{
    free_slabs(spread);
    free(spread->slabs);
    for (size_t p = 0; p < SPREAD_PARTS; p++)
        free(spread->parts[p].chunks);
    if (spread->fd >= 0)
        close(spread->fd);
    spread_begin(spread, spread->item, spread->room);
}
