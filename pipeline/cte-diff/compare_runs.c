#include "pipeline/cte-diff/compare_runs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "codetables/base/digest.h"
#include "codetables/base/output.h"
#include "codetables/base/program.h"
#include "codetables/base/shown.h"
#include "codetables/base/text.h"
#include "pipeline/run/counts_file.h"
#include "pipeline/run/distinct_file.h"
#include "pipeline/run/group_counts.h"
#include "pipeline/run/manifest.h"

/* What both runs are counted by. */
enum view { BY_CODE, BY_PLACE, VIEWS };
#define CSV_HEADING "rollup,year,lea,school,before,outcome,after_1,after_2,records_1,records_2,what"
enum { MOST_MEMORY = 12 << 20, MOST_PARTS = 10 };

/* The columns of a view; the first `heads` are the head of its groups, and the last four say what
 * the records came with and what became of them. */
static const struct {
    const char *title;
    size_t heads, parts;
} views[VIEWS] = {[BY_CODE] = {"by code", 3, 6}, [BY_PLACE] = {"by LEA and school", 4, 8}};

struct counted_run {
    const char *folder;
    struct manifest manifest;
    struct group_counts counts[VIEWS];
    /* Who stands in a group, where people are counted: its whole key, and each of them. */
    struct group_counts people[VIEWS];
    struct group next[VIEWS]; /* once they are sorted */
    struct distinct_reading reading;
    bool has_people;
    uint64_t row; /* of the file of counts, from 1 */
    struct cte_error *error;
};

/* ---- counting ---- */

/* The key of a group of a view, by its parts in their order; `head` is the length of its head.
 * False where a part is none. */
static bool make_key(struct text *key, enum view view, const char *const *parts, size_t *head)
{
    for (size_t i = 0; i < views[view].parts; i++) {
        text_add_part(key, parts[i]);
        *head = i + 1 == views[view].heads ? key->length : *head;
    }
    return key->length - *head <= GROUP_MOST_PART && *head <= GROUP_MOST_PART;
}

/* Adds records to a view. */
static void add_parts(struct counted_run *run, enum view view, const char *const *parts,
                      uint64_t records)
{
    struct text key = {0};
    size_t head = 0;
    if (make_key(&key, view, parts, &head))
        group_counts_add(&run->counts[view], (struct slice){key.bytes, head},
                         (struct slice){key.bytes + head, key.length - head}, records, run->error);
    else
        cte_fail(run->error, CTE_BAD_INPUT, "%s: a count has a code that is none", run->folder);
    text_free(&key);
}

/* Adds a person of an LEA to a view. */
static void add_person(struct counted_run *run, enum view view, const char *const *parts,
                       const char *lea, uint64_t person)
{
    struct text key = {0}, who = {0};
    size_t head = 0;
    text_add_part(&who, lea);
    text_put(&who, (const char *)&person, sizeof person);
    if (make_key(&key, view, parts, &head) && key.length <= GROUP_MOST_PART)
        group_counts_add(&run->people[view], (struct slice){key.bytes, key.length},
                         (struct slice){who.bytes, who.length}, 1, run->error);
    text_free(&who);
    text_free(&key);
}

static void take_counted(void *context, const struct counted *counted)
{
    struct counted_run *run = context;
    const char *const code[] = {counted->rollup,   counted->year,
                                counted->before,   counted_outcome(counted->state),
                                counted->after[0], counted->after[1]},
                      *const place[] = {counted->rollup,   counted->year,
                                        counted->lea,      counted->school,
                                        counted->before,   counted_outcome(counted->state),
                                        counted->after[0], counted->after[1]};
    const char *const *const parts[VIEWS] = {[BY_CODE] = code, [BY_PLACE] = place};
    const bool is_left_out = counted->is_again || counted->rollup[0] == '\0';
    uint64_t person;
    for (int view = 0; view < VIEWS && !is_left_out && run->error->status == CTE_OK; view++)
        add_parts(run, (enum view)view, parts[view], counted->records);
    run->row++;
    while (run->error->status == CTE_OK &&
           next_distinct(&run->reading, run->row, &person, run->error)) {
        for (int view = 0; view < VIEWS && !is_left_out; view++)
            add_person(run, (enum view)view, parts[view], counted->lea, person);
    }
}

static int read_source(struct counted_run *run, const struct fact_file *file,
                       const struct fact_file *people)
{
    const char *name = people != NULL ? people->name : file->name;
    char *path = cte_format("%s/%s", run->folder, file->name), *shown = path_shown(path),
         *people_path = cte_format("%s/%s", run->folder, name),
         *people_shown = path_shown(people_path);
    const struct counts_file counts = {path, shown, file->sha256, take_counted, run};
    run->row = 0;
    run->reading = (struct distinct_reading){.file = NULL};
    run->has_people = run->has_people || people != NULL;
    if (people != NULL)
        open_distinct(&run->reading, people_path, people_shown, people->sha256, run->error);
    if (run->error->status == CTE_OK)
        read_counts(&counts, run->error);
    close_distinct(&run->reading, run->error);
    free(people_shown);
    free(people_path);
    free(path);
    free(shown);
    return run->error->status;
}

