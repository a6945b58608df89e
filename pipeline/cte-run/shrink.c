/* Whether this run holds fewer records than the last published one, by LEA, academic year and record type. A file of CALPADS replaces
 * what was there for them, so what it lacks is erased. */
#include "pipeline/cte-run/past.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_RUNS = 60, MOST_NAMED = 12 };

/* Records of one type, LEA, year and school, now and in the run they are compared with. */
struct school_count {
    const char *parts[4]; /* type, LEA, year, school */
    unsigned long long now, before;
};

struct group_count {
    const char *parts[3]; /* type, LEA and year of its schools */
    size_t first, end;    /* its schools */
    unsigned long long now, before;
    char *run; /* the run it is compared with, or NULL */
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
    return compare_parts(((const struct school_count *)a)->parts, ((const struct school_count *)b)->parts, 4);
}

static void add_school(struct comparison *comparison, const char *const *parts, unsigned long long now, unsigned long long before)
{
    size_t n = comparison->school_count;
    if ((n & (n - 1)) == 0)
        comparison->schools = cte_realloc(comparison->schools, (n == 0 ? 1 : 2 * n) * sizeof *comparison->schools);
    comparison->schools[comparison->school_count++] = (struct school_count){{parts[0], parts[1], parts[2], parts[3]}, now, before};
}

/* Sorts, and makes one of those that are alike; then finds the groups. */
static void arrange(struct comparison *comparison)
{
    if (comparison->school_count > 0)
        qsort(comparison->schools, comparison->school_count, sizeof *comparison->schools, compare_schools);
    size_t kept = 0;
    for (size_t i = 0; i < comparison->school_count; i++) {
        struct school_count *school = &comparison->schools[i], *last = kept > 0 ? &comparison->schools[kept - 1] : NULL;
        if (last != NULL && compare_schools(last, school) == 0) {
            last->now += school->now;
            last->before += school->before;
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
        struct group_count *group = comparison->group_count > 0 ? &comparison->groups[comparison->group_count - 1] : NULL;
        if (group == NULL || compare_parts(group->parts, school->parts, 3) != 0) {
            group = &comparison->groups[comparison->group_count++];
            *group = (struct group_count){.parts = {school->parts[0], school->parts[1], school->parts[2]}, .first = i};
            /* Groups are never fewer than before, and in the same order. */
            for (; o < old_count && compare_parts(old[o].parts, school->parts, 3) < 0; o++)
                continue;
            if (o < old_count && compare_parts(old[o].parts, school->parts, 3) == 0)
                group->run = old[o].run;
        }
        group->end = i + 1;
        group->now += school->now;
        group->before += school->before;
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

static void gather_now(struct comparison *comparison, const struct run *run)
{
    for (size_t s = 0; s < run->source_count; s++) {
        const struct run_source *source = &run->sources[s];
        for (size_t i = 0; i < source->line_count && source->status <= CTE_SOME_LEFT; i++) {
            const struct summary_line *line = &source->lines[i];
            if (strcmp(line->word, "school") == 0 && line->fields[0][0] != '\0')
                add_school(comparison, (const char *const *)line->fields, strtoull(line->fields[5], NULL, 10), 0);
        }
    }
    arrange(comparison);
}

/* Adds what a run that was published wrote of the groups that no later run knows. */
static void gather_before(struct comparison *comparison, const struct past_run *past)
{
    struct cte_error ignored = {0};
    xmlDocPtr doc = open_manifest(past->folder, &ignored);
    xmlNodePtr root = doc != NULL ? xmlDocGetRootElement(doc) : NULL;
    char *beside = root != NULL ? attribute(root, "beside") : NULL;
    size_t known = comparison->school_count;
    bool *found = cte_zalloc(comparison->group_count + 1, sizeof *found);
    for (xmlNodePtr source = root != NULL && beside == NULL ? first_element(root, "source") : NULL; source != NULL;
         source = next_element(source, "source")) {
        for (xmlNodePtr node = first_element(source, "school"); node != NULL; node = next_element(node, "school")) {
            const char *const parts[4] = {attribute_or(node, "type", ""), attribute_or(node, "lea", ""),
                                          attribute_or(node, "year", ""), attribute_or(node, "school", "")};
            struct group_count *group = find_group(comparison, parts);
            if (group == NULL || group->run != NULL)
                continue;
            found[group - comparison->groups] = true;
            add_school(comparison, parts, 0, attribute_count(node, "written"));
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
}

/* How many records fewer are no matter: a number, or a share of what was there. */
static double allowed(const struct run *run, unsigned long long before)
{
    if (run->max_shrink == NULL)
        return 0;
    char *end;
    double number = strtod(run->max_shrink, &end);
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
        char *longer = cte_format("%s%s%s %llu (%llu before)", text, named > 0 ? ", " : "", school->parts[3], school->now,
                                  school->before);
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
            if (strcmp(line->word, "school") == 0 && compare_parts((const char *const *)line->fields, group->parts, 3) == 0)
                run->sources[s].shrunk = true;
        }
    }
}

void compare_with_last(struct run *run)
{
    struct comparison comparison = {NULL, 0, NULL, 0};
    struct cte_error ignored = {0};
    gather_now(&comparison, run);
    size_t count = 0, looked = 0;
    struct past_run *runs = find_runs(run->out, &count, &ignored);
    for (size_t current = 0; current < 2; current++) { /* the current run is the last published one, whatever the clock said */
        for (size_t i = 0; i < count && looked < MOST_RUNS; i++) {
            if (runs[i].is_current != (current == 0))
                continue;
            looked++;
            gather_before(&comparison, &runs[i]);
        }
    }
    for (size_t i = 0; i < comparison.group_count; i++) {
        const struct group_count *group = &comparison.groups[i];
        if (group->run == NULL || group->now >= group->before ||
            (double)(group->before - group->now) <= allowed(run, group->before))
            continue;
        char *schools = name_schools(&comparison, group);
        run->shrunk = cte_realloc(run->shrunk, (run->shrunk_count + 1) * sizeof *run->shrunk);
        run->shrunk[run->shrunk_count++] = (struct shrunk){cte_strdup(group->parts[0]),
                                                           cte_strdup(group->parts[1]),
                                                           cte_strdup(group->parts[2]),
                                                           cte_strdup(group->run),
                                                           schools,
                                                           group->now,
                                                           group->before};
        mark_sources(run, group);
    }
    free(comparison.schools);
    free(comparison.groups);
}
