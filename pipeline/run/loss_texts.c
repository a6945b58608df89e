#include "pipeline/run/loss_texts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "codetables/base/text.h"

enum { MOST_NAMED = 12, MOST_SOURCES_NAMED = 6 };

char *shrunk_text(const struct shrunk *shrunk)
{
    return cte_format("%s of LEA %s, %s: %" PRIu64 " records, where the last published run (%s) "
                      "had %" PRIu64 "; by school: %s; %s",
                      shrunk->type, shrunk->lea, shrunk->year, shrunk->now, shrunk->run,
                      shrunk->before, shrunk->schools,
                      shrunk->is_moved_on
                          ? "the source they came from holds another year now"
                          : "if that is not meant, find out which file lacks them before this is "
                            "sent; if it is, --shrink publish "
                            "makes the run current, and --max-shrink says how many may be missing");
}

size_t overlap_end(const struct overlap_list *list, size_t first)
{
    size_t end = first;
    while (end < list->count && list->items[end].number == list->items[first].number)
        end++;
    return end;
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

static void add_sources(struct text *text, const struct overlap_list *list,
                        const struct place *place)
{
    const size_t listed = count_listed(place);
    for (size_t i = 0; i < listed; i++) {
        text_add(text, separator(i, listed));
        if (i == MOST_SOURCES_NAMED)
            text_format(text, "%zu more", place->count - MOST_SOURCES_NAMED);
        else
            text_add(text, list->source_shown(list->context, place->overlaps[i].source));
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
static char *describe_places(const struct overlap_list *list, const struct place *places,
                             size_t count)
{
    struct text text = {0};
    add_sources(&text, list, places);
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

char **overlap_texts(const struct overlap_list *list, size_t *count)
{
    struct place *places = cte_zalloc(list->count + 1, sizeof *places);
    size_t place_count = 0;
    for (size_t i = 0, end; i < list->count; i = end) {
        end = overlap_end(list, i);
        places[place_count++] = (struct place){&list->items[i], end - i};
    }
    if (place_count > 1)
        qsort(places, place_count, sizeof *places, compare_places);
    char **texts = cte_zalloc(place_count + 1, sizeof *texts);
    *count = 0;
    for (size_t i = 0, j = 0; i < place_count; i = j) {
        for (j = i; j < place_count && compare_sources(&places[i], &places[j]) == 0; j++)
            continue;
        texts[(*count)++] = describe_places(list, &places[i], j - i);
    }
    free(places);
    return texts;
}
