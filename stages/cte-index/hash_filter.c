#include "stages/cte-index/hash_filter.h"

#include <stdlib.h>

#include "codetables/base/memory.h"

struct hash_filter new_filter(uint64_t bits, uint64_t most)
{
    uint64_t words = 1;
    while (words * 64 < bits && words * 64 < most)
        words *= 2;
    return (struct hash_filter){cte_zalloc_table((size_t)words, sizeof(uint64_t)), words - 1};
}

void free_filter(struct hash_filter *filter)
{
    free(filter->words);
    *filter = (struct hash_filter){NULL, 0};
}
