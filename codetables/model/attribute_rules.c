#include "codetables/model/attribute_rules.h"

#include <stdlib.h>
#include <string.h>

#include "codetables/base/text.h"
#include "codetables/model/tree.h"

/* Which elements a rule is about: those whose attribute `key` is this, … */
enum rule_condition { IS, IS_NOT, IS_THERE, IS_NOT_THERE };

struct attribute_rule {
    const char *table, *element;
    const char *key; /* "../kind": the attribute of the parent */
    enum rule_condition condition;
    const char *values[9]; /* IS, IS_NOT: one of them; IS_NOT_THERE: nor is one of these */
    const char *needs[5];  /* "<code": an element below */
    /* What such an element cannot have, but for what it needs or may have. */
    const char *bars[14];
    const char *may;
};

/* What a check of the rule table may name beside itself. */
#define OF_CHECKS                                                                                  \
    "field", "test", "fields", "group", "values", "in", "as", "join", "different", "needs",        \
        "property", "value", "grade-not"
#define KINDS_OF_CHECKS                                                                            \
    "condition", "unique", "same", "exists", "another", "contains", "agree", "none"
#define OF_CHECK "rules", "rule", "check"

static const struct attribute_rule rules[] = {
    {"codeset", "codeset", "related", IS_THERE, {0}, {"related-by"}, {0}, NULL},
    {"codeset", "codeset", "related-by", IS_THERE, {0}, {"related"}, {0}, NULL},
    {"codeset", "codeset", "kind", IS, {"list", "pairs"}, {"<code"}, {"<form"}, NULL},
    {"codeset", "codeset", "kind", IS, {"form"}, {"<form"}, {"<code"}, NULL},
    {"codeset", "codeset", "kind", IS, {"unread"}, {0}, {"<code", "<form"}, NULL},
    {"codeset", "code", "../kind", IS, {"pairs"}, {"with"}, {0}, NULL},
    {"codeset", "code", "../kind", IS, {"list"}, {0}, {"with"}, NULL},
    {"codeset", "form", "kind", IS, {"digits"}, {"length"}, {"first", "last", "basis"}, NULL},
    {"codeset", "form", "kind", IS, {"academic-year"}, {0}, {"length"}, NULL},
    {"codeset", "form", "first", IS_THERE, {0}, {"last", "basis"}, {0}, NULL},
    {"codeset", "form", "last", IS_THERE, {0}, {"first", "basis"}, {0}, NULL},
    {"codeset", "form", "basis", IS_THERE, {0}, {"first", "last"}, {0}, NULL},

    {"crosswalk", "row", "kind", IS, {"renamed", "moved", "merged", "new"}, {"to"}, {0}, NULL},
    {"crosswalk", "row", "kind", IS, {"split-one", "split-all"}, {"to"}, {0}, NULL},
    {"crosswalk", "row", "kind", IS, {"same", "retired", "undecided"}, {0}, {"to"}, NULL},

    {"layout", "layout", "supersedes", IS_THERE, {0}, {"version"}, {0}, NULL},
    {"layout", "record", "replaces", IS_THERE, {0}, {"replaces-basis"}, {0}, NULL},
    {"layout", "record", "replaces-basis", IS_THERE, {0}, {"replaces"}, {0}, NULL},
    {"layout", "field", "role", IS_NOT, {"transaction"}, {0}, {"delete"}, NULL},
    {"layout", "field", "type", IS_THERE, {0}, {"type-basis"}, {0}, NULL},
    {"layout", "field", "type-basis", IS_THERE, {0}, {"type"}, {0}, NULL},
    {"layout", "field", "min", IS_THERE, {0}, {"length-basis"}, {0}, NULL},
    {"layout", "field", "max", IS_THERE, {0}, {"length-basis"}, {0}, NULL},
    {"layout", "field", "format", IS_THERE, {0}, {"format-basis"}, {0}, NULL},
    {"layout", "field", "format-basis", IS_THERE, {0}, {"format"}, {0}, NULL},
    {"layout", "field", "required", IS_THERE, {0}, {"required-basis"}, {0}, NULL},
    {"layout", "field", "required-basis", IS_THERE, {0}, {"required"}, {0}, NULL},
    {"layout", "field", "required-first", IS_THERE, {0}, {"required"}, {0}, NULL},

    {"rollups", "rollup", "through", IS_THERE, {0}, {0}, {"<before", "<after", "<sequence"}, NULL},
    {"rollups", "rollup", "through", IS_NOT_THERE, {0}, {"<before"}, {"matches"}, NULL},
    {"rollups", "also", "named", IS_THERE, {0}, {"totals"}, {0}, NULL},
    {"rollups", "group", "property", IS_THERE, {0}, {0}, {"crosswalk"}, NULL},
    {"rollups", "group", "property", IS_NOT_THERE, {0}, {"crosswalk"}, {0}, NULL},
    {"rollups", "by", "property", IS_THERE, {0}, {0}, {"field", "code-set", "values", "of"}, NULL},
    {"rollups", "by", "of", IS_THERE, {0}, {0}, {"field", "code-set", "values"}, NULL},
    {"rollups", "by", "property", IS_NOT_THERE, {"of"}, {"field", "code-set"}, {0}, NULL},

    {OF_CHECK, IS, {"condition"}, {"field", "test"}, {OF_CHECKS}, NULL},
    {OF_CHECK, IS, {"unique"}, {"field", "fields"}, {OF_CHECKS}, NULL},
    {OF_CHECK, IS, {"same"}, {"field", "group", "values"}, {OF_CHECKS}, "test"},
    {OF_CHECK, IS, {"exists"}, {"field", "fields", "in", "as"}, {OF_CHECKS}, NULL},
    {OF_CHECK, IS, {"another"}, {"field", "test", "group", "different"}, {OF_CHECKS}, NULL},
    {OF_CHECK, IS, {"contains"}, {"field", "join", "property", "value"}, {OF_CHECKS}, "grade-not"},
    {OF_CHECK, IS, {"agree"}, {"field", "group"}, {OF_CHECKS}, NULL},
    {OF_CHECK, IS, {"none"}, {"needs"}, {OF_CHECKS}, "field"},
    {OF_CHECK, IS_NOT, {KINDS_OF_CHECKS}, {0}, {OF_CHECKS}, NULL}, /* a program performs it */

    {"job", "source", "pattern", IS_THERE, {0}, {0}, {"name"}, NULL},
};

