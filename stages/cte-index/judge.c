#include "stages/cte-index/collect.h"

#include <stdlib.h>
#include <string.h>

void add_cross_finding(struct collecting *collecting, uint32_t file, uint32_t line, uint32_t rule, uint32_t other)
{
    GROW(collecting->findings, collecting->finding_count, collecting->finding_room);
    collecting->findings[collecting->finding_count++] = (struct finding){file, line, rule, other, 0};
}

static int compare_keys(const void *a, const void *b)
{
    const struct key *x = a, *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    if (x->more != y->more)
        return x->more < y->more ? -1 : 1;
    return (x->line > y->line) - (x->line < y->line);
}

/* Sorts keys by hash. Hashes are spread evenly, so one pass in place puts each key near its end, by its first bits; what is left are
 * small heaps. This is five times as fast as qsort() on millions of keys and takes no memory. */
static void sort_keys(struct keys *keys)
{
    enum { BITS = 14, HEAPS = 1 << BITS };
    if (keys->count < 4 * HEAPS) {
        if (keys->count > 1)
            qsort(keys->items, keys->count, sizeof *keys->items, compare_keys);
        return;
    }
    size_t *ends = cte_zalloc(HEAPS, sizeof *ends), *at = cte_zalloc(HEAPS, sizeof *at);
    for (size_t i = 0; i < keys->count; i++)
        ends[keys->items[i].hash >> (64 - BITS)]++;
    size_t total = 0;
    for (size_t h = 0; h < HEAPS; h++) {
        at[h] = total;
        total += ends[h];
        ends[h] = total;
    }
    for (size_t h = 0; h < HEAPS; h++) {
        while (at[h] < ends[h]) {
            struct key key = keys->items[at[h]];
            for (size_t to = key.hash >> (64 - BITS); to != h; to = key.hash >> (64 - BITS)) {
                struct key other = keys->items[at[to]];
                keys->items[at[to]++] = key;
                key = other;
            }
            keys->items[at[h]++] = key;
        }
    }
    size_t start = 0;
    for (size_t h = 0; h < HEAPS; h++) {
        if (ends[h] - start > 1)
            qsort(keys->items + start, ends[h] - start, sizeof *keys->items, compare_keys);
        start = ends[h];
    }
    free(ends);
    free(at);
}

/* Each record whose key another has too, with the line of the nearest of those. */
static void judge_unique(struct collecting *collecting, uint32_t rule, struct keys *keys)
{
    sort_keys(keys);
    for (size_t i = 0; i < keys->count; i++) {
        const struct key *key = &keys->items[i];
        const struct key *before = i > 0 ? key - 1 : NULL, *after = i + 1 < keys->count ? key + 1 : NULL;
        if (before != NULL && before->hash == key->hash && before->more == key->more)
            add_cross_finding(collecting, collecting->file, key->line, rule, before->line);
        else if (after != NULL && after->hash == key->hash && after->more == key->more)
            add_cross_finding(collecting, collecting->file, key->line, rule, after->line);
    }
}

static int compare_members(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    if (x->value != y->value)
        return x->value < y->value ? -1 : 1;
    return (x->line > y->line) - (x->line < y->line);
}

/* Within a sorted group, the run of equal values that is more than half of it; its length is 0 when there is none. */
static void find_majority(const struct member *members, size_t count, size_t *start, size_t *length)
{
    *start = *length = 0;
    for (size_t i = 0; i < count;) {
        size_t j = i;
        while (j < count && members[j].value == members[i].value)
            j++;
        if (2 * (j - i) > count) {
            *start = i;
            *length = j - i;
            return;
        }
        i = j;
    }
}

static void judge_same(struct collecting *collecting, uint32_t rule, const struct member *group, size_t count)
{
    size_t start, length;
    find_majority(group, count, &start, &length);
    for (size_t i = 0; i < count; i++) {
        if (i < start || i >= start + length)
            add_cross_finding(collecting, collecting->file, group[i].line, rule, length > 0 ? group[start].line : 0);
    }
}

