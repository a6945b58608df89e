/* break.c - a preload that makes the disk fail, for tests/faults/moments.
 *
 *   FAULT_CALL    write, fsync, close, rename, flock, symlink or fsync-folder: which call fails
 *   FAULT_ERROR   its errno, as a number
 *   FAULT_AFTER   write: once so many bytes went to files; the others: at this call, from 1
 *
 * Counted in each process by itself; of write and close, only calls on regular files count. A write that crosses the mark is cut short there, as a disk
 * that fills up does it.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static unsigned long long done;

static int is_file(int fd)
{
    struct stat about;
    return fstat(fd, &about) == 0 && S_ISREG(about.st_mode);
}

static int is_meant(const char *call)
{
    const char *meant = getenv("FAULT_CALL");
    return meant != NULL && strcmp(meant, call) == 0;
}

static unsigned long long setting(const char *name)
{
    const char *text = getenv(name);
    return text != NULL ? strtoull(text, NULL, 10) : 0;
}

static int fail(void)
{
    errno = (int)setting("FAULT_ERROR");
    return -1;
}

ssize_t write(int fd, const void *bytes, size_t count)
{
    static ssize_t (*real)(int, const void *, size_t);
    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "write");
    if (!is_meant("write") || !is_file(fd))
        return real(fd, bytes, count);
    unsigned long long after = setting("FAULT_AFTER");
    if (done >= after)
        return fail();
    if (done + count > after)
        count = (size_t)(after - done);
    done += count;
    return real(fd, bytes, count);
}

int fsync(int fd)
{
    static int (*real)(int);
    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "fsync");
    struct stat about;
    if (is_meant("fsync-folder") && fstat(fd, &about) == 0 && S_ISDIR(about.st_mode) && ++done == setting("FAULT_AFTER"))
        return fail();
    return is_meant("fsync") && ++done == setting("FAULT_AFTER") ? fail() : real(fd);
}

int close(int fd)
{
    static int (*real)(int);
    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "close");
    int breaks = is_meant("close") && is_file(fd) && ++done == setting("FAULT_AFTER");
    int result = real(fd);
    return breaks ? fail() : result;
}

int flock(int fd, int operation)
{
    static int (*real)(int, int);
    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "flock");
    return is_meant("flock") && ++done == setting("FAULT_AFTER") ? fail() : real(fd, operation);
}

int symlink(const char *target, const char *path)
{
    static int (*real)(const char *, const char *);
    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "symlink");
    return is_meant("symlink") && ++done == setting("FAULT_AFTER") ? fail() : real(target, path);
}

int rename(const char *from, const char *to)
{
    static int (*real)(const char *, const char *);
    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "rename");
    return is_meant("rename") && ++done == setting("FAULT_AFTER") ? fail() : real(from, to);
}
