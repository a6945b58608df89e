/* recode.h - what the parts of cte-recode share.
 *
 * For each kind of record that occurs, a plan is made once: where each field of the target takes
 * its value, and which crosswalks decide. For each code and year, the answer of the crosswalks is
 * worked out once and kept. What is left per record is to look up the answer and copy the parts of
 * the record around the recoded fields.
 *
 *   cte-recode.c      options, tables, the stage
 *   convert.c         one record: its answers, and what is written of it
 *   layout_map.c      from a source kind to a target kind
 *   answer.c          what the crosswalks and decisions make of a code
 *   step.c            what one crosswalk makes of it, where its row leaves a choice too
 *   evidence.c        the courses of a student where a code splits
 *   course_rows.c     what the tables say of a course
 *   silent_classes.c  courses that say nothing of a student
 *   facts.c           what the index says of a record
 *   duplicate_keys.c  records that the recode gives one key
 *   one_code.c        records that must have one code after the recode
 *   decide.c          recorded decisions: whether they are sound, and what became of them
 *   words.c           findings, and how choices are named in them
 */
#ifndef CTE_RECODE_H
#define CTE_RECODE_H

#include "codetables/model/decisions.h"
#include "codetables/model/recoded.h"
#include "pipeline/stream/index.h"
#include "pipeline/stream/plans.h"
#include "pipeline/stream/stage.h"

enum { MAX_CROSSWALKS = 8, MAX_GROUPS = 8, MAX_GROUP_FIELDS = 4 };

/* Where a part of the target record comes from: fields copied together, or one field of another
 * origin. */
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
    /* of the run's crosswalks, in order; those that have this map */
    const struct crosswalk_map *maps[MAX_CROSSWALKS];
    const struct crosswalk *crosswalks[MAX_CROSSWALKS];
    uint32_t map_count;
    uint32_t reaching; /* bit m: map m has an output that reaches a field of the target */
    struct map_tally *tallies[MAX_CROSSWALKS];
    struct stream_reference blank; /* finding: the field is blank; defined when needed */
};

/* A source field whose content is not taken over: a change when it is not empty. Or a field that
 * only the target has and fills with a constant: a change in every record. */
struct dropped {
    int source;       /* -1: only the target has the field */
    const char *kept; /* what stands in the target; that is no change */
    struct stream_reference row;
};

struct plan {
    const struct kind *target;
    struct stream_reference target_reference;
    struct part *parts;
    size_t part_count;
    struct group groups[MAX_GROUPS];
    uint32_t group_count;
    struct dropped *dropped;
    size_t dropped_count;
    int transaction;          /* its position in the source, or -1 */
    struct slice delete_code; /* empty: there is none */
    struct stream_reference delete_rule;
    bool group_in_key[MAX_GROUPS]; /* the group recodes a member of the key */
    /* a field that the target recodes by a map no crosswalk of the run has, or -1 */
    int unasked;
    uint64_t unasked_records; /* those in which it is filled */
    const struct plan *older;
};

/* What became of a recorded decision: the record is what it says, or the table or the student's
 * courses answered otherwise. */
enum decision_use { DECISION_TAKEN, DECISION_TABLE, DECISION_EVIDENCE, DECISION_USES };

enum answer_kind { ANSWER_CONVERT, ANSWER_HOLD, ANSWER_FAILED };

struct answer_field {
    bool keep; /* the field of the same number stays */
    const char *after;
    size_t length;
    struct stream_reference row;
};

struct answer {
    enum answer_kind kind;
    bool open; /* the table leaves a choice, so that evidence may decide */
    /* ANSWER_HOLD: the courses of the question belong to the finding's words */
    bool names_courses;
    /* ANSWER_HOLD: where the row stands that is to be decided, else NULL */
    const struct crosswalk_map *open_map;
    const struct crosswalk_row *open_row;
    struct stream_reference rule; /* ANSWER_HOLD: why */
    struct answer_field fields[MAX_GROUP_FIELDS];
    const char *code; /* the first output that the crosswalks decided, and which it is; else NULL */
    const struct crosswalk_output *output;
    /* the courses that counted though nobody knows their grades; empty: none */
    char unknown_grades[120];
    uint32_t asked, answered; /* bit m: the group's map m was asked, and had an answer */
    struct {
        const struct decision *decision;
        enum decision_use use;
    } uses[MAX_CROSSWALKS];
    uint32_t use_count;
};

/* What became of one decision over all records. */
struct decision_tally {
    uint64_t uses[DECISION_USES];
    const char *read_as; /* the code it was taken for, where it stands otherwise in the file */
};

/* How often a map of a crosswalk was asked, and had an answer. */
struct map_tally {
    const struct crosswalk *crosswalk;
    const struct crosswalk_map *map;
    uint64_t asked, answered;
};

struct cached_answer;

/* What is asked of the crosswalks: a code, the year that judges it, and the courses the student
 * completed in that pathway. */
