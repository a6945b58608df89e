/* lineage.h - a record as it was received, from the record as it is now and its change lines.
 *
 * A converted record (its kind has a `from`) holds the fields of the target layout. What it was
 * received with is in its change lines or stands unchanged: STREAM.md promises that for every field
 * of the kind it came from.
 */
#ifndef CTE_LINEAGE_H
#define CTE_LINEAGE_H

#include "pipeline/stream/stream.h"

/* How to get back to the kind a kind was converted from. Made once per kind. */
struct lineage {
    const struct kind *now, *received;
    /* per received field: the field of the record now that holds it unless a change says else, or
     * -1 */
    int same[STREAM_MAX_FIELDS];
    /* so many fields from the first on stand where they stood, unless a change says else */
    size_t in_place;
    /* by the index of a row: one more than the position at which its field was received, -1: it was
     * not; 0: not looked up yet */
    int *positions;
    size_t position_count;
};

struct lineage *lineage_make(const struct kind *now);
void lineage_free(struct lineage *lineage);

/* The fields as they were received, in order: received->fields slices, escaped where the record is.
 * For the record type field of another form, the type as it stands in the record now. SCAN_SLACK
 * bytes after each may be read. `past` is that of the record. */
void lineage_received(struct lineage *lineage, const struct record *record,
                      const struct stream_past *past, struct slice *fields);

#endif
