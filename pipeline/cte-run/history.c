/* The chain of the runs of an output folder: each knows the one before it and the hash of its
 * manifest. So a run that was altered, taken out or put in later is found by those that came after
 * it.
 *
 * Each manifest holds how many lines the record of removed runs had and their hash, so that a line
 * altered or put in later is found like a run. */
#include "pipeline/cte-run/pruned_record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codetables/base/shown.h"
#include "codetables/base/memory.h"
#include "codetables/base/digest.h"

/* A run of the chain, there or removed. */
struct link {
    const char *id, *sha256, *before_id, *before_sha256;
    const struct past_run *run; /* NULL: it was removed */
    bool is_named;              /* another has it as the run before it */
    bool is_walked;
};

struct chain {
    /* those that are there, the newest first; then the removed, the last first */
    struct link *links;
    struct link **by_id, **by_before; /* the same, sorted */
    size_t count;
};

static int compare_texts(const char *a, const char *b)
{
    return a == NULL || b == NULL ? (a != NULL) - (b != NULL) : strcmp(a, b);
}

/* Of one name and hash, the one that is there comes first: it was noted, but its removal came to
 * nothing. */
static int compare_ids(const void *a, const void *b)
{
    const struct link *x = *(struct link *const *)a, *y = *(struct link *const *)b;
    int order = strcmp(x->id, y->id);
    order = order != 0 ? order : strcmp(x->sha256, y->sha256);
    return order != 0 ? order : (x > y) - (x < y);
}

static int compare_before(const void *a, const void *b)
{
    const struct link *x = *(struct link *const *)a, *y = *(struct link *const *)b;
    const int order = compare_texts(x->before_id, y->before_id);
    return order != 0 ? order : (x > y) - (x < y);
}

