/* across.h - what the parts of check_across.c share: a code that courses belong to (a pathway), and
 * its courses.
 *
 *   check_across.c     which maps belong together; a pathway, stretch by stretch of its years
 *   course_pairs.c     a course and its pathway must become the same, or leave the same open
 *   course_evidence.c  what courses are to decide, some course must be able to decide
 *   across_words.c     codes and rows, compared and in words
 */
#ifndef CTE_TABLE_ACROSS_H
#define CTE_TABLE_ACROSS_H

#include "codetables/base/year.h"
#include "codetables/cte-table/check.h"

/* A course of the join's code set, under the code that its property names. */
struct member {
    const char *pathway;
    const struct code *code;
};

/* The courses of one pathway; they lie in the list of all. */
struct member_list {
    const struct member *list;
    size_t count;
};

struct across {
    struct checking *checking;
    const struct rule_join *join;
    const struct crosswalk *crosswalk, *course_crosswalk;
    /* `courses` is NULL where no crosswalk says what becomes of courses */
    const struct crosswalk_map *map, *courses;
    const struct codeset *set; /* the join's courses */
    /* for each of the map: the same one of `courses`, or -1 */
    int outputs[CROSSWALK_MAX_OUTPUTS];
    bool decides; /* the courses are the map's evidence */
    /* the record of the pathway has the course's field itself */
    bool in_record;
    struct member *members;
    size_t member_count;
};

/* What becomes of a course, or of a pathway. */
enum meaning { MEANS_UNKNOWN, MEANS_NOTHING, MEANS_CODES, MEANS_OPEN };

/* A course in one stretch of years. */
struct voice {
    const struct code *code;
    const struct crosswalk_row *row;   /* of the course, or NULL */
    const struct crosswalk_when *when; /* of the pathway's row, that holds for the course */
    enum meaning meaning;
    struct targets to;    /* MEANS_CODES: as outputs of the pathway's map */
    const char *required; /* the property for which it says nothing, or NULL */
    bool alone;           /* it is the only one that has it */
};

struct voice_list {
    struct voice *list;
    size_t count;
};

/* What is remembered of one choice or condition while the years are gone through. */
struct reach {
    bool reached;               /* a course or condition leads there */
    bool offered;               /* an open course may lead there, once somebody decides for it */
    const struct voice *silent; /* a copy of a course that leads there, but says nothing */
    struct year_span years;
};

/* Stretches that follow one another and say the same are one; the first is told. */
struct common {
    const char *code;
    struct year_span years;
};

bool same_code(const char *a, const char *b);

/* True when neither says what the other does not allow: an output that is left open allows all. */
bool agree(const struct targets *a, const struct targets *b, size_t outputs);

struct targets translate(const struct across *across, const struct targets *to);

/* An undecided row without choices (work that is no pathway) says nothing of its courses. */
enum meaning row_meaning(const struct crosswalk_row *row);

/* "050100 050105". To be freed. */
char *describe_targets(const struct across *across, const struct targets *to);

/* What the row of a pathway says: "leads to 050100 -", "offers 050100 050105 or 060300 -", "leads
 * nowhere". To be freed. */
char *describe_row(const struct across *across, const struct crosswalk_row *row);

/* "course 7422 is the only capstone from 2017-2018, and all who complete pathway 180 must take it".
 * To be freed. */
char *describe_silent(const struct voice *voice, struct year_span years, const char *pathway);

/* The row of a course says other than the row of its pathway. `completed`: somebody can complete
 * the pathway. */
void compare_course(const struct across *across, const struct crosswalk_row *row,
                    const struct voice *voice, int year, bool completed);

/* Where all courses lead, though their pathway is open; NULL when there is no such place. */
const char *common_target(const struct voice_list *voices);

void note_common(struct common *common, const char *code, struct year_span years);

void report_common(const struct across *across, const struct crosswalk_row *row,
                   const struct common *common);

/* Each student who completes a pathway completed a course with each required property. Where all
 * courses that have it lead to the same, or there is but one, nobody could have had another answer:
 * it says nothing. cte-recode reckons likewise. */
void mark_silent(const struct across *across, const struct crosswalk_row *row,
                 const struct voice_list *voices);

/* Conditions come first in `reaches`, then choices. */
void note_reaches(const struct across *across, const struct crosswalk_row *row,
                  const struct voice_list *voices, struct year_span years, struct reach *reaches);

void judge_conditions(const struct across *across, const struct crosswalk_row *row,
                      const struct reach *reaches);

/* A choice that only a decision can take is what decisions are for. But where courses decide
 * between the others, they do so before a decision is asked, and this one is out of reach. One of
 * low confidence claims no evidence: it is never to come by itself. */
void judge_choices(const struct across *across, const struct crosswalk_row *row,
                   const struct reach *reaches);

void free_reaches(struct reach *reaches, size_t count);

#endif
