/* leas.h - the sums of many sources by LEA, what needs attention first.
 *
 *     size_t count;
 *     struct lea *leas = gather_leas(told, &count);
 *     for (size_t i = 0; i < count; i++)
 *         puts(leas[i].code);
 *     free(leas);
 *
 * Memory: some 100 bytes an LEA. There are no errors.
 */
#ifndef CTE_REPORT_LEAS_H
#define CTE_REPORT_LEAS_H

#include "pipeline/cte-report/told.h"

/* The sources of one LEA. */
struct lea {
    const char *code; /* "" for those whose records tell none, or several */
    size_t sources, refused, incomplete, shrunk;
    uint64_t sums[SUMS];
};

/* What was refused first, then what lacks most records, then what shrank. To be freed. */
struct lea *gather_leas(const struct told *told, size_t *count);

/* What is to be said of an LEA: "2 refused, 1 incomplete", or "complete". To be freed. */
char *name_lea_state(const struct lea *lea);

#endif
