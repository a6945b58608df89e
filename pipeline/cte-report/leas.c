#include "pipeline/cte-report/leas.h"

#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "codetables/base/text.h"

static void add_source(struct lea *lea, const struct told_source *source)
{
    lea->sources++;
    lea->refused += !source_is_read(source);
    lea->incomplete += source_is_read(source) && source->incomplete;
    lea->shrunk += source_is_read(source) && !source->incomplete && source->shrunk;
    for (size_t i = 0; i < SUMS; i++)
        lea->sums[i] += source->sums[i];
}

static int compare_leas(const void *x, const void *y)
{
    const struct lea *a = x, *b = y;
    const uint64_t missing[] = {a->sums[SUM_READ] - a->sums[SUM_WRITTEN],
                                b->sums[SUM_READ] - b->sums[SUM_WRITTEN]};
    return a->refused != b->refused   ? (a->refused < b->refused ? 1 : -1)
           : missing[0] != missing[1] ? (missing[0] < missing[1] ? 1 : -1)
           : a->shrunk != b->shrunk   ? (a->shrunk < b->shrunk ? 1 : -1)
                                      : strcmp(a->code, b->code);
}

struct lea *gather_leas(const struct told *told, size_t *count)
{
    struct map codes = {0};
    struct lea *leas = NULL;
    size_t room = 0;
    for (size_t s = 0; s < told->source_count; s++) {
        const char *code = told->sources[s].lea;
        const size_t known = codes.count, number = map_add_string(&codes, code);
        if (number == known) {
            GROW(leas, known, room);
            leas[known] = (struct lea){.code = code};
        }
        add_source(&leas[number], &told->sources[s]);
    }
    *count = codes.count;
    map_free(&codes);
    if (*count > 1)
        qsort(leas, *count, sizeof *leas, compare_leas);
    return leas;
}

char *name_lea_state(const struct lea *lea)
{
    const size_t counts[] = {lea->refused, lea->incomplete, lea->shrunk};
    static const char *const words[] = {"refused", "incomplete", "shrunk"};
    struct text state = {0};
    for (size_t i = 0; i < 3; i++) {
        if (counts[i] > 0)
            text_format(&state, "%s%zu %s", state.length > 0 ? ", " : "", counts[i], words[i]);
    }
    if (state.length == 0)
        text_add(&state, "complete");
    return text_take(&state);
}
