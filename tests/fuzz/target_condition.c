/* The condition language, asked a second time by another hand. The first line of an input is a
 * test, the second the fields of a record, with carets between, the third its academic year and
 * that of --as-of, each a number or nothing, with a blank between.
 *
 * The second hand makes no tree: it reads the text once for each record, one word after another,
 * and knows the codes of the made-up code set `colour` by heart. */
#include "codetables/model/condition.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tests/unit/unit.h"
#include "codetables/base/memory.h"

enum { FIELDS = 5, MOST = 3000, WORDS = 1500 };
static const char *const numbers[FIELDS] = {"1.01", "1.02", "1.03", "1.05", "1.06"};

/* ---- The second hand ---- */

struct word {
    const char *at;
    size_t length;
    bool quoted;
};

struct slow {
    struct word words[WORDS];
    size_t count, at;
    const struct slice *fields;
    int year, as_of;
};

/* Of the made-up table: a code, its years, and its `wave`. */
static const struct {
    const char *code;
    int first, last;
    const char *wave;
} colours[] = {{"r", 0, 9999, NULL},
               {"g", 2003, 2005, "short"},
               {"g", 2008, 9999, NULL},
               {"b", 0, 2004, NULL},
               {"42", 0, 9999, NULL}};
enum { COLOURS_COMPLETE = 2010 };

static bool is_text(const char *at, size_t length, const char *text)
{
    return strlen(text) == length && strncmp(text, at, length) == 0;
}

static bool cut_words(struct slow *slow, const char *text)
{
    while (*text == ' ')
        text++;
    while (*text != '\0') {
        if (slow->count == WORDS)
            return false;
        struct word *word = &slow->words[slow->count++];
        word->quoted = *text == '\'';
        word->at = word->quoted ? text + 1 : text;
        size_t length = word->quoted                  ? strcspn(word->at, "'")
                        : strchr("()", *text) != NULL ? 1
                                                      : strcspn(text, " ()");
        word->length = length;
        text = word->at + length;
        if (word->quoted && *text == '\'')
            text++;
        while (*text == ' ')
            text++;
    }
    return true;
}

static bool next_is(const struct slow *slow, const char *text)
{
    const struct word *word = &slow->words[slow->at];
    return slow->at < slow->count && !word->quoted && is_text(word->at, word->length, text);
}

static bool pass(struct slow *slow, const char *text)
{
    bool is = next_is(slow, text);
    slow->at += is;
    return is;
}

/* A text that did parse has a word here. */
static struct word take_word(struct slow *slow)
{
    must_hold(slow->at < slow->count, "what parses does not end in the middle");
    return slow->words[slow->at++];
}

static size_t take_field(struct slow *slow)
{
    struct word word = take_word(slow);
    for (size_t i = 0; i < FIELDS; i++) {
        if (is_text(word.at, word.length, numbers[i]))
            return i;
    }
    must_hold(0, "a condition that applies names fields of the layout");
    return 0;
}

static int year_of(const char *at, size_t length)
{
    int first = 0, last = 0;
    if (length != 9 || at[4] != '-')
        return YEAR_NONE;
    for (size_t i = 0; i < 9; i++) {
        if (i != 4 && (at[i] < '0' || at[i] > '9'))
            return YEAR_NONE;
    }
    for (size_t i = 0; i < 4; i++) {
        first = 10 * first + at[i] - '0';
        last = 10 * last + at[i + 5] - '0';
    }
    return last == first + 1 ? first : YEAR_NONE;
}

static bool compare(struct word op, long a, long b)
{
    return op.at[0] == '<' ? a <= b : op.at[0] == '>' ? a >= b : a == b;
}

/* Three answers: it holds, it does not, nobody knows. */
enum answer { NO, YES, UNKNOWN };