struct checking {
    const struct attribute_rule *first, *end; /* the rules of the table */
    struct problems *problems;
    bool follows_schema;
};

static bool is_one_of(const char *const *names, const char *name)
{
    for (; *names != NULL; names++) {
        if (strcmp(*names, name) == 0)
            return true;
    }
    return false;
}

static bool is_about(const struct attribute_rule *rule, xmlNodePtr node)
{
    static const char parent[] = "../";
    const bool is_of_parent = strncmp(rule->key, parent, sizeof parent - 1) == 0;
    const char *key = is_of_parent ? rule->key + sizeof parent - 1 : rule->key;
    xmlNodePtr holder = is_of_parent ? node->parent : node;
    bool is_there = has_attribute(holder, key);
    if (rule->condition == IS_THERE)
        return is_there;
    for (const char *const *other = rule->values; rule->condition == IS_NOT_THERE && *other != NULL;
         other++)
        is_there = is_there || has_attribute(holder, *other);
    if (rule->condition == IS_NOT_THERE)
        return !is_there;
    bool is_listed = false;
    for (const char *const *value = rule->values; *value != NULL && !is_listed; value++)
        is_listed = attribute_is(holder, key, *value);
    return is_listed == (rule->condition == IS);
}

/* Tells what an element lacks. Of three that stand together two may lack the third, which is told
 * once. */
static void report_missing(xmlNodePtr node, const char *missing, struct problems *problems)
{
    const size_t before = problems->count;
    add_problem(problems, node, "<%s> lacks %s", (const char *)node->name, missing);
    const struct problem *last = &problems->list[before];
    if (before > 0 && last[-1].line == last->line && strcmp(last[-1].sentence, last->sentence) == 0)
        problems->count = before;
}

static void check_needed(const struct attribute_rule *rule, xmlNodePtr node,
                         struct problems *problems)
{
    struct text missing = {0};
    for (const char *const *name = rule->needs; *name != NULL; name++) {
        const bool is_element = **name == '<';
        if (is_element ? first_element(node, *name + 1) == NULL : !has_attribute(node, *name))
            text_format(&missing, "%s%s", missing.length > 0 ? ", " : "", *name + is_element);
    }
    if (missing.length > 0)
        report_missing(node, text_string(&missing), problems);
    text_free(&missing);
}

static void bar_element(const struct attribute_rule *rule, xmlNodePtr child,
                        struct problems *problems)
{
    const char *another = rule->needs[0];
    add_problem(problems, child, "<%s> does not belong here; %s%s", (const char *)child->name,
                another != NULL ? "what may stand here: " : "nothing may stand here",
                another != NULL ? another + 1 : "");
}

/* False when the element has what it cannot have. */
static bool check_barred(const struct attribute_rule *rule, xmlNodePtr node,
                         struct problems *problems)
{
    const size_t before = problems->count;
    for (const char *const *name = rule->bars; *name != NULL; name++) {
        const char *element = **name == '<' ? *name + 1 : NULL;
        for (xmlNodePtr child = element != NULL ? first_element(node, element) : NULL;
             child != NULL; child = next_element(child, element))
            bar_element(rule, child, problems);
        if (element == NULL && has_attribute(node, *name) && !is_one_of(rule->needs, *name) &&
            (rule->may == NULL || strcmp(rule->may, *name) != 0))
            add_problem(problems, node,
                        "<%s> cannot have the attribute %s here; correct or remove it",
                        rule->element, *name);
    }
    return problems->count == before;
}

