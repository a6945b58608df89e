/* held_courses.h - which codes local courses have whose records wait for a decision, and what these
 * are called.
 *
 * A question names a local course, which says nothing to who has to answer it. The counts of the
 * sources name the code of each held record beside its course, so the code is taken from there.
 *
 *     struct held_courses courses = {0};
 *     ask_held_courses(&courses, &told->needed);
 *     ...
 *     add_held_course(&courses, rollup, &counted);            // for each row of counts
 *     ...
 *     const struct held_course *course = find_held_course(&courses, &question);
 *     free_held_courses(&courses);
 *
 * Memory: some 200 bytes a question.
 */
#ifndef CTE_REPORT_HELD_COURSES_H
#define CTE_REPORT_HELD_COURSES_H

#include "codetables/base/map.h"
#include "codetables/base/text.h"
#include "pipeline/run/counts_file.h"
#include "pipeline/run/needed_file.h"

/* The codes of a local course and their names, "; " between where there are several. */
struct held_course {
    struct text codes, names;
};

struct held_courses {
    struct map keys; /* LEA, year and local course */
    struct held_course *items;
    size_t room;
};

void ask_held_courses(struct held_courses *courses, const struct needed_list *questions);

/* Takes the code of counted records, where they are held and one of the questions is about their
 * course. `names`: the code set that names it, or NULL. */
void add_held_course(struct held_courses *courses, const struct counted *counted,
                     const struct codeset *names);

/* NULL: the question is about no local course. */
const struct held_course *find_held_course(const struct held_courses *courses,
                                           const struct fact_needed *question);

void free_held_courses(struct held_courses *courses);

#endif
