/* The rules within a source: keys that stand twice, groups whose values differ, and records that
 * the recode could give one key. */
#include "stages/cte-index/source_facts.h"

#include <stdlib.h>
#include <string.h>

#include "codetables/base/year.h"

/* Finds each record whose key another has too, with the nearest of those. */
static void judge_unique(struct source_facts *facts, uint32_t rule)
{
    struct keys *keys = &facts->of_rules[rule].keys;
    keep_repeated(keys);
    sort_keys(keys);
    for (size_t i = 0; i < keys->count; i++) {
        const struct key *key = &keys->items[i], *like = NULL;
        if (i > 0 && key[-1].hash == key->hash && key[-1].more == key->more)
            like = key - 1;
        else if (i + 1 < keys->count && key[1].hash == key->hash && key[1].more == key->more)
            like = key + 1;
        if (like != NULL)
            add_finding(facts, (struct finding){.source = facts->source->number,
                                                .record = key->record,
                                                .rule = rule,
                                                .other = like->record});
    }
    free_keys(keys);
}

static int compare_members(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    if (x->value != y->value)
        return x->value < y->value ? -1 : 1;
    return (x->record > y->record) - (x->record < y->record);
}

/* Within a sorted group, where the values begin that more than half of its records have; `count`
 * when there are none. */
static size_t find_majority(const struct member *members, size_t count)
{
    uint64_t all = 0;
    for (size_t i = 0; i < count; i++)
        all += members[i].count;
    for (size_t i = 0; i < count;) {
        uint64_t alike = 0;
        size_t j = i;
        for (; j < count && members[j].value == members[i].value; j++)
            alike += members[j].count;
        if (2 * alike > all)
            return i;
        i = j;
    }
    return count;
}

/* A finding for each of the records, which names another (0: none). */
static void add_member(struct source_facts *facts, uint32_t rule, const struct member *member,
                       uint32_t other)
{
    for (uint32_t i = 0; i < member->count; i++)
        add_finding(facts, (struct finding){.source = facts->source->number,
                                            .record = member->record + i,
                                            .rule = rule,
                                            .other = other});
}

static void judge_same(struct source_facts *facts, uint32_t rule, const struct member *group,
                       size_t count)
{
    const size_t majority = find_majority(group, count);
    for (size_t i = 0; i < count; i++) {
        if (majority == count || group[i].value != group[majority].value)
            add_member(facts, rule, &group[i], majority < count ? group[majority].record : 0);
    }
}

static void judge_another(struct source_facts *facts, uint32_t rule, const struct member *group,
                          size_t count)
{
    if (group[0].value != group[count - 1].value)
        return;
    for (size_t i = 0; i < count; i++)
        add_member(facts, rule, &group[i], 0);
}

static void judge_groups(struct source_facts *facts, uint32_t rule)
{
    struct members *members = &facts->of_rules[rule].members;
    if (members->count > 1)
        qsort(members->items, members->count, sizeof *members->items, compare_members);
    for (size_t i = 0, j; i < members->count; i = j) {
        for (j = i; j < members->count && members->items[j].group == members->items[i].group;)
            j++;
        if (facts->rules->rules[rule].kind == RULE_SAME)
            judge_same(facts, rule, members->items + i, j - i);
        else
            judge_another(facts, rule, members->items + i, j - i);
    }
    free(members->items);
    *members = (struct members){NULL, 0, 0};
}

static int compare_grouped(const void *a, const void *b)
{
    const struct grouped_record *x = a, *y = b;
    return (x->record > y->record) - (x->record < y->record);
}

static uint32_t packed_code(const struct key *key)
{
    return key->more & UINT16_MAX;
}

static int packed_year(const struct key *key)
{
    const uint32_t year = key->more >> 16 & 255;
    return year == 255 ? YEAR_NONE : (int)year + 1900;
}

/* Adds the records of one key, of which some may have another code. */
static void add_group(struct groups *groups, const struct key *keys, size_t count)
{
    bool differ = false, any_unknown = false;
    for (size_t i = 0; i < count; i++) {
        const bool unknown = packed_code(&keys[i]) == UNKNOWN_CODE;
        differ = differ || packed_code(&keys[i]) != packed_code(&keys[0]) || (i > 0 && unknown);
        any_unknown = any_unknown || unknown;
    }
    const uint32_t first = (uint32_t)groups->member_count;
    for (size_t i = 0; i < count && differ; i++) {
        GROW(groups->members, groups->member_count, groups->member_room);
        groups->members[groups->member_count++] =
            (struct group_member){keys[i].record, packed_code(&keys[i]), packed_year(&keys[i])};
        GROW(groups->records, groups->record_count, groups->record_room);
        groups->records[groups->record_count++] =
            (struct grouped_record){keys[i].record, first, (uint32_t)count, any_unknown};
    }
}

static int compare_codes(const void *a, const void *b)
{
    const struct key *x = a, *y = b;
    if (packed_code(x) != packed_code(y))
        return packed_code(x) < packed_code(y) ? -1 : 1;
    return (x->record > y->record) - (x->record < y->record);
}

/* Of the records of one key, finds those of one code: their whole keys are the same. */
static void judge_coded(struct source_facts *facts, uint32_t rule, const struct key *keys,
                        size_t count)
{
    struct key *by_code = cte_alloc(count * sizeof *by_code);
    memcpy(by_code, keys, count * sizeof *by_code);
    qsort(by_code, count, sizeof *by_code, compare_codes); /* it was by year first */
    for (size_t i = 0; i < count; i++) {
        const uint32_t code = packed_code(&by_code[i]);
        const struct key *like = NULL;
        if (code == UNKNOWN_CODE)
            break;
        if (i > 0 && packed_code(&by_code[i - 1]) == code)
            like = &by_code[i - 1];
        else if (i + 1 < count && packed_code(&by_code[i + 1]) == code)
            like = &by_code[i + 1];
        if (like != NULL)
            add_finding(facts, (struct finding){.source = facts->source->number,
                                                .record = by_code[i].record,
                                                .rule = rule,
                                                .other = like->record});
    }
    free(by_code);
}

/* Where keys are not to be unique. */
#define NO_RULE UINT32_MAX

/* Keeps the records that share a key but for the recoded field and have different codes there; of
 * most files that is a few. Those of one code break the rule. */
static void judge_recoded(struct source_facts *facts, struct keys *keys, uint32_t rule)
{
    keep_repeated(keys);
    sort_keys(keys);
    for (size_t i = 0, j; i < keys->count; i = j) {
        for (j = i + 1; j < keys->count && keys->items[j].hash == keys->items[i].hash &&
                        keys->items[j].more >> 24 == keys->items[i].more >> 24;)
            j++;
        if (j - i == 1)
            continue;
        add_group(&facts->groups, keys->items + i, j - i);
        if (rule != NO_RULE)
            judge_coded(facts, rule, keys->items + i, j - i);
    }
    free_keys(keys);
}

void judge_source(struct source_facts *facts)
{
    struct groups *groups = &facts->groups;
    judge_recoded(facts, &facts->recoded, NO_RULE);
    for (uint32_t r = 0; r < facts->rules->rule_count; r++) {
        switch (facts->rules->rules[r].kind) {
        case RULE_UNIQUE:
            judge_recoded(facts, &facts->of_rules[r].coded, r);
            judge_unique(facts, r);
            break;
        case RULE_SAME:
        case RULE_ANOTHER: judge_groups(facts, r); break;
        default: break;
        }
    }
    if (groups->record_count > 1)
        qsort(groups->records, groups->record_count, sizeof *groups->records, compare_grouped);
}
