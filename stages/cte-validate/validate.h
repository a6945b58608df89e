/* validate.h - what the parts of cte-validate share.
 *
 * For each kind of record a list of field checks is made once. A record that was converted is
 * looked at twice: as it was received, by the source layout, and as it is now, by the target
 * layout; a field that is the same in both, with the same properties in both layouts, is looked at
 * once. So a finding says whether the record came in broken or the recode broke it.
 *
 *   cte-validate.c   options, the stage
 *   list_rules.c     --list-rules
 *   make_checks.c    what is to be looked at in records of a kind
 *   run_checks.c     whether the fields of a record are what they should be
 *   quick_checks.c   which values are known again, and the conditions that these met
 *   good_values.h    values that were found good
 *   times.c          when a rule is in force, and how severe it is then
 *   findings.c       findings, their own and those of the index
 */
#ifndef CTE_VALIDATE_H
#define CTE_VALIDATE_H

#include "codetables/model/condition.h"
#include "pipeline/stream/field_sums.h"
#include "pipeline/stream/index.h"
#include "pipeline/stream/lineage.h"
#include "pipeline/stream/plans.h"
#include "pipeline/stream/stage.h"
#include "stages/cte-validate/good_values.h"

/* What is looked at in a field; each is a `check` of the rule table. */
enum check {
    CHECK_REQUIRED,
    CHECK_TRANSACTION,
    CHECK_LENGTH,
    CHECK_CHARACTERS,
    CHECK_DATE,
    CHECK_CODE,
    CHECK_CODE_YEAR,
    CHECK_ORDER,
    CHECKS
};

extern const char *const check_names[CHECKS];

enum { MAX_CODE_SETS = 8, MAX_JUDGED = 8, MORE_WORDS = 160, MAX_FINDINGS = 4 * STREAM_MAX_FIELDS };
enum { MAX_CURRENT_YEARS = 16 };

struct field_check {
    const struct field *field;
    /* what is asked of each record stands together */
    uint32_t position, set_count;
    bool required;
    bool plain;              /* nothing to look at but whether it is there */
    bool is_judged_by_own;   /* the record's academic year judges the value, or none does */
    const struct form *form; /* of a record type that carries a suffix; else NULL */
    /* of a rule of its own: a condition, or one that looks across records; NULL for the built-in
     * checks */
    const struct rule *rule;
    /* a breach is the recode's doing: the record was sound in this field when it was received */
    bool after_recode;
    struct quick_check *quick; /* knows its values again, or NULL */
    const struct codeset *sets[MAX_CODE_SETS];
    /* of each set, the one whose codes are taken for its own, or NULL */
    const struct codeset *related[MAX_CODE_SETS];
    struct stream_reference rules[CHECKS][2]; /* findings, as F or as W; defined when needed */
};

/* What is asked of each record first. Most values of most records are known, and then nothing is to
 * be found in these fields. A value is known by its bytes where a code set judges it; by its shape
 * where only its length and its kinds of characters count: all numbers of one length are alike. */
struct quick_check {
    struct good_values good;
    /* of the record at hand: where its value is kept; NULL: it is none of them */
    struct good_value *known;
    uint32_t position;
    uint32_t year; /* which year judges the value: a place in checklist.judged */
};

struct checklist {
    struct field_check *checks;
    size_t count;
    struct quick_check *quick; /* those by the bytes of values, then those by their shapes */
    size_t quick_count, by_bytes_count;
    uint32_t *filled; /* positions of fields that need only be filled */
    size_t filled_count;
    struct field_check **dates; /* those that a calendar date always meets */
    size_t date_count;
    struct field_check **rest; /* all other checks */
    size_t rest_count;
    uint32_t *asked; /* positions of all fields that anything of this list looks at */
    size_t asked_count;
    /* Fields whose years judge alike, one of them for all. The first is NULL: the record's own
     * academic year. */
    const struct field *judged[MAX_JUDGED];
    size_t judged_count;
    struct condition_check {
        struct field_check finding;
        struct condition *condition;
        /* where the condition hangs on one field, the record's year and nothing else: what knows
         * the values of that field that met it; else NULL */
        const struct quick_check *alone;
        uint32_t bit; /* of good_value.held */
    } * conditions;   /* of the rule table, compiled for this layout */
    size_t condition_count;
};

