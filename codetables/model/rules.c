#include "codetables/model/rules.h"

#include <string.h>

#include "codetables/model/rule_times.h"

/* Where what is read goes to, and what it is read from. */
struct loading {
    struct arena *arena;
    const char *path;
    struct cte_error *error;
};

static const char *child_text(struct arena *arena, xmlNodePtr node, const char *name)
{
    xmlNodePtr child = first_element(node, name);
    return child != NULL ? copy_text(arena, child) : "";
}

/* Whether lists that mean the opposite of these hold one of their grades. */
static void check_grades(const struct loading *loading, xmlNodePtr node,
                         const struct rule_join *join, const struct rule_grades *grades)
{
    for (size_t i = 0; i < grades->count; i++) {
        for (const struct rule_grades *other = join->grades; other < grades; other++) {
            for (size_t j = 0; j < other->count; j++) {
                if (other->meaning != grades->meaning &&
                    strcmp(other->values[j], grades->values[i]) == 0)
                    cte_fail(loading->error, CTE_BAD_TABLE,
                             "%s:%ld: join %s: grade %s is both completed and not completed",
                             loading->path, node_line(node), join->id, grades->values[i]);
            }
        }
    }
}

static void load_grades(const struct loading *loading, xmlNodePtr node, struct rule_join *join)
{
    join->grades_count = count_elements(node, "grades");
    join->grades = arena_alloc(loading->arena, join->grades_count * sizeof *join->grades);
    struct rule_grades *grades = join->grades;
    for (xmlNodePtr g = first_element(node, "grades"); g != NULL;
         g = next_element(g, "grades"), grades++) {
        grades->meaning =
            attribute_is(g, "completed", "no") ? GRADE_NOT_COMPLETED : GRADE_COMPLETED;
        grades->basis = attribute_basis(g, "basis");
        grades->values = copy_words(loading->arena, g, "values", &grades->count);
        check_grades(loading, g, join, grades);
    }
}

static void load_join(const struct loading *loading, xmlNodePtr node, struct rule_join *join)
{
    struct arena *arena = loading->arena;
    size_t as_count, link_as_count;
    *join = (struct rule_join){.id = copy_attribute_or(arena, node, "id", ""),
                               .record = copy_attribute_or(arena, node, "record", ""),
                               .in = copy_attribute_or(arena, node, "in", ""),
                               .through = copy_attribute_or(arena, node, "through", ""),
                               .code = copy_attribute_or(arena, node, "code", ""),
                               .course = copy_attribute_or(arena, node, "course", ""),
                               .local_course = copy_attribute_or(arena, node, "local-course", ""),
                               .grade = copy_attribute_or(arena, node, "grade", ""),
                               .code_set = copy_attribute_or(arena, node, "code-set", ""),
                               .property = copy_attribute_or(arena, node, "property", ""),
                               .line = node_line(node)};
    join->group = copy_words(arena, node, "group", &join->group_count);
    join->as = copy_words(arena, node, "as", &as_count);
    join->link = copy_words(arena, node, "link", &join->link_count);
    join->link_as = copy_words(arena, node, "link-as", &link_as_count);
    join->prefer = copy_words(arena, node, "prefer", &join->prefer_count);
    join->required = copy_words(arena, node, "required", &join->required_count);
    load_grades(loading, node, join);
    if (join->group_count == 0 || join->group_count != as_count || join->link_count == 0 ||
        join->link_count != link_as_count)
        cte_fail(loading->error, CTE_BAD_TABLE,
                 "%s:%ld: join %s: group and as, link and link-as must have as many fields",
                 loading->path, join->line, join->id);
}

/* The checks that programs perform by themselves; the rule table gives them identifier, severity
 * and words. */
static bool is_built_in(const char *check)
{
    static const char *const checks[] = {"length",
                                         "date",
                                         "characters",
                                         "required",
                                         "code",
                                         "code-year",
                                         "transaction",
                                         "field-count",
                                         "stray-quote",
                                         "after-quote",
                                         "record-type",
                                         "bytes",
                                         "element",
                                         "order",
                                         "recoded-bytes",
                                         "quoted-output",
                                         "undecided",
                                         "no-row",
                                         "unknown-code",
                                         "delete",
                                         "no-year",
                                         "blank-code",
                                         "recode-duplicate",
                                         "merged",
                                         "evidence-disagrees",
                                         "several-sources",
                                         "unknown-grade",
                                         "courses-elsewhere",
                                         "element-type",
                                         "hidden-character"};
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        if (strcmp(checks[i], check) == 0)
            return true;
    }
    return false;
}