struct question {
    struct slice code;
    int year;
    const struct index_course *courses;
    size_t course_count;
};

/* What is to become of records of which the recode makes two of one key. */
enum on_duplicate { ON_DUPLICATE_HOLD, ON_DUPLICATE_MERGE, ON_DUPLICATE_KEEP_LATEST };

enum { MAX_OTHERS = 2 * INDEX_MAX_MEMBERS };

/* What the index says of a record. */
struct index_facts {
    struct index_course courses[INDEX_MAX_EVIDENCE];
    size_t course_count;
    struct index_member members[INDEX_MAX_MEMBERS];
    size_t member_count;
    bool too_many; /* more records of one key than can be compared */
    struct {
        const struct rule *rule; /* which wants one code after the recode */
        struct index_other other;
    } others[MAX_OTHERS];
    size_t other_count;
    const struct rule *uncounted; /* a rule whose group has more codes than can be compared */
};

/* Whether the index says of other records that they go with this one. */
static inline bool has_neighbours(const struct index_facts *facts)
{
    return facts->member_count > 0 || facts->too_many || facts->other_count > 0 ||
           facts->uncounted != NULL;
}

enum duplicate_verdict { DUPLICATE_NONE, DUPLICATE_KEPT, DUPLICATE_MERGED, DUPLICATE_HELD };

/* What is kept of the stream at hand, and of no other. */
struct recoded_stream {
    struct last_year last_year;
    struct index_facts facts; /* of the record at hand */
    struct cached_answer *cache;
    struct answer single, blank; /* of answer.c: what stands in no cache, and what no question is */
    struct plans plans;          /* per kind: a struct plan */
    struct plan *newest;         /* of the plans; each knows the one before it */
    struct kinds targets;        /* of the plans */
    struct arena memory;         /* of the plans */
    uint64_t converted, held, merged, changed;
};

struct recoding {
    struct tables tables;
    const struct rules *rules;
    struct crosswalk *crosswalks[MAX_CROSSWALKS];
    size_t crosswalk_count;
    const struct layout *target; /* NULL: each record stays in its layout */
    struct decisions decisions;
    enum on_duplicate on_duplicate;
    const char *index_path;
    struct index_reader index;
    struct stage_pipe pipe;
    struct silent_classes *silent;           /* of silent_classes.c */
    struct decision_tally *decision_tallies; /* by the decision's place in the list */
    struct map_tally *map_tallies;
    size_t map_tally_count;
    struct recoded_stream stream;
    struct cte_error error;
};

/* The plan for a kind, made when it is met for the first time. NULL, with the error filled, where
 * the tables do not fit together: CTE_BAD_TABLE. */
struct plan *make_plan(struct recoding *recoding, const struct kind *kind);
static inline struct plan *plan_of(struct recoding *recoding, const struct kind *kind)
{
    struct plan *plan = plan_at(&recoding->stream.plans, kind->index);
    return plan != NULL ? plan : make_plan(recoding, kind);
}

/* Takes what the index says of a record into recoding->stream.facts. */
void take_facts(struct recoding *recoding, uint64_t number);

/* Writes one record as the crosswalks, the decisions and the index say. */
int recode_record(struct recoding *recoding, const struct record *record);

/* What becomes of the group's field of this record. The answer is valid until the next call. */
const struct answer *find_answer(struct recoding *recoding, const struct group *group,
                                 const struct record *record);

/* The same for another record of the same student and school, of which only the question is known.
 */
void answer_question(struct recoding *recoding, const struct group *group,
                     const struct record *record, const struct question *question,
                     struct answer *answer);

/* The steps by which a code became another: table, version, row and reason, joined by semicolons
 * when there are several. */
struct trail {
    char crosswalk[1024], version[256], row[128], reason[4096];
};

/* One crosswalk of the chain: what it is asked, and what it says. */
struct step {
    const struct group *group;
    size_t m; /* which of the group's maps */
    const struct record *record;
    const struct question *question;
    struct slice code;               /* to look up: the question's, or what became of it */
    const struct decision *decision; /* recorded for this code, or NULL */
    struct trail *trail;             /* of the chain; the step adds to it */
    struct answer *answer;           /* filled where the record is not to be converted */
    bool depends;                    /* the answer hangs on more than the question */
    bool decided;                    /* `to` is the answer; otherwise the code passes as it is */
    struct targets to;
};

/* Looks the code of the step up in its map. False when the record is not to be converted, with the
 * answer filled, or with an error. */
bool take_step(struct recoding *recoding, struct step *step);

/* What a finding says beside its rule's own words. */
struct finding_words {
    const struct field *field; /* NULL: the whole record */
    const char *more;          /* put after the rule's message; NULL: nothing */
    const char *choices;       /* what a decision may choose, or NULL */
    const char *asked;         /* the code that is to be decided, where it is not the record's */
    const char *courses;       /* choices that the student's courses point to; NULL: none known */
};

