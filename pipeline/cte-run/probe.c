/* Whether the output folder can do what a run will ask of it. Shares and odd file systems lack one
 * thing or another; that is found out before the work, by trying it in a folder of its own, and
 * told as what it is. */
#include "pipeline/cte-run/publish.h"
#include "pipeline/run/out_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codetables/base/shown.h"
#include "codetables/base/memory.h"

static int fail_probe(struct run *run, const char *what)
{
    const int why = errno;
    const int status = why == ENOSPC || why == EDQUOT || why == EIO ? CTE_IO
                       : why == EACCES                              ? CTE_NO_PERMISSION
                                                                    : CTE_CANNOT_CREATE;
    return cte_fail(&run->error, status, "%s: %s: %s; nothing is converted; " OUT_FOLDER_ADVICE,
                    run->place.out_shown, what, strerror(why));
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
