/* Layouts and rules: whether what they name is there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/model/condition.h"
#include "codetables/cte-table/check.h"

static void check_field(struct checking *checking, const struct layout *layout,
                        const struct field *field)
{
    for (size_t i = 0; i < field->code_set_count; i++) {
        struct cte_error error = {0};
        const struct codeset *set;
        if (!is_unsound(checking, "codeset", field->code_sets[i]) &&
            tables_codeset(&checking->tables, field->code_sets[i], &set, &error) != CTE_OK)
            report_error(&checking->findings, (struct place){.path = layout->identity.path},
                         "field %s: code set %s cannot be used: %s", field->number,
                         field->code_sets[i], error.text);
    }
    if (field->origin != ORIGIN_RECODE || is_unsound(checking, "crosswalk", NULL))
        return;
    const bool is_own = strcmp(field->from, field->number) == 0;
    for (size_t i = 0; i < checking->count; i++) {
        const struct crosswalk *crosswalk = checking->list[i].loaded.crosswalk;
        const struct crosswalk_map *map =
            crosswalk != NULL ? crosswalk_map(crosswalk, field->map) : NULL;
        /* A field that is recoded from itself stays, until a crosswalk gives it another code. */
        if (map != NULL && (is_own || crosswalk_output(map, field->output) >= 0))
            return;
    }
    report_warning(&checking->findings, (struct place){.path = layout->identity.path},
                   "field %s: no crosswalk has a map %s with an output %s; nothing fills it",
                   field->number, field->map, field->output);
}

void check_layout(struct checking *checking, const struct layout *layout)
{
    for (size_t r = 0; r < layout->record_count; r++) {
        for (size_t f = 0; f < layout->records[r].field_count; f++)
            check_field(checking, layout, &layout->records[r].fields[f]);
    }
}

/* A test must parse, and the code sets it names must be there, for each record type that it is
 * asked of. */
void check_rules(struct checking *checking, const struct rules *rules)
{
    for (size_t i = 0; i < rules->rule_count; i++) {
        const struct rule *rule = &rules->rules[i];
        check_severities(checking, rule);
        for (size_t l = 0; rule->test[0] != '\0' && l < checking->tables.layout_count; l++) {
            const struct layout *layout = &checking->tables.layouts[l];
            for (size_t r = 0; r < layout->record_count; r++) {
                struct cte_error error = {0};
                struct condition *condition;
                bool covered = false;
                for (size_t t = 0; t < layout->records[r].type_count; t++)
                    covered = covered || rule_covers(rule, layout->records[r].types[t]);
                if (covered && !is_unsound(checking, "codeset", NULL) &&
                    condition_compile((struct condition_text){rule->test, "its test"},
                                      &(struct condition_use){&layout->records[r],
                                                              &checking->tables,
                                                              &checking->tables.arena},
                                      &condition, &error) != CTE_OK)
                    report_error(&checking->findings,
                                 (struct place){.path = rules->identity.path, .line = rule->line},
                                 "rule %s: %s", rule->id, error.text);
            }
        }
    }
    check_windows(checking, rules);
    for (size_t i = 0; i < rules->join_count; i++) {
        struct cte_error error = {0};
        const struct codeset *set;
        if (!is_unsound(checking, "codeset", rules->joins[i].code_set) &&
            tables_codeset(&checking->tables, rules->joins[i].code_set, &set, &error) != CTE_OK)
            report_error(&checking->findings,
                         (struct place){.path = rules->identity.path, .line = rules->joins[i].line},
                         "join %s: code set %s cannot be used: %s", rules->joins[i].id,
                         rules->joins[i].code_set, error.text);
    }
}
