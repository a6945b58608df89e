#include "pipeline/run/out_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "codetables/base/file.h"
#include "codetables/base/shown.h"
#include "codetables/base/memory.h"
#include "codetables/base/output.h"

int open_own_file(const char *path, int flags, const char *what, struct cte_error *error)
{
    struct stat about;
    char *shown = path_shown(path);
    int fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    const int why = fd < 0 || fstat(fd, &about) != 0 ? errno : 0;
    /* A file with a second name may be anybody's; what is written here would be written there. */
    const bool is_own = why == 0 && S_ISREG(about.st_mode) && about.st_nlink == 1;
    if (why != 0 && why != ELOOP && why != EISDIR && why != ENXIO)
        cte_fail(error, output_status(why), "%s: cannot %s %s: %s", shown,
                 (flags & O_CREAT) != 0 ? "make" : "read", what, strerror(why));
    else if (!is_own)
        cte_fail(error, CTE_CANNOT_CREATE,
                 "%s: is a link, a second name of another file, or no file; %s is never written "
                 "there; rename it, and try again",
                 shown, what);
    free(shown);
    if (error->status == CTE_OK)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

/* CTE_BUSY when another process has the lock, and only then. */
static int take_lock(int lock, const char *shown, struct cte_error *error)
{
    int why;
    do {
        why = flock(lock, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
    } while (why == EINTR);
    if (why == 0)
        return CTE_OK;
    if (why != EWOULDBLOCK)
        return cte_fail(error, why == EIO ? CTE_IO : CTE_CANNOT_CREATE,
                        "%s: the folder cannot be locked: %s; no run is known to be at work there, "
                        "but without a lock two could damage one another; " OUT_FOLDER_ADVICE,
                        shown, strerror(why));
    char holder[200] = "";
    const ssize_t length = pread(lock, holder, sizeof holder - 1, 0);
    holder[length > 0 ? length : 0] = '\0';
    holder[strcspn(holder, "\n")] = '\0';
    char *holder_shown = path_shown(holder[0] != '\0' ? holder : "unknown");
    cte_fail(error, CTE_BUSY, "%s: another run is at work there (%s); try again when it has ended",
             shown, holder_shown);
    free(holder_shown);
    return CTE_BUSY;
}

int lock_out_folder(const char *out, struct cte_error *error)
{
    char *path = cte_format("%s/.lock", out), *shown = path_shown(out);
    int lock = open_own_file(path, O_RDWR | O_CREAT, "the lock", error);
    if (lock >= 0 && take_lock(lock, shown, error) != CTE_OK) {
        close(lock);
        lock = -1;
    }
    free(path);
    free(shown);
    return lock;
}

int open_runs(const char *out, struct cte_error *error)
{
    struct stat about;
    char *path = cte_format("%s/runs", out), *shown = path_shown(path);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    const int why = fd < 0 ? errno : 0;
    if (why != 0 && lstat(path, &about) == 0 && S_ISLNK(about.st_mode))
        cte_fail(error, CTE_CANNOT_CREATE,
                 "%s: is a link, and runs are kept in a real folder; name the folder that holds "
                 "the linked one, or move that here",
                 shown);
    else if (why == ENOTDIR)
        cte_fail(error, CTE_CANNOT_CREATE,
                 "%s: is no folder; rename it, or choose another folder for the runs", shown);
    else if (why != 0)
        cte_fail(error, file_status(why, CTE_NO_INPUT), "%s: no runs can be read there: %s", shown,
                 strerror(why));
    free(path);
    free(shown);
    return fd;
}

enum current_state find_current(const char *out, struct stat *about)
{
    char *path = cte_format("%s/current", out);
    enum current_state state = CURRENT_ASTRAY;
    const bool is_there = lstat(path, about) == 0, is_link = is_there && S_ISLNK(about->st_mode);
    const int why = !is_there || (is_link && stat(path, about) != 0) ? errno : 0;
    if (why != 0 && file_status(why, CTE_NO_INPUT) == CTE_IO)
        state = CURRENT_UNREADABLE;
    else if (!is_there)
        state = why == ENOENT ? CURRENT_NONE : CURRENT_ASTRAY;
    else if (!is_link)
        state = CURRENT_NO_LINK;
    else if (why == 0 && S_ISDIR(about->st_mode))
        state = CURRENT_LINK;
    free(path);
    errno = why;
    return state;
}

int refuse_current(const char *out_shown, enum current_state state, struct cte_error *error)
{
    if (state == CURRENT_NO_LINK)
        return cte_fail(error, CTE_CANNOT_CREATE,
                        "%s/current: is a file or folder, and not the link that a run makes; it is "
                        "left as it is; rename it, and try again",
                        out_shown);
    return cte_fail(error, CTE_BAD_INPUT,
                    "%s/current: %s; nothing is removed, for it cannot be told which run is in "
                    "use; point it to that one: "
                    "ln -sfn runs/RUN current",
                    out_shown,
                    state == CURRENT_NONE ? "is missing" : "leads to no run of this folder");
}

/* Takes the descriptor. What lies on another file system is not ours. */
static void empty_folder(int fd, dev_t device)
{
    DIR *folder = fdopendir(fd);
    if (folder == NULL) {
        close(fd);
        return;
    }
    /* A file system may pass over entries while others are removed. */
    for (bool removed = true; removed;) {
        removed = false;
        rewinddir(folder);
        for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
            struct stat about;
            if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
                fstatat(fd, entry->d_name, &about, AT_SYMLINK_NOFOLLOW) != 0 ||
                about.st_dev != device)
                continue;
            const bool is_gone = S_ISDIR(about.st_mode) ? remove_folder(fd, entry->d_name)
                                                        : unlinkat(fd, entry->d_name, 0) == 0;
            removed = removed || is_gone;
        }
    }
    closedir(folder);
}

bool remove_folder(int at, const char *name)
{
    struct stat about;
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return false;
    if (fstat(fd, &about) == 0)
        empty_folder(fd, about.st_dev);
    else
        close(fd);
    return unlinkat(at, name, AT_REMOVEDIR) == 0;
}

void remove_stale_runs(int runs)
{
    int copy = openat(runs, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = copy >= 0 ? fdopendir(copy) : NULL;
    if (folder == NULL) {
        if (copy >= 0)
            close(copy);
        return;
    }
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        const size_t length = strlen(entry->d_name);
        if (entry->d_name[0] == '.' && length > 5 &&
            strcmp(entry->d_name + length - 4, ".tmp") == 0)
            remove_folder(runs, entry->d_name);
    }
    closedir(folder);
}
