/* kind.h - a kind of record: a record type of a layout, in a form, with a number of fields.
 *
 * All records of a kind look alike, so a stage plans its work once per kind and then only does it.
 * Kinds are few: record types times the layouts and forms that occur. A kind says nothing of what a
 * program does with it: the program keeps its plans in a list of its own, by the kind's index.
 *
 *     void **place = plan_place(&plans, kind->index);    // plans.h
 */
#ifndef CTE_KIND_H
#define CTE_KIND_H

#include "codetables/base/memory.h"
#include "codetables/model/tables.h"

/* Which definition of a stream is meant: the place of the program among those that touched the
 * stream, from 1, and its own count. Program 0: none. */
struct stream_reference {
    unsigned program, number;
};

struct kind {
    const struct record_layout *record;
    size_t type_index; /* which of the record's types */
    const struct form *form;
    /* of the layout; one less than the layout has where the last may be absent */
    size_t fields;
    size_t all_fields;                 /* with those the form adds */
    bool repeats;                      /* its form gives a record once for each of its errors */
    const struct kind *from;           /* the kind it was converted from, or NULL */
    size_t index;                      /* its place in its list, from 0 */
    struct stream_reference reference; /* in the stream it was read from */
};

/* The kinds that a program has met, each once. Zeroed, it is empty. They stay where they are until
 * the list is freed. */
struct kinds {
    struct kind **items;
    size_t count, room;
    struct arena memory;
};

/* The kind of the list that is as `wanted` says, its index and reference left out; made when it is
 * new, with the reference of `wanted`. all_fields and repeats follow from the rest. */
struct kind *kinds_add(struct kinds *kinds, const struct kind *wanted);
void kinds_free(struct kinds *kinds);

static inline const char *kind_type(const struct kind *kind)
{
    return kind->record->types[kind->type_index];
}

/* The kind in which a record was received: that it was converted from, or its own. */
static inline const struct kind *kind_received(const struct kind *kind)
{
    return kind->from != NULL ? kind->from : kind;
}

/* The position of the field with this number; -1 where records of the kind have none. */
int kind_position(const struct kind *kind, const char *number);

#endif
