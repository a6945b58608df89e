/* The chain of the runs of an output folder: each knows the one before it and the hash of its manifest. So a run that was altered,
 * taken out or put in later is found by those that came after it.
 *
 * Runs that --prune removes are noted in OUT/pruned.txt before they go: a line each of run, hash of its manifest, the run before it, its
 * hash, and when; by tabs, "-" where there is none. Lines are only ever added. Each manifest holds how many there were and their hash, so
 * that a line altered or put in later is found like a run. */
#include "pipeline/cte-run/past.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipeline/shown.h"

/* A line of the record. */
struct pruned_run {
    char *fields[5]; /* run, hash, the run before, its hash, when */
    size_t end;      /* where the line ends in the record */
};

struct record {
    char *text, *copy; /* the copy is taken apart */
    size_t length;     /* of its whole lines */
    struct pruned_run *lines;
    size_t count;
};

enum { MOST_RECORD = 64 << 20 };

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
        return cte_fail(error, CTE_IO, "%s: cannot be read: %s", shown, got < 0 ? strerror(errno) : "it is too large");
    while (size > 0 && record->text[size - 1] != '\n')
        size--;
    record->length = size;
    record->copy = cte_alloc(size + 1);
    memcpy(record->copy, record->text, size);
    record->copy[size] = '\0';
    for (char *line = record->copy, *end; line < record->copy + size; line = end + 1) {
        end = memchr(line, '\n', size - (size_t)(line - record->copy));
        *end = '\0';
        struct pruned_run run = {.end = (size_t)(end - record->copy) + 1};
        char *rest = line;
        for (size_t i = 0; i < 5; i++) {
            run.fields[i] = strsep(&rest, "\t");
            if (run.fields[i] == NULL)
                return cte_fail(error, CTE_BAD_INPUT, "%s:%zu: is no line of a removed run; the record was altered", shown,
                                record->count + 1);
        }
        record->lines = cte_realloc(record->lines, (record->count + 1) * sizeof *record->lines);
        record->lines[record->count++] = run;
    }
    return CTE_OK;
}

static void free_record(struct record *record)
{
    free(record->text);
    free(record->copy);
    free(record->lines);
}

/* The record of an output folder; an empty one where there is none. */
static int load_record(const char *out, struct record *record, struct cte_error *error)
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

