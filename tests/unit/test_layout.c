/* layout.h: record layouts, and layouts that do not make sense. */
#include "codetables/model/layout.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/loading.h"

static int load(const char *path, struct cte_error *error)
{
    struct layout layout;
    const int status = layout_load(path, schema_file("layout"), &layout, error);
    layout_free(&layout);
    return status;
}

#define LAYOUT(attributes, records)                                                                \
    "<layout id=\"x\" status=\"draft\" agency=\"none\"" attributes ">" HEAD                        \
    "<xml root=\"R\"/><type id=\"LO\" allowed=\"abc\" basis=\"seen\">l</type>"                     \
    "<form id=\"upload\" suffix=\"\"/><form id=\"rejected\" suffix=\"-E\"><extra name=\"Why\" "    \
    "element=\"Why\"/></form>" records "</layout>"
#define RECORD(types, fields)                                                                      \
    "<record types=\"" types "\" name=\"n\" order-basis=\"seen\">" fields "</record>"
#define FIRST "<field number=\"1.01\" name=\"T\" element=\"T\" role=\"record-type\"/>"
#define FIELD(number, element, rest)                                                               \
    "<field number=\"" number "\" name=\"n\" element=\"" element "\" " rest "/>"

static void sense_and_nonsense(void)
{
    static const struct loading_case cases[] = {
        {"sound", LAYOUT("", RECORD("ABCD", FIRST)), CTE_OK, NULL},
        {"no record", LAYOUT("", ""), CTE_BAD_TABLE, NULL},
        {"no field", LAYOUT("", RECORD("ABCD", "")), CTE_BAD_TABLE, NULL},
        {"the first field is no record type",
         LAYOUT("",
                RECORD("ABCD", FIELD("1.01", "T", "") FIELD("1.02", "U", "role=\"record-type\""))),
         CTE_BAD_TABLE, "first field"},
        {"no record type at all", LAYOUT("", RECORD("ABCD", FIELD("1.01", "T", ""))), CTE_BAD_TABLE,
         "first field"},
        {"a number twice",
         LAYOUT("", RECORD("ABCD", FIRST FIELD("1.02", "A", "") FIELD("1.02", "B", ""))),
         CTE_BAD_TABLE, "1.02"},
        {"an element twice",
         LAYOUT("", RECORD("ABCD", FIRST FIELD("1.02", "A", "") FIELD("1.03", "A", ""))),
         CTE_BAD_TABLE, "1.03"},
        {"a number twice, in two records", LAYOUT("", RECORD("ABCD", FIRST) RECORD("EFGH", FIRST)),
         CTE_OK, NULL},
        {"a record type twice", LAYOUT("", RECORD("ABCD EFGH", FIRST) RECORD("IJKL EFGH", FIRST)),
         CTE_BAD_TABLE, "EFGH"},
        {"a record type twice in one record", LAYOUT("", RECORD("ABCD ABCD", FIRST)), CTE_BAD_TABLE,
         NULL},
        {"an unknown role", LAYOUT("", RECORD("ABCD", FIRST FIELD("1.02", "A", "role=\"cook\""))),
         CTE_BAD_TABLE, NULL},
        {"a role twice",
         LAYOUT("", RECORD("ABCD", FIRST FIELD("1.02", "A", "role=\"lea\"")
                                       FIELD("1.03", "B", "role=\"lea\""))),
         CTE_BAD_TABLE, NULL},
        {"an unknown type",
         LAYOUT("", RECORD("ABCD", FIRST FIELD("1.02", "A", "type=\"XX\" type-basis=\"seen\""))),
         CTE_BAD_TABLE, "XX"},
        {"a property without basis",
         LAYOUT("", RECORD("ABCD", FIRST FIELD("1.02", "A", "max=\"3\""))), CTE_BAD_TABLE, NULL},
        {"judged by a field that is not there",
         LAYOUT("", RECORD("ABCD", FIRST FIELD("1.02", "A", "judged-by=\"1.09\""))), CTE_BAD_TABLE,
         "1.09"},
        {"judged by a later field",
         LAYOUT("", RECORD("ABCD",
                           FIRST FIELD("1.02", "A", "judged-by=\"1.03\"") FIELD("1.03", "B", ""))),
         CTE_OK, NULL},
        {"judged by five",
         LAYOUT("",
                RECORD("ABCD", FIRST FIELD("1.02", "A", "judged-by=\"1.01 1.02 1.01 1.02 1.01\""))),
         CTE_BAD_TABLE, "too many"},
        {"required by a type of another record",
         LAYOUT("", RECORD("ABCD",
                           FIRST FIELD("1.02", "A", "required=\"EFGH\" required-basis=\"seen\""))
                        RECORD("EFGH", FIRST)),
         CTE_BAD_TABLE, "EFGH"},
        {"optional in the middle",
         LAYOUT("", RECORD("ABCD", FIRST FIELD("1.02", "A", "trailing=\"optional\"")
                                       FIELD("1.03", "B", ""))),
         CTE_BAD_TABLE, "1.02"},
        {"optional at the end",
         LAYOUT("", RECORD("ABCD", FIRST FIELD("1.02", "A", "trailing=\"optional\""))), CTE_OK,
         NULL},
        {"a shortest length above the longest",
         LAYOUT("", RECORD("ABCD",
                           FIRST FIELD("1.02", "A", "min=\"5\" max=\"3\" length-basis=\"seen\""))),
         CTE_BAD_TABLE, NULL},
        {"a first year that is none", LAYOUT(" first=\"2005-2007\"", RECORD("ABCD", FIRST)),
         CTE_BAD_TABLE, NULL},
        {"a last year that is none",
         LAYOUT(" first=\"2005-2006\" last=\"2007-2007\"", RECORD("ABCD", FIRST)), CTE_BAD_TABLE,
         NULL},
        {"years out of order",
         LAYOUT(" first=\"2005-2006\" last=\"2004-2005\"", RECORD("ABCD", FIRST)), CTE_BAD_TABLE,
         NULL},
        {"required from a year that is none",
         LAYOUT(
             "",
             RECORD("ABCD",
                    FIRST FIELD(
                        "1.02",
                        "A",
                        "required=\"all\" required-basis=\"seen\" required-first=\"2005-2007\""))),
         CTE_BAD_TABLE, NULL},
        {"a record type of another form", LAYOUT("", RECORD("AbCD", FIRST)), CTE_BAD_TABLE, NULL},
    };
    check_loading(load, cases, sizeof cases / sizeof *cases);
}

