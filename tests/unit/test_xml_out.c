/* xml_out.h and read_back.h: what is written is XML, whatever was to be written; what is none is
 * told when it is read back. */
#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "pipeline/run/read_back.h"
#include "codetables/base/shown.h"
#include "codetables/base/xml_out.h"
#include "tests/unit/unit.h"
#include "codetables/base/memory.h"

static char *folder;

static int make_folder(void)
{
    folder = test_path("xml");
    return mkdir(folder, 0700);
}

static int forget_folder(void)
{
    free(folder);
    return 0;
}

static void what_xml_can_hold(void)
{
    static const struct {
        const char *text;
        bool is_xml;
    } cases[] = {
        {"", true},
        {"plain <&\">", true},
        {"\t\n\r", true},
        {"\x7f", true},
        {"\xc3\xa9 \xe4\xb8\xad \xf0\x9f\x98\x80", true},
        {"\xef\xbf\xbd", true},      /* U+FFFD */
        {"\xf4\x8f\xbf\xbf", true},  /* U+10FFFF: only those of the first plane are forbidden */
        {"\xef\xbf\xbe", false},     /* U+FFFE */
        {"a\xef\xbf\xbf", false},    /* U+FFFF */
        {"\xed\xa0\x80", false},     /* a surrogate */
        {"\xf4\x90\x80\x80", false}, /* above U+10FFFF */
        {"\xc0\xaf", false},         /* overlong */
        {"\xe4\xb8", false},         /* cut off */
        {"\xff", false},
        {"\x01", false},
        {"\x1b[31m", false},
        {"\x0b", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK(is_xml_text(cases[i].text, strlen(cases[i].text)) == cases[i].is_xml, "case %zu", i);
    CHECK(!is_xml_text("a\0b", 3), "a NUL is no text");
}

/* Bytes are looked at eight at a time: each byte at each place of them, among the lowest and the
 * highest that are printed. */
static void what_xml_can_hold_anywhere(void)
{
    enum { LENGTH = 19 };
    static const char around[] = {' ', '~'};
    unsigned wrong = 0;
    for (size_t place = 0; place < LENGTH; place++) {
        for (int byte = 0; byte < 256; byte++) {
            char text[LENGTH];
            memset(text, around[(size_t)byte % 2], sizeof text);
            text[place] = (char)byte;
            const bool is_xml =
                (byte >= 0x20 && byte < 0x80) || byte == '\t' || byte == '\n' || byte == '\r';
            wrong += is_xml_text(text, sizeof text) != is_xml;
            wrong += !is_xml_text(text, place); /* without it, and what follows */
        }
    }
    CHECK(wrong == 0, "%u texts", wrong);
    CHECK(is_xml_text("seven..\xc3\xa9 eight...", 18), "a letter that begins in one eight");
}

/* Writes a document with a value in an attribute and as text; the path of the file, to be freed. */
static char *write_document(const char *name, struct slice value, int *status,
                            struct cte_error *error)
{
    struct output output;
    struct xml_out xml;
    struct cte_error trouble = {0};
    CHECK(output_open(&output, folder, name, false, &trouble) == CTE_OK, "%s", trouble.text);
    xml_begin(&xml, &output);
    xml_open(&xml, "all");
    xml_open(&xml, "one");
    xml_value(&xml, "value", value);
    xml_close(&xml);
    xml_open(&xml, "two");
    xml_text(&xml, value.at);
    *status = xml_end(&xml, error); /* closes what is open */
    CHECK(output_close(&output, &trouble) == CTE_OK && output_publish(&output, &trouble) == CTE_OK,
          "%s", trouble.text);
    output_discard(&output);
    return cte_format("%s/%s", folder, name);
}

static void any_bytes_are_xml_or_an_error(void)
{
    struct dice dice = {77};
    for (int i = 0; i < 400; i++) {
        char text[40];
        const size_t length = roll(&dice, sizeof text - 1);
        for (size_t c = 0; c < length; c++)
            text[c] = roll(&dice, 2) == 0 ? "<&>\"'\xc3\xa9\n\t "[roll(&dice, 10)]
                                          : (char)(1 + roll(&dice, 255));
        text[length] = '\0';
        struct cte_error error = {0}, trouble = {0};
        int status;
        char *path = write_document("any.xml", (struct slice){text, length}, &status, &error);
        CHECK(read_back_xml(path, "any.xml", &trouble) == CTE_OK, "what was written is XML: %s",
              trouble.text);
        CHECK((status == CTE_OK) == is_xml_text(text, length), "what XML cannot hold is an error");
        CHECK(status == CTE_OK || strstr(error.text, "one value holds a character") != NULL, "%s",
              error.text);
        xmlDocPtr doc = status == CTE_OK ? xmlReadFile(path, NULL, XML_PARSE_NONET) : NULL;
        xmlNodePtr one = doc != NULL ? first_element(xmlDocGetRootElement(doc), "one") : NULL;
        if (one != NULL) {
            char *back = attribute(one, "value");
            CHECK_TEXT("a value comes back", text, back);
            free(back);
        }
        CHECK(status != CTE_OK || one != NULL, "the element is there");
        xmlFreeDoc(doc);
        free(path);
    }
}

static void what_is_no_xml_is_told(void)
{
    static const struct {
        const char *text;
        bool is_xml;
    } cases[] = {
        {"<a/>", true},
        {"<?xml version=\"1.0\"?>\n<a b=\"c\">d</a>\n", true},
        {"<!DOCTYPE html>\n<html><p>x</p></html>\n", true},
        {"", false},
        {"<a>", false},
        {"<a></b>", false},
        {"<a/><b/>", false},
        {"<a b=\"1\" b=\"2\"/>", false},
        {"<a>&b;</a>", false},
        {"<a>\x01</a>", false},
        {"<a>\xef\xbf\xbe</a>", false},
        {"<a>\xff</a>", false},
        {"<a>x</a>more", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *path = test_file("case.xml", cases[i].text, strlen(cases[i].text));
        struct cte_error error = {0};
        const int status = read_back_xml(path, "case.xml", &error);
        CHECK(status == (cases[i].is_xml ? CTE_OK : CTE_BUG), "%s: %s", cases[i].text, error.text);
        free(path);
    }
    struct cte_error error = {0};
    CHECK(read_back_xml("/nowhere/at/all", "all", &error) == CTE_IO, "a file that is not there: %s",
          error.text);
}

static void a_long_document_is_read(void)
{
    enum { ELEMENTS = 200000 };
    char *text = cte_alloc(ELEMENTS * 4 + 16), *to = text;
    struct cte_error error = {0};
    to = stpcpy(to, "<a>");
    for (int i = 0; i < ELEMENTS; i++)
        to = stpcpy(to, "<b/>");
    to = stpcpy(to, "</a>");
    char *path = test_file("long.xml", text, (size_t)(to - text));
    CHECK(read_back_xml(path, "long.xml", &error) == CTE_OK, "%s", error.text);
    free(path);
    path = test_file("short.xml", text, (size_t)(to - text) - 1);
    CHECK(read_back_xml(path, "long.xml", &error) == CTE_BUG, "the last byte is missing");
    free(text);
    free(path);
}

void add_xml_out_suite(void)
{
    static const CU_TestInfo tests[] = {
        {"what XML can hold", what_xml_can_hold},
        {"what XML can hold, anywhere", what_xml_can_hold_anywhere},
        {"any bytes are XML or an error", any_bytes_are_xml_or_an_error},
        {"what is no XML is told", what_is_no_xml_is_told},
        {"a long document is read", a_long_document_is_read},
        {NULL, NULL},
    };
    add_suite("xml_out", make_folder, forget_folder, tests);
}
