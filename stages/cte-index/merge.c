/* What each source told becomes part of what is known of all. */
#include "stages/cte-index/all_facts.h"

#include <stdlib.h>

#include "codetables/base/memory.h"

void open_all_facts(struct all_facts *all)
{
    all->of_rules = cte_zalloc(all->rules->rule_count, sizeof *all->of_rules);
    all->of_joins = cte_zalloc(all->rules->join_count + 1, sizeof *all->of_joins);
    for (size_t r = 0; r < all->rules->rule_count; r++)
        all->of_rules[r].key_ends = cte_zalloc(all->source_count, sizeof(size_t));
    for (size_t j = 0; j < all->rules->join_count; j++)
        all->of_joins[j].record_ends = cte_zalloc(all->source_count, sizeof(size_t));
}

void close_all_facts(struct all_facts *all)
{
    for (size_t i = 0; i < all->source_count; i++)
        forget_source_facts(&all->sources[i]);
    for (size_t r = 0; r < all->rules->rule_count; r++) {
        free_keys(&all->of_rules[r].keys);
        free(all->of_rules[r].providers.items);
        free(all->of_rules[r].key_ends);
    }
    for (size_t j = 0; j < all->rules->join_count; j++) {
        free(all->of_joins[j].found.records.items);
        free(all->of_joins[j].found.steps.items);
        free(all->of_joins[j].found.courses.items);
        free(all->of_joins[j].record_ends);
        free(all->of_joins[j].nodes.items);
    }
    free(all->of_rules);
    free(all->of_joins);
    map_free(&all->texts);
    map_free(&all->scopes);
    free(all->agreeing.items);
    free(all->disagreeing.items);
    free_uploads(&all->uploads);
    free_keys(&all->superseded);
    free(all->findings.items);
}

/* Room for `more` elements at the end of a list that has `count`. */
static void *make_room(void *items, size_t count, size_t *room, size_t more, size_t size)
{
    if (count + more <= *room)
        return items;
    *room = count + more > 2 * *room ? count + more : 2 * *room;
    return cte_realloc(items, *room * size);
}

/* Moves a list to the end of another, and empties it. A large source alone is not copied. */
#define MOVE_LIST(to, from)                                                                        \
    do {                                                                                           \
        if ((to)->count == 0) {                                                                    \
            free((to)->items);                                                                     \
            *(to) = *(from);                                                                       \
        } else {                                                                                   \
            (to)->items = make_room((to)->items, (to)->count, &(to)->room, (from)->count,          \
                                    sizeof *(to)->items);                                          \
            for (size_t i = 0; i < (from)->count; i++)                                             \
                (to)->items[(to)->count++] = (from)->items[i];                                     \
            free((from)->items);                                                                   \
        }                                                                                          \
        (from)->items = NULL;                                                                      \
        (from)->count = (from)->room = 0;                                                          \
    } while (0)

/* The numbers that the texts of a source have among all. To be freed. */
static uint32_t *merge_texts(struct map *all, const struct map *of_source)
{
    uint32_t *numbers = cte_alloc((of_source->count + 1) * sizeof *numbers);
    for (size_t i = 0; i < of_source->count; i++) {
        const struct slice text = map_key(of_source, i);
        numbers[i] = (uint32_t)map_add(all, text.at, text.length);
    }
    return numbers;
}

static void renumber_texts(struct source_facts *facts, const uint32_t *texts)
{
    for (size_t i = 0; i < facts->agreeing.count; i++)
        facts->agreeing.items[i].code = texts[facts->agreeing.items[i].code];
    for (size_t j = 0; j < facts->rules->join_count; j++) {
        struct join_facts *join = &facts->of_joins[j];
        for (size_t i = 0; i < join->records.count; i++)
            join->records.items[i].code = texts[join->records.items[i].code];
        for (size_t i = 0; i < join->steps.count; i++)
            join->steps.items[i].grade = texts[join->steps.items[i].grade];
        for (size_t i = 0; i < join->courses.count; i++) {
            struct join_course *course = &join->courses.items[i];
            *course = (struct join_course){course->link, texts[course->course],
                                           texts[course->local], texts[course->lea]};
        }
    }
}

static void renumber_scopes(struct source_facts *facts, const uint32_t *scopes)
{
    for (size_t r = 0; r < facts->rules->rule_count; r++) {
        struct keys *keys = &facts->of_rules[r].keys;
        for (size_t i = 0; i < keys->count; i++)
            keys->items[i].more = scopes[keys->items[i].more];
    }
    for (size_t j = 0; j < facts->rules->join_count; j++) {
        struct join_records *records = &facts->of_joins[j].records;
        for (size_t i = 0; i < records->count; i++)
            records->items[i].scope = scopes[records->items[i].scope];
    }
}

/* Of the texts of recoded codes few are needed any more: those of groups. */
static void renumber_groups(struct all_facts *all, struct source_facts *facts)
{
    for (size_t i = 0; i < facts->groups.member_count; i++) {
        struct group_member *member = &facts->groups.members[i];
        const struct slice code = map_key(&facts->recoded_codes, member->code);
        member->code = (uint32_t)map_add(&all->texts, code.at, code.length);
    }
}

/* Findings, and what rules and joins will look at when all sources are merged. */
static void move_lists(struct all_facts *all, struct source_facts *facts)
{
    MOVE_LIST(&all->findings, &facts->findings);
    MOVE_LIST(&all->agreeing, &facts->agreeing);
    for (size_t r = 0; r < all->rules->rule_count; r++) {
        MOVE_LIST(&all->of_rules[r].keys, &facts->of_rules[r].keys);
        MOVE_LIST(&all->of_rules[r].providers, &facts->of_rules[r].providers);
    }
    for (size_t j = 0; j < all->rules->join_count; j++) {
        struct join_facts *to = &all->of_joins[j].found;
        MOVE_LIST(&to->records, &facts->of_joins[j].records);
        MOVE_LIST(&to->steps, &facts->of_joins[j].steps);
        MOVE_LIST(&to->courses, &facts->of_joins[j].courses);
    }
}

void merge_source(struct all_facts *all, struct source_facts *facts)
{
    if (facts->of_rules != NULL) { /* else it was refused */
        uint32_t *texts = merge_texts(&all->texts, &facts->texts),
                 *scopes = merge_texts(&all->scopes, &facts->scopes);
        renumber_texts(facts, texts);
        renumber_scopes(facts, scopes);
        renumber_groups(all, facts);
        free(texts);
        free(scopes);
        merge_uploads(&all->uploads, facts);
        move_lists(all, facts);
        drop_source_lists(facts);
    }
    for (size_t r = 0; r < all->rules->rule_count; r++)
        all->of_rules[r].key_ends[facts->number] = all->of_rules[r].keys.count;
    for (size_t j = 0; j < all->rules->join_count; j++)
        all->of_joins[j].record_ends[facts->number] = all->of_joins[j].found.records.count;
}
