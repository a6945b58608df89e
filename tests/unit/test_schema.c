/* schema.h, attribute_rules.h, problems.h: all that is wrong with a table is told, each thing once,
 * on its line and in words about the table; also what the language of schemas cannot say. */
#include "codetables/model/schema.h"

#include <stdlib.h>
#include <string.h>

#include "codetables/model/attribute_rules.h"
#include "codetables/model/table.h"
#include "tests/unit/unit.h"

/* What was told, a sentence a line, without the path. */
struct heard {
    size_t path_length;
    struct text text;
};

static void hear(void *context, const char *sentence)
{
    struct heard *heard = context;
    text_format(&heard->text, "%s\n", sentence + heard->path_length + 1);
}

/* Opens the table and keeps what is said of it; to be freed. */
static char *told_of(const char *kind, const char *xml)
{
    char *path = write_table_file("schema.xml", xml);
    struct heard heard = {strlen(path), {0}};
    struct cte_error error = {.on_problem = hear, .context = &heard};
    struct table_identity identity;
    xmlDocPtr doc = NULL;
    const int status = table_open(path, schema_file(kind), &identity, &doc, &error);
    CHECK((status == CTE_OK) == (heard.text.length == 0), "status %d, told: %s", status,
          text_string(&heard.text));
    table_close(&identity);
    xmlFreeDoc(doc);
    free(path);
    return text_take(&heard.text);
}

struct told_case {
    const char *what, *xml, *told; /* the document, and all that must be told of it */
};

static void check_told(const char *kind, const struct told_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *told = told_of(kind, cases[i].xml);
        CHECK_TEXT(cases[i].what, cases[i].told, told);
        free(told);
    }
}

#define START(kind) "<" kind " id=\"x\" version=\"1\" status=\"draft\" agency=\"none\" "
#define SET(attributes, inner) START("codeset") attributes ">" HEAD "\n" inner "</codeset>"
#define CODE(rest) "<code value=\"a\" name=\"A\" basis=\"seen\"" rest "/>"
#define FORM(rest) SET("kind=\"form\"", "<form " rest "/>")

static void code_sets(void)
{
    static const struct told_case cases[] = {
        {"related alone", SET("kind=\"list\" related=\"y\"", CODE("")),
         "2: <codeset> lacks related-by\n"},
        {"related-by alone", SET("kind=\"list\" related-by=\"y\"", CODE("")),
         "2: <codeset> lacks related\n"},
        {"a list without codes", SET("kind=\"list\"", ""), "2: <codeset> lacks code\n"},
        {"pairs without codes", SET("kind=\"pairs\"", ""), "2: <codeset> lacks code\n"},
        {"a form of none", SET("kind=\"form\"", ""), "2: <codeset> lacks form\n"},
        {"a form in a list", SET("kind=\"list\"", "<form kind=\"academic-year\"/>"),
         "3: <form> does not belong here; what may stand here: code\n"},
        {"codes in a form", SET("kind=\"form\"", CODE("") "\n" CODE("")),
         "3: <code> does not belong here; what may stand here: form\n"
         "4: <code> does not belong here; what may stand here: form\n"},
        {"codes nobody has read", SET("kind=\"unread\"", CODE("")),
         "3: <code> does not belong here; nothing may stand here\n"},
        {"unread", SET("kind=\"unread\"", ""), ""},
        {"a pair of one", SET("kind=\"pairs\"", CODE(" with=\"b\"") "\n" CODE("")),
         "4: <code> lacks with\n"},
        {"a pair in a list", SET("kind=\"list\"", CODE(" with=\"b\"")),
         "3: <code> cannot have the attribute with here; correct or remove it\n"},
        {"a property", SET("kind=\"list\"", CODE(" colour=\"red\"")), ""},
        {"a blank property", SET("kind=\"list\"", CODE(" colour=\" \"")),
         "3: attribute colour of <code> must be [\\s\\S]*\\S[\\s\\S]*\n"},
        {"a property of another namespace", SET("kind=\"list\"", CODE(" xml:lang=\"en\"")),
         "3: <code> cannot have the attribute {http://www.w3.org/XML/1998/namespace}lang here; "
         "correct or remove it\n"},
        {"digits", FORM("kind=\"digits\" length=\"5\""), ""},
        {"digits of no length", FORM("kind=\"digits\""), "3: <form> lacks length\n"},
        {"digits with years", FORM("kind=\"digits\" length=\"5\" first=\"2000-2001\""),
         "3: <form> cannot have the attribute first here; correct or remove it\n"},
        {"a year with a length", FORM("kind=\"academic-year\" length=\"9\""),
         "3: <form> cannot have the attribute length here; correct or remove it\n"},
        {"a year with bounds",
         FORM("kind=\"academic-year\" first=\"2000-2001\" last=\"2001-2002\" basis=\"seen\""), ""},
        {"a year with one bound", FORM("kind=\"academic-year\" first=\"2000-2001\" basis=\"seen\""),
         "3: <form> lacks last\n"},
    };
    check_told("codeset", cases, sizeof cases / sizeof *cases);
}

