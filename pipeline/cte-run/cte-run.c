/* cte-run - runs the chain on every source of a run, checks the sums and publishes the result whole
 * or not at all. */
#include "pipeline/cte-run/made.h"
#include "pipeline/cte-run/report.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
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

static struct run run;
static struct request *const request = &run.request;

static struct program program = {
    .name = "cte-run",
    .synopsis = "--out DIR [OPTION]... SOURCE...\n       cte-run --repeat RUNDIR [--publish] --out "
                "DIR [SOURCE...] | --verify RUNDIR [--signers FILE] | --list DIR | --prune DIR",
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
    drop_folder(&run);
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

/* The time of the run, or the fixed one that makes two runs alike. */
static int set_clock(void)
{
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    time_t seconds = time(NULL);
    if (epoch != NULL && *epoch != '\0') {
        char *end;
        errno = 0;
        seconds = (time_t)strtoll(epoch, &end, 10);
        if (*end != '\0' || errno != 0)
            return usage("SOURCE_DATE_EPOCH is not a number of seconds");
        run.fixed_clock = true;
    }
    struct tm utc, local;
    gmtime_r(&seconds, &utc);
    strftime(run.started, sizeof run.started, "%Y-%m-%dT%H:%M:%SZ", &utc);
    /* Rules look at the calendar that hangs where the run is made; with a fixed clock nothing
     * depends on where that is. */
    localtime_r(&seconds, &local);
    static char today[16];
    strftime(today, sizeof today, "%Y-%m-%d", run.fixed_clock ? &utc : &local);
    if (run.policy.as_of != NULL && strcmp(run.policy.as_of, "today") == 0)
        run.policy.as_of = today;
    return CTE_OK;
}

/* The start and a few digits of a hash of what the run is about, so that two runs of one second
 * differ. */
static void make_id(void)
{
    char *about = cte_format("%s %s %s %s %s", CTE_VERSION,
                             run.policy.target != NULL ? run.policy.target : "",
                             run.policy.layout != NULL ? run.policy.layout : "",
                             run.policy.decisions != NULL ? run.policy.decisions : "",
                             run.fixed_clock ? "" : run.started);
    for (size_t i = 0; i < run.policy.crosswalks.count + run.source_count; i++) {
        const char *more = i < run.policy.crosswalks.count
                               ? run.policy.crosswalks.texts[i]
                               : run.sources[i - run.policy.crosswalks.count].path;
        struct stat facts = {0};
        if (i >= run.policy.crosswalks.count)
            stat(more, &facts);
        char *longer = cte_format("%s\n%s %lld %ld", about, more, (long long)facts.st_size,
                                  run.fixed_clock ? 0L : (long)getpid());
        free(about);
        about = longer;
    }
    char hex[65];
    digest_bytes(about, strlen(about), hex);
    free(about);
    char stamp[32];
    size_t length = 0;
    for (const char *c = run.started; *c != '\0'; c++) {
        if (*c != '-' && *c != ':')
            stamp[length++] = *c;
    }
    stamp[length] = '\0';
    run.id = cte_format("%s-%.6s", stamp, hex);
}

/* Whether the run may be published: a source may be refused, but nothing may have gone wrong. */
static bool may_publish(void)
{
    bool some_good = false, some_refused = false;
    for (size_t i = 0; i < run.source_count; i++) {
        int status = run.sources[i].status;
        some_good = some_good || status <= CTE_SOME_LEFT;
        some_refused = some_refused || status > CTE_SOME_LEFT;
        if (status > CTE_SOME_LEFT && status != CTE_BAD_INPUT && status != CTE_NO_INPUT)
            return false;
    }
    some_refused = some_refused || run.has_missing;
    const bool stops =
        some_refused && run.policy.refused != NULL && strcmp(run.policy.refused, "stop") == 0;
    if (stops)
        log_say(&run, "error", "not-published", NULL,
                "a source was refused or missing, and --refused stop says that this stops the "
                "others; nothing is published");
    return some_good && !stops;
}

/* Whether what was made, if it were sent, would leave less than there is. */
static bool is_incomplete(void)
{
    bool incomplete = false;
    for (size_t i = 0; i < run.source_count; i++)
        incomplete =
            incomplete || (run.sources[i].status <= CTE_SOME_LEFT && run.sources[i].incomplete);
    for (size_t i = 0; i < run.shrunk_count; i++)
        incomplete = incomplete || !run.shrunk[i].is_moved_on;
    for (size_t i = 0; i < run.overlap_count; i++)
        incomplete = incomplete || run.overlaps[i].may_refuse;
    return incomplete;
}

static unsigned long long count_written(void)
{
    unsigned long long written = 0;
    for (size_t i = 0; i < run.source_count; i++)
        written += run.sources[i].status <= CTE_SOME_LEFT ? run.sources[i].written : 0;
    return written;
}

/* "; by school: 9900001 225 of 246": the schools of a source of which not all records are written.
 * To be freed. */
static char *schools_of(const struct run_source *source)
{
    enum { MOST_NAMED = 12 };
    char *text = cte_strdup("");
    size_t named = 0, left = 0;
    for (const struct fact_school *school = account_first(&source->account, FACT_SCHOOL);
         school != NULL; school = account_next(&source->account, FACT_SCHOOL, school)) {
        if (school->type[0] == '\0' || school->read == school->written)
            continue;
        left += named == MOST_NAMED;
        if (named == MOST_NAMED)
            continue;
        char *longer =
            cte_format("%s%s %s %" PRIu64 " of %" PRIu64, text, named == 0 ? "; by school:" : ",",
                       school->school, school->written, school->read);
        free(text);
        text = longer;
        named++;
    }
    char *whole = left > 0 ? cte_format("%s and %zu more", text, left) : cte_strdup(text);
    free(text);
    return whole;
}

/* The files of a source that hold what was not written, those that there are. To be freed. */
static char *files_left(const struct run_source *source)
{
    const bool is_rejected = source->rejected > 0, is_held = source->held > 0;
    return is_rejected && is_held
               ? cte_format("; see %s.rejected.txt and %s.held.* in the run folder", source->name,
                            source->name)
           : is_rejected ? cte_format("; see %s.rejected.txt in the run folder", source->name)
           : is_held     ? cte_format("; see %s.held.* in the run folder", source->name)
                         : cte_strdup("");
}

/* What the stages said, and what is incomplete. */
static void tell_trouble(void)
{
    for (size_t i = 0; i < run.source_count; i++) {
        const struct run_source *source = &run.sources[i];
        log_messages(&run, source);
        log_source(&run, source);
        if (source->status > CTE_SOME_LEFT || !source->incomplete)
            continue;
        char *schools = schools_of(source), *files = files_left(source);
        log_say(&run, "warning", "incomplete", source->shown,
                "%s: incomplete: %llu of %llu records written, %llu merged, %llu rejected, %llu "
                "held%s; CALPADS deletes what a "
                "replacement file leaves out%s",
                source->shown, source->written, source->read, source->merged, source->rejected,
                source->held, schools, files);
        free(files);
        free(schools);
    }
    for (size_t i = 0; i < run.shrunk_count; i++) {
        char *text = shrunk_text(&run.shrunk[i]);
        log_say(&run, "warning", "shrunk", NULL, "%s", text);
        free(text);
    }
    size_t count;
    char **texts = overlap_texts(&run, &count);
    for (size_t i = 0; i < count; i++) {
        log_say(&run, "warning", "overlap", NULL, "%s", texts[i]);
        free(texts[i]);
    }
    free(texts);
}

static void print_sums(void)
{
    printf("%-24s %12s %12s %8s %10s %10s  %s\n", "source", "read", "written", "merged", "rejected",
           "held", "state");
    for (size_t i = 0; i < run.source_count; i++) {
        const struct run_source *source = &run.sources[i];
        printf("%-24s %12llu %12llu %8llu %10llu %10llu  %s\n", source->name, source->read,
               source->written, source->merged, source->rejected, source->held,
               source->status > CTE_SOME_LEFT ? "refused"
               : source->incomplete           ? "incomplete"
               : source->shrunk               ? "shrunk"
                                              : "complete");
    }
    printf("run %s/runs/%s%s\n", run.out_shown, run.id, run.beside ? " (not made current)" : "");
}

/* Seconds that a run has to end when it is told to. */
enum { MOST_TO_END = 10 };

static void stop_on(int number)
{
    stop_signal = number;
    alarm(MOST_TO_END);
}

/* It waits for something that does not come, as a log that nobody reads. What it leaves behind, the
 * next run removes. */
static void give_up(int number)
{
    (void)number;
    signal(stop_signal, SIG_DFL);
    raise(stop_signal);
}

static void heed_signals(void)
{
    /* Without SA_RESTART: what waits is to wake up. */
    struct sigaction stop = {.sa_handler = stop_on}, end = {.sa_handler = give_up};
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGTERM, &stop, NULL);
    sigaction(SIGALRM, &end, NULL);
    signal(SIGCHLD, SIG_DFL); /* ignored, the ends of the stages would be lost */
}

