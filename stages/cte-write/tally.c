#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stages/cte-write/write.h"
#include "codetables/base/memory.h"

/* ---- records by school ---- */

/* More schools than these are counted together, as are records whose LEA, year or school is no
 * value of its field: a state has some ten thousand, so beyond them the field holds something else.
 */
enum { MOST_SCHOOLS = 1 << 16 };

static const enum field_role school_roles[] = {ROLE_LEA, ROLE_ACADEMIC_YEAR, ROLE_SCHOOL};
enum { SCHOOL_PARTS = sizeof school_roles / sizeof *school_roles };

/* The school with this key, made when it is new; NULL when there are too many. */
static struct school *find_school(struct tally *tally, const struct kind *kind, const char *key)
{
    const size_t before = tally->school_keys.count;
    size_t i = map_find_string(&tally->school_keys, key);
    if (i == MAP_NONE && before == MOST_SCHOOLS)
        return NULL;
    if (i == MAP_NONE) {
        i = map_add_string(&tally->school_keys, key);
        GROW(tally->schools, before, tally->school_room);
        tally->schools[i] = cte_zalloc(1, sizeof *tally->schools[i]);
        tally->schools[i]->kind = kind;
    }
    return tally->schools[i];
}

static char *school_key(const struct kind *kind, const struct slice *parts)
{
    size_t length = strlen(kind_type(kind)) + 1;
    for (size_t i = 0; i < SCHOOL_PARTS; i++)
        length += 2 * parts[i].length + 1;
    char *key = cte_alloc(length), *to = stpcpy(key, kind_type(kind));
    for (size_t i = 0; i < SCHOOL_PARTS; i++) {
        *to++ = '^';
        to = stream_escape(to, parts[i].at, parts[i].length);
    }
    *to = '\0';
    return key;
}

/* A record that is out of step has something else in one of the three at least; then none of them
 * is believed. */
static bool fit_school(struct writing *writing, const struct kind *kind, const struct slice *parts)
{
    for (size_t i = 0; i < SCHOOL_PARTS; i++) {
        const int position = kind->record->role_position[school_roles[i]];
        if (position >= 0 &&
            !fits_value(fits_for(writing, kind->record), (size_t)position, parts[i]))
            return false;
    }
    return true;
}

static bool is_astray(const struct tally *tally, const char *type)
{
    bool found = false;
    for (size_t i = 0; i < tally->astray_count && !found; i++)
        found = strcmp(kind_type(tally->astray[i]), type) == 0;
    return found;
}

static void note_astray(struct tally *tally, const struct kind *kind)
{
    if (is_astray(tally, kind_type(kind)))
        return;
    GROW(tally->astray, tally->astray_count, tally->astray_room);
    tally->astray[tally->astray_count++] = kind;
}

static void count_school(struct writing *writing, const struct record *record, bool written,
                         bool again)
{
    struct tally *tally = &writing->tally;
    const struct kind *kind = record->kind;
    if (kind == NULL)
        return;
    struct slice parts[SCHOOL_PARTS];
    char raw[sizeof tally->last_raw];
    size_t length = 0;
    for (size_t i = 0; i < SCHOOL_PARTS; i++) {
        parts[i] = record_role(record, school_roles[i]);
        if (length + parts[i].length + 1 <= sizeof raw) {
            memcpy(raw + length, parts[i].at, parts[i].length);
            raw[length + parts[i].length] = '^';
        }
        length += parts[i].length + 1;
    }
    struct school *school = tally->last;
    if (school == NULL || school->kind != kind || length != tally->last_length ||
        length > sizeof raw || memcmp(raw, tally->last_raw, length) != 0) {
        const bool fits = fit_school(writing, kind, parts);
        if (!fits)
            note_astray(tally, kind);
        char *key = fits ? school_key(kind, parts) : NULL;
        school = fits ? find_school(tally, kind, key) : NULL;
        free(key);
        tally->last = school;
        tally->last_length = length;
        if (length <= sizeof raw)
            memcpy(tally->last_raw, raw, length);
        if (school != NULL)
            school->kind = kind;
    }
    if (school == NULL) {
        tally->other_read++;
        tally->other_written += written;
        return;
    }
    school->read++;
    school->written += written;
    school->again += written && again;
    school->trusted = school->trusted || record->state != STATE_REJECTED;
}

