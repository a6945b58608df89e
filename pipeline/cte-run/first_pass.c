#include "pipeline/cte-run/first_pass.h"
#include "pipeline/cte-run/log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "codetables/base/file.h"
#include "codetables/base/memory.h"
#include "codetables/base/number.h"
#include "pipeline/cte-run/chain.h"
#include "pipeline/cte-run/convert_sources.h"
#include "pipeline/cte-run/progress.h"
#include "pipeline/stream/stream.h"

/* A place where a source may be cut; cuts stand in the order of the sources, and *s is that of the
 * one before. */
static bool take_cut(struct run *run, char *const *f, size_t *s)
{
    uint64_t offset, lines, records, sum;
    while (*s < run->source_count && strcmp(run->sources[*s].shown, f[1]) != 0)
        (*s)++;
    if (*s == run->source_count || !read_number(f[2], &offset) || !read_number(f[3], &lines) ||
        !read_number(f[4], &records) || !read_hex(f[5], &sum))
        return false;
    struct run_source *source = &run->sources[*s];
    source->cuts = cte_realloc(source->cuts, (source->cut_count + 1) * sizeof *source->cuts);
    struct source_cut *cut = &source->cuts[source->cut_count++];
    *cut = (struct source_cut){offset, lines, records, sum, ""};
    snprintf(cut->sha256, sizeof cut->sha256, "%s", f[6]);
    return true;
}

static void add_index_table(struct run *run, char *const *f)
{
    run->results.index_tables =
        cte_realloc(run->results.index_tables,
                    (run->results.index_table_count + 1) * sizeof *run->results.index_tables);
    run->results.index_tables[run->results.index_table_count++] =
        (struct used_table){arena_string(&run->memory, f[0]),
                            arena_string(&run->memory, f[1]),
                            arena_string(&run->memory, f[2]),
                            arena_string(&run->memory, f[3]),
                            arena_string(&run->memory, f[4]),
                            true,
                            NULL};
}

static int read_head(struct run *run)
{
    FILE *file = file_stream(run->place.index);
    if (file == NULL)
        return file_fail(run->place.index, "cannot read the index", CTE_IO, &run->error);
    char *line = NULL;
    size_t room = 0, s = 0;
    int status = CTE_OK;
    for (ssize_t length; status == CTE_OK && (length = getline(&line, &room, file)) > 1 &&
                         line[0] == '%' && strncmp(line, "%file^", 6) != 0;) {
        char *f[8], *memory;
        size_t count =
            stream_split_control((struct slice){line, (size_t)length - 1}, f, 8, &memory);
        if (count == 7 && strcmp(f[0], "cut") == 0 && !take_cut(run, f, &s))
            status =
                cte_fail(&run->error, CTE_BUG,
                         "cte-index wrote a place to cut at that is none; nothing is converted");
        else if (count == 6 && strcmp(f[0], "table") == 0)
            add_index_table(run, f + 1);
        else if (count == 3 && strcmp(f[0], "same") == 0)
            status = take_same(run, f + 1);
        else if (count == 7 && strcmp(f[0], "scope") == 0)
            status = take_overlap(run, f + 1);
        free(memory);
    }
    if (status == CTE_OK && ferror(file))
        status = cte_fail(&run->error, CTE_IO, "%s: cannot read the index", run->place.index);
    free(line);
    fclose(file);
    return status;
}

/* The list of sources for cte-index, each with its format, in memory: thousands of paths would not
 * fit on a command line. */
static int list_sources(struct run *run)
{
    int fd = memfd_create("sources", MFD_CLOEXEC);
    FILE *file = fd >= 0 ? fdopen(dup(fd), "w") : NULL;
    bool good = file != NULL;
    for (size_t i = 0; good && i < run->source_count; i++) {
        const struct run_source *source = &run->sources[i];
        const char *format = source->format != NULL ? source->format : "";
        good = fwrite(source->path, strlen(source->path) + 1, 1, file) == 1 &&
               fwrite(format, strlen(format) + 1, 1, file) == 1;
    }
    if (file != NULL && fclose(file) != 0)
        good = false;
    if (good && lseek(fd, 0, SEEK_SET) == 0)
        return fd;
    cte_fail(&run->error, CTE_IO, "cannot keep the list of sources: %s", strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

/* Its end in words. */
static int fail_index(int end, int status, struct cte_error *error)
{
    if (status == CTE_USAGE)
        return cte_fail(error, CTE_USAGE,
                        "an option does not fit, as was just said; nothing is converted");
    if (WIFEXITED(end) && status == WEXITSTATUS(end))
        return cte_fail(error, status, "the sources could not be indexed; nothing is converted");
    if (WIFEXITED(end))
        return cte_fail(error, CTE_BUG,
                        "cte-index ended with status %d, which means nothing; nothing is "
                        "converted; this is a fault, report it",
                        WEXITSTATUS(end));
    return cte_fail(error, CTE_BUG,
                    "cte-index was killed by signal %d; nothing is converted, run it again",
                    WIFSIGNALED(end) ? WTERMSIG(end) : 0);
}

/* Takes what cte-index says, and waits for its end. */
static int follow_index(struct run *run, struct processes *processes)
{
    struct text *said = &processes->messages.text;
    follow_processes(processes);
    if (said->length > 0) {
        progress_end();
        log_text(run, said->bytes, said->length);
    }
    text_free(said);
    if (processes->failed != 0)
        return cte_fail(&run->error, CTE_IO,
                        "cannot follow cte-index to its end: %s; nothing is converted",
                        strerror(processes->failed));
    const int end = processes->each[0].end, status = process_status(end, false);
    return status == CTE_OK ? CTE_OK : fail_index(end, status, &run->error);
}

/* Starts cte-index, which reads the list and is followed to its end. */
static int run_index(struct run *run, struct arguments *arguments, int list)
{
    struct processes processes = {.said = {.fd = -1},
                                  .messages = {.fd = -1, .most = PROCESS_MOST_MESSAGES}};
    int messages[2];
    int why = pipe2(messages, O_CLOEXEC) == 0 ? 0 : errno;
    int status = CTE_IO;
    if (why == 0) {
        const struct process_ends ends = {list, STDOUT_FILENO, messages[1]};
        processes.messages.fd = messages[0];
        why = start_process(arguments, &ends, &processes.each[0].pid);
        status = why == 0 ? CTE_OK : file_status(why, CTE_BUG);
        close(messages[1]);
        if (why == 0)
            return follow_index(run, &processes);
        close(messages[0]);
    }
    return cte_fail(&run->error, status, "cannot start cte-index: %s; nothing is converted",
                    strerror(why));
}

int index_sources(struct run *run)
{
    char *path = arena_format(&run->memory, "%s/.index", run->place.folder);
    char cut[24];
    struct arguments arguments = {0};
    add_program(&arguments, STAGE_INDEX, run);
    add_argument(&arguments, "--keep-going");
    add_option(&arguments, "out", path);
    add_option(&arguments, "files0-from", "-");
    add_argument(&arguments, "--with-formats");
    add_argument(&arguments, "--quick-hash");
    snprintf(cut, sizeof cut, "%zu", run->request.part_bytes);
    add_option(&arguments, "cut", count_parts(run) > 1 ? cut : NULL);
    const int list = list_sources(run);
    if (list >= 0) {
        run_index(run, &arguments, list);
        close(list);
    }
    free_arguments(&arguments);
    run->place.index = path;
    return run->error.status == CTE_OK ? read_head(run) : run->error.status;
}
