#include "pipeline/cte-run/pruned_record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codetables/base/digest.h"
#include "codetables/base/memory.h"
#include "codetables/base/output.h"
#include "codetables/base/shown.h"

enum { MOST_RECORD = 16 << 20 }; /* a hundred thousand runs */

static int take_lines(struct record *record, const char *shown, struct cte_error *error)
{
    struct digest digest = {0};
    digest_begin(&digest);
    for (char *line = record->copy, *end;
         line < record->copy + record->length && error->status == CTE_OK; line = end + 1) {
        struct pruned_run run;
        end = memchr(line, '\n', record->length - (size_t)(line - record->copy));
        digest_add(&digest, line, (size_t)(end - line) + 1);
        digest_peek(&digest, run.sha256);
        *end = '\0';
        char *rest = line;
        for (size_t i = 0; i < 5; i++)
            run.fields[i] = rest != NULL ? strsep(&rest, "\t") : NULL;
        if (run.fields[4] == NULL || rest != NULL)
            cte_fail(error, CTE_BAD_INPUT,
                     "%s:%zu: is no line of a removed run; the record was altered; put back what a "
                     "backup has of it",
                     shown, record->count + 1);
        record->lines = cte_realloc(record->lines, (record->count + 1) * sizeof *record->lines);
        record->lines[record->count++] = run;
    }
    digest_drop(&digest);
    return error->status;
}

/* A last line without its end was never written whole: its run was not removed. */
static int read_record(int fd, const char *shown, struct record *record, struct cte_error *error)
{
    size_t room = 1 << 16, size = 0;
    ssize_t got = 1;
    record->text = cte_alloc(room);
    while (got > 0 && size <= MOST_RECORD) {
        if (size == room)
            record->text = cte_realloc(record->text, room *= 2);
        got = pread(fd, record->text + size, room - size, (off_t)size);
        size += got > 0 ? (size_t)got : 0;
        got = got < 0 && errno == EINTR ? 1 : got;
    }
    if (got < 0 || size > MOST_RECORD)
        return cte_fail(error, CTE_IO, "%s: cannot be read: %s", shown,
                        got < 0 ? strerror(errno) : "it is too large");
    while (size > 0 && record->text[size - 1] != '\n')
        size--;
    record->length = size;
    record->copy = cte_alloc(size + 1);
    memcpy(record->copy, record->text, size);
    record->copy[size] = '\0';
    return take_lines(record, shown, error);
}

void free_record(struct record *record)
{
    free(record->text);
    free(record->copy);
    free(record->lines);
}

int load_record(const char *out, struct record *record, struct cte_error *error)
{
    char *path = cte_format("%s/pruned.txt", out), *shown = path_shown(path);
    *record = (struct record){0};
    if (access(path, F_OK) == 0 || errno != ENOENT) {
        int fd = open_own_file(path, O_RDONLY, "the record of removed runs", error);
        if (fd >= 0) {
            read_record(fd, shown, record, error);
            close(fd);
        }
    }
    free(path);
    free(shown);
    return error->status;
}

static const char *or_none(const char *text)
{
    return text != NULL ? text : "-";
}

int record_pruned(const char *out, const struct past_run *run, const char *when, bool *is_full,
                  struct cte_error *error)
{
    char *path = cte_format("%s/pruned.txt", out), *shown = path_shown(path);
    char *before = path_shown(or_none(run->before_id)),
         *before_sha256 = path_shown(or_none(run->before_sha256));
    char *line =
        cte_format("%s\t%s\t%s\t%s\t%s\n", run->shown, run->sha256, before, before_sha256, when);
    const size_t length = strlen(line);
    struct record record = {0};
    int fd = open_own_file(path, O_RDWR | O_CREAT, "the record of removed runs", error);
    if (fd >= 0 && read_record(fd, shown, &record, error) == CTE_OK) {
        const ssize_t put = ftruncate(fd, (off_t)record.length) == 0
                                ? pwrite(fd, line, length, (off_t)record.length)
                                : -1;
        const int why = put == (ssize_t)length ? (fsync(fd) == 0 ? 0 : errno)
                        : put < 0              ? errno
                                               : ENOSPC;
        *is_full = why == ENOSPC || why == EDQUOT;
        if (why != 0)
            cte_fail(error, CTE_IO, "%s: cannot note there that run %s is removed: %s", shown,
                     run->shown, strerror(why));
        else
            sync_folder(out, error);
    }
    if (fd >= 0 && close(fd) != 0)
        cte_fail(error, CTE_IO, "%s: cannot be written: %s", shown, strerror(errno));
    char *const texts[] = {path, shown, before, before_sha256, line};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free(texts[i]);
    free_record(&record);
    return error->status;
}
