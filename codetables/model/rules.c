#include "codetables/model/rules.h"
#include "codetables/base/memory.h"

#include <stdlib.h>
#include <string.h>

static const char *child_text(xmlNodePtr node, const char *name)
{
    xmlNodePtr child = first_element(node, name);
    return child != NULL ? element_text(child) : "";
}

static char **attribute_words(xmlNodePtr node, const char *name, size_t *count)
{
    char *text = attribute(node, name);
    char **words = split_words(text, count);
    free(text);
    return words;
}

static void load_grades(xmlNodePtr node, const char *path, struct rule_join *join,
                        struct cte_error *error)
{
    join->grades_count = count_elements(node, "grades");
    join->grades = cte_zalloc(join->grades_count, sizeof *join->grades);
    struct rule_grades *grades = join->grades;
    for (xmlNodePtr g = first_element(node, "grades"); g != NULL;
         g = next_element(g, "grades"), grades++) {
        char *completed = attribute_or(g, "completed", "yes"),
             *basis = attribute_or(g, "basis", "unread");
        grades->meaning = strcmp(completed, "no") == 0 ? GRADE_NOT_COMPLETED : GRADE_COMPLETED;
        grades->basis = basis_from(basis);
        free(completed);
        free(basis);
        grades->values = attribute_words(g, "values", &grades->count);
        for (size_t i = 0; i < grades->count; i++) {
            for (struct rule_grades *other = join->grades; other < grades; other++) {
                for (size_t j = 0; j < other->count; j++) {
                    if (other->meaning != grades->meaning &&
                        strcmp(other->values[j], grades->values[i]) == 0)
                        cte_fail(error, CTE_BAD_TABLE,
                                 "%s:%ld: join %s: grade %s is both completed and not completed",
                                 path, node_line(g), join->id, grades->values[i]);
                }
            }
        }
    }
}

static int load_join(xmlNodePtr node, const char *path, struct rule_join *join,
                     struct cte_error *error)
{
    size_t as_count, link_as_count;
    *join = (struct rule_join){.id = attribute_or(node, "id", ""),
                               .record = attribute_or(node, "record", ""),
                               .in = attribute_or(node, "in", ""),
                               .through = attribute_or(node, "through", ""),
                               .code = attribute_or(node, "code", ""),
                               .course = attribute_or(node, "course", ""),
                               .local_course = attribute_or(node, "local-course", ""),
                               .grade = attribute_or(node, "grade", ""),
                               .code_set = attribute_or(node, "code-set", ""),
                               .property = attribute_or(node, "property", ""),
                               .line = node_line(node)};
    join->group = attribute_words(node, "group", &join->group_count);
    join->as = attribute_words(node, "as", &as_count);
    join->link = attribute_words(node, "link", &join->link_count);
    join->link_as = attribute_words(node, "link-as", &link_as_count);
    join->prefer = attribute_words(node, "prefer", &join->prefer_count);
    join->required = attribute_words(node, "required", &join->required_count);
    load_grades(node, path, join, error);
    if (join->group_count == 0 || join->group_count != as_count || join->link_count == 0 ||
        join->link_count != link_as_count)
        return cte_fail(error, CTE_BAD_TABLE,
                        "%s:%ld: join %s: group and as, link and link-as must have as many fields",
                        path, node_line(node), join->id);
    return error->status;
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
static int load_kind(xmlNodePtr node, const struct rules *rules, struct rule *rule,
                     struct cte_error *error)
{
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
        rule->fields = attribute_words(node, kinds[k].fields, &rule->field_count);
    if (kinds[k].values != NULL)
        rule->values = attribute_words(node, kinds[k].values, &rule->value_count);
    rule->in = attribute_or(node, "in", "");
    rule->property = attribute_or(node, "property", "");
    rule->value = attribute_or(node, "value", "");
    rule->needs = attribute_or(node, "needs", "");
    rule->grades_not = attribute_words(node, "grade-not", &rule->grade_count);
    if (rule->kind == RULE_CONTAINS) {
        char *join = attribute_or(node, "join", "");
        rule->join = rules_join(rules, join);
        free(join);
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
static int check_doubles(const struct rules *rules, struct cte_error *error)
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

int rules_load(const char *path, const char *schema_path, struct rules *rules,
               struct cte_error *error)
{
    memset(rules, 0, sizeof *rules);
    xmlDocPtr doc = NULL;
    int status = table_open(path, schema_path, &rules->identity, &doc, error);
    if (status != CTE_OK)
        return status;
    xmlNodePtr root = xmlDocGetRootElement(doc);
    rules->join_count = count_elements(root, "join");
    rules->joins = cte_zalloc(rules->join_count, sizeof *rules->joins);
    struct rule_join *join = rules->joins;
    for (xmlNodePtr node = first_element(root, "join"); node != NULL;
         node = next_element(node, "join"), join++)
        load_join(node, path, join, error);
    rules->rule_count = count_elements(root, "rule");
    rules->rules = cte_zalloc(rules->rule_count, sizeof *rules->rules);
    struct rule *rule = rules->rules;
    for (xmlNodePtr node = first_element(root, "rule"); node != NULL;
         node = next_element(node, "rule"), rule++) {
        rule->table = &rules->identity;
        rule->id = attribute_or(node, "id", "");
        rule->check = attribute_or(node, "check", "");
        char *records = attribute_or(node, "records", "all");
        if (strcmp(records, "all") != 0)
            rule->records = split_words(records, &rule->record_count);
        free(records);
        char *severity = attribute_or(node, "severity", "W");
        rule->severity = (enum severity)severity[0];
        free(severity);
        rule->severity_basis_name = attribute_or(node, "severity-basis", "unread");
        rule->severity_basis = basis_from(rule->severity_basis_name);
        rule->message = child_text(node, "message");
        rule->action = child_text(node, "action");
        rule->origin = child_text(node, "origin");
        rule->line = node_line(node);
        rule->first = attribute_year(node, "first", YEAR_FIRST);
        rule->last = attribute_year(node, "last", YEAR_LAST);
        if (rule->first == YEAR_NONE || rule->last == YEAR_NONE || rule->first > rule->last)
            cte_fail(error, CTE_BAD_TABLE,
                     "%s:%ld: rule %s: first and last are not academic years in order", path,
                     rule->line, rule->id);
        rule->field = attribute_or(node, "field", "");
        rule->test = attribute_or(node, "test", "");
        char *partial = attribute_or(node, "partial", "no");
        rule->partial = strcmp(partial, "yes") == 0;
        free(partial);
        load_kind(node, rules, rule, error);
    }
    xmlFreeDoc(doc);
    return check_doubles(rules, error);
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

enum severity rule_severity(const struct rule *rule, enum basis basis)
{
    if (rule->severity != SEVERITY_REFUSES)
        return rule->severity;
    bool refuses = !rule->partial && basis_may_refuse(rule->severity_basis) &&
                   (basis == BASIS_NONE || basis_may_refuse(basis));
    return refuses ? SEVERITY_REFUSES : SEVERITY_WARNS;
}
