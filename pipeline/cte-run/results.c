#include "pipeline/cte-run/results.h"
#include "pipeline/cte-run/kept_accounts.h"
#include "pipeline/cte-run/log.h"
#include "pipeline/cte-run/since_last.h"
#include "pipeline/cte-run/unused.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "codetables/base/text.h"

/* "; by school: 9900001 2024-2025 SCTE 225 of 246": the schools of a source of which not all
 * records are written. To be freed. */
static char *schools_of(const struct account *account)
{
    enum { MOST_NAMED = 4 }; /* the report has the others */
    struct text text = {0};
    size_t named = 0, left = 0;
    for (const struct fact_school *school = account_first(account, FACT_SCHOOL); school != NULL;
         school = account_next(account, FACT_SCHOOL, school)) {
        if (school->type[0] == '\0' || school->read == school->written)
            continue;
        left += named == MOST_NAMED;
        if (named == MOST_NAMED)
            continue;
        text_format(&text, "%s %s %s %s %" PRIu64 " of %" PRIu64, named == 0 ? "; by school:" : ",",
                    school->school, school->year, school->type, school->written, school->read);
        named++;
    }
    if (left > 0)
        text_format(&text, " and %zu more", left);
    return text_take(&text);
}

/* "; see OUT/runs/RUN/SCTE.held.txt": the files of a source that hold what was not written. To be
 * freed. */
static char *files_left(const struct run *run, const struct account *account)
{
    struct text text = {0};
    for (const struct fact_file *file = account_first(account, FACT_FILE); file != NULL;
         file = account_next(account, FACT_FILE, file)) {
        if (strcmp(file->holds, "held") == 0 || strcmp(file->holds, "rejected") == 0)
            text_format(&text, "%s %s/runs/%s/%s", text.length > 0 ? " and" : "; see",
                        run->place.out_shown, run->place.id, file->name);
    }
    return text_take(&text);
}

static void log_incomplete(const struct run *run, size_t s, bool is_kept)
{
    const struct run_source *source = &run->sources[s];
    const struct account *account = kept_account(run, s, KEPT(FACT_SCHOOL) | KEPT(FACT_FILE));
    char *schools = schools_of(account), *files = is_kept ? files_left(run, account) : NULL;
    log_say(run, "warning", "incomplete", source->shown,
            "%s: incomplete: %llu of %llu records written, %llu merged, %llu rejected, %llu "
            "held%s; CALPADS deletes what a replacement file leaves out%s",
            source->shown, source->written, source->read, source->merged, source->rejected,
            source->held, schools, files != NULL ? files : "");
    free(files);
    free(schools);
}

/* What the run before it did not tell: it is read first. */
static void log_news(const struct run *run, bool is_kept)
{
    const struct since_last *since = run->results.since;
    for (size_t i = 0; i < since->count; i++)
        log_say(run, "warning", "new", NULL, "new since %s: %s", since->day, since->texts[i]);
    if (since->more > 0)
        log_say(run, "warning", "new", NULL, "new since %s: %zu more sources%s", since->day,
                since->more, is_kept ? "; see report.html" : "");
}

/* Records that are gone, or would be if what was made were sent. */
static void log_losses(const struct run *run)
{
    for (size_t i = 0; i < run->results.shrunk_count; i++) {
        char *text = shrunk_text(&run->results.shrunk[i]);
        log_say(run, "warning", "shrunk", NULL, "%s", text);
        free(text);
    }
    const struct overlap_list overlaps = list_overlaps(run);
    size_t count;
    char **texts = overlap_texts(&overlaps, &count);
    for (size_t i = 0; i < count; i++) {
        log_say(run, "warning", "overlap", NULL, "%s", texts[i]);
        free(texts[i]);
    }
    free(texts);
}

void log_unused(struct run *run)
{
    for (; run->results.unused_told < run->results.unused_count; run->results.unused_told++) {
        const struct unused *unused = &run->results.unused[run->results.unused_told];
        if (is_used_elsewhere(run, unused))
            log_tell(run, unused->what, "%s", unused->text);
        else
            log_say(run, "warning", unused->what, NULL, "%s", unused->text);
    }
}

void log_results(struct run *run, bool is_kept)
{
    if (run->status > CTE_OK || run->results.shrunk_count > 0) /* silent when all is well */
        log_news(run, is_kept);
    log_losses(run);
    for (size_t i = 0; i < run->source_count; i++) {
        const struct run_source *source = &run->sources[i];
        if (source->broke_off != NULL)
            log_say(run, "warning", "broke-off", source->shown, "%s", source->broke_off);
        log_messages(run, source);
        log_source(run, source);
        if (source->status <= CTE_SOME_LEFT && source->incomplete)
            log_incomplete(run, i, is_kept);
    }
    log_unused(run);
}

void print_sums(const struct run *run)
{
    printf("%-24s %12s %12s %8s %10s %10s  %s\n", "source", "read", "written", "merged", "rejected",
           "held", "state");
    for (size_t i = 0; i < run->source_count; i++) {
        const struct run_source *source = &run->sources[i];
        printf("%-24s %12llu %12llu %8llu %10llu %10llu  %s\n", source->name, source->read,
               source->written, source->merged, source->rejected, source->held,
               source->status > CTE_SOME_LEFT ? "refused"
               : source->incomplete           ? "incomplete"
               : source->shrunk               ? "shrunk"
                                              : "complete");
    }
    printf("run %s/runs/%s%s\n", run->place.out_shown, run->place.id,
           run->results.is_aside ? " (not made current)" : "");
}
