#include "stages/cte-index/collect.h"
#include "codetables/base/memory.h"

#include <stdlib.h>
#include <string.h>

static int compare_findings(const void *a, const void *b)
{
    const struct finding *x = a, *y = b;
    if (x->file != y->file)
        return x->file < y->file ? -1 : 1;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    return (x->rule > y->rule) - (x->rule < y->rule);
}

static void sort_findings(struct collecting *collecting)
{
    if (collecting->finding_count > 1)
        qsort(collecting->findings, collecting->finding_count, sizeof *collecting->findings,
              compare_findings);
}

void note_agreeing(struct collecting *collecting, const struct agreeing *record)
{
    struct agreement *agreement = &collecting->agreement;
    for (size_t i = agreement->count; i > 0 && i + collecting->rules->rule_count > agreement->count;
         i--) {
        struct agreeing *last = &agreement->items[i - 1];
        if (last->rule != record->rule)
            continue;
        if (last->group == record->group && last->code == record->code &&
            last->type == record->type && last->year == record->year &&
            last->file == record->file && last->line + last->count == record->line) {
            last->count++;
            return;
        }
        break;
    }
    GROW_BY_HALF(agreement->items, agreement->count, agreement->room);
    agreement->items[agreement->count++] = *record;
}

static int compare_agreeing(const void *a, const void *b)
{
    const struct agreeing *x = a, *y = b;
    if (x->rule != y->rule)
        return x->rule < y->rule ? -1 : 1;
    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    if (x->file != y->file)
        return x->file < y->file ? -1 : 1;
    return (x->line > y->line) - (x->line < y->line);
}

/* True when an index finding refuses the record. */
static bool is_refused(const struct collecting *collecting, uint32_t file, uint32_t line)
{
    size_t low = 0, high = collecting->finding_count;
    const struct finding wanted = {.file = file, .line = line};
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_findings(&collecting->findings[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < collecting->finding_count && collecting->findings[low].file == file &&
           collecting->findings[low].line == line;
         low++) {
        if (rule_severity(&collecting->rules->rules[collecting->findings[low].rule], BASIS_NONE) ==
            'F')
            return true;
    }
    return false;
}

/* Takes the records of a span that are refused off its front; false when none is left. */
static bool has_say(const struct collecting *collecting, struct agreeing *span)
{
    while (span->count > 0 && is_refused(collecting, span->file, span->line)) {
        span->line++;
        span->count--;
    }
    return span->count > 0;
}

static int compare_lines(const void *a, const void *b)
{
    const struct agree_line *x = a, *y = b;
    if (x->file != y->file)
        return x->file < y->file ? -1 : 1;
    return (x->line > y->line) - (x->line < y->line);
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
static void find_codes(struct collecting *collecting, size_t first, size_t end)
{
    struct agreement *agreement = &collecting->agreement;
    struct codes codes = {.count = 0};
    for (size_t s = first; s < end; s++)
        take_code(&codes, &agreement->items[s]);
    if (codes.count < 2)
        return;
    size_t begun = agreement->line_count;
    codes.count = 0;
    for (size_t s = first; s < end; s++) {
        struct agreeing span = agreement->items[s];
        if (!has_say(collecting, &span))
            continue;
        take_code(&codes, &span);
        for (uint32_t l = 0; l < span.count; l++) {
            GROW_BY_HALF(agreement->lines, agreement->line_count, agreement->line_room);
            agreement->lines[agreement->line_count++] =
                (struct agree_line){.file = span.file, .line = span.line + l, .first = first};
        }
    }
    if (codes.count < 2) {
        agreement->line_count = begun;
        return;
    }
    memcpy(agreement->items + first, codes.spans, codes.count * sizeof *codes.spans);
    for (size_t i = begun; i < agreement->line_count; i++)
        agreement->lines[i].count = codes.count;
}

void find_disagreeing(struct collecting *collecting)
{
    struct agreement *agreement = &collecting->agreement;
    sort_findings(collecting);
    if (agreement->count > 1)
        qsort(agreement->items, agreement->count, sizeof *agreement->items, compare_agreeing);
    for (size_t first = 0, end; first < agreement->count; first = end) {
        const struct agreeing group = agreement->items[first];
        for (end = first; end < agreement->count && agreement->items[end].group == group.group &&
                          agreement->items[end].rule == group.rule;)
            end++;
        find_codes(collecting, first, end);
    }
    if (agreement->line_count > 1)
        qsort(agreement->lines, agreement->line_count, sizeof *agreement->lines, compare_lines);
}

/* CODE/YEAR/TYPE/LINE/SOURCE, percent-encoded. */
static char *other_text(const struct collecting *collecting, const struct agreeing *span)
{
    enum { KEPT = 64 };
    char *stem = source_stem(collecting->files[span->file].path), encoded[3][3 * KEPT + 1];
    const char *parts[] = {collecting->texts.items[span->code], collecting->texts.items[span->type],
                           stem};
    for (size_t p = 0; p < sizeof parts / sizeof *parts; p++) {
        size_t length = strlen(parts[p]);
        *index_encode(encoded[p], parts[p], length < KEPT ? length : KEPT) = '\0';
    }
    char *year = span->year != YEAR_NONE ? cte_format("%04d-%04d", span->year, span->year + 1)
                                         : cte_strdup("");
    char *text = cte_format("%s/%s/%s/%u/%s", encoded[0], year, encoded[1],
                            line_of(collecting, span->file, span->line), encoded[2]);
    free(year);
    free(stem);
    return text;
}

char *agree_text(const struct collecting *collecting, const struct agree_line *line)
{
    const struct agreeing *spans = &collecting->agreement.items[line->first];
    if (line->count > INDEX_MAX_MEMBERS)
        return cte_format("L%u^%u^!", line->line, spans[0].rule);
    char *text = cte_format("L%u^%u", line->line, spans[0].rule);
    for (size_t i = 0; i < line->count; i++) {
        char *other = other_text(collecting, &spans[i]), *longer = cte_format("%s^%s", text, other);
        free(other);
        free(text);
        text = longer;
    }
    return text;
}
