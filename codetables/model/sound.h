/* sound.h - what makes a table unsound that its loader alone cannot see: beside the other tables of
 * the folder, or in all its rows together.
 *
 * Asked wherever a table is taken from the folder, by every program and by `cte-table check`: what
 * the one calls wrong, no other converts by. All that is wrong is told; CTE_BAD_TABLE then, with
 * file, line and row.
 */
#ifndef CTE_SOUND_H
#define CTE_SOUND_H

#include "codetables/model/tables.h"

/* Name, version, what it supersedes, and who states it. */
int sound_identity(const struct table_identity *identity, struct cte_error *error);

/* No row stands twice in the same words for one year. */
int sound_codeset(const struct codeset *set, struct cte_error *error);

/* Loads the set whose codes are taken for codes of this one: it is there, and each of its codes
 * names one of this set. *related is NULL where none is named. */
int sound_related(struct tables *tables, const struct codeset *set, const struct codeset **related,
                  struct cte_error *error);

/* Every field takes its value from one that there is, and no other layout is taken for the same
 * years and record types. */
int sound_layout(const struct tables *tables, const struct layout *layout, struct cte_error *error);

/* Targets are valid in the years of their rows, conditions are on fields that there are and never
 * hold together, and the layout and the join that are named are there. The crosswalk must have
 * passed crosswalk_check(). */
int sound_crosswalk(struct tables *tables, const struct crosswalk *crosswalk,
                    struct cte_error *error);

#endif
