/* What cte-write says about sources, as cte-run takes it: the summary taken apart, its balance,
 * what is kept of it, the questions and the manifest that are made of it, and the comparison with
 * the last run. A summary that lies is a fault of a stage: CTE_BUG. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pipeline/cte-run/kept_accounts.h"
#include "pipeline/cte-run/past.h"
#include "pipeline/run/needed_file.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/bundled_program.h"

static int take_source_summary(struct run_source *source, struct cte_error *error)
{
    size_t length;
    char *text = program_file(source->path, &length);
    if (text == NULL)
        return cte_fail(error, CTE_NO_INPUT, "%s: not there", source->path);
    static struct source_cut end = {.sha256 = "0"};
    if (access("cuts", F_OK) == 0) { /* a source that was read in parts */
        source->cuts = &end;
        source->cut_count = 1;
    }
    int status = read_account(source, (struct slice){text, length}, error);
    must_hold(status == error->status, "the status is that of the error");
    free(text);
    return status == CTE_OK ? check_balance(source, error) : status;
}

/* As cte-run does at the end. What it has made must be read back, whatever a stage has told. */
static void write_documents(struct run *run)
{
    struct output manifest;
    size_t count;
    struct fact_needed *questions = collect_needed(run, &count);
    const int status = write_needed(&run->documents, questions, count);
    free(questions);
    if (status != CTE_OK ||
        begin_document(&run->documents, &manifest, "", "manifest.xml") != CTE_OK)
        return;
    if (write_manifest(run, &manifest) != CTE_OK)
        output_discard(&manifest);
    else if (end_document(&run->documents, &manifest, "") == CTE_OK && write_sums(run) == CTE_OK)
        check_documents(run);
}

static int take_summaries(int argc, char **argv)
{
    static struct program program = {.name = "cte-run"};
    static struct run run = {.program = &program,
                             .request.out = "out",
                             .place.out_shown = (char *)"out",
                             .place.folder = (char *)"made",
                             .place.id = (char *)"S",
                             .clock.started = "2025-01-01T00:00:00Z",
                             .clock.is_fixed = true,
                             .policy.make_public = true};
    static struct run_source sources[2] = {
        {.path = "a", .shown = (char *)"a", .name = (char *)"a"},
        {.path = "b", .shown = (char *)"b", .name = (char *)"b"}};
    static struct past_runs past;
    size_t length;
    program.codetables = argv[argc - 1];
    run.policy.max_shrink = program_file("max-shrink", &length);
    run.sources = sources;
    run.source_count = 2;
    run.earlier.runs = &past;
    run.documents = (struct documents){.folder = run.place.folder, .error = &run.error};
    mkdir(run.place.folder, 0700);
    open_accounts(&run);
    /* A source that was refused has no summary. */
    for (size_t i = 0; i < 2; i++) {
        struct cte_error error = {0};
        struct account account = {.places = NULL};
        sources[i].account = &account;
        sources[i].status = take_source_summary(&sources[i], &error);
        if (sources[i].status == CTE_OK)
            keep_account(&run, &sources[i]);
        account_free(&account);
        sources[i].account = NULL;
        if (sources[i].status != CTE_OK && sources[i].status != CTE_NO_INPUT)
            return CTE_OK;
    }
    gather_accounts(&run);
    struct cte_error error = {0};
    if (find_runs("out", &past, &error) == CTE_OK)
        compare_with_last(&run);
    if (note_before(&run) != CTE_OK)
        return CTE_OK;
    for (size_t i = 0; i < run.results.shrunk_count; i++)
        free(shrunk_text(&run.results.shrunk[i]));
    (void)passes_limits(&run, &(struct limits){.count = 0});
    write_documents(&run);
    return CTE_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *lines[][PROGRAM_ARGS] = {{NULL}};
    static const struct program_lines program = {"cte-run", take_summaries, 0, lines, 1};
    program_run(&program, data, size);
    return 0;
}
