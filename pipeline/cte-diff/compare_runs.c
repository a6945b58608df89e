#include "pipeline/cte-diff/compare_runs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/digest.h"
#include "codetables/base/map.h"
#include "codetables/base/output.h"
#include "codetables/base/program.h"
#include "codetables/base/shown.h"
#include "codetables/base/text.h"
#include "pipeline/run/counts_file.h"
#include "pipeline/run/group_counts.h"
#include "pipeline/run/manifest.h"

/* What both runs are counted by. */
enum view { BY_CODE, BY_PLACE, VIEWS };
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
    struct cte_error *error;
};

/* ---- counting ---- */

/* Adds records to a view, under its parts in their order. */
static void add_parts(struct counted_run *run, enum view view, const char *const *parts,
                      uint64_t records)
{
    struct text key = {0};
    size_t head = 0;
    for (size_t i = 0; i < views[view].parts; i++) {
        text_add_part(&key, parts[i]);
        head = i + 1 == views[view].heads ? key.length : head;
    }
    if (key.length - head <= GROUP_MOST_PART && head <= GROUP_MOST_PART)
        group_counts_add(&run->counts[view], (struct slice){key.bytes, head},
                         (struct slice){key.bytes + head, key.length - head}, records, run->error);
    else
        cte_fail(run->error, CTE_BAD_INPUT, "%s: a count has a code that is none", run->folder);
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
    if (counted->is_again || counted->rollup[0] == '\0')
        return;
    add_parts(run, BY_CODE, code, counted->records);
    if (run->error->status == CTE_OK)
        add_parts(run, BY_PLACE, place, counted->records);
}

static int read_source(struct counted_run *run, const struct fact_file *file)
{
    char *path = cte_format("%s/%s", run->folder, file->name), *shown = path_shown(path);
    const struct counts_file counts = {path, shown, file->sha256, take_counted, run};
    read_counts(&counts, run->error);
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
            read_source(run, counts);
        else if (sums != NULL && sums->read > 0)
            cte_fail(run->error, CTE_BAD_INPUT,
                     "%s: source %s has no file of counts: the run was made by an earlier version; "
                     "make it again with cte-run --repeat",
                     run->folder, source->name);
    }
    for (int view = 0; view < VIEWS && run->error->status == CTE_OK; view++)
        group_counts_sort(&run->counts[view], run->error);
    return run->error->status;
}

/* ---- manifests ---- */

/* Lines that only one of two lists has: those of `map` that the other one lacks. */
static size_t list_missing(const char *what, const char *run, const struct map *map,
                           const struct map *other, size_t shown)
{
    size_t count = 0;
    for (size_t i = 0; i < map->count; i++) {
        const struct slice key = map_key(map, i);
        if (map_find(other, key.at, key.length) != MAP_NONE)
            continue;
        if (count++ < shown)
            printf("%s only in %s: %s\n", what, run, key.at);
    }
    if (count > shown)
        printf("%s only in %s: %zu more\n", what, run, count - shown);
    return count;
}

static void list_table(struct map *map, const struct fact_table *table)
{
    char *id = path_shown(table->id),
         *line = cte_format("%s %s%s%s, %s, sha256 %.12s", table->kind, id,
                            table->version[0] != '\0' ? "@" : "", table->version,
                            table->status[0] != '\0' ? table->status : "no table", table->sha256);
    map_add_string(map, line);
    free(line);
    free(id);
}

static void list_run(const struct manifest *manifest, struct map *tables, struct map *sources)
{
    for (size_t i = 0; i < manifest->table_count; i++)
        list_table(tables, &manifest->tables[i]);
    for (size_t i = 0; i < manifest->source_count; i++) {
        const struct manifest_source *source = &manifest->sources[i];
        char *name = text_shown(source->name, strlen(source->name)),
             *line = cte_format("%s (%s)", name,
                                strcmp(source->status, "refused") == 0 ? "refused" : "read");
        map_add_string(sources, line);
        free(line);
        free(name);
        for (const struct fact_table *table = account_first(source->account, FACT_TABLE);
             table != NULL; table = account_next(source->account, FACT_TABLE, table))
            list_table(tables, table);
    }
}

