/* Which rules the records of a school break, how often, and where the first are: what a school has
 * to mend. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "codetables/base/memory.h"
#include "stages/cte-write/write.h"

/* Beyond so many, a school's are told without the school. */
enum { MOST_BREACHES = 1 << 16, FIRST_LINES = 5 };

struct breach {
    uint64_t records;
    uint32_t line_count;
    uint32_t school; /* of tally.c: its number and one; 0: not told */
    const struct stream_rule *rule;
    uint64_t lines[FIRST_LINES];
};

/* The number of what findings say of one field by one rule, whichever words they use. */
static uint32_t number_rule(struct breach_list *list, const struct stream_rule *rule)
{
    struct text key = {0};
    const char severity[] = {(char)rule->severity, '\0'};
    text_put(&key, severity, sizeof severity);
    text_add_part(&key, rule->id);
    text_add_part(&key, rule->field);
    const uint32_t number = (uint32_t)map_add(&list->rules, key.bytes, key.length);
    text_free(&key);
    return number;
}

static struct breach *find_breach(struct breach_list *list, uint32_t school, uint32_t rule)
{
    const uint32_t key[] = {school, rule};
    const size_t known = list->keys.count, number = map_add(&list->keys, key, sizeof key);
    if (number == known) {
        GROW(list->items, known, list->room);
        list->items[number] = (struct breach){.school = key[0]};
    }
    return &list->items[number];
}

/* The same, where it is mostly that of the school's record before. */
static struct breach *find_school_breach(struct writing *writing, uint32_t number, uint32_t rule)
{
    struct breach_list *list = &writing->source.breaches;
    if (number == 0 || list->keys.count >= MOST_BREACHES)
        return find_breach(list, 0, rule);
    struct school *school = &writing->source.tally.schools[number - 1];
    if (school->broken_rule != rule + 1) {
        school->broken_rule = rule + 1;
        school->breach = (uint32_t)(find_breach(list, number, rule) - list->items) + 1;
    }
    return &list->items[school->breach - 1];
}

void seek_breach(const struct writing *writing, const struct place *place)
{
    const uint32_t breach = place != NULL && place->school > 0
                                ? writing->source.tally.schools[place->school - 1].breach
                                : 0;
    if (breach > 0)
        __builtin_prefetch(&writing->source.breaches.items[breach - 1], 1);
}

void note_breaches(struct writing *writing, const struct record *record, const struct place *place)
{
    struct breach_list *list = &writing->source.breaches;
    const uint32_t school = place != NULL ? place->school : 0;
    for (size_t i = 0; i < writing->past->count; i++) {
        const struct stream_rule *rule = writing->past->lines[i].rule;
        if (rule == NULL)
            continue;
        struct rule_plan *plan = plan_rule(writing, rule);
        if (plan->breach == 0)
            plan->breach = number_rule(list, rule) + 1;
        struct breach *breach = find_school_breach(writing, school, plan->breach - 1);
        if (breach->records++ == 0)
            breach->rule = rule;
        if (breach->line_count < FIRST_LINES &&
            (breach->line_count == 0 || breach->lines[breach->line_count - 1] != record->line))
            breach->lines[breach->line_count++] = record->line;
    }
}

void put_breaches(const struct writing *writing)
{
    static const struct school nobody = {.parts = {"", "", ""}};
    const struct breach_list *list = &writing->source.breaches;
    for (size_t i = 0; i < list->keys.count; i++) {
        const struct breach *breach = &list->items[i];
        const struct school *school =
            breach->school > 0 ? &writing->source.tally.schools[breach->school - 1] : &nobody;
        struct text lines = {0};
        if (!school->trusted) /* what stands there may be anything, even a student's number */
            school = &nobody;
        for (size_t l = 0; l < breach->line_count; l++)
            text_format(&lines, "%s%" PRIu64, l > 0 ? ", " : "", breach->lines[l]);
        put_fact(stdout, FACT_BREACH,
                 &(struct fact_breach){.records = breach->records,
                                       .type = school->kind != NULL ? kind_type(school->kind) : "",
                                       .lea = school->parts[0],
                                       .school = school->parts[2],
                                       .rule = breach->rule->id,
                                       .severity = (char)breach->rule->severity,
                                       .field = breach->rule->field,
                                       .lines = text_string(&lines)});
        text_free(&lines);
    }
}

void free_breaches(struct breach_list *list)
{
    map_free(&list->rules);
    map_free(&list->keys);
    free(list->items);
    *list = (struct breach_list){.room = 0};
}
