/* relaxng.h: the project's validator against libxml2's, on the tables that ship, after all sorts of
 * changes to them, and on schemas that hold what theirs do not. */
#include "codetables/model/relaxng.h"

#include <glob.h>
#include <libxml/parser.h>
#include <libxml/relaxng.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "codetables/model/table.h"
#include "tests/unit/unit.h"
#include "codetables/base/memory.h"

/* libxml2's validator is slow, and a table says the same again and again. */
enum { MOST_ROWS = 25, CHANGES = 60 };

static void ignore(void *context, xmlErrorPtr problem)
{
    (void)context, (void)problem;
}

static bool valid_by_libxml2(xmlRelaxNGPtr schema, xmlDocPtr doc)
{
    xmlRelaxNGValidCtxtPtr checker = xmlRelaxNGNewValidCtxt(schema);
    xmlRelaxNGSetValidStructuredErrors(checker, ignore, NULL);
    int status = xmlRelaxNGValidateDoc(checker, doc);
    xmlRelaxNGFreeValidCtxt(checker);
    return status == 0;
}

static xmlRelaxNGPtr read_schema(const char *path)
{
    xmlRelaxNGParserCtxtPtr parser = xmlRelaxNGNewParserCtxt(path);
    xmlRelaxNGPtr schema = xmlRelaxNGParse(parser);
    xmlRelaxNGFreeParserCtxt(parser);
    return schema;
}

/* Counts what was told, and keeps the sentences. */
struct heard {
    size_t count;
    struct text text;
};

static void hear(void *context, const char *sentence)
{
    struct heard *heard = context;
    heard->count++;
    text_format(&heard->text, "%s\n", sentence);
}

/* True when both agree; *valid is what they say. */
static bool both_agree(const char *what, xmlRelaxNGPtr schema, const char *schema_path,
                       xmlDocPtr doc, bool *valid)
{
    struct heard heard = {0};
    struct cte_error error = {.hear = hear, .context = &heard};
    text_clear(&heard.text);
    enum relaxng_answer answer = relaxng_validate(doc, "table", schema_path, &error);
    *valid = valid_by_libxml2(schema, doc);
    bool good =
        CHECK(answer != RELAXNG_UNKNOWN, "%s: %s holds what the validator does not know", what,
              schema_path) &&
        CHECK((answer == RELAXNG_VALID) == *valid, "%s: libxml2 says %s, and we: %s", what,
              *valid ? "valid" : "not valid", heard.count > 0 ? heard.text.bytes : "valid") &&
        CHECK((answer == RELAXNG_VALID) == (heard.count == 0),
              "%s: the answer and what was told do not meet", what);
    text_free(&heard.text);
    return good;
}

/* Elements beyond the first few of a parent go. */
static void cut(xmlNodePtr node)
{
    size_t count = 0;
    for (xmlNodePtr child = first_element(node, NULL), next; child != NULL; child = next) {
        next = next_element(child, NULL);
        if (++count > MOST_ROWS) {
            xmlUnlinkNode(child);
            xmlFreeNode(child);
        } else {
            cut(child);
        }
    }
}

static void collect(xmlNodePtr node, xmlNodePtr *list, size_t *count, size_t room)
{
    if (*count < room)
        list[(*count)++] = node;
    for (xmlNodePtr child = first_element(node, NULL); child != NULL;
         child = next_element(child, NULL))
        collect(child, list, count, room);
}

static xmlAttrPtr any_attribute(struct dice *dice, xmlNodePtr node)
{
    uint32_t count = 0;
    for (xmlAttrPtr a = node->properties; a != NULL; a = a->next)
        count++;
    xmlAttrPtr found = node->properties;
    for (uint32_t i = count > 0 ? roll(dice, count) : 0; i > 0; i--)
        found = found->next;
    return found;
}

/* Values and names that mean something in one place or another, so that a change is often valid
 * again. */
static const char *any_word(struct dice *dice)
{
    static const char *const words[] = {
        "",         " ",      "x",         "105",   "050100 050101", "- -",
        "same",     "none",   "new",       "draft", "2019-2020",     "2019-2021",
        "9.07",     "7133",   "1.10",      "yes",   "all",           "F",
        "seen",     "0",      "12",        "-1",    " draft ",       "a\tb",
        "length",   "unique", "condition", "date",  "list",          "unread",
        "\xc3\xa9", "^",      "form",      "pairs", "digits",        "high",
        "hold",     "pass",   "upload",    "AB"};
    return words[roll(dice, sizeof words / sizeof *words)];
}

