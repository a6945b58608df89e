#include "pipeline/cte-run/publish.h"
#include "pipeline/cte-run/kept_accounts.h"
#include "pipeline/cte-run/past.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codetables/base/shown.h"
#include "codetables/base/memory.h"

static int cannot(struct run *run, const char *what, const char *path)
{
    const int why = errno;
    const int status = output_status(why);
    char *shown = path_shown(path);
    cte_fail(&run->error, status, "%s: cannot %s: %s", shown, what, strerror(why));
    free(shown);
    return status;
}

/* `part` of the path is what fails. */
static int cannot_make(struct run *run, const char *path, const char *part, int why)
{
    char *shown = path_shown(part);
    char *what = cte_format("make the folder%s%s", strcmp(part, path) != 0 ? ", for " : "",
                            strcmp(part, path) != 0 ? shown : "");
    errno = why;
    const int status = cannot(run, what, path);
    free(what);
    free(shown);
    return status;
}

/* Makes a folder and those above it that are missing. */
static int make_folder(struct run *run, const char *path)
{
    char *copy = cte_strdup(path);
    struct stat about;
    int status = CTE_OK;
    for (char *slash = copy; slash != NULL && status == CTE_OK;) {
        slash = strchr(slash + 1, '/');
        if (slash != NULL)
            *slash = '\0';
        /* Of a path, the first folder that cannot be made is the cause. One that is there may
         * forbid to make it anew. */
        const int why = mkdir(copy, 0700) == 0 ? 0 : errno;
        const bool is_there = why == 0 || stat(copy, &about) == 0;
        if (!is_there || (why != 0 && !S_ISDIR(about.st_mode)))
            status = cannot_make(run, path, copy, is_there ? ENOTDIR : why);
        if (slash != NULL)
            *slash = '/';
    }
    free(copy);
    return status;
}

int lock_output(struct run *run)
{
    if (make_folder(run, run->request.out) != CTE_OK ||
        (run->place.lock = lock_out_folder(run->request.out, &run->error)) < 0)
        return run->error.status;
    char text[200];
    int length = snprintf(text, sizeof text, "process %ld, run %s, since %s\n", (long)getpid(),
                          run->place.id, run->clock.started);
    length = length < (int)sizeof text ? length : (int)sizeof text - 1;
    if (ftruncate(run->place.lock, 0) == 0 &&
        pwrite(run->place.lock, text, (size_t)length, 0) == length)
        return CTE_OK;
    char *path = cte_format("%s/.lock", run->request.out);
    cannot(run, "write the lock", path);
    free(path);
    return run->error.status;
}

/* What runs left beside the runs when they died. The lock is ours, so none of them is at work; and
 * only their names are touched. */
static void remove_stale(struct run *run)
{
    static const char note[] = "..last.", ending[] = ".tmp";
    DIR *folder = opendir(run->request.out);
    for (struct dirent *entry = folder != NULL ? readdir(folder) : NULL; entry != NULL;
         entry = readdir(folder)) {
        const char *name = entry->d_name;
        const size_t length = strlen(name);
        if (strncmp(name, note, sizeof note - 1) == 0 && length > sizeof note + sizeof ending - 2 &&
            strcmp(name + length - (sizeof ending - 1), ending) == 0)
            unlinkat(dirfd(folder), name, 0);
        else if (strcmp(name, ".probe.tmp") == 0 ||
                 (strcmp(name, ".tables.tmp") == 0 && run->place.kept_tables == NULL))
            remove_folder(dirfd(folder), name);
    }
    if (folder != NULL)
        closedir(folder);
}

/* The system tells a failed write to those who had the disk open when it failed. */
static bool open_disk(struct run *run)
{
    run->place.disk = open(run->place.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return run->place.disk >= 0;
}

int make_run_folder(struct run *run)
{
    char *runs = cte_format("%s/runs", run->request.out);
    char *final = cte_format("%s/%s", runs, run->place.id);
    struct stat about;
    int status = make_folder(run, runs);
    if (status == CTE_OK && find_current(run->request.out, &about) == CURRENT_NO_LINK)
        status = refuse_current(run->place.out_shown, CURRENT_NO_LINK, &run->error);
    if (status == CTE_OK) {
        run->earlier.runs = cte_zalloc(1, sizeof *run->earlier.runs);
        status = find_runs(run->request.out, run->earlier.runs, &run->error);
    }
    if (status == CTE_OK) {
        remove_stale_runs(run->earlier.runs->folder);
        remove_stale(run);
        run->place.folder = arena_format(&run->memory, "%s/.%s.tmp", runs, run->place.id);
        run->documents = (struct documents){.folder = run->place.folder, .error = &run->error};
        if (!run->request.dry_run && lstat(final, &about) == 0)
            status = cte_fail(&run->error, CTE_CANNOT_CREATE,
                              "%s: run %s exists there already; choose another --run-id",
                              run->place.out_shown, run->place.id);
        else if (mkdir(run->place.folder, 0700) != 0 || !open_disk(run))
            status = cannot(run, "make the run folder", run->place.folder);
        else
            open_accounts(run);
    }
    if (status == CTE_OK)
        status = note_before(run);
    free(final);
    free(runs);
    return status;
}

void remove_run_folder(struct run *run)
{
    if (run->place.kept_tables != NULL)
        remove_folder(AT_FDCWD, run->place.kept_tables);
    if (run->place.folder != NULL)
        remove_folder(AT_FDCWD, run->place.folder);
}

/* `current` is a link; the new one is made beside it and renamed over it, so that there is always
 * one. */
static int switch_link(struct run *run)
{
    char *link = cte_format("%s/current", run->request.out),
         *made = cte_format("%s/.current.tmp", run->request.out);
    char *target = cte_format("runs/%s", run->place.id);
    struct stat about;
    int status = CTE_OK;
    unlink(made);
    if (find_current(run->request.out, &about) == CURRENT_NO_LINK)
        status = refuse_current(run->place.out_shown, CURRENT_NO_LINK, &run->error);
    else if (symlink(target, made) != 0 || rename(made, link) != 0) {
        status = cannot(run, "point to the new run", link);
        unlink(made);
    } else
        run->place.is_current = true;
    free(link);
    free(made);
    free(target);
    return status;
}

int publish_run_folder(struct run *run, bool switch_current)
{
    char *runs = cte_format("%s/runs", run->request.out),
         *final = cte_format("%s/%s", runs, run->place.id);
    if (run->place.kept_tables != NULL)
        remove_folder(AT_FDCWD, run->place.kept_tables);
    int status = CTE_OK;
    if (syncfs(run->place.disk) != 0)
        status = cannot(run, "make the run permanent", run->place.folder);
    if (status == CTE_OK && rename(run->place.folder, final) != 0)
        status = cannot(run, "put the run in place", final);
    const bool in_place = status == CTE_OK;
    if (status == CTE_OK)
        status = sync_folder(runs, &run->error);
    run->place.is_published = status == CTE_OK;
    if (status == CTE_OK && switch_current && (status = switch_link(run)) == CTE_OK)
        status = sync_folder(run->request.out, &run->error);
    if (status != CTE_OK && in_place && !run->place.is_current) {
        const size_t said = strlen(run->error.text);
        snprintf(run->error.text + said, sizeof run->error.text - said,
                 "; the new run stands in runs/%s, but `current` was not moved to it",
                 run->place.id);
    }
    free(runs);
    free(final);
    return status;
}
