#include "codetables/model/condition.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/model/crosswalk.h"
#include "codetables/base/memory.h"

enum node_kind {
    NODE_WHEN,
    NODE_OR,
    NODE_AND,
    NODE_NOT,
    NODE_FILLED,
    NODE_BLANK,
    NODE_EQUALS,
    NODE_IN,
    NODE_LIKE,
    NODE_HAS,
    NODE_PAIR,
    NODE_YEAR,
    NODE_LENGTH
};

/* What is asked goes as deep as a test has parts, and the stack is not endless. */
enum { MOST_PARTS = 1000 };

enum comparison { AT_MOST, AT_LEAST, EXACTLY };

struct condition {
    enum node_kind kind;
    struct condition *left, *right;
    size_t field, other;
    const char *text; /* NODE_EQUALS, NODE_LIKE, NODE_HAS */
    size_t length;
    const char *property;
    const struct codeset *set;
    /* NODE_IN: the same codes and ranges as a crosswalk's condition */
    struct crosswalk_when values;
    enum comparison comparison;
    bool as_of;
    int number; /* NODE_YEAR: the year, or what is added to as-of; NODE_LENGTH */
};

/* The text, cut into words. A word is a run of bytes without blanks and parentheses, a parenthesis,
 * or a text in single quotes. */
struct parsing {
    const char *text, *at;
    const char *word;
    size_t length;
    bool quoted;
    const struct record_layout *record; /* NULL: only the field numbers are wanted */
    struct tables *tables;
    const char *where;
    void (*found)(const char *number, void *context);
    void *context;
    bool lacks_field;
    unsigned parts;
    struct cte_error *error;
};

static void next_word(struct parsing *p)
{
    while (*p->at == ' ')
        p->at++;
    p->quoted = *p->at == '\'';
    if (p->quoted) {
        p->word = ++p->at;
        while (*p->at != '\0' && *p->at != '\'')
            p->at++;
        p->length = (size_t)(p->at - p->word);
        if (*p->at == '\'')
            p->at++;
        return;
    }
    p->word = p->at;
    if (*p->at == '(' || *p->at == ')')
        p->at++;
    else
        while (*p->at != '\0' && *p->at != ' ' && *p->at != '(' && *p->at != ')')
            p->at++;
    p->length = (size_t)(p->at - p->word);
}

static bool word_is(const struct parsing *p, const char *word)
{
    return !p->quoted && strlen(word) == p->length && memcmp(word, p->word, p->length) == 0;
}

static bool take(struct parsing *p, const char *word)
{
    if (!word_is(p, word))
        return false;
    next_word(p);
    return true;
}

static struct condition *broken(struct parsing *p, const char *wanted)
{
    cte_fail(p->error, CTE_BAD_TABLE, "%s: the test \"%s\" does not parse at \"%.*s\": %s",
             p->where, p->text, (int)p->length, p->word, wanted);
    return NULL;
}

static struct condition *refuse_parts(struct parsing *p)
{
    cte_fail(p->error, CTE_BAD_TABLE,
             "%s: the test has more than %d parts; make several rules of it", p->where, MOST_PARTS);
    return NULL;
}

static struct condition *node(enum node_kind kind, struct condition *left, struct condition *right)
{
    struct condition *made = cte_zalloc(1, sizeof *made);
    made->kind = kind;
    made->left = left;
    made->right = right;
    return made;
}

static char *word_text(const struct parsing *p)
{
    char *text = cte_alloc(p->length + 1);
    memcpy(text, p->word, p->length);
    text[p->length] = '\0';
    return text;
}

/* A field number: digits with a point in between. */
static bool take_field(struct parsing *p, size_t *position)
{
    if (p->quoted || p->length == 0 || p->word[0] < '0' || p->word[0] > '9' ||
        memchr(p->word, '.', p->length) == NULL)
        return false;
    char *number = word_text(p);
    if (p->found != NULL)
        p->found(number, p->context);
    *position = 0;
    if (p->record != NULL) {
        int found = record_field(p->record, number);
        p->lacks_field = p->lacks_field || found < 0;
        *position = found < 0 ? 0 : (size_t)found;
    }
    free(number);
    next_word(p);
    return true;
}