#define MAP(inner)                                                                                 \
    START("crosswalk")                                                                             \
    ">" HEAD                                                                                       \
    "\n<map id=\"m\" from=\"f\" unlisted=\"hold\"><output id=\"o\" code-set=\"s\"/>\n" inner       \
    "</map></crosswalk>"
#define ROW(rest) MAP("<row n=\"7\" " rest "/>")

static void crosswalks(void)
{
    static const struct told_case cases[] = {
        {"renamed to nothing", ROW("code=\"a\" kind=\"renamed\""), "4: row 7: <row> lacks to\n"},
        {"moved to nothing", ROW("code=\"a\" kind=\"moved\""), "4: row 7: <row> lacks to\n"},
        {"merged to nothing", ROW("code=\"a\" kind=\"merged\""), "4: row 7: <row> lacks to\n"},
        {"split to nothing", ROW("code=\"a\" kind=\"split-one\""), "4: row 7: <row> lacks to\n"},
        {"split to nothing at all", ROW("code=\"a\" kind=\"split-all\""),
         "4: row 7: <row> lacks to\n"},
        {"new to nothing", ROW("code=\"-\" kind=\"new\""), "4: row 7: <row> lacks to\n"},
        {"same, yet led", ROW("code=\"a\" kind=\"same\" to=\"b\""),
         "4: row 7: <row> cannot have the attribute to here; correct or remove it\n"},
        {"retired, yet led", ROW("code=\"a\" kind=\"retired\" to=\"b\""),
         "4: row 7: <row> cannot have the attribute to here; correct or remove it\n"},
        {"undecided, yet led", ROW("code=\"a\" kind=\"undecided\" to=\"b\""),
         "4: row 7: <row> cannot have the attribute to here; correct or remove it\n"},
        {"none", ROW("code=\"a\" kind=\"none\" to=\"- -\""), ""},
        {"none, unsaid", ROW("code=\"a\" kind=\"none\""), ""},
        {"none, yet led", ROW("code=\"a\" kind=\"none\" to=\"- b\""),
         "4: row 7: attribute to of <row> must be -( -)*\n"},
        {"new with a code", ROW("code=\"a\" kind=\"new\" to=\"b\""),
         "4: row 7: attribute code of <row> must be -\n"},
        {"no code", ROW("code=\"-\" kind=\"same\""),
         "4: row 7: attribute code of <row> must be [0-9A-Za-z][!-~]*\n"},
        {"what another language of schemas reads",
         MAP("<row n=\"7\" code=\"a\" kind=\"same\" "
             "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"row\"/>"),
         "4: row 7: <row> cannot have the attribute "
         "{http://www.w3.org/2001/XMLSchema-instance}type here; correct or remove it\n"},
    };
    check_told("crosswalk", cases, sizeof cases / sizeof *cases);
}

