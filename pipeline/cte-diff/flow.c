#include "pipeline/cte-diff/flow.h"

#include <stdlib.h>
#include <string.h>

#include "codetables/base/hash.h"
#include "codetables/base/memory.h"

const char NOT_A_CODE[] = "(not a code)";

/* ---- moves ---- */

const char *code_in(const struct move_plan *plan, size_t i, struct slice value)
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
static bool same_move(const struct move *a, const struct move *b)
{
    bool is_same = strcmp(a->plan->type, b->plan->type) == 0 && a->plan->count == b->plan->count;
    for (size_t i = 0; i < a->plan->count && is_same; i++)
        is_same = strcmp(a->codes[i], b->codes[i]) == 0 &&
                  strcmp(a->plan->fields[i]->number, b->plan->fields[i]->number) == 0;
    return is_same;
}

static size_t slot_of_move(const struct moves *moves, const struct move *move)
{
    uint64_t hash = keyed_hash(move->plan->type, strlen(move->plan->type));
    for (size_t i = 0; i < move->plan->count; i++)
        hash = (hash ^ keyed_hash(move->codes[i], strlen(move->codes[i]))) * 0x9e3779b97f4a7c15ULL;
    size_t at = (hash >> 20) & (moves->slot_count - 1);
    while (moves->slots[at] != 0 && !same_move(&moves->list[moves->slots[at] - 1], move))
        at = (at + 1) & (moves->slot_count - 1);
    return at;
}

static uint32_t add_move(struct moves *moves, const struct move *move)
{
    if (moves->count == moves->room) {
        moves->room = moves->room == 0 ? 256 : moves->room * 2;
        moves->list = cte_realloc(moves->list, moves->room * sizeof *moves->list);
        free(moves->slots);
        moves->slot_count = (size_t)moves->room * 2;
        moves->slots = cte_zalloc(moves->slot_count, sizeof *moves->slots);
        for (uint32_t i = 0; i < moves->count; i++)
            moves->slots[slot_of_move(moves, &moves->list[i])] = i + 1;
    }
    size_t at = slot_of_move(moves, move);
    if (moves->slots[at] == 0) {
        moves->list[moves->count++] = *move;
        moves->slots[at] = moves->count;
    }
    return moves->slots[at] - 1;
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
    if (moves->count >= MOST_MOVES)
        return plan->not_told_apart - 1;
    for (size_t i = 0; i < plan->count; i++)
        move.codes[i] = code_in(plan, i, value_in(plan, i, fields, count));
    return add_move(moves, &move);
}

uint32_t move_of(struct moves *moves, struct move_plan *plan, const struct slice *fields,
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

static size_t slot_of_flow(const struct flows *flows, uint64_t key)
{
    size_t at = (key * 0x9e3779b97f4a7c15ULL >> 32) & (flows->slot_count - 1);
    while (flows->slots[at].records != 0 && flows->slots[at].key != key)
        at = (at + 1) & (flows->slot_count - 1);
    return at;
}

static uint64_t key_of_flow(uint32_t before, uint32_t after, unsigned fate)
{
    return (uint64_t)before | (uint64_t)after << MOVE_BITS | (uint64_t)fate << 2 * MOVE_BITS;
}

void count_flow(struct flows *flows, uint32_t before, uint32_t after, unsigned fate,
                uint64_t records)
{
    if ((flows->count + 1) * 2 > flows->slot_count) {
        struct flows larger = {.slot_count = flows->slot_count == 0 ? 1024 : flows->slot_count * 2,
                               .count = flows->count};
        larger.slots = cte_zalloc(larger.slot_count, sizeof *larger.slots);
        for (size_t i = 0; i < flows->slot_count; i++) {
            if (flows->slots[i].records != 0)
                larger.slots[slot_of_flow(&larger, flows->slots[i].key)] = flows->slots[i];
        }
        free(flows->slots);
        *flows = larger;
    }
    size_t at = slot_of_flow(flows, key_of_flow(before, after, fate));
    if (flows->slots[at].records == 0 && flows->count >= MOST_FLOWS)
        at = slot_of_flow(flows, key_of_flow(NO_MOVE, NO_MOVE, fate));
    if (flows->slots[at].records == 0) {
        flows->slots[at].key = flows->count >= MOST_FLOWS ? key_of_flow(NO_MOVE, NO_MOVE, fate)
                                                          : key_of_flow(before, after, fate);
        flows->count++;
    }
    flows->slots[at].records += records;
}

void add_flows(struct flows *to, struct flows *from)
{
    for (size_t i = 0; i < from->slot_count; i++) {
        const struct flow *flow = &from->slots[i];
        const uint32_t mask = NO_MOVE;
        if (flow->records != 0)
            count_flow(to, flow->key & mask, flow->key >> MOVE_BITS & mask,
                       (unsigned)(flow->key >> 2 * MOVE_BITS), flow->records);
    }
    free(from->slots);
    *from = (struct flows){NULL, 0, 0};
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
    struct flow_count *list = cte_zalloc(flows->count + 1, sizeof *list);
    *count = 0;
    for (size_t s = 0; s < flows->slot_count; s++) {
        const struct flow *flow = &flows->slots[s];
        if (flow->records == 0)
            continue;
        const uint32_t b = flow->key & NO_MOVE, a = flow->key >> MOVE_BITS & NO_MOVE;
        const struct move *was = b != NO_MOVE ? &before->list[b] : NULL,
                          *is = a != NO_MOVE ? &after->list[a] : NULL;
        struct flow_count *told = &list[(*count)++];
        *told = (struct flow_count){.type = was != NULL  ? was->plan->type
                                            : is != NULL ? is->plan->type
                                                         : "",
                                    .before = "",
                                    .fate = (unsigned)(flow->key >> 2 * MOVE_BITS),
                                    .records = flow->records};
        if (was != NULL && was->plan->count > 0) {
            told->from = was->plan->fields[0];
            told->before = was->codes[0];
        }
        for (size_t i = 0; is != NULL && i < is->plan->count; i++) {
            told->to[i] = is->plan->fields[i];
            told->after[i] = is->codes[i];
            told->after_count = i + 1;
        }
    }
    qsort(list, *count, sizeof *list, compare_counts);
    return list;
}
