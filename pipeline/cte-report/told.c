#include "pipeline/cte-report/told.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codetables/base/memory.h"
#include "codetables/base/shown.h"
#include "pipeline/cte-report/check_runs.h"
#include "pipeline/run/counted_rollups.h"
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

/* ---- what a source tells ---- */

static const char *lea_of(struct told *told, const struct account *account)
{
    const char *lea = "";
    for (const struct fact_school *school = account_first(account, FACT_SCHOOL); school != NULL;
         school = account_next(account, FACT_SCHOOL, school)) {
        if (lea[0] != '\0' && strcmp(lea, school->lea) != 0)
            return "";
        lea = school->lea[0] != '\0' ? school->lea : lea;
    }
    return map_key(&told->texts.texts, map_add_string(&told->texts.texts, lea)).at;
}

static struct told_counts take_file(struct told *told, const struct fact_file *file)
{
    return file == NULL
               ? (struct told_counts){.name = NULL}
               : (struct told_counts){arena_string(&told->memory, file->name),
                                      arena_string(&told->memory, file->sha256), file->records};
}

static void take_counts(struct told *told, struct told_source *source,
                        const struct account *account)
{
    const struct fact_file *converted = account_file(account, "converted");
    source->counts = take_file(told, account_file(account, "counts"));
    source->people = take_file(told, account_file(account, "distinct"));
    /* of many, the page shows how to check one */
    if (converted == NULL || (told->is_brief && told->has_example))
        return;
    source->converted = arena_string(&told->memory, converted->name);
    told->has_example = true;
}

static struct told_source *take_source(struct told *told, const struct told_run *run,
                                       const struct manifest_source *from)
{
    struct arena *memory = &told->memory;
    const struct fact_sums *sums = manifest_sums(from);
    struct told_source *source = &told->sources[told->source_count++];
    *source = (struct told_source){.run = run,
                                   .name = arena_string(memory, from->name),
                                   .shown = arena_string(memory, from->file),
                                   .status = from->exit,
                                   .account = told->is_brief ? NULL : from->account,
                                   .lea = lea_of(told, from->account)};
    if (sums != NULL) {
        source->sums[SUM_READ] = sums->read;
        source->sums[SUM_WRITTEN] = sums->written;
        source->sums[SUM_MERGED] = sums->merged;
        source->sums[SUM_REJECTED] = sums->rejected;
        source->sums[SUM_HELD] = sums->held;
    }
    source->incomplete = source->sums[SUM_WRITTEN] < source->sums[SUM_READ];
    source->shrunk = strcmp(from->status, "incomplete") == 0;
    take_counts(told, source, from->account);
    told->refused += !source_is_read(source);
    if (!source_is_read(source) && told->refused <= TOLD_MOST_REFUSED)
        source->messages = (struct slice){
            arena_copy(memory, from->messages.at, from->messages.length), from->messages.length};
    return source;
}

bool run_converts_by(const struct manifest *manifest, const char *id)
{
    const size_t length = strlen(id);
    for (size_t i = 0; i < manifest->option_count; i++) {
        const struct manifest_option *option = &manifest->options[i];
        if (strcmp(option->name, "crosswalk") == 0 && strncmp(option->value, id, length) == 0 &&
            (option->value[length] == '\0' || option->value[length] == '@'))
            return true;
    }
    return false;
}

static bool is_same_version(const struct fact_table *a, const struct fact_table *b)
{
    return strcmp(a->kind, b->kind) == 0 && strcmp(a->id, b->id) == 0 &&
           strcmp(a->version, b->version) == 0;
}

/* The table among those of all runs, made where it is new. */
static struct told_table *find_table(struct told *told, const struct told_run *run,
                                     const struct fact_table *table)
{
    for (size_t i = 0; i < told->table_count; i++) {
        if (is_same_version(&told->tables[i].table, table))
            return &told->tables[i];
    }
    GROW(told->tables, told->table_count, told->table_room);
    struct told_table *made = &told->tables[told->table_count++];
    *made = (struct told_table){
        .table = *table,
        .run = run,
        .file = arena_take(&told->memory, table_file(table->kind, table->id, table->version))};
    return made;
}

/* A table that had a part in a run, and in any. */
static void take_table(struct told *told, struct told_run *run, const struct fact_table *table)
{
    struct arena *memory = &told->memory;
    for (size_t i = 0; i < run->table_count; i++) {
        if (is_same_version(&run->tables[i], table))
            return;
    }
    const struct fact_table kept = {.program = "",
                                    .kind = arena_string(memory, table->kind),
                                    .id = arena_string(memory, table->id),
                                    .version = arena_string(memory, table->version),
                                    .status = arena_string(memory, table->status),
                                    .sha256 = arena_string(memory, table->sha256)};
    GROW(run->tables, run->table_count, run->table_room);
    run->tables[run->table_count++] = kept;
    find_table(told, run, &kept)->is_draft_conversion |= strcmp(table->kind, "crosswalk") == 0 &&
                                                         strcmp(table->status, "draft") == 0 &&
                                                         run_converts_by(&run->manifest, table->id);
}

