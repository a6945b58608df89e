/* The rules within a source: keys that stand twice, groups whose values differ, and records that
 * the recode could give one key. */
#include "stages/cte-index/repeated_keys.h"
#include "stages/cte-index/source_facts.h"

#include <stdlib.h>

#include "codetables/base/year.h"

/* The parts of a key: of one that is to be unique, and of recoded_fact(). */
enum { MORE_HASH, KEY_RECORD };
enum { CODED_MORE_HASH, CODED_YEAR, CODED_CODE, CODED_RECORD };

static void add_repeated(struct source_facts *facts, uint32_t rule, uint32_t record, uint32_t other)
{
    add_finding(facts, (struct finding){.source = facts->source->number,
                                        .record = record,
                                        .rule = rule,
                                        .other = other});
}

/* Finds each record whose key another has too, with the nearest of those. */
static void judge_unique(struct source_facts *facts, uint32_t rule)
{
    struct fact_list *list = &facts->of_rules[rule].keys;
    struct fact_set keys = {.spool = list->spool};
    struct fact_cursor at;
    struct fact last = {0};
    bool has_last = false, is_told = false; /* of the last one */
    take_repeated(&keys, list);
    for (open_cursor(&at, &keys); at.has_fact; next_fact(&at)) {
        const struct fact *key = &at.fact;
        const bool is_like =
            has_last && last.key == key->key && last.part[MORE_HASH] == key->part[MORE_HASH];
        if (is_like && !is_told)
            add_repeated(facts, rule, last.part[KEY_RECORD], key->part[KEY_RECORD]);
        if (is_like)
            add_repeated(facts, rule, key->part[KEY_RECORD], last.part[KEY_RECORD]);
        last = *key;
        has_last = true;
        is_told = is_like;
    }
    close_cursor(&at);
    free_facts(&keys);
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

static int year_of_code(const struct fact *key)
{
    const uint32_t year = key->part[CODED_YEAR];
    return year == MAX_CODE_YEAR ? YEAR_NONE : (int)year;
}

/* Keys that are alike but for the recoded field. */
struct alike {
    struct fact *items;
    size_t count, room;
};

/* Adds the records of one key, of which some may have another code. */
static void add_group(struct groups *groups, const struct alike *keys)
{
    bool differ = false, any_unknown = false;
    for (size_t i = 0; i < keys->count; i++) {
        const uint32_t code = keys->items[i].part[CODED_CODE];
        const bool unknown = code == UNKNOWN_CODE;
        differ = differ || code != keys->items[0].part[CODED_CODE] || (i > 0 && unknown);
        any_unknown = any_unknown || unknown;
    }
    const uint32_t first = (uint32_t)groups->member_count;
    for (size_t i = 0; i < keys->count && differ; i++) {
        const struct fact *key = &keys->items[i];
        const uint32_t record = key->part[CODED_RECORD];
        GROW(groups->members, groups->member_count, groups->member_room);
        groups->members[groups->member_count++] =
            (struct group_member){record, key->part[CODED_CODE], year_of_code(key)};
        GROW(groups->records, groups->record_count, groups->record_room);
        groups->records[groups->record_count++] =
            (struct grouped_record){record, first, (uint32_t)keys->count, any_unknown};
    }
}

static int compare_codes(const void *a, const void *b)
{
    const uint32_t *x = ((const struct fact *)a)->part, *y = ((const struct fact *)b)->part;
    if (x[CODED_CODE] != y[CODED_CODE])
        return x[CODED_CODE] < y[CODED_CODE] ? -1 : 1;
    return (x[CODED_RECORD] > y[CODED_RECORD]) - (x[CODED_RECORD] < y[CODED_RECORD]);
}

/* Of the records of one key, finds those of one code: their whole keys are the same. Sorts them. */
static void judge_coded(struct source_facts *facts, uint32_t rule, struct alike *keys)
{
    struct fact *items = keys->items;
    qsort(items, keys->count, sizeof *items, compare_codes); /* it was by year first */
    for (size_t i = 0; i < keys->count; i++) {
        const uint32_t code = items[i].part[CODED_CODE];
        const struct fact *like = NULL;
        if (code == UNKNOWN_CODE)
            break;
        if (i > 0 && items[i - 1].part[CODED_CODE] == code)
            like = &items[i - 1];
        else if (i + 1 < keys->count && items[i + 1].part[CODED_CODE] == code)
            like = &items[i + 1];
        if (like != NULL)
            add_repeated(facts, rule, items[i].part[CODED_RECORD], like->part[CODED_RECORD]);
    }
}

/* Where keys are not to be unique. */
#define NO_RULE UINT32_MAX

static void judge_alike(struct source_facts *facts, struct alike *keys, uint32_t rule)
{
    if (keys->count > 1)
        add_group(&facts->groups, keys);
    if (keys->count > 1 && rule != NO_RULE)
        judge_coded(facts, rule, keys);
    keys->count = 0;
}

/* Keeps the records that share a key but for the recoded field and have different codes there; of
 * most files that is a few. Those of one code break the rule. */
static void judge_recoded(struct source_facts *facts, struct fact_list *list, uint32_t rule)
{
    struct fact_set keys = {.spool = list->spool};
    struct fact_cursor at;
    struct alike alike = {.items = NULL};
    take_repeated(&keys, list);
    for (open_cursor(&at, &keys); at.has_fact; next_fact(&at)) {
        const struct fact *key = &at.fact;
        if (alike.count > 0 && (alike.items[0].key != key->key ||
                                alike.items[0].part[CODED_MORE_HASH] != key->part[CODED_MORE_HASH]))
            judge_alike(facts, &alike, rule);
        GROW(alike.items, alike.count, alike.room);
        alike.items[alike.count++] = *key;
    }
    judge_alike(facts, &alike, rule);
    close_cursor(&at);
    free_facts(&keys);
    free(alike.items);
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
