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

/* The place with these texts, or a free one where it would be; at most half of them are taken. */
static struct place *find_free(const struct place_list *list, const struct kind *kind,
                               const char *raw, size_t length)
{
    for (size_t at = (size_t)keyed_hash(raw, length);; at++) {
        struct place *place = &list->items[at & (list->room - 1)];
        if (place->length == 0 || (place->length == length && place->kind == kind->index &&
                                   memcmp(place->raw, raw, length) == 0))
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
        if (place->length > 0)
            *find_free(list, &(struct kind){.index = place->kind}, place->raw, place->length) =
                *place;
    }
    free(old.items);
}

/* A record that is out of step has something else in one of the three at least; then none of them
 * is believed. */
static bool fit_place(struct writing *writing, const struct kind *kind, const struct slice *parts)
{
    for (size_t i = 0; i < PLACE_PARTS; i++) {
        const int position = kind->record->role_position[place_roles[i]];
        if (position >= 0 &&
            !fits_value(fits_for(writing, kind->record), (size_t)position, parts[i]))
            return false;
    }
    return true;
}

struct place *find_place(struct writing *writing, const struct kind *kind,
                         const struct slice *parts)
{
    struct place_list *list = &writing->source.places;
    char raw[PLACE_TEXT], *end = raw;
    for (size_t i = 0; i < PLACE_PARTS && end != NULL; i++) {
        if (parts[i].length >= (size_t)(raw + sizeof raw - end)) {
            end = NULL; /* longer than any that is kept */
        } else {
            end = mempcpy(end, parts[i].at, parts[i].length);
            *end++ = '\0';
        }
    }
    const size_t length = end != NULL ? (size_t)(end - raw) : 0;
    struct place *last = list->last;
    if (last != NULL && last->length == length && last->kind == kind->index &&
        memcmp(last->raw, raw, length) == 0)
        return last;
    if (2 * list->count >= list->room && list->room < MOST_ROOM)
        make_room(list);
    struct place *place = length > 0 ? find_free(list, kind, raw, length) : &list->other;
    if (length > 0 && place->length > 0)
        return list->last = place;
    if (2 * list->count >= list->room)
        place = &list->other;
    *place = (struct place){.kind = (uint32_t)kind->index, .fits = fit_place(writing, kind, parts)};
    if (place == &list->other)
        return place;
    list->count++;
    place->length = (unsigned char)length;
    memcpy(place->raw, raw, length);
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
