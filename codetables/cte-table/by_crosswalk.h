/* by_crosswalk.h - the codes of a crosswalk, by what another one makes of them: state courses and
 * their clusters, by the subject of the credential that teaches the course.
 *
 *     struct by_crosswalk by = {"credentials", "clusters@2026.1", "clusters@2026.2", year};
 *     if (open_by_crosswalk(&tables, &by, &error) == CTE_OK)
 *         print_by_crosswalk(&by);
 *
 * A group is what the crosswalk `by` makes of a code: of its first output. It tells what its codes
 * become, or, where there are two crosswalks, which of them come out differently. Then follow the
 * targets that draw on several groups. Only maps that begin from one code set are held together,
 * and only codes that are valid in the year. Without a year these are the codes without an end.
 *
 * Errors: those of find_table() and load_table(); CTE_USAGE where a table is no crosswalk, or none
 * of its maps begins from a code set of the other's.
 */
#ifndef CTE_TABLE_BY_CROSSWALK_H
#define CTE_TABLE_BY_CROSSWALK_H

#include "codetables/model/tables.h"

struct by_crosswalk {
    const char *by, *before;
    const char *after; /* NULL: there is but one */
    int year;          /* YEAR_NONE: today's codes */
    /* set by open_by_crosswalk(): how codes are grouped, and what they become before and after */
    const struct crosswalk *grouping, *sides[2];
};

/* Loads the crosswalks, and sees whether they go together. Nothing is printed. */
int open_by_crosswalk(struct tables *tables, struct by_crosswalk *by, struct cte_error *error);

/* On standard output. */
void print_by_crosswalk(const struct by_crosswalk *by);

#endif
