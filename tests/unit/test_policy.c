/* policy.h: the table of options. What a run makes of it is tested by tests/policy. */
#include <stdlib.h>
#include <string.h>

#include "pipeline/run/policy.h"
#include "tests/unit/unit.h"

/* A value that the option has, and one that it has not; NULL: it has any. */
static const char *good_value(const struct policy_option *option)
{
    static char word[64];
    switch (option->values) {
    case VALUES_ANY: return option->kind == POLICY_FLAG ? "yes" : "anything";
    case VALUES_ONE_OF:
    case VALUES_ENCODING:
        snprintf(word, sizeof word, "%.*s", (int)strcspn(option->words, "|"), option->words);
        return word;
    case VALUES_LIMIT: return "2.5%";
    case VALUES_COUNT: return "1000000";
    case VALUES_LINE: return "A County \"Office\" / <1>";
    case VALUES_TABLE: return "a-2018@2026.10";
    case VALUES_DAY: return "2024-02-29";
    case VALUES_SHARD: return "2/3";
    }
    return NULL;
}

static const char *bad_value(const struct policy_option *option)
{
    switch (option->values) {
    case VALUES_ANY: return NULL;
    case VALUES_ONE_OF:
    case VALUES_ENCODING: return option->words; /* "a|b" is no word */
    case VALUES_LIMIT: return "-1";
    case VALUES_COUNT: return "0";
    case VALUES_LINE: return "two\nlines";
    case VALUES_TABLE: return "a-2018@";
    case VALUES_DAY: return "2025-02-29";
    case VALUES_SHARD: return "3/2";
    }
    return NULL;
}

static void each_option_is_complete(void)
{
    for (size_t i = 0; i < policy_option_count; i++) {
        const struct policy_option *option = &policy_options[i];
        CHECK(policy_find(option->name) == option, "%s: the name is its own", option->name);
        CHECK(option->place == 0 || policy_at_place(option->place) == option,
              "%s: its place in the manifest is its own", option->name);
        CHECK((option->element == NULL) == (option->attribute == NULL),
              "%s: an element and an attribute of a job", option->name);
        CHECK((option->values == VALUES_ONE_OF || option->values == VALUES_ENCODING ||
               option->values == VALUES_COUNT) == (option->words != NULL),
              "%s: words to choose from, or of what it is a number", option->name);
        CHECK(option->kind != POLICY_FLAG || option->stages == 0,
              "%s: a stage is told options with values", option->name);
        for (size_t other = 0; other < i && option->element != NULL; other++) {
            const struct policy_option *before = &policy_options[other];
            CHECK(before->element == NULL || strcmp(before->element, option->element) != 0 ||
                      strcmp(before->attribute, option->attribute) != 0,
                  "%s: its place in a job is its own", option->name);
            CHECK(before->offset != option->offset, "%s: its member is its own", option->name);
        }
    }
    CHECK(policy_find("nothing") == NULL && policy_at_place(0) == NULL, "what is not there");
}

/* --repeat and the manifest walk the places from 1 to the first that is free. */
static void places_have_no_gap(void)
{
    unsigned count = 0, place = 1;
    for (size_t i = 0; i < policy_option_count; i++)
        count += policy_options[i].place > 0;
    while (policy_at_place(place) != NULL)
        place++;
    CHECK(place == count + 1, "%u places from 1", count);
}

static void each_option_is_set_and_found(void)
{
    for (size_t i = 0; i < policy_option_count; i++) {
        const struct policy_option *option = &policy_options[i];
        struct policy policy = {0}, other = {0};
        const char *value = good_value(option);
        CHECK(policy_value(&policy, option, 0) == NULL, "%s: is not set", option->name);
        policy_set(&policy, option, value);
        CHECK_TEXT(option->name, value, policy_value(&policy, option, 0));
        CHECK(policy_value(&policy, option, 1) == NULL, "%s: has one value", option->name);
        CHECK(policy_changes_bytes(&policy) == option->changes_bytes,
              "%s: whether it changes bytes", option->name);
        for (size_t o = 0; o < policy_option_count; o++)
            CHECK(o == i || policy_value(&policy, &policy_options[o], 0) == NULL,
                  "%s: sets no other", option->name);
        policy_complete(&other, &policy);
        CHECK_TEXT("taken over", value, policy_value(&other, option, 0));
        free(policy.crosswalks.texts);
        free(other.crosswalks.texts);
    }
}

static void each_option_knows_its_values(void)
{
    for (size_t i = 0; i < policy_option_count; i++) {
        const struct policy_option *option = &policy_options[i];
        struct policy good = {0}, bad = {0};
        struct cte_error error = {0};
        policy_set(&good, option, good_value(option));
        CHECK(policy_check(&good, &error) == CTE_OK, "%s: %s", option->name, error.text);
        if (bad_value(option) != NULL) {
            policy_set(&bad, option, bad_value(option));
            CHECK(policy_check(&bad, &error) == CTE_USAGE &&
                      strstr(error.text, option->name) != NULL,
                  "%s: '%s' is refused: %s", option->name, bad_value(option), error.text);
        }
        free(good.crosswalks.texts);
        free(bad.crosswalks.texts);
    }
}

