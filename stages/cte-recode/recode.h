/* recode.h - what the parts of cte-recode share.
 *
 * For each kind of record that occurs, a plan is made once: where each field of the target takes its value, and which crosswalks
 * decide. For each code and year, the answer of the crosswalks is worked out once and kept. What is left per record
 * is to look up the answer and copy the parts of the record around the recoded fields.
 *
 *   recode.h, cte-recode.c   options, the loop, writing records
 *   plan.c                   from a source kind to a target kind
 *   answer.c                 what the crosswalks and decisions make of a code
 *   evidence.c               the courses of a student where a code splits
 *   doubles.c                records that the recode gives one key
 */
#ifndef CTE_RECODE_H
#define CTE_RECODE_H

#include "codetables/decisions.h"
#include "pipeline/index.h"
#include "pipeline/stream.h"

enum { MAX_CROSSWALKS = 8, MAX_GROUPS = 8, MAX_GROUP_FIELDS = 4 };

/* Where a part of the target record comes from: fields copied together, or one field of another origin. */
enum part_origin { PART_COPY, PART_CONSTANT, PART_RECODED };

struct part {
    enum part_origin origin;
    uint32_t first, last; /* PART_COPY: source fields, inclusive */
    const char *value;    /* PART_CONSTANT */
    size_t length;
    uint32_t group, member; /* PART_RECODED */
};

/* A target field that takes an output of a group's answer. */
struct member {
    const struct field *target;
    const char *output;
    int source;   /* position of the field of the same number in the source, or -1 */
    bool is_from; /* the target field has the number of the field that is recoded */
};

/* One source field that crosswalks recode, and the target fields that depend on it. */
struct group {
    const char *map;
    const struct field *field; /* in the source layout */
    uint32_t source;
    struct member members[MAX_GROUP_FIELDS];
    uint32_t member_count;
    const struct crosswalk_map *maps[MAX_CROSSWALKS]; /* of the run's crosswalks, in order; those that have this map */
    const struct crosswalk *crosswalks[MAX_CROSSWALKS];
    uint32_t map_count;
    struct stream_reference blank; /* finding: the field is blank; defined when needed */
};

/* A source field whose content is not taken over: a change when it is not empty. Or a field that only the target has and fills
 * with a constant: a change in every record. */
struct dropped {
    int source;       /* -1: only the target has the field */
    const char *kept; /* a content that is no change */
    struct stream_reference row;
};

struct plan {
    struct kind *target;
    struct part *parts;
    size_t part_count;
    struct group groups[MAX_GROUPS];
    uint32_t group_count;
    struct dropped *dropped;
    size_t dropped_count;
    int transaction, lea, school, local_course; /* positions of roles in the source, or -1 */
    const char *delete_code;
    struct stream_reference delete_rule;
    bool group_in_key[MAX_GROUPS]; /* the group recodes a member of the key */
};

enum answer_kind { ANSWER_CONVERT, ANSWER_HOLD, ANSWER_FAILED };

struct answer_field {
    bool keep; /* the field of the same number stays */
    const char *after;
    size_t length;
    struct stream_reference row;
};

struct answer {
    enum answer_kind kind;
    bool open;                    /* the table leaves a choice, so that evidence may decide */
    bool names_courses;           /* ANSWER_HOLD: the courses of the question belong to the finding's words */
    struct stream_reference rule; /* ANSWER_HOLD: why */
    struct answer_field fields[MAX_GROUP_FIELDS];
};

struct cached_answer;

/* What is asked of the crosswalks: a code, the year that judges it, and the courses the student completed in that pathway. */
struct question {
    struct slice code;
    int year;
    const struct index_course *courses;
    size_t course_count;
};

/* What is to become of records of which the recode makes two of one key. */
enum doubles_policy { DOUBLES_HOLD, DOUBLES_MERGE, DOUBLES_KEEP_LATEST };

/* What the index says of a record. */
struct index_facts {
    struct index_course courses[INDEX_MAX_EVIDENCE];
    size_t course_count;
    struct index_member members[INDEX_MAX_MEMBERS];
    size_t member_count;
    bool too_many; /* more records of one key than can be compared */
};

enum double_verdict { DOUBLE_NONE, DOUBLE_KEPT, DOUBLE_MERGED, DOUBLE_HELD };

struct recoding {
    struct tables tables;
    const struct rules *rules;
    struct crosswalk *crosswalks[MAX_CROSSWALKS];
    size_t crosswalk_count;
    const struct layout *target; /* NULL: each record stays in its layout */
    struct decisions decisions;
    enum doubles_policy doubles;
    const char *index_path;
    struct index_reader index;
    struct index_facts facts; /* of the record at hand */
    struct stream_in in;
    struct stream_out out;
    struct cached_answer *cache;
    uint64_t converted, held, merged, changed;
    struct cte_error error;
};

/* The plan for a kind that is seen for the first time. CTE_BAD_TABLE where the tables do not fit together. */
int plan_kind(struct recoding *recoding, struct kind *kind);

/* What becomes of the group's field of this record. The answer is valid until the next call. */
const struct answer *find_answer(struct recoding *recoding, const struct kind *kind, const struct group *group,
                                 const struct stream_record *record);

/* The same for another record of the same student and school, of which only the question is known. */
void answer_question(struct recoding *recoding, const struct kind *kind, const struct group *group,
                     const struct stream_record *record, const struct question *question, struct answer *answer);

/* The academic year that judges a field of a record. */
int judging_year(const struct field *field, const struct stream_record *record);

/* The decision recorded for a code, or for a local course of a school; NULL when there is none. `type` is the record type the decision
 * is about. */
const struct decision *find_decision(const struct recoding *recoding, const struct kind *kind, const struct stream_record *record,
                                     const char *type, struct slice code, bool is_local_course, struct slice school);

/* What the student's courses say about a row that leaves a choice. */
enum evidence_verdict { EVIDENCE_NONE, EVIDENCE_DECIDES, EVIDENCE_DISAGREES };
enum evidence_verdict weigh_evidence(struct recoding *recoding, const struct kind *kind, const struct crosswalk *crosswalk,
                                     const struct crosswalk_map *map, const struct crosswalk_row *row,
                                     const struct stream_record *record, const struct question *question, struct targets *to,
                                     unsigned *n, char *by, size_t by_room);

/* Whether the record, answered so, gets the key of another one. `words` then names the other lines, and `codes` the codes that fall
 * together: with those, findings are counted by pair of codes. */
struct double_words {
    char words[200], codes[120];
};
enum double_verdict find_doubles(struct recoding *recoding, const struct kind *kind, const struct group *group,
                                 const struct answer *answer, const struct stream_record *record, uint64_t number,
                                 struct double_words *words);

/* Defines a finding of cte-recode. `more` is put after the rule's own words; `choices` is what a decision may choose, or NULL. */
struct stream_reference define_rule(struct recoding *recoding, const struct kind *kind, const char *check,
                                    const struct field *field, const char *more, const char *choices);

/* True when the code set is one of the field's. */
bool field_allows(const struct field *field, const char *code_set);

/* Every decision that names a pathway must be one the crosswalks offer; otherwise CTE_BAD_TABLE. */
int check_decisions(struct recoding *recoding);

#endif
