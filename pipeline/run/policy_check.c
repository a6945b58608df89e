/* What the options of a run may be. */
#include "pipeline/run/policy.h"

#include <string.h>

#include "codetables/base/day.h"
#include "codetables/base/number.h"
#include "codetables/base/slice.h"
#include "codetables/base/shown.h"
#include "codetables/base/text.h"
#include "codetables/model/table_folder.h"
#include "pipeline/stream/source.h"

int policy_take_none(struct policy *policy, struct cte_error *error)
{
    for (size_t i = 0; i < policy->crosswalks.count; i++)
        policy->no_crosswalk =
            policy->no_crosswalk || strcmp(policy->crosswalks.texts[i], "none") == 0;
    if (!policy->no_crosswalk)
        return CTE_OK;
    if (policy->crosswalks.count > 1)
        return cte_fail(error, CTE_USAGE,
                        "--crosswalk none stands alone: it says that nothing is to be recoded");
    policy->crosswalks.count = 0;
    return CTE_OK;
}

static bool is_one_of(const char *words, const char *value)
{
    for (const char *word = words; word != NULL;) {
        const char *bar = strchr(word, '|');
        const size_t length = bar != NULL ? (size_t)(bar - word) : strlen(word);
        if (slice_is((struct slice){word, length}, value))
            return true;
        word = bar != NULL ? bar + 1 : NULL;
    }
    return false;
}

/* Digits, and at most one point among them: no sign, no name of a number, no exponent. */
static bool is_limit(const char *text)
{
    const char *end = text + strspn(text, "0123456789");
    const bool has_digits = end != text;
    if (has_digits && *end == '.')
        end += 1 + strspn(end + 1, "0123456789");
    return has_digits && (*end == '\0' || (*end == '%' && end[1] == '\0'));
}

/* A day that the calendar has, with dashes: it is kept as it was written. */
static bool is_day(const char *text)
{
    return strlen(text) == strlen("CCYY-MM-DD") && read_day(text) != DAY_NONE;
}

bool read_shard(const char *text, struct shard_number *shard)
{
    const char *slash = strchr(text, '/');
    uint64_t number, count;
    if (slash == NULL || text[0] == '0' || slash[1] == '0' ||
        !read_digits((struct slice){text, (size_t)(slash - text)}, &number) ||
        !read_number(slash + 1, &count) || number > count || count > POLICY_MOST_SHARDS)
        return false;
    *shard = (struct shard_number){(unsigned)number, (unsigned)count};
    return true;
}

static bool is_line(const char *value)
{
    enum { MOST = 200 };
    const size_t length = strlen(value);
    bool is_one = length > 0 && length <= MOST && is_xml_text(value, length);
    for (const char *c = value; *c != '\0' && is_one; c++)
        is_one = (unsigned char)*c >= ' ' && *c != 0x7F;
    return is_one;
}

bool policy_allows(const struct policy_option *option, const char *value)
{
    uint64_t count;
    struct shard_number shard;
    switch (option->values) {
    case VALUES_ANY: return true;
    case VALUES_ONE_OF:
    case VALUES_ENCODING: return is_one_of(option->words, value);
    case VALUES_LIMIT: return is_limit(value);
    case VALUES_COUNT: return read_positive(value, &count);
    case VALUES_LINE: return is_line(value);
    case VALUES_TABLE: return is_table_reference(value);
    case VALUES_DAY: return is_day(value);
    case VALUES_SHARD: return read_shard(value, &shard);
    }
    return false;
}

/* The n-th of several in a sentence: "a, b or c". */
static void add_item(struct text *text, size_t n, size_t count, const char *last, struct slice item)
{
    text_add(text, n == 0 ? "" : n + 1 < count ? ", " : last);
    text_put(text, item.at, item.length);
}

/* "caret, csv or xml" of "caret|csv|xml". */
static void add_words(struct text *text, const char *words)
{
    size_t count = 1, n = 0;
    for (const char *bar = strchr(words, '|'); bar != NULL; bar = strchr(bar + 1, '|'))
        count++;
    for (const char *word = words; n < count; n++) {
        const size_t length = strcspn(word, "|");
        add_item(text, n, count, " or ", (struct slice){word, length});
        word += length + 1;
    }
}

/* "--max-held and --max-shrink": all options of such values, for who mistakes one may the next. */
static void add_options(struct text *text, enum policy_values values)
{
    size_t count = 0, n = 0;
    for (size_t i = 0; i < policy_option_count; i++)
        count += policy_options[i].values == values;
    for (size_t i = 0; i < policy_option_count; i++) {
        const char *name = policy_options[i].name;
        if (policy_options[i].values != values)
            continue;
        add_item(text, n++, count, " and ", slice_of("--"));
        text_add(text, name);
    }
}

static int refuse(const struct policy_option *option, const char *value, struct cte_error *error)
{
    struct text text = {0};
    switch (option->values) {
    case VALUES_ANY: break;
    case VALUES_ONE_OF:
        text_format(&text, "--%s is ", option->name);
        add_words(&text, option->words);
        text_format(&text, ", not '%s'", value);
        break;
    case VALUES_ENCODING:
        text_format(&text, "unknown encoding '%s': ", value);
        add_words(&text, option->words);
        break;
    case VALUES_LIMIT:
        add_options(&text, VALUES_LIMIT);
        text_add(&text, " take a number of records, or a share like 2.5%");
        break;
    case VALUES_COUNT:
        text_format(&text, "--%s takes a number of %s, not '%s'", option->name, option->words,
                    value);
        break;
    case VALUES_LINE:
        text_format(&text, "--%s takes a line of text in UTF-8, of at most 200 bytes",
                    option->name);
        break;
    case VALUES_TABLE:
        text_format(&text, "--%s '%s' " NO_TABLE_REFERENCE, option->name, value);
        break;
    case VALUES_DAY:
        text_format(&text, "--%s '%s' is not a day CCYY-MM-DD, nor today", option->name, value);
        break;
    case VALUES_SHARD:
        text_format(&text, "--%s takes K/N, one of N parts and N at most %d, not '%s'",
                    option->name, POLICY_MOST_SHARDS, value);
        break;
    }
    cte_fail(error, CTE_USAGE, "%s", text_string(&text));
    text_free(&text);
    return CTE_USAGE;
}

int policy_check(const struct policy *policy, struct cte_error *error)
{
    for (size_t i = 0; i < policy_option_count; i++) {
        const struct policy_option *option = &policy_options[i];
        const char *value;
        for (size_t n = 0; (value = policy_value(policy, option, n)) != NULL; n++) {
            if (!policy_allows(option, value))
                return refuse(option, value, error);
        }
    }
    if (policy->crosswalks.count > POLICY_MOST_CROSSWALKS)
        return cte_fail(error, CTE_USAGE, "at most %d crosswalks in one run",
                        POLICY_MOST_CROSSWALKS);
    return CTE_OK;
}
