/* known_courses.h - what read_courses.c reads and ask_courses.c asks: sections, and who took them.
 *
 * Both lists are sorted by their first member once all is read.
 */
#ifndef CTE_KNOWN_COURSES_H
#define CTE_KNOWN_COURSES_H

#include "codetables/base/memory.h"
#include "pipeline/cte-diff/courses.h"

/* A course section: whoever has the link took this course. */
struct section {
    uint64_t link;
    const char *course, *local, *school, *lea;
};

/* That a student took whatever has the link. */
struct taken {
    uint64_t group, link;
    enum grade_meaning grade;
};

/* What is known for one join of the rule table. */
struct followed {
    const struct rule_join *join;
    const struct codeset *set;
    struct section *sections;
    size_t section_count, section_room;
    struct taken *taken;
    size_t taken_count, taken_room;
};

/* Which classes of courses that everybody must have lead to one answer: of a row, a year and a
 * code. */
enum { SILENCE_SLOTS = 256, SILENCE_CODE = 24 };

struct silence {
    const struct crosswalk_row *row; /* NULL: free */
    int year;
    size_t length;
    char code[SILENCE_CODE];
    bool *classes; /* of each required property */
};

struct courses {
    struct followed *followed;
    size_t count;
    struct silence silences[SILENCE_SLOTS];
    size_t files;       /* extracts that were read */
    struct arena texts; /* of all sections */
};

/* Whether a value is this code; not where there is none. */
bool is_code(struct slice value, const char *text);

/* One hash of the values of these fields, whatever the record type. */
uint64_t hash_values(const struct kind *kind, const struct slice *fields, char *const *numbers,
                     size_t count);

#endif
