/* codeset.h: which codes may stand in which year. */
#include "codetables/model/codeset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/loading.h"
#include "codetables/base/memory.h"

static int load(const char *path, struct cte_error *error)
{
    struct codeset set;
    const int status = codeset_load(path, schema_file("codeset"), &set, error);
    codeset_free(&set);
    return status;
}

#define SET(attributes, inner)                                                                     \
    "<codeset id=\"x\" version=\"1\" status=\"draft\" agency=\"none\" " attributes ">" HEAD inner  \
    "</codeset>"
#define BOUNDS(first, last, basis)                                                                 \
    "<form kind=\"academic-year\" first=\"" first "\" last=\"" last "\"" basis "/>"

static void unsound_sets(void)
{
    static const struct loading_case cases[] = {
        {"years out of order",
         SET("kind=\"list\"", "<code value=\"a\" name=\"A\" first=\"2005-2006\" last=\"2004-2005\" "
                              "basis=\"seen\"/>"),
         CTE_BAD_TABLE, "order"},
        {"one year is in order",
         SET("kind=\"list\"", "<code value=\"a\" name=\"A\" first=\"2005-2006\" last=\"2005-2006\" "
                              "basis=\"seen\"/>"),
         CTE_OK, NULL},
        {"a first year that is none",
         SET("kind=\"list\"", "<code value=\"a\" name=\"A\" first=\"2005-2007\" basis=\"seen\"/>"),
         CTE_BAD_TABLE, "year"},
        {"a last year that is none",
         SET("kind=\"list\"", "<code value=\"a\" name=\"A\" last=\"2005-2005\" basis=\"seen\"/>"),
         CTE_BAD_TABLE, "year"},
        {"a year of another form",
         SET("kind=\"list\"", "<code value=\"a\" name=\"A\" last=\"2005\" basis=\"seen\"/>"),
         CTE_BAD_TABLE, NULL},
        {"complete through a year that is none",
         SET("kind=\"list\" complete-through=\"2005-2007\"",
             "<code value=\"a\" name=\"A\" basis=\"seen\"/>"),
         CTE_BAD_TABLE, NULL},
        {"a list without codes", SET("kind=\"list\"", ""), CTE_BAD_TABLE, NULL},
        {"an unknown kind", SET("kind=\"tree\"", "<code value=\"a\" name=\"A\" basis=\"seen\"/>"),
         CTE_BAD_TABLE, NULL},
        {"a pair without its other half",
         SET("kind=\"pairs\"", "<code value=\"a\" name=\"A\" basis=\"seen\"/>"), CTE_BAD_TABLE,
         NULL},
        {"a pair",
         SET("kind=\"pairs\"", "<code value=\"a\" name=\"A\" with=\"b\" basis=\"seen\"/>"), CTE_OK,
         NULL},
        {"a half in a list",
         SET("kind=\"list\"", "<code value=\"a\" name=\"A\" with=\"b\" basis=\"seen\"/>"),
         CTE_BAD_TABLE, NULL},
        {"a form without a form", SET("kind=\"form\"", ""), CTE_BAD_TABLE, NULL},
        {"a form of digits without length", SET("kind=\"form\"", "<form kind=\"digits\"/>"),
         CTE_BAD_TABLE, NULL},
        {"codes in a form",
         SET("kind=\"form\"",
             "<form kind=\"academic-year\"/><code value=\"a\" name=\"A\" basis=\"seen\"/>"),
         CTE_BAD_TABLE, NULL},
        {"bounds of years",
         SET("kind=\"form\"", BOUNDS("2001-2002", "2003-2004", " basis=\"seen\"")), CTE_OK, NULL},
        {"bounds the wrong way round",
         SET("kind=\"form\"", BOUNDS("2003-2004", "2001-2002", " basis=\"seen\"")), CTE_BAD_TABLE,
         "order"},
        {"a bound that is no year",
         SET("kind=\"form\"", BOUNDS("2001-2003", "2003-2004", " basis=\"seen\"")), CTE_BAD_TABLE,
         "order"},
        {"bounds without a basis", SET("kind=\"form\"", BOUNDS("2001-2002", "2003-2004", "")),
         CTE_BAD_TABLE, NULL},
        {"a related set without its property",
         SET("kind=\"list\" related=\"y\"", "<code value=\"a\" name=\"A\" basis=\"seen\"/>"),
         CTE_BAD_TABLE, NULL},
        {"codes nobody has read",
         SET("kind=\"unread\"", "<code value=\"a\" name=\"A\" basis=\"seen\"/>"), CTE_BAD_TABLE,
         NULL},
    };
    check_loading(load, cases, sizeof cases / sizeof *cases);
}

