#include "pipeline/cte-run/kept_tables.h"
#include "pipeline/cte-run/kept_accounts.h"
#include "pipeline/cte-run/made.h"
#include "pipeline/run/accounts_file.h"
#include "pipeline/run/run_folder.h"

#include <stdlib.h>
#include <string.h>

#include "codetables/base/shown.h"

/* A manifest while it is gathered from the run. */
struct gathering {
    struct manifest manifest;
    struct manifest_option *options;
    size_t option_room;
    struct manifest_source *sources;
    struct manifest_stage *stages; /* of each source */
    struct fact_table *tables;
};

static void gather_options(struct gathering *gathering, const struct policy *policy)
{
    struct manifest *manifest = &gathering->manifest;
    const struct policy_option *option;
    for (unsigned place = 1; (option = policy_at_place(place)) != NULL; place++) {
        const bool is_path = option->kind == POLICY_PATH || option->kind == POLICY_FILE;
        const char *value;
        for (size_t n = 0; (value = policy_value(policy, option, n)) != NULL; n++) {
            char *shown = is_path ? path_shown(value) : cte_strdup(value);
            GROW(gathering->options, manifest->option_count, gathering->option_room);
            gathering->options[manifest->option_count++] =
                (struct manifest_option){option->name, arena_string(&manifest->memory, shown)};
            free(shown);
        }
    }
    manifest->options = gathering->options;
}

/* Those that the stages used stand in the accounts of the sources. */
static void gather_tables(struct gathering *gathering, const struct run *run)
{
    struct manifest *manifest = &gathering->manifest;
    gathering->tables = cte_alloc((run->results.used_count + 1) * sizeof *gathering->tables);
    for (size_t i = 0; i < run->results.used_count; i++) {
        const struct used_table *used = &run->results.used[i];
        if (used->is_own)
            gathering->tables[manifest->table_count++] =
                (struct fact_table){run->program->name, used->kind,   used->id,
                                    used->version,      used->status, used->sha256};
    }
    manifest->tables = gathering->tables;
}

static const char *status_of(const struct run_source *source)
{
    return source->status > CTE_SOME_LEFT         ? "refused"
           : source->incomplete || source->shrunk ? "incomplete"
                                                  : "complete";
}

static void gather_sources(struct gathering *gathering, const struct run *run)
{
    struct manifest *manifest = &gathering->manifest;
    const size_t count = manifest->source_count = run->source_count;
    gathering->sources = cte_alloc((count + 1) * sizeof *gathering->sources);
    gathering->stages = cte_alloc((count + 1) * STAGES * sizeof *gathering->stages);
    manifest->sources = gathering->sources;
    for (size_t i = 0; i < count; i++) {
        const struct run_source *source = &run->sources[i];
        struct manifest_stage *stages = &gathering->stages[i * STAGES];
        const bool is_good = source->status <= CTE_SOME_LEFT;
        for (int stage = 0; stage < STAGES; stage++)
            stages[stage] = (struct manifest_stage){
                stage_names[stage], run->clock.is_fixed ? -1 : source->seconds[stage]};
        gathering->sources[i] = (struct manifest_source){
            .name = source->name,
            .file = source->shown,
            .input_format = source->format,
            .status = status_of(source),
            .exit = source->status,
            .stages = stages,
            .stage_count = is_good ? STAGES : 0,
            .messages = (struct slice){source->messages, source->message_length}};
    }
}

/* What history.c noted of the runs before this one. */
static void gather_before(struct manifest *manifest, const struct before *before)
{
    manifest->before = (struct manifest_link){before->id, before->sha256, NULL};
    manifest->repeats =
        (struct manifest_link){before->repeats_id, before->repeats_sha256, before->repeats_started};
    manifest->pruned = (struct manifest_pruned){before->pruned, before->pruned_sha256};
}

static void put_made_of(struct xml_out *xml, const void *run)
{
    put_made(run, xml);
}

static const struct account *account_of(const void *run, size_t source)
{
    return kept_account(run, source, KEPT_ALL);
}

/* Of thousands of sources the manifest would be most of what is read of a run. */
static void put_accounts_apart(struct run *run, struct manifest *manifest)
{
    struct output output;
    if (begin_document(&run->documents, &output, "", ACCOUNTS_FILE) != CTE_OK)
        return;
    accounts_write(manifest, &output);
    if (end_document(&run->documents, &output, "") == CTE_OK)
        manifest->accounts_file = (struct manifest_accounts){
            ACCOUNTS_FILE, find_document(&run->documents, ACCOUNTS_FILE)->sha256};
}

int write_manifest(struct run *run, struct output *output)
{
    struct gathering gathering = {.manifest = {.id = run->place.id,
                                               .program = run->program->name,
                                               .version = CTE_VERSION,
                                               .started = run->clock.started,
                                               .exit = run->status,
                                               .is_beside = run->results.is_aside,
                                               .shrunk = run->results.shrunk,
                                               .shrunk_count = run->results.shrunk_count,
                                               .overlaps = run->results.overlaps,
                                               .overlap_count = run->results.overlap_count,
                                               .unused = run->results.unused,
                                               .unused_count = run->results.unused_count,
                                               .account_of = account_of,
                                               .put_made = put_made_of,
                                               .context = run}};
    gathering.manifest.all_sources = run->all_sources;
    gather_before(&gathering.manifest, run->earlier.before);
    gather_options(&gathering, &run->policy);
    gather_tables(&gathering, run);
    gather_sources(&gathering, run);
    if (run->source_count > MANIFEST_MANY_SOURCES)
        put_accounts_apart(run, &gathering.manifest);
    const int status = run->error.status == CTE_OK
                           ? manifest_write(&gathering.manifest, output, &run->error)
                           : run->error.status;
    free(gathering.options);
    free(gathering.tables);
    free(gathering.sources);
    free(gathering.stages);
    arena_free(&gathering.manifest.memory);
    return status;
}

int write_sums(struct run *run)
{
    struct output output;
    int status = output_open(&output, run->place.folder, "SHA256SUMS", false, &run->error);
    if (status != CTE_OK)
        return status;
    for (size_t s = 0; s < run->source_count; s++) {
        const struct account *account = kept_account(run, s, KEPT(FACT_FILE));
        for (const struct fact_file *file = account_first(account, FACT_FILE); file != NULL;
             file = account_next(account, FACT_FILE, file))
            put_sum(&output, file->sha256, file->name);
    }
    for (size_t i = 0; i < run->documents.count; i++)
        put_sum(&output, run->documents.items[i].sha256, run->documents.items[i].name);
    if ((status = output_close(&output, &run->error)) == CTE_OK)
        status = output_publish(&output, &run->error);
    output_discard(&output);
    return status;
}
