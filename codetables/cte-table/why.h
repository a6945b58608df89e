/* why.h - the trust page of a code, and what its parts share. */
#ifndef CTE_TABLE_WHY_H
#define CTE_TABLE_WHY_H

#include "codetables/cte-table/show.h"

struct why {
    struct text *out;
    struct tables *tables;
    const char *code;
    int year;                        /* YEAR_NONE: all */
    const struct table_files *files; /* all of the folder */
    const struct crosswalk *answers; /* the one whose answer is told in full, or NULL */
};

/* The page of why->code: its answer in the table `file`, or in those that answer for it where that
 * is NULL, and all that speaks for and against it. The caller sets all but files and answers. */
int show_why(struct why *why, const struct table_file *file, struct cte_error *error);

/* The row that answers for the code; of several years, the last one. NULL: there is none. */
const struct crosswalk_row *why_row(const struct why *why, const struct crosswalk_map *map,
                                    const char *code);

/* What the courses of a pathway become, or the pathway of a course. */
void add_courses(const struct why *why, const struct crosswalk_map *map);

/* What other crosswalks say of the code, or of one of the same name, and what leads to it. */
void add_others(const struct why *why, const struct codeset *set);

/* What earlier versions of the crosswalk said. */
void add_versions(const struct why *why, const struct crosswalk_map *map);

/* Doubts, and what others say, of the code set ID-evidence. */
void add_evidence(const struct why *why, const struct codeset *set);

#endif
