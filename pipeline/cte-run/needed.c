#include "pipeline/cte-run/run.h"
#include "pipeline/cte-run/log.h"
#include "codetables/base/memory.h"
#include "pipeline/run/needed_file.h"

#include <stdlib.h>
#include <string.h>

struct fact_needed *collect_needed(const struct run *run, size_t *count)
{
    struct account all = {0};
    for (size_t s = 0; s < run->source_count; s++)
        account_join(&all, &run->sources[s].account, FACT_NEEDED);
    *count = account_count(&all, FACT_NEEDED);
    struct fact_needed *questions = NULL;
    if (*count > 0) {
        questions = cte_alloc(*count * sizeof *questions);
        memcpy(questions, account_first(&all, FACT_NEEDED), *count * sizeof *questions);
        sort_needed(questions, *count);
    }
    account_free(&all);
    return questions;
}

/* Whether a count passes "100" or "2.5%" of all. */
static bool passes(const char *limit, unsigned long long count, unsigned long long all)
{
    char *end;
    double number = strtod(limit, &end);
    return *end == '%' ? (double)count * 100 > number * (double)all : (double)count > number;
}

bool passes_threshold(struct run *run)
{
    unsigned long long read = 0, held = 0, unmapped = 0, codes = 0, questions = 0;
    for (size_t s = 0; s < run->source_count; s++) {
        const struct run_source *source = &run->sources[s];
        read += source->read;
        held += source->held;
        const struct fact_unmapped *counts = account_first(&source->account, FACT_UNMAPPED);
        codes += counts != NULL ? counts->codes : 0;
        unmapped += counts != NULL ? counts->records : 0;
        for (const struct fact_found *found = account_first(&source->account, FACT_FOUND);
             found != NULL; found = account_next(&source->account, FACT_FOUND, found))
            questions += found->waits == WAITS_FOR_DECISION;
    }
    bool passed = false;
    if (run->policy.max_held != NULL && passes(run->policy.max_held, held, read)) {
        log_say(run, "error", "over-limit", NULL,
                "%llu of %llu records are held, for %llu codes (%llu undecided, %llu unmapped); "
                "--max-held allows %s; nothing "
                "is published",
                held, read, questions + codes, questions, codes, run->policy.max_held);
        passed = true;
    }
    if (run->policy.max_unmapped != NULL && passes(run->policy.max_unmapped, unmapped, read)) {
        log_say(run, "error", "over-limit", NULL,
                "%llu of %llu records have one of %llu codes that no table answers for; "
                "--max-unmapped allows %s; nothing is "
                "published",
                unmapped, read, codes, run->policy.max_unmapped);
        passed = true;
    }
    return passed;
}