static void words_are_told_in_a_sentence(void)
{
    struct policy policy = {.duplicates = "mergee", .max_held = "nan"};
    struct cte_error error = {0};
    policy_check(&policy, &error);
    CHECK_TEXT("one of three", "--duplicates is hold, merge or keep-latest, not 'mergee'",
               error.text);
    policy.duplicates = NULL;
    error = (struct cte_error){0};
    policy_check(&policy, &error);
    CHECK_TEXT("a limit",
               "--max-held, --max-unmapped and --max-shrink take a number of records, or a share "
               "like 2.5%",
               error.text);
}

static void what_is_set_wins(void)
{
    const struct policy_option *format = policy_find("format"), *target = policy_find("target");
    struct policy given = {.format = "csv", .hide_small = true};
    const struct policy job = {.format = "xml", .target = "T", .make_public = true};
    policy_complete(&given, &job);
    CHECK_TEXT("set", "csv", policy_value(&given, format, 0));
    CHECK_TEXT("not set", "T", policy_value(&given, target, 0));
    CHECK(given.hide_small && given.make_public && !given.show_small, "flags");
}

static void crosswalks_do_not_mix(void)
{
    const struct policy_option *crosswalk = policy_find("crosswalk");
    struct policy two = {0}, none = {0}, one = {0}, empty = {0};
    struct cte_error error = {0};
    policy_set(&two, crosswalk, "a");
    policy_set(&two, crosswalk, "b");
    policy_set(&one, crosswalk, "c");
    policy_set(&none, crosswalk, "none");
    CHECK(policy_take_none(&none, &error) == CTE_OK && none.no_crosswalk &&
              none.crosswalks.count == 0,
          "none");
    policy_complete(&empty, &two);
    CHECK_TEXT("in order", "b", policy_value(&empty, crosswalk, 1));
    policy_complete(&one, &two);
    CHECK(one.crosswalks.count == 1, "one's own");
    policy_complete(&none, &two);
    CHECK(none.crosswalks.count == 0, "none of them");
    policy_complete(&one, &none);
    CHECK(!one.no_crosswalk, "none does not stand beside others");
    policy_set(&two, crosswalk, "none");
    CHECK(policy_take_none(&two, &error) == CTE_USAGE, "none stands alone");
    free(two.crosswalks.texts);
    free(none.crosswalks.texts);
    free(one.crosswalks.texts);
    free(empty.crosswalks.texts);
}

static void crosswalks_are_bounded(void)
{
    struct policy policy = {0};
    struct cte_error error = {0};
    for (int i = 0; i < POLICY_MOST_CROSSWALKS; i++)
        policy_set(&policy, policy_find("crosswalk"), "c");
    CHECK(policy_check(&policy, &error) == CTE_OK, "as many as may be");
    policy_set(&policy, policy_find("crosswalk"), "c");
    CHECK(policy_check(&policy, &error) == CTE_USAGE, "one more");
    free(policy.crosswalks.texts);
}

static void rows_of_the_command_line_are_the_options(void)
{
    struct policy policy = {0};
    struct program_option rows[64];
    size_t next = 0, count = policy_list_rows(&policy, &next, "format", rows);
    CHECK_TEXT("up to one", "format", rows[count - 1].name);
    count += policy_list_rows(&policy, &next, NULL, rows + count);
    CHECK(next == policy_option_count, "to the end");
    size_t expected = 0;
    for (size_t i = 0; i < policy_option_count; i++) {
        if (policy_options[i].help == NULL)
            continue;
        const struct program_option *row = &rows[expected++];
        CHECK_TEXT("in order", policy_options[i].name, row->name);
        CHECK((row->kind == OPTION_FLAG) == (row->value == NULL), "%s: a flag has no value",
              row->name);
        if (row->kind == OPTION_TEXT)
            *(const char **)row->target = "set";
        if (row->kind == OPTION_TEXT)
            CHECK_TEXT(row->name, "set", policy_value(&policy, &policy_options[i], 0));
    }
    CHECK(count == expected, "%zu rows", expected);
}

void add_policy_suite(void)
{
    static const CU_TestInfo tests[] = {
        {"each option is complete", each_option_is_complete},
        {"places in the manifest have no gap", places_have_no_gap},
        {"each option is set and found", each_option_is_set_and_found},
        {"each option knows its values", each_option_knows_its_values},
        {"words are told in a sentence", words_are_told_in_a_sentence},
        {"what is set wins", what_is_set_wins},
        {"crosswalks do not mix", crosswalks_do_not_mix},
        {"crosswalks are bounded", crosswalks_are_bounded},
        {"rows of the command line are the options", rows_of_the_command_line_are_the_options},
        {NULL, NULL},
    };
    add_suite("policy", NULL, NULL, tests);
}