#define LAYOUT(attributes, record, field)                                                          \
    "<layout id=\"x\" status=\"draft\" agency=\"none\" " attributes ">" HEAD                       \
    "<xml root=\"r\"/><form id=\"upload\" suffix=\"\"/>\n"                                         \
    "<record types=\"ABCD\" name=\"N\" order-basis=\"seen\" " record ">\n"                         \
    "<field number=\"1.01\" name=\"N\" element=\"E\" " field "/></record></layout>"
#define FIELD(field) LAYOUT("", "", field)

static void layouts(void)
{
    static const struct told_case cases[] = {
        {"supersedes without a version", LAYOUT("supersedes=\"0\"", "", ""),
         "2: <layout> lacks version\n"},
        {"a version that supersedes none", LAYOUT("version=\"1.1\" supersedes=\"0\"", "", ""), ""},
        {"replaces without basis", LAYOUT("", "replaces=\"1.01\"", ""),
         "3: <record> lacks replaces-basis\n"},
        {"a basis of what is replaced", LAYOUT("", "replaces-basis=\"seen\"", ""),
         "3: <record> lacks replaces\n"},
        {"a delete code", FIELD("role=\"transaction\" delete=\"D\""), ""},
        {"a delete code of another field", FIELD("role=\"lea\" delete=\"D\""),
         "4: <field> cannot have the attribute delete here; correct or remove it\n"},
        {"a delete code of any field", FIELD("delete=\"D\""),
         "4: <field> cannot have the attribute delete here; correct or remove it\n"},
        {"a type without basis", FIELD("type=\"AN\""), "4: <field> lacks type-basis\n"},
        {"a basis without type", FIELD("type-basis=\"seen\""), "4: <field> lacks type\n"},
        {"two lengths without basis", FIELD("min=\"2\" max=\"3\""),
         "4: <field> lacks length-basis\n"},
        {"a length without basis", FIELD("max=\"3\""), "4: <field> lacks length-basis\n"},
        {"a least length without basis", FIELD("min=\"3\""), "4: <field> lacks length-basis\n"},
        {"a basis without length", FIELD("length-basis=\"seen\""), "4: <field> lacks min or max\n"},
        {"a format without basis", FIELD("format=\"date\""), "4: <field> lacks format-basis\n"},
        {"a basis without format", FIELD("format-basis=\"seen\""), "4: <field> lacks format\n"},
        {"required without basis", FIELD("required=\"all\""), "4: <field> lacks required-basis\n"},
        {"a basis without required", FIELD("required-basis=\"seen\""),
         "4: <field> lacks required\n"},
        {"required from a year on, by nobody", FIELD("required-first=\"2000-2001\""),
         "4: <field> lacks required\n"},
        {"required by one type",
         FIELD("required=\"ABCD\" required-basis=\"seen\" required-first=\"2000-2001\""), ""},
    };
    check_told("layout", cases, sizeof cases / sizeof *cases);
}

#define ROLLUPS(attributes, inner)                                                                 \
    START("rollups")                                                                               \
    ">" HEAD "\n<rollup id=\"r\" records=\"ABCD\" title=\"T\" " attributes ">\n" inner             \
    "</rollup></rollups>"
#define CODES                                                                                      \
    "<before id=\"b\" name=\"B\" field=\"1.01\" code-set=\"c\" none=\"N\">"                        \
    "<group id=\"g\" name=\"G\" property=\"p\" code-set=\"c\"/></before>"                          \
    "<after id=\"a\" name=\"A\" field=\"1.01\" code-set=\"c\"/>\n"
#define BY(rest) ROLLUPS("through=\"t\"", "<by id=\"y\" name=\"Y\" none=\"N\" " rest "/>")

