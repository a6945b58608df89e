/* table.h and tables.h: what every table has in common, and the folder they lie in. */
#include "codetables/model/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codetables/model/condition.h"
#include "codetables/model/sound.h"
#include "tests/unit/loading.h"
#include "codetables/base/memory.h"
#include "codetables/base/digest.h"

static int open_codeset(const char *path, struct cte_error *error)
{
    struct table_identity identity;
    xmlDocPtr doc = NULL;
    int status = table_open(path, schema_file("codeset"), &identity, &doc, error);
    table_close(&identity);
    xmlFreeDoc(doc);
    return status;
}

#define SET(attributes, inner)                                                                     \
    "<codeset id=\"x\" version=\"1\" status=\"draft\" agency=\"none\" kind=\"list\" " attributes   \
    ">" HEAD inner "</codeset>"
#define CODE "<code value=\"a\" name=\"A\" basis=\"seen\"/>"

static void sound_and_unsound(void)
{
    static const struct loading_case cases[] = {
        {"sound", SET("", CODE), CTE_OK, NULL},
        {"comments and processing instructions", "<!-- x --><?x y?>" SET("", CODE "<!-- y -->"),
         CTE_OK, NULL},
        {"predefined entities and character references",
         SET("", "<code value=\"&lt;&#65;\" name=\"&amp;\" basis=\"seen\"/>"), CTE_OK, NULL},
        {"nothing", "", CTE_BAD_TABLE, NULL},
        {"not XML", "value,name\n", CTE_BAD_TABLE, NULL},
        {"cut off", "<codeset id=\"x\"", CTE_BAD_TABLE, NULL},
        {"tags that do not match", SET("", CODE "<note></title>"), CTE_BAD_TABLE, ":2:"},
        {"more after the end", SET("", CODE) "<codeset/>", CTE_BAD_TABLE, NULL},
        {"another root", "<codes/>", CTE_BAD_TABLE, NULL},
        {"an unknown attribute", SET("flavour=\"x\"", CODE), CTE_BAD_TABLE, "flavour"},
        {"an unknown element", SET("", CODE "<bode value=\"a\"/>"), CTE_BAD_TABLE, NULL},
        {"a code without basis", SET("", "<code value=\"a\" name=\"A\"/>"), CTE_BAD_TABLE, NULL},
        {"an unknown basis", SET("", "<code value=\"a\" name=\"A\" basis=\"guessed\"/>"),
         CTE_BAD_TABLE, NULL},
        {"an empty value", SET("", "<code value=\"\" name=\"A\" basis=\"seen\"/>"), CTE_BAD_TABLE,
         NULL},
        {"a value with a blank", SET("", "<code value=\"a b\" name=\"A\" basis=\"seen\"/>"),
         CTE_BAD_TABLE, NULL},
        {"an unknown status",
         "<codeset id=\"x\" version=\"1\" status=\"final\" agency=\"none\" kind=\"unread\">" HEAD
         "</codeset>",
         CTE_BAD_TABLE, NULL},
        {"a version of letters",
         "<codeset id=\"x\" version=\"one\" status=\"draft\" agency=\"none\" kind=\"unread\">" HEAD
         "</codeset>",
         CTE_BAD_TABLE, NULL},
        {"no source",
         "<codeset id=\"x\" version=\"1\" status=\"draft\" agency=\"none\" "
         "kind=\"unread\"><title>t</title></codeset>",
         CTE_BAD_TABLE, NULL},
        {"a DOCTYPE", "<!DOCTYPE codeset>" SET("", CODE), CTE_BAD_TABLE, "DOCTYPE"},
        {"a DOCTYPE of another place",
         "<!DOCTYPE codeset SYSTEM \"http://localhost:1/x.dtd\">" SET("", CODE), CTE_BAD_TABLE,
         "DOCTYPE"},
        {"an entity bomb",
         "<!DOCTYPE codeset [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b "
         "\"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\">"
         "<!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;\"><!ENTITY e "
         "\"&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;\"><!ENTITY f \"&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;\">]>" SET(
             "", "<note>&f;&f;&f;&f;</note>" CODE),
         CTE_BAD_TABLE, "DOCTYPE"},
        {"an external entity",
         "<!DOCTYPE codeset [<!ENTITY x SYSTEM \"file:///etc/hostname\">]>" SET(
             "", "<note>&x;</note>" CODE),
         CTE_BAD_TABLE, "DOCTYPE"},
        {"a parameter entity",
         "<!DOCTYPE codeset [<!ENTITY % x SYSTEM \"file:///etc/hostname\"> %x;]>" SET("", CODE),
         CTE_BAD_TABLE, "DOCTYPE"},
        {"an unknown entity", SET("", "<note>&x;</note>" CODE), CTE_BAD_TABLE, NULL},
        {"bytes that are no UTF-8", SET("", "<note>\xe9</note>" CODE), CTE_BAD_TABLE, NULL},
    };
    check_loading(open_codeset, cases, sizeof cases / sizeof *cases);
}

