/* calendar.h - the collection windows of CALPADS that records belong to.
 *
 * The windows are those of the code set that the run's rule table names, as the run kept it. Days
 * are quoted as they were read there. How many are left is told of the day of --as-of and never of
 * a clock, so that a report is made again with the same bytes. Nothing fails. */
#ifndef CTE_CALENDAR_H
#define CTE_CALENDAR_H

#include <stdbool.h>

#include "codetables/model/codeset.h"
#include "pipeline/run/account.h"

/* Zeroed, no window is known. Whoever loads `windows` frees them. */
struct calendar {
    struct codeset windows;
    bool is_known;
    int as_of; /* a day, or DAY_NONE */
};

/* The first window that takes records of a type in an academic year ("2025-2026"), or the one after
 * another; NULL where there is none. */
const struct code *next_window(const struct calendar *calendar, const char *type,
                               const char *academic, const struct code *last);

/* The properties of a window that are told: days, where they were read, and what else is known. */
#define WINDOW_NO_ERRORS "zero-errors-by"
#define WINDOW_DEADLINE "deadline"
#define WINDOW_AMENDMENT "amendment"
#define WINDOW_NOTE "note"

/* In words: the windows that the written records of a source belong to, once each: "Fall 2
 * 2025-2026: no errors by 2026-02-13, deadline 2026-02-27". "" where none is known. To be freed. */
char *name_windows(const struct calendar *calendar, const struct account *account);

#endif
