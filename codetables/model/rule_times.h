/* rule_times.h - severities of a rule that hold for a time: loading them is a part of rules_load().
 */
#ifndef CTE_RULE_TIMES_H
#define CTE_RULE_TIMES_H

#include "codetables/model/rules.h"

/* Loads the <severity> elements of a rule, whose identity is loaded. CTE_BAD_TABLE: a time that is
 * none, two times that overlap, or a rule that neither refuses nor warns. */
void load_dated_severities(struct arena *arena, xmlNodePtr node, struct rule *rule,
                           struct cte_error *error);

#endif
