/* Counts for roll-ups: how many records have the same code before and after, school, year and
 * further dimensions, and where they went. What a count becomes (sectors, names, sums) is not known
 * here: the driver takes the lines and does that over all sources. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/hash.h"
#include "stages/cte-write/write.h"
#include "codetables/base/memory.h"

/* Groups that are told apart; a file with more does not hold schools and courses. The rest is
 * counted without its parts. */
enum { FIRST_GROUPS = 1 << 10, MOST_GROUPS = 1 << 20, MOST_VALUE = 63 };
/* Parts of a group: LEA, year, school, local course, before, after, by. */
enum {
    PARTS = 5 + ROLLUP_MAX_AFTER + ROLLUP_MAX_BY,
    PART_LOCAL = 3, /* and before it what says where a record belongs */
    PART_BEFORE = 4,
    PART_AFTER = 5,
    BARE_KEY = 2, /* the roll-up and the state, before the parts */
    MOST_KEY = BARE_KEY + PARTS * (1 + MOST_VALUE)
};

struct rollup_group {
    uint64_t hash, records;
    uint32_t key; /* where it stands in the keys */
    uint16_t length;
};

/* Where the parts of a group stand in a record of a kind; -1: not there. */
struct rollup_plan {
    const struct kind *kind;
    const struct rollup *rollup; /* NULL: records of this type are only counted */
    int parts[PARTS];
    /* number of the field whose change lines hold the code before, in a converted record */
    const char *before;
    /* LEA, year and school of the last record in which they were values of their fields */
    char placed[PART_LOCAL * 32];
    size_t placed_length;
};

/* Every record is looked up here. A map (map.h) in its place makes cte-write 5 % slower: measured
 * with 1,000,000 records in 180 groups. */
struct rollup_counts {
    struct rollup_group *groups;
    /* open addressing on the hash, place + 1; twice as many as there is room for groups */
    uint32_t *slots;
    size_t count, group_room;
    char *keys;
    size_t used, key_room;
    struct rollup_plan *plans;
    size_t plan_count;
};

static int position_of(const struct kind *kind, const char *number)
{
    int position = number != NULL ? record_field(kind->record, number) : -1;
    return position >= 0 && (size_t)position < kind->fields ? position : -1;
}

static struct rollup_plan *plan_for(struct writing *writing, const struct kind *kind)
{
    struct rollup_counts *counts = writing->source.rollup_counts;
    for (size_t i = 0; i < counts->plan_count; i++) {
        if (counts->plans[i].kind == kind)
            return &counts->plans[i];
    }
    counts->plans = cte_realloc(counts->plans, (counts->plan_count + 1) * sizeof *counts->plans);
    struct rollup_plan *plan = &counts->plans[counts->plan_count++];
    const struct rollup *rollup =
        writing->rollups != NULL ? rollups_of(writing->rollups, kind_type(kind)) : NULL;
    *plan = (struct rollup_plan){.kind = kind, .rollup = rollup};
    for (size_t i = 0; i < PARTS; i++)
        plan->parts[i] = -1;
    if (rollup == NULL)
        return plan;
    const int *roles = kind->record->role_position;
    const int places[] = {roles[ROLE_LEA], roles[ROLE_ACADEMIC_YEAR], roles[ROLE_SCHOOL],
                          rollup->is_linked || rollup->through != NULL ? roles[ROLE_LOCAL_COURSE]
                                                                       : -1};
    memcpy(plan->parts, places, sizeof places);
    if (rollup->through == NULL) {
        plan->before = rollup->before.field;
        plan->parts[PART_BEFORE] = position_of(kind, rollup->before.field);
        for (size_t a = 0; a < rollup->after_count; a++)
            plan->parts[PART_AFTER + a] = position_of(kind, rollup->after[a].field);
    }
    for (size_t b = 0; b < rollup->by_count; b++)
        plan->parts[PART_AFTER + ROLLUP_MAX_AFTER + b] = position_of(kind, rollup->by[b].field);
    return plan;
}

/* The value that a change line took from the field, or what stands there now. */
static struct slice value_before(const struct writing *writing, const struct record *record,
                                 const char *number, struct slice now)
{
    struct stream_history entry;
    for (const char *at = NULL; stream_history_next(record, &at, &entry);) {
        const struct stream_row *row = stream_find_row(&writing->in, &entry);
        if (row != NULL && strcmp(row->field, number) == 0)
            return entry.value;
    }
    return now;
}

