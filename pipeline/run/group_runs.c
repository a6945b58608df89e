#include "pipeline/run/group_runs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "codetables/base/file.h"
#include "codetables/base/memory.h"
#include "codetables/base/output.h"

/* Runs are merged into one when there are so many: each takes a buffer. */
enum { MOST_RUNS = 96, RUN_BUFFER = 1 << 15 };

/* Before each group in the file: its records, and the lengths of both parts. */
enum { RUN_HEAD = sizeof(uint64_t) + 2 * sizeof(uint16_t) };

int group_compare_parts(struct slice a, struct slice b)
{
    const size_t shorter = a.length < b.length ? a.length : b.length;
    const int order = shorter > 0 ? memcmp(a.at, b.at, shorter) : 0;
    return order != 0 ? order : (a.length > b.length) - (a.length < b.length);
}

int group_compare(const struct group *a, const struct group *b)
{
    const int order = group_compare_parts(a->head, b->head);
    return order != 0 ? order : group_compare_parts(a->tail, b->tail);
}

static int fail_file(const struct group_runs *runs, const char *what, struct cte_error *error)
{
    return cte_fail(error, CTE_IO, "%s: cannot %s a file without a name: %s", runs->folder, what,
                    strerror(errno));
}

static int open_file(struct group_runs *runs, struct cte_error *error)
{
    const int fd = file_without_name(runs->folder);
    runs->file = fd >= 0 ? fdopen(fd, "w+") : NULL;
    if (runs->file == NULL) {
        const int why = errno;
        if (fd >= 0)
            close(fd);
        return cte_fail(error, output_status(why), "%s: cannot make a file without a name: %s",
                        runs->folder, strerror(why));
    }
    return CTE_OK;
}

static bool put_group(FILE *file, const struct group *group, uint64_t *bytes)
{
    char head[RUN_HEAD];
    const uint16_t lengths[2] = {(uint16_t)group->head.length, (uint16_t)group->tail.length};
    memcpy(mempcpy(head, &group->records, sizeof group->records), lengths, sizeof lengths);
    *bytes += RUN_HEAD + group->head.length + group->tail.length;
    return fwrite(head, 1, RUN_HEAD, file) == RUN_HEAD &&
           fwrite(group->head.at, 1, group->head.length, file) == group->head.length &&
           fwrite(group->tail.at, 1, group->tail.length, file) == group->tail.length;
}

static void add_run(struct group_runs *runs, uint64_t at, uint64_t bytes)
{
    if (runs->runs == NULL)
        runs->runs = cte_zalloc(MOST_RUNS + 1, sizeof *runs->runs);
    runs->runs[runs->count++] = (struct group_run){.at = at, .left = bytes};
}

/* Makes sure that a group, or all that is left, is in the buffer of a run. */
static int fill_run(struct group_runs *runs, struct group_run *run, struct cte_error *error)
{
    if (run->buffer == NULL)
        run->buffer = cte_alloc(RUN_BUFFER);
    if (run->filled - run->used >= RUN_HEAD + 2 * (size_t)GROUP_MOST_PART || run->left == 0)
        return CTE_OK;
    memmove(run->buffer, run->buffer + run->used, run->filled - run->used);
    run->filled -= run->used;
    run->used = 0;
    while (run->filled < RUN_BUFFER && run->left > 0) {
        const size_t room = RUN_BUFFER - run->filled,
                     wanted = run->left < room ? (size_t)run->left : room;
        const ssize_t got =
            pread(fileno(runs->file), run->buffer + run->filled, wanted, (off_t)run->at);
        if (got <= 0) {
            errno = got == 0 ? EIO : errno;
            return fail_file(runs, "read", error);
        }
        run->filled += (size_t)got;
        run->at += (uint64_t)got;
        run->left -= (uint64_t)got;
    }
    return CTE_OK;
}

