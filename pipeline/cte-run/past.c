/* The runs of an output folder: finding, listing and removing them. */
#include "pipeline/cte-run/pruned_record.h"
#include "pipeline/cte-run/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "codetables/base/digest.h"
#include "codetables/base/shown.h"
#include "codetables/base/memory.h"

static int compare_runs(const void *a, const void *b)
{
    const struct past_run *x = a, *y = b;
    int order = strcmp(y->started, x->started);
    return order != 0 ? order : strcmp(y->id, x->id);
}

static void pass_over(struct past_runs *past, const char *name, const char *why)
{
    past->others = cte_realloc(past->others, (past->other_count + 1) * sizeof *past->others);
    past->others[past->other_count++] = (struct no_run){cte_strdup(name), cte_strdup(why)};
}

static void take_head(struct past_run *run, const struct manifest *manifest)
{
    const struct manifest_link *before = &manifest->before;
    run->started = cte_strdup(manifest->started);
    run->origin =
        cte_strdup(manifest->repeats.id != NULL ? manifest->repeats.started : manifest->started);
    run->before_id = before->id != NULL ? cte_strdup(before->id) : NULL;
    run->before_sha256 = before->id != NULL ? cte_strdup(before->sha256) : NULL;
    run->pruned = manifest->pruned.runs;
    run->pruned_sha256 =
        manifest->pruned.sha256 != NULL ? cte_strdup(manifest->pruned.sha256) : NULL;
    run->is_beside = manifest->is_beside;
}

/* Adds what the manifest of a run says. CTE_IO: it cannot be read now; else it is no run. */
static int take_run(struct past_runs *past, const char *out, const char *name,
                    const struct stat *about, struct cte_error *error)
{
    struct past_run run = {.id = cte_strdup(name),
                           .shown = path_shown(name),
                           .folder = cte_format("%s/runs/%s", out, name)};
    char *path = cte_format("%s/manifest.xml", run.folder);
    struct stat about_manifest;
    struct manifest manifest = {0};
    if (lstat(path, &about_manifest) == 0 && !S_ISREG(about_manifest.st_mode))
        cte_fail(error, CTE_BAD_INPUT, "its manifest.xml is no file");
    else if (manifest_read(run.folder, MANIFEST_HEAD, &manifest, error) == CTE_OK &&
             !digest_file(path, run.sha256))
        cte_fail(error, CTE_IO, "its manifest.xml cannot be read");
    free(path);
    if (error->status != CTE_OK) {
        free(run.id);
        free(run.shown);
        free(run.folder);
    } else {
        take_head(&run, &manifest);
        run.device = about->st_dev;
        run.inode = about->st_ino;
        past->runs = cte_realloc(past->runs, (past->count + 1) * sizeof *past->runs);
        past->runs[past->count++] = run;
    }
    manifest_free(&manifest);
    return error->status;
}

/* What is no run is passed over. The current run that cannot be read now is a failure: whoever went
 * on without it would compare with another one. */
static void look_at_entry(struct past_runs *past, const char *out, const char *name,
                          const struct stat *current, struct cte_error *error)
{
    struct stat above, about;
    struct cte_error why = {0};
    if (fstat(past->folder, &above) != 0 ||
        fstatat(past->folder, name, &about, AT_SYMLINK_NOFOLLOW) != 0)
        cte_fail(error, CTE_IO, "the runs there are cannot be looked at: %s", strerror(errno));
    else if (S_ISLNK(about.st_mode))
        pass_over(past, name, "is a link, and is never followed");
    else if (!S_ISDIR(about.st_mode))
        pass_over(past, name, "is no folder");
    else if (about.st_dev != above.st_dev)
        pass_over(past, name, "lies on another file system");
    else {
        const bool is_current = past->current == CURRENT_LINK && current->st_dev == about.st_dev &&
                                current->st_ino == about.st_ino;
        if (take_run(past, out, name, &about, &why) == CTE_OK)
            past->runs[past->count - 1].is_current = is_current;
        else if (is_current && why.status == CTE_IO)
            cte_fail(error, CTE_IO, "the current run cannot be read: %s", why.text);
        else
            pass_over(past, name, why.text);
    }
}

