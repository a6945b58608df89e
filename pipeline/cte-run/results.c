#include "pipeline/cte-run/results.h"
#include "pipeline/cte-run/kept_accounts.h"
#include "pipeline/cte-run/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "codetables/base/text.h"

/* "; by school: 9900001 225 of 246": the schools of a source of which not all records are written.
 * To be freed. */
static char *schools_of(const struct run *run, size_t source)
{
    enum { MOST_NAMED = 12 };
    struct text text = {0};
    size_t named = 0, left = 0;
    const struct account *account = kept_account(run, source, KEPT(FACT_SCHOOL));
    for (const struct fact_school *school = account_first(account, FACT_SCHOOL); school != NULL;
         school = account_next(account, FACT_SCHOOL, school)) {
        if (school->type[0] == '\0' || school->read == school->written)
            continue;
        left += named == MOST_NAMED;
        if (named == MOST_NAMED)
            continue;
        text_format(&text, "%s %s %" PRIu64 " of %" PRIu64, named == 0 ? "; by school:" : ",",
                    school->school, school->written, school->read);
        named++;
    }
    if (left > 0)
        text_format(&text, " and %zu more", left);
    return text_take(&text);
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
void log_failures(const struct run *run)
{
    for (size_t i = 0; i < run->source_count; i++) {
        const struct run_source *source = &run->sources[i];
        if (source->broke_off != NULL)
            log_say(run, "warning", "broke-off", source->shown, "%s", source->broke_off);
        log_messages(run, source);
        log_source(run, source);
        if (source->status > CTE_SOME_LEFT || !source->incomplete)
            continue;
        char *schools = schools_of(run, i), *files = files_left(source);
        log_say(run, "warning", "incomplete", source->shown,
                "%s: incomplete: %llu of %llu records written, %llu merged, %llu rejected, %llu "
                "held%s; CALPADS deletes what a "
                "replacement file leaves out%s",
                source->shown, source->written, source->read, source->merged, source->rejected,
                source->held, schools, files);
        free(files);
        free(schools);
    }
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