/* A parser takes UTF-16 without being told; a table in it is refused, with its mark and without,
 * either way round. */
static void another_width(void)
{
    static const char xml[] = SET("", CODE);
    for (int kind = 0; kind < 4; kind++) {
        bool marked = kind % 2 == 1, big = kind > 1;
        char *path = write_table_file("wide.xml", "");
        struct cte_error error = {0};
        FILE *file = fopen(path, "wb");
        CHECK(file != NULL, "%s cannot be written", path);
        for (const char *c = xml; file != NULL && *c != '\0'; c++) {
            if (c == xml && marked)
                fwrite(big ? "\xfe\xff" : "\xff\xfe", 1, 2, file);
            fputc(big ? '\0' : *c, file);
            fputc(big ? *c : '\0', file);
        }
        if (file != NULL)
            fclose(file);
        CHECK(open_codeset(path, &error) == CTE_BAD_TABLE && strstr(error.text, "UTF-16") != NULL,
              "kind %d: %s", kind, error.text);
        free(path);
    }
}

static void identity(void)
{
    static const char xml[] = "<codeset id=\"x\" version=\"1.2\" status=\"draft\" "
                              "agency=\"nobody\" kind=\"unread\">" HEAD "</codeset>";
    char *path = write_table_file("identity.xml", xml), hex[65];
    struct table_identity about;
    struct cte_error error = {0};
    xmlDocPtr doc = NULL;
    size_t length;
    char *bytes = read_file(path, &length);
    digest_bytes(bytes, length, hex);
    CHECK(table_open(path, schema_file("codeset"), &about, &doc, &error) == CTE_OK, "%s",
          error.text);
    char *got = cte_format("%s|%s|%s|%s|%s|%s|%s", about.kind, about.id, about.version,
                           about.status, about.agency, about.title, about.sha256);
    char *want = cte_format("codeset|x|1.2|draft|nobody|Made up|%s", hex);
    CHECK_TEXT("identity", want, got);
    CHECK_TEXT("path", path, about.path);
    CHECK(table_is_draft(&about), "a draft is not called a draft");
    table_close(&about);
    xmlFreeDoc(doc);
    free(got);
    free(want);
    free(bytes);
    CHECK(table_open("/no/such/table.xml", schema_file("codeset"), &about, &doc, &error) ==
              CTE_NO_INPUT,
          "a table that is not there");
    struct cte_error other = {0};
    CHECK(table_open(path, "/no/such/schema.xsd", &about, &doc, &other) == CTE_BAD_TABLE,
          "a schema that is not there");
    free(path);
}

static void academic_years(void)
{
    static const struct {
        const char *text;
        int year;
    } cases[] = {
        {"2019-2020", 2019},      {"0000-0001", 0},          {"9998-9999", 9998},
        {"1999-2000", 1999},      {"2019-2021", YEAR_NONE},  {"2019-2019", YEAR_NONE},
        {"2019-2018", YEAR_NONE}, {"2019_2020", YEAR_NONE},  {"2019-202O", YEAR_NONE},
        {"2019-20", YEAR_NONE},   {"2019-20200", YEAR_NONE}, {" 2019-2020", YEAR_NONE},
        {"9999-0000", YEAR_NONE}, {"", YEAR_NONE},           {"+019-0020", YEAR_NONE},
    };
    struct last_year last = NO_LAST_YEAR;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const size_t length = strlen(cases[i].text);
        CHECK(academic_year(cases[i].text, length) == cases[i].year, "%s", cases[i].text);
        for (int again = 0; again < 2; again++)
            CHECK(last_academic_year(&last, cases[i].text, length) == cases[i].year,
                  "the last year, %s", cases[i].text);
    }
}

