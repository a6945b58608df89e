#include "codetables/model/rule_times.h"

#include <limits.h>

#include "codetables/base/day.h"

/* A day or month of an attribute; `otherwise` where it is not there. */
static int time_of(struct arena *arena, xmlNodePtr node, const char *name, int otherwise)
{
    const char *text = copy_attribute(arena, node, name);
    return text == NULL ? otherwise : read_day_or_month(text, otherwise == INT_MAX);
}

static bool overlaps_another(const struct rule *rule, const struct dated_severity *dated)
{
    for (const struct dated_severity *other = rule->dated; other < dated; other++) {
        if (other->from <= dated->to && dated->from <= other->to)
            return true;
    }
    return false;
}

void load_dated_severities(struct arena *arena, xmlNodePtr node, struct rule *rule,
                           struct cte_error *error)
{
    rule->dated_count = count_elements(node, "severity");
    if (rule->dated_count == 0)
        return;
    if (rule->severity != SEVERITY_REFUSES && rule->severity != SEVERITY_WARNS)
        cte_fail(error, CTE_BAD_TABLE,
                 "%s:%ld: rule %s: only a rule that refuses or warns can have severities by date",
                 rule->table->path, rule->line, rule->id);
    rule->dated = arena_alloc(arena, rule->dated_count * sizeof *rule->dated);
    struct dated_severity *dated = rule->dated;
    for (xmlNodePtr s = first_element(node, "severity"); s != NULL;
         s = next_element(s, "severity"), dated++) {
        *dated = (struct dated_severity){
            .from = time_of(arena, s, "from", INT_MIN),
            .to = time_of(arena, s, "to", INT_MAX),
            .severity = attribute_is(s, "is", "F") ? SEVERITY_REFUSES : SEVERITY_WARNS,
            .basis = attribute_basis(s, "basis"),
        };
        if (dated->from == DAY_NONE || dated->to == DAY_NONE || dated->from > dated->to ||
            overlaps_another(rule, dated))
            cte_fail(error, CTE_BAD_TABLE,
                     "%s:%ld: rule %s: from and to are no days or months in order, or another "
                     "severity holds then too",
                     rule->table->path, node_line(s), rule->id);
    }
}

struct known_severity rule_on(const struct rule *rule, int day)
{
    for (size_t i = 0; day != DAY_NONE && i < rule->dated_count; i++) {
        const struct dated_severity *dated = &rule->dated[i];
        if (day >= dated->from && day <= dated->to)
            return (struct known_severity){dated->severity, dated->basis};
    }
    return (struct known_severity){rule->severity, rule->severity_basis};
}

enum severity rule_severity_on(const struct rule *rule, enum basis basis, int day)
{
    const struct known_severity known = rule_on(rule, day);
    if (known.severity != SEVERITY_REFUSES)
        return known.severity;
    bool refuses = !rule->partial && basis_may_refuse(known.basis) &&
                   (basis == BASIS_NONE || basis_may_refuse(basis));
    return refuses ? SEVERITY_REFUSES : SEVERITY_WARNS;
}

enum severity rule_severity(const struct rule *rule, enum basis basis)
{
    return rule_severity_on(rule, basis, DAY_NONE);
}

bool rule_always_refuses(const struct rule *rule)
{
    return rule->dated_count == 0 && !rule->current_year &&
           rule_severity(rule, BASIS_NONE) == SEVERITY_REFUSES;
}