int find_runs(const char *out, struct past_runs *past, struct cte_error *error)
{
    struct stat current;
    *past = (struct past_runs){.folder = open_runs(out, error)};
    if (past->folder < 0)
        return error->status;
    const int copy = openat(past->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = copy >= 0 ? fdopendir(copy) : NULL;
    char *shown = path_shown(out);
    if (folder == NULL)
        cte_fail(error, CTE_IO, "%s: its runs cannot be read: %s", shown, strerror(errno));
    past->current = find_current(out, &current);
    if (past->current == CURRENT_UNREADABLE)
        cte_fail(error, CTE_IO, "%s/current: cannot be read: %s", shown, strerror(errno));
    while (folder != NULL && error->status == CTE_OK) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (entry == NULL && errno != 0)
            cte_fail(error, CTE_IO, "%s: its runs cannot be read: %s", shown, strerror(errno));
        if (entry == NULL)
            break;
        if (entry->d_name[0] == '.')
            continue;
        look_at_entry(past, out, entry->d_name, &current, error);
    }
    if (folder != NULL)
        closedir(folder);
    else if (copy >= 0)
        close(copy);
    free(shown);
    if (past->count > 1)
        qsort(past->runs, past->count, sizeof *past->runs, compare_runs);
    bool is_found = false;
    for (size_t i = 0; i < past->count; i++)
        is_found = is_found || past->runs[i].is_current;
    if (past->current == CURRENT_LINK && !is_found)
        past->current = CURRENT_ASTRAY;
    if (error->status != CTE_OK)
        free_runs(past);
    return error->status;
}

struct wholeness {
    const char *folder;
    bool is_whole;
};

static void look_for_file(const char *hash, const char *name, void *context)
{
    (void)hash;
    struct wholeness *run = context;
    char *path = cte_format("%s/%s", run->folder, name);
    run->is_whole = run->is_whole && access(path, R_OK) == 0;
    free(path);
}

bool is_whole_run(const char *folder)
{
    struct wholeness run = {folder, true};
    struct cte_error ignored = {0};
    return read_sums(folder, look_for_file, &run, &ignored) == CTE_OK && run.is_whole;
}

void free_runs(struct past_runs *past)
{
    for (size_t i = 0; i < past->count; i++) {
        struct past_run *run = &past->runs[i];
        char *const texts[] = {run->id,     run->shown,     run->folder,        run->started,
                               run->origin, run->before_id, run->before_sha256, run->pruned_sha256};
        for (size_t t = 0; t < sizeof texts / sizeof *texts; t++)
            free(texts[t]);
    }
    for (size_t i = 0; i < past->other_count; i++) {
        free(past->others[i].name);
        free(past->others[i].why);
    }
    free(past->runs);
    free(past->others);
    if (past->folder >= 0)
        close(past->folder);
    *past = (struct past_runs){.folder = -1};
}

/* What stands in a manifest may be from anybody. To be freed. */
static char *show_text(const char *text)
{
    return path_shown(text[0] != '\0' ? text : "?");
}

static void print_run(const struct past_run *past, const struct manifest *manifest)
{
    struct fact_sums all = {0};
    size_t refused = 0;
    for (size_t i = 0; i < manifest->source_count; i++) {
        const struct fact_sums *sums = account_first(manifest->sources[i].account, FACT_SUMS);
        refused += sums == NULL;
        if (sums == NULL)
            continue;
        all.read += sums->read;
        all.written += sums->written;
        all.merged += sums->merged;
        all.rejected += sums->rejected;
        all.held += sums->held;
    }
    char *started = show_text(manifest->started);
    printf("%c %-32s %-20s exit %-3d %zu sources (%zu refused): %" PRIu64 " read, %" PRIu64
           " written, %" PRIu64 " merged, %" PRIu64 " rejected, %" PRIu64 " held;",
           past->is_current ? '*' : ' ', past->shown, started, manifest->exit,
           manifest->source_count, refused, all.read, all.written, all.merged, all.rejected,
           all.held);
    free(started);
    for (size_t i = 0; i < manifest->option_count; i++) {
        if (strcmp(manifest->options[i].name, "crosswalk") != 0)
            continue;
        char *value = show_text(manifest->options[i].value);
        printf(" %s", value);
        free(value);
    }
    putchar('\n');
}

int list_runs(const struct program *program, const char *out)
{
    struct cte_error error = {0};
    struct past_runs past;
    if (find_runs(out, &past, &error) != CTE_OK)
        return program_fail(program, &error);
    for (size_t i = 0; i < past.count; i++) {
        /* it was read a moment ago; if it is gone now, it is no run */
        struct cte_error ignored = {0};
        struct manifest manifest;
        if (manifest_read(past.runs[i].folder, MANIFEST_WHOLE, &manifest, &ignored) == CTE_OK)
            print_run(&past.runs[i], &manifest);
        manifest_free(&manifest);
    }
    for (size_t i = 0; i < past.other_count; i++) {
        char *name = path_shown(past.others[i].name);
        program_say(program, "%s: is no run of this folder, and is passed over: %s", name,
                    past.others[i].why);
        free(name);
    }
    if (past.current == CURRENT_ASTRAY || past.current == CURRENT_NO_LINK) {
        char *shown = path_shown(out);
        refuse_current(shown, past.current, &error);
        free(shown);
    }
    free_runs(&past);
    return error.status == CTE_OK ? CTE_OK : program_fail(program, &error);
}

/* Days since a run was begun, by its own manifest. */
static double age_in_days(const char *started)
{
    struct tm utc = {0};
    if (strptime(started, "%Y-%m-%dT%H:%M:%SZ", &utc) == NULL)
        return 0;
    return difftime(time(NULL), timegm(&utc)) / 86400;
}

