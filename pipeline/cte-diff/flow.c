#include "pipeline/cte-diff/flow.h"

#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "codetables/base/text.h"

const char NOT_A_CODE[] = "(not a code)";

/* ---- moves ---- */

const char *known_code(const struct move_plan *plan, size_t i, struct slice value)
{
    if (value.length == 0)
        return "";
    for (size_t s = 0; s < MAX_FIELD_SETS && plan->sets[i][s] != NULL; s++) {
        const struct code *code = codeset_find(plan->sets[i][s], value.at, value.length);
        if (code != NULL)
            return code->value;
    }
    return NOT_A_CODE;
}

static struct slice value_in(const struct move_plan *plan, size_t i, const struct slice *fields,
                             size_t count)
{
    int at = plan->at[i];
    return at >= 0 && (size_t)at < count ? fields[at] : (struct slice){"", 0};
}

/* Plans of several layouts make one move: what counts is type, fields and codes. */
static uint32_t add_move(struct moves *moves, const struct move *move)
{
    struct text key = {0};
    text_add_part(&key, move->plan->type);
    for (size_t i = 0; i < move->plan->count; i++) {
        text_add_part(&key, move->plan->fields[i]->number);
        text_add_part(&key, move->codes[i]);
    }
    const size_t before = moves->known.count,
                 number = map_add(&moves->known, key.bytes, key.length);
    text_free(&key);
    if (number == before) {
        GROW(moves->list, before, moves->room);
        moves->list[before] = *move;
    }
    return (uint32_t)number;
}

static uint32_t move_slowly(struct moves *moves, struct move_plan *plan, const struct slice *fields,
                            size_t count)
{
    struct move move = {.plan = plan};
    /* One place for each plan is kept free for what comes beyond; plans are few. */
    if (plan->not_told_apart == 0) {
        for (size_t i = 0; i < plan->count; i++)
            move.codes[i] = NOT_A_CODE;
        plan->not_told_apart = add_move(moves, &move) + 1;
    }
    if (moves->known.count >= MOST_MOVES)
        return plan->not_told_apart - 1;
    for (size_t i = 0; i < plan->count; i++)
        move.codes[i] = known_code(plan, i, value_in(plan, i, fields, count));
    return add_move(moves, &move);
}

uint32_t find_move(struct moves *moves, struct move_plan *plan, const struct slice *fields,
                   size_t count)
{
    union {
        char text[MOVE_BYTES];
        uint64_t words[MOVE_BYTES / 8];
    } bytes = {.words = {0}};
    size_t used = 0;
    for (size_t i = 0; i < plan->count; i++) {
        struct slice value = value_in(plan, i, fields, count);
        if (used + value.length + 1 > MOVE_BYTES)
            return move_slowly(moves, plan, fields, count);
        memcpy(bytes.text + used, value.at, value.length);
        used += value.length;
        bytes.text[used++] = '\0'; /* which no value holds */
    }
    uint64_t hash = (uint64_t)(uintptr_t)plan;
    for (size_t i = 0; i < MOVE_BYTES / 8; i++)
        hash = (hash ^ bytes.words[i]) * 0x9e3779b97f4a7c15ULL;
    struct move_cached *cached = &moves->cache[(hash >> 40) & (MOVE_CACHE - 1)];
    if (cached->plan != plan || memcmp(cached->bytes, bytes.words, MOVE_BYTES) != 0) {
        cached->move = move_slowly(moves, plan, fields, count);
        cached->plan = plan;
        memcpy(cached->bytes, bytes.words, MOVE_BYTES);
    }
    return cached->move;
}

/* ---- flows ---- */

enum { MOVE_BITS = 24 };
_Static_assert(NO_MOVE == (1 << MOVE_BITS) - 1 && MOST_MOVES * 2 < NO_MOVE,
               "a key holds two moves and a fate");

static uint64_t key_of_flow(uint32_t before, uint32_t after, unsigned fate)
{
    return (uint64_t)before | (uint64_t)after << MOVE_BITS | (uint64_t)fate << 2 * MOVE_BITS;
}

static uint32_t move_before(uint64_t key)
{
    return key & NO_MOVE;
}

static uint32_t move_after(uint64_t key)
{
    return key >> MOVE_BITS & NO_MOVE;
}

static unsigned fate_of(uint64_t key)
{
    return (unsigned)(key >> 2 * MOVE_BITS);
}

static uint64_t flow_key(const struct flows *flows, size_t number)
{
    uint64_t key;
    memcpy(&key, map_key(&flows->keys, number).at, sizeof key);
    return key;
}

void count_flow(struct flows *flows, uint32_t before, uint32_t after, unsigned fate,
                uint64_t records)
{
    uint64_t key = key_of_flow(before, after, fate);
    if (flows->keys.count >= MOST_FLOWS && map_find(&flows->keys, &key, sizeof key) == MAP_NONE)
        key = key_of_flow(NO_MOVE, NO_MOVE, fate);
    const size_t known = flows->keys.count, number = map_add(&flows->keys, &key, sizeof key);
    if (number == known) {
        GROW(flows->records, known, flows->room);
        flows->records[known] = 0;
    }
    flows->records[number] += records;
}

void add_flows(struct flows *to, struct flows *from)
{
    for (size_t i = 0; i < from->keys.count; i++) {
        const uint64_t key = flow_key(from, i);
        count_flow(to, move_before(key), move_after(key), fate_of(key), from->records[i]);
    }
    map_free(&from->keys);
    free(from->records);
    *from = (struct flows){.records = NULL};
}

static int compare_counts(const void *x, const void *y)
{
    const struct flow_count *a = x, *b = y;
    int order = strcmp(a->type, b->type);
    order = order != 0 ? order : strcmp(a->before, b->before);
    order = order != 0 ? order : (a->fate > b->fate) - (a->fate < b->fate);
    order =
        order != 0 ? order : (a->after_count > b->after_count) - (a->after_count < b->after_count);
    for (size_t i = 0; i < a->after_count && order == 0; i++)
        order = strcmp(a->after[i], b->after[i]);
    return order;
}

struct flow_count *list_flows(const struct flows *flows, const struct moves *before,
                              const struct moves *after, size_t *count)
{
    struct flow_count *list = cte_zalloc(flows->keys.count + 1, sizeof *list);
    *count = flows->keys.count;
    for (size_t i = 0; i < flows->keys.count; i++) {
        const uint64_t key = flow_key(flows, i);
        const uint32_t b = move_before(key), a = move_after(key);
        const struct move *was = b != NO_MOVE ? &before->list[b] : NULL,
                          *is = a != NO_MOVE ? &after->list[a] : NULL;
        struct flow_count *counted = &list[i];
        *counted = (struct flow_count){.type = was != NULL  ? was->plan->type
                                               : is != NULL ? is->plan->type
                                                            : "",
                                       .before = "",
                                       .fate = fate_of(key),
                                       .records = flows->records[i]};
        if (was != NULL && was->plan->count > 0) {
            counted->from = was->plan->fields[0];
            counted->before = was->codes[0];
        }
        for (size_t f = 0; is != NULL && f < is->plan->count; f++) {
            counted->to[f] = is->plan->fields[f];
            counted->after[f] = is->codes[f];
            counted->after_count = f + 1;
        }
    }
    qsort(list, *count, sizeof *list, compare_counts);
    return list;
}