static const char *verdict_name(enum code_verdict verdict)
{
    static const char *const names[] = {
        [CODE_GOOD] = "good",       [CODE_UNCHECKED] = "unchecked",
        [CODE_UNKNOWN] = "unknown", [CODE_UNLISTED] = "unlisted",
        [CODE_OUTSIDE] = "outside", [CODE_WRONG_YEAR] = "wrong year"};
    return names[verdict];
}

static void judge_all(const struct codeset *set, const char *name, const char *const *cases,
                      size_t count)
{
    /* Each case is a value, a year or "-", and the verdict. */
    for (size_t i = 0; i < count; i += 3) {
        int year = cases[i + 1][0] == '-' ? YEAR_NONE : atoi(cases[i + 1]);
        char *what = cte_format("%s: '%s' in %s", name, cases[i], cases[i + 1]);
        CHECK_TEXT(what, cases[i + 2],
                   verdict_name(codeset_judge(set, cases[i], strlen(cases[i]), year)));
        /* A code that ended, or comes later, is in the set too. */
        CHECK(codeset_holds(set, cases[i], strlen(cases[i])) ==
                  (strcmp(cases[i + 2], "good") == 0 || strcmp(cases[i + 2], "outside") == 0 ||
                   strcmp(cases[i + 2], "wrong year") == 0),
              "%s: whether it holds", what);
        free(what);
    }
}

static void years_of_codes(void)
{
    const struct codeset *set = NULL;
    struct cte_error error = {0};
    CHECK(tables_codeset(made_up_tables(), "colour", &set, &error) == CTE_OK, "%s", error.text);
    /* g: 2003 to 2005 and from 2008; b: up to 2004; r, 42: always. The list is whole through 2010.
     */
    static const char *const cases[] = {
        "r",   "0",    "good",       "r",  "9999", "good",       "r",   "-",    "good",
        "g",   "2002", "wrong year", "g",  "2003", "good",       "g",   "2004", "good",
        "g",   "2005", "good",       "g",  "2006", "wrong year", "g",   "2007", "wrong year",
        "g",   "2008", "good",       "g",  "9999", "good",       "g",   "-",    "good",
        "b",   "0",    "good",       "b",  "2004", "good",       "b",   "2005", "wrong year",
        "b",   "9999", "wrong year", "b",  "-",    "good",       "x",   "2009", "unknown",
        "x",   "2010", "unknown",    "x",  "2011", "unlisted",   "x",   "-",    "unknown",
        "",    "2009", "unknown",    "R",  "2009", "unknown",    "rr",  "2009", "unknown",
        "4",   "2009", "unknown",    "42", "2009", "good",       "042", "2009", "unknown",
        "42 ", "2009", "unknown",
    };
    judge_all(set, "colour", cases, sizeof cases / sizeof *cases);
    const struct code *code = codeset_find(set, "g", 1);
    CHECK(code != NULL && code->same != NULL && code->same->same == NULL, "g has two rows");
    CHECK(code != NULL && strcmp(code_property(code, "wave"), "short") == 0 &&
              code_property(code, "value") == NULL && code_property(code, "no") == NULL,
          "properties of g");
    CHECK(codeset_find(set, "gg", 1) == code && codeset_find(set, "gg", 2) == NULL,
          "a value is as long as it is said to be");
}

