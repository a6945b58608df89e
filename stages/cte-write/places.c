/* Where records belong: LEA, academic year and school, and what was found out about the three. A
 * source has few of them and many records, in any order. */
#include <stdlib.h>
#include <string.h>

#include "codetables/base/hash.h"
#include "codetables/base/memory.h"
#include "stages/cte-write/write.h"

/* Beyond the most places, what is found out about one is not kept. */
enum { FIRST_ROOM = 1 << 8, MOST_ROOM = 1 << 16 };

const enum field_role place_roles[PLACE_PARTS] = {ROLE_LEA, ROLE_ACADEMIC_YEAR, ROLE_SCHOOL};

static bool is_place(const struct place *place, const struct place_key *key)
{
    return place->length == key->length && place->kind == key->kind->index &&
           memcmp(place->raw, key->raw, key->length) == 0;
}

/* The place of a key, or a free one where it would be; at most half of them are taken. */
static struct place *find_free(const struct place_list *list, const struct place_key *key)
{
    for (size_t at = (size_t)key->hash;; at++) {
        struct place *place = &list->items[at & (list->room - 1)];
        if (place->length == 0 || is_place(place, key))
            return place;
    }
}

static void make_room(struct place_list *list)
{
    const struct place_list old = *list;
    list->room = old.room == 0 ? FIRST_ROOM : 2 * old.room;
    list->items = cte_zalloc(list->room, sizeof *list->items);
    list->last = NULL;
    for (size_t i = 0; i < old.room; i++) {
        const struct place *place = &old.items[i];
        size_t at = (size_t)keyed_hash(place->raw, place->length);
        if (place->length == 0)
            continue;
        while (list->items[at & (list->room - 1)].length > 0)
            at++;
        list->items[at & (list->room - 1)] = *place;
    }
    free(old.items);
}

/* A record that is out of step has something else in one of the three at least; then none of them
 * is believed. */
static bool fit_place(struct writing *writing, const struct place_key *key)
{
    for (size_t i = 0; i < PLACE_PARTS; i++) {
        const int position = key->kind->record->role_position[place_roles[i]];
        if (position >= 0 &&
            !fits_value(fits_for(writing, key->kind->record), (size_t)position, key->parts[i]))
            return false;
    }
    return true;
}

static struct place note_place(struct writing *writing, const struct place_key *key)
{
    struct place place = {.kind = (uint32_t)key->kind->index, .fits = fit_place(writing, key)};
    for (size_t i = 0; i < PLACE_PARTS; i++)
        place.is_long = place.is_long || key->parts[i].length > PLACE_MOST_PART;
    return place;
}

void seek_place(const struct writing *writing, struct place_key *key)
{
    const struct place_list *list = &writing->source.places;
    char *end = key->raw;
    key->length = 0;
    for (size_t i = 0; i < PLACE_PARTS; i++) {
        if (key->parts[i].length >= (size_t)(key->raw + PLACE_TEXT - end))
            return; /* longer than any that is kept */
        end = copy_value(end, key->parts[i]);
        *end++ = '\0';
    }
    key->length = (size_t)(end - key->raw);
    key->hash = keyed_hash(key->raw, key->length);
    if (list->room > 0) {
        const struct place *place = &list->items[key->hash & (list->room - 1)];
        __builtin_prefetch(place);
        __builtin_prefetch(place->raw + sizeof place->raw - 1); /* it may lie on two lines */
    }
}

struct place *find_place(struct writing *writing, const struct place_key *key)
{
    struct place_list *list = &writing->source.places;
    if (list->last != NULL && is_place(list->last, key))
        return list->last;
    if (2 * list->count >= list->room && list->room < MOST_ROOM)
        make_room(list);
    struct place *place = key->length > 0 ? find_free(list, key) : &list->other;
    if (place != &list->other && place->length > 0)
        return list->last = place;
    if (2 * list->count >= list->room)
        place = &list->other;
    *place = note_place(writing, key);
    if (place == &list->other)
        return place;
    list->count++;
    place->length = (unsigned char)key->length;
    memcpy(place->raw, key->raw, key->length);
    return list->last = place;
}

void forget_heads(struct place_list *list)
{
    for (size_t i = 0; i < list->room; i++)
        memset(list->items[i].heads, 0, sizeof list->items[i].heads);
}

void free_places(struct place_list *list)
{
    free(list->items);
    *list = (struct place_list){0};
}