/* A source has no counts where it has no record, or where the run is of a time before there were
 * any: then nothing can be said. */
static int read_run(struct counted_run *run)
{
    if (manifest_read(run->folder, MANIFEST_WHOLE, &run->manifest, run->error) != CTE_OK)
        return run->error->status;
    for (size_t i = 0; i < run->manifest.source_count && run->error->status == CTE_OK; i++) {
        const struct manifest_source *source = &run->manifest.sources[i];
        const struct fact_sums *sums = manifest_sums(source);
        const struct fact_file *counts = account_file(source->account, "counts");
        if (counts != NULL)
            read_source(run, counts, account_file(source->account, "distinct"));
        else if (sums != NULL && sums->read > 0)
            cte_fail(run->error, CTE_BAD_INPUT,
                     "%s: source %s has no file of counts: the run was made by an earlier version; "
                     "make it again with cte-run --repeat",
                     run->folder, source->name);
    }
    for (int view = 0; view < VIEWS && run->error->status == CTE_OK; view++) {
        if (group_counts_sort(&run->counts[view], run->error) == CTE_OK &&
            group_counts_sort(&run->people[view], run->error) == CTE_OK)
            group_counts_next(&run->people[view], &run->next[view], run->error);
    }
    return run->error->status;
}

/* ---- counts ---- */

/* A group as texts: the parts of its key, which are the groups' own. */
static void split_group(const struct group *group, const char **parts, enum view view)
{
    const char *at = group->head.at;
    for (size_t i = 0; i < views[view].parts; i++) {
        if (i == views[view].heads)
            at = group->tail.at;
        parts[i] = next_part(&at);
    }
}

/* Whether one of the runs counts people. */
static bool counts_people(const struct counted_run *runs)
{
    return runs[0].has_people || runs[1].has_people;
}

/* What both runs count in a group, and sums of who that is. */
struct both {
    uint64_t records[2], people[2], who[2];
};

/* Whether as many people stand there, who are not the same. */
static bool has_others(const struct both *both)
{
    return both->people[0] == both->people[1] && both->who[0] != both->who[1];
}

static bool differs_in(const struct both *both)
{
    return both->records[0] != both->records[1] || both->people[0] != both->people[1] ||
           has_others(both);
}

static const char *difference_of(const struct both *both)
{
    const uint64_t *numbers = both->records[0] != both->records[1] ? both->records : both->people;
    return both->records[0] == 0      ? "new"
           : both->records[1] == 0    ? "gone"
           : numbers[0] == numbers[1] ? "others"
           : numbers[0] < numbers[1]  ? "more"
                                      : "fewer";
}

static void put_csv(struct output *csv, const char *const *parts, const struct both *both,
                    bool has_people)
{
    char line[120];
    for (size_t i = 0; i < views[BY_PLACE].parts; i++) {
        output_cell(csv, parts[i], strlen(parts[i]));
        output_text(csv, ",");
    }
    const int length = snprintf(line, sizeof line, "%" PRIu64 ",%" PRIu64 ",%s", both->records[0],
                                both->records[1], difference_of(both));
    if (has_people)
        snprintf(line + length, sizeof line - (size_t)length, ",%" PRIu64 ",%" PRIu64,
                 both->people[0], both->people[1]);
    output_text(csv, line);
    output_text(csv, "\r\n");
}

static const char *or_none(const char *code)
{
    return strcmp(code, ROLLUP_UNLISTED) == 0 ? "a code of another list"
           : code[0] != '\0'                  ? code
                                              : "none";
}

static void put_numbers(const char *what, const uint64_t numbers[2])
{
    const bool is_more = numbers[1] > numbers[0];
    printf("%s %" PRIu64, what, numbers[0]);
    if (numbers[0] != numbers[1])
        printf(", then %" PRIu64 " (%c%" PRIu64 ")", numbers[1], is_more ? '+' : '-',
               is_more ? numbers[1] - numbers[0] : numbers[0] - numbers[1]);
}

static void put_line(enum view view, const char *const *parts, const struct both *both)
{
    const char *const *last = parts + views[view].parts - 4;
    printf("  %s %s", parts[0], or_none(parts[1]));
    if (view == BY_PLACE)
        printf(" LEA %s school %s", or_none(parts[2]), or_none(parts[3]));
    printf(": %s -> %s", or_none(last[0]),
           strcmp(last[1], "written") == 0 ? or_none(last[2]) : last[1]);
    if (last[3][0] != '\0')
        printf(" %s", last[3]);
    put_numbers(":", both->records);
    if (both->people[0] > 0 || both->people[1] > 0)
        put_numbers("; people", both->people);
    if (has_others(both))
        printf(", not the same ones");
    printf("\n");
}

