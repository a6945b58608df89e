/* Whether this run holds fewer records than the last published one, by LEA, academic year and
 * record type. A file of CALPADS replaces what was there for them, so what it lacks is erased. */
#include "pipeline/cte-run/past.h"
#include "pipeline/cte-run/log.h"
#include "codetables/base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_RUNS = 60, MOST_NAMED = 12 };

/* Records of one type, LEA, year and school, now and in the run they are compared with. */
struct school_count {
    const char *parts[4]; /* type, LEA, year, school */
    unsigned long long now, before;
    bool is_moved_on; /* there are none now, because the source they came from holds another year */
};

struct group_count {
    const char *parts[3];                     /* type, LEA and year of its schools */
    size_t first, end;                        /* its schools */
    unsigned long long now, before, vanished; /* vanished: records of schools that have none now */
    bool is_moved_on;                         /* all that is gone, is so for this reason */
    char *run;                                /* the run it is compared with, or NULL */
};

struct comparison {
    struct school_count *schools;
    size_t school_count;
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

static void add_school(struct comparison *comparison, const char *const *parts,
                       unsigned long long now, unsigned long long before)
{
    size_t n = comparison->school_count;
    if ((n & (n - 1)) == 0)
        comparison->schools =
            cte_realloc(comparison->schools, (n == 0 ? 1 : 2 * n) * sizeof *comparison->schools);
    comparison->schools[comparison->school_count++] =
        (struct school_count){{parts[0], parts[1], parts[2], parts[3]}, now, before, false};
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
static unsigned long long written_once(unsigned long long written, unsigned long long again)
{
    return written >= again ? written - again : 0;
}

static void gather_now(struct comparison *comparison, const struct run *run)
{
    for (size_t s = 0; s < run->source_count; s++) {
        const struct run_source *source = &run->sources[s];
        for (size_t i = 0; i < source->line_count && source->status <= CTE_SOME_LEFT; i++) {
            const struct summary_line *line = &source->lines[i];
            if (strcmp(line->word, "school") == 0 && line->fields[0][0] != '\0')
                add_school(comparison, (const char *const *)line->fields,
                           written_once(strtoull(line->fields[5], NULL, 10),
                                        strtoull(line->fields[6], NULL, 10)),
                           0);
        }
    }
    arrange(comparison);
}

static bool is_school_line(const struct summary_line *line, const char *type, const char *lea)
{
    return strcmp(line->word, "school") == 0 && strcmp(line->fields[0], type) == 0 &&
           strcmp(line->fields[1], lea) == 0;
}

/* Whether the source of a past run held records of this type, LEA and year. */
static bool had_year(xmlNodePtr source, const char *type, const char *lea, const char *year)
{
    bool had = false;
    for (xmlNodePtr node = first_element(source, "school"); node != NULL && !had;
         node = next_element(node, "school")) {
        char *values[] = {attribute_or(node, "type", ""), attribute_or(node, "lea", ""),
                          attribute_or(node, "year", "")};
        had = compare_parts((const char *const *)values, (const char *const[]){type, lea, year},
                            3) == 0;
        for (size_t i = 0; i < 3; i++)
            free(values[i]);
    }
    return had;
}

/* Whether the source of the same name now holds a year of this type and LEA that it did not hold
 * then: so a file goes on from year to year, while one that was refused, or is not there, has lost
 * what it held. */
static bool is_moved_on(const struct run *run, xmlNodePtr past_source, const char *type,
                        const char *lea)
{
    char *name = attribute_or(past_source, "name", "");
    bool moved = false;
    for (size_t s = 0; s < run->source_count; s++) {
        const struct run_source *source = &run->sources[s];
        for (size_t i = 0; i < source->line_count && source->status <= CTE_SOME_LEFT &&
                           strcmp(source->name, name) == 0;
             i++)
            moved = moved || (is_school_line(&source->lines[i], type, lea) &&
                              !had_year(past_source, type, lea, source->lines[i].fields[2]));
    }
    free(name);
    return moved;
}

/* Adds what a run that was published wrote of the groups that no later run knows; of the current
 * run also of those that this run has nothing of at all. */
static void gather_before(struct comparison *comparison, const struct run *run,
                          const struct past_run *past)
{
    struct cte_error ignored = {0};
    xmlDocPtr doc = open_manifest(past->folder, &ignored);
    xmlNodePtr root = doc != NULL ? xmlDocGetRootElement(doc) : NULL;
    char *beside = root != NULL ? attribute(root, "beside") : NULL;
    size_t known = comparison->school_count;
    bool *found = cte_zalloc(comparison->group_count + 1, sizeof *found);
    for (xmlNodePtr source = root != NULL && beside == NULL ? first_element(root, "source") : NULL;
         source != NULL; source = next_element(source, "source")) {
        for (xmlNodePtr node = first_element(source, "school"); node != NULL;
             node = next_element(node, "school")) {
            const char *const parts[4] = {
                attribute_or(node, "type", ""), attribute_or(node, "lea", ""),
                attribute_or(node, "year", ""), attribute_or(node, "school", "")};
            struct group_count *group = find_group(comparison, parts);
            unsigned long long written =
                written_once(attribute_count(node, "written"), attribute_count(node, "again"));
            bool is_gone = group == NULL && past->is_current && parts[0][0] != '\0' && written > 0;
            if (!is_gone && (group == NULL || group->run != NULL))
                continue;
            if (!is_gone)
                found[group - comparison->groups] = true;
            add_school(comparison, parts, 0, written);
            comparison->schools[comparison->school_count - 1].is_moved_on =
                is_gone && is_moved_on(run, source, parts[0], parts[1]);
        }
    }
    for (size_t i = 0; i < comparison->group_count; i++) {
        if (found[i])
            comparison->groups[i].run = past->id;
    }
    free(found);
    free(beside);
    if (doc != NULL)
        xmlFreeDoc(doc);
    if (comparison->school_count > known)
        arrange(comparison);
    for (size_t i = 0; i < comparison->group_count; i++) {
        if (comparison->groups[i].now == 0 && comparison->groups[i].run == NULL &&
            comparison->groups[i].before > 0)
            comparison->groups[i].run = past->id;
    }
}

/* How many records fewer are no matter: a number, or a share of what was there. */
static double allowed(const struct run *run, unsigned long long before)
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
    char *text = cte_strdup("");
    size_t named = 0, left = 0;
    for (size_t i = group->first; i < group->end; i++) {
        const struct school_count *school = &comparison->schools[i];
        if (school->now >= school->before)
            continue;
        if (named == MOST_NAMED) {
            left++;
            continue;
        }
        char *longer = cte_format("%s%s%s %llu (%llu before)", text, named > 0 ? ", " : "",
                                  school->parts[3], school->now, school->before);
        free(text);
        text = longer;
        named++;
    }
    if (left > 0) {
        char *longer = cte_format("%s and %zu schools more", text, left);
        free(text);
        text = longer;
    }
    return text;
}

static void mark_sources(struct run *run, const struct group_count *group)
{
    for (size_t s = 0; s < run->source_count; s++) {
        for (size_t i = 0; i < run->sources[s].line_count; i++) {
            const struct summary_line *line = &run->sources[s].lines[i];
            if (strcmp(line->word, "school") == 0 &&
                compare_parts((const char *const *)line->fields, group->parts, 3) == 0)
                run->sources[s].shrunk = true;
        }
    }
}

char *shrunk_text(const struct shrunk *shrunk)
{
    return cte_format("%s of LEA %s, %s: %llu records, where the last published run (%s) had %llu; "
                      "by school: %s; %s",
                      shrunk->type, shrunk->lea, shrunk->year, shrunk->now, shrunk->run,
                      shrunk->before, shrunk->schools,
                      shrunk->is_moved_on
                          ? "the source they came from holds another year now"
                          : "if that is not meant, find out which file lacks them before this is "
                            "sent; if it is, --shrink publish "
                            "makes the run current, and --max-shrink says how many may be missing");
}

void compare_with_last(struct run *run)
{
    struct comparison comparison = {NULL, 0, NULL, 0};
    const struct past_runs *past = run->past;
    gather_now(&comparison, run);
    if (comparison.school_count == 0)
        return; /* nothing was made that could take the place of anything */
    size_t looked = 0;
    const struct past_run *runs = past->runs;
    run->is_blind = past->current == CURRENT_ASTRAY;
    if (run->is_blind)
        log_say(run, "warning", "not-compared", NULL,
                "%s/current leads to no run of this folder that can be read, so it cannot be told "
                "whether this run holds fewer records "
                "than the last; it is compared with the runs that are there",
                run->out_shown);
    /* the current run is the last published one, whatever the clock said */
    for (size_t current = 0; current < 2; current++) {
        for (size_t i = 0; i < past->count && looked < MOST_RUNS; i++) {
            if (runs[i].is_current != (current == 0))
                continue;
            looked++;
            gather_before(&comparison, run, &runs[i]);
        }
    }
    for (size_t i = 0; i < comparison.group_count; i++) {
        const struct group_count *group = &comparison.groups[i];
        unsigned long long lost = group->now < group->before ? group->before - group->now : 0;
        /* a school with none is not made up for by another */
        lost = group->vanished > lost ? group->vanished : lost;
        if (group->run == NULL || lost == 0 || (double)lost <= allowed(run, group->before))
            continue;
        char *schools = name_schools(&comparison, group);
        run->shrunk = cte_realloc(run->shrunk, (run->shrunk_count + 1) * sizeof *run->shrunk);
        run->shrunk[run->shrunk_count++] = (struct shrunk){cte_strdup(group->parts[0]),
                                                           cte_strdup(group->parts[1]),
                                                           cte_strdup(group->parts[2]),
                                                           cte_strdup(group->run),
                                                           schools,
                                                           group->now,
                                                           group->before,
                                                           group->is_moved_on};
        mark_sources(run, group);
    }
    free(comparison.schools);
    free(comparison.groups);
}