static void versions(void)
{
    static const struct {
        const char *a, *b;
        int order;
    } cases[] = {
        {"2026.10", "2026.9", 1}, {"2026.9", "2026.10", -1}, {"2026.1", "2026.1", 0},
        {"2026", "2026.1", -1},   {"2026.1", "2026", 1},     {"10", "9", 1},
        {"1.10.1", "1.9.9", 1},   {"1.2", "1.2.0.1", -1},    {"99", "100.1", -1},
        {"1.100", "1.20", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int order = version_compare(cases[i].a, cases[i].b);
        CHECK((order > 0) - (order < 0) == cases[i].order, "%s against %s: %d", cases[i].a,
              cases[i].b, order);
    }
    /* An order: what is above on one side is below on the other, and it can be sorted by. */
    struct dice dice = {41};
    for (unsigned run = 0; run < 5000; run++) {
        char text[3][16];
        for (size_t i = 0; i < 3; i++) {
            char *end = text[i] + snprintf(text[i], 8, "%u", roll(&dice, 12));
            for (unsigned parts = roll(&dice, 3); parts > 0; parts--)
                end += snprintf(end, 5, ".%u", roll(&dice, 12));
        }
        int ab = version_compare(text[0], text[1]), ba = version_compare(text[1], text[0]),
            bc = version_compare(text[1], text[2]), ac = version_compare(text[0], text[2]);
        CHECK((ab > 0) == (ba < 0) && (ab == 0) == (ba == 0) && !(ab > 0 && bc > 0 && ac <= 0),
              "%s, %s, %s", text[0], text[1], text[2]);
    }
}

static void words(void)
{
    static const struct {
        const char *text;
        size_t count;
        const char *joined;
    } cases[] = {{"a b", 2, "a|b"}, {"  a\t\n b  ", 2, "a|b"}, {"", 0, ""},
                 {"   ", 0, ""},    {"one", 1, "one"},         {"a b c d e f", 6, "a|b|c|d|e|f"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        size_t count;
        char **list = split_words(&arena, cases[i].text, &count);
        struct text joined = {0};
        text_clear(&joined);
        for (size_t w = 0; w < count; w++)
            text_format(&joined, "%s%s", w > 0 ? "|" : "", list[w]);
        CHECK(count == cases[i].count && list[count] == NULL, "%zu words", count);
        CHECK_TEXT("words", cases[i].joined, text_string(&joined));
        arena_free(&arena);
        text_free(&joined);
    }
}

static void what_a_basis_may_do(void)
{
    static const struct {
        const char *text;
        enum basis basis;
        bool refuses;
    } cases[] = {
        {"seen", BASIS_SEEN, true},        {"family", BASIS_FAMILY, true},
        {"own", BASIS_OWN, true},          {"inferred", BASIS_INFERRED, false},
        {"assumed", BASIS_ASSUMED, false}, {"unread", BASIS_UNREAD, false},
        {"other", BASIS_NONE, false},      {NULL, BASIS_NONE, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK(basis_from(cases[i].text) == cases[i].basis &&
                  basis_may_refuse(cases[i].basis) == cases[i].refuses,
              "basis %zu", i);
}

/* ---- the folder ---- */

static void versions_in_the_folder(void)
{
    struct tables tables;
    struct cte_error error = {0};
    const struct codeset *set = NULL, *again = NULL;
    CHECK(tables_open(&tables, made_up_folder(), &error) == CTE_OK, "%s", error.text);
    CHECK(tables_codeset(&tables, "colour", &set, &error) == CTE_OK &&
              strcmp(set->identity.version, "1.10") == 0,
          "the highest version is not taken");
    CHECK(tables_codeset(&tables, "colour", &again, &error) == CTE_OK && again == set,
          "a set is loaded twice");
    CHECK(tables_codeset(&tables, "colour@1.9", &again, &error) == CTE_OK &&
              strcmp(again->identity.version, "1.9") == 0,
          "a version that is named");
    CHECK(tables_codeset(&tables, "colour@1.10", &again, &error) == CTE_OK && again == set,
          "the version that is loaded");
    CHECK(tables_codeset(&tables, "colour-blind", &again, &error) == CTE_OK &&
              again->kind == CODESET_UNREAD,
          "colour-blind");
    CHECK(tables.used_count == 3, "%zu tables are used, not 3", tables.used_count);
    static const char *const missing[] = {"colour@1.8", "colou", "colour-",
                                          "col*",       "",      "../codesets/colour"};
    for (size_t i = 0; i < sizeof missing / sizeof *missing; i++) {
        struct cte_error other = {0};
        CHECK(tables_codeset(&tables, missing[i], &again, &other) == CTE_BAD_TABLE, "'%s' is found",
              missing[i]);
    }
    struct crosswalk *crosswalk;
    CHECK(tables_crosswalk(&tables, "paint", &crosswalk, &error) == CTE_OK, "%s", error.text);
    struct crosswalk *again_crosswalk = NULL;
    const size_t used = tables.used_count;
    CHECK(tables_crosswalk(&tables, "paint", &again_crosswalk, &error) == CTE_OK &&
              again_crosswalk == crosswalk && tables.crosswalk_count == 1,
          "a crosswalk is loaded twice");
    CHECK(tables.used_count == used, "%zu tables are used, not %zu", tables.used_count, used);
    tables_begin_source(&tables);
    tables.used_count = 0; /* as if the source before had asked for all of them */
    CHECK(tables_crosswalk(&tables, "paint", &again_crosswalk, &error) == CTE_OK &&
              tables.used_count >= 2,
          "another source uses the crosswalk and its code sets, too");
    struct cte_error other = {0};
    CHECK(tables_crosswalk(&tables, "pain", &crosswalk, &other) == CTE_BAD_TABLE,
          "a crosswalk that is not there");
    tables_free(&tables);
    struct cte_error third = {0};
    CHECK(tables_open(&tables, "/no/such/folder", &third) == CTE_BAD_TABLE,
          "a folder that is not there");
    tables_free(&tables);
}

static void names_of_tables(void)
{
    static const char *const good[] = {"a", "clusters", "a-2018", "a-2018@2", "a1-b2@2026.10"},
                             *const bad[] = {"",    "@",    "a@",  "@1",   "A",    "1a",     "a-",
                                             "-a",  "a--b", "a b", "a@1.", "a@.1", "a@1..2", "a@1@",
                                             "a/b", "a@-1", "a.b", " a",   "a@1 "};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        CHECK(is_table_reference(good[i]), "'%s'", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(!is_table_reference(bad[i]), "'%s'", bad[i]);
}

/* A version that is loaded because it was named must not be taken where none is named. */
static void the_highest_version_whatever_came_before(void)
{
    struct tables tables;
    struct cte_error error = {0};
    const struct codeset *set = NULL;
    tables_open(&tables, made_up_folder(), &error);
    tables_codeset(&tables, "colour@1.9", &set, &error);
    CHECK(tables_codeset(&tables, "colour", &set, &error) == CTE_OK &&
              strcmp(set->identity.version, "1.10") == 0,
          "after version 1.9 was loaded by name, 'colour' is version %s", set->identity.version);
    tables_free(&tables);
}

/* A file whose name says another table than its content. */
static void a_file_under_another_name(void)
{
    struct tables tables;
    struct cte_error error = {0};
    const struct codeset *set = NULL;
    free(write_table_file(
        "tables/codesets/wrong-1.xml",
        "<codeset id=\"right\" version=\"2\" status=\"draft\" agency=\"none\" kind=\"unread\">" HEAD
        "</codeset>"));
    tables_open(&tables, made_up_folder(), &error);
    CHECK(tables_codeset(&tables, "wrong", &set, &error) == CTE_BAD_TABLE,
          "codesets/wrong-1.xml holds right@2 and is taken for wrong@1");
    tables_free(&tables);
    char *path = test_path("tables/codesets/wrong-1.xml");
    unlink(path);
    free(path);
}

/* What is loaded in any way is freed: valgrind and the leak sanitizer look on. */
static void all_is_freed(void)
{
    struct tables tables;
    struct cte_error error = {0};
    const struct codeset *set = NULL;
    const struct rules *rules = NULL;
    const struct rollups *rollups = NULL;
    struct crosswalk *crosswalk = NULL;
    struct condition *condition = NULL;
    tables_open(&tables, made_up_folder(), &error);
    CHECK(
        tables_crosswalk(&tables, "paint", &crosswalk, &error) == CTE_OK &&
            tables_rules(&tables, &rules, &error) == CTE_OK &&
            tables_rollups(&tables, NULL, &rollups, &error) == CTE_OK &&
            tables_codeset(&tables, "colour@1.9", &set, &error) == CTE_OK &&
            condition_compile(
                (struct condition_text){
                    "when 1.03 has colour 'x' 'y' then 1.03 in (a b-c) or not 1.02 = '2'", "here"},
                &(struct condition_use){&tables.layouts[0].records[0], &tables, &tables.arena},
                &condition, &error) == CTE_OK,
        "%s", error.text);
    /* What is refused leaves nothing either. */
    struct cte_error other = {0};
    char *path = write_table_file(
        "tables/crosswalks/bent-1.xml",
        "<crosswalk id=\"bent\" version=\"1\" status=\"draft\" "
        "agency=\"none\">" HEAD "<map id=\"m\" from=\"colour\" unlisted=\"hold\"><output id=\"o\" "
        "code-set=\"hue\"/><row n=\"1\" code=\"none\" kind=\"same\"/></map>"
        "</crosswalk>");
    CHECK(tables_crosswalk(&tables, "bent", &crosswalk, &other) == CTE_BAD_TABLE, "bent");
    unlink(path);
    free(path);
    tables_free(&tables);
    CHECK(tables.folder == NULL && tables.set_count == 0, "the tables are not empty");
}

static void layouts_by_year(void)
{
    struct tables *tables = made_up_tables();
    static const struct {
        const char *type;
        int year;
        const char *layout;
    } cases[] = {
        {"ABCD", 1999, NULL},      {"ABCD", 2000, "alpha"}, {"ABCD", 2009, "alpha"},
        {"ABCD", 2010, "beta"},    {"ABCD", 9998, "beta"},  {"EFGH", 2009, NULL},
        {"EFGH", 2010, "beta"},    {"WXYZ", 2010, NULL},    {"ABC", 2010, NULL},
        {"ABCD", YEAR_NONE, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct layout *layout =
            tables_layout_for_year(tables, cases[i].type, strlen(cases[i].type), cases[i].year);
        CHECK_TEXT(cases[i].type, cases[i].layout != NULL ? cases[i].layout : "(none)",
                   layout != NULL ? layout->identity.id : "(none)");
    }
    const struct layout *latest = tables_latest_layout(tables, "ABCD", 4);
    CHECK(latest != NULL && strcmp(latest->identity.id, "beta") == 0, "the latest layout of ABCD");
    CHECK(tables_latest_layout(tables, "WXYZ", 4) == NULL, "a latest layout of WXYZ");
    CHECK(tables_layout(tables, "gamma", NULL) != NULL &&
              tables_layout(tables, "gamm", NULL) == NULL,
          "layouts by name");
}

/* What an older version supersedes may be unknown because it cannot be read; that is no end of the
 * chain. */
static void an_older_version_that_cannot_be_read(void)
{
    char *older = test_path("worn-1.xml");
    /* there is nothing at its beginning: reading ends with EIO */
    CU_ASSERT_EQUAL_FATAL(symlink("/proc/self/mem", older), 0);
    char *path = test_path("worn-2.xml");
    const struct table_identity worn = {.path = path,
                                        .id = "worn",
                                        .version = "2",
                                        .supersedes = "1",
                                        .status = "draft",
                                        .agency = "nobody"};
    struct cte_error error = {0};
    CHECK(sound_identity(&worn, &error) == CTE_IO, "status %d: %s", error.status, error.text);
    unlink(older);
    free(older);
    free(path);
}

void add_table_suite(void)
{
    static const CU_TestInfo tests[] = {
        {"sound and unsound", sound_and_unsound},
        {"another width of characters", another_width},
        {"identity", identity},
        {"academic years", academic_years},
        {"versions", versions},
        {"words", words},
        {"what a basis may do", what_a_basis_may_do},
        {"versions in the folder", versions_in_the_folder},
        {"names of tables", names_of_tables},
        {"the highest version, whatever came before", the_highest_version_whatever_came_before},
        {"a file under another name", a_file_under_another_name},
        {"all is freed", all_is_freed},
        {"layouts by year", layouts_by_year},
        {"an older version that cannot be read", an_older_version_that_cannot_be_read},
        {NULL, NULL},
    };
    add_suite("table", NULL, NULL, tests);
}
