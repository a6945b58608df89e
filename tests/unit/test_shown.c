/* shown.h: a path of any bytes is shown as text of one line, and had back. */
#include <libxml/xmlstring.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/shown.h"
#include "tests/unit/unit.h"

static void paths_are_shown(void)
{
    static const struct {
        const char *path, *shown;
    } cases[] = {
        {"", ""},
        {"/srv/cte/SCTE (1).txt", "/srv/cte/SCTE (1).txt"},
        {"Schl\xc3\xbcssel/\xe5\xad\xa6\xf0\x9f\x8e\x93",
         "Schl\xc3\xbcssel/\xe5\xad\xa6\xf0\x9f\x8e\x93"},
        {"Schl\xfcssel", "Schl%FCssel"},
        {"two\nlines\t\r\x7f", "two%0Alines%09%0D%7F"},
        {"50%", "50%"},
        {"100%41", "100%2541"},
        {"%2", "%2"},
        {"%zz %a%", "%zz %a%"},
        {"%0a", "%250a"},
        {"\xc3", "%C3"},                      /* cut off */
        {"\xc0\xaf", "%C0%AF"},               /* longer than need be */
        {"\xed\xa0\x80", "%ED%A0%80"},        /* half a pair */
        {"\xf4\x90\x80\x80", "%F4%90%80%80"}, /* beyond Unicode */
        {"\xef\xbf\xbe", "%EF%BF%BE"},        /* not in XML */
        {"\xc2\x85", "%C2%85"},               /* a line end of other systems */
        {"\xe2\x80\xa8\xe2\x80\xae", "%E2%80%A8%E2%80%AE"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *shown = path_shown(cases[i].path), *back = path_from_shown(shown);
        CHECK_TEXT("shown", cases[i].shown, shown);
        CHECK_TEXT("and back", cases[i].path, back);
        free(shown);
        free(back);
    }
}

static void any_bytes_come_back(void)
{
    struct dice dice = {7};
    for (unsigned n = 0; n < 20000; n++) {
        char path[24];
        size_t length = roll(&dice, sizeof path - 1);
        for (size_t i = 0; i < length; i++)
            path[i] = roll(&dice, 3) == 0 ? "%41Aa"[roll(&dice, 5)] : (char)(1 + roll(&dice, 255));
        path[length] = '\0';
        char *shown = path_shown(path), *back = path_from_shown(shown);
        CHECK(xmlCheckUTF8((const xmlChar *)shown) && strpbrk(shown, "\n\r\t") == NULL,
              "%s is no line of text", shown);
        CHECK_TEXT("any bytes", path, back);
        free(shown);
        free(back);
    }
}

static void words_keep_their_lines(void)
{
    static const char words[] = "a.csv:2: 100%41\n\tthen \xfc\x01";
    char *shown = text_shown(words, sizeof words - 1);
    CHECK_TEXT("words", "a.csv:2: 100%41\n\tthen %FC%01", shown);
    free(shown);
}

void add_shown_suite(void)
{
    static const CU_TestInfo tests[] = {
        {"paths are shown", paths_are_shown},
        {"any bytes come back", any_bytes_come_back},
        {"words keep their lines", words_keep_their_lines},
        {NULL, NULL},
    };
    add_suite("shown", NULL, NULL, tests);
}
