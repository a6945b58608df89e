#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "pipeline/stream/source_internal.h"

int source_fill(struct source *source, struct cte_error *error)
{
    if (source->packed_at == source->packed_end)
        source->packed_at = source->packed_end = 0;
    while (source->packed_end < PACKED_ROOM && !source->at_end) {
        ssize_t got =
            read(source->fd, source->packed + source->packed_end, PACKED_ROOM - source->packed_end);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return cte_fail(error, CTE_IO, "%s: cannot read at byte %llu: %s", source->name,
                            (unsigned long long)source->packed_bytes, strerror(errno));
        source->at_end = got == 0;
        source->packed_end += (size_t)got;
        source->packed_bytes += (uint64_t)got;
        if (source->packed_end >= 4)
            break;
    }
    return CTE_OK;
}
