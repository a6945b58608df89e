/* recoded.h - which fields of a record the crosswalks of a run give a code.
 *
 * A layout says of a field which field, map and output it is recoded by. A crosswalk may have that
 * map without such an output: it speaks of the codes, and has none for the field. A field that no
 * crosswalk gives a code stays as it is, and nothing is asked about it. Fields that are recoded
 * from one field by one map go together: where one is given a code, all are looked at.
 *
 *     if (crosswalks_fill(crosswalks, count, target_record, field)) ...
 *
 * Nothing is allocated here, and nothing fails.
 */
#ifndef CTE_RECODED_H
#define CTE_RECODED_H

#include "codetables/model/crosswalk.h"
#include "codetables/model/layout.h"

/* Whether the code set is one of the field's. */
bool field_allows(const struct field *field, const char *code_set);

/* Whether an answer of the map comes into a field that is recoded by it: as the output that the
 * field names, or as the code itself in a set of the field, where the code stands in the field.
 * So an earlier crosswalk of a chain puts its answer where the code was. */
bool map_fills(const struct crosswalk_map *map, const struct field *target);

/* Whether an answer of any comes into the recoded field, or into another of the record that is
 * recoded together with it. */
bool crosswalks_fill(struct crosswalk *const *crosswalks, size_t count,
                     const struct record_layout *record, const struct field *target);

#endif