/* The first place in by_id that is not before this name and hash. */
static size_t find_id(const struct chain *chain, const char *id, const char *sha256)
{
    size_t low = 0, high = chain->count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        const struct link *link = chain->by_id[middle];
        const int order = strcmp(link->id, id);
        if (order < 0 || (order == 0 && strcmp(link->sha256, sha256) < 0))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The same in by_before, by the name of the run before. */
static size_t find_after(const struct chain *chain, const char *id)
{
    size_t low = 0, high = chain->count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (compare_texts(chain->by_before[middle]->before_id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The run before another: of its hash, or else one of its name; NULL: there is none. */
static struct link *find_before(const struct chain *chain, const struct link *link)
{
    if (link->before_id == NULL)
        return NULL;
    const size_t exact = find_id(chain, link->before_id, link->before_sha256),
                 any = find_id(chain, link->before_id, "");
    struct link *found = exact < chain->count ? chain->by_id[exact] : NULL;
    if (found != NULL && strcmp(found->id, link->before_id) == 0 &&
        strcmp(found->sha256, link->before_sha256) == 0)
        return found;
    found = any < chain->count ? chain->by_id[any] : NULL;
    return found != NULL && strcmp(found->id, link->before_id) == 0 ? found : NULL;
}

static struct chain make_chain(const struct past_runs *past, const struct record *record)
{
    const size_t most = past->count + record->count;
    struct chain chain = {cte_zalloc(most + 1, sizeof *chain.links),
                          cte_zalloc(most + 1, sizeof *chain.by_id),
                          cte_zalloc(most + 1, sizeof *chain.by_before), 0};
    size_t count = 0;
    for (size_t i = 0; i < past->count; i++) {
        const struct past_run *run = &past->runs[i];
        chain.links[count++] = (struct link){
            run->shown, run->sha256, run->before_id, run->before_sha256, run, false, false};
    }
    for (size_t i = record->count; i > 0; i--) {
        char *const *fields = record->lines[i - 1].fields;
        const bool has_before = strcmp(fields[2], "-") != 0;
        chain.links[count++] = (struct link){fields[0],
                                             fields[1],
                                             has_before ? fields[2] : NULL,
                                             has_before ? fields[3] : NULL,
                                             NULL,
                                             false,
                                             false};
    }
    for (size_t i = 0; i < count; i++)
        chain.by_id[i] = &chain.links[i];
    qsort(chain.by_id, count, sizeof(struct link *), compare_ids);
    for (size_t i = 0; i < count; i++) {
        struct link *link = chain.by_id[i],
                    *last = chain.count > 0 ? chain.by_id[chain.count - 1] : NULL;
        if (last == NULL || strcmp(last->id, link->id) != 0 ||
            strcmp(last->sha256, link->sha256) != 0)
            chain.by_id[chain.count++] = link;
    }
    memcpy(chain.by_before, chain.by_id, chain.count * sizeof(struct link *));
    qsort(chain.by_before, chain.count, sizeof(struct link *), compare_before);
    for (size_t i = 0; i < chain.count; i++) {
        struct link *before = find_before(&chain, chain.by_id[i]);
        if (before != NULL && strcmp(before->sha256, chain.by_id[i]->before_sha256) == 0)
            before->is_named = true;
    }
    return chain;
}

static void free_chain(struct chain *chain)
{
    free(chain->links);
    free(chain->by_id);
    free(chain->by_before);
}

/* The run that no other names. Runs from before there was a chain are named by none; where there
 * are others, it is one of these. */
static const struct link *last_of(const struct chain *chain)
{
    const struct link *last = NULL;
    for (size_t i = 0; i < chain->count; i++) {
        const struct link *link = chain->by_id[i];
        const bool has_before = link->before_id != NULL,
                   had_before = last != NULL && last->before_id != NULL;
        if (!link->is_named &&
            (last == NULL || has_before > had_before || (has_before == had_before && link < last)))
            last = link;
    }
    return last;
}

int note_before(struct run *run)
{
    struct record record;
    if (load_record(run->request.out, &record, &run->error) == CTE_OK) {
        struct chain chain = make_chain(run->earlier.runs, &record);
        const struct link *last = last_of(&chain);
        if (run->earlier.before == NULL)
            run->earlier.before = cte_zalloc(1, sizeof *run->earlier.before);
        if (last != NULL) {
            run->earlier.before->id = arena_string(&run->memory, last->id);
            run->earlier.before->sha256 = arena_string(&run->memory, last->sha256);
        }
        run->earlier.before->pruned = record.count;
        if (record.count > 0)
            memcpy(run->earlier.before->pruned_sha256, record.lines[record.count - 1].sha256,
                   sizeof run->earlier.before->pruned_sha256);
        free_chain(&chain);
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

/* Where more is broken, the first of it says enough. */
enum { MOST_TOLD = 100 };

struct walking {
    const struct program *program;
    const struct record *record;
    const struct chain *chain;
    unsigned wrong, before, removed;
};

static void tell_break(struct walking *walking, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
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
    if (run == NULL || run->pruned_sha256 == NULL)
        return;
    if (run->pruned == 0 || run->pruned > walking->record->count ||
        strcmp(walking->record->lines[run->pruned - 1].sha256, run->pruned_sha256) != 0)
        tell_break(
            walking,
            "pruned.txt is not what it was when run %s was made: lines were altered or taken out",
            run->shown);
}

/* Those that came after it knew its manifest, and are one. */
static void check_after(struct walking *walking, const struct link *link)
{
    const struct chain *chain = walking->chain;
    const struct link *after = NULL;
    for (size_t i = find_after(chain, link->id);
         i < chain->count && strcmp(chain->by_before[i]->before_id, link->id) == 0; i++) {
        if (walking->wrong >= MOST_TOLD)
            return;
        const struct link *other = chain->by_before[i];
        if (strcmp(other->before_sha256, link->sha256) != 0)
            tell_break(walking,
                       "run %s came after run %s, and knew another manifest of it; one of them was "
                       "altered",
                       other->id, link->id);
        else if (after != NULL)
            tell_break(
                walking,
                "runs %s and %s name one run as the one before them; one was put there later",
                after->id, other->id);
        after = other;
    }
}

static void walk_chain(struct walking *walking, struct link *link)
{
    while (link != NULL && walking->wrong < MOST_TOLD) {
        if (link->is_walked) {
            tell_break(walking, "run %s is named as one of those before itself", link->id);
            return;
        }
        link->is_walked = true;
        check_after(walking, link);
        check_seal(walking, link->run);
        if (link->before_id == NULL)
            return;
        struct link *before = find_before(walking->chain, link);
        if (before == NULL)
            tell_break(
                walking,
                "run %s came before run %s, and is missing; no record says that it was removed",
                link->before_id, link->id);
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
            printf("%s: is not among the runs of an output folder, so the runs before and after it "
                   "are not looked at\n",
                   shown);
    } else if (stat(folder, &about) != 0) {
        cte_fail(&error, CTE_NO_INPUT, "%s: %s", shown, strerror(errno));
    } else if (find_runs(out, &past, &error) == CTE_OK &&
               load_record(out, &record, &error) == CTE_OK) {
        struct chain chain = make_chain(&past, &record);
        walking.chain = &chain;
        for (size_t i = 0; i < past.count; i++) {
            if (past.runs[i].device == about.st_dev && past.runs[i].inode == about.st_ino)
                walk_chain(&walking, &chain.links[i]);
        }
        if (!quiet && walking.wrong == 0)
            printf("%s: %u runs before it in one chain, %u of them removed by --prune\n", shown,
                   walking.before, walking.removed);
        free_chain(&chain);
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