/* More fields and record types than there is room for. */
static void too_many(void)
{
    for (unsigned fields = LAYOUT_MAX_FIELDS; fields <= LAYOUT_MAX_FIELDS + 1; fields++) {
        struct text xml = {0};
        text_format(&xml,
                    "<layout id=\"x\" status=\"draft\" agency=\"none\">%s<xml root=\"R\"/><form "
                    "id=\"upload\" suffix=\"\"/>",
                    HEAD);
        text_format(&xml, "<record types=\"ABCD\" name=\"n\" order-basis=\"seen\">%s", FIRST);
        for (unsigned i = 1; i < fields; i++)
            text_format(&xml, "<field number=\"%u.%02u\" name=\"n\" element=\"E%u\"/>", 2 + i / 90,
                        i % 90, i);
        text_format(&xml, "</record></layout>");
        const struct loading_case c = {"many fields", xml.bytes,
                                       fields > LAYOUT_MAX_FIELDS ? CTE_BAD_TABLE : CTE_OK, NULL};
        check_loading(load, &c, 1);
        text_free(&xml);
    }
    static const struct loading_case types[] = {
        {"16 types",
         LAYOUT(
             "",
             RECORD(
                 "AAAA AAAB AAAC AAAD AAAE AAAF AAAG AAAH AAAI AAAJ AAAK AAAL AAAM AAAN AAAO AAAP",
                 FIRST)),
         CTE_OK, NULL},
        {"17 types",
         LAYOUT("", RECORD("AAAA AAAB AAAC AAAD AAAE AAAF AAAG AAAH AAAI AAAJ AAAK AAAL AAAM AAAN "
                           "AAAO AAAP AAAQ",
                           FIRST)),
         CTE_BAD_TABLE, NULL},
    };
    check_loading(load, types, 2);
}

