/* The rules by which a record of another type must exist. */
#include "stages/cte-index/all_facts.h"

#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "codetables/base/text.h"

bool *list_scopes(const struct all_facts *all, const char *type)
{
    bool *has = cte_alloc(all->scopes.count + 1);
    struct text wanted = {0};
    for (size_t i = 0; i < all->scopes.count; i++) {
        text_clear(&wanted);
        text_add(&wanted, type);
        text_add(&wanted, strchr(map_key(&all->scopes, i).at, '^'));
        has[i] = map_find(&all->scopes, wanted.bytes, wanted.length) != MAP_NONE;
    }
    text_free(&wanted);
    return has;
}

/* Finds the keys that nobody provides, in the scopes in which the other type occurs at all: nobody
 * misses a file that was not given. */
static void find_missing(struct all_facts *all, uint32_t rule, const bool *has_scope)
{
    struct across_rule *of_rule = &all->of_rules[rule];
    struct fact_set keys = {.spool = all->spool}, there = {.spool = all->spool};
    struct fact_cursor needed, provided;
    put_list(&keys, &of_rule->needed);
    sort_facts(&keys);
    put_list(&there, &of_rule->provided);
    sort_facts(&there);
    open_cursor(&needed, &keys);
    open_cursor(&provided, &there);
    for (; needed.has_fact; next_fact(&needed)) {
        const struct fact *key = &needed.fact;
        skip_to_key(&provided, key->key);
        if (has_scope[key->part[0]] && !is_at_key(&provided, key->key))
            put_fact(&all->findings,
                     finding_fact(&(struct finding){
                         .source = key->part[1], .record = key->part[2], .rule = rule}));
    }
    close_cursor(&needed);
    close_cursor(&provided);
    free_facts(&keys);
    free_facts(&there);
}

void judge_existence(struct all_facts *all)
{
    for (uint32_t r = 0; r < all->rules->rule_count; r++) {
        struct across_rule *of_rule = &all->of_rules[r];
        if (has_facts(&of_rule->needed) && has_facts(&of_rule->provided)) {
            bool *has_scope = list_scopes(all, all->rules->rules[r].in);
            find_missing(all, r, has_scope);
            free(has_scope);
        }
        free_fact_list(&of_rule->needed);
        free_fact_list(&of_rule->provided);
    }
}
