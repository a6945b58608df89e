/* The rules by which a record of another type must exist. */
#include "stages/cte-index/all_facts.h"

#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "codetables/base/text.h"
#include "codetables/base/year.h"

bool scope_has(const struct all_facts *all, uint32_t scope, const char *type)
{
    struct text wanted = {0};
    text_add(&wanted, type);
    text_add(&wanted, strchr(map_key(&all->scopes, scope).at, '^'));
    const bool found = map_find(&all->scopes, wanted.bytes, wanted.length) != MAP_NONE;
    text_free(&wanted);
    return found;
}

int scope_year(const struct all_facts *all, uint32_t scope)
{
    const char *year = strrchr(map_key(&all->scopes, scope).at, '^') + 1;
    return academic_year(year, strlen(year));
}

/* The scopes in which the rule's other type occurs: nobody misses a file that was not given. */
static bool *list_scopes(const struct all_facts *all, const char *type)
{
    bool *has = cte_alloc(all->scopes.count + 1);
    for (uint32_t i = 0; i < all->scopes.count; i++)
        has[i] = scope_has(all, i, type);
    return has;
}

/* What is there for the keys of a rule. */
struct existing {
    bool *has_scope; /* per scope: whether the rule's other type occurs in it */
    struct map hashes;
};

static struct existing list_existing(const struct all_facts *all, uint32_t rule)
{
    const struct hash_list *providers = &all->of_rules[rule].providers;
    struct existing existing = {.has_scope = list_scopes(all, all->rules->rules[rule].in)};
    for (size_t i = 0; i < providers->count; i++)
        map_add(&existing.hashes, &providers->items[i], sizeof providers->items[i]);
    return existing;
}

static void free_existing(struct existing *existing)
{
    free(existing->has_scope);
    map_free(&existing->hashes);
}

/* Finds the keys of one source that nobody provides. */
static void find_missing(struct all_facts *all, uint32_t rule, uint32_t source,
                         const struct existing *existing)
{
    const struct across_rule *of_rule = &all->of_rules[rule];
    for (size_t i = source > 0 ? of_rule->key_ends[source - 1] : 0; i < of_rule->key_ends[source];
         i++) {
        const struct key *key = &of_rule->keys.items[i];
        if (existing->has_scope[key->more] &&
            map_find(&existing->hashes, &key->hash, sizeof key->hash) == MAP_NONE)
            add_finding(&all->findings,
                        (struct finding){.source = source, .record = key->record, .rule = rule});
    }
}

void judge_existence(struct all_facts *all)
{
    for (uint32_t r = 0; r < all->rules->rule_count; r++) {
        const struct across_rule *of_rule = &all->of_rules[r];
        if (of_rule->keys.count == 0 || of_rule->providers.count == 0)
            continue;
        struct existing existing = list_existing(all, r);
        for (uint32_t s = 0; s < all->source_count; s++)
            find_missing(all, r, s, &existing);
        free_existing(&existing);
    }
}
