#include "pipeline/cte-run/progress.h"

#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { MOST_OPEN = 128 };

/* What is known of the sources at work and of those that are done. The descriptors are shared with
 * cte-read, so their offsets are how far that is. */
static struct {
    pthread_mutex_t lock;
    struct at_work {
        int fd;
        off_t from; /* where it began */
    } open[MOST_OPEN];
    size_t open_count, sources, sources_done;
    double bytes, bytes_done, started, shown;
    bool is_wanted, is_visible;
} progress = {.lock = PTHREAD_MUTEX_INITIALIZER};

double progress_clock(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

void progress_start(void)
{
    progress.started = progress_clock();
}

void progress_open(int fd)
{
    off_t at = lseek(fd, 0, SEEK_CUR);
    pthread_mutex_lock(&progress.lock);
    if (progress.open_count < MOST_OPEN)
        progress.open[progress.open_count++] = (struct at_work){fd, at > 0 ? at : 0};
    pthread_mutex_unlock(&progress.lock);
}

void progress_close(int fd)
{
    pthread_mutex_lock(&progress.lock);
    for (size_t i = 0; i < progress.open_count; i++) {
        if (progress.open[i].fd == fd)
            progress.open[i] = progress.open[--progress.open_count];
    }
    pthread_mutex_unlock(&progress.lock);
}

void progress_add_done(double bytes)
{
    pthread_mutex_lock(&progress.lock);
    progress.bytes_done += bytes;
    progress.sources_done++;
    pthread_mutex_unlock(&progress.lock);
}

void progress_begin(bool is_wanted, size_t source_count, double bytes)
{
    progress.is_wanted = is_wanted && isatty(STDERR_FILENO);
    progress.sources = source_count;
    progress.bytes = bytes;
}

void progress_show(void)
{
    if (!progress.is_wanted)
        return;
    const double all = progress.bytes, now = progress_clock();
    pthread_mutex_lock(&progress.lock);
    double seconds = now - progress.started, done = progress.bytes_done;
    for (size_t i = 0; i < progress.open_count; i++) {
        off_t at = lseek(progress.open[i].fd, 0, SEEK_CUR);
        done += at > progress.open[i].from ? (double)(at - progress.open[i].from) : 0;
    }
    if (all > 0 && seconds > 0.3 && now - progress.shown > 0.2) {
        double left = done > 0 ? seconds * (all - done) / done : 0;
        fprintf(stderr, "\r\033[K%zu of %zu sources, %.0f %% read, %.0f MB/s, %.0f s left",
                progress.sources_done, progress.sources, done / all * 100, done / 1e6 / seconds,
                left > 0 ? left : 0);
        fflush(stderr);
        progress.shown = now;
        progress.is_visible = true;
    }
    pthread_mutex_unlock(&progress.lock);
}

void progress_say(const char *text)
{
    if (!progress.is_wanted)
        return;
    fprintf(stderr, "\r\033[K%s", text);
    fflush(stderr);
    progress.is_visible = true;
}

void progress_end(void)
{
    if (progress.is_visible)
        fputs("\r\033[K", stderr);
    progress.is_visible = false;
}
