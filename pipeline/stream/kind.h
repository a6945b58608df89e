/* kind.h - a kind of record: a record type of a layout, in a form, with a number of fields.
 *
 * All records of a kind look alike, so a stage plans its work once per kind and then only does it.
 * Kinds are few: record types times the layouts and forms that occur in one source.
 */
#ifndef CTE_KIND_H
#define CTE_KIND_H

#include "codetables/model/tables.h"

enum { KIND_SUMS = 3 };

struct kind {
    const struct record_layout *record;
    size_t type_index; /* which of the record's types */
    const struct form *form;
    /* of the layout; one less than the layout has where the last may be absent */
    size_t fields;
    size_t all_fields;         /* with those the form adds */
    bool repeats;              /* its form gives a record once for each of its errors */
    const struct kind *from;   /* the kind it was converted from, or NULL */
    unsigned program, number;  /* its reference in the stream */
    void *plan;                /* whatever a stage prepares for it */
    uint64_t *sums[KIND_SUMS]; /* per field; conserve.h */
};

static inline const char *kind_type(const struct kind *kind)
{
    return kind->record->types[kind->type_index];
}

/* The record type as it stands in the file: with the form's suffix. To be freed. */
char *kind_written_type(const struct kind *kind);

#endif