/* A run whose sources are given one after another. */
struct telling_run {
    struct told *told;
    struct told_run *run;
};

static void tell_source(void *context, const struct manifest_source *from)
{
    const struct telling_run *telling = context;
    struct told *told = telling->told;
    struct told_run *run = telling->run;
    const struct account *account = from->account;
    const struct told_source *source = take_source(told, run, from);
    char *name = NULL;
    for (size_t i = 0; i < SUMS; i++) {
        told->sums[i] += source->sums[i];
        run->sums[i] += source->sums[i];
    }
    for (const struct fact_table *table = account_first(account, FACT_TABLE); table != NULL;
         table = account_next(account, FACT_TABLE, table))
        take_table(told, run, table);
    note_record_types(&told->types, account);
    account_join(&told->joined, account, FACT_FOUND, &told->texts);
    if (told->is_brief)
        account_join(&told->joined, account, FACT_CHANGED, &told->texts);
    if (told->telling == TELLS_MANY) /* sources of several runs may have one name */
        name = cte_format("%s/%s", run->manifest.id, source->name);
    take_fixes(&told->fixes, account, name != NULL ? name : source->name);
    free(name);
    if (told->telling != TELLS_ONE)
        check_owners(told, (size_t)(run - told->runs), account);
    else if (told->since.folder != NULL)
        count_since(&told->since, account, SINCE_NOW);
}

/* ---- what a manifest tells of all ---- */

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
    if (told->policy.public_title == NULL)
        told->policy.public_title = policy.public_title;
    if (told->policy.agency == NULL)
        told->policy.agency = policy.agency;
    policy_free(&policy);
}

/* Of few sources all stays in memory. */
static int tell_run(struct told *told, struct told_run *run)
{
    struct telling_run telling = {told, run};
    struct manifest *manifest = &run->manifest;
    if (told->is_brief) {
        manifest_each_source(run->folder, manifest, tell_source, &telling, &told->error);
    } else {
        manifest_read_sources(run->folder, manifest, &told->error);
        for (size_t i = 0; i < manifest->source_count && told->error.status == CTE_OK; i++)
            tell_source(&telling, &manifest->sources[i]);
    }
    if (told->error.status != CTE_OK)
        return told->error.status;
    for (size_t i = 0; i < manifest->table_count; i++)
        take_table(told, run, &manifest->tables[i]);
    take_lists(told, manifest);
    take_options(told, manifest, run == told->runs);
    return CTE_OK;
}

/* ---- runs ---- */

/* CTE_NO_INPUT, told, where the folder that keeps runs is named for one of them. */
static int check_folder(struct told *told, const struct told_run *run)
{
    char *manifest = cte_format("%s/manifest.xml", run->folder),
         *runs = cte_format("%s/runs", run->folder);
    if (access(manifest, F_OK) != 0 && access(runs, F_OK) == 0)
        cte_fail(&told->error, CTE_NO_INPUT,
                 "%s: is no run, but keeps some; name one of %s/runs/, or %s/current", run->shown,
                 run->shown, run->shown);
    free(runs);
    free(manifest);
    return told->error.status;
}

static int read_run(struct told *told, struct told_run *run, const char *folder)
{
    char *path = cte_format("%s/manifest.xml", folder);
    run->folder = folder;
    run->shown = arena_take(&told->memory, path_shown(folder));
    if (check_folder(told, run) == CTE_OK &&
        manifest_read(folder, MANIFEST_HEAD, &run->manifest, &told->error) == CTE_OK &&
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
    told->is_brief = told->telling != TELLS_ONE || sources > TOLD_MOST_SOURCES;
    told->sources = cte_zalloc(sources + 1, sizeof *told->sources);
    for (size_t i = 0; i < told->run_count; i++) {
        const struct told_run *run = &told->runs[i];
        if (tell_run(told, &told->runs[i]) != CTE_OK ||
            (told->is_being_made ? read_needed : read_listed_needed)(run->folder, &told->needed,
                                                                     &told->error) != CTE_OK)
            return told->error.status;
    }
    take_unused(told);
    sort_fixes(&told->fixes, &told->joined);
    if (told->run_count > 1)
        join_needed(&told->needed);
    return CTE_OK;
}

void free_told(struct told *told)
{
    for (size_t i = 0; i < told->run_count; i++) {
        manifest_free(&told->runs[i].manifest);
        free(told->runs[i].tables);
    }
    free(told->runs);
    account_free(&told->joined);
    account_texts_free(&told->texts);
    map_free(&told->types);
    map_free(&told->owners.keys);
    free(told->owners.runs);
    free(told->sources);
    free(told->tables);
    free(told->shrunk);
    free(told->overlaps);
    free(told->unused);
    needed_free(&told->needed);
    free_fixes(&told->fixes);
    free_since(&told->since);
    documents_free(&told->documents);
    map_free(&told->left);
    arena_free(&told->memory);
}