/* Died of a signal: nothing of the run stays, and the caller sees what it was. */
static void die_of_signal(void)
{
    drop_folder(&run);
    signal(stop_signal, SIG_DFL);
    raise(stop_signal);
}

/* Sources side by side: each thread takes the next one and waits for its stages. */
static void *work(void *unused)
{
    static atomic_size_t next;
    (void)unused;
    for (size_t i = atomic_fetch_add(&next, 1); i < run.source_count && stop_signal == 0;
         i = atomic_fetch_add(&next, 1))
        run_chain(&run, &run.sources[i]);
    return NULL;
}

static void convert_sources(void)
{
    pthread_t threads[REQUEST_MOST_JOBS];
    size_t started = 0;
    for (size_t i = 1; i < request->jobs && i < run.source_count; i++) {
        if (pthread_create(&threads[started], NULL, work, NULL) == 0)
            started++;
    }
    work(NULL);
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i < run.source_count; i++)
        run.status = worse_status(run.status, run.sources[i].status);
    if (run.has_missing)
        run.status = worse_status(run.status, CTE_NO_INPUT);
}

static int write_documents(void)
{
    struct output manifest;
    struct run_rollups rollups = {0};
    if (gather_rollups(&run, &rollups) == CTE_OK && copy_tables(&run, &rollups.tables) == CTE_OK &&
        write_needed(&run) == CTE_OK)
        write_reports(&run, &rollups);
    free_rollups(&rollups);
    if (run.error.status != CTE_OK)
        return run.error.status;
    if (output_open(&manifest, run.folder, "manifest.xml", false, &run.error) != CTE_OK)
        return run.error.status;
    if (write_manifest(&run, &manifest) != CTE_OK) {
        output_discard(&manifest);
        return run.error.status;
    }
    return end_document(&run, &manifest, "") == CTE_OK && write_sums(&run) == CTE_OK
               ? read_back_run(&run)
               : run.error.status;
}

