#include "codetables/rules.h"

#include <stdlib.h>
#include <string.h>

static const char *child_text(xmlNodePtr node, const char *name)
{
    xmlNodePtr child = first_element(node, name);
    return child != NULL ? element_text(child) : "";
}

int rules_load(const char *path, const char *schema_path, struct rules *rules, struct cte_error *error)
{
    memset(rules, 0, sizeof *rules);
    xmlDocPtr doc = NULL;
    int status = table_open(path, schema_path, &rules->identity, &doc, error);
    if (status != CTE_OK)
        return status;
    xmlNodePtr root = xmlDocGetRootElement(doc);
    rules->rule_count = count_elements(root, "rule");
    rules->rules = cte_zalloc(rules->rule_count, sizeof *rules->rules);
    struct rule *rule = rules->rules;
    for (xmlNodePtr node = first_element(root, "rule"); node != NULL; node = next_element(node, "rule"), rule++) {
        rule->table = &rules->identity;
        rule->id = attribute_or(node, "id", "");
        rule->check = attribute_or(node, "check", "");
        char *records = attribute_or(node, "records", "all");
        if (strcmp(records, "all") != 0)
            rule->records = split_words(records, &rule->record_count);
        free(records);
        char *severity = attribute_or(node, "severity", "W");
        rule->severity = severity[0];
        free(severity);
        rule->severity_basis_name = attribute_or(node, "severity-basis", "unread");
        rule->severity_basis = basis_from(rule->severity_basis_name);
        rule->message = child_text(node, "message");
        rule->action = child_text(node, "action");
        rule->origin = child_text(node, "origin");
    }
    xmlFreeDoc(doc);
    return CTE_OK;
}

static bool rule_covers(const struct rule *rule, const char *record_type)
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

char rule_severity(const struct rule *rule, enum basis basis)
{
    if (rule->severity != 'F')
        return rule->severity;
    bool refuses = basis_may_refuse(rule->severity_basis) && (basis == BASIS_NONE || basis_may_refuse(basis));
    return refuses ? 'F' : 'W';
}