static bool take_codeset(struct parsing *p, const struct codeset **set)
{
    char *id = word_text(p);
    bool good = p->length > 0;
    if (good && p->tables != NULL)
        good = tables_codeset(p->tables, id, set, p->error) == CTE_OK;
    free(id);
    next_word(p);
    return good;
}

static bool take_comparison(struct parsing *p, enum comparison *comparison)
{
    static const char *const words[] = {[AT_MOST] = "<=", [AT_LEAST] = ">=", [EXACTLY] = "="};
    for (int i = AT_MOST; i <= EXACTLY; i++) {
        if (take(p, words[i])) {
            *comparison = (enum comparison)i;
            return true;
        }
    }
    return false;
}

static bool take_number(struct parsing *p, int *number)
{
    if (p->quoted || p->length == 0 || p->length > 6)
        return false;
    int n = 0;
    for (size_t i = 0; i < p->length; i++) {
        if (p->word[i] < '0' || p->word[i] > '9')
            return false;
        n = n * 10 + (p->word[i] - '0');
    }
    *number = n;
    next_word(p);
    return true;
}

static struct condition *parse_any(struct parsing *p);

static struct condition *parse_year(struct parsing *p)
{
    struct condition *made = node(NODE_YEAR, NULL, NULL);
    if (!take_field(p, &made->field))
        return broken(p, "a field comes after 'year'");
    if (!take_comparison(p, &made->comparison))
        return broken(p, "<=, >= or = comes here");
    if (take(p, "as-of")) {
        made->as_of = true;
        if (take(p, "+") && !take_number(p, &made->number))
            return broken(p, "a number comes after '+'");
        return made;
    }
    made->number = academic_year(p->word, p->length);
    if (made->number == YEAR_NONE)
        return broken(p, "an academic year CCYY-CCYY or as-of comes here");
    next_word(p);
    return made;
}

static struct condition *parse_values(struct parsing *p, struct condition *made)
{
    if (!take(p, "("))
        return broken(p, "( comes after 'in'");
    while (!word_is(p, ")")) {
        if (p->length == 0)
            return broken(p, ") is missing");
        struct crosswalk_when *values = &made->values;
        values->ranges =
            cte_realloc(values->ranges, (values->range_count + 1) * sizeof *values->ranges);
        char *first = word_text(p), *dash = strchr(first, '-');
        if (p->quoted)
            dash = NULL;
        if (dash != NULL)
            *dash = '\0';
        struct value_range *range = &values->ranges[values->range_count++];
        *range = (struct value_range){first, dash != NULL ? dash + 1 : first, strlen(first)};
        if (strlen(range->last) != range->length || strcmp(range->first, range->last) > 0)
            return broken(p, "a range runs from a code to a later one of equal length");
        next_word(p);
    }
    next_word(p);
    return made;
}

static struct condition *parse_check(struct parsing *p)
{
    struct condition *made = node(NODE_FILLED, NULL, NULL);
    if (!take_field(p, &made->field))
        return broken(p, "a field, 'not', 'pair', 'year', 'length' or ( comes here");
    if (take(p, "filled"))
        return made;
    if (take(p, "blank")) {
        made->kind = NODE_BLANK;
        return made;
    }
    if (take(p, "in")) {
        made->kind = NODE_IN;
        return parse_values(p, made);
    }
    if (word_is(p, "=") || word_is(p, "like")) {
        made->kind = word_is(p, "=") ? NODE_EQUALS : NODE_LIKE;
        next_word(p);
        if (!p->quoted)
            return broken(p, "a text in single quotes comes here");
    } else if (take(p, "has")) {
        made->kind = NODE_HAS;
        if (!take_codeset(p, &made->set))
            return broken(p, "a code set comes after 'has'");
        made->property = word_text(p);
        next_word(p);
        if (!p->quoted)
            return broken(p, "the property's value comes here, in single quotes");
    } else {
        return broken(p, "filled, blank, =, in, like or has comes after a field");
    }
    made->text = word_text(p);
    made->length = p->length;
    next_word(p);
    return made;
}

