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

/* The number of the school of a record, made when it is new, and one; 0 when there are too many. */
static uint32_t find_school(struct tally *tally, const struct record *record)
{
    const struct kind *kind = record->kind;
    struct text key = {0};
    text_add_part(&key, kind_type(kind));
    for (size_t i = 0; i < PLACE_PARTS; i++) {
        const struct slice part = record_role(record, place_roles[i]);
        text_put(&key, part.at, part.length);
        text_add_byte(&key, '\0');
    }
    const size_t known = tally->school_keys.count;
    const size_t number = known < MOST_SCHOOLS
                              ? map_add(&tally->school_keys, key.bytes, key.length)
                              : map_find(&tally->school_keys, key.bytes, key.length);
    text_free(&key);
    if (number == known) {
        const char *at = map_key(&tally->school_keys, number).at;
        GROW(tally->schools, known, tally->school_room);
        struct school *school = &tally->schools[number];
        *school = (struct school){.kind = kind};
        next_part(&at); /* the record type */
        for (size_t i = 0; i < PLACE_PARTS; i++)
            school->parts[i] = next_part(&at);
    }
    return number != MAP_NONE ? (uint32_t)number + 1 : 0;
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

static void count_school(struct writing *writing, const struct record *record, struct place *place,
                         bool written)
{
    struct tally *tally = &writing->source.tally;
    const struct kind *kind = record->kind;
    if (place == NULL)
        return;
    if (!place->has_school) {
        if (!place->fits)
            note_astray(tally, kind);
        place->school = place->fits ? find_school(tally, record) : 0;
        place->has_school = true;
    }
    if (place->school == 0) {
        tally->other_read++;
        tally->other_written += written;
        return;
    }
    struct school *school = &tally->schools[place->school - 1];
    school->read++;
    school->written += written;
    school->again += written && writing->source.is_again;
    school->trusted = school->trusted || record->state != STATE_REJECTED;
}

/* ---- sums ---- */

void seek_school(const struct writing *writing, const struct place *place)
{
    if (place != NULL && place->school > 0)
        __builtin_prefetch(&writing->source.tally.schools[place->school - 1], 1);
}

void tally_written(struct writing *writing, const struct record *record, struct place *place)
{
    field_sums_add(&writing->source.tally.written, record);
    count_school(writing, record, place, true);
}

void tally_other(struct writing *writing, const struct record *record, struct place *place,
                 const struct slice *received, size_t count)
{
    struct tally *tally = &writing->source.tally;
    field_sums_add(&tally->kept, record);
    count_school(writing, record, place, false);
    if (record->kind == NULL)
        return;
    if (record->kind->from != NULL)
        field_sums_add_values(&tally->received, record->kind->from, received, count);
    for (size_t i = 0; i < writing->past->count; i++) {
        const struct stream_history *entry = &writing->past->lines[i];
        if (entry->row != NULL)
            tally_change(writing, record, entry->row, entry);
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

void tally_move(struct writing *writing, const struct record *record, const struct stream_row *row,
                uint64_t adds)
{
    struct row_plan *plan = plan_row(writing, row);
    if (plan->move == NULL || plan->move->kind != record->kind)
        plan->move = find_move(&writing->source.tally, record->kind, row->field);
    plan->move->all += adds;
    if (record->state == STATE_RECEIVED)
        plan->move->written += adds;
}

uint64_t tally_change(struct writing *writing, const struct record *record,
                      const struct stream_row *row, const struct stream_history *change)
{
    struct slice value = change->value;
    if (change->escaped)
        unescape_fields(&value, 1, &writing->source.tally.before);
    const uint64_t adds = plan_row(writing, row)->after - sum_value(value.at, value.length);
    tally_move(writing, record, row, adds);
    return adds;
}

void free_tally(struct tally *tally)
{
    field_sums_free(&tally->written);
    field_sums_free(&tally->kept);
    field_sums_free(&tally->received);
    for (size_t i = 0; i < tally->move_count; i++)
        free(tally->moves[i]);
    free(tally->moves);
    free(tally->astray);
    free(tally->schools);
    map_free(&tally->school_keys);
    text_free(&tally->before);
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

void put_tally(struct writing *writing)
{
    struct tally *tally = &writing->source.tally;
    field_sums_add_unconverted(&tally->received, &tally->kept);
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
        const struct school *school = &tally->schools[i];
        if (!school->trusted) { /* what stands there may be anything, even a student's number */
            other_read += school->read;
            other_written += school->written;
            continue;
        }
        put_fact(stdout, FACT_SCHOOL,
                 &(struct fact_school){.type = kind_type(school->kind),
                                       .lea = school->parts[0],
                                       .year = school->parts[1],
                                       .school = school->parts[2],
                                       .read = school->read,
                                       .written = school->written,
                                       .again = school->again});
    }
    if (other_read > 0)
        put_fact(stdout, FACT_SCHOOL,
                 &(struct fact_school){"", "", "", "", other_read, other_written, 0});
}
