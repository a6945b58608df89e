/* Sources of which an upload would take the place of another's: a dated copy beside the file of
 * today, a download that was made twice. What cte-index found of that. */
#include "pipeline/cte-run/run.h"
#include "codetables/base/memory.h"
#include "pipeline/run/status.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static size_t source_number(const struct run *run, const char *text)
{
    unsigned long number = strtoul(text, NULL, 10);
    return number >= 1 && number <= run->source_count ? number - 1 : run->source_count;
}

int take_same(struct run *run, char *const *fields)
{
    const size_t one = source_number(run, fields[0]), other = source_number(run, fields[1]);
    if (one == run->source_count || other == run->source_count)
        return cte_fail(&run->error, CTE_BUG,
                        "the index names a source that is none; nothing is converted");
    const struct run_source *a = &run->sources[one], *b = &run->sources[other];
    if (a->is_named && b->is_named)
        return CTE_OK;
    return cte_fail(&run->error, CTE_USAGE,
                    "%s and %s have the same content; name one of them (where both are meant, a "
                    "job can give each a name)",
                    a->shown, b->shown);
}

int take_overlap(struct run *run, char *const *fields)
{
    const size_t source = source_number(run, fields[3]);
    if (source == run->source_count)
        return cte_fail(&run->error, CTE_BUG,
                        "the index names a source that is none; nothing is converted");
    GROW(run->results.overlaps, run->results.overlap_count, run->results.overlap_room);
    run->results.overlaps[run->results.overlap_count++] = (struct overlap){
        strtoul(fields[0], NULL, 10),          arena_string(&run->memory, fields[1]),
        arena_string(&run->memory, fields[2]), source,
        strtoull(fields[4], NULL, 10),         strcmp(fields[5], "F") == 0};
    return CTE_OK;
}

static int compare_overlaps(const void *x, const void *y)
{
    const struct overlap *a = x, *b = y;
    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    return (a->source > b->source) - (a->source < b->source);
}

static const char *source_shown(const void *context, size_t source)
{
    const struct run *run = context;
    return run->sources[source].shown;
}

struct overlap_list list_overlaps(const struct run *run)
{
    return (struct overlap_list){run->results.overlaps, run->results.overlap_count, source_shown,
                                 run};
}

void settle_overlaps(struct run *run)
{
    size_t kept = 0;
    for (size_t i = 0; i < run->results.overlap_count; i++) {
        if (run->sources[run->results.overlaps[i].source].status <= CTE_SOME_LEFT)
            run->results.overlaps[kept++] = run->results.overlaps[i];
    }
    run->results.overlap_count = kept;
    if (kept > 1)
        qsort(run->results.overlaps, kept, sizeof *run->results.overlaps, compare_overlaps);
    const struct overlap_list list = list_overlaps(run);
    kept = 0;
    for (size_t i = 0, end; i < run->results.overlap_count; i = end) {
        end = overlap_end(&list, i);
        if (end - i == 1)
            continue; /* the other source was refused */
        memmove(&run->results.overlaps[kept], &run->results.overlaps[i],
                (end - i) * sizeof *run->results.overlaps);
        kept += end - i;
    }
    run->results.overlap_count = kept;
    if (kept > 0)
        run->status = worse_status(run->status, CTE_SOME_LEFT);
}