static enum answer ask_has(const struct slow *slow, struct slice value, struct word set,
                           struct word property, struct word text)
{
    must_hold(is_text(set.at, set.length, "colour"), "only tests of this code set come here");
    bool is_listed = false;
    for (size_t i = 0; i < sizeof colours / sizeof *colours; i++) {
        bool in_year = slow->year == YEAR_NONE ||
                       (colours[i].first <= slow->year && slow->year <= colours[i].last);
        if (!is_text(value.at, value.length, colours[i].code) || !in_year)
            continue;
        is_listed = true;
        if (is_text(property.at, property.length, "wave") && colours[i].wave != NULL &&
            is_text(text.at, text.length, colours[i].wave))
            return YES;
    }
    return !is_listed && value.length > 0 && slow->year != YEAR_NONE &&
                   slow->year > COLOURS_COMPLETE
               ? UNKNOWN
               : NO;
}

static bool ask_in(struct slow *slow, struct slice value)
{
    bool holds = false;
    pass(slow, "(");
    while (!pass(slow, ")")) {
        struct word word = take_word(slow);
        const char *dash = word.quoted ? NULL : memchr(word.at, '-', word.length);
        const char *last = dash != NULL ? dash + 1 : word.at;
        size_t length = dash != NULL ? (size_t)(dash - word.at) : word.length;
        holds = holds ||
                (value.length > 0 && value.length == length &&
                 memcmp(value.at, word.at, length) >= 0 && memcmp(value.at, last, length) <= 0);
    }
    return holds;
}

static bool ask_like(struct word pattern, struct slice value)
{
    bool holds = pattern.length == value.length;
    for (size_t i = 0; i < value.length && holds; i++) {
        const char *among = pattern.at[i] == '#' ? "0123456789"
                            : pattern.at[i] == '@'
                                ? "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                : NULL;
        holds = among != NULL ? value.at[i] != '\0' && strchr(among, value.at[i]) != NULL
                              : pattern.at[i] == value.at[i];
    }
    return holds;
}

static enum answer ask_any(struct slow *slow);

static enum answer ask_one(struct slow *slow)
{
    if (pass(slow, "not")) {
        enum answer inner = ask_one(slow);
        return inner == UNKNOWN ? UNKNOWN : inner == YES ? NO : YES;
    }
    if (pass(slow, "(")) {
        enum answer inner = ask_any(slow);
        must_hold(pass(slow, ")"), "a parenthesis is closed");
        return inner;
    }
    if (pass(slow, "pair")) {
        const struct slice one = slow->fields[take_field(slow)],
                           other = slow->fields[take_field(slow)];
        slow->at += 2;
        /* No code of this code set stands with another, as far as its list goes. */
        bool goes = one.length == 0 || other.length == 0 || slow->year == YEAR_NONE ||
                    slow->year <= COLOURS_COMPLETE;
        return goes ? NO : UNKNOWN;
    }
    if (pass(slow, "year")) {
        struct slice value = slow->fields[take_field(slow)];
        struct word op = take_word(slow), than = take_word(slow);
        int found = year_of(value.at, value.length), wanted = year_of(than.at, than.length);
        if (!than.quoted && is_text(than.at, than.length, "as-of")) {
            wanted = slow->as_of;
            if (pass(slow, "+"))
                wanted += atoi(take_word(slow).at);
            if (slow->as_of == YEAR_NONE)
                return YES;
        }
        return found != YEAR_NONE && compare(op, found, wanted);
    }
    if (pass(slow, "length")) {
        struct slice value = slow->fields[take_field(slow)];
        struct word op = take_word(slow);
        return compare(op, (long)value.length, atol(take_word(slow).at));
    }
    struct slice value = slow->fields[take_field(slow)];
    if (pass(slow, "filled"))
        return value.length > 0;
    if (pass(slow, "blank"))
        return value.length == 0;
    if (pass(slow, "in"))
        return ask_in(slow, value);
    if (pass(slow, "like"))
        return ask_like(take_word(slow), value);
    if (pass(slow, "=")) {
        struct word text = take_word(slow);
        return text.length == value.length && strncmp(text.at, value.at, value.length) == 0;
    }
    must_hold(pass(slow, "has"), "there is no other check");
    struct word set = take_word(slow), property = take_word(slow);
    return ask_has(slow, value, set, property, take_word(slow));
}

