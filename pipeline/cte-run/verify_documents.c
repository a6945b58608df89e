/* The documents of a run, made anew from its manifest, its counts, its questions and its tables,
 * and held against those there. */
#include <stdlib.h>
#include <string.h>

#include "codetables/base/number.h"
#include "pipeline/cte-run/report.h"
#include "pipeline/cte-run/kept_tables.h"
#include "pipeline/cte-run/sources.h"
#include "pipeline/cte-run/verify.h"
#include "codetables/base/shown.h"
#include "codetables/base/memory.h"

/* A run as its manifest tells it, with what is needed to draw it. */
struct redrawing {
    struct run run;
    struct program program;
    struct verifying *verifying;
};

/* ---- from the manifest ---- */

static void take_source(struct run *run, struct run_source *source,
                        const struct manifest_source *told)
{
    const struct fact_sums *sums = account_first(told->account, FACT_SUMS);
    source->name = arena_string(&run->memory, told->name);
    source->shown = arena_string(&run->memory, told->file);
    source->path = arena_take(&run->memory, path_from_shown(told->file));
    source->status = told->exit;
    if (sums != NULL) {
        source->read = sums->read;
        source->written = sums->written;
        source->merged = sums->merged;
        source->rejected = sums->rejected;
        source->held = sums->held;
    }
    source->incomplete = source->written < source->read;
    source->shrunk = strcmp(told->status, "incomplete") == 0;
    source->account = *told->account; /* the lists stay the manifest's */
    add_messages(source, told->messages.at, told->messages.length);
}

static void take_table(struct run *run, const struct fact_table *table)
{
    note_table(run, &(struct used_table){.kind = table->kind,
                                         .id = table->id,
                                         .version = table->version,
                                         .status = table->status,
                                         .sha256 = table->sha256});
}

static void *copy_items(const void *items, size_t size)
{
    void *copy = cte_alloc(size + 1);
    memcpy(copy, items, size);
    return copy;
}

static void take_manifest(struct run *run, const struct manifest *manifest)
{
    run->place.id = arena_string(&run->memory, manifest->id);
    snprintf(run->clock.started, sizeof run->clock.started, "%s", manifest->started);
    run->source_count = manifest->source_count;
    run->sources = cte_zalloc(run->source_count + 1, sizeof *run->sources);
    for (size_t i = 0; i < run->source_count; i++) {
        const struct account *account = manifest->sources[i].account;
        take_source(run, &run->sources[i], &manifest->sources[i]);
        for (const struct fact_table *table = account_first(account, FACT_TABLE); table != NULL;
             table = account_next(account, FACT_TABLE, table))
            take_table(run, table);
    }
    for (size_t i = 0; i < manifest->table_count; i++)
        take_table(run, &manifest->tables[i]);
    for (size_t i = 0; i < manifest->option_count; i++) {
        const struct manifest_option *option = &manifest->options[i];
        if (policy_find(option->name) != NULL)
            policy_set(&run->policy, policy_find(option->name), option->value);
    }
    run->results.shrunk =
        copy_items(manifest->shrunk, manifest->shrunk_count * sizeof *run->results.shrunk);
    run->results.shrunk_count = manifest->shrunk_count;
    run->results.overlaps =
        copy_items(manifest->overlaps, manifest->overlap_count * sizeof *run->results.overlaps);
    run->results.overlap_count = manifest->overlap_count;
    run->results.unused =
        copy_items(manifest->unused, manifest->unused_count * sizeof *run->results.unused);
    run->results.unused_count = manifest->unused_count;
}

/* ---- from the questions ---- */

/* A row of decisions-needed.csv. To whom the question was put does not matter. */
static void take_question(void *context, char *const *cells)
{
    enum { LEA, YEAR, TYPE, SCHOOL, CODE, LOCAL, RECORDS = 10, CHOICES };
    struct redrawing *redrawing = context;
    struct account *account = &redrawing->run.sources[0].account;
    struct arena *memory = &redrawing->run.memory;
    struct fact_needed needed = {.lea = arena_string(memory, cells[LEA]),
                                 .year = arena_string(memory, cells[YEAR]),
                                 .type = arena_string(memory, cells[TYPE]),
                                 .school = arena_string(memory, cells[SCHOOL]),
                                 .code = arena_string(memory, cells[CODE]),
                                 .local = arena_string(memory, cells[LOCAL]),
                                 .choices = arena_string(memory, cells[CHOICES])};
    if (!read_number(cells[RECORDS], &needed.records))
        needed.records = 0; /* drawn anew, it is another */
    account_append(account, FACT_NEEDED, &needed);
}

/* ---- and held against what is there ---- */

static void compare_documents(struct redrawing *redrawing)
{
    for (size_t i = 0; i < redrawing->run.results.kept_count; i++) {
        const struct kept_file *made = &redrawing->run.results.kept[i];
        const struct listed_file *listed = verify_find(redrawing->verifying, made->name);
        if (listed == NULL)
            verify_wrong(redrawing->verifying, made->name, "is missing: the run makes it");
        else if (strcmp(listed->hash, made->sha256) != 0)
            verify_wrong(redrawing->verifying, made->name,
                         "is not what manifest, counts, questions and tables of the run say: "
                         "made anew, it is another");
    }
}

static void redraw(struct redrawing *redrawing)
{
    static const char questions[] = "decisions-needed.csv";
    struct verifying *verifying = redrawing->verifying;
    struct run *run = &redrawing->run;
    struct run_rollups rollups = {0};
    struct csv_reading reading = {
        .name = questions, .columns = 12, .take = take_question, .context = redrawing};
    const bool has_questions = verify_find(verifying, questions) != NULL;
    if (has_questions && run->source_count == 0)
        return;
    if (has_questions && !verify_csv(verifying, &reading))
        return;
    if (gather_rollups(run, &rollups) == CTE_OK && write_needed(run) == CTE_OK) {
        count_rollups(&rollups);
        if (write_reports(run, &rollups) == CTE_OK)
            compare_documents(redrawing);
    }
    free_rollups(&rollups);
    if (run->error.status != CTE_OK)
        verify_wrong(verifying, "tables", "its documents cannot be made anew from what it kept: %s",
                     run->error.text);
}

void verify_documents(struct verifying *verifying)
{
    struct redrawing redrawing = {.program = *verifying->program, .verifying = verifying};
    struct run *run = &redrawing.run;
    const struct manifest *manifest = &verifying->manifest;
    redrawing.program.codetables = verifying->tables;
    run->program = &redrawing.program;
    run->place.folder = arena_string(&run->memory, verifying->folder);
    run->place.only_reckons = true;
    take_manifest(run, manifest);
    if (strcmp(manifest->version, CTE_VERSION) != 0 || verifying->has_other_schemas) {
        verify_open(verifying, "report.html",
                    "cannot be drawn anew and compared: the run was made by another version of "
                    "this program");
        for (size_t i = 0; i < verifying->listed_count; i++) {
            const char *slash = strrchr(verifying->listed[i].name, '/'),
                       *name = slash != NULL ? slash + 1 : verifying->listed[i].name;
            verifying->listed[i].is_known =
                verifying->listed[i].is_known || strcmp(name, "report.html") == 0 ||
                strcmp(name, "decisions-needed.csv") == 0 || strncmp(name, "rollup-", 7) == 0;
        }
    } else {
        redraw(&redrawing);
    }
    /* The one list that is not. */
    if (run->source_count > 0)
        free(run->sources[0].account.lists[FACT_NEEDED].items);
    for (size_t i = 0; i < run->source_count; i++)
        run->sources[i].account = (struct account){0};
    run_free(run);
}