static struct condition *parse_one(struct parsing *p)
{
    if (++p->parts > MOST_PARTS)
        return refuse_parts(p);
    if (take(p, "not")) {
        struct condition *inner = parse_one(p);
        return inner != NULL ? node(NODE_NOT, inner, NULL) : NULL;
    }
    if (take(p, "(")) {
        struct condition *inner = parse_any(p);
        if (inner != NULL && !take(p, ")"))
            return broken(p, ") is missing");
        return inner;
    }
    if (take(p, "pair")) {
        struct condition *made = node(NODE_PAIR, NULL, NULL);
        if (!take_field(p, &made->field) || !take_field(p, &made->other) || !take(p, "in") ||
            !take_codeset(p, &made->set))
            return broken(p, "pair FIELD FIELD in CODESET");
        return made;
    }
    if (take(p, "year"))
        return parse_year(p);
    if (take(p, "length")) {
        struct condition *made = node(NODE_LENGTH, NULL, NULL);
        if (!take_field(p, &made->field) || !take_comparison(p, &made->comparison) ||
            !take_number(p, &made->number))
            return broken(p, "length FIELD <= N");
        return made;
    }
    return parse_check(p);
}

static struct condition *parse_all(struct parsing *p)
{
    struct condition *left = parse_one(p);
    while (left != NULL && take(p, "and")) {
        struct condition *right = parse_one(p);
        left = right != NULL ? node(NODE_AND, left, right) : NULL;
    }
    return left;
}

static struct condition *parse_any(struct parsing *p)
{
    struct condition *left = parse_all(p);
    while (left != NULL && take(p, "or")) {
        struct condition *right = parse_all(p);
        left = right != NULL ? node(NODE_OR, left, right) : NULL;
    }
    return left;
}

static struct condition *parse_test(struct parsing *p)
{
    next_word(p);
    struct condition *made;
    if (take(p, "when")) {
        struct condition *left = parse_any(p);
        if (left != NULL && !take(p, "then"))
            return broken(p, "'then' is missing");
        struct condition *right = left != NULL ? parse_any(p) : NULL;
        made = right != NULL ? node(NODE_WHEN, left, right) : NULL;
    } else {
        made = parse_any(p);
    }
    if (made != NULL && (p->length > 0 || p->quoted))
        return broken(p, "nothing more is expected");
    return made;
}

int condition_compile(const char *text, const struct record_layout *record, struct tables *tables,
                      const char *where, struct condition **condition, bool *applies,
                      struct cte_error *error)
{
    struct parsing parsing = {.text = text,
                              .at = text,
                              .record = record,
                              .tables = tables,
                              .where = where,
                              .error = error};
    struct condition *made = parse_test(&parsing);
    if (made == NULL)
        return error->status != CTE_OK
                   ? error->status
                   : cte_fail(error, CTE_BAD_TABLE, "%s: the test does not parse", where);
    *applies = !parsing.lacks_field;
    *condition = *applies ? made : NULL;
    return CTE_OK;
}

int condition_fields(const char *text, const char *where,
                     void (*found)(const char *number, void *context), void *context,
                     struct cte_error *error)
{
    struct parsing parsing = {.text = text,
                              .at = text,
                              .where = where,
                              .found = found,
                              .context = context,
                              .error = error};
    return parse_test(&parsing) != NULL ? CTE_OK : error->status;
}

