#include "pipeline/cte-run/finish.h"
#include "pipeline/cte-run/kept_accounts.h"
#include "pipeline/cte-run/kept_tables.h"
#include "pipeline/cte-run/log.h"
#include "pipeline/cte-run/past.h"
#include "pipeline/cte-run/publish.h"
#include "pipeline/cte-run/repeat.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codetables/base/file.h"
#include "codetables/base/memory.h"
#include "codetables/base/text.h"
#include "pipeline/cte-run/draw_documents.h"
#include "pipeline/cte-run/results.h"
#include "pipeline/cte-run/signals.h"
#include "pipeline/cte-run/since_last.h"
#include "pipeline/cte-run/signature.h"
#include "pipeline/run/counted_rollups.h"
#include "pipeline/run/needed_file.h"
#include "pipeline/run/status.h"

/* Whether the run may be published: a source may be refused, but nothing may have gone wrong.
 * `stops`: it may not, since --refused stop says so. */
static bool may_publish(const struct run *run, bool *stops)
{
    bool some_good = false, some_refused = false;
    for (size_t i = 0; i < run->source_count; i++) {
        int status = run->sources[i].status;
        some_good = some_good || status <= CTE_SOME_LEFT;
        some_refused = some_refused || status > CTE_SOME_LEFT;
        if (status > CTE_SOME_LEFT && status != CTE_BAD_INPUT && status != CTE_NO_INPUT)
            return false;
    }
    some_refused = some_refused || run->has_missing;
    *stops =
        some_refused && run->policy.refused != NULL && strcmp(run->policy.refused, "stop") == 0;
    return (some_good || run->source_count == 0) && !*stops;
}

/* Whether what was made, if it were sent, would leave less than there is. */
static bool is_incomplete(const struct run *run)
{
    bool incomplete = false;
    for (size_t i = 0; i < run->source_count; i++)
        incomplete =
            incomplete || (run->sources[i].status <= CTE_SOME_LEFT && run->sources[i].incomplete);
    for (size_t i = 0; i < run->results.shrunk_count; i++)
        incomplete = incomplete || !run->results.shrunk[i].is_moved_on;
    for (size_t i = 0; i < run->results.overlap_count; i++)
        incomplete = incomplete || run->results.overlaps[i].may_refuse;
    return incomplete;
}

static unsigned long long count_written(const struct run *run)
{
    unsigned long long written = 0;
    for (size_t i = 0; i < run->source_count; i++)
        written += run->sources[i].status <= CTE_SOME_LEFT ? run->sources[i].written : 0;
    return written;
}

/* Keeps the tables, those of the roll-ups too, for which cte-report will look in the run. */
static int keep_all_tables(struct run *run)
{
    struct counted_rollups rollups = {.table = NULL};
    struct tables tables = {0};
    /* an empty shard counts nothing, and keeps no table */
    if (run->source_count > 0 &&
        tables_open(&tables, run->program->codetables, &run->error) == CTE_OK)
        load_counted_rollups(&tables, run->policy.rollups, &run->accounts->types, &rollups,
                             &run->error);
    if (run->error.status == CTE_OK)
        keep_tables(run, &tables);
    tables_free(&tables);
    return run->error.status;
}

static int write_questions(struct run *run)
{
    size_t count;
    struct fact_needed *questions = collect_needed(run, &count);
    write_needed(&run->documents, questions, count);
    free(questions);
    return run->error.status;
}

static int write_the_manifest(struct run *run)
{
    struct output manifest;
    if (begin_document(&run->documents, &manifest, "", "manifest.xml") != CTE_OK)
        return run->error.status;
    if (write_manifest(run, &manifest) != CTE_OK) {
        output_discard(&manifest);
        return run->error.status;
    }
    return end_document(&run->documents, &manifest, "") == CTE_OK
               ? accounts_status(run, &run->error)
               : run->error.status;
}

/* The report is drawn from what lies in the folder, as anybody could draw it again. */
static int write_documents(struct run *run)
{
    const bool is_made = keep_all_tables(run) == CTE_OK && write_questions(run) == CTE_OK &&
                         write_the_manifest(run) == CTE_OK && draw_documents(run) == CTE_OK &&
                         write_sums(run) == CTE_OK && accounts_status(run, &run->error) == CTE_OK;
    return is_made ? check_documents(run) : run->error.status;
}