static struct slice value_at(const struct record *record, const struct slice *received,
                             int position)
{
    return position < 0       ? (struct slice){"", 0}
           : received != NULL ? received[position]
                              : record_value(record, (size_t)position);
}

/* A number stands for the roll-up while records are counted; people and the driver know it by its
 * identifier. */
static void add_group_line(struct text *line, const struct writing *writing,
                           const struct rollup_group *group)
{
    const char *at = writing->source.rollup_counts->keys + group->key;
    const unsigned number = (unsigned char)*at++;
    struct fact_tally tally = {.rollup = number > 0 ? writing->rollups->rollups[number - 1].id : "",
                               .state = *at++,
                               .records = group->records};
    char texts[PARTS][MOST_VALUE + 1];
    for (size_t i = 0; i < PARTS && group->length > BARE_KEY; i++) {
        const size_t length = (unsigned char)*at++;
        *(char *)mempcpy(texts[i], at, length) = '\0';
        at += length;
    }
    if (group->length > BARE_KEY) {
        tally.lea = texts[0];
        tally.year = texts[1];
        tally.school = texts[2];
        tally.local = texts[PART_LOCAL];
        tally.before = texts[PART_BEFORE];
        for (size_t a = 0; a < ROLLUP_MAX_AFTER; a++)
            tally.after[a] = texts[PART_AFTER + a];
        for (size_t b = 0; b < ROLLUP_MAX_BY; b++)
            tally.by[b] = texts[PART_AFTER + ROLLUP_MAX_AFTER + b];
    }
    add_fact_line(line, FACT_TALLY, &tally);
}

void put_rollups(struct writing *writing)
{
    const struct rollup_counts *counts = writing->source.rollup_counts;
    struct text line = {0};
    for (size_t i = 0; counts != NULL && i < counts->count; i++) {
        text_clear(&line);
        add_group_line(&line, writing, &counts->groups[i]);
        fwrite(line.bytes, 1, line.length, stdout);
    }
    text_free(&line);
}

void free_rollups(struct writing *writing)
{
    struct rollup_counts *counts = writing->source.rollup_counts;
    if (counts == NULL)
        return;
    free(counts->groups);
    free(counts->slots);
    free(counts->keys);
    free(counts->plans);
    free(counts);
}

/* The slot of a key: that of its group, or an empty one. */
static size_t slot_of(const struct rollup_counts *counts, uint64_t hash, const char *key,
                      size_t length)
{
    const size_t mask = 2 * counts->group_room - 1;
    size_t slot = hash & mask;
    for (; counts->slots[slot] != 0; slot = (slot + 1) & mask) {
        const struct rollup_group *group = &counts->groups[counts->slots[slot] - 1];
        if (group->hash == hash && group->length == length &&
            memcmp(counts->keys + group->key, key, length) == 0)
            break;
    }
    return slot;
}

static void make_room(struct rollup_counts *counts)
{
    counts->group_room = counts->group_room == 0 ? FIRST_GROUPS : 2 * counts->group_room;
    counts->groups = cte_realloc(counts->groups, counts->group_room * sizeof *counts->groups);
    free(counts->slots);
    counts->slots = cte_zalloc(2 * counts->group_room, sizeof *counts->slots);
    for (size_t i = 0; i < counts->count; i++) {
        const struct rollup_group *group = &counts->groups[i];
        counts->slots[slot_of(counts, group->hash, counts->keys + group->key, group->length)] =
            (uint32_t)i + 1;
    }
}

/* Adds one to the group with this key; `bare` is the length of what is left of it when there are
 * too many. */
static void count_key(struct rollup_counts *counts, const char *key, size_t length, size_t bare)
{
    if (counts->count == counts->group_room)
        make_room(counts);
    const uint64_t hash = keyed_hash(key, length);
    const size_t slot = slot_of(counts, hash, key, length);
    if (counts->slots[slot] != 0) {
        counts->groups[counts->slots[slot] - 1].records++;
        return;
    }
    if (counts->count >= MOST_GROUPS && length > bare) {
        char rest[MOST_KEY] = {0}; /* each part is empty: of length nought */
        memcpy(rest, key, bare);
        count_key(counts, rest, bare + PARTS, bare + PARTS);
        return;
    }
    if (counts->used + length > counts->key_room) {
        counts->key_room = counts->key_room == 0 ? 1 << 16 : 2 * counts->key_room;
        counts->keys = cte_realloc(counts->keys, counts->key_room);
    }
    memcpy(counts->keys + counts->used, key, length);
    counts->groups[counts->count] =
        (struct rollup_group){hash, 1, (uint32_t)counts->used, (uint16_t)length};
    counts->slots[slot] = (uint32_t)++counts->count;
    counts->used += length;
}

