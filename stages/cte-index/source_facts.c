#include "stages/cte-index/source_facts.h"

#include <stdlib.h>

void open_source_facts(struct source_facts *facts, struct indexed_source *source,
                       const struct rules *rules, struct spool *spool)
{
    *facts = (struct source_facts){.source = source, .rules = rules};
    facts->of_rules = cte_zalloc(rules->rule_count + 1, sizeof *facts->of_rules);
    facts->of_joins = cte_zalloc(rules->join_count + 1, sizeof *facts->of_joins);
    facts->agreeing.open = cte_zalloc(rules->rule_count + 1, sizeof *facts->agreeing.open);
    for (size_t r = 0; r < rules->rule_count; r++) {
        struct rule_facts *of_rule = &facts->of_rules[r];
        of_rule->keys.spool = of_rule->coded.spool = of_rule->needed.spool =
            of_rule->provided.spool = spool;
    }
    for (size_t j = 0; j < rules->join_count; j++) {
        struct join_facts *join = &facts->of_joins[j];
        join->records.spool = join->steps.spool = join->courses.spool = spool;
    }
    facts->agreeing.spans.spool = facts->findings.spool = facts->recoded.spool = spool;
}

void drop_source_facts(struct source_facts *facts)
{
    for (size_t r = 0; facts->of_rules != NULL && r < facts->rules->rule_count; r++) {
        struct rule_facts *of_rule = &facts->of_rules[r];
        free_fact_list(&of_rule->keys);
        free_fact_list(&of_rule->coded);
        free(of_rule->members.items);
        free_fact_list(&of_rule->needed);
        free_fact_list(&of_rule->provided);
        free_key_set(&of_rule->known);
    }
    for (size_t j = 0; facts->of_joins != NULL && j < facts->rules->join_count; j++) {
        free_fact_list(&facts->of_joins[j].records);
        free_fact_list(&facts->of_joins[j].steps);
        free_fact_list(&facts->of_joins[j].courses);
    }
    free(facts->of_rules);
    free(facts->of_joins);
    map_free(&facts->texts);
    map_free(&facts->scopes);
    map_free(&facts->agreeing.codes);
    free(facts->agreeing.open);
    free_fact_list(&facts->agreeing.spans);
    map_free(&facts->uploads.texts);
    free(facts->uploads.items);
    free_fact_list(&facts->findings);
    free_fact_list(&facts->recoded);
    map_free(&facts->recoded_codes);
    free(facts->line_changes.items);
    free(facts->cuts.items);
    free(facts->groups.members);
    free(facts->groups.records);
    *facts = (struct source_facts){.source = facts->source, .rules = facts->rules};
}

struct fact recoded_fact(const struct hashes *key, int year, size_t code, uint32_t record)
{
    const bool is_known = year >= LEAST_CODE_YEAR && year < MAX_CODE_YEAR;
    return (struct fact){key->one,
                         {(uint32_t)(key->two & 255), (uint32_t)(is_known ? year : MAX_CODE_YEAR),
                          code < UNKNOWN_CODE ? (uint32_t)code : UNKNOWN_CODE, record}};
}