static const char *any_name(struct dice *dice)
{
    static const char *const names[] = {"id",   "n",      "code",  "value",  "name",  "kind",
                                        "to",   "first",  "last",  "basis",  "note",  "row",
                                        "when", "choice", "title", "source", "field", "record",
                                        "rule", "form",   "check", "x"};
    return names[roll(dice, sizeof names / sizeof *names)];
}

static void change(struct dice *dice, xmlDocPtr doc)
{
    enum { ROOM = 4096 };
    static xmlNodePtr list[ROOM];
    size_t count = 0;
    collect(xmlDocGetRootElement(doc), list, &count, ROOM);
    xmlNodePtr node = list[roll(dice, (uint32_t)count)];
    xmlAttrPtr a = any_attribute(dice, node);
    bool is_root = node->parent == (xmlNodePtr)doc; /* of which there is one */
    switch (roll(dice, 10)) {
    case 0:
    case 1:
        if (a != NULL)
            xmlSetProp(node, a->name, (const xmlChar *)any_word(dice));
        break;
    case 2:
        if (a != NULL)
            xmlRemoveProp(a);
        break;
    case 3:
        xmlSetProp(node, (const xmlChar *)any_name(dice), (const xmlChar *)any_word(dice));
        break;
    case 4: xmlNodeSetName(node, (const xmlChar *)any_name(dice)); break;
    case 5:
        if (!is_root)
            xmlAddNextSibling(node, xmlCopyNode(node, 1));
        break;
    case 6:
        if (!is_root) {
            xmlUnlinkNode(node);
            xmlFreeNode(node);
        }
        break;
    case 7: xmlNodeAddContent(node, (const xmlChar *)any_word(dice)); break;
    case 8:
        if (next_element(node, NULL) != NULL)
            xmlAddNextSibling(next_element(node, NULL), node);
        break;
    default: xmlAddChild(node, xmlNewDocNode(doc, NULL, (const xmlChar *)any_name(dice), NULL));
    }
}

static void change_and_compare(const char *path, const char *schema_path, xmlRelaxNGPtr schema,
                               size_t changes[2])
{
    struct dice dice = {crc32(0, (const Bytef *)path, (uInt)strlen(path))};
    xmlDocPtr table = xmlReadFile(path, NULL, XML_PARSE_NONET | XML_PARSE_NOBLANKS);
    bool valid;
    if (!CHECK(table != NULL, "%s cannot be read", path))
        return;
    cut(xmlDocGetRootElement(table));
    both_agree(path, schema, schema_path, table, &valid);
    for (int i = 0; i < CHANGES; i++) {
        xmlDocPtr doc = xmlCopyDoc(table, 1);
        for (uint32_t n = 1 + roll(&dice, 2); n > 0; n--)
            change(&dice, doc);
        if (both_agree(path, schema, schema_path, doc, &valid))
            changes[valid]++;
        xmlFreeDoc(doc);
    }
    xmlFreeDoc(table);
}

static void tables_changed_at_random(void)
{
    static const struct {
        const char *kind, *files;
    } kinds[] = {{"codeset", "codesets/*.xml"},
                 {"crosswalk", "crosswalks/*.xml"},
                 {"layout", "layouts/*.xml"},
                 {"rules", "rules/*.xml"},
                 {"job", "../pipeline/jobs/*.xml"}};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        char *pattern = cte_format("%s/%s", codetables_folder, kinds[k].files);
        xmlRelaxNGPtr schema = read_schema(schema_file(kinds[k].kind));
        size_t changes[2] = {0, 0};
        glob_t found;
        if (CHECK(glob(pattern, 0, NULL, &found) == 0, "%s: no such file", pattern)) {
            for (size_t i = 0; i < found.gl_pathc; i++)
                change_and_compare(found.gl_pathv[i], schema_file(kinds[k].kind), schema, changes);
            globfree(&found);
        }
        /* Changes that are all of one sort would prove little. */
        CHECK(changes[0] > 10 && changes[1] > 5, "%s: %zu changes not valid, %zu valid",
              kinds[k].kind, changes[0], changes[1]);
        xmlRelaxNGFree(schema);
        free(pattern);
    }
}

