#include "codetables/model/condition.h"

#include <string.h>

#include "codetables/base/short_value.h"
#include "codetables/model/condition_tree.h"

/* Where the pattern is one of digits alone, that is known. */
static bool is_like(const char *pattern, size_t pattern_length, bool is_digits, struct slice value)
{
    struct short_value packed;
    if (value.length != pattern_length)
        return false;
    if (is_digits && value.length > 0 && pack_short_value(value, &packed))
        return is_short_number(&packed);
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

/* Of the first half of a test, which is mostly whether a field is filled. */
static struct condition_asked ask_first(const struct condition *c, const struct slice *fields,
                                        int year, int as_of)
{
    if (c->kind == NODE_FILLED)
        return (struct condition_asked){fields[c->field].length > 0, false};
    return condition_ask(c, fields, year, as_of);
}

struct condition_asked condition_ask(const struct condition *c, const struct slice *fields,
                                     int year, int as_of)
{
    struct condition_asked left, right;
    struct slice value = fields[c->field];
    switch (c->kind) {
    case NODE_WHEN:
        left = ask_first(c->left, fields, year, as_of);
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
    case NODE_LIKE:
        return (struct condition_asked){is_like(c->text, c->length, c->is_digits, value), false};
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

bool condition_goes_by_shape(const struct condition *c)
{
    switch (c->kind) {
    case NODE_WHEN:
    case NODE_OR:
    case NODE_AND: return condition_goes_by_shape(c->left) && condition_goes_by_shape(c->right);
    case NODE_NOT: return condition_goes_by_shape(c->left);
    case NODE_FILLED:
    case NODE_BLANK:
    case NODE_LENGTH: return true;
    case NODE_LIKE: return strpbrk(c->text, "0123456789") == NULL;
    default: return false;
    }
}
