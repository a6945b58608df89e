/* rules.h - the input rules: what is looked at, how severe a breach is, in which words it is told.
 *
 * For each `check` a program performs, the rule table gives identifier, severity and words for the record types it holds for.
 * A check without a rule is not performed.
 */
#ifndef CTE_RULES_H
#define CTE_RULES_H

#include "codetables/table.h"

struct rule {
    const struct table_identity *table;
    const char *id;
    const char *check;
    char **records; /* NULL: all record types */
    size_t record_count;
    char severity; /* F refuses, W warns, C certification, H holds */
    enum basis severity_basis;
    const char *severity_basis_name;
    const char *message;
    const char *action;
    const char *origin;
};

struct rules {
    struct table_identity identity;
    struct rule *rules;
    size_t rule_count;
};

int rules_load(const char *path, const char *schema_path, struct rules *rules, struct cte_error *error);

/* The rule of a check for a record type, or NULL. With record_type NULL, a rule for all record types. */
const struct rule *rules_find(const struct rules *rules, const char *check, const char *record_type);

/* What a breach of the rule does when the property it rests on is known by `basis` (BASIS_NONE: it rests on nothing else): F only
 * where both may refuse, else W. H and C stay. */
char rule_severity(const struct rule *rule, enum basis basis);

#endif
