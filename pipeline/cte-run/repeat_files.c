/* Files that the repeated run kept: read without following links, held against its hashes, and
 * copied as the tables of this run. */
#include "pipeline/cte-run/repeated.h"
#include "pipeline/cte-run/kept_tables.h"
#include "pipeline/cte-run/repeat.h"
#include "pipeline/cte-run/sources.h"
#include "pipeline/run/out_folder.h"
#include "pipeline/run/run_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codetables/base/digest.h"
#include "codetables/base/file.h"
#include "codetables/base/memory.h"
#include "codetables/base/shown.h"

int fail_kept(struct run *run, const char *name, const char *what)
{
    char *shown = path_shown(name);
    cte_fail(&run->error, CTE_BAD_INPUT,
             "%s/%s: %s; take the run from a backup, or name the sources and tables to use",
             run->earlier.repeated->shown, shown, what);
    free(shown);
    return CTE_BAD_INPUT;
}

/* Folders within the run folder are not entered through links either. -1 when it is no file of the
 * run. */
static int open_kept(const struct repeated *repeated, const char *name)
{
    char *copy = cte_strdup(name), *part = copy;
    int at = open(repeated->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (char *slash = strchr(part, '/'); slash != NULL && at >= 0; slash = strchr(part, '/')) {
        *slash = '\0';
        int below = openat(at, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        close(at);
        at = below;
        part = slash + 1;
    }
    int fd = at >= 0 ? openat(at, part, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) : -1;
    struct stat about;
    if (at >= 0)
        close(at);
    if (fd >= 0 && (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode))) {
        close(fd);
        fd = -1;
    }
    free(copy);
    return fd;
}

int check_kept(struct run *run, const struct listed *listed, struct output *to)
{
    int fd = open_kept(run->earlier.repeated, listed->name);
    struct digest digest = {0};
    char buffer[1 << 14], hex[DIGEST_HEX];
    ssize_t got = -1;
    digest_begin(&digest);
    while (fd >= 0 &&
           ((got = read(fd, buffer, sizeof buffer)) > 0 || (got < 0 && errno == EINTR))) {
        if (got <= 0)
            continue;
        digest_add(&digest, buffer, (size_t)got);
        if (to != NULL)
            output_put(to, buffer, (size_t)got);
    }
    digest_end(&digest, hex);
    if (fd >= 0)
        close(fd);
    if (got < 0)
        return fail_kept(run, listed->name,
                         "the run lists it, but it is missing, is a link, or cannot be read");
    return strcmp(hex, listed->hash) == 0
               ? CTE_OK
               : fail_kept(run, listed->name, "is not what the run wrote: its hash differs");
}

/* A file in a folder. */
static bool is_table_name(const char *name)
{
    char *copy = cte_strdup(name), *slash = strchr(copy, '/');
    bool is_good = slash != NULL;
    if (is_good) {
        *slash = '\0';
        is_good = is_plain_name(copy) && is_plain_name(slash + 1);
    }
    free(copy);
    return is_good;
}

/* A file of the tables, from the run or, where `listed` is NULL, from the file `from`. */
static int put_table(struct run *run, const struct listed *listed, const char *from,
                     const char *name)
{
    char *path = cte_format("%s/%s", run->place.kept_tables, name), *slash = strrchr(path, '/');
    struct output output;
    *slash = '\0';
    if (!is_table_name(name))
        fail_kept(run, listed != NULL ? listed->name : name, "cannot be the name of a table");
    else if (mkdir(path, 0700) != 0 && errno != EEXIST)
        cte_fail(&run->error, CTE_CANNOT_CREATE,
                 "%s: cannot make the folder for a copy of the tables", path);
    else if (output_open(&output, path, slash + 1, false, &run->error) == CTE_OK) {
        if (listed != NULL) {
            check_kept(run, listed, &output);
        } else {
            struct file_content content;
            if (table_bytes(from, &content, &run->error) == CTE_OK) {
                output_put(&output, content.bytes, content.length);
                free(content.bytes);
            }
        }
        if (run->error.status == CTE_OK && output_close(&output, &run->error) == CTE_OK)
            output_publish(&output, &run->error);
        output_discard(&output);
    }
    free(path);
    return run->error.status;
}

static int put_schemas(struct run *run)
{
    char *folder = cte_format("%s/schema", run->program->codetables), **names;
    size_t count;
    if (file_names(folder, is_schema_name, &names, &count) != 0)
        cte_fail(&run->error, CTE_IO, "%s: cannot read the folder: %s", folder, strerror(errno));
    for (size_t i = 0; i < count && run->error.status == CTE_OK; i++) {
        char *from = cte_format("%s/%s", folder, names[i]),
             *name = cte_format("schema/%s", names[i]);
        put_table(run, NULL, from, name);
        free(from);
        free(name);
    }
    file_free_names(names, count);
    free(folder);
    return run->error.status;
}

int restore_tables(struct run *run)
{
    static const char tables[] = "tables/", schemas[] = "tables/schema/";
    const struct repeated *repeated = run->earlier.repeated;
    if (!repeated->needs_tables)
        return CTE_OK;
    run->place.kept_tables = arena_format(&run->memory, "%s/.tables.tmp", run->request.out);
    remove_folder(AT_FDCWD, run->place.kept_tables);
    if (mkdir(run->place.kept_tables, 0700) != 0)
        return cte_fail(&run->error, CTE_CANNOT_CREATE,
                        "%s: cannot make the folder for a copy of the tables: %s",
                        run->place.kept_tables, strerror(errno));
    for (size_t i = 0; i < repeated->count && run->error.status == CTE_OK; i++) {
        const struct listed *listed = &repeated->listed[i];
        if (strncmp(listed->name, tables, sizeof tables - 1) == 0 &&
            strncmp(listed->name, schemas, sizeof schemas - 1) != 0 &&
            strcmp(listed->name, KEPT_DECISIONS) != 0 &&
            strcmp(listed->name, KEPT_DECISION_BOOK) != 0)
            put_table(run, listed, NULL, listed->name + sizeof tables - 1);
    }
    if (run->error.status == CTE_OK && put_schemas(run) == CTE_OK)
        run->program->codetables = run->place.kept_tables;
    return run->error.status;
}