static void rollups(void)
{
    static const struct told_case cases[] = {
        {"through nothing, of nothing", ROLLUPS("", ""), "3: <rollup> lacks before\n"},
        {"through another, with codes", ROLLUPS("through=\"t\"", CODES),
         "4: <before> does not belong here; nothing may stand here\n"
         "4: <after> does not belong here; nothing may stand here\n"},
        {"with codes", ROLLUPS("", CODES), ""},
        {"before alone",
         ROLLUPS("", "<before id=\"b\" name=\"B\" field=\"1.01\" code-set=\"c\" "
                     "none=\"N\"><group id=\"g\" name=\"G\" property=\"p\" "
                     "code-set=\"c\"/></before>"),
         "3: <rollup> lacks after\n"},
        {"by nothing", BY(""), "4: <by> lacks field, code-set\n"},
        {"by a field of no set", BY("field=\"1.01\""), "4: <by> lacks code-set\n"},
        {"by a field", BY("field=\"1.01\" code-set=\"c\" values=\"a b\""), ""},
        {"by a property", BY("property=\"p\""), ""},
        {"by both", BY("property=\"p\" field=\"1.01\""),
         "4: <by> cannot have the attribute field here; correct or remove it\n"},
        {"by what another tells", BY("of=\"x\""), ""},
        {"by what another tells, and a field", BY("of=\"x\" field=\"1.01\" code-set=\"c\""),
         "4: <by> cannot have the attribute field here; correct or remove it\n"
         "4: <by> cannot have the attribute code-set here; correct or remove it\n"},
        {"by a property with values", BY("property=\"p\" values=\"a\""),
         "4: <by> cannot have the attribute values here; correct or remove it\n"},
    };
    check_told("rollups", cases, sizeof cases / sizeof *cases);
}

#define RULE(rest)                                                                                 \
    START("rules")                                                                                 \
    ">" HEAD "\n<rule id=\"A\" records=\"all\" severity=\"F\" "                                    \
    "severity-basis=\"seen\" " rest "><message>m</message><action>a</action></rule></rules>"

/* Each attribute that a check needs, taken out; and one that it cannot have. */
static void needs_of_checks(void)
{
    static const struct {
        const char *check, *attributes[6];
        const char *cannot;
    } checks[] = {
        {"condition", {"field=\"1.01\"", "test=\"t\""}, "fields=\"1.01\""},
        {"unique", {"field=\"1.01\"", "fields=\"1.01\""}, "test=\"t\""},
        {"same", {"field=\"1.01\"", "group=\"\"", "values=\"1.01\""}, "as=\"1.01\""},
        {"exists",
         {"field=\"1.01\"", "fields=\"1.01\"", "in=\"ABCD\"", "as=\"1.01\""},
         "group=\"1.01\""},
        {"another",
         {"field=\"1.01\"", "test=\"t\"", "group=\"1.01\"", "different=\"1.01\""},
         "in=\"ABCD\""},
        {"contains",
         {"field=\"1.01\"", "join=\"j\"", "property=\"p\"", "value=\"v\""},
         "different=\"1.01\""},
        {"agree", {"field=\"1.01\"", "group=\"1.01\""}, "values=\"1.01\""},
        {"none", {"needs=\"n\""}, "join=\"j\""},
        {"length", {NULL}, "field=\"1.01\""},
        {"length", {NULL}, "needs=\"n\""},
        {"length", {NULL}, "property=\"p\""},
        {"length", {NULL}, "value=\"v\""},
        {"length", {NULL}, "grade-not=\"g\""},
    };
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        for (int left_out = -2; left_out < 6; left_out++) {
            struct text xml = {0}, wanted = {0};
            const char *cannot = left_out == -2 ? checks[i].cannot : "";
            if (left_out >= 0 && checks[i].attributes[left_out] == NULL)
                break;
            text_format(&xml,
                        START("rules") ">" HEAD "\n<rule id=\"A\" records=\"all\" "
                                       "severity=\"F\" severity-basis=\"seen\" check=\"%s\" ",
                        checks[i].check);
            for (int a = 0; a < 6 && checks[i].attributes[a] != NULL; a++)
                text_format(&xml, "%s ", a == left_out ? "" : checks[i].attributes[a]);
            text_format(&xml, "%s><message>m</message><action>a</action></rule></rules>", cannot);
            if (left_out == -2)
                text_format(&wanted,
                            "3: <rule> cannot have the attribute %.*s here; correct or "
                            "remove it\n",
                            (int)strcspn(cannot, "="), cannot);
            if (left_out >= 0)
                text_format(&wanted, "3: <rule> lacks %.*s\n",
                            (int)strcspn(checks[i].attributes[left_out], "="),
                            checks[i].attributes[left_out]);
            char *told = told_of("rules", text_string(&xml));
            CHECK_TEXT(text_string(&xml), text_string(&wanted), told);
            free(told);
            text_free(&xml);
            text_free(&wanted);
        }
    }
    static const struct told_case cases[] = {
        {"what may stand with a join",
         RULE("check=\"contains\" field=\"1.01\" join=\"j\" property=\"p\" value=\"v\" "
              "grade-not=\"F\""),
         ""},
        {"what nobody checks, of a field", RULE("check=\"none\" needs=\"n\" field=\"1.01\""), ""},
        {"another in no group",
         RULE("check=\"another\" field=\"1.01\" test=\"t\" group=\"\" different=\"1.01\""),
         "3: attribute group of <rule> must be [0-9]{1,2}\\.[0-9]{2}( [0-9]{1,2}\\.[0-9]{2})*\n"},
    };
    check_told("rules", cases, sizeof cases / sizeof *cases);
}

