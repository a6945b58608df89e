/* fits.h: a value is shown only when it is one of its field. */
#include "codetables/model/fits.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

/* Fields with a list, a form, a length, a type, nothing known, and a personal one of ten
 * characters. */
static const char layout_text[] =
    "<layout id=\"fits\" status=\"draft\" agency=\"none\">" HEAD "<xml root=\"R\"/>"
    "<type id=\"NU\" allowed=\"0123456789\" basis=\"seen\">digits</type><form id=\"upload\" "
    "suffix=\"\"/>"
    "<record types=\"FITS\" name=\"n\" order-basis=\"seen\">"
    "<field number=\"1.01\" name=\"a\" element=\"A\" role=\"record-type\"/>"
    "<field number=\"1.02\" name=\"b\" element=\"B\" code-set=\"colour\"/>"
    "<field number=\"1.03\" name=\"c\" element=\"C\" max=\"5\" length-basis=\"seen\"/>"
    "<field number=\"1.04\" name=\"d\" element=\"D\" type=\"NU\" type-basis=\"seen\"/>"
    "<field number=\"1.05\" name=\"e\" element=\"E\"/>"
    "<field number=\"1.06\" name=\"f\" element=\"F\" min=\"10\" max=\"10\" "
    "length-basis=\"seen\" personal=\"yes\"/>"
    "</record></layout>";

static struct slice of(const char *text)
{
    return (struct slice){text, strlen(text)};
}

static void values_of_their_fields(void)
{
    static struct layout layout;
    struct cte_error error = {0};
    struct fits_list list = {0};
    char *path = write_table_file("fits.xml", layout_text);
    const int status = layout_load(path, schema_file("layout"), &layout, &error);
    CHECK(status == CTE_OK, "%s", error.text);
    if (status != CTE_OK)
        return;
    struct fits *fits = fits_of(&list, made_up_tables(), &layout.records[0], &error);
    CHECK(fits == fits_of(&list, made_up_tables(), &layout.records[0], &error), "made once");
    static const struct {
        const char *what, *value, *student;
        size_t position;
        bool fits, shows;
    } cases[] = {
        {"a code", "r", "9900000001", 1, true, true},
        {"a code, though the student is none", "r", "Poppy", 1, true, true},
        {"no code", "Poppy", "9900000001", 1, false, false},
        {"short enough", "Poppy", "9900000001", 2, true, true},
        {"short enough, but the record is out of step", "Poppy", "20070401", 2, true, false},
        {"five letters, not five bytes", "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", "9900000001",
         2, true, true},
        {"too long", "Poppys", "9900000001", 2, false, false},
        {"no text", "\xef\xbf\xbe", "9900000001", 2, false, false},
        {"of its type", "20070401", "9900000001", 3, true, true},
        {"not of its type", "Poppy", "9900000001", 3, false, false},
        {"of a field of which nothing is known", "1", "9900000001", 4, false, false},
        {"personal", "9900000001", "9900000001", 5, true, false},
        {"empty", "", "Poppy", 4, true, true},
    };
    /* The second time, most are remembered. */
    for (size_t n = 0; n < 2 * sizeof cases / sizeof *cases; n++) {
        const size_t i = n % (sizeof cases / sizeof *cases);
        struct slice fields[] = {of("FITS"), of(""), of(""), of(""), of(""), of(cases[i].student)};
        fields[cases[i].position] = of(cases[i].value);
        CHECK(fits_value(fits, cases[i].position, fields[cases[i].position]) == cases[i].fits,
              "%s: fits", cases[i].what);
        CHECK(fits_show(fits, fields, 6, cases[i].position) == cases[i].shows, "%s: may be shown",
              cases[i].what);
    }
    CHECK(!fits_show(fits, &(struct slice){"FITS", 4}, 1, 3),
          "a field that the record does not have");
    /* A code and a short text: the text is believed where the student looks like one. */
    struct slice fields[] = {of("FITS"), of("r"), of("Poppy"), of(""), of(""), of("9900000001")};
    const int both[] = {1, 2, -1}, personal[] = {1, 5}, beyond[] = {1, 6};
    CHECK(fits_show_all(fits, fields, 6, both, 3), "a code and a short text");
    CHECK(!fits_show_all(fits, fields, 6, personal, 2), "a code and a student");
    CHECK(!fits_show_all(fits, fields, 6, beyond, 2), "a code and no field");
    fields[5] = of("20070401");
    CHECK(!fits_show_all(fits, fields, 6, both, 3), "out of step");
    CHECK(fits_show_all(fits, fields, 6, both, 1), "out of step, but only the code is asked for");
    fields[1] = of("Poppy");
    CHECK(!fits_show_all(fits, fields, 6, both, 3), "no code");
    CHECK(error.status == CTE_OK, "%s", error.text);
    fits_free(&list);
    layout_free(&layout);
    free(path);
}

void add_fits_suite(void)
{
    static const CU_TestInfo tests[] = {{"values of their fields", values_of_their_fields},
                                        {NULL, NULL}};
    add_suite("fits", NULL, NULL, tests);
}
