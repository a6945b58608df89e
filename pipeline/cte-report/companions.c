/* What the people of a roll-up are besides: each value that they have in the records of another
 * one, in the LEA and year. The values of a person come out of the sort of people before their
 * cells, so those of one person alone are in memory. */
#include <string.h>

#include "pipeline/cte-report/rollup.h"

void find_companions(struct run_rollups *rollups)
{
    for (size_t i = 0; i < rollups->count; i++) {
        struct run_rollup *rollup = &rollups->items[i];
        for (size_t c = 0; c < rollup->rollup->companion_count; c++) {
            const struct rollup_companion *about = &rollup->rollup->companions[c];
            const struct run_rollup *other = rollups->items;
            while (other < rollups->items + rollups->count && other->rollup != about->rollup)
                other++;
            if (other == rollups->items + rollups->count)
                continue;
            rollup->companions[c].told_by = other;
            rollup->companions[c].set = about->of == &about->rollup->before
                                            ? other->sets.before
                                            : other->sets.by[about->of - about->rollup->by];
        }
    }
}

void note_told_place(struct run_rollup *rollup, const struct counted *counted)
{
    struct cell_key place = {.length = 0};
    if (counted->lea[0] != '\0' && put_part(&place, counted->lea) &&
        put_part(&place, counted->year))
        map_add(&rollup->told_places, place.bytes, place.length);
}

static bool is_told(const struct run_rollup *rollup, const char *lea, const char *year)
{
    struct cell_key place = {.length = 0};
    return put_part(&place, lea) && put_part(&place, year) &&
           map_find(&rollup->told_places, place.bytes, place.length) != MAP_NONE;
}

static const char *value_of(const struct rollup_companion *about, const struct counted *counted)
{
    return about->of == &about->rollup->before ? counted->before
                                               : counted->by[about->of - about->rollup->by];
}

bool put_person(struct cell_key *head, const char *lea, uint64_t person)
{
    return put_part(head, lea) && put_key_bytes(head, (const char *)&person, sizeof person);
}

int add_person_value(struct run_rollups *rollups, const struct run_rollup *told_by,
                     const struct counted *counted, uint64_t person, struct cte_error *error)
{
    for (size_t i = 0; i < rollups->count; i++) {
        struct run_rollup *rollup = &rollups->items[i];
        for (size_t c = 0; c < rollup->rollup->companion_count; c++) {
            const char *value = value_of(&rollup->rollup->companions[c], counted);
            struct cell_key head = {.length = 0}, tail = {.length = 0};
            if (rollup->companions[c].told_by != told_by || value[0] == '\0')
                continue;
            if (!put_person(&head, counted->lea, person) ||
                !put_key_bytes(&tail, (const char[]){PERSON_VALUE, (char)c}, 2) ||
                !put_part(&tail, counted->year) || !put_part(&tail, value))
                return cte_fail(error, CTE_BAD_INPUT, "a row of counts is longer than any can be");
            if (group_counts_add(&rollup->people, key_slice(&head), key_slice(&tail), 1, error) !=
                CTE_OK)
                return error->status;
        }
    }
    return CTE_OK;
}

/* The one copy of a text. */
static const char *keep_text(struct map *texts, const char *text)
{
    return map_key(texts, map_add_string(texts, text)).at;
}

struct person_value take_person_value(struct run_rollup *rollup, const char *tail)
{
    const size_t companion = (size_t)tail[1];
    struct map *texts = &rollup->companions[companion].texts;
    const char *at = tail + 2, *year = next_part(&at);
    return (struct person_value){companion, keep_text(texts, year), keep_text(texts, at)};
}

/* Counts a person in the rows of one value. */
static void count_value(struct run_rollup *rollup, size_t companion, uint64_t person,
                        const struct rollup_cell *cell, enum cell_people which, const char *value)
{
    const char *values[LINKED_DIMENSIONS];
    put_values(rollup, cell, values);
    values[DIM_COMPANION + companion] = value;
    for (int t = 0; t < TOTALS; t++) {
        if (!is_by_companion((enum total)t, companion))
            continue;
        linked_table_add_person(&rollup->totals[t], values, lists_cell((enum total)t, cell), which,
                                person);
    }
}

void count_by_values(struct run_rollup *rollup, const struct valued_person *person,
                     const struct rollup_cell *cell, enum cell_people which)
{
    for (size_t c = 0; c < rollup->rollup->companion_count; c++) {
        const struct run_rollup *told_by = rollup->companions[c].told_by;
        bool has_any = false;
        for (size_t i = 0; i < person->value_count; i++) {
            const struct person_value *one = &person->values[i];
            if (one->companion != c || strcmp(one->year, cell->year) != 0)
                continue;
            count_value(rollup, c, person->number, cell, which, one->value);
            has_any = true;
        }
        if (told_by != NULL && !has_any)
            count_value(rollup, c, person->number, cell, which,
                        is_told(told_by, person->lea, cell->year) ? "" : COMPANION_MISSING);
    }
}