#define JOB(source) "<job>\n<source " source "/><output folder=\"o\"/></job>"

static void jobs(void)
{
    static const struct told_case cases[] = {
        {"a pattern", JOB("path=\"p\" pattern=\"*\""), ""},
        {"a name", JOB("path=\"p\" name=\"n\""), ""},
        {"a pattern and a name", JOB("path=\"p\" pattern=\"*\" name=\"n\""),
         "3: <source> cannot have the attribute name here; correct or remove it\n"},
    };
    check_told("job", cases, sizeof cases / sizeof *cases);
}

/* Elements in wrong places, and what follows them: it is looked at all the same. */
static void elements_in_wrong_places(void)
{
    static const struct told_case cases[] = {
        {"another root", "<codes/>",
         "2: <codes> does not belong here; what may stand here: codeset\n"},
        {"in another namespace", "<codeset xmlns=\"http://example.org/\"/>",
         "2: <{http://example.org/}codeset> does not belong here; what may stand here: codeset\n"},
        {"nothing in it", START("codeset") "kind=\"list\"/>", "2: <codeset> lacks title\n"},
        {"several, and what follows",
         SET("kind=\"list\"",
             CODE("") "\n<bode/>\n<bode/>\n<code/>\n<mode/>\n" CODE(" with=\"x\"") "\n<bode/>"),
         "4: <bode> does not belong here; what may stand here: code\n"
         "5: <bode> does not belong here; what may stand here: code\n"
         "6: <code> lacks value, name, basis\n"
         "7: <mode> does not belong here; what may stand here: code\n"
         "8: <code> cannot have the attribute with here; correct or remove it\n"
         "9: <bode> does not belong here; what may stand here: code\n"},
        {"in the wrong order", SET("kind=\"list\"", CODE("") "\n<note>late</note>\n" CODE("")),
         "4: <note> does not belong here; what may stand here: code\n"},
        {"where nothing may stand",
         SET("kind=\"list\"", "<code value=\"a\" name=\"A\" basis=\"seen\">\n<x/>\n<y/></code>"),
         "4: <x> does not belong here; nothing may stand here\n"
         "5: <y> does not belong here; nothing may stand here\n"},
        {"where text stands", SET("kind=\"unread\"", "<note>a<b/>c</note>"),
         "3: <b> does not belong here; nothing may stand here\n"},
        {"text where nothing may stand",
         SET("kind=\"list\"", "<code value=\"a\" name=\"A\" basis=\"seen\">text</code>"),
         "3: the text of <code> does not belong there; remove it\n"},
        {"blanks where nothing may stand",
         SET("kind=\"list\"", "<code value=\"a\" name=\"A\" basis=\"seen\"> <!-- x -->\t</code>"),
         ""},
        {"text between elements", SET("kind=\"list\"", "text" CODE("")),
         "2: text does not belong between the elements of <codeset>; remove it\n"},
    };
    check_told("codeset", cases, sizeof cases / sizeof *cases);
}

