/* measure.h - how much of a crosswalk is there. */
#ifndef CTE_TABLE_MEASURE_H
#define CTE_TABLE_MEASURE_H

#include "codetables/model/tables.h"

/* Of a map. Codes are those of its code set that are valid in the latest year the map covers, each
 * once. */
struct measure {
    size_t kinds[ROW_UNDECIDED + 1]; /* rows by kind */
    const char *kind_names[ROW_UNDECIDED + 1];
    size_t conditions, choices;
    size_t codes, decided, undecided, unlisted;
};

void measure_map(const struct crosswalk_map *map, struct measure *measure);

/* "12 renamed, 3 undecided", of the kinds there are; to be freed. */
char *measure_kinds(const struct measure *measure);

/* "pathway 79% of 59 current codes decided, 12 undecided"; percentages are rounded down, so that
 * 100% means all. To be freed. */
char *measure_coverage(const struct crosswalk_map *map, const struct measure *measure);

#endif