int record_pruned(const char *out, const struct past_run *run, const char *when, struct cte_error *error)
{
    char *path = cte_format("%s/pruned.txt", out), *shown = path_shown(path);
    char *before = path_shown(or_none(run->before_id)), *before_sha256 = path_shown(or_none(run->before_sha256));
    char *line = cte_format("%s\t%s\t%s\t%s\t%s\n", run->shown, run->sha256, before, before_sha256, when);
    const size_t length = strlen(line);
    struct record record = {0};
    int fd = open_own_file(path, O_RDWR | O_CREAT, "the record of removed runs", error);
    if (fd >= 0 && read_record(fd, shown, &record, error) == CTE_OK) {
        if (ftruncate(fd, (off_t)record.length) != 0 || pwrite(fd, line, length, (off_t)record.length) != (ssize_t)length ||
            fsync(fd) != 0)
            cte_fail(error, CTE_IO, "%s: cannot note there that %s is removed, so it stays: %s", shown, run->shown,
                     strerror(errno));
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

/* A run of the chain, there or removed. */
struct link {
    const char *id, *sha256, *before_id, *before_sha256;
    const struct past_run *run; /* NULL: it was removed */
};

struct chain {
    struct link *links; /* those that are there, the newest first; then the removed, the last first */
    size_t count;
};

static struct chain make_chain(const struct past_runs *past, const struct record *record)
{
    struct chain chain = {cte_zalloc(past->count + record->count + 1, sizeof *chain.links), 0};
    for (size_t i = 0; i < past->count; i++) {
        const struct past_run *run = &past->runs[i];
        chain.links[chain.count++] = (struct link){run->shown, run->sha256, run->before_id, run->before_sha256, run};
    }
    for (size_t i = record->count; i > 0; i--) {
        char *const *fields = record->lines[i - 1].fields;
        bool is_there = false; /* it was noted, but the removal came to nothing; or it was noted twice for that reason */
        for (size_t l = 0; l < chain.count && !is_there; l++)
            is_there = strcmp(chain.links[l].id, fields[0]) == 0 && strcmp(chain.links[l].sha256, fields[1]) == 0;
        const bool has_before = strcmp(fields[2], "-") != 0;
        if (!is_there)
            chain.links[chain.count++] = (struct link){fields[0], fields[1], has_before ? fields[2] : NULL,
                                                       has_before ? fields[3] : NULL, NULL};
    }
    return chain;
}

static bool follows(const struct link *link, const struct link *before)
{
    return link->before_id != NULL && strcmp(link->before_id, before->id) == 0 && strcmp(link->before_sha256, before->sha256) == 0;
}

/* The run that no other names. Runs from before there was a chain are named by none; where there are others, it is one of these. */
static const struct link *last_of(const struct chain *chain)
{
    const struct link *last = NULL;
    for (size_t i = 0; i < chain->count; i++) {
        const struct link *link = &chain->links[i];
        bool is_named = false;
        for (size_t l = 0; l < chain->count && !is_named; l++)
            is_named = follows(&chain->links[l], link);
        if (!is_named && (last == NULL || (last->before_id == NULL && link->before_id != NULL)))
            last = link;
    }
    return last;
}

static void seal_record(const struct record *record, size_t lines, char hex[65])
{
    sha256_hex(record->text, lines > 0 ? record->lines[lines - 1].end : 0, hex);
}

int note_before(struct run *run)
{
    struct record record;
    if (load_record(run->out, &record, &run->error) == CTE_OK) {
        struct chain chain = make_chain(run->past, &record);
        const struct link *last = last_of(&chain);
        if (run->before == NULL)
            run->before = cte_zalloc(1, sizeof *run->before);
        if (last != NULL) {
            run->before->id = cte_strdup(last->id);
            run->before->sha256 = cte_strdup(last->sha256);
        }
        run->before->pruned = record.count;
        seal_record(&record, record.count, run->before->pruned_sha256);
        free(chain.links);
    }
    free_record(&record);
    return run->error.status;
}

char *folder_of_runs(const char *folder)
{
    char *real = realpath(folder, NULL), *slash = real != NULL ? strrchr(real, '/') : NULL;
    if (slash != NULL) {
        *slash = '\0';
        slash = strrchr(real, '/');
    }
    if (slash != NULL && strcmp(slash, "/runs") == 0) {
        *(slash == real ? slash + 1 : slash) = '\0';
        return real;
    }
    free(real);
    return NULL;
}

struct walking {
    const struct program *program;
    const struct record *record;
    const struct chain *chain;
    unsigned wrong, before, removed;
};

static void tell_break(struct walking *walking, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void tell_break(struct walking *walking, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    char *shown = path_shown(text);
    program_say(walking->program, "the chain of runs is broken: %s", shown);
    free(shown);
    walking->wrong++;
}

/* What a run knows of the record must still stand there. */
static void check_seal(struct walking *walking, const struct past_run *run)
{
    char hex[65];
    if (run == NULL || run->pruned_sha256 == NULL)
        return;
    if (run->pruned <= walking->record->count)
        seal_record(walking->record, run->pruned, hex);
    if (run->pruned > walking->record->count || strcmp(hex, run->pruned_sha256) != 0)
        tell_break(walking, "pruned.txt is not what it was when run %s was made: lines were altered or taken out", run->shown);
}

/* Those that came after it knew its manifest, and are one. */
static void check_after(struct walking *walking, const struct link *link)
{
    const struct link *after = NULL;
    for (size_t i = 0; i < walking->chain->count; i++) {
        const struct link *other = &walking->chain->links[i];
        if (other == link || other->before_id == NULL || strcmp(other->before_id, link->id) != 0)
            continue;
        if (strcmp(other->before_sha256, link->sha256) != 0)
            tell_break(walking, "run %s came after run %s, and knew another manifest of it; one of them was altered", other->id, link->id);
        else if (after != NULL)
            tell_break(walking, "runs %s and %s name one run as the one before them; one was put there later", after->id, other->id);
        after = other;
    }
}

static const struct link *find_link(const struct chain *chain, const char *id)
{
    for (size_t i = 0; i < chain->count; i++) {
        if (strcmp(chain->links[i].id, id) == 0)
            return &chain->links[i];
    }
    return NULL;
}

static void walk_chain(struct walking *walking, const struct link *link)
{
    /* No more steps than there are runs: names may lead in a circle. */
    for (size_t steps = 0; link != NULL && steps < walking->chain->count; steps++) {
        check_after(walking, link);
        check_seal(walking, link->run);
        if (link->before_id == NULL)
            return;
        const struct link *before = find_link(walking->chain, link->before_id);
        if (before == NULL)
            tell_break(walking, "run %s came before run %s, and is missing; no record says that it was removed", link->before_id, link->id);
        walking->before += before != NULL;
        walking->removed += before != NULL && before->run == NULL;
        link = before;
    }
}

unsigned verify_history(const struct program *program, const char *folder, bool quiet)
{
    struct cte_error error = {0};
    struct past_runs past = {.folder = -1};
    struct record record = {0};
    struct walking walking = {.program = program, .record = &record};
    char *out = folder_of_runs(folder), *shown = path_shown(folder);
    struct stat about;
    if (out == NULL) {
        if (!quiet)
            printf("%s: is not among the runs of an output folder, so the runs before and after it are not looked at\n", shown);
    } else if (stat(folder, &about) != 0) {
        cte_fail(&error, CTE_NO_INPUT, "%s: %s", shown, strerror(errno));
    } else if (find_runs(out, &past, &error) == CTE_OK && load_record(out, &record, &error) == CTE_OK) {
        struct chain chain = make_chain(&past, &record);
        walking.chain = &chain;
        for (size_t i = 0; i < chain.count; i++) {
            const struct past_run *run = chain.links[i].run;
            if (run != NULL && run->device == about.st_dev && run->inode == about.st_ino)
                walk_chain(&walking, &chain.links[i]);
        }
        if (!quiet && walking.wrong == 0)
            printf("%s: %u runs before it in one chain, %u of them removed by --prune\n", shown, walking.before, walking.removed);
        free(chain.links);
    }
    if (error.status != CTE_OK) {
        program_say(program, "%s", error.text);
        walking.wrong++;
    }
    free_runs(&past);
    free_record(&record);
    free(out);
    free(shown);
    return walking.wrong;
}
