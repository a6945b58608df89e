#include "pipeline/cte-run/run.h"
#include "pipeline/cte-run/kept_accounts.h"
#include "codetables/base/memory.h"
#include "pipeline/run/needed_file.h"

#include <stdlib.h>
#include <string.h>

struct fact_needed *collect_needed(const struct run *run, size_t *count)
{
    const struct account *joined = &run->accounts->joined;
    struct fact_needed *questions = NULL;
    *count = account_count(joined, FACT_NEEDED);
    if (*count > 0) {
        questions = cte_alloc(*count * sizeof *questions);
        memcpy(questions, account_first(joined, FACT_NEEDED), *count * sizeof *questions);
        sort_needed(questions, *count);
    }
    return questions;
}

/* Whether a count passes "100" or "2.5%" of all. */
static bool passes(const char *limit, unsigned long long count, unsigned long long all)
{
    char *end;
    double number = strtod(limit, &end);
    return *end == '%' ? (double)count * 100 > number * (double)all : (double)count > number;
}

bool passes_limits(struct run *run, struct limits *limits)
{
    const struct kept_accounts *accounts = run->accounts;
    const unsigned long long unmapped = accounts->unmapped_records,
                             codes = accounts->unmapped_codes, questions = accounts->waiting;
    unsigned long long read = 0, held = 0;
    limits->count = 0;
    for (size_t s = 0; s < run->source_count; s++) {
        read += run->sources[s].read;
        held += run->sources[s].held;
    }
    if (run->policy.max_held != NULL && passes(run->policy.max_held, held, read))
        limits->texts[limits->count++] = arena_format(
            &run->memory,
            "%llu of %llu records are held, for %llu codes (%llu undecided, %llu unmapped); "
            "--max-held allows %s",
            held, read, questions + codes, questions, codes, run->policy.max_held);
    if (run->policy.max_unmapped != NULL && passes(run->policy.max_unmapped, unmapped, read))
        limits->texts[limits->count++] =
            arena_format(&run->memory,
                         "%llu of %llu records have one of %llu codes that no table answers for; "
                         "--max-unmapped allows %s",
                         unmapped, read, codes, run->policy.max_unmapped);
    return limits->count > 0;
}
