#include "stages/cte-index/collect.h"
#include "codetables/base/memory.h"

#include <stdlib.h>
#include <string.h>

void add_cross_finding(struct collecting *collecting, uint32_t file, uint32_t line, uint32_t rule,
                       uint32_t other)
{
    GROW_BY_HALF(collecting->findings, collecting->finding_count, collecting->finding_room);
    collecting->findings[collecting->finding_count++] =
        (struct finding){file, line, rule, other, 0};
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

/* Sorts keys by hash, eight bits at a time from the top, in place. Hashes are spread evenly, so
 * three passes leave heaps of a few keys; what falls on one byte at a time stays in the cache. This
 * takes a fraction of the time of qsort() on millions of keys. */
void sort_keys(struct key *items, size_t count, unsigned shift)
{
    enum { FEW = 24, BITS = 8, HEAPS = 1 << BITS };
    if (count <= FEW) {
        for (size_t i = 1; i < count; i++) {
            struct key key = items[i];
            size_t j = i;
            while (j > 0 && compare_keys(&key, &items[j - 1]) < 0) {
                items[j] = items[j - 1];
                j--;
            }
            items[j] = key;
        }
        return;
    }
    if (shift < BITS) {
        /* equal in all the bits looked at: true doubles */
        qsort(items, count, sizeof *items, compare_keys);
        return;
    }
    shift -= BITS;
    size_t ends[HEAPS] = {0}, at[HEAPS], total = 0;
    for (size_t i = 0; i < count; i++)
        ends[items[i].hash >> shift & (HEAPS - 1)]++;
    for (size_t h = 0; h < HEAPS; h++) {
        at[h] = total;
        total += ends[h];
        ends[h] = total;
    }
    for (size_t h = 0; h < HEAPS; h++) {
        while (at[h] < ends[h]) {
            struct key key = items[at[h]];
            for (size_t to = key.hash >> shift & (HEAPS - 1); to != h;
                 to = key.hash >> shift & (HEAPS - 1)) {
                struct key other = items[at[to]];
                items[at[to]++] = key;
                key = other;
            }
            items[at[h]++] = key;
        }
    }
    for (size_t h = 0, start = 0; h < HEAPS; start = ends[h++])
        sort_keys(items + start, ends[h] - start, shift);
}

/* Each record whose key another has too, with the line of the nearest of those. */
static void judge_unique(struct collecting *collecting, uint32_t rule, struct keys *keys)
{
    sort_keys(keys->items, keys->count, 64);
    for (size_t i = 0; i < keys->count; i++) {
        const struct key *key = &keys->items[i];
        const struct key *before = i > 0 ? key - 1 : NULL,
                         *after = i + 1 < keys->count ? key + 1 : NULL;
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

/* Within a sorted group, where the values begin that more than half of its records have; `count`
 * when there are none. */
static size_t find_majority(const struct member *members, size_t count)
{
    uint64_t all = 0;
    for (size_t i = 0; i < count; i++)
        all += members[i].count;
    for (size_t i = 0; i < count;) {
        uint64_t alike = 0;
        size_t j = i;
        for (; j < count && members[j].value == members[i].value; j++)
            alike += members[j].count;
        if (2 * alike > all)
            return i;
        i = j;
    }
    return count;
}

static void judge_same(struct collecting *collecting, uint32_t rule, const struct member *group,
                       size_t count)
{
    size_t majority = find_majority(group, count);
    for (size_t i = 0; i < count; i++) {
        if (majority < count && group[i].value == group[majority].value)
            continue;
        for (uint32_t l = 0; l < group[i].count; l++)
            add_cross_finding(collecting, collecting->file, group[i].line + l, rule,
                              majority < count ? group[majority].line : 0);
    }
}

static void judge_another(struct collecting *collecting, uint32_t rule, const struct member *group,
                          size_t count)
{
    if (group[0].value != group[count - 1].value)
        return;
    for (size_t i = 0; i < count; i++) {
        for (uint32_t l = 0; l < group[i].count; l++)
            add_cross_finding(collecting, collecting->file, group[i].line + l, rule, 0);
    }
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

static int compare_group_lines(const void *a, const void *b)
{
    const struct group_line *x = a, *y = b;
    return (x->line > y->line) - (x->line < y->line);
}

/* Keeps the records that share a key but for the recoded field and have different codes there; of
 * most files that is a few. */
static void keep_groups(struct collecting *collecting)
{
    struct keys *keys = &collecting->recoded;
    struct groups *groups = &collecting->files[collecting->file].groups;
    sort_keys(keys->items, keys->count, 64);
    for (size_t i = 0; i < keys->count;) {
        size_t j = i;
        bool differ = false;
        for (; j < keys->count && keys->items[j].hash == keys->items[i].hash &&
               keys->items[j].more >> 24 == keys->items[i].more >> 24;
             j++)
            differ = differ ||
                     (keys->items[j].more & UINT16_MAX) != (keys->items[i].more & UINT16_MAX) ||
                     (j > i && (keys->items[j].more & UINT16_MAX) == UINT16_MAX);
        uint32_t first = (uint32_t)groups->member_count;
        bool any_unknown = false;
        for (size_t m = i; m < j; m++)
            any_unknown = any_unknown || (keys->items[m].more & UINT16_MAX) == UINT16_MAX;
        for (size_t m = i; m < j && differ; m++) {
            uint32_t more = keys->items[m].more, year = more >> 16 & 255;
            GROW_BY_HALF(groups->members, groups->member_count, groups->member_room);
            groups->members[groups->member_count++] = (struct group_member){
                keys->items[m].line, more & UINT16_MAX, year == 255 ? YEAR_NONE : (int)year + 1900};
            GROW_BY_HALF(groups->lines, groups->line_count, groups->line_room);
            groups->lines[groups->line_count++] =
                (struct group_line){keys->items[m].line, first, (uint32_t)(j - i), any_unknown};
        }
        i = j;
    }
    if (groups->line_count > 1)
        qsort(groups->lines, groups->line_count, sizeof *groups->lines, compare_group_lines);
    free(keys->items);
    *keys = (struct keys){NULL, 0, 0};
}

void judge_file(struct collecting *collecting)
{
    keep_groups(collecting);
    for (uint32_t j = 0; j < collecting->rules->join_count; j++) {
        struct join_data *join = &collecting->joins[j];
        join->file_ends =
            cte_realloc(join->file_ends, (collecting->file + 1) * sizeof *join->file_ends);
        join->file_ends[collecting->file] = join->record_count;
    }
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
            data->key_files =
                cte_realloc(data->key_files, (collecting->file + 1) * sizeof *data->key_files);
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
        if (collecting->scope_places[i].files > 0 && strncmp(text, type, type_length) == 0 &&
            text[type_length] == '^' && strcmp(text + type_length, rest) == 0)
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
