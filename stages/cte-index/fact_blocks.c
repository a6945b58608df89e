/* Lists of facts, of which most lie in the spool, block by block. */
#include <stdlib.h>
#include <string.h>

#include "stages/cte-index/facts.h"

/* Settles what is the same in a part of all facts, and in how many bytes the rest fits. */
static void measure_parts(const struct fact *facts, struct fact_block *block)
{
    /* Two parts at a time: this is done for nearly each fact of each source. */
    uint64_t first[FACT_PARTS / 2], parts[FACT_PARTS / 2], differing[FACT_PARTS / 2] = {0};
    uint32_t bits[FACT_PARTS];
    memcpy(first, facts[0].part, sizeof first);
    for (size_t i = 1; i < FACTS_IN_BLOCK; i++) {
        memcpy(parts, facts[i].part, sizeof parts);
        for (size_t p = 0; p < FACT_PARTS / 2; p++)
            differing[p] |= parts[p] ^ first[p];
    }
    memcpy(bits, differing, sizeof bits);
    for (size_t p = 0; p < FACT_PARTS; p++) {
        const uint8_t width = bits[p] == 0            ? 0
                              : bits[p] <= UINT8_MAX  ? sizeof(uint8_t)
                              : bits[p] <= UINT16_MAX ? sizeof(uint16_t)
                                                      : sizeof(uint32_t);
        block->width[p] = width;
        block->same[p] =
            width == sizeof(uint32_t) ? 0 : facts[0].part[p] >> (8U * width) << (8U * width);
    }
}

/* Writes what differs of a part of all facts; returns the end. */
static char *pack_part(char *to, const struct fact *facts, size_t part, size_t width)
{
    if (width == sizeof(uint8_t)) {
        for (size_t i = 0; i < FACTS_IN_BLOCK; i++)
            to[i] = (char)facts[i].part[part];
    } else if (width == sizeof(uint16_t)) {
        for (size_t i = 0; i < FACTS_IN_BLOCK; i++) {
            const uint16_t low = (uint16_t)facts[i].part[part];
            memcpy(to + i * sizeof low, &low, sizeof low);
        }
    } else if (width == sizeof(uint32_t)) {
        for (size_t i = 0; i < FACTS_IN_BLOCK; i++)
            memcpy(to + i * sizeof(uint32_t), &facts[i].part[part], sizeof(uint32_t));
    }
    return to + width * FACTS_IN_BLOCK;
}

void put_block_away(struct fact_list *list)
{
    struct fact_block block = {.at = 0};
    char *bytes = cte_alloc(FACTS_IN_BLOCK * sizeof *list->items), *end = bytes;
    for (size_t i = 0; i < FACTS_IN_BLOCK; i++)
        memcpy(bytes + i * sizeof(uint64_t), &list->items[i].key, sizeof(uint64_t));
    end += FACTS_IN_BLOCK * sizeof(uint64_t);
    measure_parts(list->items, &block);
    for (size_t part = 0; part < FACT_PARTS; part++)
        end = pack_part(end, list->items, part, block.width[part]);
    block.at = spool_add(list->spool, bytes, (size_t)(end - bytes));
    free(bytes);
    GROW(list->blocks, list->block_count, list->block_room);
    list->blocks[list->block_count++] = block;
    list->count = 0;
}

static void load(struct loaded_block *loaded, const struct fact_list *list, size_t number,
                 bool with_parts)
{
    size_t size = FACTS_IN_BLOCK * sizeof(uint64_t);
    loaded->items = NULL;
    if (number == list->block_count) {
        loaded->items = list->items;
        loaded->count = list->count;
        return;
    }
    const struct fact_block *block = &list->blocks[number];
    if (loaded->bytes == NULL)
        loaded->bytes = cte_alloc(FACTS_IN_BLOCK * sizeof(struct fact));
    for (size_t part = 0; part < FACT_PARTS; part++) {
        loaded->parts[part] = loaded->bytes + size;
        size += with_parts ? FACTS_IN_BLOCK * (size_t)block->width[part] : 0;
    }
    loaded->block = block;
    loaded->count = FACTS_IN_BLOCK;
    spool_read(list->spool, block->at, loaded->bytes, size);
}

void load_block(struct loaded_block *loaded, const struct fact_list *list, size_t number)
{
    load(loaded, list, number, true);
}

void load_keys(struct loaded_block *loaded, const struct fact_list *list, size_t number)
{
    load(loaded, list, number, false);
}

struct fact loaded_fact(const struct loaded_block *loaded, size_t number)
{
    if (loaded->items != NULL)
        return loaded->items[number];
    struct fact fact = {.key = loaded_key(loaded, number)};
    for (size_t part = 0; part < FACT_PARTS; part++) {
        const size_t width = loaded->block->width[part];
        const char *from = loaded->parts[part] + number * width;
        uint32_t low = 0;
        uint16_t two;
        if (width == sizeof(uint8_t)) {
            low = (unsigned char)*from;
        } else if (width == sizeof two) {
            memcpy(&two, from, sizeof two);
            low = two;
        } else if (width == sizeof low) {
            memcpy(&low, from, sizeof low);
        }
        fact.part[part] = loaded->block->same[part] | low;
    }
    return fact;
}

void unload_block(struct loaded_block *loaded)
{
    free(loaded->bytes);
    *loaded = (struct loaded_block){.count = 0};
}

void move_blocks(struct fact_list *to, struct fact_list *from)
{
    for (size_t b = 0; b < from->block_count; b++) {
        GROW(to->blocks, to->block_count, to->block_room);
        to->blocks[to->block_count++] = from->blocks[b];
    }
    from->block_count = 0;
}

void free_fact_list(struct fact_list *list)
{
    free(list->items);
    free(list->blocks);
    *list = (struct fact_list){.spool = list->spool};
}
