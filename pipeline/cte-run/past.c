/* The runs of an output folder: finding, listing and removing them. */
#include "pipeline/cte-run/past.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libxml/parser.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "pipeline/shown.h"

static int compare_runs(const void *a, const void *b)
{
    const struct past_run *x = a, *y = b;
    int order = strcmp(y->started, x->started);
    return order != 0 ? order : strcmp(y->id, x->id);
}

struct past_run *find_runs(const char *out, size_t *count, struct cte_error *error)
{
    char *runs = cte_format("%s/runs", out), *link = cte_format("%s/current", out), target[PATH_MAX];
    ssize_t length = readlink(link, target, sizeof target - 1);
    target[length > 0 ? length : 0] = '\0';
    const char *current = strrchr(target, '/') != NULL ? strrchr(target, '/') + 1 : "";
    struct past_run *found = NULL;
    *count = 0;
    DIR *folder = opendir(runs);
    if (folder == NULL)
        cte_fail(error, errno == EACCES ? CTE_NO_PERMISSION : CTE_NO_INPUT, "%s: no runs can be read there: %s", out, strerror(errno));
    for (struct dirent *entry = folder != NULL ? readdir(folder) : NULL; entry != NULL; entry = readdir(folder)) {
        struct cte_error ignored = {0};
        if (entry->d_name[0] == '.')
            continue;
        char *path = cte_format("%s/%s", runs, entry->d_name);
        xmlDocPtr doc = open_manifest(path, &ignored);
        if (doc == NULL) {
            free(path);
            continue;
        }
        found = cte_realloc(found, (*count + 1) * sizeof *found);
        found[(*count)++] = (struct past_run){cte_strdup(entry->d_name), path,
                                              attribute_or(xmlDocGetRootElement(doc), "started", ""),
                                              strcmp(entry->d_name, current) == 0};
        xmlFreeDoc(doc);
    }
    if (folder != NULL)
        closedir(folder);
    if (*count > 1)
        qsort(found, *count, sizeof *found, compare_runs);
    free(runs);
    free(link);
    return found;
}

static void print_run(const struct past_run *past, xmlNodePtr root)
{
    unsigned long long read = 0, written = 0, merged = 0, rejected = 0, held = 0, sources = 0, refused = 0;
    char *exit_status = attribute_or(root, "exit", "?");
    for (xmlNodePtr source = first_element(root, "source"); source != NULL; source = next_element(source, "source")) {
        xmlNodePtr sums = first_element(source, "sums");
        sources++;
        refused += sums == NULL;
        if (sums == NULL)
            continue;
        read += attribute_count(sums, "read");
        written += attribute_count(sums, "written");
        merged += attribute_count(sums, "merged");
        rejected += attribute_count(sums, "rejected");
        held += attribute_count(sums, "held");
    }
    char *id = path_shown(past->id);
    printf("%c %-32s %-20s exit %-3s %llu sources (%llu refused): %llu read, %llu written, %llu merged, %llu rejected, %llu held;",
           past->is_current ? '*' : ' ', id, past->started, exit_status, sources, refused, read, written, merged, rejected,
           held);
    for (xmlNodePtr option = first_element(root, "option"); option != NULL; option = next_element(option, "option")) {
        char *name = attribute_or(option, "name", ""), *value = attribute_or(option, "value", "");
        if (strcmp(name, "crosswalk") == 0)
            printf(" %s", value);
        free(name);
        free(value);
    }
    putchar('\n');
    free(id);
    free(exit_status);
}

int list_runs(const struct program *program, const char *out)
{
    struct cte_error error = {0};
    size_t count;
    struct past_run *runs = find_runs(out, &count, &error);
    if (error.status != CTE_OK)
        return program_fail(program, &error);
    for (size_t i = 0; i < count; i++) {
        xmlDocPtr doc = open_manifest(runs[i].folder, &error);
        if (doc == NULL)
            continue;
        print_run(&runs[i], xmlDocGetRootElement(doc));
        xmlFreeDoc(doc);
    }
    free(runs);
    return CTE_OK;
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
static int tell_prune(const struct program *program, const struct run *after, const struct cte_error *error)
{
    if (after == NULL)
        return program_fail(program, error);
    log_say(after, "error", "not-pruned", NULL, "%s", error->text);
    return error->status;
}

int prune_runs(const struct program *program, const char *out, const char *keep, const char *keep_days, const struct run *after)
{
    struct cte_error error = {0};
    if (keep == NULL && keep_days == NULL)
        return program_usage(program, "--prune needs --keep N, --keep-days N, or both: a run is removed when it is beyond both");
    /* Removing is not a thing to do on a slip of the pen. */
    if ((keep != NULL && (keep[0] == '\0' || strspn(keep, "0123456789") != strlen(keep))) ||
        (keep_days != NULL && (keep_days[0] == '\0' || strspn(keep_days, "0123456789") != strlen(keep_days))))
        return program_usage(program, "--keep and --keep-days take whole numbers");
    if (access(out, F_OK) != 0) {
        cte_fail(&error, CTE_NO_INPUT, "%s: %s", out, strerror(errno));
        return tell_prune(program, after, &error);
    }
    char *lock_path = cte_format("%s/.lock", out);
    int lock = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    free(lock_path);
    char *shown = path_shown(out);
    if (lock < 0)
        cte_fail(&error, errno == EACCES ? CTE_NO_PERMISSION : CTE_CANNOT_CREATE, "%s: cannot make the lock: %s", shown,
                 strerror(errno));
    else
        take_lock(lock, shown, &error);
    free(shown);
    if (error.status != CTE_OK)
        return tell_prune(program, after, &error);
    size_t count;
    struct past_run *runs = find_runs(out, &count, &error);
    if (error.status != CTE_OK)
        return tell_prune(program, after, &error);
    unsigned long most = keep != NULL ? strtoul(keep, NULL, 10) : 0, days = keep_days != NULL ? strtoul(keep_days, NULL, 10) : 0;
    for (size_t i = 0; i < count; i++) {
        bool beyond_count = keep == NULL || i >= most,
             beyond_age = keep_days == NULL || age_in_days(runs[i].started) > (double)days;
        if (runs[i].is_current || !beyond_count || !beyond_age)
            continue;
        remove_folder(runs[i].folder);
        char *folder = path_shown(runs[i].folder);
        if (access(runs[i].folder, F_OK) == 0)
            cte_fail(&error, CTE_CANNOT_CREATE, "%s: cannot be removed, or not whole; its owner can", folder);
        else if (after != NULL)
            log_tell(after, "pruned", "removed %s, begun %s", folder, runs[i].started);
        else
            printf("removed %s, begun %s\n", folder, runs[i].started);
        free(folder);
    }
    free(runs);
    close(lock);
    return error.status == CTE_OK ? CTE_OK : tell_prune(program, after, &error);
}