static int print_manifest(void)
{
    char *path = cte_format("%s/manifest.xml", run.folder);
    FILE *file = file_stream(path);
    char buffer[1 << 14];
    size_t got;
    while (file != NULL && (got = fread(buffer, 1, sizeof buffer, file)) > 0)
        fwrite(buffer, 1, got, stdout);
    if (file == NULL || ferror(file))
        cte_fail(&run.error, CTE_IO, "%s: cannot read back", path);
    if (file != NULL)
        fclose(file);
    free(path);
    return run.error.status;
}

/* Nothing has gone wrong, and the state is that of this run: note it, so that the next run may find
 * nothing to do. */
static void note_done(const char *hex)
{
    struct cte_error error = {0};
    if (run.made_current && run.status <= CTE_SOME_LEFT && note_state(&run, hex, &error) != CTE_OK)
        log_say(&run, "warning", "not-noted", NULL, "%s", error.text);
}

/* Why a run made again does not become current; NULL: it does. A run that was told to be another is
 * not compared. */
static const char *keep_back(bool is_changed)
{
    const int differs = is_changed ? CTE_OK : compare_past(&run);
    run.status = worse_status(run.status, differs);
    const char *why = differs != CTE_OK            ? "it differs from the run it repeats"
                      : !request->publish          ? "--publish was not given"
                      : run.status > CTE_SOME_LEFT ? "not all of its sources could be converted"
                      : is_overtaken(&run) ? "the current run is newer than the one it repeats"
                                           : NULL;
    if (request->publish && why != NULL)
        run.status = worse_status(run.status, CTE_BAD_INPUT);
    return why;
}