static int print_manifest(struct run *run)
{
    char *path = cte_format("%s/manifest.xml", run->place.folder);
    FILE *file = file_stream(path);
    char buffer[1 << 14];
    size_t got;
    while (file != NULL && (got = fread(buffer, 1, sizeof buffer, file)) > 0)
        fwrite(buffer, 1, got, stdout);
    if (file == NULL || ferror(file))
        cte_fail(&run->error, CTE_IO, "%s: cannot read back", path);
    if (file != NULL)
        fclose(file);
    free(path);
    return run->error.status;
}

/* What is to become of the run. */
struct verdict {
    bool may_publish;
    bool stops;           /* a source was refused, and --refused stop was given */
    struct limits limits; /* those that are passed */
    bool is_bare;         /* no record was written */
    bool is_empty;        /* it is a shard without a source, and no run is current */
    const char *reason;   /* why a repeat does not become current; NULL: it is none, or does */
};

/* Why a run made again does not become current; NULL: it does. A run that was told to be another is
 * not compared. */
static const char *find_reason(struct run *run, bool is_changed)
{
    const int differs = is_changed ? CTE_OK : compare_with_repeated(run);
    run->status = worse_status(run->status, differs);
    const char *why = differs != CTE_OK             ? "it differs from the run it repeats"
                      : !run->request.publish       ? "--publish was not given"
                      : run->status > CTE_SOME_LEFT ? "not all of its sources could be converted"
                      : is_overtaken(run) ? "the current run is newer than the one it repeats"
                                          : NULL;
    if (run->request.publish && why != NULL)
        run->status = worse_status(run->status, CTE_BAD_INPUT);
    return why;
}

/* Fills run->results.is_aside too, and lets the status tell of it. */
static struct verdict judge_run(struct run *run, bool is_changed)
{
    struct limits limits = {.count = 0};
    bool stops = false;
    const bool is_good = may_publish(run, &stops), is_bare = is_good && count_written(run) == 0;
    const bool is_empty =
        is_good && run->source_count == 0 && run->earlier.runs->current == CURRENT_NONE;
    const bool refuses = run->policy.shrink != NULL && strcmp(run->policy.shrink, "refuse") == 0;
    run->results.is_aside = is_bare || (refuses && (is_incomplete(run) || run->earlier.is_blind));
    if (run->results.is_aside && !is_empty)
        run->status = worse_status(run->status, CTE_BAD_INPUT);
    const char *reason =
        run->request.repeat != NULL && is_good ? find_reason(run, is_changed) : NULL;
    run->results.is_aside = run->results.is_aside || reason != NULL;
    const bool is_over = passes_limits(run, &limits);
    if (is_over)
        run->status = worse_status(run->status, CTE_BAD_INPUT);
    return (struct verdict){is_good && !is_over, stops, limits, is_bare, is_empty, reason};
}

/* Says why nothing is published, where that is so. */
static void log_refusal(const struct run *run, const struct verdict *verdict)
{
    if (verdict->stops)
        log_say(run, "error", "not-published", NULL,
                "a source was refused or missing, and --refused stop says that this stops the "
                "others; nothing is published");
    for (size_t i = 0; i < verdict->limits.count; i++)
        log_say(run, "error", "over-limit", NULL, "%s; nothing is published",
                verdict->limits.texts[i]);
}

/* Says why the current run stays what it was, where it does. */
static void log_place(const struct run *run, const struct verdict *verdict)
{
    if (verdict->is_empty)
        log_tell(run, "empty-shard",
                 "shard %s holds no source; %s/runs/%s says so, and is not current",
                 run->policy.shard, run->place.out_shown, run->place.id);
    else if (verdict->is_bare)
        log_say(run, "error", "not-current", NULL,
                "%s/current stays as it was: no record was written; this run is in %s/runs/%s, "
                "with what is rejected and held",
                run->place.out_shown, run->place.out_shown, run->place.id);
    else if (verdict->reason != NULL && run->request.publish)
        log_say(run, "error", "not-current", NULL,
                "%s/current stays as it was: %s; this run is in %s/runs/%s", run->place.out_shown,
                verdict->reason, run->place.out_shown, run->place.id);
    else if (verdict->reason != NULL)
        log_tell(run, "not-current", "%s/current stays as it was: %s; this run is in %s/runs/%s",
                 run->place.out_shown, verdict->reason, run->place.out_shown, run->place.id);
    else if (run->results.is_aside)
        log_say(run, "error", "not-current", NULL,
                "%s/current stays as it was: --shrink refuse does not let a run with fewer "
                "records, or with sources that replace one another, take its place; this run is in "
                "%s/runs/%s, to be looked at; where it is meant, run again with --shrink publish",
                run->place.out_shown, run->place.out_shown, run->place.id);
}

