/* read(), write() and source_read() as the code under test sees them: in pieces, interrupted,
 * failing. */
#include <errno.h>
#include <unistd.h>

#include "pipeline/stream/source.h"
#include "tests/unit/unit.h"

struct cutter {
    struct pieces pieces;
    bool begun;
    unsigned calls;
    int why;       /* errno to fail with, or 0 */
    size_t budget; /* bytes that still go through before that */
};

static struct cutter reads, writes, sources;

static void set(struct cutter *cutter, struct pieces pieces)
{
    *cutter = (struct cutter){.pieces = pieces};
}

void cut_reads(struct pieces pieces)
{
    set(&reads, pieces);
}

void cut_writes(struct pieces pieces)
{
    set(&writes, pieces);
}

void cut_sources(struct pieces pieces)
{
    set(&sources, pieces);
}

void fail_reads(int why, size_t after)
{
    reads.why = why;
    reads.budget = after;
}

void fail_writes(int why, size_t after)
{
    writes.why = why;
    writes.budget = after;
}

void whole_again(void)
{
    reads = writes = sources = (struct cutter){0};
}

/* How many of `wanted` bytes this call may move; -1 with errno set when it is to fail. */
static ssize_t allowed(struct cutter *cutter, size_t wanted)
{
    if (cutter->pieces.interrupt != 0 && ++cutter->calls % cutter->pieces.interrupt == 0) {
        errno = EINTR;
        return -1;
    }
    size_t most = cutter->begun ? cutter->pieces.rest : cutter->pieces.first;
    cutter->begun = true;
    if (most != 0 && wanted > most)
        wanted = most;
    if (cutter->why != 0) {
        if (cutter->budget == 0) {
            errno = cutter->why;
            return -1;
        }
        if (wanted > cutter->budget)
            wanted = cutter->budget;
        cutter->budget -= wanted;
    }
    return (ssize_t)wanted;
}

/* The names are the linker's. */
ssize_t __real_read(int fd, void *buffer, size_t room);
ssize_t __wrap_read(int fd, void *buffer, size_t room);
ssize_t __real_write(int fd, const void *bytes, size_t length);
ssize_t __wrap_write(int fd, const void *bytes, size_t length);
int __real_source_read(struct source *source, char *buffer, size_t room, size_t *got,
                       struct cte_error *error);
int __wrap_source_read(struct source *source, char *buffer, size_t room, size_t *got,
                       struct cte_error *error);

ssize_t __wrap_read(int fd, void *buffer, size_t room)
{
    ssize_t part = allowed(&reads, room);
    return part < 0 ? part : __real_read(fd, buffer, (size_t)part);
}

ssize_t __wrap_write(int fd, const void *bytes, size_t length)
{
    ssize_t part = allowed(&writes, length);
    return part < 0 ? part : __real_write(fd, bytes, (size_t)part);
}

int __wrap_source_read(struct source *source, char *buffer, size_t room, size_t *got,
                       struct cte_error *error)
{
    ssize_t part = allowed(&sources, room);
    return __real_source_read(source, buffer, part < 0 ? room : (size_t)part, got, error);
}
