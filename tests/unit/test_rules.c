/* rules.h: which rule holds for a record type, and what a breach of it does. */
#include "codetables/model/rules.h"
#include "codetables/base/day.h"
#include "codetables/model/condition.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/loading.h"

static int load(const char *path, struct cte_error *error)
{
    struct rules rules;
    const int status = rules_load(path, schema_file("rules"), &rules, error);
    rules_free(&rules);
    return status;
}

#define RULES(inner)                                                                               \
    "<rules id=\"x\" version=\"1\" status=\"draft\" agency=\"none\">" HEAD inner "</rules>"
#define RULE(id, rest) "<rule id=\"" id "\" " rest "><message>m</message><action>a</action></rule>"

#define DATED(attributes)                                                                          \
    RULES("<rule id=\"A\" check=\"length\" records=\"all\" severity=\"F\" "                        \
          "severity-basis=\"seen\"><message>m</message><action>a</action>"                         \
          "<severity is=\"W\" basis=\"seen\" " attributes "/></rule>")

static void sound_and_unsound(void)
{
    static const struct loading_case cases[] = {
        {"sound",
         RULES(
             RULE("A", "check=\"length\" records=\"all\" severity=\"F\" severity-basis=\"seen\"")),
         CTE_OK, NULL},
        {"no rule", RULES(""), CTE_BAD_TABLE, NULL},
        {"an unknown severity",
         RULES(
             RULE("A", "check=\"length\" records=\"all\" severity=\"X\" severity-basis=\"seen\"")),
         CTE_BAD_TABLE, NULL},
        {"no basis", RULES(RULE("A", "check=\"length\" records=\"all\" severity=\"F\"")),
         CTE_BAD_TABLE, NULL},
        {"no message",
         RULES("<rule id=\"A\" check=\"length\" records=\"all\" severity=\"F\" "
               "severity-basis=\"seen\"><action>a</action></rule>"),
         CTE_BAD_TABLE, NULL},
        {"records of another form",
         RULES(
             RULE("A", "check=\"length\" records=\"abcd\" severity=\"F\" severity-basis=\"seen\"")),
         CTE_BAD_TABLE, NULL},
        {"a severity for a time", DATED("from=\"2023-02\" to=\"2023-09-30\""), CTE_OK, NULL},
        {"a severity for no time", DATED("from=\"2023-13\""), CTE_BAD_TABLE, "from and to"},
        {"a time that ends before it begins", DATED("from=\"2023-10\" to=\"2023-09\""),
         CTE_BAD_TABLE, "from and to"},
        {"two severities at a time",
         DATED("to=\"2023-09\"/><severity is=\"F\" basis=\"seen\" from=\"2023-09-30\""),
         CTE_BAD_TABLE, "another"},
        {"a certification rule with a time",
         RULES("<rule id=\"A\" check=\"length\" records=\"all\" severity=\"C\" "
               "severity-basis=\"seen\"><message>m</message><action>a</action>"
               "<severity is=\"F\" basis=\"seen\"/></rule>"),
         CTE_BAD_TABLE, "refuses or warns"},
    };
    check_loading(load, cases, sizeof cases / sizeof *cases);
}

static void the_rule_of_a_record_type(void)
{
    const struct rules *rules = NULL;
    struct cte_error error = {0};
    CHECK(tables_rules(made_up_tables(), &rules, &error) == CTE_OK, "%s", error.text);
    static const struct {
        const char *check, *type, *id;
    } cases[] = {{"length", "ABCD", "ONE"}, {"length", "EFGH", "TWO"}, {"length", "IJKL", NULL},
                 {"length", NULL, NULL},    {"date", "IJKL", "THREE"}, {"date", NULL, "THREE"},
                 {"code", "ABCD", NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct rule *rule = rules_find(rules, cases[i].check, cases[i].type);
        CHECK_TEXT(cases[i].check, cases[i].id != NULL ? cases[i].id : "(none)",
                   rule != NULL ? rule->id : "(none)");
    }
    const struct rule *rule = rules_find(rules, "date", NULL);
    CHECK(strcmp(rule->message, "m3") == 0 && strcmp(rule->action, "a3") == 0 &&
              strcmp(rule->origin, "here") == 0 && rule->table == &rules->identity,
          "the words of THREE");
}

/* F refuses only where both the severity and the property may refuse. */
static void severities(void)
{
    static const enum basis all[] = {BASIS_NONE,     BASIS_SEEN,    BASIS_FAMILY, BASIS_OWN,
                                     BASIS_INFERRED, BASIS_ASSUMED, BASIS_UNREAD};
    static const enum severity told[] = {SEVERITY_REFUSES, SEVERITY_WARNS, SEVERITY_CERTIFICATION,
                                         SEVERITY_HOLDS};
    for (size_t s = 0; s < sizeof all / sizeof *all; s++) {
        for (size_t p = 0; p < sizeof all / sizeof *all; p++) {
            for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
                struct rule rule = {.severity = told[i],
                                    .severity_basis = all[s],
                                    .first = YEAR_FIRST,
                                    .last = YEAR_LAST};
                bool severity_refuses =
                    all[s] == BASIS_SEEN || all[s] == BASIS_FAMILY || all[s] == BASIS_OWN;
                bool property_refuses = all[p] == BASIS_NONE || all[p] == BASIS_SEEN ||
                                        all[p] == BASIS_FAMILY || all[p] == BASIS_OWN;
                const bool is_weaker =
                    told[i] == SEVERITY_REFUSES && !(severity_refuses && property_refuses);
                const enum severity want = is_weaker ? SEVERITY_WARNS : told[i],
                                    is = rule_severity(&rule, all[p]);
                CHECK(is == want, "%c, bases %d and %d: %c", (char)told[i], (int)all[s],
                      (int)all[p], (char)is);
            }
        }
    }
}