/* Takes the next group of a run. */
static int advance_run(struct group_runs *runs, struct group_run *run, struct cte_error *error)
{
    if (fill_run(runs, run, error) != CTE_OK)
        return error->status;
    run->is_done = run->used == run->filled;
    if (run->is_done)
        return CTE_OK;
    const char *at = run->buffer + run->used;
    uint16_t lengths[2];
    memcpy(&run->group.records, at, sizeof run->group.records);
    memcpy(lengths, at + sizeof run->group.records, sizeof lengths);
    run->group.head = (struct slice){at + RUN_HEAD, lengths[0]};
    run->group.tail = (struct slice){at + RUN_HEAD + lengths[0], lengths[1]};
    run->used += RUN_HEAD + (size_t)lengths[0] + lengths[1];
    return CTE_OK;
}

/* The parts of the group are copied, for its runs go on. */
bool group_runs_next(struct group_runs *runs, struct group *group, struct cte_error *error)
{
    const struct group_run *first = NULL;
    for (size_t i = 0; i < runs->count; i++) {
        const struct group_run *run = &runs->runs[i];
        if (!run->is_done && (first == NULL || group_compare(&run->group, &first->group) < 0))
            first = run;
    }
    if (first == NULL)
        return false;
    text_clear(&runs->head);
    text_clear(&runs->tail);
    text_put(&runs->head, first->group.head.at, first->group.head.length);
    text_put(&runs->tail, first->group.tail.at, first->group.tail.length);
    *group = (struct group){
        {runs->head.bytes, runs->head.length}, {runs->tail.bytes, runs->tail.length}, 0};
    for (size_t i = 0; i < runs->count; i++) {
        struct group_run *run = &runs->runs[i];
        if (run->is_done || group_compare(&run->group, group) != 0)
            continue;
        group->records += run->group.records;
        if (advance_run(runs, run, error) != CTE_OK)
            return false;
    }
    return true;
}

static void forget_runs(struct group_runs *runs)
{
    for (size_t i = 0; i < runs->count; i++)
        free(runs->runs[i].buffer);
    free(runs->runs);
    runs->runs = NULL;
    runs->count = 0;
}

int group_runs_open(struct group_runs *runs, struct cte_error *error)
{
    if (fflush(runs->file) != 0)
        return fail_file(runs, "write", error);
    for (size_t i = 0; i < runs->count && error->status == CTE_OK; i++)
        advance_run(runs, &runs->runs[i], error);
    return error->status;
}

/* Makes one run of all. */
static int join_runs(struct group_runs *runs, struct cte_error *error)
{
    FILE *old = runs->file;
    struct group group;
    uint64_t bytes = 0;
    bool is_written = true;
    if (group_runs_open(runs, error) != CTE_OK)
        return error->status;
    if (open_file(runs, error) != CTE_OK) {
        runs->file = old;
        return error->status;
    }
    FILE *joined = runs->file;
    runs->file = old;
    while (is_written && group_runs_next(runs, &group, error))
        is_written = put_group(joined, &group, &bytes);
    runs->file = joined;
    fclose(old); /* it was only read, and has no name */
    forget_runs(runs);
    if (!is_written)
        return fail_file(runs, "write", error);
    add_run(runs, 0, bytes);
    runs->bytes = bytes;
    return error->status;
}

int group_runs_begin(struct group_runs *runs, struct cte_error *error)
{
    if (runs->file == NULL && open_file(runs, error) != CTE_OK)
        return error->status;
    if (runs->count == MOST_RUNS && join_runs(runs, error) != CTE_OK)
        return error->status;
    add_run(runs, runs->bytes, 0);
    return CTE_OK;
}

int group_runs_put(struct group_runs *runs, const struct group *group, struct cte_error *error)
{
    struct group_run *run = &runs->runs[runs->count - 1];
    uint64_t bytes = 0;
    if (!put_group(runs->file, group, &bytes))
        return fail_file(runs, "write", error);
    run->left += bytes;
    runs->bytes += bytes;
    return CTE_OK;
}

void group_runs_free(struct group_runs *runs)
{
    forget_runs(runs);
    text_free(&runs->head);
    text_free(&runs->tail);
    if (runs->file != NULL)
        fclose(runs->file); /* what it held was told as it was written and read */
    *runs = (struct group_runs){.folder = runs->folder};
}
