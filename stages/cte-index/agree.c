/* The rules that want one code of all records of a group after the recode. */
#include "stages/cte-index/all_facts.h"

#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "pipeline/stream/index.h"
#include "stages/cte-index/stored_source.h"

/* Goes on to the findings of a record, and past them; true when one of them refuses it. Records are
 * asked in their order. */
static bool is_refused(const struct all_facts *all, struct fact_cursor *findings, uint64_t place)
{
    bool refused = false;
    for (skip_to_key(findings, place); is_at_key(findings, place); next_fact(findings)) {
        const struct rule *rule = &all->rules->rules[findings->fact.part[0]];
        refused = refused || rule_always_refuses(rule);
    }
    return refused;
}

static struct agreeing_code agreeing_code(const struct all_facts *all, uint32_t number)
{
    struct agreeing_code code;
    memcpy(&code, map_key(&all->agreeing_codes, number).at, sizeof code);
    return code;
}

/* The spans whose records have a say, by group: {group, {source, record, count, code}}. Records
 * that are refused are taken off the front of each. */
static void sort_spans(const struct all_facts *all, struct fact_set *by_group)
{
    /* A rule of its own has groups of its own. */
    const uint64_t apart = UINT64_C(0x9e3779b97f4a7c15);
    struct fact_cursor span, findings;
    open_cursor(&span, &all->agreeing);
    open_cursor(&findings, &all->findings);
    for (; span.has_fact; next_fact(&span)) {
        const uint32_t *part = span.fact.part;
        const uint64_t rule = agreeing_code(all, part[3]).rule;
        uint64_t place = span.fact.key;
        uint32_t count = part[2];
        for (; count > 0 && is_refused(all, &findings, place); place++)
            count--;
        if (count > 0)
            put_fact(by_group,
                     (struct fact){join_parts(part[0], part[1]) + rule * apart,
                                   {place_source(place), place_record(place), count, part[3]}});
    }
    close_cursor(&span);
    close_cursor(&findings);
    sort_facts(by_group);
}

/* The spans of a group, one for each code; beyond INDEX_MAX_MEMBERS one more, and no end is looked
 * for. */
struct codes {
    struct agreeing_code codes[INDEX_MAX_MEMBERS + 1];
    uint64_t places[INDEX_MAX_MEMBERS + 1];
    size_t count;
};

static void take_code(const struct all_facts *all, struct codes *codes, const struct fact *span)
{
    const struct agreeing_code code = agreeing_code(all, span->part[3]);
    for (size_t i = 0; i < codes->count; i++) {
        if (codes->codes[i].code == code.code && codes->codes[i].year == code.year)
            return;
    }
    if (codes->count == sizeof codes->codes / sizeof *codes->codes)
        return;
    codes->codes[codes->count] = code;
    codes->places[codes->count++] = place_key(span->part[0], span->part[1]);
}

/* Puts the codes of a group into the spool; returns where. */
static uint64_t store_codes(const struct all_facts *all, struct stored_lines *lines,
                            const struct codes *codes)
{
    struct disagreeing_code stored[INDEX_MAX_MEMBERS + 1];
    for (size_t i = 0; i < codes->count; i++) {
        const uint32_t source = place_source(codes->places[i]);
        stored[i] = (struct disagreeing_code){
            codes->codes[i], source,
            stored_line(lines, &all->sources[source], place_record(codes->places[i]))};
    }
    return spool_add(all->spool, stored, codes->count * sizeof *stored);
}

static void add_disagreeing(struct all_facts *all, const struct fact *span,
                            const struct codes *codes, uint64_t at)
{
    for (uint32_t i = 0; i < span->part[2]; i++)
        put_fact(&all->disagreeing, (struct fact){place_key(span->part[0], span->part[1] + i),
                                                  {codes->codes[0].rule, (uint32_t)codes->count,
                                                   (uint32_t)at, (uint32_t)(at >> 32)}});
}

/* Walks the groups twice at a time: `ahead` looks for the codes of one, then `at` comes to its
 * records. */
static void compare_codes(struct all_facts *all, const struct fact_set *by_group)
{
    struct stored_lines lines = {.spool = all->spool};
    struct fact_cursor ahead, at;
    open_cursor(&ahead, by_group);
    open_cursor(&at, by_group);
    while (ahead.has_fact) {
        const uint64_t group = ahead.fact.key;
        struct codes codes = {.count = 0};
        for (; is_at_key(&ahead, group); next_fact(&ahead))
            take_code(all, &codes, &ahead.fact);
        const uint64_t stored_at = codes.count > 1 ? store_codes(all, &lines, &codes) : 0;
        for (; is_at_key(&at, group); next_fact(&at)) {
            if (codes.count > 1)
                add_disagreeing(all, &at.fact, &codes, stored_at);
        }
    }
    close_cursor(&ahead);
    close_cursor(&at);
}

void find_disagreeing(struct all_facts *all)
{
    struct fact_set by_group = {.spool = all->spool};
    sort_facts(&all->findings);
    sort_facts(&all->agreeing);
    sort_spans(all, &by_group);
    free_facts(&all->agreeing);
    compare_codes(all, &by_group);
    free_facts(&by_group);
    sort_facts(&all->disagreeing);
}