struct kind_checks {
    const char *type;
    enum basis order_basis;
    /* on the record as it is: all fields, or those the recode touched */
    struct checklist now;
    /* on the record as it was received; empty when it was not converted */
    struct checklist received;
    struct lineage *lineage;  /* NULL when it was not converted */
    struct field_check order; /* the finding that the order of the fields is unproven */
    /* per rule: findings that come from the index; made when first needed */
    struct field_check *across;
};

struct found {
    struct stream_reference rule;
    char more[MORE_WORDS];
};

/* What is kept of the stream at hand, and of no other. */
struct checked_stream {
    struct plans checks; /* per kind: a struct kind_checks */
    struct arena memory; /* of the checks */
    uint64_t record;     /* which record of the stream is at hand, from 1 */
    uint64_t *broken_at; /* per rule: the last record that broke it as it was received */
    /* numbers of rejected records into which others were to be merged, in order */
    uint64_t *lost;
    size_t lost_count, lost_room;
    size_t found_count; /* of the record at hand, as `refuses` is */
    bool refuses;
    int year;               /* academic year of the record at hand, as run_checks() read it */
    struct field_sums sums; /* of what was received */
    uint64_t findings, rejected;
};

struct validating {
    struct tables tables;
    const struct rules *rules;
    const struct rule *merged_rule;
    struct stage_pipe pipe;
    struct index_reader index;
    int day;   /* of --as-of, or DAY_NONE */
    int as_of; /* its academic year, or YEAR_NONE */
    /* the years that are collected on that day: its own, and those of windows that are open */
    int current_years[MAX_CURRENT_YEARS];
    size_t current_year_count;
    struct text received, now; /* fields of the record at hand without escapes */
    struct last_year last_year;
    struct found found[MAX_FINDINGS];
    struct checked_stream stream;
    struct cte_error error;
};

/* Makes the checks of a kind. CTE_BAD_TABLE when a code set is missing. */
int make_checks(struct validating *validating, const struct kind *kind,
                struct kind_checks **checks);

/* Makes the quick checks of a list whose checks are in their places. */
int make_quick_checks(struct validating *validating, const struct kind *kind,
                      struct checklist *list);

/* What is looked at: the fields of a record, in a layout. */
struct looked_at {
    const struct kind *kind; /* as the fields stand: that of now, or the received one */
    const struct kind_checks *checks;
    const struct slice *fields;
};

/* Looks at all fields of a list. Findings are added to validating->stream.found. */
void run_checks(struct validating *validating, const struct looked_at *looked_at,
                struct checklist *list);

/* Finds the academic years that are collected on the day of --as-of. */
int find_current_years(struct validating *validating);

/* Whether an academic year is collected on the day of --as-of; without it every one is. */
bool is_current_year(const struct validating *validating, int year);

/* Whether a rule is in force for records of an academic year, at the time that is asked. */
static inline bool is_in_force(const struct validating *validating, const struct rule *rule,
                               int year)
{
    return year == YEAR_NONE || (year >= rule->first && year <= rule->last &&
                                 (!rule->current_year || is_current_year(validating, year)));
}

/* The day whose severities count: that of --as-of; without it the last one of the record's academic
 * year, so that no clock has a say; DAY_NONE where no year can be read. */
int day_of_severity(const struct validating *validating);

/* Adds what the index says of a record of the source. */
void add_index_findings(struct validating *validating, const struct record *record,
                        struct kind_checks *checks);

/* What a finding rests on, and what it says beside its rule's own words. */
struct basis_of {
    enum basis basis; /* how the property is known that it rests on */
    bool only_warns;
    const char *more; /* NULL: nothing */
};

/* Adds a finding of a built-in check. */
void add_finding(struct validating *validating, const struct kind_checks *kind,
                 struct field_check *check, enum check what, const struct basis_of *basis);

/* Adds a finding of check->rule. */
void add_rule_finding(struct validating *validating, const struct kind_checks *kind,
                      struct field_check *check, const struct basis_of *basis);

/* What a finding is told of that is about no field alone. */
extern const struct field whole_record;

/* Prints the rules, and what they leave out. */
int list_rules(struct validating *validating);

#endif