/* The record is held for a rule. */
void hold_step(struct recoding *recoding, const struct step *step, const char *check,
               const struct finding_words *words);

/* The decision recorded for a local course of an LEA, in the record's year; NULL when there is
 * none. */
const struct decision *find_course_decision(const struct recoding *recoding,
                                            const struct record *record, struct slice lea,
                                            struct slice local);

/* The decision recorded for a record whose code is this: by its local course, where it has one. */
const struct decision *find_record_decision(const struct recoding *recoding,
                                            const struct record *record, struct slice code);

enum { FINDING_WORDS = 200 };

/* True when the student completed courses of the pathway that go to a code, and none goes to the
 * answer's. `words` then names them. */
bool courses_go_elsewhere(struct recoding *recoding, const struct group *group,
                          const struct record *record, const struct answer *answer,
                          char words[FINDING_WORDS]);

/* A record of the same group that can have no code that this one can have: what both are held for.
 */
struct disagreement {
    const struct rule *rule;
    char codes[500];           /* which code becomes what, or may */
    char words[FINDING_WORDS]; /* where the other record stands */
};

/* True when there is one for a record that is to be converted. */
bool find_disagreement(struct recoding *recoding, const struct plan *plan,
                       const struct record *record, const struct answer *const *answers,
                       struct disagreement *disagreement);

/* What an open question may offer when records of the same group have other codes: what all can
 * become. */
struct shared {
    enum { SHARED_ALL, SHARED_SOME, SHARED_NONE } verdict;
    struct stream_reference rule;     /* SHARED_SOME: the question that offers no more */
    struct disagreement disagreement; /* SHARED_NONE: there is nothing that all can become */
};

void find_shared(struct recoding *recoding, const struct group *group, const struct record *record,
                 const struct answer *answer, struct shared *shared);

/* True when a record of the same group has a code whose row offers what the decision says. */
bool others_offer(const struct recoding *recoding, const struct group *group,
                  const struct crosswalk_map *map, const struct decision *decision);

/* ": 104 may become 050202 or 050105": for each choice its most exact code. To be freed. */
char *describe_choices(const struct crosswalk_map *map, const struct crosswalk_row *row);

/* Each choice by name, for the list of decisions that are needed. To be freed. */
char *name_choices(const struct crosswalk_map *map, const struct crosswalk_row *row);

/* "050202 Conservation & Land Management in 050200 Energy & Natural Resources": targets as they
 * stand in the list of decisions that are needed. To be freed. */
char *name_targets(const struct crosswalk_map *map, const struct targets *to);

/* Whether the record, answered so, gets the key of another one. `words` then names the other lines,
 * and `codes` the codes that fall together: with those, findings are counted by pair of codes. */
struct duplicate_words {
    char words[FINDING_WORDS], codes[120];
};
enum duplicate_verdict find_duplicate_keys(struct recoding *recoding, const struct group *group,
                                           const struct record *record, const struct answer *answer,
                                           struct duplicate_words *words);

/* The rule of a check for records of the kind; NULL where the rule table has none, and then nothing
 * is found. */
const struct rule *find_check(const struct recoding *recoding, const struct kind *kind,
                              const char *check);

/* Defines a finding of a rule. */
struct stream_reference define_finding(struct recoding *recoding, const struct rule *rule,
                                       const struct finding_words *words);

/* The same by the check; by rule_of_check() where the rule table has no rule for it. */
struct stream_reference define_check(struct recoding *recoding, const struct kind *kind,
                                     const char *check, const struct finding_words *words);

/* What a code of a course becomes by the course's own row, in the first crosswalk of the run that
 * decides it, `first` before the others. NULL when none does. */
struct course_lookup {
    const struct crosswalk *first;
    const char *code_set;
    struct slice course;
    int year;
};
const struct crosswalk_row *find_course_row(const struct recoding *recoding,
                                            const struct course_lookup *lookup,
                                            const struct crosswalk_map **map);

/* What a decision recorded for the row says: its targets and the row number, 0 when the row does
 * not offer it. */
unsigned decision_offers(struct recoding *recoding, const struct crosswalk_map *map,
                         const struct crosswalk_row *row, const struct decision *decision,
                         struct targets *to);

/* Fails with what the row offers. */
void refuse_decision(struct recoding *recoding, const struct crosswalk *crosswalk,
                     const struct crosswalk_map *map, const struct crosswalk_row *row,
                     const struct decision *decision);

bool same_target_code(const char *a, const char *b);

/* Counts what became of the decisions and maps of a record's answer. */
void count_answer(struct recoding *recoding, const struct group *group,
                  const struct answer *answer);

/* Control lines: %decision, %map and %unasked. */
void put_tallies(struct recoding *recoding);

/* A decision must be about a record type and code that the run has, and one that an open row
 * offers; otherwise CTE_BAD_TABLE. */
int check_decisions(struct recoding *recoding);

#endif
