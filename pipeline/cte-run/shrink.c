/* Whether this run holds fewer records than the last published one, by LEA, academic year and
 * record type. A file of CALPADS replaces what was there for them, so what it lacks is erased. */
#include "pipeline/cte-run/past.h"
#include "pipeline/cte-run/kept_accounts.h"
#include "pipeline/cte-run/log.h"
#include "codetables/base/memory.h"
#include "codetables/base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_RUNS = 60, MOST_NAMED = 12 };

/* Records of one type, LEA, year and school, now and in the run they are compared with. */
struct school_count {
    const char *parts[4]; /* type, LEA, year, school */
    uint64_t now, before;
    bool is_moved_on; /* there are none now, because the source they came from holds another year */
};

struct group_count {
    const char *parts[3];           /* type, LEA and year of its schools */
    size_t first, end;              /* its schools */
    uint64_t now, before, vanished; /* vanished: records of schools that have none now */
    bool is_moved_on;               /* all that is gone, is so for this reason */
    char *run;                      /* the run it is compared with, or NULL */
};

struct comparison {
    struct school_count *schools;
    size_t school_count, school_room;
    struct arena texts;
    struct group_count *groups;
    size_t group_count;
};

static int compare_parts(const char *const *a, const char *const *b, size_t count)
{
    int order = 0;
    for (size_t i = 0; i < count && order == 0; i++)
        order = strcmp(a[i], b[i]);
    return order;
}

static int compare_schools(const void *a, const void *b)
{
    return compare_parts(((const struct school_count *)a)->parts,
                         ((const struct school_count *)b)->parts, 4);
}

/* The texts are kept: an account may be gone before the comparison is done. */
static void add_school(struct comparison *comparison, const struct fact_school *school,
                       uint64_t now, uint64_t before)
{
    const char *const parts[] = {school->type, school->lea, school->year, school->school};
    GROW(comparison->schools, comparison->school_count, comparison->school_room);
    struct school_count *count = &comparison->schools[comparison->school_count++];
    *count = (struct school_count){.now = now, .before = before};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        count->parts[i] = arena_string(&comparison->texts, parts[i]);
}

/* Sorts, and makes one of those that are alike; then finds the groups. */
static void arrange(struct comparison *comparison)
{
    if (comparison->school_count > 0)
        qsort(comparison->schools, comparison->school_count, sizeof *comparison->schools,
              compare_schools);
    size_t kept = 0;
    for (size_t i = 0; i < comparison->school_count; i++) {
        struct school_count *school = &comparison->schools[i],
                            *last = kept > 0 ? &comparison->schools[kept - 1] : NULL;
        if (last != NULL && compare_schools(last, school) == 0) {
            last->now += school->now;
            last->before += school->before;
            last->is_moved_on = last->is_moved_on && school->is_moved_on;
        } else {
            comparison->schools[kept++] = *school;
        }
    }
    comparison->school_count = kept;
    struct group_count *old = comparison->groups;
    size_t old_count = comparison->group_count;
    comparison->groups = cte_zalloc(kept + 1, sizeof *comparison->groups);
    comparison->group_count = 0;
    for (size_t i = 0, o = 0; i < kept; i++) {
        const struct school_count *school = &comparison->schools[i];
        struct group_count *group =
            comparison->group_count > 0 ? &comparison->groups[comparison->group_count - 1] : NULL;
        if (group == NULL || compare_parts(group->parts, school->parts, 3) != 0) {
            group = &comparison->groups[comparison->group_count++];
            *group = (struct group_count){
                .parts = {school->parts[0], school->parts[1], school->parts[2]},
                .first = i,
                .is_moved_on = true};
            /* Groups are never fewer than before, and in the same order. */
            for (; o < old_count && compare_parts(old[o].parts, school->parts, 3) < 0; o++)
                continue;
            if (o < old_count && compare_parts(old[o].parts, school->parts, 3) == 0)
                group->run = old[o].run;
        }
        group->end = i + 1;
        group->now += school->now;
        group->before += school->before;
        group->vanished += school->now == 0 ? school->before : 0;
        group->is_moved_on = group->is_moved_on && school->is_moved_on;
    }
    free(old);
}

