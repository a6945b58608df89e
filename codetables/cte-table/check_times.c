/* Rules in time: whether their severities follow one another, and whether the days of the
 * collection windows are days. */
#include <limits.h>
#include <string.h>

#include "codetables/base/day.h"
#include "codetables/cte-table/check.h"

/* The time that begins next after one, or NULL. */
static const struct dated_severity *find_next(const struct rule *rule,
                                              const struct dated_severity *dated)
{
    const struct dated_severity *next = NULL;
    for (const struct dated_severity *other = rule->dated; other < rule->dated + rule->dated_count;
         other++) {
        if (other->from > dated->to && (next == NULL || other->from < next->from))
            next = other;
    }
    return next;
}

/* Between two times of a rule its own severity holds, which is that of today: nobody means that.
 * And what holds from a day on is what the rule says of itself, since lists show that. */
void check_severities(struct checking *checking, const struct rule *rule)
{
    const struct place place = {.path = rule->table->path, .line = rule->line};
    char ends[DAY_TEXT], begins[DAY_TEXT];
    for (size_t i = 0; i < rule->dated_count; i++) {
        const struct dated_severity *dated = &rule->dated[i], *next = find_next(rule, dated);
        if (next != NULL && days_between(dated->to, next->from) > 1)
            report_warning(&checking->findings, place,
                           "rule %s: no severity holds after %s and before %s; there it is that of "
                           "the rule",
                           rule->id, day_text(dated->to, ends), day_text(next->from, begins));
        if (dated->to == INT_MAX && dated->severity != rule->severity)
            report_warning(&checking->findings, place,
                           "rule %s: its severity is %c, but that of the time without an end is %c",
                           rule->id, (char)rule->severity, (char)dated->severity);
    }
}

/* The day of a property; DAY_NONE where it is not there, or is none, which is told. */
static int take_day(struct checking *checking, const struct codeset *set, const struct code *window,
                    const char *property)
{
    const char *text = code_property(window, property);
    const int day = text != NULL ? read_day(text) : DAY_NONE;
    if (text != NULL && day == DAY_NONE)
        report_error(&checking->findings,
                     (struct place){.path = set->identity.path, .line = window->line},
                     "window %s: %s '%s' is no day", window->value, property, text);
    return day;
}

void check_windows(struct checking *checking, const struct rules *rules)
{
    static const char *const in_order[] = {"opens", "zero-errors-by", "deadline", "amendment"};
    const struct codeset *set;
    struct cte_error error = {0};
    if (rules->windows == NULL || is_unsound(checking, "codeset", rules->windows))
        return;
    if (tables_codeset(&checking->tables, rules->windows, &set, &error) != CTE_OK) {
        report_error(&checking->findings, (struct place){.path = rules->identity.path},
                     "code set %s of the windows cannot be used: %s", rules->windows, error.text);
        return;
    }
    for (size_t i = 0; i < set->code_count; i++) {
        const struct code *window = &set->codes[i];
        const char *before = NULL, *amendment = code_property(window, "amendment");
        int last = DAY_NONE;
        for (size_t p = 0; p < sizeof in_order / sizeof *in_order; p++) {
            const bool has_none = p == 3 && amendment != NULL && strcmp(amendment, "none") == 0;
            const int day = has_none ? DAY_NONE : take_day(checking, set, window, in_order[p]);
            if (day != DAY_NONE && day < last)
                report_error(&checking->findings,
                             (struct place){.path = set->identity.path, .line = window->line},
                             "window %s: %s lies before %s", window->value, in_order[p], before);
            if (day != DAY_NONE) {
                last = day;
                before = in_order[p];
            }
        }
    }
}