/* How many people stand in a group: they come out in the order of the groups. `who`: the sum of
 * their hashes. */
static uint64_t take_people(struct counted_run *run, enum view view, const struct group *group,
                            uint64_t *who)
{
    const struct slice head = group->head, tail = group->tail;
    struct group *next = &run->next[view];
    uint64_t people = 0;
    while (next->head.length == head.length + tail.length && next->head.length > 0 &&
           memcmp(next->head.at, head.at, head.length) == 0 &&
           memcmp(next->head.at + head.length, tail.at, tail.length) == 0) {
        people++;
        *who += XXH3_64bits(next->tail.at, next->tail.length);
        if (!group_counts_next(&run->people[view], next, run->error))
            *next = (struct group){.records = 0};
    }
    return people;
}

/* Both runs side by side, by one view. Returns how many groups differ. */
static size_t compare_view(struct counted_run *runs, enum view view, const struct runs_asked *asked,
                           struct output *csv)
{
    struct cte_error *error = runs[0].error;
    struct group groups[2];
    bool has[2];
    size_t differ = 0;
    for (size_t i = 0; i < 2; i++)
        has[i] = group_counts_next(&runs[i].counts[view], &groups[i], error);
    while (error->status == CTE_OK && (has[0] || has[1])) {
        const int order = !has[0] ? 1 : !has[1] ? -1 : group_compare(&groups[0], &groups[1]);
        const bool moves[2] = {order <= 0, order >= 0};
        struct both both = {.records = {0}};
        for (size_t i = 0; i < 2; i++) {
            both.records[i] = moves[i] ? groups[i].records : 0;
            both.people[i] = moves[i] ? take_people(&runs[i], view, &groups[i], &both.who[i]) : 0;
        }
        if (differs_in(&both)) {
            const char *parts[MOST_PARTS];
            split_group(&groups[order > 0], parts, view);
            if (differ == 0)
                printf("%s:\n", views[view].title);
            if (differ++ < asked->shown)
                put_line(view, parts, &both);
            if (csv != NULL)
                put_csv(csv, parts, &both, counts_people(runs));
        }
        for (size_t i = 0; i < 2; i++)
            has[i] =
                moves[i] ? group_counts_next(&runs[i].counts[view], &groups[i], error) : has[i];
    }
    if (differ > asked->shown)
        printf("  %zu more\n", differ - asked->shown);
    return differ;
}

static const char heading[] = CSV_HEADING "\r\n",
                  heading_of_people[] = CSV_HEADING ",people_1,people_2\r\n";

static int compare_counts(struct counted_run *runs, const struct runs_asked *asked, bool *differs)
{
    struct cte_error *error = runs[0].error;
    struct output csv = {0};
    if (asked->csv != NULL && output_open_path(&csv, asked->csv, error) != CTE_OK)
        return error->status;
    if (asked->csv != NULL)
        output_text(&csv, counts_people(runs) ? heading_of_people : heading);
    for (int view = 0; view < VIEWS && error->status == CTE_OK; view++) {
        struct output *to = view == BY_PLACE && asked->csv != NULL ? &csv : NULL;
        *differs = compare_view(runs, (enum view)view, asked, to) > 0 || *differs;
    }
    if (error->status == CTE_OK && asked->csv != NULL && output_close(&csv, error) == CTE_OK &&
        program_flush_output(error) == CTE_OK)
        output_publish(&csv, error);
    output_discard(&csv);
    return error->status;
}

int compare_runs(const struct runs_asked *asked, bool *differs, struct cte_error *error)
{
    struct counted_run runs[2];
    *differs = false;
    for (size_t i = 0; i < 2; i++) {
        runs[i] = (struct counted_run){.folder = asked->folders[i], .error = error};
        for (int view = 0; view < VIEWS; view++)
            runs[i].counts[view] = runs[i].people[view] =
                (struct group_counts){.folder = asked->temp, .memory = MOST_MEMORY};
    }
    if (read_run(&runs[0]) == CTE_OK && read_run(&runs[1]) == CTE_OK) {
        printf("runs %s and %s\n", runs[0].manifest.id, runs[1].manifest.id);
        *differs = compare_manifests(
            (const struct manifest *[]){&runs[0].manifest, &runs[1].manifest}, asked->shown);
        compare_counts(runs, asked, differs);
        if (error->status == CTE_OK && !*differs)
            printf("they count the same\n");
    }
    for (size_t i = 0; i < 2; i++) {
        for (int view = 0; view < VIEWS; view++) {
            group_counts_free(&runs[i].counts[view]);
            group_counts_free(&runs[i].people[view]);
        }
        manifest_free(&runs[i].manifest);
    }
    return error->status;
}
