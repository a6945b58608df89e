/* crosswalk.h: what a code becomes, and crosswalks that do not make sense. */
#include "codetables/model/crosswalk.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/loading.h"
#include "codetables/base/memory.h"

/* Loads through the folder, so that the code sets are there and crosswalk_check() runs. */
static int load(const char *path, struct cte_error *error)
{
    struct crosswalk crosswalk;
    struct tables *tables = made_up_tables();
    int status = crosswalk_load(path, schema_file("crosswalk"), &crosswalk, error);
    for (size_t m = 0; m < crosswalk.map_count && status == CTE_OK; m++) {
        struct crosswalk_map *map = &crosswalk.maps[m];
        status = tables_codeset(tables, map->from, &map->set, error);
        for (size_t o = 0; o < map->output_count && status == CTE_OK; o++)
            status = tables_codeset(tables, map->outputs[o].code_set, &map->outputs[o].set, error);
    }
    if (status == CTE_OK)
        status = crosswalk_check(&crosswalk, error);
    crosswalk_free(&crosswalk);
    return status;
}

#define WALK(map, rows)                                                                            \
    "<crosswalk id=\"x\" version=\"1\" status=\"draft\" agency=\"none\">" HEAD                     \
    "<map id=\"m\" from=\"colour\" unlisted=\"hold\"" map ">"                                      \
    "<output id=\"hue\" code-set=\"hue\"/><output id=\"shade\" code-set=\"shade\"/>" rows          \
    "</map></crosswalk>"
#define ROW(n, code, rest) "<row n=\"" n "\" code=\"" code "\" " rest "/>"

