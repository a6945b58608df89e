/* Which records of real extracts come out differently under two crosswalks: cte-diff knows, and is
 * asked, so that there is one answer. */
#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "codetables/base/file.h"
#include "codetables/base/memory.h"
#include "codetables/cte-table/table_diff.h"

extern char **environ;

int check_impact(const struct table_file *table, const char *const *sources, size_t count,
                 struct cte_error *error)
{
    if (strcmp(table->kind, "crosswalk") != 0)
        return cte_fail(error, CTE_USAGE,
                        "--impact says which records come out differently: give two crosswalks");
    for (size_t i = 0; i < count; i++) {
        const int fd = file_open(sources[i]);
        if (fd < 0)
            return file_fail(sources[i], "cannot read the source", CTE_NO_INPUT, error);
        close(fd);
    }
    return CTE_OK;
}

int print_impact(const struct impact *impact, struct cte_error *error)
{
    const char **arguments = cte_zalloc(impact->source_count + 7, sizeof *arguments);
    size_t used = 0;
    arguments[used++] = "cte-diff";
    arguments[used++] = "--codetables";
    arguments[used++] = impact->codetables;
    arguments[used++] = "--what-if";
    arguments[used++] = impact->before;
    arguments[used++] = impact->after;
    for (size_t i = 0; i < impact->source_count; i++)
        arguments[used++] = impact->sources[i];
    char *path = program_beside("cte-diff");
    pid_t child = 0;
    int waited = 0;
    const int why =
        posix_spawn(&child, path, NULL, NULL, (char *const *)(uintptr_t)arguments, environ);
    while (why == 0 && waitpid(child, &waited, 0) < 0 && errno == EINTR)
        ;
    if (why != 0)
        cte_fail(error, CTE_IO, "%s: cannot start it: %s", path, strerror(why));
    else if (!WIFEXITED(waited))
        cte_fail(error, CTE_BUG, "cte-diff: ended by signal %d", WTERMSIG(waited));
    else if (WEXITSTATUS(waited) > 1)
        cte_fail(error, CTE_BAD_INPUT, "cte-diff: cannot say which records come out differently");
    free(path);
    free(arguments);
    return error->status;
}