/* A rule that warned from February to September 2023 and refuses since; what it did before nobody
 * has read. */
static void severities_in_time(void)
{
    struct dated_severity dated[] = {
        {20230201, 20230930, SEVERITY_WARNS, BASIS_SEEN},
        {20231001, 99991231, SEVERITY_REFUSES, BASIS_SEEN},
        {20220101, 20230131, SEVERITY_REFUSES, BASIS_UNREAD},
    };
    const struct rule rule = {.severity = SEVERITY_REFUSES,
                              .severity_basis = BASIS_SEEN,
                              .dated = dated,
                              .dated_count = sizeof dated / sizeof *dated};
    static const struct {
        int day;
        enum severity severity;
    } cases[] = {{20230930, SEVERITY_WARNS},   {20231001, SEVERITY_REFUSES},
                 {20230131, SEVERITY_WARNS},   {20211231, SEVERITY_REFUSES},
                 {DAY_NONE, SEVERITY_REFUSES}, {20230201, SEVERITY_WARNS}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK(rule_severity_on(&rule, BASIS_NONE, cases[i].day) == cases[i].severity, "on %d",
              cases[i].day);
    CHECK(rule_severity_on(&rule, BASIS_INFERRED, 20231001) == SEVERITY_WARNS,
          "a property that is inferred");
    CHECK(!rule_always_refuses(&rule), "not always");
    const struct rule always = {.severity = SEVERITY_REFUSES, .severity_basis = BASIS_SEEN};
    CHECK(rule_always_refuses(&always), "always");
}

/* Which conditions hold for one number where they hold for another of as many digits. */
static void conditions_by_shape(void)
{
    static const struct {
        const char *test;
        bool goes_by_shape;
    } cases[] = {
        {"when 1.02 filled then 1.02 like '####'", true},
        {"not 1.02 like '#@x'", true},
        {"1.02 blank or length 1.02 <= 9 and 1.02 filled", true},
        {"1.02 like '#0##'", false},
        {"1.02 = '0000'", false},
        {"when 1.02 filled then 1.02 in (1 3-5)", false},
        {"not 1.02 in (1)", false},
        {"year 1.02 <= as-of", false},
        {"1.03 has colour 'x' 'y'", false},
    };
    struct tables tables;
    struct cte_error error = {0};
    tables_open(&tables, made_up_folder(), &error);
    const struct condition_use use = {&tables.layouts[0].records[0], &tables, &tables.arena};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct condition *condition = NULL;
        const struct condition_text test = {cases[i].test, "here"};
        if (CHECK(condition_compile(test, &use, &condition, &error) == CTE_OK && condition != NULL,
                  "%s", error.text))
            CHECK(condition_goes_by_shape(condition) == cases[i].goes_by_shape, "%s",
                  cases[i].test);
    }
    tables_free(&tables);
}

void add_rules_suite(void)
{
    static const CU_TestInfo tests[] = {
        {"sound and unsound", sound_and_unsound},
        {"the rule of a record type", the_rule_of_a_record_type},
        {"severities", severities},
        {"severities in time", severities_in_time},
        {"conditions by shape", conditions_by_shape},
        {NULL, NULL},
    };
    add_suite("rules", NULL, NULL, tests);
}
