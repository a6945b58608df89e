/* The bytes of a stream that are at hand. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "codetables/base/memory.h"
#include "pipeline/stream/checksum.h"
#include "pipeline/stream/stream_internal.h"

void stream_sum_to(struct stream_in *in, size_t upto)
{
    if (upto > in->summed) {
        in->crc = stream_checksum(in->crc, in->buffer + in->summed, upto - in->summed);
        in->summed = upto;
    }
}

int stream_refill(struct stream_in *in, struct cte_error *error)
{
    stream_sum_to(in, in->at);
    if (in->at > 0) {
        memmove(in->buffer, in->buffer + in->at, in->end - in->at);
        in->end -= in->at;
        in->at = in->summed = 0;
    }
    if (in->end == in->room) {
        if (in->room >= STREAM_MAX_GROUP)
            return stream_damaged(in, "a line is longer than any record", error);
        in->room *= 2;
        in->buffer = cte_realloc(in->buffer, in->room + SCAN_SLACK);
    }
    ssize_t got;
    do {
        got = read(in->fd, in->buffer + in->end, in->room - in->end);
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        return cte_fail(error, CTE_IO, "cannot read standard input: %s", strerror(errno));
    in->ended = got == 0;
    in->end += (size_t)got;
    memset(in->buffer + in->end, 0, SCAN_SLACK);
    return CTE_OK;
}

int stream_whole_line(struct stream_in *in, size_t from, size_t *length, struct cte_error *error)
{
    for (;;) {
        const char *start = in->buffer + in->at + from;
        const char *end = in->buffer + in->end;
        const char *newline = find_line_end(start, end);
        if (newline != NULL) {
            *length = (size_t)(newline - start);
            return CTE_OK;
        }
        if (in->ended)
            return stream_damaged(in, "the stream is cut off", error);
        int status = stream_refill(in, error);
        if (status != CTE_OK)
            return status;
    }
}
