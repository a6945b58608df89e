#include "pipeline/cte-run/run.h"

#include <stdlib.h>

#include "codetables/base/memory.h"
#include "pipeline/cte-run/kept_accounts.h"
#include "pipeline/cte-run/made.h"
#include "pipeline/cte-run/past.h"
#include "pipeline/cte-run/repeat.h"
#include "pipeline/cte-run/since_last.h"
#include "pipeline/cte-run/unused.h"

static void free_sources(struct run *run)
{
    for (size_t i = 0; i < run->source_count; i++) {
        struct run_source *source = &run->sources[i];
        free(source->cuts);
        free(source->messages);
        free(source->broke_off);
    }
    free(run->sources);
    free_accounts(run->accounts);
}

static void free_results(struct results *results)
{
    free(results->shrunk);
    free(results->overlaps);
    free(results->unused);
    free(results->used);
    free(results->index_tables);
    free_since_last(results->since);
}

static void free_earlier(struct earlier *earlier)
{
    if (earlier->runs != NULL)
        free_runs(earlier->runs);
    free(earlier->runs);
    free(earlier->before);
    free_repeated(earlier->repeated);
}

void run_free(struct run *run)
{
    free_sources(run);
    free_results(&run->results);
    documents_free(&run->documents);
    free_earlier(&run->earlier);
    free_crosswalks(run->loaded);
    policy_free(&run->policy);
    arena_free(&run->memory);
}
