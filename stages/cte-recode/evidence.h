/* evidence.h - what a student's courses say about a row that leaves a choice, for step.c; and what
 * evidence.c, silent_classes.c and course_rows.c share. */
#ifndef CTE_EVIDENCE_H
#define CTE_EVIDENCE_H

#include "stages/cte-recode/recode.h"

/* What the student's courses say about a row that leaves a choice. */
enum evidence_verdict { EVIDENCE_NONE, EVIDENCE_DECIDES, EVIDENCE_DISAGREES };

struct evidence {
    enum evidence_verdict verdict;
    struct targets to; /* EVIDENCE_DECIDES; an output on which the courses differ is NULL */
    unsigned n;        /* the row of the table that it rests on */
    char by[160];      /* in words, for the change row */
    char unknown[120]; /* the courses that count though nobody knows their grades; empty: none */
    /* where they do not decide: the choices that they point to, each once and in order */
    const char *choices[INDEX_MAX_EVIDENCE];
    size_t choice_count;
    bool has_courses; /* the student's courses are known */
};

/* The row is what the step found. All crosswalks of the run say what a course becomes. */
void weigh_evidence(struct recoding *recoding, const struct step *step,
                    const struct crosswalk_row *row, struct evidence *evidence);

/* What is asked of the courses: the row that leaves a choice, and whose courses they are. */
struct asking {
    struct recoding *recoding;
    const struct crosswalk *crosswalk;
    const struct crosswalk_map *map;
    const struct crosswalk_row *row;
    const struct rule_join *join;
    const struct record *record;
    const struct question *question;
};

/* A course of what is asked. */
struct course_lookup lookup_of(const struct asking *asking, struct slice course);

/* The first row of a course that decides it, or is open, over all crosswalks of the run, the first
 * before the others. */
const struct crosswalk_row *find_row_in_any(const struct recoding *recoding,
                                            const struct course_lookup *lookup, bool is_open,
                                            const struct crosswalk_map **map);

/* The codes of another map, as outputs of this one. */
struct targets translate(const struct crosswalk_map *map, const struct crosswalk_map *other,
                         const struct targets *to);

/* True when the row itself names this target: its first code, or as a choice. Evidence never adds a
 * target to the table. */
bool row_allows(const struct crosswalk_map *map, const struct crosswalk_row *row,
                const struct targets *to);

bool same_targets(const struct targets *a, const struct targets *b, size_t outputs);

/* What the tables alone say of a course: a condition of the row, or what a crosswalk makes of the
 * course. *n is the row, condition or choice of the pathway that it points to. */
bool ask_tables(const struct asking *asking, struct slice course, struct targets *to, unsigned *n);

/* Classes of courses of which everybody in the pathway must complete one, and which all lead to one
 * answer: they say nothing of a student. Bit i: the join's i-th required property. */
uint32_t find_silent(const struct asking *asking, const struct codeset *set);

/* True when the course is of a class that says nothing. */
bool says_nothing(const struct asking *asking, const struct codeset *set,
                  const struct index_course *course, uint32_t silent);

#endif
