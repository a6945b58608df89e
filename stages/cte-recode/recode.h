/* recode.h - what the parts of cte-recode share.
 *
 * For each kind of record that occurs, a plan is made once: where each field of the target takes its value, and which crosswalks
 * decide. For each code and year, the answer of the crosswalks is worked out once and kept. What is left per record
 * is to look up the answer and copy the parts of the record around the recoded fields.
 *
 *   recode.h, cte-recode.c   options, the loop, writing records
 *   plan.c                   from a source kind to a target kind
 *   answer.c                 what the crosswalks and decisions make of a code
 */
#ifndef CTE_RECODE_H
#define CTE_RECODE_H

#include "codetables/decisions.h"
#include "pipeline/stream.h"

enum { MAX_CROSSWALKS = 8, MAX_GROUPS = 8, MAX_GROUP_FIELDS = 4 };

/* Where a part of the target record comes from: fields copied together, or one field of another origin. */
enum part_origin { PART_COPY, PART_CONSTANT, PART_RECODED };

struct part {
    enum part_origin origin;
    uint32_t first, last;         /* PART_COPY: source fields, inclusive */
    const char *value;            /* PART_CONSTANT */
    size_t length;
    uint32_t group, member;       /* PART_RECODED */
};

/* A target field that takes an output of a group's answer. */
struct member {
    const struct field *target;
    const char *output;
    int source;                   /* position of the field of the same number in the source, or -1 */
    bool is_from;                 /* the target field has the number of the field that is recoded */
};

/* One source field that crosswalks recode, and the target fields that depend on it. */
struct group {
    const char *map;
    const struct field *field;    /* in the source layout */
    uint32_t source;
    struct member members[MAX_GROUP_FIELDS];
    uint32_t member_count;
    const struct crosswalk_map *maps[MAX_CROSSWALKS]; /* of the run's crosswalks, in order; those that have this map */
    const struct crosswalk *crosswalks[MAX_CROSSWALKS];
    uint32_t map_count;
    struct stream_reference blank; /* finding: the field is blank; defined when needed */
};

/* A source field whose content is not taken over: a change when it is not empty. */
struct dropped {
    uint32_t source;
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
};

enum answer_kind { ANSWER_CONVERT, ANSWER_HOLD, ANSWER_FAILED };

struct answer_field {
    bool keep;            /* the field of the same number stays */
    const char *after;
    size_t length;
    struct stream_reference row;
};

struct answer {
    enum answer_kind kind;
    struct stream_reference rule; /* ANSWER_HOLD: why */
    struct answer_field fields[MAX_GROUP_FIELDS];
};

struct cached_answer;

struct recoding {
    struct tables tables;
    const struct rules *rules;
    struct crosswalk *crosswalks[MAX_CROSSWALKS];
    size_t crosswalk_count;
    const struct layout *target; /* NULL: each record stays in its layout */
    struct decisions decisions;
    struct stream_in in;
    struct stream_out out;
    struct cached_answer *cache;
    uint64_t converted, held, changed;
    struct cte_error error;
};

/* The plan for a kind that is seen for the first time. CTE_BAD_TABLE where the tables do not fit together. */
int plan_kind(struct recoding *recoding, struct kind *kind);

/* What becomes of the group's field of this record. The answer is valid until the next call. */
const struct answer *find_answer(struct recoding *recoding, const struct kind *kind, const struct group *group,
                                 const struct stream_record *record);

/* Defines a finding of cte-recode. `more` is put after the rule's own words. */
struct stream_reference define_rule(struct recoding *recoding, const struct kind *kind, const char *check,
                                    const struct field *field, const char *more);

struct stream_reference define_change(struct recoding *recoding, const char *number, const char *name, const char *after,
                                      const char *crosswalk, const char *version, const char *row, const char *reason);

/* Every decision that names a pathway must be one the crosswalks offer; otherwise CTE_BAD_TABLE. */
int check_decisions(struct recoding *recoding);

#endif