/* ---- sums ---- */

void tally_written(struct writing *writing, const struct record *record)
{
    field_sums_add(&writing->tally.written, record);
    count_school(writing, record, true, writing->is_again);
}

void tally_other(struct writing *writing, const struct record *record, const struct slice *received,
                 size_t count)
{
    struct tally *tally = &writing->tally;
    field_sums_add(&tally->kept, record);
    count_school(writing, record, false, writing->is_again);
    if (record->kind == NULL) {
        field_sums_add(&tally->received, record);
        return;
    }
    field_sums_add_values(&tally->received, kind_received(record->kind), received, count);
    struct stream_history entry;
    for (const char *at = NULL; stream_history_next(record, &at, &entry);) {
        const struct stream_row *row = stream_find_row(&writing->in, &entry);
        if (row != NULL)
            tally_change(writing, record, row, &entry);
    }
}

static struct move *find_move(struct tally *tally, const struct kind *kind, const char *number)
{
    for (size_t i = 0; i < tally->move_count; i++) {
        if (tally->moves[i]->kind == kind && strcmp(tally->moves[i]->number, number) == 0)
            return tally->moves[i];
    }
    GROW(tally->moves, tally->move_count, tally->move_room);
    struct move *move = cte_zalloc(1, sizeof *move);
    *move = (struct move){.kind = kind, .number = number};
    return tally->moves[tally->move_count++] = move;
}

void tally_change(struct writing *writing, const struct record *record,
                  const struct stream_row *row, const struct stream_history *change)
{
    struct row_plan *plan = plan_row(writing, row);
    if (plan->move == NULL || plan->move->kind != record->kind)
        plan->move = find_move(&writing->tally, record->kind, row->field);
    struct slice value = change->value;
    if (change->escaped)
        unescape_fields(&value, 1, &writing->tally.before);
    const uint64_t before = sum_value(value.at, value.length);
    plan->move->all += plan->after - before;
    if (record->state == STATE_RECEIVED)
        plan->move->written += plan->after - before;
}

/* ---- what is told ---- */

/* Where a record is out of step, any field of its type may hold what is personal, and its sum is
 * called so. */
static void put_sum(void *context, const struct point_sum *sum)
{
    const struct tally *tally = context;
    put_fact(
        stdout, FACT_FIELD_SUM,
        &(struct fact_field_sum){.point = sum->point,
                                 .type = sum->type,
                                 .number = sum->number,
                                 .sum = sum->sum,
                                 .is_personal = sum->is_personal || is_astray(tally, sum->type)});
}

static void put_school(const char *const *key, uint64_t read, uint64_t written, uint64_t again)
{
    put_fact(stdout, FACT_SCHOOL,
             &(struct fact_school){key[0], key[1], key[2], key[3], read, written, again});
}

void summarise_tally(struct writing *writing)
{
    struct tally *tally = &writing->tally;
    field_sums_each(&tally->written, "validated", put_sum, tally);
    field_sums_each(&tally->kept, "validated", put_sum, tally);
    field_sums_each(&tally->written, "written", put_sum, tally);
    field_sums_each(&tally->received, "written", put_sum, tally);
    for (size_t i = 0; i < tally->move_count; i++) {
        const struct move *move = tally->moves[i];
        const char *type = kind_type(move->kind);
        put_sum(tally, &(struct point_sum){"moved", type, move->number, move->all, false});
        put_sum(tally,
                &(struct point_sum){"moved-written", type, move->number, move->written, false});
    }
    uint64_t other_read = tally->other_read, other_written = tally->other_written;
    for (size_t i = 0; i < tally->school_keys.count; i++) {
        const struct school *school = tally->schools[i];
        if (!school->trusted) { /* what stands there may be anything, even a student's number */
            other_read += school->read;
            other_written += school->written;
            continue;
        }
        char *fields[5], *memory, *line = cte_format("%%%s", map_key(&tally->school_keys, i).at);
        if (stream_split_control((struct slice){line, strlen(line)}, fields, 5, &memory) == 4)
            put_school((const char *const *)fields, school->read, school->written, school->again);
        free(memory);
        free(line);
    }
    if (other_read > 0)
        put_school((const char *const[]){"", "", "", ""}, other_read, other_written, 0);
}
