/* From the text of a condition to its tree, which lies in an arena. */
#include <string.h>

#include "codetables/model/condition_tree.h"

/* What is asked goes as deep as a test has parts, and the stack is not endless. */
enum { MOST_PARTS = 1000 };

/* The text, cut into words. A word is a run of bytes without blanks and parentheses, a parenthesis,
 * or a text in single quotes. */
struct parsing {
    const char *text, *at;
    const char *word;
    size_t length;
    bool quoted;
    const struct record_layout *record; /* NULL: only the field numbers are wanted */
    struct tables *tables;
    struct arena *arena;
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

static struct condition *add_node(struct parsing *p, enum node_kind kind, struct condition *left,
                                  struct condition *right)
{
    struct condition *made = arena_alloc(p->arena, sizeof *made);
    made->kind = kind;
    made->left = left;
    made->right = right;
    return made;
}

static char *word_text(const struct parsing *p)
{
    return arena_copy(p->arena, p->word, p->length);
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
    next_word(p);
    return true;
}

static bool take_codeset(struct parsing *p, const struct codeset **set)
{
    char *id = word_text(p);
    bool good = p->length > 0;
    if (good && p->tables != NULL)
        good = tables_codeset(p->tables, id, set, p->error) == CTE_OK;
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
    struct condition *made = add_node(p, NODE_YEAR, NULL, NULL);
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

/* How many words stand before the closing parenthesis. */
static size_t count_values(const struct parsing *p)
{
    struct parsing ahead = *p;
    size_t count = 0;
    for (; ahead.length > 0 && !word_is(&ahead, ")"); next_word(&ahead))
        count++;
    return count;
}

static struct condition *parse_values(struct parsing *p, struct condition *made)
{
    if (!take(p, "("))
        return broken(p, "( comes after 'in'");
    struct crosswalk_when *values = &made->values;
    values->ranges = arena_alloc(p->arena, count_values(p) * sizeof *values->ranges);
    while (!word_is(p, ")")) {
        if (p->length == 0)
            return broken(p, ") is missing");
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
    struct condition *made = add_node(p, NODE_FILLED, NULL, NULL);
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
    made->is_digits = strspn(made->text, "#") == made->length;
    next_word(p);
    return made;
}

static struct condition *parse_one(struct parsing *p)
{
    if (++p->parts > MOST_PARTS)
        return refuse_parts(p);
    if (take(p, "not")) {
        struct condition *inner = parse_one(p);
        return inner != NULL ? add_node(p, NODE_NOT, inner, NULL) : NULL;
    }
    if (take(p, "(")) {
        struct condition *inner = parse_any(p);
        if (inner != NULL && !take(p, ")"))
            return broken(p, ") is missing");
        return inner;
    }
    if (take(p, "pair")) {
        struct condition *made = add_node(p, NODE_PAIR, NULL, NULL);
        if (!take_field(p, &made->field) || !take_field(p, &made->other) || !take(p, "in") ||
            !take_codeset(p, &made->set))
            return broken(p, "pair FIELD FIELD in CODESET");
        return made;
    }
    if (take(p, "year"))
        return parse_year(p);
    if (take(p, "length")) {
        struct condition *made = add_node(p, NODE_LENGTH, NULL, NULL);
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
        left = right != NULL ? add_node(p, NODE_AND, left, right) : NULL;
    }
    return left;
}

static struct condition *parse_any(struct parsing *p)
{
    struct condition *left = parse_all(p);
    while (left != NULL && take(p, "or")) {
        struct condition *right = parse_all(p);
        left = right != NULL ? add_node(p, NODE_OR, left, right) : NULL;
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
        made = right != NULL ? add_node(p, NODE_WHEN, left, right) : NULL;
    } else {
        made = parse_any(p);
    }
    if (made != NULL && (p->length > 0 || p->quoted))
        return broken(p, "nothing more is expected");
    return made;
}

int condition_compile(struct condition_text test, const struct condition_use *use,
                      struct condition **condition, struct cte_error *error)
{
    struct parsing parsing = {.text = test.text,
                              .at = test.text,
                              .record = use->record,
                              .tables = use->tables,
                              .arena = use->memory,
                              .where = test.where,
                              .error = error};
    struct condition *made = parse_test(&parsing);
    if (made == NULL)
        return error->status != CTE_OK
                   ? error->status
                   : cte_fail(error, CTE_BAD_TABLE, "%s: the test does not parse", test.where);
    *condition = parsing.lacks_field ? NULL : made;
    return CTE_OK;
}

int condition_fields(struct condition_text test, void (*found)(const char *number, void *context),
                     void *context, struct cte_error *error)
{
    struct arena arena = {0};
    struct parsing parsing = {.text = test.text,
                              .at = test.text,
                              .arena = &arena,
                              .where = test.where,
                              .found = found,
                              .context = context,
                              .error = error};
    const bool parses = parse_test(&parsing) != NULL;
    arena_free(&arena);
    return parses ? CTE_OK : error->status;
}