static void judge_another(struct collecting *collecting, uint32_t rule, const struct member *group, size_t count)
{
    if (group[0].value != group[count - 1].value)
        return;
    for (size_t i = 0; i < count; i++)
        add_cross_finding(collecting, collecting->file, group[i].line, rule, 0);
}

static void judge_groups(struct collecting *collecting, uint32_t rule, struct members *members)
{
    if (members->count > 1)
        qsort(members->items, members->count, sizeof *members->items, compare_members);
    for (size_t i = 0; i < members->count;) {
        size_t j = i;
        while (j < members->count && members->items[j].group == members->items[i].group)
            j++;
        if (collecting->rules->rules[rule].kind == RULE_SAME)
            judge_same(collecting, rule, members->items + i, j - i);
        else
            judge_another(collecting, rule, members->items + i, j - i);
        i = j;
    }
}

void judge_file(struct collecting *collecting)
{
    for (uint32_t r = 0; r < collecting->rules->rule_count; r++) {
        struct rule_data *data = &collecting->data[r];
        enum rule_kind kind = collecting->rules->rules[r].kind;
        if (kind == RULE_UNIQUE) {
            judge_unique(collecting, r, &data->keys);
            free(data->keys.items);
            data->keys = (struct keys){NULL, 0, 0};
        } else if (kind == RULE_SAME || kind == RULE_ANOTHER) {
            judge_groups(collecting, r, &data->members);
            free(data->members.items);
            data->members = (struct members){NULL, 0, 0};
        } else if (kind == RULE_EXISTS) {
            /* Which of the keys came from which file: the count when each file was done. */
            data->key_files = cte_realloc(data->key_files, (collecting->file + 1) * sizeof *data->key_files);
            data->key_files[collecting->file] = (uint32_t)data->keys.count;
        }
    }
}

bool scope_has(const struct collecting *collecting, uint32_t scope, const char *type)
{
    const char *rest = strchr(collecting->scopes.items[scope], '^');
    size_t type_length = strlen(type);
    for (uint32_t i = 0; i < collecting->scopes.count; i++) {
        const char *text = collecting->scopes.items[i];
        if (collecting->scope_places[i].files > 0 && strncmp(text, type, type_length) == 0 && text[type_length] == '^' && strcmp(text + type_length, rest) == 0)
            return true;
    }
    return false;
}

static void judge_exists(struct collecting *collecting, uint32_t r)
{
    const struct rule *rule = &collecting->rules->rules[r];
    struct rule_data *data = &collecting->data[r];
    if (data->keys.count == 0 || data->providers.count == 0)
        return;
    signed char *in_scope = cte_alloc(collecting->scopes.count);
    for (uint32_t i = 0; i < collecting->scopes.count; i++)
        in_scope[i] = scope_has(collecting, i, rule->in);
    size_t room = 16;
    while (room < data->providers.count * 2)
        room *= 2;
    uint64_t *there = cte_zalloc(room, sizeof *there);
    for (size_t i = 0; i < data->providers.count; i++) {
        uint64_t hash = data->providers.items[i].hash | 1; /* nought marks a free slot */
        size_t at = (hash >> 1) & (room - 1);
        while (there[at] != 0 && there[at] != hash)
            at = (at + 1) & (room - 1);
        there[at] = hash;
    }
    uint32_t file = 0;
    for (size_t i = 0; i < data->keys.count; i++) {
        while (i >= data->key_files[file])
            file++;
        const struct key *key = &data->keys.items[i];
        if (!in_scope[key->more])
            continue;
        uint64_t hash = key->hash | 1;
        size_t at = (hash >> 1) & (room - 1);
        while (there[at] != 0 && there[at] != hash)
            at = (at + 1) & (room - 1);
        if (there[at] == 0)
            add_cross_finding(collecting, file, key->line, r, 0);
    }
    free(there);
    free(in_scope);
}

void judge_all(struct collecting *collecting)
{
    for (uint32_t r = 0; r < collecting->rules->rule_count; r++) {
        if (collecting->rules->rules[r].kind == RULE_EXISTS)
            judge_exists(collecting, r);
    }
}