static bool compare_manifests(const struct counted_run *runs, size_t shown)
{
    struct map tables[2] = {{0}, {0}}, sources[2] = {{0}, {0}};
    size_t differ = 0;
    for (size_t i = 0; i < 2; i++)
        list_run(&runs[i].manifest, &tables[i], &sources[i]);
    for (size_t i = 0; i < 2; i++) {
        const char *id = runs[i].manifest.id;
        differ += list_missing("table", id, &tables[i], &tables[1 - i], shown);
        differ += list_missing("source", id, &sources[i], &sources[1 - i], shown);
    }
    for (size_t i = 0; i < 2; i++) {
        map_free(&tables[i]);
        map_free(&sources[i]);
    }
    return differ > 0;
}

/* ---- counts ---- */

/* A group as texts: the parts of its key, which are the groups' own. */
static void split_group(const struct group *group, const char **parts, enum view view)
{
    const char *at = group->head.at;
    for (size_t i = 0; i < views[view].parts; i++) {
        if (i == views[view].heads)
            at = group->tail.at;
        parts[i] = at;
        at += strlen(at) + 1;
    }
}

static void put_csv(struct output *csv, const char *const *parts, const uint64_t records[2])
{
    for (size_t i = 0; i < views[BY_PLACE].parts; i++) {
        output_cell(csv, parts[i], strlen(parts[i]));
        output_text(csv, ",");
    }
    char line[80];
    snprintf(line, sizeof line, "%" PRIu64 ",%" PRIu64 ",%s\r\n", records[0], records[1],
             records[0] == 0           ? "new"
             : records[1] == 0         ? "gone"
             : records[0] < records[1] ? "more"
                                       : "fewer");
    output_text(csv, line);
}

static const char *or_none(const char *code)
{
    return strcmp(code, ROLLUP_UNLISTED) == 0 ? "a code of another list"
           : code[0] != '\0'                  ? code
                                              : "none";
}

static void put_line(enum view view, const char *const *parts, const uint64_t records[2])
{
    const char *const *last = parts + views[view].parts - 4;
    printf("  %s %s", parts[0], or_none(parts[1]));
    if (view == BY_PLACE)
        printf(" LEA %s school %s", or_none(parts[2]), or_none(parts[3]));
    printf(": %s -> %s", or_none(last[0]),
           strcmp(last[1], "written") == 0 ? or_none(last[2]) : last[1]);
    if (last[3][0] != '\0')
        printf(" %s", last[3]);
    const bool is_more = records[1] > records[0];
    printf(": %" PRIu64 ", then %" PRIu64 " (%c%" PRIu64 ")\n", records[0], records[1],
           is_more ? '+' : '-', is_more ? records[1] - records[0] : records[0] - records[1]);
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
        const uint64_t records[2] = {order <= 0 ? groups[0].records : 0,
                                     order >= 0 ? groups[1].records : 0};
        if (records[0] != records[1]) {
            const char *parts[MOST_PARTS];
            split_group(&groups[order > 0], parts, view);
            if (differ == 0)
                printf("%s:\n", views[view].title);
            if (differ++ < asked->shown)
                put_line(view, parts, records);
            if (csv != NULL)
                put_csv(csv, parts, records);
        }
        const bool moves[2] = {order <= 0, order >= 0};
        for (size_t i = 0; i < 2; i++)
            has[i] =
                moves[i] ? group_counts_next(&runs[i].counts[view], &groups[i], error) : has[i];
    }
    if (differ > asked->shown)
        printf("  %zu more\n", differ - asked->shown);
    return differ;
}

static int compare_counts(struct counted_run *runs, const struct runs_asked *asked, bool *differs)
{
    struct cte_error *error = runs[0].error;
    struct output csv = {0};
    if (asked->csv != NULL && output_open_path(&csv, asked->csv, error) != CTE_OK)
        return error->status;
    if (asked->csv != NULL)
        output_text(&csv, "rollup,year,lea,school,before,outcome,after_1,after_2,records_1,"
                          "records_2,what\r\n");
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
            runs[i].counts[view] =
                (struct group_counts){.folder = asked->temp, .memory = MOST_MEMORY};
    }
    if (read_run(&runs[0]) == CTE_OK && read_run(&runs[1]) == CTE_OK) {
        printf("runs %s and %s\n", runs[0].manifest.id, runs[1].manifest.id);
        *differs = compare_manifests(runs, asked->shown);
        compare_counts(runs, asked, differs);
        if (error->status == CTE_OK && !*differs)
            printf("they count the same\n");
    }
    for (size_t i = 0; i < 2; i++) {
        for (int view = 0; view < VIEWS; view++)
            group_counts_free(&runs[i].counts[view]);
        manifest_free(&runs[i].manifest);
    }
    return error->status;
}
