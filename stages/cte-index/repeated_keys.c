#include "stages/cte-index/repeated_keys.h"

#include "stages/cte-index/hash_filter.h"

/* Notes the keys that the list holds twice. */
static void note_repeated(const struct fact_list *list, struct hash_filter *met,
                          struct hash_filter *repeated)
{
    struct loaded_block block = {.count = 0};
    for (size_t b = 0; b <= list->block_count; b++) {
        load_keys(&block, list, b);
        for (size_t i = 0; i < block.count; i++) {
            const uint64_t key = loaded_key(&block, i);
            if (may_hold(met, key))
                add_hash(repeated, key);
            else
                add_hash(met, key);
        }
    }
    unload_block(&block);
}

static void put_noted(struct fact_set *set, const struct fact_list *list,
                      const struct hash_filter *repeated)
{
    struct loaded_block block = {.count = 0};
    for (size_t b = 0; b <= list->block_count; b++) {
        load_block(&block, list, b);
        for (size_t i = 0; i < block.count; i++) {
            if (may_hold(repeated, loaded_key(&block, i)))
                put_fact(set, loaded_fact(&block, i));
        }
    }
    unload_block(&block);
}

void take_repeated(struct fact_set *set, struct fact_list *list)
{
    enum { FEW = 256, BITS_A_KEY = 8, MOST_BITS = 1 << 28, FEWER = 4 };
    const uint64_t count = count_facts(list);
    if (count < FEW) {
        put_list(set, list);
    } else {
        struct hash_filter met = new_filter(count * BITS_A_KEY, MOST_BITS),
                           repeated = new_filter(count * BITS_A_KEY / FEWER, MOST_BITS / FEWER);
        note_repeated(list, &met, &repeated);
        put_noted(set, list, &repeated);
        free_filter(&met);
        free_filter(&repeated);
        free_fact_list(list);
    }
    sort_facts(set);
}
