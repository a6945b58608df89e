/* cte-run - runs the chain on every source of a run, checks the sums and publishes the result whole
 * or not at all. */
#include "pipeline/cte-run/convert_sources.h"
#include "pipeline/cte-run/kept_accounts.h"
#include "pipeline/cte-run/fingerprint.h"
#include "pipeline/cte-run/job.h"
#include "pipeline/cte-run/log.h"
#include "pipeline/cte-run/publish.h"
#include "pipeline/cte-run/repeat.h"
#include "pipeline/cte-run/shard.h"
#include "pipeline/cte-run/since_last.h"
#include "pipeline/cte-run/source_folders.h"
#include "pipeline/cte-run/sources.h"
#include "pipeline/cte-run/unused.h"
#include "pipeline/cte-run/finish.h"
#include "pipeline/cte-run/first_pass.h"
#include "pipeline/cte-run/identity.h"
#include "pipeline/cte-run/made.h"
#include "pipeline/cte-run/progress.h"
#include "pipeline/cte-run/results.h"
#include "pipeline/cte-run/signals.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "codetables/base/file.h"
#include "pipeline/cte-run/signature.h"
#include "codetables/base/lock_down.h"
#include "codetables/base/shown.h"
#include "pipeline/stream/source.h"
#include "pipeline/stream/stream.h"
#include "codetables/base/memory.h"
#include "codetables/base/digest.h"
#include "codetables/base/number.h"
#include "pipeline/run/status.h"

static struct run run;
static struct job_sources sources;
static struct request *const request = &run.request;

static struct program program = {
    .name = "cte-run",
    .synopsis = "--out DIR [OPTION]... SOURCE...\n"
                "       cte-run --repeat RUNDIR [--publish] --out DIR [SOURCE...]\n"
                "       cte-run --verify RUNDIR [--signers FILE]\n"
                "       cte-run --list DIR\n"
                "       cte-run --prune DIR [--keep N] [--keep-days N]",
    .description = "Converts extracts: reads each source, recodes it through the crosswalks, "
                   "validates it and writes the files to be\n"
                   "sent, with a manifest, a report and checksums, into DIR/runs/RUN; DIR/current "
                   "points to the newest good run.\n"
                   "Silent when all is well and no terminal is there.",
    .exits = "0 all records written, 1 some rejected or held, or sources replace one another, 64 "
             "usage, or two sources of one content,\n"
             "65 a source refused, nothing written, or a run kept back, 66 no such source or "
             "nothing in it,\n"
             "70 a bug, 73 cannot create, 74 read or write error, 75 another run is at work, 77 no "
             "permission, or a key that does not sign, 78 table or decisions, no key,\n"
             "99 nothing to do: sources, tables, options and program are those of the current run",
    .starts_others = true,
};

static int fail(void)
{
    remove_run_folder(&run);
    log_unused(&run);
    log_say(&run, "error", "failed", NULL, "%s", run.error.text);
    log_end(&run, run.error.status);
    return run.error.status;
}

/* What is wrong with the options, as the log speaks. */
static int usage(const char *format, ...) __attribute__((format(printf, 1, 2)));
static int usage(const char *format, ...)
{
    char text[2048];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (!request->log_json)
        return program_usage(&program, "%s", text);
    log_say(&run, "error", "usage", NULL, "%s", text);
    log_end(&run, CTE_USAGE);
    return CTE_USAGE;
}

/* Tasks that only look at runs that are done; -1 when none was asked for. */
static int look_back(void)
{
    int status = request->verify != NULL
                     ? verify_run(&program, request->verify, request->signers, request->quiet)
                 : request->list != NULL ? list_runs(&program, request->list)
                 : request->prune != NULL
                     ? prune_runs(&program, request->prune, request->keep, request->keep_days, NULL)
                     : -1;
    struct cte_error error = {0};
    if (status >= 0 && program_close_output(&error) != CTE_OK)
        return program_fail(&program, &error);
    return status;
}

/* What can be told wrong before the run knows how it is to speak. */
static int check_command(bool has_sources)
{
    if (check_tasks(request, has_sources, &run.error) != CTE_OK)
        return program_usage(&program, "%s", run.error.text);
    const char *log = request->log_format;
    if (log != NULL && strcmp(log, "text") != 0 && strcmp(log, "json") != 0)
        return program_usage(&program, "--log is text or json, not '%s'", log);
    request->log_json = log != NULL && strcmp(log, "json") == 0;
    return CTE_OK;
}

static void begin_progress(void)
{
    double bytes = 0;
    for (size_t i = 0; i < run.source_count; i++)
        bytes += (double)run.sources[i].facts.st_size;
    progress_begin(!request->quiet && !request->log_json, run.source_count, bytes);
}

/* From here on, this program and those it starts write into the output folder alone. */
static void confine(void)
{
    const char *lacks = lock_down_lacks();
    program_confine(&program, NULL, (const char *const[]){request->out, NULL});
    if (lacks != NULL)
        log_tell(&run, "not-confined",
                 "this system has no %s, so the programs of the run could do more than they need",
                 lacks);
}

/* Died of a signal: nothing of the run stays, and the caller sees what it was. */
static void stop_run(void)
{
    remove_run_folder(&run);
    die_of_signal();
}