static void other_kinds(void)
{
    static const struct {
        const char *xml;
        const char *const cases[30];
        size_t count;
    } sets[] = {
        {SET("kind=\"unread\"", ""), {"anything", "2000", "unchecked", "", "-", "unchecked"}, 6},
        {SET("kind=\"form\"", "<form kind=\"digits\" length=\"7\"/>"),
         {"0000000", "2000",    "good",     "9999999", "-",       "good",    "123456",
          "2000",    "unknown", "12345678", "2000",    "unknown", "123456a", "2000",
          "unknown", "",        "2000",     "unknown", " 123456", "2000",    "unknown"},
         21},
        {SET("kind=\"form\"", "<form kind=\"academic-year\"/>"),
         {"2019-2020", "2000", "good", "2019-2021", "2000", "unknown", "2019", "-", "unknown"},
         9},
        {SET("kind=\"form\"", "<form kind=\"academic-year\" first=\"2001-2002\" last=\"2003-2004\" "
                              "basis=\"inferred\"/>"),
         {"2000-2001", "-", "outside", "2001-2002", "-", "good", "2003-2004", "2000", "good",
          "2004-2005", "2000", "outside", "2004-2006", "-", "unknown"},
         15},
        {SET("kind=\"pairs\" complete-through=\"2000-2001\"",
             "<code value=\"a\" name=\"A\" with=\"x\" last=\"2005-2006\" basis=\"seen\"/><code "
             "value=\"a\" name=\"A\" with=\"y\" first=\"2007-2008\" basis=\"seen\"/>"),
         {"a", "2005", "good", "a", "2006", "wrong year", "a", "2007", "good", "x", "2000",
          "unknown", "x", "2001", "unlisted"},
         15},
    };
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        struct codeset set;
        struct cte_error error = {0};
        char *path = write_table_file("kind.xml", sets[i].xml);
        if (CHECK(codeset_load(path, schema_file("codeset"), &set, &error) == CTE_OK, "%s",
                  error.text))
            judge_all(&set, sets[i].xml, sets[i].cases, sets[i].count);
        codeset_free(&set);
        free(path);
    }
}

/* So many codes that the hash has to deal with collisions; each is found, no other is. */
static void many_codes(void)
{
    enum { CODES = 5000 };
    struct text xml = {0};
    text_format(&xml,
                "<codeset id=\"x\" version=\"1\" status=\"draft\" agency=\"none\" kind=\"list\">%s",
                HEAD);
    for (unsigned i = 0; i < CODES; i++)
        text_format(&xml, "<code value=\"%u\" name=\"%u\" basis=\"seen\"/>", 2 * i, i);
    text_format(&xml, "</codeset>");
    char *path = write_table_file("many.xml", text_string(&xml));
    struct codeset set;
    struct cte_error error = {0};
    CHECK(codeset_load(path, schema_file("codeset"), &set, &error) == CTE_OK, "%s", error.text);
    for (unsigned i = 0; i < 2 * CODES; i++) {
        char value[16];
        size_t length = (size_t)snprintf(value, sizeof value, "%u", i);
        const struct code *code = codeset_find(&set, value, length);
        CHECK((code != NULL) == (i % 2 == 0) && (code == NULL || strcmp(code->value, value) == 0),
              "code %u", i);
    }
    codeset_free(&set);
    free(path);
    text_free(&xml);
}

void add_codeset_suite(void)
{
    static const CU_TestInfo tests[] = {
        {"unsound sets", unsound_sets},
        {"years of codes", years_of_codes},
        {"other kinds of sets", other_kinds},
        {"many codes", many_codes},
        {NULL, NULL},
    };
    add_suite("codeset", NULL, NULL, tests);
}