#define SCHEMA(inner)                                                                              \
    "<grammar xmlns=\"http://relaxng.org/ns/structure/1.0\" "                                      \
    "datatypeLibrary=\"http://www.w3.org/2001/XMLSchema-datatypes\">" inner "</grammar>"
#define START(inner) SCHEMA("<start><element name=\"a\">" inner "</element></start>")

static void schemas_of_all_sorts(void)
{
    static const struct {
        const char *schema, *doc;
        bool valid;
    } cases[] = {
        {START("<empty/>"), "<a/>", true},
        {START("<empty/>"), "<a> \n </a>", true},
        {START("<empty/>"), "<a>x</a>", false},
        {START("<empty/>"), "<a b=\"\"/>", false},
        {START("<text/>"), "<a/>", true},
        {START("<text/>"), "<a>x<!-- y -->z</a>", true},
        {START("<text/>"), "<a>x<b/></a>", false},
        {START("<attribute name=\"b\"/>"), "<a b=\"\"/>", true},
        {START("<attribute name=\"b\"/>"), "<a/>", false},
        {START("<attribute name=\"b\"><value>x y</value></attribute>"), "<a b=\"  x   y \"/>",
         true},
        {START("<attribute name=\"b\"><value type=\"string\" datatypeLibrary=\"\">x "
               "y</value></attribute>"),
         "<a b=\"x y\"/>", true},
        {START("<attribute name=\"b\"><value type=\"string\" datatypeLibrary=\"\">x "
               "y</value></attribute>"),
         "<a b=\" x y\"/>", false},
        {START("<attribute name=\"b\"><value>x</value></attribute>"), "<a b=\"xx\"/>", false},
        {START("<attribute name=\"b\"><value/></attribute>"), "<a b=\" \"/>", true},
        {START("<attribute "
               "name=\"b\"><list><oneOrMore><value>x</value></oneOrMore></list></attribute>"),
         "<a b=\" x x\"/>", true},
        {START("<attribute "
               "name=\"b\"><list><oneOrMore><value>x</value></oneOrMore></list></attribute>"),
         "<a b=\"x y\"/>", false},
        {START("<attribute "
               "name=\"b\"><list><oneOrMore><value>x</value></oneOrMore></list></attribute>"),
         "<a b=\"\"/>", false},
        {START("<attribute name=\"b\"><data type=\"positiveInteger\"/></attribute>"),
         "<a b=\" 12 \"/>", true},
        {START("<attribute name=\"b\"><data type=\"positiveInteger\"/></attribute>"),
         "<a b=\"0\"/>", false},
        {START("<attribute name=\"b\"><data type=\"string\"><param "
               "name=\"minLength\">2</param></data></attribute>"),
         "<a b=\"\xc3\xa9\"/>", false},
        {START("<attribute name=\"b\"><data type=\"string\"><param "
               "name=\"minLength\">2</param></data></attribute>"),
         "<a b=\"\xc3\xa9\xc3\xa9\"/>", true},
        {START("<attribute name=\"b\"><data type=\"string\"><param "
               "name=\"pattern\">x*</param><except><value>xx</value></except></data>"
               "</attribute>"),
         "<a b=\"xxx\"/>", true},
        {START("<attribute name=\"b\"><data type=\"string\"><param "
               "name=\"pattern\">x*</param><except><value>xx</value></except></data>"
               "</attribute>"),
         "<a b=\"xx\"/>", false},
        {START("<optional><attribute name=\"b\"/><attribute name=\"c\"/></optional>"), "<a/>",
         true},
        {START("<optional><attribute name=\"b\"/><attribute name=\"c\"/></optional>"),
         "<a c=\"\" b=\"\"/>", true},
        {START("<optional><attribute name=\"b\"/><attribute name=\"c\"/></optional>"),
         "<a c=\"\"/>", false},
        {START("<choice><group><attribute name=\"b\"><value>1</value></attribute><element "
               "name=\"c\"><empty/></element></group>"
               "<attribute name=\"b\"><value>2</value></attribute></choice>"),
         "<a b=\"1\"><c/></a>", true},
        {START("<choice><group><attribute name=\"b\"><value>1</value></attribute><element "
               "name=\"c\"><empty/></element></group>"
               "<attribute name=\"b\"><value>2</value></attribute></choice>"),
         "<a b=\"2\"><c/></a>", false},
        {START("<zeroOrMore><element name=\"b\"><empty/></element><element "
               "name=\"c\"><empty/></element></zeroOrMore>"),
         "<a><b/><c/><b/><c/></a>", true},
        {START("<zeroOrMore><element name=\"b\"><empty/></element><element "
               "name=\"c\"><empty/></element></zeroOrMore>"),
         "<a><b/><c/><b/></a>", false},
        {START("<oneOrMore><choice><element name=\"b\"><empty/></element><element "
               "name=\"c\"><empty/></element></choice></oneOrMore>"),
         "<a><c/><b/><b/></a>", true},
        {START("<zeroOrMore><attribute><anyName><except><name>b</name></except></anyName></"
               "attribute></zeroOrMore>"),
         "<a c=\"\" d=\"\"/>", true},
        {START("<zeroOrMore><attribute><anyName><except><name>b</name></except></anyName></"
               "attribute></zeroOrMore>"),
         "<a b=\"\"/>", false},
        {START("<zeroOrMore><attribute><anyName/></attribute></zeroOrMore>"),
         "<a c=\"\" xml:lang=\"en\"/>", true},
        {START("<zeroOrMore><attribute><nsName ns=\"\"/></attribute></zeroOrMore>"),
         "<a c=\"\" d=\"\"/>", true},
        {START("<zeroOrMore><attribute><nsName ns=\"\"/></attribute></zeroOrMore>"),
         "<a c=\"\" xml:lang=\"en\"/>", false},
        {START("<zeroOrMore><attribute><nsName "
               "ns=\"\"><except><name>b</name></except></nsName></attribute></zeroOrMore>"),
         "<a b=\"\"/>", false},
        {START("<empty/>"), "<a xmlns=\"http://example.org/\"/>", false},
        {SCHEMA("<start><ref name=\"x\"/></start><define name=\"x\"><element "
                "name=\"a\"><optional><ref name=\"x\"/></optional></element>"
                "</define>"),
         "<a><a><a/></a></a>", true},
        {SCHEMA("<start><ref name=\"x\"/></start><define name=\"x\"><element "
                "name=\"a\"><optional><ref name=\"x\"/></optional></element>"
                "</define>"),
         "<a><a/><a/></a>", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *schema_path = table_file("some.rng", cases[i].schema);
        xmlRelaxNGPtr schema = read_schema(schema_path);
        xmlDocPtr doc = xmlReadDoc((const xmlChar *)cases[i].doc, NULL, NULL,
                                   XML_PARSE_NONET | XML_PARSE_NOBLANKS);
        bool valid;
        char *what = cte_format("%s by %s", cases[i].doc, cases[i].schema);
        if (CHECK(schema != NULL && doc != NULL, "%s cannot be read", what) &&
            both_agree(what, schema, schema_path, doc, &valid))
            CHECK(valid == cases[i].valid, "%s is %s", what, valid ? "valid" : "not valid");
        xmlFreeDoc(doc);
        xmlRelaxNGFree(schema);
        free(what);
        free(schema_path);
    }
}

#define SOME_OF_B_AND_C                                                                            \
    "<zeroOrMore><choice><element name=\"b\"><empty/></element><element "                          \
    "name=\"c\"><empty/></element></choice></zeroOrMore>"

/* What the validator does not know is left to libxml2, and decides all the same. */
static void schemas_beyond_ours(void)
{
    static const struct {
        const char *schema, *attributes; /* of the document that follows it */
    } cases[] = {
        {START("<interleave><element name=\"b\"><empty/></element><element "
               "name=\"c\"><empty/></element></interleave>"),
         ""},
        {START("<mixed>" SOME_OF_B_AND_C "</mixed>"), ""},
        {SCHEMA("<start combine=\"choice\"><notAllowed/></start><start combine=\"choice\"><element "
                "name=\"a\">" SOME_OF_B_AND_C "</element></start>"),
         ""},
        {START("<attribute name=\"xml:lang\"/>" SOME_OF_B_AND_C), " xml:lang=\"en\""},
        {START("<attribute name=\"d\" ns=\"http://example.org/\"/>" SOME_OF_B_AND_C),
         " xmlns:e=\"http://example.org/\" e:d=\"\""},
        {START("<oneOrMore><attribute><nsName "
               "ns=\"http://example.org/\"/></attribute></oneOrMore>" SOME_OF_B_AND_C),
         " xmlns:e=\"http://example.org/\" e:d=\"\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = cte_format("<a%s><c/><b/></a>", cases[i].attributes),
             *schema = table_file("beyond.rng", cases[i].schema),
             *good = table_file("good.xml", text), *bad = table_file("bad.xml", "<a><d/></a>");
        struct table_identity identity;
        struct cte_error error = {0}, other = {0};
        xmlDocPtr doc = NULL;
        CHECK(table_open(good, schema, &identity, &doc, &error) == CTE_OK, "%s: %s",
              cases[i].schema, error.text);
        xmlFreeDoc(doc);
        CHECK(table_open(bad, schema, &identity, &doc, &other) == CTE_BAD_TABLE,
              "%s: <d/> is valid", cases[i].schema);
        free(text);
        free(schema);
        free(good);
        free(bad);
    }
}

static void all_problems_once(void)
{
    static const char xml[] =
        "\n<codeset id=\"x\" version=\"1\" status=\"final\" kind=\"list\">\n" HEAD
        "\n<code value=\"a\" name=\"A\" basis=\"seen\"/>\n<code value=\"b c\" "
        "name=\"B\"/>\n<bode/>\n"
        "<code value=\"d\" name=\"D\" basis=\"seen\">words</code>\n<code value=\"e\" "
        "basis=\"seen\" name=\"\"/>\n"
        "</codeset>\n";
    char *path = table_file("problems.xml", xml);
    struct heard heard = {0};
    struct cte_error error = {.hear = hear, .context = &heard};
    struct table_identity identity;
    xmlDocPtr doc = NULL;
    text_clear(&heard.text);
    CHECK(table_open(path, schema_file("codeset"), &identity, &doc, &error) == CTE_BAD_TABLE,
          "is sound");
    static const char *const wanted[] = {
        ":3: attribute status of <codeset> must be one of draft, published, superseded\n",
        ":3: <codeset> lacks agency\n",
        ":6: attribute value of <code> must be [!-~]+\n",
        ":6: <code> lacks basis\n",
        ":7: <bode> does not belong here; what may stand here: code\n",
        ":8: the text of <code> does not belong there; remove it\n",
        ":9: attribute name of <code> must be [\\s\\S]*\\S[\\s\\S]*\n"};
    const char *at = heard.text.bytes;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        char *line = cte_format("%s%s", path, wanted[i]);
        CHECK(strncmp(at, line, strlen(line)) == 0, "not told in its place: %s\n%s", line,
              heard.text.bytes);
        at += strcspn(at, "\n");
        at += *at == '\n';
        free(line);
    }
    CHECK(*at == '\0' && heard.count == sizeof wanted / sizeof *wanted, "more was told: %s", at);
    CHECK(strstr(error.text, wanted[0]) == NULL &&
              strncmp(error.text + strlen(path), wanted[0], strlen(wanted[0]) - 1) == 0,
          "the first is not kept: %s", error.text);
    text_free(&heard.text);
    free(path);
}

/* libxml2 counts lines of elements in 16 bits. */
static void lines_beyond_16_bits(void)
{
    struct text xml = {0};
    text_clear(&xml);
    text_format(
        &xml, "<codeset id=\"x\" version=\"1\" status=\"draft\" agency=\"none\" kind=\"list\">" HEAD
              "\n");
    for (int i = 0; i < 70000; i++)
        text_format(&xml, "<code value=\"%d\" name=\"A\" basis=\"seen\"/>\n", i);
    text_format(&xml, "<code value=\"x\" name=\"A\" basis=\"guessed\"/>\n</codeset>\n");
    char *path = table_file("long.xml", text_string(&xml));
    struct cte_error error = {0};
    struct table_identity identity;
    xmlDocPtr doc = NULL;
    CHECK(table_open(path, schema_file("codeset"), &identity, &doc, &error) == CTE_BAD_TABLE,
          "is sound");
    CHECK(strstr(error.text, ":70003: attribute basis of <code>") != NULL,
          "the wrong line is named: %s", error.text);
    text_free(&xml);
    free(path);
}

void add_relaxng_suite(void)
{
    static const CU_TestInfo tests[] = {
        {"tables changed at random", tables_changed_at_random},
        {"schemas of all sorts", schemas_of_all_sorts},
        {"schemas beyond ours", schemas_beyond_ours},
        {"all problems, each once", all_problems_once},
        {"lines beyond 16 bits", lines_beyond_16_bits},
        {NULL, NULL},
    };
    add_suite("relaxng", NULL, NULL, tests);
}
