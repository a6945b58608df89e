/* What each source told becomes part of what is known of all. */
#include "stages/cte-index/all_facts.h"

#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "stages/cte-index/stored_source.h"

void open_all_facts(struct all_facts *all)
{
    all->of_rules = cte_zalloc(all->rules->rule_count + 1, sizeof *all->of_rules);
    all->of_joins = cte_zalloc(all->rules->join_count + 1, sizeof *all->of_joins);
    for (size_t r = 0; r < all->rules->rule_count; r++)
        all->of_rules[r].needed.spool = all->of_rules[r].provided.spool = all->spool;
    for (size_t j = 0; j < all->rules->join_count; j++) {
        struct across_join *join = &all->of_joins[j];
        join->records.spool = join->courses.spool = join->steps.spool = all->spool;
    }
    all->agreeing.spool = all->findings.spool = all->superseded.spool = all->completed.spool =
        all->disagreeing.spool = all->spool;
}

void close_all_facts(struct all_facts *all)
{
    for (size_t r = 0; r < all->rules->rule_count; r++) {
        free_fact_list(&all->of_rules[r].needed);
        free_fact_list(&all->of_rules[r].provided);
    }
    for (size_t j = 0; j < all->rules->join_count; j++) {
        free_fact_list(&all->of_joins[j].records);
        free_fact_list(&all->of_joins[j].steps);
        free_fact_list(&all->of_joins[j].courses);
    }
    free(all->of_rules);
    free(all->of_joins);
    map_free(&all->texts);
    map_free(&all->scopes);
    map_free(&all->agreeing_codes);
    free_uploads(&all->uploads);
    free_facts(&all->agreeing);
    free_facts(&all->findings);
    free_facts(&all->superseded);
    free_facts(&all->completed);
    free_facts(&all->disagreeing);
}

/* The numbers that the keys of a source have among all. To be freed. */
static uint32_t *merge_keys(struct map *all, const struct map *of_source)
{
    uint32_t *numbers = cte_alloc((of_source->count + 1) * sizeof *numbers);
    for (size_t i = 0; i < of_source->count; i++) {
        const struct slice key = map_key(of_source, i);
        numbers[i] = (uint32_t)map_add(all, key.at, key.length);
    }
    return numbers;
}

/* A source while it is merged: the numbers of its own maps among all. */
struct merging {
    struct all_facts *all;
    struct source_facts *facts;
    uint32_t *texts, *scopes, *agreeing_codes;
    bool keeps_numbers; /* those of texts and scopes are the same: it is the first source, mostly */
};

static bool are_same_numbers(const uint32_t *numbers, size_t count)
{
    size_t i = 0;
    while (i < count && numbers[i] == i)
        i++;
    return i == count;
}

static uint32_t *merge_agreeing_codes(struct merging *merging)
{
    const struct map *of_source = &merging->facts->agreeing.codes;
    uint32_t *numbers = cte_alloc((of_source->count + 1) * sizeof *numbers);
    for (size_t i = 0; i < of_source->count; i++) {
        struct agreeing_code code;
        memcpy(&code, map_key(of_source, i).at, sizeof code);
        code.code = merging->texts[code.code];
        code.type = merging->texts[code.type];
        numbers[i] = (uint32_t)map_add(&merging->all->agreeing_codes, &code, sizeof code);
    }
    return numbers;
}

/* How a fact of a source is to be changed, so that it can stand among those of all. */
typedef struct fact (*change_fact)(const struct merging *merging, struct fact fact);

static struct fact keep_fact(const struct merging *merging, struct fact fact)
{
    (void)merging;
    return fact;
}

static struct fact change_needed(const struct merging *merging, struct fact fact)
{
    return (struct fact){fact.key, {merging->scopes[fact.part[0]], fact.part[1], fact.part[2]}};
}

static struct fact change_record(const struct merging *merging, struct fact fact)
{
    return (struct fact){
        fact.key,
        {merging->texts[fact.part[0]], merging->scopes[fact.part[1]], fact.part[2], fact.part[3]}};
}

static struct fact change_step(const struct merging *merging, struct fact fact)
{
    return (struct fact){fact.key, {fact.part[0], fact.part[1], merging->texts[fact.part[2]]}};
}

static struct fact change_course(const struct merging *merging, struct fact fact)
{
    return (struct fact){
        fact.key,
        {merging->texts[fact.part[0]], merging->texts[fact.part[1]], merging->texts[fact.part[2]]}};
}

static struct fact change_span(const struct merging *merging, struct fact fact)
{
    return (struct fact){
        fact.key,
        {fact.part[0], fact.part[1], fact.part[2], merging->agreeing_codes[fact.part[3]]}};
}

static void merge_set(const struct merging *merging, const struct fact_list *list,
                      struct fact_set *to, change_fact change)
{
    struct loaded_block block = {.count = 0};
    for (size_t b = 0; b <= list->block_count; b++) {
        load_block(&block, list, b);
        for (size_t i = 0; i < block.count; i++)
            put_fact(to, change(merging, loaded_fact(&block, i)));
    }
    unload_block(&block);
}

static void merge_list(const struct merging *merging, struct fact_list *list, struct fact_list *to,
                       change_fact change)
{
    if (merging->keeps_numbers || change == keep_fact)
        move_blocks(to, list);
    struct loaded_block block = {.count = 0};
    for (size_t b = 0; b <= list->block_count; b++) {
        load_block(&block, list, b);
        for (size_t i = 0; i < block.count; i++)
            add_fact(to, change(merging, loaded_fact(&block, i)));
    }
    unload_block(&block);
}

static void merge_lists(const struct merging *merging)
{
    struct all_facts *all = merging->all;
    struct source_facts *facts = merging->facts;
    merge_set(merging, &facts->findings, &all->findings, keep_fact);
    merge_set(merging, &facts->agreeing.spans, &all->agreeing, change_span);
    for (size_t r = 0; r < all->rules->rule_count; r++) {
        struct rule_facts *from = &facts->of_rules[r];
        merge_list(merging, &from->needed, &all->of_rules[r].needed, change_needed);
        merge_list(merging, &from->provided, &all->of_rules[r].provided, keep_fact);
    }
    for (size_t j = 0; j < all->rules->join_count; j++) {
        struct join_facts *from = &facts->of_joins[j];
        merge_list(merging, &from->records, &all->of_joins[j].records, change_record);
        merge_list(merging, &from->steps, &all->of_joins[j].steps, change_step);
        merge_list(merging, &from->courses, &all->of_joins[j].courses, change_course);
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

void merge_source(struct all_facts *all, struct source_facts *facts)
{
    if (facts->of_rules == NULL) /* it was refused */
        return;
    struct merging merging = {
        .all = all,
        .facts = facts,
        .texts = merge_keys(&all->texts, &facts->texts),
        .scopes = merge_keys(&all->scopes, &facts->scopes),
    };
    merging.keeps_numbers = are_same_numbers(merging.texts, facts->texts.count) &&
                            are_same_numbers(merging.scopes, facts->scopes.count);
    merging.agreeing_codes = merge_agreeing_codes(&merging);
    renumber_groups(all, facts);
    merge_uploads(&all->uploads, facts);
    merge_lists(&merging);
    store_source(all->spool, facts);
    free(merging.texts);
    free(merging.scopes);
    free(merging.agreeing_codes);
}