static void sense_and_nonsense(void)
{
    static const struct loading_case cases[] = {
        {"sound", WALK("", ROW("1", "r", "kind=\"renamed\" to=\"100 1\"")), CTE_OK, NULL},
        {"no rows", WALK("", ""), CTE_OK, NULL},
        {"an unknown source code", WALK("", ROW("1", "z", "kind=\"renamed\" to=\"100 1\"")),
         CTE_BAD_TABLE, "source code z"},
        {"an unknown target", WALK("", ROW("1", "r", "kind=\"renamed\" to=\"100 3\"")),
         CTE_BAD_TABLE, "target code 3"},
        {"the other output's target", WALK("", ROW("1", "r", "kind=\"renamed\" to=\"1 100\"")),
         CTE_BAD_TABLE, "target code 1"},
        {"an unknown target in a condition",
         WALK("", "<row n=\"1\" code=\"r\" kind=\"split-one\" to=\"100 1\"><when n=\"2\" "
                  "field=\"1.04\" values=\"a\" to=\"300 -\"/></row>"),
         CTE_BAD_TABLE, "row 2"},
        {"an unknown target in a choice",
         WALK("", "<row n=\"1\" code=\"r\" kind=\"undecided\"><choice n=\"2\" to=\"300 -\" "
                  "role=\"primary\"/></row>"),
         CTE_BAD_TABLE, "row 2"},
        {"too few targets", WALK("", ROW("1", "r", "kind=\"renamed\" to=\"100\"")), CTE_BAD_TABLE,
         "outputs"},
        {"too many targets", WALK("", ROW("1", "r", "kind=\"renamed\" to=\"100 1 1\"")),
         CTE_BAD_TABLE, "outputs"},
        {"a row number twice",
         WALK("", ROW("1", "r", "kind=\"same\"") ROW("1", "42", "kind=\"same\"")), CTE_BAD_TABLE,
         "number 1"},
        {"the number of a choice twice",
         WALK("", "<row n=\"1\" code=\"r\" kind=\"undecided\"><choice n=\"1\" to=\"100 -\" "
                  "role=\"primary\"/></row>"),
         CTE_BAD_TABLE, "number 1"},
        {"row number nought", WALK("", ROW("0", "r", "kind=\"same\"")), CTE_BAD_TABLE, NULL},
        {"no row number", WALK("", "<row code=\"r\" kind=\"same\"/>"), CTE_BAD_TABLE, NULL},
        {"two rows for one code",
         WALK("", ROW("1", "r", "kind=\"same\"") ROW("2", "r", "kind=\"renamed\" to=\"100 1\"")),
         CTE_BAD_TABLE, "rows 1 and 2"},
        {"two rows for one code in one year",
         WALK("", ROW("1", "r", "kind=\"same\" last=\"2005-2006\"")
                      ROW("2", "r", "kind=\"renamed\" to=\"100 1\" first=\"2005-2006\"")),
         CTE_BAD_TABLE, "rows 1 and 2"},
        {"two rows for one code in years of their own",
         WALK("", ROW("1", "r", "kind=\"same\" last=\"2005-2006\"")
                      ROW("2", "r", "kind=\"renamed\" to=\"100 1\" first=\"2006-2007\"")),
         CTE_OK, NULL},
        {"three rows, the first and the last at odds",
         WALK("", ROW("1", "r", "kind=\"same\" first=\"2001-2002\" last=\"2002-2003\"")
                      ROW("2", "r", "kind=\"same\" first=\"2005-2006\"")
                          ROW("3", "r", "kind=\"same\" last=\"2001-2002\"")),
         CTE_BAD_TABLE, "rows 1 and 3"},
        {"years out of order",
         WALK("", ROW("1", "r", "kind=\"same\" first=\"2005-2006\" last=\"2004-2005\"")),
         CTE_BAD_TABLE, "order"},
        {"a year that is none", WALK("", ROW("1", "r", "kind=\"same\" first=\"2005-2007\"")),
         CTE_BAD_TABLE, "year"},
        {"a map's year that is none", WALK(" first=\"2005-2007\"", ROW("1", "r", "kind=\"same\"")),
         CTE_BAD_TABLE, NULL},
        {"a map's years out of order",
         WALK(" first=\"2005-2006\" last=\"2004-2005\"", ROW("1", "r", "kind=\"same\"")),
         CTE_BAD_TABLE, NULL},
        {"an unknown kind", WALK("", ROW("1", "r", "kind=\"guessed\" to=\"100 1\"")), CTE_BAD_TABLE,
         NULL},
        {"a target where none may be", WALK("", ROW("1", "r", "kind=\"same\" to=\"100 1\"")),
         CTE_BAD_TABLE, NULL},
        {"no target where one must be", WALK("", ROW("1", "r", "kind=\"merged\"")), CTE_BAD_TABLE,
         NULL},
        {"kind none, and what it may write",
         WALK("", ROW("1", "r", "kind=\"none\" to=\"- -\"") ROW("2", "42", "kind=\"none\"")),
         CTE_OK, NULL},
        {"kind none with a target", WALK("", ROW("1", "r", "kind=\"none\" to=\"100 -\"")),
         CTE_BAD_TABLE, NULL},
        {"kind new", WALK("", ROW("1", "-", "kind=\"new\" to=\"100 1\"")), CTE_OK, NULL},
        {"kind new, twice",
         WALK("", ROW("1", "-", "kind=\"new\" to=\"100 1\"")
                      ROW("2", "-", "kind=\"new\" to=\"200 1\"")),
         CTE_OK, NULL},
        {"a range that runs backwards",
         WALK("", "<row n=\"1\" code=\"r\" kind=\"undecided\"><when n=\"2\" field=\"1.04\" "
                  "values=\"b-a\" to=\"100 -\"/></row>"),
         CTE_BAD_TABLE, "range"},
        {"a range of two lengths",
         WALK("", "<row n=\"1\" code=\"r\" kind=\"undecided\"><when n=\"2\" field=\"1.04\" "
                  "values=\"9-10\" to=\"100 -\"/></row>"),
         CTE_BAD_TABLE, "range"},
        {"a range of one",
         WALK("", "<row n=\"1\" code=\"r\" kind=\"undecided\"><when n=\"2\" field=\"1.04\" "
                  "values=\"a-a\" to=\"100 -\"/></row>"),
         CTE_OK, NULL},
        {"an unknown code set",
         "<crosswalk id=\"x\" version=\"1\" status=\"draft\" agency=\"none\">" HEAD
         "<map id=\"m\" from=\"smell\" unlisted=\"hold\"><output id=\"hue\" "
         "code-set=\"hue\"/></map></crosswalk>",
         CTE_BAD_TABLE - 1000, NULL},
        {"a map twice",
         "<crosswalk id=\"x\" version=\"1\" status=\"draft\" agency=\"none\">" HEAD
         "<map id=\"m\" from=\"colour\" unlisted=\"hold\"><output id=\"hue\" "
         "code-set=\"hue\"/></map>"
         "<map id=\"m\" from=\"colour\" unlisted=\"hold\"><output id=\"hue\" "
         "code-set=\"hue\"/></map></crosswalk>",
         CTE_BAD_TABLE, NULL},
        {"an output twice",
         "<crosswalk id=\"x\" version=\"1\" status=\"draft\" agency=\"none\">" HEAD
         "<map id=\"m\" from=\"colour\" unlisted=\"hold\"><output id=\"hue\" code-set=\"hue\"/>"
         "<output id=\"hue\" code-set=\"shade\"/></map></crosswalk>",
         CTE_BAD_TABLE, NULL},
        {"nine outputs",
         "<crosswalk id=\"x\" version=\"1\" status=\"draft\" agency=\"none\">" HEAD
         "<map id=\"m\" from=\"colour\" unlisted=\"hold\"><output id=\"a\" code-set=\"hue\"/>"
         "<output id=\"b\" code-set=\"hue\"/><output id=\"c\" code-set=\"hue\"/><output id=\"d\" "
         "code-set=\"hue\"/><output id=\"e\" code-set=\"hue\"/>"
         "<output id=\"f\" code-set=\"hue\"/><output id=\"g\" code-set=\"hue\"/><output id=\"h\" "
         "code-set=\"hue\"/><output id=\"i\" code-set=\"hue\"/></map></crosswalk>",
         CTE_BAD_TABLE, "outputs"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (cases[i].status >= 0) {
            check_loading(load, &cases[i], 1);
            continue;
        }
        /* The message names the folder where the code set should be, not the crosswalk. */
        struct cte_error error = {0};
        char *path = write_table_file("loading.xml", cases[i].xml);
        CHECK(load(path, &error) == CTE_BAD_TABLE, "%s: %s", cases[i].name, error.text);
        free(path);
    }
}

static const struct crosswalk_map *paint(void)
{
    static struct crosswalk *crosswalk;
    struct cte_error error = {0};
    if (crosswalk == NULL &&
        tables_crosswalk(made_up_tables(), "paint", &crosswalk, &error) != CTE_OK)
        cte_die("%s", error.text);
    return crosswalk_map(crosswalk, "colour");
}

static void maps_and_outputs(void)
{
    const struct crosswalk_map *map = paint();
    CHECK(map != NULL && map->row_count == 3 && !map->unlisted_passes, "the map");
    CHECK(crosswalk_output(map, "hue") == 0 && crosswalk_output(map, "shade") == 1 &&
              crosswalk_output(map, "smell") == -1,
          "outputs");
}

static void conditions(void)
{
    const struct crosswalk_row *row = crosswalk_lookup(paint(), "g", 1, 2004);
    CHECK(row != NULL && row->n == 2 && row->when_count == 1, "the row of g");
    if (row == NULL)
        return;
    /* a7-b2 and q: codes of two characters in byte order, and one. */
    static const struct {
        const char *value;
        bool holds;
    } cases[] = {{"a7", true}, {"a6", false}, {"a8", true},   {"az", true},  {"b0", true},
                 {"b2", true}, {"b3", false}, {"q", true},    {"p", false},  {"r", false},
                 {"", false},  {"a", false},  {"a7x", false}, {"qq", false}, {"A8", false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK(when_holds(&row->whens[0], cases[i].value, strlen(cases[i].value)) == cases[i].holds,
              "'%s'", cases[i].value);
    CHECK_TEXT("the condition in words", "1.04 in a7-b2 q", row->whens[0].text);
}

static void rows_by_year(void)
{
    static const char xml[] = WALK(
        " first=\"2001-2002\" last=\"2009-2010\"",
        ROW("1", "r", "kind=\"renamed\" to=\"100 1\" last=\"2003-2004\"")
            ROW("2", "r", "kind=\"renamed\" to=\"200 2\" first=\"2005-2006\" last=\"2007-2008\"")
                ROW("3", "42", "kind=\"same\""));
    static const struct {
        const char *code;
        int year;
        unsigned row;
    } cases[] = {{"r", 2000, 0},  {"r", 2001, 1},  {"r", 2003, 1},     {"r", 2004, 0},
                 {"r", 2005, 2},  {"r", 2007, 2},  {"r", 2008, 0},     {"42", 2000, 0},
                 {"42", 2001, 3}, {"42", 2009, 3}, {"42", 2010, 0},    {"4", 2005, 0},
                 {"", 2005, 0},   {"x", 2005, 0},  {"r", YEAR_NONE, 0}};
    struct crosswalk crosswalk;
    struct cte_error error = {0};
    char *path = write_table_file("years.xml", xml);
    CHECK(crosswalk_load(path, schema_file("crosswalk"), &crosswalk, &error) == CTE_OK, "%s",
          error.text);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct crosswalk_row *row = crosswalk_lookup(&crosswalk.maps[0], cases[i].code,
                                                           strlen(cases[i].code), cases[i].year);
        CHECK((row != NULL ? row->n : 0) == cases[i].row, "%s in %d: row %u", cases[i].code,
              cases[i].year, row != NULL ? row->n : 0);
    }
    crosswalk_free(&crosswalk);
    free(path);
}

/* What a decision may name: a choice, by the code of any output; what several choices share; or
 * what the row itself says. */
static void offers(void)
{
    const struct crosswalk_map *map = paint();
    static const struct {
        const char *code, *named;
        unsigned n;
        const char *to;
    } cases[] = {
        {"b", "100", 4, "100 -"}, {"b", "1", 5, "100 1"},   {"b", "200", 7, "200 2"},
        {"b", "2", 4, "- 2"},     {"b", "300", 0, NULL},    {"b", "", 0, NULL},
        {"b", "10", 0, NULL},     {"r", "100", 1, "100 1"}, {"r", "1", 1, "100 1"},
        {"r", "200", 0, NULL},    {"g", "200", 2, "200 -"}, {"g", "2", 0, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct crosswalk_row *row =
            crosswalk_lookup(map, cases[i].code, strlen(cases[i].code), 2004);
        struct targets to = {{NULL}};
        unsigned n = row_offers(map, row, cases[i].named, strlen(cases[i].named), &to);
        char *got = cte_format("%u %s %s", n, n > 0 && to.code[0] != NULL ? to.code[0] : "-",
                               n > 0 && to.code[1] != NULL ? to.code[1] : "-");
        char *want = cte_format("%u %s", cases[i].n, cases[i].n > 0 ? cases[i].to : "- -");
        char *what = cte_format("code %s, %s named", cases[i].code, cases[i].named);
        CHECK_TEXT(what, want, got);
        free(got);
        free(want);
        free(what);
    }
}

void add_crosswalk_suite(void)
{
    static const CU_TestInfo tests[] = {
        {"sense and nonsense", sense_and_nonsense},
        {"maps and outputs", maps_and_outputs},
        {"conditions", conditions},
        {"rows by year", rows_by_year},
        {"what a decision may name", offers},
        {NULL, NULL},
    };
    add_suite("crosswalk", NULL, NULL, tests);
}
