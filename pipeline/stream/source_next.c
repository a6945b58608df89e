/* The next bytes of the content: read, unpacked, hashed, and held against the bounds. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "pipeline/stream/source_internal.h"

static int read_plain(struct source *source, char *buffer, size_t room, size_t *got,
                      struct cte_error *error)
{
    if (source->packed_at < source->packed_end) {
        size_t ready = source->packed_end - source->packed_at;
        *got = ready < room ? ready : room;
        memcpy(buffer, source->packed + source->packed_at, *got);
        source->packed_at += *got;
        return CTE_OK;
    }
    *got = 0;
    while (*got < room && !source->at_end) {
        size_t wanted = room - *got < source->left ? room - *got : (size_t)source->left;
        ssize_t n = wanted > 0 ? read(source->fd, buffer + *got, wanted) : 0;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return cte_fail(error, CTE_IO, "%s: cannot read at byte %llu: %s", source->name,
                            (unsigned long long)source->bytes, strerror(errno));
        source->at_end = n == 0;
        source->left -= (uint64_t)n;
        *got += (size_t)n;
    }
    return CTE_OK;
}

int source_read_next(struct source *source, char *buffer, size_t room, size_t *got,
                     struct cte_error *error)
{
    int status =
        source->packing == PACKING_GZIP  ? source_read_gzip(source, buffer, room, got, error)
        : source->packing == PACKING_ZIP ? source_read_zip(source, buffer, room, got, error)
                                         : read_plain(source, buffer, room, got, error);
    if (status != CTE_OK)
        return status;
    if (source->hashes & SOURCE_SHA256)
        digest_add(&source->digest, buffer, *got);
    if (source->hashes & SOURCE_QUICK_HASH)
        quick_hash_add(&source->quick, buffer, *got);
    source->bytes += *got;
    if (source->packing == PACKING_NONE)
        return CTE_OK;
    const unsigned long long bytes = source->bytes, packed = source->packed_bytes;
    if (source->bound > 0 && bytes > source->bound)
        return cte_fail(
            error, CTE_BAD_INPUT,
            "%s: unpacks to more than %llu bytes, the bound that was set with --max-unpacked; "
            "not read further",
            source->name, (unsigned long long)source->bound);
    if (source->bound == 0 && (bytes > SOURCE_MAX_CONTENT ||
                               (bytes > SOURCE_RATIO_FREE && bytes / source->ratio > packed)))
        return cte_fail(error, CTE_BAD_INPUT,
                        "%s: unpacks to more than %llu bytes, so far out of %llu packed ones, "
                        "which no extract does; not read "
                        "further; look at what is in it, and if it is meant so, set a bound with "
                        "--max-unpacked",
                        source->name, bytes - 1, packed);
    return CTE_OK;
}
