#include <stdlib.h>
#include <string.h>

#include "stages/cte-diff/diff.h"

static void add(struct difference **list, size_t *count, size_t *room, uint32_t before, uint32_t after)
{
    if (*count == *room) {
        *room = *room == 0 ? 1024 : *room * 2;
        *list = cte_realloc(*list, *room * sizeof **list);
    }
    (*list)[(*count)++] = (struct difference){before, after};
}

static bool is_pair(const struct entry *before, const struct entry *after)
{
    return before->key == after->key && before->hash == after->hash;
}

static void settle(struct diff *diff, struct matching *matching, size_t before, size_t after)
{
    bool is_same = diff->files[0].items[before].hash == diff->files[0].items[before].own;
    matching->same += is_same;
    matching->recoded += !is_same;
    if (!is_same && matching->keep_converted)
        add(&matching->converted, &matching->converted_count, &matching->converted_room, diff->files[0].items[before].number,
            diff->files[1].items[after].number);
}

/* The entries that are left, as places. */
struct rest {
    uint32_t *places;
    size_t count;
    const struct entry *items;
};

static void leave(struct rest *rest, size_t place)
{
    rest->places[rest->count++] = (uint32_t)place;
}

/* Files that are in one order, but for what came and went, need no sorting. How far to look for where they meet again: */
enum { LOOK_AHEAD = 64, GIVE_UP_AFTER = 256 };

static void walk_together(struct diff *diff, struct matching *matching, struct rest *before, struct rest *after)
{
    const struct entries *b = &diff->files[0], *a = &diff->files[1];
    size_t i = 0, j = 0, lost = 0;
    while (i < b->count && j < a->count && lost < GIVE_UP_AFTER) {
        if (is_pair(&b->items[i], &a->items[j])) {
            settle(diff, matching, i++, j++);
            lost = lost > 0 ? lost - 1 : 0;
            continue;
        }
        size_t skip_before = 0, skip_after = 0;
        for (size_t k = 1; k <= LOOK_AHEAD && skip_before == 0 && skip_after == 0; k++) {
            if (j + k < a->count && is_pair(&b->items[i], &a->items[j + k]))
                skip_after = k;
            else if (i + k < b->count && is_pair(&b->items[i + k], &a->items[j]))
                skip_before = k;
        }
        if (skip_before == 0 && skip_after == 0) {
            lost += b->items[i].key == a->items[j].key ? 0 : 2;
            skip_before = skip_after = 1;
        }
        while (skip_before-- > 0)
            leave(before, i++);
        while (skip_after-- > 0)
            leave(after, j++);
    }
    while (i < b->count)
        leave(before, i++);
    while (j < a->count)
        leave(after, j++);
}

static int compare(const void *x, const void *y, void *context)
{
    const struct entry *items = context, *a = &items[*(const uint32_t *)x], *b = &items[*(const uint32_t *)y];
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

static bool allows(const struct entries *entries, uint32_t number, uint64_t hash)
{
    size_t low = 0, high = entries->allowed_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (entries->allowed[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < entries->allowed_count && entries->allowed[low].number == number; low++) {
        if (entries->allowed[low].hash == hash)
            return true;
    }
    return false;
}

static void differ(struct diff *diff, struct matching *matching, uint32_t before, uint32_t after)
{
    add(&matching->differences, &matching->count, &matching->room, before != NOBODY ? diff->files[0].items[before].number : NOBODY,
        after != NOBODY ? diff->files[1].items[after].number : NOBODY);
}

/* Pairs what is left of one key: first what a choice explains or what was not touched, then one by one in their order. */
static void pair_group(struct diff *diff, struct matching *matching, uint32_t *before, size_t before_count, uint32_t *after,
                       size_t after_count)
{
    enum { MOST_COMPARED = 64 };
    for (size_t i = 0; i < before_count && before_count <= MOST_COMPARED && after_count <= MOST_COMPARED; i++) {
        const struct entry *b = &diff->files[0].items[before[i]];
        for (size_t j = 0; j < after_count; j++) {
            const struct entry *a = after[j] != NOBODY ? &diff->files[1].items[after[j]] : NULL;
            if (a == NULL || (a->hash != b->own && !allows(&diff->files[0], b->number, a->hash)))
                continue;
            differ(diff, matching, before[i], after[j]);
            before[i] = after[j] = NOBODY;
            break;
        }
    }
    size_t j = 0;
    for (size_t i = 0; i < before_count; i++) {
        if (before[i] == NOBODY)
            continue;
        while (j < after_count && after[j] == NOBODY)
            j++;
        differ(diff, matching, before[i], j < after_count ? after[j++] : NOBODY);
    }
    for (; j < after_count; j++) {
        if (after[j] != NOBODY)
            differ(diff, matching, NOBODY, after[j]);
    }
}

static int compare_differences(const void *x, const void *y)
{
    const struct difference *a = x, *b = y;
    uint64_t one = a->before != NOBODY ? a->before : (1ULL << 32) + a->after;
    uint64_t other = b->before != NOBODY ? b->before : (1ULL << 32) + b->after;
    return (one > other) - (one < other);
}

void match(struct diff *diff, struct matching *matching)
{
    struct rest before = {cte_alloc((diff->files[0].count + 1) * sizeof(uint32_t)), 0, diff->files[0].items};
    struct rest after = {cte_alloc((diff->files[1].count + 1) * sizeof(uint32_t)), 0, diff->files[1].items};
    walk_together(diff, matching, &before, &after);
    qsort_r(before.places, before.count, sizeof *before.places, compare, diff->files[0].items);
    qsort_r(after.places, after.count, sizeof *after.places, compare, diff->files[1].items);
    size_t i = 0, j = 0;
    while (i < before.count || j < after.count) {
        uint64_t key = i == before.count                                                       ? after.items[after.places[j]].key
                       : j == after.count                                                      ? before.items[before.places[i]].key
                       : before.items[before.places[i]].key < after.items[after.places[j]].key ? before.items[before.places[i]].key
                                                                                               : after.items[after.places[j]].key;
        size_t i_from = i, j_from = j, i_left = i, j_left = j;
        for (size_t b = i, a = j;;) {
            bool has_b = b < before.count && before.items[before.places[b]].key == key;
            bool has_a = a < after.count && after.items[after.places[a]].key == key;
            if (!has_b && !has_a) {
                i = b;
                j = a;
                break;
            }
            uint64_t x = has_b ? before.items[before.places[b]].hash : UINT64_MAX;
            uint64_t y = has_a ? after.items[after.places[a]].hash : UINT64_MAX;
            if (has_b && has_a && x == y)
                settle(diff, matching, before.places[b++], after.places[a++]);
            else if (has_b && (!has_a || x < y))
                before.places[i_left++] = before.places[b++];
            else
                after.places[j_left++] = after.places[a++];
        }
        pair_group(diff, matching, before.places + i_from, i_left - i_from, after.places + j_from, j_left - j_from);
    }
    if (matching->count > 1)
        qsort(matching->differences, matching->count, sizeof *matching->differences, compare_differences);
    if (matching->converted_count > 1)
        qsort(matching->converted, matching->converted_count, sizeof *matching->converted, compare_differences);
    free(before.places);
    free(after.places);
}
