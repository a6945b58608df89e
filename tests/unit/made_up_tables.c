/* Code tables that exist nowhere else: three layouts, a handful of code sets, a crosswalk and a few
 * rules. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/unit.h"
#include "codetables/base/memory.h"

const char *codetables_folder = "codetables";

#define FORMS                                                                                      \
    "<xml root=\"Made\"/>"                                                                         \
    "<type id=\"LO\" allowed=\"abc\" basis=\"seen\">a, b and c</type>"                             \
    "<form id=\"upload\" suffix=\"\"/>"                                                            \
    "<form id=\"ods-extract\" suffix=\"-R\"><extra name=\"Day\" element=\"Day\"/></form>"          \
    "<form id=\"rejected\" suffix=\"-E\"><extra name=\"Why\" element=\"Why\"/><extra "             \
    "name=\"How\" element=\"How\"/></form>"

#define FIRST_FIELDS                                                                               \
    "<field number=\"1.01\" name=\"Record Type Code\" element=\"RecordTypeCode\" "                 \
    "role=\"record-type\"/>"                                                                       \
    "<field number=\"1.02\" name=\"Academic Year ID\" element=\"AcademicYearID\" "                 \
    "role=\"academic-year\"/>"

/* Years 2000 to 2009. ABCD has four fields. */
static const char alpha[] =
    "<layout id=\"alpha\" status=\"published\" agency=\"none\" first=\"2000-2001\" "
    "last=\"2009-2010\">" HEAD FORMS
    "<record types=\"ABCD\" name=\"First\" order-basis=\"seen\">" FIRST_FIELDS
    "<field number=\"1.03\" name=\"Colour Code\" element=\"ColourCode\" code-set=\"colour\"/>"
    "<field number=\"1.04\" name=\"Old Remark\" element=\"OldRemark\"/>"
    "</record></layout>";

/* From 2010. ABCD has lost a field and gained two, the last of which a file may leave out; EFGH and
 * IJKL are new. */
static const char beta[] =
    "<layout id=\"beta\" status=\"published\" agency=\"none\" first=\"2010-2011\">" HEAD FORMS
    "<record types=\"ABCD\" name=\"First\" order-basis=\"seen\">" FIRST_FIELDS
    "<field number=\"1.03\" name=\"Colour Code\" element=\"ColourCode\" code-set=\"colour\"/>"
    "<field number=\"1.05\" name=\"Remark\" element=\"Remark\"/>"
    "<field number=\"1.06\" name=\"Late Remark\" element=\"LateRemark\" trailing=\"optional\"/>"
    "</record>"
    "<record types=\"EFGH IJKL\" name=\"Second\" order-basis=\"seen\">"
    "<field number=\"2.01\" name=\"Record Type Code\" element=\"RecordTypeCode\" "
    "role=\"record-type\"/>"
    "<field number=\"2.02\" name=\"Academic Year ID\" element=\"AcademicYearID\" "
    "role=\"academic-year\"/>"
    "</record></layout>";

/* Taken by name alone: a target. 1.03 is recoded into itself and 1.07, 1.04 is dropped, 1.05 comes
 * from 1.02, 1.08 is constant. */
static const char gamma_layout[] =
    "<layout id=\"gamma\" status=\"draft\" agency=\"none\">" HEAD FORMS
    "<record types=\"ABCD\" name=\"First\" order-basis=\"seen\">" FIRST_FIELDS
    "<field number=\"1.07\" name=\"Shade Code\" element=\"ShadeCode\"><recode "
    "from=\"1.03\" map=\"colour\" output=\"shade\"/></field>"
    "<field number=\"1.03\" name=\"Hue Code\" element=\"HueCode\"><recode "
    "from=\"1.03\" map=\"colour\" output=\"hue\"/></field>"
    "<field number=\"1.09\" name=\"Year Again\" element=\"YearAgain\"><same "
    "field=\"1.02\"/></field>"
    "<field number=\"1.08\" name=\"Constant\" element=\"Constant\"><constant "
    "value=\"K\" reason=\"always\"/></field>"
    "</record></layout>";

static const char colour[] = "<codeset id=\"colour\" version=\"1.9\" status=\"published\" "
                             "agency=\"none\" kind=\"list\">" HEAD
                             "<code value=\"r\" name=\"Red\" basis=\"seen\"/></codeset>";

static const char colour_newer[] =
    "<codeset id=\"colour\" version=\"1.10\" status=\"published\" agency=\"none\" "
    "kind=\"list\" complete-through=\"2010-2011\">" HEAD
    "<code value=\"r\" name=\"Red\" basis=\"seen\"/>"
    "<code value=\"g\" name=\"Green\" first=\"2003-2004\" last=\"2005-2006\" "
    "basis=\"seen\" wave=\"short\"/>"
    "<code value=\"g\" name=\"Green again\" first=\"2008-2009\" basis=\"seen\"/>"
    "<code value=\"b\" name=\"Blue\" last=\"2004-2005\" basis=\"seen\"/>"
    "<code value=\"42\" name=\"Forty-two\" basis=\"seen\"/>"
    "</codeset>";

