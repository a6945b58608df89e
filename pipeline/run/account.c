#include "pipeline/run/account.h"

#include <stdlib.h>
#include <string.h>

#include "codetables/base/text.h"

static const char *const waiting_words[] = {"", "undecided", "unmapped", NULL};

#define COLUMN(fact, member, kind, how)                                                            \
    .name = #member, .type = kind, .join = how, .offset = offsetof(struct fact_##fact, member)
#define KEY(fact, member)                                                                          \
    {                                                                                              \
        COLUMN(fact, member, COLUMN_TEXT, JOIN_KEY)                                                \
    }
#define FIRST(fact, member)                                                                        \
    {                                                                                              \
        COLUMN(fact, member, COLUMN_TEXT, JOIN_FIRST)                                              \
    }
#define ADD(fact, member)                                                                          \
    {                                                                                              \
        COLUMN(fact, member, COLUMN_NUMBER, JOIN_ADD)                                              \
    }
static const struct column source_columns[] = {
    {COLUMN(source, name, COLUMN_TEXT, JOIN_KEY), .is_wire_only = true},
    {COLUMN(source, file, COLUMN_TEXT, JOIN_KEY), .is_wire_only = true},
    KEY(source, format),
    KEY(source, packing),
    KEY(source, encoding),
};
static const struct column content_columns[] = {
    {COLUMN(content, bytes, COLUMN_NUMBER, JOIN_FIRST)},
    FIRST(content, sha256),
};
static const struct column sums_columns[] = {
    ADD(sums, read), ADD(sums, written), ADD(sums, merged), ADD(sums, rejected), ADD(sums, held),
};
static const struct column counts_columns[] = {
    KEY(counts, program),
    {COLUMN(counts, numbers, COLUMN_NAMED, JOIN_ADD)},
};
static const struct column field_columns[] = {
    KEY(field, type),
    KEY(field, number),
    FIRST(field, changed),
    {COLUMN(field, personal, COLUMN_TEXT, JOIN_FIRST), .is_optional = true},
    {COLUMN(field, read, COLUMN_TEXT, JOIN_FIRST), .is_optional = true},
    {COLUMN(field, recoded, COLUMN_TEXT, JOIN_FIRST), .is_optional = true},
    {COLUMN(field, validated, COLUMN_TEXT, JOIN_FIRST), .is_optional = true},
    {COLUMN(field, written, COLUMN_TEXT, JOIN_FIRST), .is_optional = true},
};
static const struct column program_columns[] = {KEY(program, name), KEY(program, version)};
static const struct column table_columns[] = {
    KEY(table, program), KEY(table, kind),   {COLUMN(table, id, COLUMN_PATH, JOIN_KEY)},
    KEY(table, version), KEY(table, status), KEY(table, sha256),
};
/* References differ between the parts of a source. */
static const struct column kind_columns[] = {
    {COLUMN(kind, reference, COLUMN_TEXT, JOIN_FIRST), .is_wire_only = true},
    KEY(kind, layout),
    KEY(kind, type),
    KEY(kind, form),
    {COLUMN(kind, fields, COLUMN_NUMBER, JOIN_KEY)},
    {COLUMN(kind, from, COLUMN_TEXT, JOIN_FIRST), .is_wire_only = true},
};
/* So do the lines of which a note is told first. */
static const struct column note_columns[] = {
    {COLUMN(note, line, COLUMN_NUMBER, JOIN_FIRST)},
    KEY(note, text),
};
static const struct column changed_columns[] = {
    ADD(changed, records), KEY(changed, field),
    KEY(changed, name),    {COLUMN(changed, before, COLUMN_TEXT, JOIN_VARIOUS)},
    KEY(changed, after),   KEY(changed, crosswalk),
    KEY(changed, version), KEY(changed, row),
    KEY(changed, reason),
};
static const struct column found_columns[] = {
    ADD(found, records),
    KEY(found, rule),
    {COLUMN(found, severity, COLUMN_LETTER, JOIN_KEY)},
    KEY(found, field),
    KEY(found, name),
    KEY(found, message),
    {.name = "code",
     .type = COLUMN_WORD,
     .join = JOIN_FIRST,
     .offset = offsetof(struct fact_found, waits),
     .words = waiting_words},
};
static const struct column file_columns[] = {
    KEY(file, holds),
    KEY(file, name),
    {COLUMN(file, bytes, COLUMN_NUMBER, JOIN_FIRST)},
    {COLUMN(file, records, COLUMN_NUMBER, JOIN_FIRST)},
    FIRST(file, sha256),
};
static const struct column school_columns[] = {
    KEY(school, type),
    KEY(school, lea),
    KEY(school, year),
    KEY(school, school),
    ADD(school, read),
    ADD(school, written),
    {COLUMN(school, again, COLUMN_NUMBER, JOIN_ADD), .is_optional = true},
};
static const struct column breach_columns[] = {
    ADD(breach, records), KEY(breach, type),    KEY(breach, lea),
    KEY(breach, school),  KEY(breach, rule),    {COLUMN(breach, severity, COLUMN_LETTER, JOIN_KEY)},
    KEY(breach, field),   FIRST(breach, lines),
};
static const struct column field_sum_columns[] = {
    KEY(field_sum, point),
    KEY(field_sum, type),
    KEY(field_sum, number),
    {COLUMN(field_sum, sum, COLUMN_SUM, JOIN_ADD)},
    {.name = "personal",
     .type = COLUMN_YES,
     .join = JOIN_EITHER,
     .offset = offsetof(struct fact_field_sum, is_personal)},
};
static const struct column unmapped_columns[] = {ADD(unmapped, codes), ADD(unmapped, records)};
static const struct column needed_columns[] = {
    ADD(needed, records),
    KEY(needed, lea),
    KEY(needed, year),
    KEY(needed, type),
    KEY(needed, school),
    KEY(needed, code),
    KEY(needed, local),
    FIRST(needed, choices),
    {COLUMN(needed, asked, COLUMN_TEXT, JOIN_VARIOUS)},
    {COLUMN(needed, name, COLUMN_TEXT, JOIN_VARIOUS)},
    {COLUMN(needed, courses, COLUMN_NAMED, JOIN_ADD)},
};
static const struct column map_columns[] = {
    KEY(map, crosswalk), KEY(map, version), KEY(map, map), ADD(map, asked), ADD(map, answered),
};
static const struct column unasked_columns[] = {KEY(unasked, type), ADD(unasked, records)};
static const struct column decision_columns[] = {
    {COLUMN(decision, line, COLUMN_NUMBER, JOIN_KEY)},
    ADD(decision, taken),
    ADD(decision, by_condition),
    ADD(decision, by_evidence),
    {COLUMN(decision, read_as, COLUMN_TEXT, JOIN_LAST)},
};
static const struct column place_columns[] = {
    {COLUMN(place, lines, COLUMN_NUMBER, JOIN_KEY)},
    {COLUMN(place, records, COLUMN_NUMBER, JOIN_KEY)},
    {COLUMN(place, bytes, COLUMN_NUMBER, JOIN_KEY)},
};
static const struct column part_columns[] = {{COLUMN(part, sum, COLUMN_SUM, JOIN_ADD)}};
#define SHAPE(fact, wire, in_manifest, streamed)                                                   \
    {                                                                                              \
        wire, in_manifest, sizeof(struct fact_##fact), fact##_columns,                             \
            sizeof fact##_columns / sizeof *fact##_columns, streamed                               \
    }
const struct fact_shape fact_shapes[FACTS] = {
    [FACT_SOURCE] = SHAPE(source, "source", NULL, true), /* in attributes of <source> */
    [FACT_CONTENT] = SHAPE(content, "content", NULL, true),
    [FACT_SUMS] = SHAPE(sums, "sums", "sums", false),
    [FACT_COUNTS] = SHAPE(counts, "counts", NULL, true), /* in <stage> */
    [FACT_FIELD] = SHAPE(field, "field", "field", false),
    [FACT_PROGRAM] = SHAPE(program, "program", "program", true),
    [FACT_TABLE] = SHAPE(table, "table", "table", true),
    [FACT_KIND] = SHAPE(kind, "kind", "kind", true),
    [FACT_NOTE] = SHAPE(note, "note", "note", true),
    [FACT_CHANGED] = SHAPE(changed, "changed", "changed", false),
    [FACT_FOUND] = SHAPE(found, "found", "found", false),
    [FACT_FILE] = SHAPE(file, "file", "file", false),
    [FACT_SCHOOL] = SHAPE(school, "school", "school", false),
    [FACT_BREACH] = SHAPE(breach, "breach", "breach", false),
    [FACT_FIELD_SUM] = SHAPE(field_sum, "fieldsum", NULL, true),
    [FACT_UNMAPPED] = SHAPE(unmapped, "unmapped", NULL, false),
    [FACT_NEEDED] = SHAPE(needed, "needed", NULL, false),
    [FACT_MAP] = SHAPE(map, "map", NULL, true),
    [FACT_UNASKED] = SHAPE(unasked, "unasked", NULL, true),
    [FACT_DECISION] = SHAPE(decision, "decision", NULL, true),
    [FACT_PLACE] = SHAPE(place, "part", NULL, true),
    [FACT_PART] = SHAPE(part, "part", NULL, true),
};

static const char various[] = "(various)";

bool is_left_out(const struct column *column, const void *item)
{
    const void *at = (const char *)item + column->offset;
    if (!column->is_optional)
        return false;
    return column->type == COLUMN_NUMBER ? *(const uint64_t *)at == 0
           : column->type == COLUMN_YES  ? !*(const bool *)at
                                         : *(const char *const *)at == NULL;
}

const void *account_first(const struct account *account, enum fact fact)
{
    return account->lists[fact].count > 0 ? account->lists[fact].items : NULL;
}

const void *account_next(const struct account *account, enum fact fact, const void *last)
{
    const struct fact_list *list = &account->lists[fact];
    const size_t size = fact_shapes[fact].size;
    const char *next = (const char *)last + size;
    return next < (const char *)list->items + list->count * size ? next : NULL;
}

const struct fact_file *account_file(const struct account *account, const char *holds)
{
    const struct fact_file *file = account_first(account, FACT_FILE);
    while (file != NULL && strcmp(file->holds, holds) != 0)
        file = account_next(account, FACT_FILE, file);
    return file;
}

size_t account_count(const struct account *account, enum fact fact)
{
    return account->lists[fact].count;
}

/* Fact, and each column that is a key: two facts are of one thing where all of this is the same. */
static void put_key(struct text *key, enum fact fact, const void *item)
{
    const struct fact_shape *shape = &fact_shapes[fact];
    text_add_byte(key, (char)fact);
    for (size_t i = 0; i < shape->column_count; i++) {
        const struct column *column = &shape->columns[i];
        const void *at = (const char *)item + column->offset;
        if (column->join != JOIN_KEY)
            continue;
        if (column->type == COLUMN_NUMBER)
            text_put(key, at, sizeof(uint64_t));
        else if (column->type == COLUMN_LETTER)
            text_put(key, at, 1);
        else /* with its NUL, so that no two lists of texts give one key */
            text_add_part(key, *(const char *const *)at);
    }
}

void join_named(struct arena *memory, struct named_numbers *numbers,
                const struct named_numbers *more)
{
    if (more->count == 0)
        return;
    struct named_number *items =
        arena_alloc(memory, (numbers->count + more->count) * sizeof *items);
    if (numbers->count > 0)
        memcpy(items, numbers->items, numbers->count * sizeof *items);
    numbers->items = items;
    for (size_t m = 0; m < more->count; m++) {
        size_t i = 0;
        while (i < numbers->count && strcmp(items[i].name, more->items[m].name) != 0)
            i++;
        if (i < numbers->count)
            items[i].number += more->items[m].number;
        else
            items[numbers->count++] = more->items[m];
    }
}

static void join_column(struct arena *memory, const struct column *column, void *item,
                        const void *more)
{
    void *at = (char *)item + column->offset;
    const void *other = (const char *)more + column->offset;
    const char **text = at;
    if (column->type == COLUMN_NAMED)
        join_named(memory, at, other);
    else if (column->join == JOIN_ADD)
        *(uint64_t *)at += *(const uint64_t *)other;
    else if (column->join == JOIN_EITHER)
        *(bool *)at = *(bool *)at || *(const bool *)other;
    else if (column->join == JOIN_LAST && **(const char *const *)other != '\0')
        *text = *(const char *const *)other;
    else if (column->join == JOIN_VARIOUS && strcmp(*text, *(const char *const *)other) != 0)
        *text = various;
}

void account_append(struct account *account, enum fact fact, const void *item)
{
    const size_t size = fact_shapes[fact].size;
    struct fact_list *list = &account->lists[fact];
    if (list->count == list->room)
        list->items = grow_array(list->items, &list->room, size);
    memcpy((char *)list->items + list->count++ * size, item, size);
}

void account_add(struct account *account, enum fact fact, const void *item)
{
    const struct fact_shape *shape = &fact_shapes[fact];
    struct fact_list *list = &account->lists[fact];
    struct text key = {0};
    put_key(&key, fact, item);
    const size_t known = account->keys.count,
                 number = map_add(&account->keys, key.bytes, key.length);
    text_free(&key);
    if (number < known) {
        char *found = (char *)list->items + account->places[number] * shape->size;
        for (size_t i = 0; i < shape->column_count; i++)
            join_column(&account->memory, &shape->columns[i], found, item);
        return;
    }
    GROW(account->places, known, account->place_room);
    account->places[known] = list->count;
    account_append(account, fact, item);
}

/* Where a fact is to stand: by `rank`, and those of one rank as they came. */
struct standing {
    uint64_t rank;
    size_t place;
};

static int compare_standings(const void *a, const void *b)
{
    const struct standing *x = a, *y = b;
    return x->rank != y->rank ? (x->rank > y->rank) - (x->rank < y->rank)
                              : (x->place > y->place) - (x->place < y->place);
}

static uint64_t rank_table(const struct account *account, const void *item)
{
    const struct fact_table *table = item;
    uint64_t rank = 0;
    for (const struct fact_program *program = account_first(account, FACT_PROGRAM);
         program != NULL && strcmp(program->name, table->program) != 0;
         program = account_next(account, FACT_PROGRAM, program))
        rank++;
    return rank;
}

static uint64_t rank_note(const struct account *account, const void *item)
{
    (void)account;
    return ((const struct fact_note *)item)->line;
}

static void settle_list(struct account *account, enum fact fact,
                        uint64_t (*rank)(const struct account *account, const void *item))
{
    struct fact_list *list = &account->lists[fact];
    const size_t size = fact_shapes[fact].size;
    if (list->count < 2)
        return;
    struct standing *standings = cte_alloc(list->count * sizeof *standings);
    char *settled = cte_alloc(list->count * size);
    for (size_t i = 0; i < list->count; i++)
        standings[i] = (struct standing){rank(account, (char *)list->items + i * size), i};
    qsort(standings, list->count, sizeof *standings, compare_standings);
    for (size_t i = 0; i < list->count; i++)
        memcpy(settled + i * size, (char *)list->items + standings[i].place * size, size);
    memcpy(list->items, settled, list->count * size);
    free(settled);
    free(standings);
}

void account_settle(struct account *account)
{
    settle_list(account, FACT_TABLE, rank_table);
    settle_list(account, FACT_NOTE, rank_note);
    map_free(&account->keys);
    free(account->places);
    account->places = NULL;
    account->place_room = 0;
}

void account_free(struct account *account)
{
    account_settle(account);
    for (size_t i = 0; i < FACTS; i++)
        free(account->lists[i].items);
    arena_free(&account->memory);
    *account = (struct account){0};
}
