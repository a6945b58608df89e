/* decisions.h: decisions files, sound and unsound, and which decision is the closest. */
#include "codetables/model/decisions.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/loading.h"
#include "codetables/base/memory.h"

#define HEADER "lea,year,record,school,pathway,local_course,code,decided_by,decided_on,reason\n"

static void sound_and_unsound(void)
{
    static const struct {
        const char *name, *csv;
        size_t count; /* of decisions; 99: refused */
        const char *words;
    } cases[] = {
        {"nothing but the header", HEADER, 0, NULL},
        {"header without line end",
         "lea,year,record,school,pathway,local_course,code,decided_by,decided_on,reason", 0, NULL},
        {"one", HEADER "L,,ABCD,,b,,100,me,2001-01-01,\n", 1, NULL},
        {"without final line end", HEADER "L,,ABCD,,b,,100,me,2001-01-01,", 1, NULL},
        {"CR LF",
         "lea,year,record,school,pathway,local_course,code,decided_by,decided_on,reason\r\nL,,ABCD,"
         ",b,,100,me,2001-01-01,because\r\n",
         1, NULL},
        {"a byte order mark", "\xef\xbb\xbf" HEADER "L,,ABCD,,b,,100,me,2001-01-01,\n", 1, NULL},
        {"blank lines", HEADER "\nL,,ABCD,,b,,100,me,2001-01-01,\n\n", 1, NULL},
        {"quotes", HEADER "\"L\",\"\",ABCD,,b,,100,\"me, \"\"too\"\"\",2001-01-01,\"x\ny\"\n", 1,
         NULL},
        {"more columns",
         "lea,year,record,school,pathway,local_course,code,decided_by,decided_on,reason,records,"
         "choices\nL,,ABCD,,b,,100,me,2001-01-01,,3,100 or 200\n",
         1, NULL},
        {"empty", "", 99, ":1:"},
        {"another header",
         "lea,year,record,school,pathway,course,code,decided_by,decided_on,reason\n", 99,
         "local_course"},
        {"columns in another order",
         "year,lea,record,school,pathway,local_course,code,decided_by,decided_on,reason\n", 99,
         "lea"},
        {"a header that is too short", "lea,year\n", 99, "record"},
        {"a row that is too short", HEADER "L,,ABCD,,b,,100\n", 99, ":2:"},
        {"an open question", HEADER "L,,ABCD,,b,,100,me,2001-01-01,\nL,,ABCD,,r,,,,,\n", 1, NULL},
        {"an open question with a name", HEADER "L,,ABCD,,r,,,me,2001-01-01,\n", 0, NULL},
        {"open questions alone", HEADER "L,,ABCD,,r,,,,,\nL,,,,,c,,,,\n", 0, NULL},
        {"rows of separators",
         HEADER ",,,,,,,,,\nL,,ABCD,,b,,100,me,2001-01-01,\n,,,\n,,,,,,,,,,,\n", 1, NULL},
        {"separators before the header", ",,,,,,,,,\n" HEADER "L,,ABCD,,b,,100,me,2001-01-01,\n", 1,
         NULL},
        {"semicolons",
         "lea;year;record;school;pathway;local_course;code;decided_by;decided_on;reason\nL;;ABCD;;"
         "b;;100;me;2001-01-01;\n",
         99, "semicolons"},
        {"tabs", "lea\tyear\trecord\tschool\n", 99, "tabs"},
        {"a local course needs no record type", HEADER "L,,,,,c,100,me,2001-01-01,\n", 1, NULL},
        {"one answer for a local course, given per type and school",
         HEADER "L,,ABCD,S,,c,100,me,2001-01-01,\nL,,EFGH,,,c,100,me,2001-01-01,\nL,,,T,,c,100,me,"
                "2001-01-01,\n",
         3, NULL},
        {"two answers for a local course, by type",
         HEADER "L,,ABCD,,,c,100,me,2001-01-01,\nL,,EFGH,,,c,200,me,2001-01-01,\n", 99,
         ":3: line 2"},
        {"two answers for a local course, by type and year",
         HEADER "L,,ABCD,,,c,100,me,2001-01-01,\nL,2001-2002,EFGH,,,c,200,me,2001-01-01,\n", 99,
         ":3: line 2"},
        {"two answers for a local course in two years",
         HEADER
         "L,2002-2003,ABCD,,,c,100,me,2001-01-01,\nL,2001-2002,EFGH,,,c,200,me,2001-01-01,\n",
         2, NULL},
        {"a pathway needs its record type", HEADER "L,,,,b,,100,me,2001-01-01,\n", 99, "record"},
        {"nobody", HEADER "L,,ABCD,,b,,100,,2001-01-01,\n", 99, "decided_by"},
        {"no date", HEADER "L,,ABCD,,b,,100,me,,\n", 99, "decided_on"},
        {"no LEA", HEADER ",,ABCD,,b,,100,me,2001-01-01,\n", 99, "lea"},
        {"no record type", HEADER "L,,,,b,,100,me,2001-01-01,\n", 99, "record"},
        {"both codes", HEADER "L,,ABCD,,b,c,100,me,2001-01-01,\n", 99, "exactly one"},
        {"neither code", HEADER "L,,ABCD,,,,100,me,2001-01-01,\n", 99, "exactly one"},
        {"a year that is none", HEADER "L,2001-2003,ABCD,,b,,100,me,2001-01-01,\n", 99, "year"},
        {"two that say the same",
         HEADER "L,,ABCD,,b,,100,me,2001-01-01,\nL,,ABCD,,b,,100,me,2001-01-02,\n", 99,
         "same question"},
        {"two that contradict",
         HEADER "L,,ABCD,,b,,100,me,2001-01-01,\n\nL,,ABCD,,b,,200,you,2001-01-02,\n", 99,
         ":4: line 2"},
        {"not two: another school",
         HEADER "L,,ABCD,,b,,100,me,2001-01-01,\nL,,ABCD,S,b,,200,me,2001-01-01,\n", 2, NULL},
        {"not two: another year",
         HEADER "L,,ABCD,,b,,100,me,2001-01-01,\nL,2001-2002,ABCD,,b,,200,me,2001-01-01,\n", 2,
         NULL},
        {"not two: a course of the same name",
         HEADER "L,,ABCD,,b,,100,me,2001-01-01,\nL,,ABCD,,,b,200,me,2001-01-01,\n", 2, NULL},
        {"a quote never closed", HEADER "L,,ABCD,,b,,100,\"me,2001-01-01,\n", 99, NULL},
        {"text after a quote", HEADER "L,,ABCD,,b,,100,\"me\"x,2001-01-01,\n", 99, NULL},
        {"bytes that are no UTF-8", HEADER "L,,ABCD,,b,,100,m\xe9,2001-01-01,\n", 99, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct decisions decisions;
        struct cte_error error = {0};
        char *path = test_file("decisions.csv", cases[i].csv, strlen(cases[i].csv));
        int status = decisions_load(path, &decisions, &error);
        if (cases[i].count == 99)
            check_bad_table(cases[i].name, path, status, &error, cases[i].words);
        else
            CHECK(status == CTE_OK && decisions.count == cases[i].count,
                  "%s: status %d, %zu decisions; %s", cases[i].name, status, decisions.count,
                  error.text);
        decisions_free(&decisions);
        free(path);
    }
    struct decisions decisions;
    struct cte_error error = {0}, other = {0};
    CHECK(decisions_load("/no/such/file.csv", &decisions, &error) == CTE_BAD_TABLE,
          "a file that is not there");
    char *path = test_file("decisions.csv", HEADER "L,\0,", sizeof HEADER + 4);
    check_bad_table("a NUL", path, decisions_load(path, &decisions, &other), &other, "NUL");
    decisions_free(&decisions);
    free(path);
}

static const struct decision *ask(const struct decisions *decisions, const char *lea,
                                  const char *school, int year, const char *record,
                                  const char *code, bool is_local_course)
{
    struct decision_question question = {.lea = slice_of(lea),
                                         .school = slice_of(school),
                                         .record = slice_of(record),
                                         .code = slice_of(code),
                                         .is_local_course = is_local_course,
                                         .year = year};
    return decisions_find(decisions, &question);
}

static void the_closest_counts(void)
{
    /* The code says how close the decision is. Every order of the lines gives the same answers. */
    static const char *const lines[] = {
        "L,,ABCD,,b,,LEA,me,2001-01-01,\n",
        "L,2001-2002,ABCD,,b,,LEAYEAR,me,2001-01-01,\n",
        "L,,ABCD,S,b,,SCHOOL,me,2001-01-01,\n",
        "L,2001-2002,ABCD,S,b,,SCHOOLYEAR,me,2001-01-01,\n",
        "L,2003-2004,ABCD,,b,,OTHERYEAR,me,2001-01-01,\n",
        "M,,ABCD,,b,,OTHERLEA,me,2001-01-01,\n",
        "L,,EFGH,,,b,COURSE,me,2001-01-01,\n",
    };
    static const struct {
        const char *lea, *school;
        int year;
        const char *record, *code;
        bool is_local_course;
        const char *answer;
    } cases[] = {
        {"L", "S", 2001, "ABCD", "b", false, "SCHOOLYEAR"},
        {"L", "S", 2002, "ABCD", "b", false, "SCHOOL"},
        {"L", "S", 2003, "ABCD", "b", false, "SCHOOL"},
        {"L", "T", 2001, "ABCD", "b", false, "LEAYEAR"},
        {"L", "T", 2002, "ABCD", "b", false, "LEA"},
        {"L", "T", 2003, "ABCD", "b", false, "OTHERYEAR"},
        {"L", "", 2002, "ABCD", "b", false, "LEA"},
        {"L", "T", YEAR_NONE, "ABCD", "b", false, "LEA"},
        {"M", "S", 2001, "ABCD", "b", false, "OTHERLEA"},
        {"N", "S", 2001, "ABCD", "b", false, "(none)"},
        {"L", "S", 2001, "EFGH", "b", false, "(none)"},
        {"L", "S", 2001, "EFGH", "b", true, "COURSE"},
        {"L", "S", 2001, "ABCD", "b", true, "COURSE"},
        {"L", "S", 2001, "ABCD", "bb", false, "(none)"},
        {"L", "S", 2001, "ABCD", "", false, "(none)"},
        {"", "S", 2001, "ABCD", "b", false, "(none)"},
    };
    enum { LINES = sizeof lines / sizeof *lines };
    struct dice dice = {51};
    for (unsigned run = 0; run < 50; run++) {
        size_t order[LINES];
        struct text csv = {0};
        text_format(&csv, "%s", HEADER);
        for (size_t i = 0; i < LINES; i++) {
            size_t j = roll(&dice, (uint32_t)i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        for (size_t i = 0; i < LINES; i++)
            text_format(&csv, "%s", lines[order[i]]);
        char *path = test_file("closest.csv", csv.bytes, csv.length);
        struct decisions decisions;
        struct cte_error error = {0};
        CHECK(decisions_load(path, &decisions, &error) == CTE_OK, "%s", error.text);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            const struct decision *decision =
                ask(&decisions, cases[i].lea, cases[i].school, cases[i].year, cases[i].record,
                    cases[i].code, cases[i].is_local_course);
            char *what = cte_format("%s %s %d %s %s", cases[i].lea, cases[i].school, cases[i].year,
                                    cases[i].record, cases[i].code);
            CHECK_TEXT(what, cases[i].answer, decision != NULL ? decision->code : "(none)");
            free(what);
        }
        decisions_free(&decisions);
        free(path);
        text_free(&csv);
    }
}

static void nothing_decided(void)
{
    static const struct decisions none;
    CHECK(ask(&none, "L", "S", 2001, "ABCD", "b", false) == NULL, "a decision out of nothing");
}

void add_decisions_suite(void)
{
    static const CU_TestInfo tests[] = {
        {"sound and unsound", sound_and_unsound},
        {"the closest counts", the_closest_counts},
        {"nothing decided", nothing_decided},
        {NULL, NULL},
    };
    add_suite("decisions", NULL, NULL, tests);
}
