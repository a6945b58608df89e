/* break.c - makes the disk fail, and the starting of programs: a preload for tests/faults/moments
 * and tests/faults/processes, and a part of the fuzz targets of whole programs.
 *
 *   FAULT_CALL    write, fsync, close, rename, flock, symlink, fsync-folder, open, mkdir, unlink,
 *                 stat, readdir, read, pipe2, memfd_create or posix_spawnp: which call fails
 *   FAULT_ERROR   its errno, as a number
 *   FAULT_AFTER   write: once so many bytes went to files; the others: at this call, from 1
 *
 *   FAULT_PROGRAM the program in which it fails; without it, in all
 *   FAULT_COUNT   a file that is told at the end how many such calls there were
 *
 * Counted in each process by itself; of write and close, only calls on regular files count. A write
 * that crosses the mark is cut short there, as a disk that fills up does it.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <sys/syscall.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
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
    const char *meant = getenv("FAULT_CALL"), *program = getenv("FAULT_PROGRAM");
    return meant != NULL && strcmp(meant, call) == 0 &&
           (program == NULL || strcmp(program, program_invocation_short_name) == 0);
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
    if (is_meant("fsync-folder") && fstat(fd, &about) == 0 && S_ISDIR(about.st_mode) &&
        ++done == setting("FAULT_AFTER"))
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

int open(const char *path, int flags, ...)
{
    static int (*real)(const char *, int, mode_t);
    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "open");
    va_list more;
    va_start(more, flags);
    const mode_t mode =
        (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(more, mode_t) : 0;
    va_end(more);
    return is_meant("open") && ++done == setting("FAULT_AFTER") ? fail() : real(path, flags, mode);
}

int mkdir(const char *path, mode_t mode)
{
    static int (*real)(const char *, mode_t);
    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "mkdir");
    return is_meant("mkdir") && ++done == setting("FAULT_AFTER") ? fail() : real(path, mode);
}

int unlink(const char *path)
{
    static int (*real)(const char *);
    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "unlink");
    return is_meant("unlink") && ++done == setting("FAULT_AFTER") ? fail() : real(path);
}

int stat(const char *path, struct stat *about)
{
    static int (*real)(const char *, struct stat *);
    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "stat");
    return is_meant("stat") && ++done == setting("FAULT_AFTER") ? fail() : real(path, about);
}

struct dirent *readdir(DIR *folder)
{
    static struct dirent *(*real)(DIR *);
    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "readdir");
    if (!is_meant("readdir") || ++done != setting("FAULT_AFTER"))
        return real(folder);
    fail();
    return NULL;
}

ssize_t read(int fd, void *bytes, size_t count)
{
    static ssize_t (*real)(int, void *, size_t);
    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "read");
    return is_meant("read") && ++done == setting("FAULT_AFTER") ? fail() : real(fd, bytes, count);
}

int pipe2(int ends[2], int flags)
{
    static int (*real)(int[2], int);
    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "pipe2");
    return is_meant("pipe2") && ++done == setting("FAULT_AFTER") ? fail() : real(ends, flags);
}

int memfd_create(const char *name, unsigned flags)
{
    static int (*real)(const char *, unsigned);
    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "memfd_create");
    return is_meant("memfd_create") && ++done == setting("FAULT_AFTER") ? fail()
                                                                        : real(name, flags);
}

/* Which does not set errno: it gives it. */
int posix_spawnp(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                 const posix_spawnattr_t *attributes, char *const *arguments,
                 char *const *environment)
{
    static __typeof__(posix_spawnp) *real;
    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "posix_spawnp");
    if (is_meant("posix_spawnp") && ++done == setting("FAULT_AFTER"))
        return (int)setting("FAULT_ERROR");
    return real(pid, path, actions, attributes, arguments, environment);
}

/* The file for the count is opened when the program starts, for later it may open none any more. */
static int count_file = -1;

static void open_count(void) __attribute__((constructor));
static void open_count(void)
{
    const char *path = getenv("FAULT_COUNT"), *program = getenv("FAULT_PROGRAM");
    if (path == NULL || program == NULL || strcmp(program, program_invocation_short_name) != 0)
        return;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    count_file = fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 500) : -1;
    if (fd >= 0)
        syscall(SYS_close, fd);
}

/* After the last of the program's own calls. */
static void tell_count(void) __attribute__((destructor));
static void tell_count(void)
{
    if (count_file < 0)
        return;
    char text[32];
    int length = snprintf(text, sizeof text, "%llu\n", (unsigned long long)done);
    if (ftruncate(count_file, 0) == 0)
        syscall(SYS_pwrite64, count_file, text, (size_t)length, (off_t)0);
}