static struct group_count *find_group(const struct comparison *comparison, const char *const *parts)
{
    size_t low = 0, high = comparison->group_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = compare_parts(comparison->groups[middle].parts, parts, 3);
        if (order == 0)
            return &comparison->groups[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* What a run wrote for a school, each record once. */
static uint64_t written_once(const struct fact_school *school)
{
    return school->written >= school->again ? school->written - school->again : 0;
}

static void gather_now(struct comparison *comparison, const struct run *run)
{
    for (size_t s = 0; s < run->source_count; s++) {
        const struct run_source *source = &run->sources[s];
        if (source->status > CTE_SOME_LEFT)
            continue;
        const struct account *account = kept_account(run, s, KEPT(FACT_SCHOOL));
        for (const struct fact_school *school = account_first(account, FACT_SCHOOL); school != NULL;
             school = account_next(account, FACT_SCHOOL, school)) {
            if (school->type[0] != '\0')
                add_school(comparison, school, written_once(school), 0);
        }
    }
    arrange(comparison);
}

/* Whether a source holds records of this type, LEA and year. */
static bool has_year(const struct account *account, const struct fact_school *wanted)
{
    bool has = false;
    for (const struct fact_school *school = account_first(account, FACT_SCHOOL);
         school != NULL && !has; school = account_next(account, FACT_SCHOOL, school))
        has = strcmp(school->type, wanted->type) == 0 && strcmp(school->lea, wanted->lea) == 0 &&
              strcmp(school->year, wanted->year) == 0;
    return has;
}

/* Whether the source of the same name now holds a year of this type and LEA that it did not hold
 * then: so a file goes on from year to year, while one that was refused, or is not there, has lost
 * what it held. */
static bool is_moved_on(const struct run *run, const struct manifest_source *then,
                        const struct fact_school *gone)
{
    for (size_t s = 0; s < run->source_count; s++) {
        const struct run_source *source = &run->sources[s];
        if (source->status > CTE_SOME_LEFT || strcmp(source->name, then->name) != 0)
            continue;
        const struct account *account = kept_account(run, s, KEPT(FACT_SCHOOL));
        for (const struct fact_school *school = account_first(account, FACT_SCHOOL); school != NULL;
             school = account_next(account, FACT_SCHOOL, school)) {
            if (strcmp(school->type, gone->type) == 0 && strcmp(school->lea, gone->lea) == 0 &&
                !has_year(then->account, school))
                return true;
        }
    }
    return false;
}

/* A run that was published before, while it is compared with. */
struct comparing {
    struct comparison *comparison;
    const struct run *run;
    const struct past_run *past;
    bool *found; /* of each group: that run knows it */
};

/* Adds what a source of that run wrote for a school, where no later run knows its group. */
static void add_past_school(const struct comparing *comparing, const struct manifest_source *source,
                            const struct fact_school *school)
{
    struct comparison *comparison = comparing->comparison;
    const struct group_count *group =
        find_group(comparison, (const char *const[]){school->type, school->lea, school->year});
    const uint64_t written = written_once(school);
    const bool is_gone =
        group == NULL && comparing->past->is_current && school->type[0] != '\0' && written > 0;
    if (!is_gone && (group == NULL || group->run != NULL))
        return;
    if (!is_gone)
        comparing->found[group - comparison->groups] = true;
    add_school(comparison, school, 0, written);
    comparison->schools[comparison->school_count - 1].is_moved_on =
        is_gone && is_moved_on(comparing->run, source, school);
}

/* Adds what a run that was published wrote of the groups that no later run knows; of the current
 * run also of those that this run has nothing of at all. */
static void gather_before(struct comparison *comparison, const struct run *run,
                          const struct past_run *past)
{
    struct cte_error ignored = {0};
    struct manifest manifest;
    const size_t known = comparison->school_count;
    const struct comparing comparing = {comparison, run, past,
                                        cte_zalloc(comparison->group_count + 1, sizeof(bool))};
    manifest_read(past->folder, MANIFEST_WHOLE, &manifest, &ignored);
    for (size_t i = 0; i < manifest.source_count && !manifest.is_beside; i++) {
        const struct manifest_source *source = &manifest.sources[i];
        for (const struct fact_school *school = account_first(source->account, FACT_SCHOOL);
             school != NULL; school = account_next(source->account, FACT_SCHOOL, school))
            add_past_school(&comparing, source, school);
    }
    manifest_free(&manifest);
    for (size_t i = 0; i < comparison->group_count; i++) {
        if (comparing.found[i])
            comparison->groups[i].run = past->id;
    }
    free(comparing.found);
    if (comparison->school_count > known)
        arrange(comparison);
    for (size_t i = 0; i < comparison->group_count; i++) {
        if (comparison->groups[i].now == 0 && comparison->groups[i].run == NULL &&
            comparison->groups[i].before > 0)
            comparison->groups[i].run = past->id;
    }
}

/* How many records fewer are no matter: a number, or a share of what was there. */
static double allowed(const struct run *run, uint64_t before)
{
    if (run->policy.max_shrink == NULL)
        return 0;
    char *end;
    double number = strtod(run->policy.max_shrink, &end);
    return *end == '%' ? (double)before * number / 100 : number;
}

/* "9900001 18 (22), 9900002 0 (21)": the schools that hold fewer now. To be freed. */
static char *name_schools(const struct comparison *comparison, const struct group_count *group)
{
    struct text text = {0};
    size_t named = 0, left = 0;
    for (size_t i = group->first; i < group->end; i++) {
        const struct school_count *school = &comparison->schools[i];
        if (school->now >= school->before)
            continue;
        if (named == MOST_NAMED) {
            left++;
            continue;
        }
        text_format(&text, "%s%s %" PRIu64 " (%" PRIu64 " before)", named > 0 ? ", " : "",
                    school->parts[3], school->now, school->before);
        named++;
    }
    if (left > 0)
        text_format(&text, " and %zu schools more", left);
    return text_take(&text);
}

static void mark_sources(struct run *run)
{
    const struct results *results = &run->results;
    for (size_t s = 0; s < run->source_count && results->shrunk_count > 0; s++) {
        const struct account *account = kept_account(run, s, KEPT(FACT_SCHOOL));
        for (size_t i = 0; i < results->shrunk_count; i++) {
            const struct fact_school wanted = {.type = results->shrunk[i].type,
                                               .lea = results->shrunk[i].lea,
                                               .year = results->shrunk[i].year};
            run->sources[s].shrunk = run->sources[s].shrunk || has_year(account, &wanted);
        }
    }
}

/* Compares with the runs there are, the current one first: it is the last published one, whatever
 * the clock said. */
static void compare_with_runs(struct comparison *comparison, struct run *run)
{
    const struct past_runs *past = run->earlier.runs;
    size_t looked = 0;
    const struct past_run *runs = past->runs;
    run->earlier.is_blind = past->current == CURRENT_ASTRAY;
    if (run->earlier.is_blind)
        log_say(run, "warning", "not-compared", NULL,
                "%s/current leads to no run of this folder that can be read, so it cannot be told "
                "whether this run holds fewer records "
                "than the last; it is compared with the runs that are there",
                run->place.out_shown);
    for (size_t current = 0; current < 2; current++) {
        for (size_t i = 0; i < past->count && looked < MOST_RUNS; i++) {
            if (runs[i].is_current != (current == 0))
                continue;
            looked++;
            gather_before(comparison, run, &runs[i]);
        }
    }
    for (size_t i = 0; i < comparison->group_count; i++) {
        const struct group_count *group = &comparison->groups[i];
        uint64_t lost = group->now < group->before ? group->before - group->now : 0;
        /* a school with none is not made up for by another */
        lost = group->vanished > lost ? group->vanished : lost;
        if (group->run == NULL || lost == 0 || (double)lost <= allowed(run, group->before))
            continue;
        char *schools = name_schools(comparison, group);
        run->results.shrunk = cte_realloc(run->results.shrunk, (run->results.shrunk_count + 1) *
                                                                   sizeof *run->results.shrunk);
        run->results.shrunk[run->results.shrunk_count++] =
            (struct shrunk){.type = arena_string(&run->memory, group->parts[0]),
                            .lea = arena_string(&run->memory, group->parts[1]),
                            .year = arena_string(&run->memory, group->parts[2]),
                            .now = group->now,
                            .before = group->before,
                            .run = arena_string(&run->memory, group->run),
                            .schools = arena_take(&run->memory, schools),
                            .is_moved_on = group->is_moved_on};
    }
    mark_sources(run);
}

void compare_with_last(struct run *run)
{
    struct comparison comparison = {0};
    gather_now(&comparison, run);
    if (comparison.school_count > 0) /* else nothing could take the place of anything */
        compare_with_runs(&comparison, run);
    free(comparison.schools);
    free(comparison.groups);
    arena_free(&comparison.texts);
}
