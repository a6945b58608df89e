#include "pipeline/cte-run/unused.h"
#include "pipeline/cte-run/kept_accounts.h"
#include "pipeline/cte-run/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/shown.h"
#include "codetables/base/memory.h"

bool is_used_elsewhere(const struct run *run, const struct unused *unused)
{
    return run->policy.shard != NULL && (strcmp(unused->what, "decision-unused") == 0 ||
                                         strcmp(unused->what, "crosswalk-unused") == 0);
}

void note_unused(struct run *run, const char *what, const char *format, ...)
{
    char text[2048];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    run->results.unused = cte_realloc(run->results.unused, (run->results.unused_count + 1) *
                                                               sizeof *run->results.unused);
    run->results.unused[run->results.unused_count++] =
        (struct unused){what, arena_take(&run->memory, text_shown(text, strlen(text)))};
}

/* Options of which another one takes the effect away. */
void report_useless_options(struct run *run)
{
    const struct {
        const char *option, *why;
        bool is_useless;
    } options[] = {
        {"--show-small", "it is for the report that --public makes",
         run->policy.show_small && !run->policy.make_public},
        {"--public-title", "it is for the report that --public makes",
         run->policy.public_title != NULL && !run->policy.make_public},
        {"--agency", "it is for the report that --public makes",
         run->policy.agency != NULL && !run->policy.make_public},
        {"--force", "a run that is not published, and one that repeats another, is always made",
         run->request.force && (run->request.dry_run || run->request.repeat != NULL)},
        {"--sign", "a run that is not published is not signed",
         run->policy.sign != NULL && run->request.dry_run},
        {"--duplicates",
         "without a crosswalk nothing is recoded, and so no two records get one key",
         run->policy.duplicates != NULL && run->policy.crosswalks.count == 0},
        {"--decisions", "without a crosswalk there is nothing to decide",
         run->policy.decisions != NULL && run->policy.crosswalks.count == 0},
        {"--max-unmapped", "without a crosswalk no code is looked up",
         run->policy.max_unmapped != NULL && run->policy.crosswalks.count == 0},
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        if (options[i].is_useless)
            note_unused(run, "option-unused", "%s has no effect: %s", options[i].option,
                        options[i].why);
    }
    if (run->policy.crosswalks.count == 0 && !run->policy.no_crosswalk)
        note_unused(run, "no-crosswalk",
                    "no crosswalk: nothing is recoded; name one with --crosswalk, or say "
                    "--crosswalk none when "
                    "that is meant");
}

void report_unasked_codes(struct run *run)
{
    const struct account *joined = &run->accounts->joined;
    for (const struct fact_unasked *unasked = account_first(joined, FACT_UNASKED); unasked != NULL;
         unasked = account_next(joined, FACT_UNASKED, unasked)) {
        if (unasked->records > 0 && run->policy.crosswalks.count > 0)
            note_unused(run, "codes-unasked",
                        "%" PRIu64 " record%s of %s ha%s codes that no crosswalk of this run "
                        "speaks of; they stay as they are",
                        unasked->records, unasked->records == 1 ? "" : "s", unasked->type,
                        unasked->records == 1 ? "s" : "ve");
    }
}
