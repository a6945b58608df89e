/* field_sums.h - shows that a chain of stages neither lost nor altered a value.
 *
 * For each field of a record type, the values of all records are summed up in a way that does not
 * depend on their order: the sum, modulo 2^64, of XXH3 (64 bits, no seed) of each value; an empty
 * value counts nothing. A stage that keeps such sums tells them in its trailer, one line a field:
 *
 *     %fieldsum^POINT^TYPE^NUMBER^HEX^PERSONAL
 *
 * POINT says where in the chain they were taken: `read`, `recoded`, `validated`, `written`; or what
 * the change lines say of them: `moved` (all records) and `moved-written` (those that are written),
 * the sum of what came less what went. Lines of one POINT, TYPE and NUMBER are to be added up. The
 * driver holds the points against each other. NUMBER is the number the field has in the layout it
 * was received in, so that a field keeps its line through a conversion; one that exists only in the
 * target has its own. The record type itself is not summed (forms write it differently), nor is
 * what a form adds. Records that no layout could read are summed whole, under an empty TYPE and
 * NUMBER.
 *
 * PERSONAL is `yes` for a personal field, and for whole records: a student could be found from such
 * a sum by trying values, so it flows between programs and is neither shown nor kept.
 *
 * Memory: eight bytes a field of each kind of record.
 */
#ifndef CTE_FIELD_SUMS_H
#define CTE_FIELD_SUMS_H

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "pipeline/stream/plans.h"
#include "pipeline/stream/stream.h"

/* A record in its place: XXH3 of its text, seeded with its number. Summed up, it tells whether the
 * same records were read twice in the same order, in one go or in parts. */
static inline uint64_t sum_place(const char *text, size_t length, uint64_t number)
{
    return XXH3_64bits_withSeed(text, length, number);
}

/* Sums over some records. Zeroed, there are none. */
struct field_sums {
    struct plans by_kind;      /* per kind: an array of uint64_t, one a field */
    const struct kind **kinds; /* those that occurred, in that order */
    size_t count, room;
    uint64_t unread;
    struct text values; /* of the record at hand, where it is escaped */
};

static inline uint64_t sum_value(const char *at, size_t length)
{
    return length == 0 ? 0 : XXH3_64bits(at, length);
}

/* Adds the fields of a record: as many as its layout has. One that no layout could read is added
 * whole, as it stands in the stream. */
void field_sums_add(struct field_sums *sums, const struct record *record);

/* Adds the fields of a kind that are at hand as values. */
void field_sums_add_values(struct field_sums *sums, const struct kind *kind,
                           const struct slice *fields, size_t count);

/* Adds what was summed of records that were not converted: they are as they were received. */
void field_sums_add_unconverted(struct field_sums *sums, const struct field_sums *of);

void field_sums_free(struct field_sums *sums);

/* The sum of a field at a point of the chain. */
struct point_sum {
    const char *point, *type, *number;
    uint64_t sum;
    bool is_personal;
};
void field_sums_each(const struct field_sums *sums, const char *point,
                     void (*tell)(void *context, const struct point_sum *sum), void *context);

/* Tells all sums at a point, in the trailer of a stream. */
void field_sums_put(const struct field_sums *sums, struct stream_out *out, const char *point);

#endif