static enum answer ask_all(struct slow *slow)
{
    enum answer all = ask_one(slow);
    while (pass(slow, "and")) {
        enum answer one = ask_one(slow);
        all = all == YES ? one : all;
    }
    return all;
}

static enum answer ask_any(struct slow *slow)
{
    enum answer any = ask_all(slow);
    while (pass(slow, "or")) {
        enum answer all = ask_all(slow);
        any = any == YES || all == YES ? YES : any == UNKNOWN || all == UNKNOWN ? UNKNOWN : NO;
    }
    return any;
}

static enum answer ask_test(struct slow *slow)
{
    if (!pass(slow, "when"))
        return ask_any(slow);
    enum answer condition = ask_any(slow);
    must_hold(pass(slow, "then"), "'when' has its 'then'");
    enum answer then = ask_any(slow);
    return condition == YES ? then : YES;
}

/* ---- An input ---- */

/* A line of the input as a text; what follows a NUL in it is left out. */
static char *take_line(const uint8_t **data, size_t *size)
{
    const uint8_t *end = *size > 0 ? memchr(*data, '\n', *size) : NULL;
    size_t length = end != NULL ? (size_t)(end - *data) : *size;
    char *line = cte_alloc(length + 1);
    memcpy(line, *data, length);
    line[length] = '\0';
    length += end != NULL;
    *data += length;
    *size -= length;
    return line;
}

static int take_year(char **at)
{
    char *end;
    long year = strtol(*at, &end, 10);
    bool is_year = end != *at && year >= 1900 && year < 2200;
    *at = end;
    return is_year ? (int)year : YEAR_NONE;
}

static void ignore(const char *number, void *context)
{
    (void)number;
    (void)context;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = take_line(&data, &size), *record = take_line(&data, &size),
         *years = take_line(&data, &size), *at = years;
    struct slow *slow = cte_zalloc(1, sizeof *slow);
    struct slice fields[FIELDS] = {{"", 0}};
    char *field = record;
    for (size_t i = 0; i < FIELDS; i++) {
        fields[i] = (struct slice){field, strcspn(field, "^")};
        field += fields[i].length + (field[fields[i].length] == '^');
    }
    slow->fields = fields;
    slow->year = take_year(&at);
    slow->as_of = take_year(&at);
    size_t type;
    struct tables *tables = made_up_tables();
    struct condition *condition = NULL;
    struct cte_error error = {0}, again = {0};
    const struct record_layout *layout =
        layout_record(tables_layout(tables, "beta", NULL), "ABCD", 4, &type);
    int status = condition_compile((struct condition_text){text, "here"},
                                   &(struct condition_use){layout, tables, &tables->arena},
                                   &condition, &error);
    must_hold(status == error.status, "the status is that of the error");
    must_hold(status == CTE_OK || status == CTE_BAD_TABLE,
              "a test that does not parse is a fault of the table");
    if (status == CTE_OK)
        must_hold(condition_fields((struct condition_text){text, "here"}, ignore, NULL, &again) ==
                      CTE_OK,
                  "what is compiled can be asked for its fields");
    bool knows = strstr(text, "has") == NULL ||
                 (strstr(text, "has colour ") != NULL && strstr(text, "has hue") == NULL &&
                  strstr(text, "has shade") == NULL && strstr(text, "has colour-") == NULL);
    if (condition != NULL && knows && strlen(text) < MOST && cut_words(slow, text)) {
        struct condition_asked asked = condition_ask(condition, fields, slow->year, slow->as_of);
        enum answer answer = ask_test(slow);
        must_hold(slow->at == slow->count, "both read the test to its end");
        must_hold(asked.holds == (answer == YES) && asked.unsure == (answer == UNKNOWN),
                  "both give the same answer");
    }
    free(slow);
    free(text);
    free(record);
    free(years);
    return 0;
}
