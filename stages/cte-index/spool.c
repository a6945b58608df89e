#include "stages/cte-index/spool.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "codetables/base/file.h"
#include "codetables/base/output.h"

void open_spool(struct spool *spool, const char *folder)
{
    *spool = (struct spool){.folder = folder, .lock = PTHREAD_MUTEX_INITIALIZER, .fd = -1};
}

void close_spool(struct spool *spool)
{
    if (spool->fd >= 0)
        close(spool->fd); /* nobody reads it again, so what it says is of no account */
    pthread_mutex_destroy(&spool->lock);
}

static void note_failure(struct spool *spool, const char *what, int status, int why)
{
    pthread_mutex_lock(&spool->lock);
    if (spool->error.status == CTE_OK)
        cte_fail(&spool->error, status, "%s: cannot %s a file without a name: %s",
                 spool->folder != NULL ? spool->folder : "memory", what, strerror(why));
    pthread_mutex_unlock(&spool->lock);
}

/* The file; -1 where there is none, or an earlier step failed. */
static int file_of(struct spool *spool)
{
    pthread_mutex_lock(&spool->lock);
    int why = 0;
    if (spool->fd < 0 && spool->error.status == CTE_OK) {
        spool->fd = spool->folder != NULL ? file_without_name(spool->folder)
                                          : memfd_create("cte-index", MFD_CLOEXEC);
        why = spool->fd < 0 ? errno : 0;
    }
    const int fd = spool->error.status == CTE_OK ? spool->fd : -1;
    pthread_mutex_unlock(&spool->lock);
    if (why != 0)
        note_failure(spool, "make", output_status(why), why);
    return fd;
}

uint64_t spool_reserve(struct spool *spool, uint64_t size)
{
    pthread_mutex_lock(&spool->lock);
    const uint64_t at = spool->end;
    spool->end += size;
    pthread_mutex_unlock(&spool->lock);
    return at;
}

void spool_write(struct spool *spool, uint64_t at, const void *bytes, size_t size)
{
    const char *from = bytes;
    const int fd = file_of(spool);
    while (fd >= 0 && size > 0) {
        const ssize_t done = pwrite(fd, from, size, (off_t)at);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0) {
            note_failure(spool, "write", CTE_IO, done == 0 ? ENOSPC : errno);
            return;
        }
        from += done;
        at += (uint64_t)done;
        size -= (size_t)done;
    }
}

uint64_t spool_add(struct spool *spool, const void *bytes, size_t size)
{
    const uint64_t at = spool_reserve(spool, size);
    spool_write(spool, at, bytes, size);
    return at;
}

void spool_read(struct spool *spool, uint64_t at, void *bytes, size_t size)
{
    char *to = bytes;
    const int fd = file_of(spool);
    while (fd >= 0 && size > 0) {
        const ssize_t got = pread(fd, to, size, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            note_failure(spool, "read", CTE_IO, got == 0 ? EIO : errno);
            break;
        }
        to += got;
        at += (uint64_t)got;
        size -= (size_t)got;
    }
    memset(to, 0, size);
}

int spool_check(struct spool *spool, struct cte_error *error)
{
    pthread_mutex_lock(&spool->lock);
    if (spool->error.status != CTE_OK && error->status == CTE_OK)
        *error = spool->error;
    pthread_mutex_unlock(&spool->lock);
    return error->status;
}