/* The attributes of the kinds that look further than one field. */
static int load_kind(const struct loading *loading, xmlNodePtr node, const struct rules *rules,
                     struct rule *rule)
{
    struct arena *arena = loading->arena;
    struct cte_error *error = loading->error;
    static const struct {
        const char *check;
        enum rule_kind kind;
        const char *fields, *values;
    } kinds[] = {
        {"condition", RULE_CONDITION, NULL, NULL},
        {"unique", RULE_UNIQUE, "fields", NULL},
        {"same", RULE_SAME, "group", "values"},
        {"exists", RULE_EXISTS, "fields", "as"},
        {"another", RULE_ANOTHER, "group", "different"},
        {"contains", RULE_CONTAINS, NULL, NULL},
        {"agree", RULE_AGREE, "group", NULL},
        {"none", RULE_NONE, NULL, NULL},
    };
    size_t k = 0;
    while (k < sizeof kinds / sizeof *kinds && strcmp(kinds[k].check, rule->check) != 0)
        k++;
    if (k == sizeof kinds / sizeof *kinds)
        return is_built_in(rule->check)
                   ? CTE_OK
                   : cte_fail(error, CTE_BAD_TABLE,
                              "%s:%ld: rule %s has the check '%s', which no program performs",
                              rules->identity.path, rule->line, rule->id, rule->check);
    rule->kind = kinds[k].kind;
    if (kinds[k].fields != NULL)
        rule->fields = copy_words(arena, node, kinds[k].fields, &rule->field_count);
    if (kinds[k].values != NULL)
        rule->values = copy_words(arena, node, kinds[k].values, &rule->value_count);
    rule->in = copy_attribute_or(arena, node, "in", "");
    rule->property = copy_attribute_or(arena, node, "property", "");
    rule->value = copy_attribute_or(arena, node, "value", "");
    rule->needs = copy_attribute_or(arena, node, "needs", "");
    rule->grades_not = copy_words(arena, node, "grade-not", &rule->grade_count);
    if (rule->kind == RULE_CONTAINS) {
        rule->join = rules_join(rules, copy_attribute_or(arena, node, "join", ""));
        if (rule->join == NULL)
            return cte_fail(error, CTE_BAD_TABLE,
                            "%s:%ld: rule %s names a join that is not in this table",
                            rules->identity.path, rule->line, rule->id);
    }
    if ((rule->kind == RULE_EXISTS && rule->field_count != rule->value_count) ||
        (rule->kind == RULE_UNIQUE && rule->field_count == 0) ||
        (rule->kind == RULE_SAME && rule->value_count == 0) ||
        (rule->kind == RULE_ANOTHER && rule->value_count == 0) ||
        (rule->kind == RULE_CONDITION && rule->test[0] == '\0'))
        return cte_fail(error, CTE_BAD_TABLE, "%s:%ld: rule %s lacks fields that its check needs",
                        rules->identity.path, rule->line, rule->id);
    return CTE_OK;
}

static bool records_meet(const struct rule *a, const struct rule *b)
{
    if (a->records == NULL || b->records == NULL)
        return true;
    for (size_t i = 0; i < a->record_count; i++) {
        if (rule_covers(b, a->records[i]))
            return true;
    }
    return false;
}

/* One identifier may have several tests, but not the same one twice for a record type. */
static int check_repeated_rules(const struct rules *rules, struct cte_error *error)
{
    for (size_t i = 0; i < rules->rule_count; i++) {
        const struct rule *rule = &rules->rules[i];
        for (size_t j = 0; j < i; j++) {
            const struct rule *other = &rules->rules[j];
            if (strcmp(rule->id, other->id) == 0 && strcmp(rule->check, other->check) == 0 &&
                strcmp(rule->test, other->test) == 0 && rule->first <= other->last &&
                other->first <= rule->last && records_meet(rule, other)) {
                cte_fail(error, CTE_BAD_TABLE,
                         "%s:%ld: rule %s stands twice for a record type (also on line %ld)",
                         rules->identity.path, rule->line, rule->id, other->line);
                break;
            }
        }
    }
    return error->status;
}

