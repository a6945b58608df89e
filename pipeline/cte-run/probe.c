/* Whether the output folder can do what a run will ask of it. Shares and odd file systems lack one
 * thing or another; that is found out before the work, by trying it in a folder of its own, and
 * told as what it is. */
#include "pipeline/cte-run/run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codetables/base/shown.h"
#include "codetables/base/memory.h"

static const char advice[] = "keep the runs on a local disk, or on a share that can do this";

int take_lock(int lock, const char *shown, struct cte_error *error)
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
                        "but without a lock two could damage "
                        "one another; %s",
                        shown, strerror(why), advice);
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

static int fail_probe(struct run *run, const char *what)
{
    const int why = errno;
    const int status = why == ENOSPC || why == EDQUOT || why == EIO ? CTE_IO
                       : why == EACCES                              ? CTE_NO_PERMISSION
                                                                    : CTE_CANNOT_CREATE;
    return cte_fail(&run->error, status, "%s: %s: %s; nothing is converted; %s", run->out_shown,
                    what, strerror(why), advice);
}

/* Each thing in turn, in the folder `place`, which the caller removes. */
static int try_all(struct run *run, const char *place)
{
    char *file = cte_format("%s/file", place), *other = cte_format("%s/other", place),
         *link = cte_format("%s/link", place);
    char *made = cte_format("%s/made", place), *folder = cte_format("%s/folder", place),
         *final = cte_format("%s/final", place);
    const int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    const int folder_fd = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int status = CTE_OK;
    if (fd < 0)
        status = fail_probe(run, "a file cannot be made there");
    else if (fsync(fd) != 0 && errno != EINVAL && errno != EROFS) /* as output.c takes it */
        status = fail_probe(run, "a file cannot be made permanent there (fsync)");
    else if (folder_fd < 0 || (fsync(folder_fd) != 0 && errno != EINVAL))
        status = fail_probe(run, "a folder cannot be made permanent there (fsync)");
    else if (rename(file, other) != 0)
        status = fail_probe(run, "a file cannot be renamed there");
    else if (mkdir(folder, 0700) != 0 || rename(folder, final) != 0)
        status = fail_probe(run, "a folder cannot be renamed there");
    else if (symlink("final", made) != 0 || symlink("final", link) != 0)
        status = fail_probe(run, "symbolic links cannot be made there, and `current` is one");
    else if (rename(made, link) != 0)
        status = fail_probe(run, "a symbolic link cannot be replaced there, and `current` is one");
    if (fd >= 0)
        close(fd);
    if (folder_fd >= 0)
        close(folder_fd);
    free(file);
    free(other);
    free(link);
    free(made);
    free(folder);
    free(final);
    return status;
}

int probe_output(struct run *run)
{
    /* a name that the next run removes, should this one be killed */
    char *place = cte_format("%s/.probe.tmp", run->request.out);
    remove_folder(AT_FDCWD, place);
    int status = mkdir(place, 0700) == 0 ? try_all(run, place)
                                         : fail_probe(run, "a folder cannot be made there");
    remove_folder(AT_FDCWD, place);
    free(place);
    return status;
}
