#include "pipeline/cte-diff/partitions.h"
#include "codetables/base/file.h"
#include "codetables/base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void partitions_begin(struct partitions *partitions, size_t item, struct partition_room *room)
{
    memset(partitions, 0, sizeof *partitions);
    partitions->item = item;
    partitions->room = room;
    partitions->fd = -1;
    partitions->slab_used = PARTITION_SLAB;
}

static void free_slabs(struct partitions *partitions)
{
    for (size_t i = 0; i < partitions->slab_count; i++)
        free(partitions->slabs[i]);
    if (!partitions->has_file)
        atomic_fetch_add(&partitions->room->left, partitions->slab_count * PARTITION_SLAB);
    partitions->slab_count = 0;
    partitions->slab_used = PARTITION_SLAB;
}

static bool take_slab(struct partitions *partitions)
{
    size_t left = atomic_load(&partitions->room->left);
    while (!partitions->has_file) {
        if (left < PARTITION_SLAB)
            return false;
        if (atomic_compare_exchange_weak(&partitions->room->left, &left, left - PARTITION_SLAB))
            break;
    }
    char *slab = aligned_alloc(PARTITION_SLAB, PARTITION_SLAB);
    if (slab == NULL)
        cte_die("out of memory");
    madvise(slab, PARTITION_SLAB, MADV_HUGEPAGE); /* a hint, and only that */
    partitions->slabs =
        cte_realloc(partitions->slabs, (partitions->slab_count + 1) * sizeof *partitions->slabs);
    partitions->slabs[partitions->slab_count++] = slab;
    partitions->slab_used = 0;
    return true;
}

static int begin_file(struct partitions *partitions, struct cte_error *error)
{
    const char *folder = partitions->room->folder;
    partitions->fd = file_without_name(folder);
    if (partitions->fd < 0)
        return cte_fail(error,
                        errno == EACCES || errno == EPERM ? CTE_NO_PERMISSION : CTE_CANNOT_CREATE,
                        "%s: cannot make a temporary file: %s; name another folder with --temp, or "
                        "allow more --memory",
                        folder, strerror(errno));
    return CTE_OK;
}

/* Puts the last chunk of a part into the file. */
static int write_chunk(struct partitions *partitions, struct partition_chunk *chunk,
                       struct cte_error *error)
{
    size_t length = chunk->count * partitions->item;
    for (size_t done = 0; done < length;) {
        ssize_t n = pwrite(partitions->fd, chunk->bytes + done, length - done,
                           (off_t)(partitions->end + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return cte_fail(error, CTE_IO,
                            "%s: cannot write a temporary file: %s; make room there, name another "
                            "folder with --temp, or allow "
                            "more --memory",
                            partitions->room->folder,
                            n < 0 ? strerror(errno) : "nothing was written");
        done += (size_t)n;
    }
    chunk->offset = partitions->end;
    chunk->bytes = NULL;
    partitions->end += length;
    return CTE_OK;
}

static int leave_memory(struct partitions *partitions, struct cte_error *error)
{
    int status = begin_file(partitions, error);
    for (size_t p = 0; p < PARTITION_COUNT && status == CTE_OK; p++) {
        for (size_t c = 0; c < partitions->parts[p].count && status == CTE_OK; c++)
            status = write_chunk(partitions, &partitions->parts[p].chunks[c], error);
    }
    if (status == CTE_OK) {
        free_slabs(partitions);
        partitions->has_file = true;
    }
    return status;
}

static char *new_chunk(struct partitions *partitions)
{
    if (partitions->slab_used + PARTITION_CHUNK > PARTITION_SLAB && !take_slab(partitions))
        return NULL;
    char *bytes = partitions->slabs[partitions->slab_count - 1] + partitions->slab_used;
    partitions->slab_used += PARTITION_CHUNK;
    return bytes;
}

void *partitions_add_slowly(struct partitions *partitions, struct partition *part,
                            struct cte_error *error)
{
    char *bytes = NULL;
    if (partitions->has_file && part->count > 0 && part->chunks[part->count - 1].bytes != NULL) {
        bytes = part->chunks[part->count - 1].bytes;
        if (write_chunk(partitions, &part->chunks[part->count - 1], error) != CTE_OK)
            return NULL;
    } else {
        bytes = new_chunk(partitions);
    }
    if (bytes == NULL) {
        if (leave_memory(partitions, error) != CTE_OK)
            return NULL;
        /* with a file there is always room for the one slab of chunks that are filled */
        bytes = new_chunk(partitions);
    }
    if (part->count == part->room) {
        part->room = part->room == 0 ? 4 : part->room * 2;
        part->chunks = cte_realloc(part->chunks, part->room * sizeof *part->chunks);
    }
    part->chunks[part->count++] = (struct partition_chunk){.bytes = bytes, .count = 1};
    return bytes;
}

static int read_chunk(const struct partitions *partitions, const struct partition_chunk *chunk,
                      char *to, struct cte_error *error)
{
    size_t length = chunk->count * partitions->item;
    for (size_t done = 0; done < length;) {
        ssize_t n = pread(partitions->fd, to + done, length - done, (off_t)(chunk->offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return cte_fail(error, CTE_IO, "%s: cannot read a temporary file: %s",
                            partitions->room->folder,
                            n < 0 ? strerror(errno) : "it ends too early");
        done += (size_t)n;
    }
    return CTE_OK;
}

int partitions_load(const struct partitions *partitions, unsigned number,
                    struct partition_items *into, struct cte_error *error)
{
    const struct partition *part = &partitions->parts[number];
    into->count = 0;
    for (size_t c = 0; c < part->count; c++)
        into->count += part->chunks[c].count;
    if (into->items == NULL || into->count * partitions->item > into->room) {
        into->room = (into->count > 0 ? into->count : 1) * partitions->item;
        free(into->items);
        into->items = cte_alloc(into->room);
    }
    char *to = into->items;
    int status = CTE_OK;
    for (size_t c = 0; c < part->count && status == CTE_OK; c++) {
        const struct partition_chunk *chunk = &part->chunks[c];
        if (chunk->bytes != NULL)
            memcpy(to, chunk->bytes, chunk->count * partitions->item);
        else
            status = read_chunk(partitions, chunk, to, error);
        to += chunk->count * partitions->item;
    }
    return status;
}

void partitions_end(struct partitions *partitions)
{
    free_slabs(partitions);
    free(partitions->slabs);
    for (size_t p = 0; p < PARTITION_COUNT; p++)
        free(partitions->parts[p].chunks);
    if (partitions->fd >= 0)
        close(partitions->fd);
    partitions_begin(partitions, partitions->item, partitions->room);
}
