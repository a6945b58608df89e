#include "pipeline/cte-diff/compare_outputs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "codetables/base/memory.h"
#include "codetables/base/shown.h"
#include "pipeline/run/manifest.h"

enum { DIFFERENT = 1, TROUBLE = 2 };

struct asked {
    const char *const *folders;
    int (*compare)(char *before, char *after);
    int worst;
    struct cte_error *error;
};

bool is_run_folder(const char *path)
{
    struct stat about;
    char *manifest = cte_format("%s/manifest.xml", path);
    const bool is_one = stat(path, &about) == 0 && S_ISDIR(about.st_mode) &&
                        stat(manifest, &about) == 0 && S_ISREG(about.st_mode);
    free(manifest);
    return is_one;
}

static void worsen(struct asked *asked, int status)
{
    asked->worst = status > asked->worst ? status : asked->worst;
}

static const struct manifest_source *find_source(const struct manifest *manifest, const char *name)
{
    for (size_t i = 0; i < manifest->source_count; i++) {
        if (strcmp(manifest->sources[i].name, name) == 0)
            return &manifest->sources[i];
    }
    return NULL;
}

/* A process of its own, for cte-diff compares once in its life. */
static int compare_apart(struct asked *asked, char *before, char *after)
{
    int end = 0;
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0)
        exit(asked->compare(before, after));
    while (child > 0 && waitpid(child, &end, 0) < 0 && errno == EINTR)
        continue;
    if (child < 0)
        return cte_fail(asked->error, CTE_IO, "cannot start a process: %s", strerror(errno));
    if (!WIFEXITED(end) || WEXITSTATUS(end) > TROUBLE)
        return cte_fail(asked->error, CTE_BUG, "a comparison died");
    worsen(asked, WEXITSTATUS(end));
    return CTE_OK;
}

static void say_of(const char *name, const char *what)
{
    char *shown = text_shown(name, strlen(name));
    printf("== %s: %s\n", shown, what);
    free(shown);
}

static void compare_source(struct asked *asked, const struct manifest_source *before,
                           const struct manifest_source *after)
{
    const struct fact_file *was = account_file(before->account, "converted");
    const struct fact_file *is = account_file(after->account, "converted");
    if (was == NULL || is == NULL) {
        say_of(before->name, was == NULL && is == NULL ? "neither run wrote a record of it"
                             : was == NULL             ? "the first run wrote no record of it"
                                                       : "the second run wrote no record of it");
        worsen(asked, was != is ? DIFFERENT : 0);
        return;
    }
    if (strcmp(was->sha256, is->sha256) == 0) {
        say_of(before->name, "the same bytes");
        return;
    }
    say_of(before->name, "another file");
    char *paths[2] = {cte_format("%s/%s", asked->folders[0], was->name),
                      cte_format("%s/%s", asked->folders[1], is->name)};
    compare_apart(asked, paths[0], paths[1]);
    free(paths[0]);
    free(paths[1]);
}

int compare_outputs(const char *const folders[2], int (*compare)(char *before, char *after),
                    int *worst, struct cte_error *error)
{
    struct manifest manifests[2];
    struct asked asked = {folders, compare, 0, error};
    if (manifest_read(folders[0], MANIFEST_WHOLE, &manifests[0], error) != CTE_OK)
        return error->status;
    if (manifest_read(folders[1], MANIFEST_WHOLE, &manifests[1], error) != CTE_OK) {
        manifest_free(&manifests[0]);
        return error->status;
    }
    for (size_t i = 0; i < manifests[0].source_count && error->status == CTE_OK; i++) {
        const struct manifest_source *before = &manifests[0].sources[i];
        const struct manifest_source *after = find_source(&manifests[1], before->name);
        if (after != NULL)
            compare_source(&asked, before, after);
        else
            say_of(before->name, "in the first run alone");
        worsen(&asked, after == NULL ? DIFFERENT : 0);
    }
    for (size_t i = 0; i < manifests[1].source_count && error->status == CTE_OK; i++) {
        const char *name = manifests[1].sources[i].name;
        if (find_source(&manifests[0], name) != NULL)
            continue;
        say_of(name, "in the second run alone");
        worsen(&asked, DIFFERENT);
    }
    manifest_free(&manifests[0]);
    manifest_free(&manifests[1]);
    *worst = asked.worst;
    return error->status;
}