/* The end of a run whose sources are all done: documents, then the folder put in place. */
static int conclude(bool is_changed)
{
    bool is_good = may_publish(), is_bare = is_good && count_written() == 0;
    run.beside =
        is_bare || (run.policy.shrink != NULL && strcmp(run.policy.shrink, "refuse") == 0 &&
                    (is_incomplete() || run.is_blind));
    if (run.beside)
        run.status = worse_status(run.status, CTE_BAD_INPUT);
    const char *kept_back = request->repeat != NULL && is_good ? keep_back(is_changed) : NULL;
    run.beside = run.beside || kept_back != NULL;
    if (run.index != NULL && unlink(run.index) != 0 && errno != ENOENT)
        cte_fail(&run.error, CTE_IO, "%s: cannot be removed, and has no place in a run: %s",
                 run.index, strerror(errno));
    bool is_over = passes_threshold(&run);
    if (is_over)
        run.status = worse_status(run.status, CTE_BAD_INPUT);
    if (!is_good || is_over || run.error.status != CTE_OK || write_documents() != CTE_OK ||
        (run.policy.sign != NULL && !request->dry_run && sign_run(&run) != CTE_OK)) {
        drop_folder(&run);
        return run.error.status != CTE_OK ? fail() : run.status;
    }
    if (request->dry_run) {
        int status = print_manifest();
        drop_folder(&run);
        return status != CTE_OK ? fail() : run.status;
    }
    /* Nothing appears before what is said of it is out. */
    if (request->verbose || isatty(STDOUT_FILENO))
        print_sums();
    if (program_flush_output(&run.error) != CTE_OK) {
        drop_folder(&run);
        return fail();
    }
    if (stop_signal != 0)
        die_of_signal();
    if (publish_folder(&run, !run.beside) != CTE_OK) {
        if (!run.published)
            drop_folder(&run);
        return fail();
    }
    tell_syslog(&run, "published");
    if (is_bare)
        log_say(&run, "error", "not-current", NULL,
                "%s/current stays as it was: no record was written; this run is in %s/runs/%s, "
                "with what is rejected and held",
                run.out_shown, run.out_shown, run.id);
    else if (kept_back != NULL && request->publish)
        log_say(&run, "error", "not-current", NULL,
                "%s/current stays as it was: %s; this run is in %s/runs/%s", run.out_shown,
                kept_back, run.out_shown, run.id);
    else if (kept_back != NULL)
        log_tell(&run, "not-current", "%s/current stays as it was: %s; this run is in %s/runs/%s",
                 run.out_shown, kept_back, run.out_shown, run.id);
    else if (run.beside)
        log_say(&run, "error", "not-current", NULL,
                "%s/current stays as it was: --shrink refuse does not let a run with fewer "
                "records, or with sources that replace one "
                "another, take its place; this run is in %s/runs/%s, to be looked at; where it is "
                "meant, run again with "
                "--shrink publish",
                run.out_shown, run.out_shown, run.id);
    return run.status;
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

int main(int argc, char **argv)
{
    int first;
    char state[DIGEST_HEX];
    run.program = &program;
    note_command(argc, argv);
    list_options(&program, request, &run.policy);
    program_start(&program, argc, argv, &first);
    if (check_command(first < argc) != CTE_OK)
        return CTE_USAGE;
    int looked = look_back();
    if (looked >= 0)
        return looked;
    struct job_sources sources = {{NULL, 0}, {NULL, 0}, {NULL, 0}};
    if (request->job != NULL && read_job(&run, first < argc, &sources) != CTE_OK)
        return fail();
    if (first < argc)
        sources = (struct job_sources){
            .paths = {(const char **)(uintptr_t)(argv + first), (size_t)(argc - first)}};
    if (sources.paths.count == 0 && request->repeat == NULL)
        return usage("no source named");
    if (take_sources(&run, sources.paths.texts, sources.names.texts, sources.formats.texts,
                     sources.paths.count) != CTE_OK ||
        policy_take_none(&run.policy, &run.error) != CTE_OK)
        return usage("%s", run.error.text);
    const bool is_changed = policy_changes_bytes(&run.policy) || program.codetables_given;
    if (request->publish && request->repeat == NULL)
        return usage("--publish is for --repeat; any other run becomes current when it is good");
    if (request->repeat != NULL && request->out == NULL)
        request->out = folder_of_runs(request->repeat);
    if (request->repeat != NULL && take_past(&run, request->repeat) != CTE_OK)
        return fail();
    if (set_clock() != CTE_OK)
        return CTE_USAGE;
    if (check_request(request, &run.error) != CTE_OK ||
        policy_check(&run.policy, &run.error) != CTE_OK)
        return usage("%s", run.error.text);
    run.out_shown = path_shown(request->out);
    run.decisions_shown = run.policy.decisions != NULL ? path_shown(run.policy.decisions) : NULL;
    if (request->run_id != NULL)
        run.id = cte_strdup(request->run_id);
    else
        make_id();
    heed_signals();
    if (lock_output(&run) != CTE_OK ||
        (request->repeat != NULL && take_past_tables(&run) != CTE_OK))
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
    tell_useless_options(&run);
    if ((run.policy.sign != NULL && !request->dry_run && try_key(&run) != CTE_OK) ||
        probe_output(&run) != CTE_OK || check_crosswalks(&run) != CTE_OK)
        return fail();
    confine(); /* may end the program: there is no folder of the run yet */
    if (begin_folder(&run) != CTE_OK)
        return fail();
    note_programs(&run);
    progress_say(&run, "reading all sources for what one pass cannot know");
    if (note_facts(&run) != CTE_OK || run_index(&run) != CTE_OK) {
        progress_end();
        drop_folder(&run);
        return stop_signal != 0 ? (die_of_signal(), CTE_BUG) : fail();
    }
    convert_sources();
    progress_end();
    check_still(&run);
    if (stop_signal != 0)
        die_of_signal();
    settle_overlaps(&run);
    compare_with_last(&run);
    tell_trouble();
    if (check_contents(&run) != CTE_OK || tell_unused(&run) != CTE_OK) {
        drop_folder(&run);
        return fail();
    }
    int status = conclude(is_changed);
    note_done(state);
    close(run.lock);
    if (request->job != NULL && (request->keep != NULL || request->keep_days != NULL) &&
        run.made_current)
        status = worse_status(
            status, prune_runs(&program, request->out, request->keep, request->keep_days, &run));
    log_end(&run, status);
    struct cte_error error = {0};
    return program_close_output(&error) == CTE_OK ? status : program_fail(&program, &error);
}