static bool is_like(const char *pattern, size_t pattern_length, struct slice value)
{
    if (value.length != pattern_length)
        return false;
    for (size_t i = 0; i < value.length; i++) {
        char c = value.at[i];
        bool is_digit = c >= '0' && c <= '9', is_letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
        if (pattern[i] == '#' ? !is_digit : pattern[i] == '@' ? !is_letter : pattern[i] != c)
            return false;
    }
    return true;
}

static bool compare(enum comparison comparison, long a, long b)
{
    return comparison == AT_MOST ? a <= b : comparison == AT_LEAST ? a >= b : a == b;
}

static bool in_year(const struct code *code, int year)
{
    return year == YEAR_NONE || (code->first <= year && year <= code->last);
}

static struct condition_asked ask_list(const struct condition *c, const struct slice *fields,
                                       int year)
{
    struct slice code = fields[c->field];
    struct condition_asked asked = {false, year != YEAR_NONE && year > c->set->complete_through};
    struct slice value = c->kind == NODE_PAIR ? fields[c->other] : code;
    if (code.length == 0 || value.length == 0)
        return (struct condition_asked){false, false};
    for (const struct code *row = codeset_find(c->set, value.at, value.length); row != NULL;
         row = row->same) {
        if (!in_year(row, year))
            continue;
        if (c->kind == NODE_PAIR) {
            if (row->with != NULL && strlen(row->with) == code.length &&
                memcmp(row->with, code.at, code.length) == 0)
                return (struct condition_asked){true, false};
        } else {
            const char *property = code_property(row, c->property);
            asked.unsure = false; /* the code is listed, so what is said of it counts */
            if (property != NULL && strcmp(property, c->text) == 0)
                return (struct condition_asked){true, false};
        }
    }
    return asked;
}

struct condition_asked condition_ask(const struct condition *c, const struct slice *fields,
                                     int year, int as_of)
{
    struct condition_asked left, right;
    struct slice value = fields[c->field];
    switch (c->kind) {
    case NODE_WHEN:
        left = condition_ask(c->left, fields, year, as_of);
        return left.holds ? condition_ask(c->right, fields, year, as_of)
                          : (struct condition_asked){true, false};
    case NODE_OR:
        left = condition_ask(c->left, fields, year, as_of);
        if (left.holds)
            return left;
        right = condition_ask(c->right, fields, year, as_of);
        return (struct condition_asked){right.holds, !right.holds && (left.unsure || right.unsure)};
    case NODE_AND:
        left = condition_ask(c->left, fields, year, as_of);
        return left.holds ? condition_ask(c->right, fields, year, as_of) : left;
    case NODE_NOT:
        left = condition_ask(c->left, fields, year, as_of);
        return (struct condition_asked){!left.holds && !left.unsure, left.unsure};
    case NODE_FILLED: return (struct condition_asked){value.length > 0, false};
    case NODE_BLANK: return (struct condition_asked){value.length == 0, false};
    case NODE_EQUALS:
        return (struct condition_asked){
            value.length == c->length && memcmp(value.at, c->text, c->length) == 0, false};
    case NODE_IN:
        return (struct condition_asked){
            value.length > 0 && when_holds(&c->values, value.at, value.length), false};
    case NODE_LIKE: return (struct condition_asked){is_like(c->text, c->length, value), false};
    case NODE_PAIR:
    case NODE_HAS: return ask_list(c, fields, year);
    case NODE_YEAR: {
        int found = academic_year(value.at, value.length);
        if (c->as_of && as_of == YEAR_NONE)
            return (struct condition_asked){true, false};
        int wanted = c->as_of ? as_of + c->number : c->number;
        return (struct condition_asked){found != YEAR_NONE && compare(c->comparison, found, wanted),
                                        false};
    }
    case NODE_LENGTH:
        return (struct condition_asked){compare(c->comparison, (long)value.length, c->number),
                                        false};
    }
    return (struct condition_asked){true, false};
}
