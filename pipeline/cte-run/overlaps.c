/* Sources of which an upload would take the place of another's: a dated copy beside the file of
 * today, a download that was made twice. What cte-index found of that, and how it is told. */
#include "pipeline/cte-run/run.h"
#include "codetables/base/memory.h"
#include "pipeline/run/status.h"
#include "codetables/base/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_NAMED = 12, MOST_SOURCES_NAMED = 6 };

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

size_t overlap_end(const struct run *run, size_t first)
{
    size_t end = first;
    while (end < run->results.overlap_count &&
           run->results.overlaps[end].number == run->results.overlaps[first].number)
        end++;
    return end;
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
    kept = 0;
    for (size_t i = 0, end; i < run->results.overlap_count; i = end) {
        end = overlap_end(run, i);
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

/* One place at which sources overlap. */
struct place {
    const struct overlap *overlaps;
    size_t count;
};

/* By record type and sources, so that those that are told together stand together. */
static int compare_sources(const struct place *a, const struct place *b)
{
    int order = strcmp(a->overlaps[0].type, b->overlaps[0].type);
    if (order == 0)
        order = (a->count > b->count) - (a->count < b->count);
    for (size_t i = 0; i < a->count && order == 0; i++)
        order = (a->overlaps[i].source > b->overlaps[i].source) -
                (a->overlaps[i].source < b->overlaps[i].source);
    return order;
}

static int compare_places(const void *x, const void *y)
{
    const struct place *a = x, *b = y;
    int order = compare_sources(a, b);
    return order != 0 ? order : strcmp(a->overlaps[0].values, b->overlaps[0].values);
}

/* What stands before the i-th of a list of `count`. */
static const char *separator(size_t i, size_t count)
{
    return i == 0 ? "" : i + 1 == count ? " and " : ", ";
}

/* How many are listed of a place's sources: the first, and one that stands for the rest. */
static size_t count_listed(const struct place *place)
{
    return place->count <= MOST_SOURCES_NAMED ? place->count : MOST_SOURCES_NAMED + 1;
}

static void add_sources(struct text *text, const struct run *run, const struct place *place)
{
    const size_t listed = count_listed(place);
    for (size_t i = 0; i < listed; i++) {
        text_add(text, separator(i, listed));
        if (i == MOST_SOURCES_NAMED)
            text_format(text, "%zu more", place->count - MOST_SOURCES_NAMED);
        else
            text_add(text, run->sources[place->overlaps[i].source].shown);
    }
}

/* "9900001 2024-2025 (5 and 2 records: fewer in the last)" */
static void add_place(struct text *text, const struct place *place)
{
    const size_t listed = count_listed(place);
    uint64_t most = 0;
    text_format(text, "%s (", place->overlaps[0].values);
    for (size_t i = 0; i < listed; i++) {
        text_add(text, separator(i, listed));
        if (i == MOST_SOURCES_NAMED)
            text_add(text, "so on");
        else
            text_format(text, "%" PRIu64, place->overlaps[i].records);
    }
    for (size_t i = 0; i < place->count; i++)
        most = place->overlaps[i].records > most ? place->overlaps[i].records : most;
    const bool is_shrunk = place->overlaps[place->count - 1].records < most;
    text_format(text, " records%s)", is_shrunk ? ": fewer in the last" : "");
}

/* The sentence about places that the same sources overlap at. To be freed. */
static char *describe_places(const struct run *run, const struct place *places, size_t count)
{
    struct text text = {0};
    add_sources(&text, run, places);
    text_format(&text, " each hold %s records that an upload of another one replaces: ",
                places[0].overlaps[0].type);
    for (size_t i = 0; i < count && i < MOST_NAMED; i++) {
        text_add(&text, i > 0 ? ", " : "");
        add_place(&text, &places[i]);
    }
    if (count > MOST_NAMED)
        text_format(&text, " and %zu more", count - MOST_NAMED);
    text_add(&text, "; of such files only the last one sent stays; convert one of them alone, or "
                    "join them where they are parts of one; counts take a record that stands in "
                    "several once, from the last of them");
    return text_take(&text);
}

char **overlap_texts(const struct run *run, size_t *count)
{
    struct place *places = cte_zalloc(run->results.overlap_count + 1, sizeof *places);
    size_t place_count = 0;
    for (size_t i = 0, end; i < run->results.overlap_count; i = end) {
        end = overlap_end(run, i);
        places[place_count++] = (struct place){&run->results.overlaps[i], end - i};
    }
    if (place_count > 1)
        qsort(places, place_count, sizeof *places, compare_places);
    char **texts = cte_zalloc(place_count + 1, sizeof *texts);
    *count = 0;
    for (size_t i = 0, j = 0; i < place_count; i = j) {
        for (j = i; j < place_count && compare_sources(&places[i], &places[j]) == 0; j++)
            continue;
        texts[(*count)++] = describe_places(run, &places[i], j - i);
    }
    free(places);
    return texts;
}