static void remove_index(struct run *run)
{
    if (run->place.index != NULL && unlink(run->place.index) != 0 && errno != ENOENT)
        cte_fail(&run->error, CTE_IO, "%s: cannot be removed, and has no place in a run: %s",
                 run->place.index, strerror(errno));
}

/* Puts the finished folder in place. */
static int publish_run(struct run *run, const struct verdict *verdict)
{
    /* Nothing appears before what is said of it is out. */
    if (run->request.verbose || isatty(STDOUT_FILENO))
        print_sums(run);
    if (program_flush_output(&run->error) != CTE_OK)
        return run->error.status;
    if (stop_signal != 0) {
        remove_run_folder(run);
        die_of_signal();
    }
    if (publish_run_folder(run, !run->results.is_aside) != CTE_OK)
        return run->error.status;
    write_syslog(run, "published");
    log_place(run, verdict);
    return CTE_OK;
}

/* The run before it was kept back for just what keeps this one back: then it is the one to look at,
 * and this one leaves nothing. */
static bool is_nothing_new(const struct run *run, const struct verdict *verdict)
{
    return run->results.since->is_same && verdict->may_publish && run->results.is_aside &&
           !run->earlier.runs->runs[0].is_current && !run->request.force && !run->request.dry_run;
}

/* What of the run before people look at first; "" where it left nothing for them. */
static const char *find_what_to_see(const struct run *run, unsigned long long held)
{
    static const char *const documents[] = {"worklist.xlsx", NEEDED_FILE, "report.html"};
    const char *found = "";
    for (size_t i = 0; i < sizeof documents / sizeof *documents && found[0] == '\0'; i++) {
        char *path = cte_format("%s/%s", run->earlier.runs->runs[0].folder, documents[i]);
        const bool is_of_use = held > 0 || strcmp(documents[i], NEEDED_FILE) != 0;
        found = is_of_use && access(path, R_OK) == 0 ? documents[i] : "";
        free(path);
    }
    return found;
}

/* What keeps the run back, in one line. */
static void log_nothing_new(const struct run *run)
{
    const char *last = run->earlier.runs->runs[0].shown;
    unsigned long long held = 0, rejected = 0;
    size_t refused = 0;
    struct text more = {0};
    for (size_t i = 0; i < run->source_count; i++) {
        refused += run->sources[i].status > CTE_SOME_LEFT;
        held += run->sources[i].held;
        rejected += run->sources[i].rejected;
    }
    if (refused > 0)
        text_format(&more, ", %zu of %zu sources refused", refused, run->source_count);
    if (run->results.shrunk_count > 0)
        text_add(&more, ", fewer records than the last published run had");
    if (run->results.overlap_count > 0)
        text_add(&more, ", sources that replace one another");
    log_say(run, "warning", "nothing-new", NULL,
            "nothing new: as on %s, %llu records held and %llu rejected%s; %s/current stays as it "
            "was; see %s/runs/%s/%s",
            run->results.since->day, held, rejected, text_string(&more), run->place.out_shown,
            run->place.out_shown, last, find_what_to_see(run, held));
    text_free(&more);
}

int finish_run(struct run *run, bool is_changed)
{
    const struct verdict verdict = judge_run(run, is_changed);
    if (is_nothing_new(run, &verdict)) {
        remove_run_folder(run);
        log_nothing_new(run);
        run->status = CTE_NOTHING_TO_DO;
        return CTE_OK;
    }
    log_results(run, verdict.may_publish && !run->request.dry_run);
    log_refusal(run, &verdict);
    const bool signs = run->policy.sign != NULL && !run->request.dry_run;
    remove_index(run);
    if (run->error.status != CTE_OK || !verdict.may_publish)
        remove_run_folder(run);
    else if (write_documents(run) == CTE_OK && (!signs || sign_run(run) == CTE_OK)) {
        log_unused(run); /* what was seen of the tables when they were kept */
        if (!run->request.dry_run) {
            publish_run(run, &verdict);
        } else {
            print_manifest(run);
            remove_run_folder(run);
        }
    }
    return run->error.status;
}