static void load_rule(const struct loading *loading, xmlNodePtr node, const struct rules *rules,
                      struct rule *rule)
{
    struct arena *arena = loading->arena;
    rule->table = &rules->identity;
    rule->id = copy_attribute_or(arena, node, "id", "");
    rule->check = copy_attribute_or(arena, node, "check", "");
    if (!attribute_is(node, "records", "all"))
        rule->records = copy_words(arena, node, "records", &rule->record_count);
    rule->severity = (enum severity)copy_attribute_or(arena, node, "severity", "W")[0];
    rule->severity_basis_name = copy_attribute_or(arena, node, "severity-basis", "unread");
    rule->severity_basis = basis_from(rule->severity_basis_name);
    rule->message = child_text(arena, node, "message");
    rule->action = child_text(arena, node, "action");
    rule->origin = child_text(arena, node, "origin");
    rule->line = node_line(node);
    rule->first = attribute_year(node, "first", YEAR_FIRST);
    rule->last = attribute_year(node, "last", YEAR_LAST);
    if (rule->first == YEAR_NONE || rule->last == YEAR_NONE || rule->first > rule->last)
        cte_fail(loading->error, CTE_BAD_TABLE,
                 "%s:%ld: rule %s: first and last are not academic years in order", loading->path,
                 rule->line, rule->id);
    rule->field = copy_attribute_or(arena, node, "field", "");
    rule->test = copy_attribute_or(arena, node, "test", "");
    rule->partial = attribute_is(node, "partial", "yes");
    rule->current_year = attribute_is(node, "current-year", "yes");
    load_dated_severities(arena, node, rule, loading->error);
    load_kind(loading, node, rules, rule);
}

int rules_load(const char *path, const char *schema_path, struct rules *rules,
               struct cte_error *error)
{
    *rules = (struct rules){0};
    xmlDocPtr doc = NULL;
    int status = table_open(path, schema_path, &rules->identity, &doc, error);
    if (status != CTE_OK)
        return status;
    struct arena *arena = &rules->identity.arena;
    const struct loading loading = {arena, path, error};
    xmlNodePtr root = xmlDocGetRootElement(doc);
    rules->join_count = count_elements(root, "join");
    rules->joins = arena_alloc(arena, rules->join_count * sizeof *rules->joins);
    struct rule_join *join = rules->joins;
    for (xmlNodePtr node = first_element(root, "join"); node != NULL;
         node = next_element(node, "join"), join++)
        load_join(&loading, node, join);
    rules->rule_count = count_elements(root, "rule");
    rules->rules = arena_alloc(arena, rules->rule_count * sizeof *rules->rules);
    struct rule *rule = rules->rules;
    for (xmlNodePtr node = first_element(root, "rule"); node != NULL;
         node = next_element(node, "rule"), rule++)
        load_rule(&loading, node, rules, rule);
    rules->windows = copy_attribute(arena, root, "windows");
    xmlFreeDoc(doc);
    return check_repeated_rules(rules, error);
}

void rules_free(struct rules *rules)
{
    table_close(&rules->identity);
    *rules = (struct rules){0};
}

bool rule_covers(const struct rule *rule, const char *record_type)
{
    if (rule->records == NULL)
        return true;
    for (size_t i = 0; record_type != NULL && i < rule->record_count; i++) {
        if (strcmp(rule->records[i], record_type) == 0)
            return true;
    }
    return false;
}

const struct rule *rules_find(const struct rules *rules, const char *check, const char *record_type)
{
    for (size_t i = 0; i < rules->rule_count; i++) {
        if (strcmp(rules->rules[i].check, check) == 0 && rule_covers(&rules->rules[i], record_type))
            return &rules->rules[i];
    }
    return NULL;
}

struct rule rule_of_check(const char *check)
{
    return (struct rule){.id = check,
                         .check = check,
                         .severity = SEVERITY_HOLDS,
                         .severity_basis = BASIS_NONE,
                         .message = "the rule table has no rule for what was found",
                         .action = "convert again with a rule table that has one"};
}

const struct rule_join *rules_join(const struct rules *rules, const char *id)
{
    for (size_t i = 0; i < rules->join_count; i++) {
        if (strcmp(rules->joins[i].id, id) == 0)
            return &rules->joins[i];
    }
    return NULL;
}

enum grade_meaning join_grade(const struct rule_join *join, const char *grade, size_t length)
{
    if (join->grades_count == 0)
        return GRADE_COMPLETED;
    for (size_t i = 0; i < join->grades_count; i++) {
        const struct rule_grades *grades = &join->grades[i];
        for (size_t j = 0; j < grades->count; j++) {
            if (strlen(grades->values[j]) == length &&
                memcmp(grades->values[j], grade, length) == 0)
                return grades->meaning;
        }
    }
    return GRADE_UNKNOWN;
}