/* Sixteen times at most a table is validated; then the rest is only mentioned. */
static void very_many_in_wrong_places(void)
{
    struct text xml = {0};
    text_add(&xml, START("codeset") "kind=\"list\">" HEAD CODE(""));
    for (int i = 0; i < 40; i++)
        text_format(&xml, "<x%d/>", i);
    text_add(&xml, "</codeset>");
    char *told = told_of("codeset", text_string(&xml));
    size_t count = 0;
    for (const char *at = told; (at = strstr(at, "does not belong here")) != NULL; at++)
        count++;
    CHECK(count == 16, "%zu are told", count);
    CHECK(strstr(told, "more elements do not belong where they stand") != NULL, "%s", told);
    free(told);
    text_free(&xml);
}

static void all_problems_once(void)
{
    static const struct told_case cases[] = {
        {"all sorts",
         "\n<codeset id=\"x\" version=\"1\" status=\"final\" kind=\"list\">\n" HEAD
         "\n<code value=\"a\" name=\"A\" basis=\"seen\"/>\n<code value=\"b c\" "
         "name=\"B\"/>\n<bode/>\n"
         "<code value=\"d\" name=\"D\" basis=\"seen\">words</code>\n<code value=\"e\" "
         "basis=\"seen\" name=\"\"/>\n</codeset>\n",
         "3: attribute status of <codeset> must be one of draft, published, superseded\n"
         "3: <codeset> lacks agency\n"
         "6: attribute value of <code> must be [!-~]+\n"
         "6: <code> lacks basis\n"
         "7: <bode> does not belong here; what may stand here: code\n"
         "8: the text of <code> does not belong there; remove it\n"
         "9: attribute name of <code> must be [\\s\\S]*\\S[\\s\\S]*\n"}};
    check_told("codeset", cases, sizeof cases / sizeof *cases);
    /* A number that is none is told as a type. */
    static const struct told_case form[] = {
        {"a length that is none", FORM("kind=\"digits\" length=\"x'y'\""),
         "3: attribute length of <form> must be positiveInteger\n"}};
    check_told("codeset", form, 1);
}

/* libxml2 counts lines of elements in 16 bits. */
static void lines_beyond_16_bits(void)
{
    struct text xml = {0};
    text_add(&xml, START("codeset") "kind=\"list\">" HEAD "\n");
    for (int i = 0; i < 70000; i++)
        text_format(&xml, "<code value=\"%d\" name=\"A\" basis=\"seen\"/>\n", i);
    text_add(&xml, "<code value=\"x\" name=\"A\" basis=\"guessed\"/>\n</codeset>\n");
    char *told = told_of("codeset", text_string(&xml));
    CHECK(strncmp(told, "70003: attribute basis of <code>", 32) == 0, "told: %s", told);
    free(told);
    text_free(&xml);
}

void add_schema_suite(void)
{
    static const CU_TestInfo tests[] = {
        {"code sets", code_sets},
        {"crosswalks", crosswalks},
        {"layouts", layouts},
        {"roll-ups", rollups},
        {"what a check needs", needs_of_checks},
        {"jobs", jobs},
        {"elements in wrong places", elements_in_wrong_places},
        {"very many in wrong places", very_many_in_wrong_places},
        {"all problems, each once", all_problems_once},
        {"lines beyond 16 bits", lines_beyond_16_bits},
        {NULL, NULL},
    };
    add_suite("schema", NULL, NULL, tests);
}
