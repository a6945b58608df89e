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

/* ---- released tables: SHA256SUMS of the folder, as sha256sum writes and checks it ----
 *
 * `cte-table check` calls a released table that was changed, or is gone, an error; a run by it is
 * told so. The programs take it all the same: a copy of the folder is where a new version is tried.
 */

/* Reads the list. A folder without one has released nothing. A line that is none is told. */
int released_read(const char *folder, struct released *released, struct cte_error *error);

/* Every released table is there: where the highest version is gone, a lower one would be taken
 * without a word. */
int released_are_there(const char *folder, const struct released *released,
                       struct cte_error *error);

/* A table of the folder that was released has the hash it was released with. */
int released_unchanged(const char *folder, const struct released *released, const char *path,
                       const char *sha256, struct cte_error *error);

#endif
