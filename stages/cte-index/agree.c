/* The rules that want one code of all records of a group after the recode. */
#include "stages/cte-index/all_facts.h"

#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "pipeline/stream/index.h"

static int compare_findings(const void *a, const void *b)
{
    const struct finding *x = a, *y = b;
    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    if (x->record != y->record)
        return x->record < y->record ? -1 : 1;
    return (x->rule > y->rule) - (x->rule < y->rule);
}

static void sort_findings(struct findings *findings)
{
    if (findings->count > 1)
        qsort(findings->items, findings->count, sizeof *findings->items, compare_findings);
}

static int compare_agreeing(const void *a, const void *b)
{
    const struct agreeing *x = a, *y = b;
    if (x->rule != y->rule)
        return x->rule < y->rule ? -1 : 1;
    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    return (x->record > y->record) - (x->record < y->record);
}

/* True when an index finding refuses the record. */
static bool is_refused(const struct all_facts *all, uint32_t source, uint32_t record)
{
    size_t low = 0, high = all->findings.count;
    const struct finding wanted = {.source = source, .record = record};
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_findings(&all->findings.items[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < all->findings.count && all->findings.items[low].source == source &&
           all->findings.items[low].record == record;
         low++) {
        const struct rule *rule = &all->rules->rules[all->findings.items[low].rule];
        if (rule_severity(rule, BASIS_NONE) == SEVERITY_REFUSES)
            return true;
    }
    return false;
}

/* Takes the records of a span that are refused off its front; false when none is left. */
static bool has_say(const struct all_facts *all, struct agreeing *span)
{
    while (span->count > 0 && is_refused(all, span->source, span->record)) {
        span->record++;
        span->count--;
    }
    return span->count > 0;
}

static int compare_disagreeing(const void *a, const void *b)
{
    const struct disagreeing *x = a, *y = b;
    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    return (x->record > y->record) - (x->record < y->record);
}

/* The spans of a group that have a say, one for each code; beyond INDEX_MAX_MEMBERS one more, and
 * no end is looked for. */
struct codes {
    struct agreeing spans[INDEX_MAX_MEMBERS + 1];
    size_t count;
};

static void take_code(struct codes *codes, const struct agreeing *span)
{
    for (size_t i = 0; i < codes->count; i++) {
        if (codes->spans[i].code == span->code && codes->spans[i].year == span->year)
            return;
    }
    if (codes->count < sizeof codes->spans / sizeof *codes->spans)
        codes->spans[codes->count++] = *span;
}

/* The group of spans from `first` up to `end`: their codes take the place of the first of them. */
static void find_codes(struct all_facts *all, size_t first, size_t end)
{
    struct agreeing *spans = all->agreeing.items;
    struct disagreeing_list *found = &all->disagreeing;
    struct codes codes = {.count = 0};
    for (size_t s = first; s < end; s++)
        take_code(&codes, &spans[s]);
    if (codes.count < 2)
        return;
    const size_t begun = found->count;
    codes.count = 0;
    for (size_t s = first; s < end; s++) {
        struct agreeing span = spans[s];
        if (!has_say(all, &span))
            continue;
        take_code(&codes, &span);
        for (uint32_t i = 0; i < span.count; i++) {
            GROW(found->items, found->count, found->room);
            found->items[found->count++] = (struct disagreeing){
                .source = span.source, .record = span.record + i, .first = first};
        }
    }
    if (codes.count < 2) {
        found->count = begun;
        return;
    }
    memcpy(spans + first, codes.spans, codes.count * sizeof *codes.spans);
    for (size_t i = begun; i < found->count; i++)
        found->items[i].count = codes.count;
}

void find_disagreeing(struct all_facts *all)
{
    const struct agreeing_list *list = &all->agreeing;
    struct disagreeing_list *found = &all->disagreeing;
    sort_findings(&all->findings);
    if (list->count > 1)
        qsort(list->items, list->count, sizeof *list->items, compare_agreeing);
    for (size_t first = 0, end; first < list->count; first = end) {
        const struct agreeing *group = &list->items[first];
        for (end = first; end < list->count && list->items[end].group == group->group &&
                          list->items[end].rule == group->rule;)
            end++;
        find_codes(all, first, end);
    }
    if (found->count > 1)
        qsort(found->items, found->count, sizeof *found->items, compare_disagreeing);
}