/* A set whose identifier begins with that of another. */
static const char colour_blind[] =
    "<codeset id=\"colour-blind\" version=\"9\" "
    "status=\"published\" agency=\"none\" kind=\"unread\">" HEAD "</codeset>";

static const char hue[] =
    "<codeset id=\"hue\" version=\"1\" status=\"published\" agency=\"none\" "
    "kind=\"list\">" HEAD "<code value=\"100\" name=\"Warm\" basis=\"seen\"/><code value=\"200\" "
    "name=\"Cold\" basis=\"seen\"/></codeset>";

static const char shade[] = "<codeset id=\"shade\" version=\"1\" status=\"published\" "
                            "agency=\"none\" kind=\"list\">" HEAD
                            "<code value=\"1\" name=\"Light\" basis=\"seen\"/><code value=\"2\" "
                            "name=\"Dark\" basis=\"seen\"/></codeset>";

static const char paint[] =
    "<crosswalk id=\"paint\" version=\"1\" status=\"draft\" agency=\"none\" "
    "target-layout=\"gamma\">" HEAD
    "<map id=\"colour\" from=\"colour\" unlisted=\"hold\"><output id=\"hue\" code-set=\"hue\"/>"
    "<output id=\"shade\" code-set=\"shade\"/>"
    "<row n=\"1\" code=\"r\" kind=\"renamed\" to=\"100 1\"/>"
    "<row n=\"2\" code=\"g\" kind=\"split-one\" to=\"200 -\"><when n=\"3\" field=\"1.04\" "
    "values=\"a7-b2 q\" to=\"200 2\"/></row>"
    "<row n=\"4\" code=\"b\" kind=\"undecided\"><choice n=\"5\" to=\"100 1\" role=\"primary\"/>"
    "<choice n=\"6\" to=\"100 2\" role=\"alternative\"/><choice n=\"7\" to=\"200 2\" "
    "role=\"alternative\"/></row>"
    "</map></crosswalk>";

static const char rules[] =
    "<rules id=\"calpads\" version=\"1\" status=\"draft\" agency=\"none\">" HEAD
    "<rule id=\"ONE\" check=\"length\" records=\"ABCD\" severity=\"F\" "
    "severity-basis=\"seen\"><message>m1</message><action>a1</action></rule>"
    "<rule id=\"TWO\" check=\"length\" records=\"EFGH\" severity=\"F\" "
    "severity-basis=\"assumed\"><message>m2</message><action>a2</action></rule>"
    "<rule id=\"THREE\" check=\"date\" records=\"all\" severity=\"C\" "
    "severity-basis=\"own\"><message>m3</message><action>a3</action>"
    "<origin>here</origin></rule></rules>";

char *write_table_file(const char *name, const char *xml)
{
    struct text text = {0};
    text_format(&text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    text_put(&text, xml, strlen(xml));
    char *path = test_file(name, text.bytes, text.length);
    text_free(&text);
    return path;
}

const char *schema_file(const char *kind)
{
    static char path[4200];
    char *found = cte_format("%s/schema/%s.xsd", codetables_folder, kind);
    strncpy(path, found, sizeof path - 1);
    free(found);
    return path;
}

const char *made_up_folder(void)
{
    static char *made;
    if (made != NULL)
        return made;
    made = test_path("tables");
    static const char *const folders[] = {"", "/layouts", "/codesets", "/crosswalks", "/rules"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        char *path = cte_format("%s%s", made, folders[i]);
        if (mkdir(path, 0700) != 0)
            cte_die("cannot make %s: %s", path, strerror(errno));
        free(path);
    }
    char *whole = realpath(codetables_folder, NULL);
    char *schemas = cte_format("%s/schema", whole != NULL ? whole : codetables_folder),
         *link = cte_format("%s/schema", made);
    if (symlink(schemas, link) != 0)
        cte_die("cannot link %s: %s", link, strerror(errno));
    free(whole);
    free(schemas);
    free(link);
    static const struct {
        const char *name, *xml;
    } files[] = {
        {"tables/layouts/alpha.xml", alpha},
        {"tables/layouts/beta.xml", beta},
        {"tables/layouts/gamma.xml", gamma_layout},
        {"tables/codesets/colour-1.9.xml", colour},
        {"tables/codesets/colour-1.10.xml", colour_newer},
        {"tables/codesets/colour-blind-9.xml", colour_blind},
        {"tables/codesets/hue-1.xml", hue},
        {"tables/codesets/shade-1.xml", shade},
        {"tables/crosswalks/paint-1.xml", paint},
        {"tables/rules/calpads-1.xml", rules},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        free(write_table_file(files[i].name, files[i].xml));
    return made;
}

struct tables *made_up_tables(void)
{
    static struct tables tables;
    if (tables.folder == NULL) {
        struct cte_error error = {0};
        if (tables_open(&tables, made_up_folder(), &error) != CTE_OK)
            cte_die("the made-up tables: %s", error.text);
    }
    return &tables;
}