/* Nothing has gone wrong, and the state is that of this run: note it, so that the next run may find
 * nothing to do. */
static void note_done(const char *hex)
{
    struct cte_error error = {0};
    const bool is_empty = run.source_count == 0 && run.place.is_published;
    if ((run.place.is_current || is_empty) && run.status <= CTE_SOME_LEFT &&
        save_fingerprint(&run, hex, &error) != CTE_OK)
        log_say(&run, "warning", "not-noted", NULL, "%s", error.text);
}

static int report_unused(void)
{
    if (report_unused_crosswalks(&run) == CTE_OK) {
        report_unasked_codes(&run);
        report_unused_decisions(&run);
    }
    return run.error.status;
}

/* All that is asked for, from the command line to the exit status. */
static int do_task(int argc, char **argv)
{
    int first;
    char state[DIGEST_HEX];
    run.program = &program;
    record_command(argc, argv);
    list_options(&program, request, &run.policy);
    program_start(&program, argc, argv, &first);
    if (check_command(first < argc) != CTE_OK)
        return CTE_USAGE;
    int looked = look_back();
    if (looked >= 0)
        return looked;
    if (request->job != NULL && read_job(&run, first < argc, &sources) != CTE_OK)
        return fail();
    for (int i = first; i < argc; i++)
        option_list_add(&sources.paths, argv[i]);
    if (sources.paths.count == 0 && request->repeat == NULL)
        return usage("no source named");
    if (set_sources(&run, &sources) != CTE_OK ||
        policy_take_none(&run.policy, &run.error) != CTE_OK)
        return usage("%s", run.error.text);
    const bool is_changed = policy_changes_bytes(&run.policy) || program.codetables_given;
    if (request->publish && request->repeat == NULL)
        return usage("--publish is for --repeat; any other run becomes current when it is good");
    if (run.policy.shard != NULL && request->repeat != NULL)
        return usage("--repeat makes the shard that the run was; leave --shard out");
    if (request->repeat != NULL && request->out == NULL)
        request->out = folder_of_runs(request->repeat);
    if (request->repeat != NULL && load_repeated_run(&run, request->repeat) != CTE_OK)
        return fail();
    if (set_clock(&run) != CTE_OK || check_request(request, &run.error) != CTE_OK ||
        policy_check(&run.policy, &run.error) != CTE_OK || take_shard(&run) != CTE_OK)
        return usage("%s", run.error.text);
    place_sources(&run);
    run.place.out_shown = arena_take(&run.memory, path_shown(request->out));
    set_run_id(&run);
    heed_signals();
    if (lock_output(&run) != CTE_OK || (request->repeat != NULL && restore_tables(&run) != CTE_OK))
        return fail();
    fingerprint(&run, state);
    if (!request->force && !request->dry_run && request->repeat == NULL &&
        is_unchanged(&run, state)) {
        log_end(&run, CTE_NOTHING_TO_DO);
        if (request->verbose || isatty(STDOUT_FILENO))
            puts("nothing to do: sources, tables, options and program are those of the current "
                 "run; --force runs all the same");
        return CTE_NOTHING_TO_DO;
    }
    report_useless_options(&run);
    if ((run.policy.sign != NULL && !request->dry_run && test_key(&run) != CTE_OK) ||
        probe_output(&run) != CTE_OK || check_crosswalks(&run) != CTE_OK)
        return fail();
    confine(); /* may end the program: there is no folder of the run yet */
    if (make_run_folder(&run) != CTE_OK)
        return fail();
    hash_programs(&run);
    if (stat_sources(&run) != CTE_OK || make_source_folders(&run) != CTE_OK)
        return fail();
    begin_progress();
    progress_say("reading all sources for what one pass cannot know");
    if (run.source_count > 0 && index_sources(&run) != CTE_OK) {
        progress_end();
        remove_run_folder(&run);
        return stop_signal != 0 ? (stop_run(), CTE_BUG) : fail();
    }
    convert_sources(&run);
    gather_accounts(&run);
    remove_empty_folders(&run);
    progress_end();
    if (accounts_status(&run, &run.error) != CTE_OK) {
        remove_run_folder(&run);
        return fail();
    }
    check_sources_unchanged(&run);
    if (stop_signal != 0)
        stop_run();
    settle_overlaps(&run);
    compare_with_last(&run);
    compare_with_newest(&run);
    if (check_source_hashes(&run) != CTE_OK || report_unused() != CTE_OK) {
        log_results(&run, false);
        remove_run_folder(&run);
        return fail();
    }
    if (finish_run(&run, is_changed) != CTE_OK)
        return fail();
    int status = run.status;
    note_done(state);
    close(run.place.lock);
    if (request->job != NULL && (request->keep != NULL || request->keep_days != NULL) &&
        run.place.is_current)
        status = worse_status(
            status, prune_runs(&program, request->out, request->keep, request->keep_days, &run));
    log_end(&run, status);
    struct cte_error error = {0};
    return program_close_output(&error) == CTE_OK ? status : program_fail(&program, &error);
}

int main(int argc, char **argv)
{
    const int status = do_task(argc, argv);
    free_job_sources(&sources);
    run_free(&run);
    return status;
}