/* What went wrong: in the log of the run that asked for it, or on standard error. */
static int tell_prune(const struct program *program, const struct run *after,
                      const struct cte_error *error)
{
    if (after == NULL)
        return program_fail(program, error);
    log_say(after, "error", "not-pruned", NULL, "%s", error->text);
    return error->status;
}

/* A link that leads astray may have led to the run that is in use. So may one that is gone, where a
 * run was good enough for it. */
static int check_current(const struct past_runs *past, const char *shown, struct cte_error *error)
{
    bool is_good = past->current == CURRENT_NONE;
    for (size_t i = 0; i < past->count && is_good; i++)
        is_good = past->runs[i].is_beside;
    return is_good || past->current == CURRENT_LINK ? CTE_OK
                                                    : refuse_current(shown, past->current, error);
}

/* It is noted before it goes, so that none is missing without a word. Under a name that no run has,
 * it is gone at once for whoever looks, and what is left of it is known for what it is. */
static void prune_run(const struct past_runs *past, const char *out, const struct past_run *run,
                      const struct run *after, struct cte_error *error)
{
    struct cte_error why = {0};
    struct stat about;
    char *shown = path_shown(run->folder), *started = path_shown(run->started),
         *name = cte_format(".%s.tmp", run->id), now[32];
    const time_t seconds = time(NULL);
    struct tm utc;
    gmtime_r(&seconds, &utc);
    strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", &utc);
    const char *when = after != NULL ? after->clock.started : now;
    const bool is_same = fstatat(past->folder, run->id, &about, AT_SYMLINK_NOFOLLOW) == 0 &&
                         about.st_dev == run->device && about.st_ino == run->inode;
    bool is_full = false;
    if (!is_same)
        cte_fail(&why, CTE_BUSY, "%s: was replaced by something else; it stays", shown);
    else if (record_pruned(out, run, when, &is_full, &why) != CTE_OK && is_full)
        /* to make room is what runs are removed for; it is noted afterwards */
        why = (struct cte_error){0};
    if (why.status == CTE_OK && renameat(past->folder, run->id, past->folder, name) != 0)
        cte_fail(&why, CTE_CANNOT_CREATE, "%s: cannot be removed: %s", shown, strerror(errno));
    else if (why.status == CTE_OK && !remove_folder(past->folder, name))
        cte_fail(&why, CTE_CANNOT_CREATE,
                 "%s: cannot be removed, or not whole; its owner can; what is left is in .%s.tmp "
                 "beside it",
                 shown, run->shown);
    else if (why.status == CTE_OK && after != NULL)
        log_tell(after, "pruned", "removed %s, begun %s", shown, started);
    else if (why.status == CTE_OK)
        printf("removed %s, begun %s\n", shown, started);
    if (why.status == CTE_OK && is_full)
        record_pruned(out, run, when, &is_full, &why);
    if (why.status != CTE_OK)
        cte_fail(error, why.status, "%s", why.text);
    free(shown);
    free(started);
    free(name);
}

int prune_runs(const struct program *program, const char *out, const char *keep,
               const char *keep_days, const struct run *after)
{
    struct cte_error error = {0};
    if (keep == NULL && keep_days == NULL)
        return program_usage(program, "--prune needs --keep N, --keep-days N, or both: a run is "
                                      "removed when it is beyond both");
    /* Removing is not a thing to do on a slip of the pen. */
    if ((keep != NULL && (keep[0] == '\0' || strspn(keep, "0123456789") != strlen(keep))) ||
        (keep_days != NULL &&
         (keep_days[0] == '\0' || strspn(keep_days, "0123456789") != strlen(keep_days))))
        return program_usage(program, "--keep and --keep-days take whole numbers");
    char *shown = path_shown(out);
    struct past_runs past = {.folder = -1};
    int lock = -1;
    if (access(out, F_OK) != 0)
        cte_fail(&error, CTE_NO_INPUT, "%s: %s", shown, strerror(errno));
    else if ((lock = lock_out_folder(out, &error)) >= 0 &&
             find_runs(out, &past, &error) == CTE_OK &&
             check_current(&past, shown, &error) == CTE_OK) {
        remove_stale_runs(past.folder);
        const unsigned long most = keep != NULL ? strtoul(keep, NULL, 10) : 0;
        const unsigned long days = keep_days != NULL ? strtoul(keep_days, NULL, 10) : 0;
        for (size_t i = 0; i < past.count; i++) {
            const struct past_run *run = &past.runs[i];
            const bool beyond_count = keep == NULL || i >= most;
            const bool beyond_age = keep_days == NULL || age_in_days(run->started) > (double)days;
            if (!run->is_current && beyond_count && beyond_age)
                prune_run(&past, out, run, after, &error);
        }
    }
    free_runs(&past);
    free(shown);
    if (lock >= 0)
        close(lock);
    return error.status == CTE_OK ? CTE_OK : tell_prune(program, after, &error);
}