/* What cannot stand in an element is told alone: the kind of the element may be what is wrong. An
 * element below may be missed because it was taken out, so that is told only of a tree that
 * followed its schema. */
static void check_rules(const struct checking *checking, xmlNodePtr node)
{
    for (const struct attribute_rule *rule = checking->first; rule < checking->end; rule++) {
        if (strcmp(rule->element, (const char *)node->name) != 0 || !is_about(rule, node))
            continue;
        if (!check_barred(rule, node, checking->problems))
            return;
        const bool is_of_element = rule->needs[0] != NULL && *rule->needs[0] == '<';
        if (checking->follows_schema || !is_of_element)
            check_needed(rule, node, checking->problems);
    }
}

/* ---- values ---- */

static void report_value(xmlNodePtr node, const char *name, const char *wanted,
                         struct problems *problems)
{
    add_problem(problems, node, "attribute %s of <%s> must be %s", name, (const char *)node->name,
                wanted);
}

/* A row of the kind new has no code, and one of the kind none no target. */
static void check_row_values(xmlNodePtr row, struct problems *problems)
{
    if (attribute_is(row, "kind", "new") && !attribute_is(row, "code", "-"))
        report_value(row, "code", "-", problems);
    if (!attribute_is(row, "kind", "new") && attribute_is(row, "code", "-"))
        report_value(row, "code", "[0-9A-Za-z][!-~]*", problems);
    char *to = attribute_is(row, "kind", "none") ? attribute(row, "to") : NULL;
    if (to != NULL && to[strspn(to, "- ")] != '\0')
        report_value(row, "to", "-( -)*", problems);
    free(to);
}

/* Properties have names of their own, which a schema cannot know. */
static void check_property_values(xmlNodePtr code, struct problems *problems)
{
    static const char *const known[] = {"value", "name", "with", "first", "last", "basis", NULL};
    for (const xmlAttr *a = code->properties; a != NULL; a = a->next) {
        if (a->ns != NULL || is_one_of(known, (const char *)a->name))
            continue;
        char *value = text_of_attribute(a);
        if (value[strspn(value, " \t\r\n")] == '\0')
            report_value(code, (const char *)a->name, "[\\s\\S]*\\S[\\s\\S]*", problems);
        free(value);
    }
}

static void check_rule_values(xmlNodePtr rule, struct problems *problems)
{
    if (has_attribute(rule, "group") && attribute_is(rule, "group", "") &&
        !attribute_is(rule, "check", "same"))
        report_value(rule, "group", "[0-9]{1,2}\\.[0-9]{2}( [0-9]{1,2}\\.[0-9]{2})*", problems);
}

static void check_field_length(xmlNodePtr field, struct problems *problems)
{
    if (has_attribute(field, "length-basis") && !has_attribute(field, "min") &&
        !has_attribute(field, "max"))
        add_problem(problems, field, "<field> lacks min or max");
}

static void check_values(const struct checking *checking, xmlNodePtr node)
{
    static const struct {
        const char *table, *element;
        void (*check)(xmlNodePtr node, struct problems *problems);
    } checks[] = {{"crosswalk", "row", check_row_values},
                  {"codeset", "code", check_property_values},
                  {"rules", "rule", check_rule_values},
                  {"layout", "field", check_field_length}};
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        if (strcmp(checks[i].element, (const char *)node->name) == 0 &&
            checking->first < checking->end && strcmp(checks[i].table, checking->first->table) == 0)
            checks[i].check(node, checking->problems);
    }
}

/* A schema allows these on every element, and some of them change what it says. */
static void check_namespaces(xmlNodePtr node, struct problems *problems)
{
    for (const xmlAttr *a = node->properties; a != NULL; a = a->next) {
        if (a->ns != NULL &&
            xmlStrEqual(a->ns->href, (const xmlChar *)"http://www.w3.org/2001/XMLSchema-instance"))
            add_problem(problems, node,
                        "<%s> cannot have the attribute {%s}%s here; correct or remove it",
                        (const char *)node->name, (const char *)a->ns->href, (const char *)a->name);
    }
}

static void check_elements(const struct checking *checking, xmlNodePtr node)
{
    check_namespaces(node, checking->problems);
    check_rules(checking, node);
    check_values(checking, node);
    for (xmlNodePtr child = first_element(node, NULL); child != NULL;
         child = next_element(child, NULL))
        check_elements(checking, child);
}

void check_attributes(xmlNodePtr root, struct problems *problems)
{
    const struct attribute_rule *first = rules, *after = rules + sizeof rules / sizeof *rules;
    while (first < after && strcmp(first->table, (const char *)root->name) != 0)
        first++;
    const struct attribute_rule *end = first;
    while (end < after && strcmp(end->table, (const char *)root->name) == 0)
        end++;
    const struct checking checking = {first, end, problems, problems->count == 0};
    check_elements(&checking, root);
}
