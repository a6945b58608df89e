#include "pipeline/cte-report/told.h"

#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "codetables/base/shown.h"
#include "pipeline/run/run_folder.h"

bool source_is_read(const struct told_source *source)
{
    return source->status <= CTE_SOME_LEFT;
}

const char *source_state(const struct told_source *source)
{
    return !source_is_read(source) ? "refused"
           : source->incomplete    ? "incomplete"
           : source->shrunk        ? "shrunk"
                                   : "complete";
}

static const char *source_shown(const void *context, size_t source)
{
    const struct told *told = context;
    return told->sources[source].shown;
}

struct overlap_list told_overlaps(const struct told *told)
{
    return (struct overlap_list){told->overlaps, told->overlap_count, source_shown, told};
}

/* ---- what a manifest tells ---- */

static void take_source(struct told_source *source, const struct told_run *run,
                        const struct manifest_source *from)
{
    const struct fact_sums *sums = manifest_sums(from);
    *source = (struct told_source){.run = run,
                                   .name = from->name,
                                   .shown = from->file,
                                   .status = from->exit,
                                   .account = from->account,
                                   .messages = from->messages};
    if (sums != NULL) {
        source->sums[SUM_READ] = sums->read;
        source->sums[SUM_WRITTEN] = sums->written;
        source->sums[SUM_MERGED] = sums->merged;
        source->sums[SUM_REJECTED] = sums->rejected;
        source->sums[SUM_HELD] = sums->held;
    }
    source->incomplete = source->sums[SUM_WRITTEN] < source->sums[SUM_READ];
    source->shrunk = strcmp(from->status, "incomplete") == 0;
}

static void take_table(struct told *told, const struct told_run *run,
                       const struct fact_table *table)
{
    for (size_t i = 0; i < told->table_count; i++) {
        const struct told_table *other = &told->tables[i];
        if (strcmp(other->kind, table->kind) == 0 && strcmp(other->id, table->id) == 0 &&
            strcmp(other->version, table->version) == 0)
            return;
    }
    GROW(told->tables, told->table_count, told->table_room);
    told->tables[told->table_count++] = (struct told_table){
        .kind = table->kind,
        .id = table->id,
        .version = table->version,
        .status = table->status,
        .sha256 = table->sha256,
        .run = run,
        .file = arena_take(&told->memory, table_file(table->kind, table->id, table->version))};
}

static void take_lists(struct told *told, const struct manifest *manifest)
{
    const size_t before = told->source_count - manifest->source_count;
    const unsigned long places =
        told->overlap_count > 0 ? told->overlaps[told->overlap_count - 1].number : 0;
    for (size_t i = 0; i < manifest->shrunk_count; i++) {
        GROW(told->shrunk, told->shrunk_count, told->shrunk_room);
        told->shrunk[told->shrunk_count++] = manifest->shrunk[i];
    }
    for (size_t i = 0; i < manifest->overlap_count; i++) {
        GROW(told->overlaps, told->overlap_count, told->overlap_room);
        struct overlap *overlap = &told->overlaps[told->overlap_count++];
        *overlap = manifest->overlaps[i];
        overlap->source += before;
        overlap->number += places;
    }
}

static bool has_unused(const struct manifest *manifest, const struct unused *unused)
{
    for (size_t i = 0; i < manifest->unused_count; i++) {
        if (strcmp(manifest->unused[i].what, unused->what) == 0 &&
            strcmp(manifest->unused[i].text, unused->text) == 0)
            return true;
    }
    return false;
}

/* What one run did not use another may have. A run without a source used nothing. */
static void take_unused(struct told *told)
{
    const struct told_run *end = told->runs + told->run_count, *first = told->runs;
    while (first < end - 1 && first->manifest.source_count == 0)
        first++;
    for (size_t i = 0; first < end && i < first->manifest.unused_count; i++) {
        const struct unused *unused = &first->manifest.unused[i];
        bool is_in_all = true;
        for (const struct told_run *run = first; run < end && is_in_all; run++)
            is_in_all = run->manifest.source_count == 0 || has_unused(&run->manifest, unused);
        if (!is_in_all)
            continue;
        GROW(told->unused, told->unused_count, told->unused_room);
        told->unused[told->unused_count++] = *unused;
    }
}

/* Of several runs, what one of them hides is hidden; and the public is told where one tells it. */
static void take_options(struct told *told, const struct manifest *manifest, bool is_first)
{
    struct policy policy = {0};
    for (size_t i = 0; i < manifest->option_count; i++) {
        const struct policy_option *option = policy_find(manifest->options[i].name);
        if (option != NULL)
            policy_set(&policy, option, manifest->options[i].value);
    }
    told->policy.hide_small = told->policy.hide_small || policy.hide_small;
    told->policy.make_public = told->policy.make_public || policy.make_public;
    told->policy.show_small = policy.show_small && (is_first || told->policy.show_small);
    policy_free(&policy);
}

static void take_manifest(struct told *told, const struct told_run *run)
{
    const struct manifest *manifest = &run->manifest;
    for (size_t i = 0; i < manifest->source_count; i++) {
        const struct account *account = manifest->sources[i].account;
        struct told_source *source = &told->sources[told->source_count++];
        take_source(source, run, &manifest->sources[i]);
        told->refused += !source_is_read(source);
        for (size_t k = 0; k < SUMS; k++)
            told->sums[k] += source->sums[k];
        for (const struct fact_table *table = account_first(account, FACT_TABLE); table != NULL;
             table = account_next(account, FACT_TABLE, table))
            take_table(told, run, table);
    }
    for (size_t i = 0; i < manifest->table_count; i++)
        take_table(told, run, &manifest->tables[i]);
    take_lists(told, manifest);
    take_options(told, manifest, run == told->runs);
}

/* ---- runs ---- */

static int read_run(struct told *told, struct told_run *run, const char *folder)
{
    char *path = cte_format("%s/manifest.xml", folder);
    run->folder = folder;
    run->shown = arena_take(&told->memory, path_shown(folder));
    if (manifest_read(folder, MANIFEST_WHOLE, &run->manifest, &told->error) == CTE_OK &&
        !digest_file(path, run->sha256))
        cte_fail(&told->error, CTE_IO, "%s/manifest.xml: cannot be read", run->shown);
    free(path);
    return told->error.status;
}

int read_runs(struct told *told, char *const *folders, size_t count)
{
    told->runs = cte_zalloc(count + 1, sizeof *told->runs);
    for (; told->run_count < count && told->error.status == CTE_OK; told->run_count++)
        read_run(told, &told->runs[told->run_count], folders[told->run_count]);
    return told->error.status;
}

int tell_runs(struct told *told)
{
    size_t sources = 0;
    for (size_t i = 0; i < told->run_count; i++)
        sources += told->runs[i].manifest.source_count;
    told->sources = cte_zalloc(sources + 1, sizeof *told->sources);
    for (size_t i = 0; i < told->run_count; i++) {
        take_manifest(told, &told->runs[i]);
        if (read_needed(told->runs[i].folder, &told->needed, &told->error) != CTE_OK)
            return told->error.status;
    }
    take_unused(told);
    if (told->run_count > 1)
        sort_needed(told->needed.items, told->needed.count);
    return CTE_OK;
}

void free_told(struct told *told)
{
    for (size_t i = 0; i < told->run_count; i++)
        manifest_free(&told->runs[i].manifest);
    free(told->runs);
    free(told->sources);
    free(told->tables);
    free(told->shrunk);
    free(told->overlaps);
    free(told->unused);
    needed_free(&told->needed);
    documents_free(&told->documents);
    map_free(&told->left);
    arena_free(&told->memory);
}
