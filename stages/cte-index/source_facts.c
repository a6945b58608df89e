#include "stages/cte-index/source_facts.h"

#include <stdlib.h>

void open_source_facts(struct source_facts *facts, const struct rules *rules)
{
    facts->rules = rules;
    facts->of_rules = cte_zalloc(rules->rule_count, sizeof *facts->of_rules);
    facts->of_joins = cte_zalloc(rules->join_count + 1, sizeof *facts->of_joins);
}

void drop_source_lists(struct source_facts *facts)
{
    for (size_t r = 0; facts->of_rules != NULL && r < facts->rules->rule_count; r++) {
        free_keys(&facts->of_rules[r].keys);
        free(facts->of_rules[r].providers.items);
        free(facts->of_rules[r].members.items);
    }
    for (size_t j = 0; facts->of_joins != NULL && j < facts->rules->join_count; j++) {
        free(facts->of_joins[j].records.items);
        free(facts->of_joins[j].steps.items);
        free(facts->of_joins[j].courses.items);
    }
    free(facts->of_rules);
    free(facts->of_joins);
    facts->of_rules = NULL;
    facts->of_joins = NULL;
    map_free(&facts->texts);
    map_free(&facts->scopes);
    free(facts->agreeing.items);
    facts->agreeing = (struct agreeing_list){NULL, 0, 0};
    map_free(&facts->uploads.texts);
    free(facts->uploads.items);
    facts->uploads = (struct source_uploads){.items = NULL};
    free(facts->findings.items);
    facts->findings = (struct findings){NULL, 0, 0};
    free_keys(&facts->recoded);
    map_free(&facts->recoded_codes);
}

void forget_source_facts(struct source_facts *facts)
{
    drop_source_lists(facts);
    free(facts->line_changes.items);
    free(facts->cuts.items);
    free(facts->groups.members);
    free(facts->groups.records);
    *facts = (struct source_facts){
        .number = facts->number, .path = facts->path, .format = facts->format};
}

uint32_t line_of(const struct source_facts *facts, uint32_t record)
{
    const struct line_change *changes = facts->line_changes.items;
    size_t low = 0, high = facts->line_changes.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (changes[middle].record <= record)
            low = middle + 1;
        else
            high = middle;
    }
    return low == 0 ? record : changes[low - 1].line + (record - changes[low - 1].record);
}

uint32_t pack_recoded(uint64_t hash, int year, size_t code)
{
    const uint32_t packed_year = year >= 1900 && year < 1900 + 255 ? (uint32_t)(year - 1900) : 255;
    return (uint32_t)(hash & 255) << 24 | packed_year << 16 |
           (code < UINT16_MAX ? (uint32_t)code : UINT16_MAX);
}