static void what_a_layout_knows(void)
{
    static const char xml[] = LAYOUT(
        " first=\"2001-2002\"",
        RECORD("ABCD EFGH",
               FIRST FIELD("1.02", "Y", "role=\"academic-year\"")
                   FIELD("1.03", "L",
                         "role=\"lea\" type=\"LO\" type-basis=\"seen\" min=\"2\" max=\"5\" "
                         "length-basis=\"inferred\" "
                         "required=\"EFGH\" required-basis=\"seen\" required-first=\"2005-2006\" "
                         "code-set=\"hue shade\" personal=\"yes\"")
                       FIELD("1.04", "J",
                             "judged-by=\"1.03 1.02\" role=\"transaction\" delete=\"D\"")));
    struct layout layout;
    struct cte_error error = {0};
    char *path = write_table_file("knows.xml", xml);
    CHECK(layout_load(path, schema_file("layout"), &layout, &error) == CTE_OK, "%s", error.text);
    free(path);
    CHECK(layout.first == 2001 && layout.last == YEAR_LAST && layout.form_count == 2 &&
              strcmp(layout.xml_root, "R") == 0,
          "the layout");
    size_t type = 9;
    const struct record_layout *record = layout_record(&layout, "EFGH-E", 4, &type);
    if (!CHECK(record != NULL && type == 1 && record->field_count == 4, "record type EFGH"))
        return;
    CHECK(layout_record(&layout, "EFG", 3, &type) == NULL &&
              layout_record(&layout, "EFGHI", 5, &type) == NULL &&
              layout_record(&layout, "", 0, &type) == NULL,
          "other record types");
    CHECK(record->role_position[ROLE_RECORD_TYPE] == 0 &&
              record->role_position[ROLE_ACADEMIC_YEAR] == 1 &&
              record->role_position[ROLE_LEA] == 2 && record->role_position[ROLE_STUDENT] == -1,
          "roles");
    const struct field *field = &record->fields[2];
    CHECK(field->min == 2 && field->max == 5 && field->length_basis == BASIS_INFERRED &&
              field->required_by == 2 && field->required_first == 2005 && field->personal &&
              !field->key,
          "field 1.03");
    CHECK(field->type != NULL && field->type->restricted && field->type->allowed['b'] &&
              !field->type->allowed['d'],
          "the type of 1.03");
    CHECK(field->code_set_count == 2 && strcmp(field->code_sets[1], "shade") == 0,
          "the code sets of 1.03");
    CHECK(field->judged_by_count == 1 && field->judged_by[0] == 1,
          "1.03 is judged by the academic year");
    CHECK(record->fields[3].judged_by_count == 2 && record->fields[3].judged_by[0] == 2 &&
              record->fields[3].judged_by[1] == 1,
          "1.04 is judged by 1.03, then 1.02");
    CHECK(record->fields[3].delete_code != NULL && strcmp(record->fields[3].delete_code, "D") == 0,
          "the delete code");
    CHECK(record_field(record, "1.04") == 3 && record_field(record, "1.05") == -1 &&
              record_field(record, "1.0") == -1,
          "fields by number");
    CHECK(layout_form(&layout, "rejected") != NULL &&
              layout_form(&layout, "rejected")->extra_count == 1 &&
              layout_form(&layout, "no") == NULL,
          "forms");
    layout_free(&layout);
}

static void origins(void)
{
    const struct layout *gamma = tables_layout(made_up_tables(), "gamma", NULL);
    size_t type;
    const struct record_layout *record = layout_record(gamma, "ABCD", 4, &type);
    const struct field *fields = record->fields;
    CHECK(gamma->first == YEAR_NONE, "gamma has a first year");
    CHECK(fields[1].origin == ORIGIN_SAME && fields[1].from == NULL, "1.02");
    CHECK(fields[2].origin == ORIGIN_RECODE && strcmp(fields[2].from, "1.03") == 0 &&
              strcmp(fields[2].map, "colour") == 0 && strcmp(fields[2].output, "shade") == 0,
          "1.07");
    CHECK(fields[4].origin == ORIGIN_SAME && strcmp(fields[4].from, "1.02") == 0, "1.09");
    CHECK(fields[5].origin == ORIGIN_CONSTANT && strcmp(fields[5].value, "K") == 0 &&
              strcmp(fields[5].reason, "always") == 0,
          "1.08");
    CHECK(record_uses_map(record, "colour") && !record_uses_map(record, "smell"),
          "the maps of ABCD");
}

void add_layout_suite(void)
{
    static const CU_TestInfo tests[] = {
        {"sense and nonsense", sense_and_nonsense},
        {"too many", too_many},
        {"what a layout knows", what_a_layout_knows},
        {"where values come from", origins},
        {NULL, NULL},
    };
    add_suite("layout", NULL, NULL, tests);
}
