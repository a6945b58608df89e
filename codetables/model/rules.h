/* rules.h - the input rules: what is looked at, how severe a breach is, in which words it is told.
 *
 * For each `check` a program performs, the rule table gives identifier, severity and words for the
 * record types it holds for. A check without a rule is not performed.
 */
#ifndef CTE_RULES_H
#define CTE_RULES_H

#include "codetables/model/table.h"

/* Kinds of rules that look further than one field; all else in `check` is the name of a built-in
 * check. */
enum rule_kind {
    RULE_BUILT_IN,
    RULE_CONDITION,
    RULE_UNIQUE,
    RULE_SAME,
    RULE_EXISTS,
    RULE_ANOTHER,
    RULE_CONTAINS,
    RULE_AGREE,
    RULE_NONE
};

/* What a grade says of the course. A table without lists of grades takes every course as completed.
 */
enum grade_meaning { GRADE_COMPLETED, GRADE_NOT_COMPLETED, GRADE_UNKNOWN };

struct rule_grades {
    enum grade_meaning meaning;
    char **values;
    size_t count;
    enum basis basis;
};

/* How to get from a record to the courses of a student; FORMAT.md has the story. Field lists are
 * numbers. `prefer` and `required` are properties of a course in `code_set`. */
struct rule_join {
    const char *id, *record, *in, *through, *code, *course, *local_course, *grade, *code_set,
        *property;
    char **group, **as, **link, **link_as, **prefer;
    char **required; /* of each, whoever has the record's code must have completed a course */
    /* `as` is as long as `group`, `link_as` as `link` */
    size_t group_count, link_count, prefer_count;
    size_t required_count;
    struct rule_grades *grades;
    size_t grades_count;
    long line;
};

/* What a finding does to its record, by the letter it is written with. */
enum severity {
    SEVERITY_REFUSES = 'F',
    SEVERITY_WARNS = 'W',
    SEVERITY_CERTIFICATION = 'C',
    SEVERITY_HOLDS = 'H'
};

/* How severe a breach is in a time of its own. Days are those of day.h, inclusive. */
struct dated_severity {
    int from, to;
    enum severity severity;
    enum basis basis;
};

struct rule {
    const struct table_identity *table;
    enum rule_kind kind;
    bool partial;      /* files decide only a part, so a breach warns */
    bool current_year; /* looked at for records of the year that is collected, and no other */
    int first, last;   /* academic years in force */
    /* times whose severity differs; NULL: none */
    struct dated_severity *dated;
    size_t dated_count;
    const char *field; /* number of the field the finding names, or "" */
    const char *test;  /* RULE_CONDITION, RULE_ANOTHER */
    /* RULE_UNIQUE, RULE_EXISTS: the key; RULE_SAME, RULE_ANOTHER, RULE_AGREE: the group */
    char **fields;
    size_t field_count;
    /* RULE_SAME: the values; RULE_EXISTS: the key in the other type; RULE_ANOTHER: what must
     * differ */
    char **values;
    size_t value_count;
    const char *in;               /* RULE_EXISTS: the other record type */
    const struct rule_join *join; /* RULE_CONTAINS */
    const char *property, *value;
    char **grades_not;
    size_t grade_count;
    const char *needs; /* RULE_NONE: what is missing here */
    long line;
    const char *id;
    const char *check;
    char **records; /* NULL: all record types */
    size_t record_count;
    enum severity severity;
    enum basis severity_basis;
    const char *severity_basis_name;
    const char *message;
    const char *action;
    const char *origin;
};

struct rules {
    struct table_identity identity;
    struct rule_join *joins;
    size_t join_count;
    struct rule *rules;
    size_t rule_count;
    const char *windows; /* the code set of collection windows, or NULL */
};

int rules_load(const char *path, const char *schema_path, struct rules *rules,
               struct cte_error *error);
void rules_free(struct rules *rules);

/* The rule of a check for a record type, or NULL. With record_type NULL, a rule for all record
 * types. */
const struct rule *rules_find(const struct rules *rules, const char *check,
                              const char *record_type);

/* What stands for the rule of a check that holds records, where a table has none for it. It is
 * named as the check is. */
struct rule rule_of_check(const char *check);

bool rule_covers(const struct rule *rule, const char *record_type);

const struct rule_join *rules_join(const struct rules *rules, const char *id);

enum grade_meaning join_grade(const struct rule_join *join, const char *grade, size_t length);

/* What a breach of the rule does when the property it rests on is known by `basis` (BASIS_NONE: it
 * rests on nothing else): F only where both may refuse and the rule is not partial, else W. H and C
 * stay. It is that of the rule itself, whatever the time. */
enum severity rule_severity(const struct rule *rule, enum basis basis);

/* What a rule says of its severity on a day of the collection, and how that is known; DAY_NONE: at
 * no time of its own. */
struct known_severity {
    enum severity severity;
    enum basis basis;
};
struct known_severity rule_on(const struct rule *rule, int day);

/* rule_severity() on a day of the collection. */
enum severity rule_severity_on(const struct rule *rule, enum basis basis, int day);

/* Whether a breach refuses a record at any time, in any year, that the rule is in force. */
bool rule_always_refuses(const struct rule *rule);

#endif