/* Appends a part: its length in one byte, and its bytes. One that is too long to be a code counts
 * as empty. */
static char *put_part(char *to, struct slice value, bool escaped)
{
    char *length = to++;
    if (value.length > MOST_VALUE)
        value.length = 0;
    to =
        escaped ? stream_unescape(to, value.at, value.length) : mempcpy(to, value.at, value.length);
    *length = (char)(to - length - 1);
    return to;
}

/* Whether LEA, year, school and local course are values of their fields. Of records in a row the
 * first three are mostly the same. */
static bool fit_place(struct writing *writing, const struct record *record,
                      struct rollup_plan *plan, const struct slice *received)
{
    struct fits *fits = fits_for(writing, plan->kind->record);
    char text[sizeof plan->placed], *end = text;
    for (size_t i = 0; i < PART_LOCAL; i++) {
        const struct slice value = value_at(record, received, plan->parts[i]);
        if (value.length > sizeof text / PART_LOCAL - 1)
            return false;
        end = mempcpy(end, value.at, value.length);
        *end++ = '^';
    }
    const size_t length = (size_t)(end - text);
    if (length != plan->placed_length || memcmp(text, plan->placed, length) != 0) {
        plan->placed_length = 0;
        for (size_t i = 0; i < PART_LOCAL; i++) {
            if (plan->parts[i] >= 0 && !fits_value(fits, (size_t)plan->parts[i],
                                                   value_at(record, received, plan->parts[i])))
                return false;
        }
        memcpy(plan->placed, text, length);
        plan->placed_length = length;
    }
    struct slice fields[STREAM_MAX_FIELDS];
    if (plan->parts[PART_LOCAL] < 0)
        return true;
    for (size_t i = 0; received == NULL && i < plan->kind->fields; i++)
        fields[i] = record_value(record, i);
    return fits_show(fits, received != NULL ? received : fields, plan->kind->fields,
                     (size_t)plan->parts[PART_LOCAL]);
}

void count_rollup(struct writing *writing, const struct record *record,
                  const struct slice *received)
{
    if (writing->source.rollup_counts == NULL)
        writing->source.rollup_counts = cte_zalloc(1, sizeof *writing->source.rollup_counts);
    const struct kind *kind = record->kind;
    if (kind != NULL && received != NULL && kind->from != NULL)
        kind = kind->from;
    struct rollup_plan *plan = kind != NULL ? plan_for(writing, kind) : NULL;
    char key[MOST_KEY], *to = key;
    *to++ =
        (char)(plan != NULL && plan->rollup != NULL ? plan->rollup - writing->rollups->rollups + 1
                                                    : 0);
    *to++ = writing->source.is_again ? (char)tolower((int)record->state) : (char)record->state;
    if (plan == NULL || plan->rollup == NULL) {
        count_key(writing->source.rollup_counts, key, (size_t)(to - key), BARE_KEY);
        return;
    }
    /* A record that is rejected or out of step may hold anything anywhere, a student's number in
     * the place of the school. Only its code is looked at, to see which sector it would have been
     * of; who takes the line shows none that is not in the code set. */
    const bool is_rejected = record->state == STATE_REJECTED,
               is_placed = !is_rejected && fit_place(writing, record, plan, received);
    for (size_t i = 0; i < PARTS; i++) {
        struct slice value = {"", 0};
        const int position = plan->parts[i];
        const bool is_left_out =
            (!is_placed && i != PART_BEFORE) ||
            (received != NULL && i >= PART_AFTER && i < PART_AFTER + ROLLUP_MAX_AFTER);
        if (!is_left_out)
            value = value_at(record, received, position);
        if (i == PART_BEFORE && received == NULL && plan->before != NULL &&
            record->history_length > 0)
            value = value_before(writing, record, plan->before, value);
        to = put_part(to, value, received == NULL && record->escaped);
    }
    count_key(writing->source.rollup_counts, key, (size_t)(to - key), BARE_KEY);
}
