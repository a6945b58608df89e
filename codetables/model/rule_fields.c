/* The fields that rules and joins name must be those of some layout. */
#include <stdlib.h>
#include <string.h>

#include "codetables/model/condition.h"

/* A field that a rule or join names must stand in a layout, in a record of a type it is about. */
struct naming {
    const struct tables *tables;
    const char *where; /* FILE:LINE: who names it */
    const struct rule *rule;
    const char *type; /* NULL: the types the rule covers */
    struct cte_error *error;
};

static void check_named(const char *number, void *context)
{
    struct naming *naming = context;
    if (naming->tables->layouts_missing)
        return;
    for (size_t l = 0; l < naming->tables->layout_count; l++) {
        const struct layout *layout = &naming->tables->layouts[l];
        for (size_t r = 0; r < layout->record_count; r++) {
            for (size_t t = 0; t < layout->records[r].type_count; t++) {
                const char *type = layout->records[r].types[t];
                if ((naming->type != NULL ? strcmp(naming->type, type) == 0
                                          : rule_covers(naming->rule, type)) &&
                    record_field(&layout->records[r], number) >= 0)
                    return;
            }
        }
    }
    cte_fail(naming->error, CTE_BAD_TABLE,
             "%s names field %s, which no layout has for its record types", naming->where, number);
}

static void check_names(struct naming *naming, const char *type, char *const *numbers, size_t count)
{
    naming->type = type;
    for (size_t i = 0; i < count; i++)
        check_named(numbers[i], naming);
    naming->type = NULL;
}

static void check_rule_names(const struct tables *tables, const struct rule *rule,
                             struct cte_error *error)
{
    char *where = cte_format("%s:%ld: rule %s", rule->table->path, rule->line, rule->id);
    struct naming naming = {tables, where, rule, NULL, error};
    if (rule->field[0] != '\0')
        check_named(rule->field, &naming);
    check_names(&naming, NULL, rule->fields, rule->field_count);
    check_names(&naming, rule->kind == RULE_EXISTS ? rule->in : NULL, rule->values,
                rule->value_count);
    if (rule->test[0] != '\0')
        condition_fields((struct condition_text){rule->test, where}, check_named, &naming, error);
    free(where);
}

static void check_join_names(const struct tables *tables, const char *path,
                             const struct rule_join *join, struct cte_error *error)
{
    char *where = cte_format("%s:%ld: join %s", path, join->line, join->id);
    struct naming naming = {tables, where, NULL, NULL, error};
    const struct {
        const char *type, *number;
    } single[] = {{join->record, join->code},
                  {join->through, join->course},
                  {join->through, join->local_course},
                  {join->in, join->grade}};
    for (size_t i = 0; i < sizeof single / sizeof *single; i++) {
        naming.type = single[i].type;
        check_named(single[i].number, &naming);
    }
    check_names(&naming, join->record, join->group, join->group_count);
    check_names(&naming, join->in, join->as, join->group_count);
    check_names(&naming, join->in, join->link, join->link_count);
    check_names(&naming, join->through, join->link_as, join->link_count);
    free(where);
}

int tables_check_rules(const struct tables *tables, const struct rules *rules,
                       struct cte_error *error)
{
    for (size_t i = 0; i < rules->join_count; i++)
        check_join_names(tables, rules->identity.path, &rules->joins[i], error);
    for (size_t i = 0; i < rules->rule_count; i++)
        check_rule_names(tables, &rules->rules[i], error);
    return error->status;
}
