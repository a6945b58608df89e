/* given_decisions.h - what the runs were given as decisions, each row once.
 *
 *     struct given_decisions given = {.count = 0};
 *     if (gather_decisions(told, &given, 1000) != CTE_OK) ...
 *     for (size_t i = 0; i < given.count; i++)
 *         puts(given.items[i].code);
 *     free_decisions(&given);
 *
 * They are read from the copies that the runs kept, in the order of runs and lines. So many rows as
 * are asked for are kept, and the others counted. All of it is owned by the given decisions.
 *
 * Errors, in told->error: those of decisions_load().
 */
#ifndef CTE_REPORT_GIVEN_DECISIONS_H
#define CTE_REPORT_GIVEN_DECISIONS_H

#include "codetables/model/decisions.h"
#include "pipeline/cte-report/told.h"

struct given_decisions {
    struct arena memory;
    struct map keys; /* of the rows that were met */
    struct decision *items;
    size_t count, room;
    size_t left; /* rows beyond the most */
};

int gather_decisions(struct told *told, struct given_decisions *given, size_t most);

void free_decisions(struct given_decisions *given);

#endif
