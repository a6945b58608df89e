/* courses.h - which courses the students completed, and what these say where a row leaves a choice.
 *
 * Reckoned from the extracts and the tables, by codetables/FORMAT.md ("What courses say"). Shares
 * nothing with the converter but the readers of extracts and tables: the two are held against each
 * other.
 *
 * Memory: 24 bytes for each record of a student's course, and some 80 for each course section.
 */
#ifndef CTE_DIFF_COURSES_H
#define CTE_DIFF_COURSES_H

#include "pipeline/cte-diff/diff.h"

/* An extract of courses. */
struct extract {
    const char *name, *path, *format;
    char *sha256; /* of its content */
    bool windows_1252;
};

struct extracts {
    struct extract *list;
    size_t count;
};

void add_extract(struct extracts *extracts, struct extract extract);

/* The sources of the run that hold courses, with a path of NULL where one cannot be read any more.
 * None where the source that BEFORE is called after holds no record that asks for courses. */
int list_run_extracts(struct diff *diff, struct extracts *extracts);

/* Reads the extracts of --evidence, or those of the run. Without any of them, or without all that
 * the run had, nothing is known of courses: half of them would say something else than all. */
int read_courses(struct diff *diff);

/* The record and the row that leaves a choice. `year` judges the code. */
struct open_row {
    const struct kind *kind;
    const struct slice *fields;
    const struct crosswalk *crosswalk;
    const struct crosswalk_map *map;
    const struct crosswalk_row *row;
    int year;
};

enum courses_say { COURSES_UNKNOWN, COURSES_NOTHING, COURSES_DECIDE };

/* What the student's completed courses make of the row. COURSES_UNKNOWN: the extracts of courses
 * were not read. */
enum courses_say ask_courses(struct diff *diff, const struct open_row *open, struct targets *to);

#endif
