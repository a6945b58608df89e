/* A code set as descriptors of the Ed-Fi data standard: an interchange in XML, or a list of objects
 * in JSON as its API takes them one by one.
 *
 * A code that has a descriptor in the standard is written as that. Any other is one that an agency
 * may take up under a namespace of its own, and its description says so. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/characters.h"
#include "codetables/base/day.h"
#include "codetables/base/text.h"
#include "codetables/base/xml_out.h"
#include "codetables/cte-table/export_as.h"
#include "codetables/cte-table/import.h"
#include "codetables/model/table_folder.h"

/* What the standard takes, in characters. */
enum { MAX_CODE = 50, MAX_SHORT = 75, MAX_DESCRIPTION = 1024 };

static const char standard_read[] = "5.2.0"; /* the one whose files were read */

struct describing {
    const char *namespace, *standard;
    bool by_name;        /* the code of a descriptor is our name */
    int first, last;     /* of all of them; YEAR_FIRST, YEAR_LAST where not given */
    struct arena memory; /* of their texts */
    struct descriptor *list;
    size_t count;
};

struct descriptor {
    const char *namespace, *element, *code, *name, *description;
    const char *begins, *ends; /* days; NULL: not said */
};

static const char *keep_day(struct arena *memory, int day)
{
    char text[DAY_TEXT];
    return arena_string(memory, day_text(day, text));
}

static bool is_longer(const char *text, size_t most)
{
    return count_characters(text, strlen(text)) > most;
}

static int read_years(struct exporting *exporting, struct describing *describing,
                      struct cte_error *error)
{
    int *const years[] = {&describing->first, &describing->last};
    static const char *const names[] = {"first", "last"};
    for (size_t i = 0; i < 2; i++) {
        const char *given = plan_get(&exporting->plan, names[i]);
        char *year = given != NULL ? year_from(given) : NULL;
        if (given != NULL && year == NULL)
            return cte_fail(error, CTE_USAGE, "%s = %s: is an academic year, CCYY-CCYY", names[i],
                            given);
        if (year != NULL)
            *years[i] = academic_year(year, strlen(year));
        free(year);
    }
    return CTE_OK;
}

static int read_settings(struct exporting *exporting, struct describing *describing,
                         struct cte_error *error)
{
    const char *standard = plan_get(&exporting->plan, "standard");
    describing->namespace = plan_get(&exporting->plan, "namespace");
    describing->standard = standard != NULL ? standard : standard_read;
    if (!is_version(describing->standard))
        return cte_fail(error, CTE_USAGE,
                        "standard = %s: is a version, numbers with points between, such as %s",
                        standard, standard_read);
    if (plan_choose(&exporting->plan, (struct plan_choice){"value", "name", "code"},
                    &describing->by_name, error) != CTE_OK ||
        read_years(exporting, describing, error) != CTE_OK)
        return error->status;
    return plan_all_used(&exporting->plan, error);
}

/* Characters that no address holds as they are (RFC 3986). */
static bool has_odd_character(const char *address)
{
    for (; *address != '\0'; address++) {
        if (*address <= ' ' || *address > '~' || strchr("\"<>\\^`{|}", *address) != NULL)
            return true;
    }
    return false;
}

/* "uri" of "uri://…": what an address begins with (RFC 3986); its length, or 0. */
static size_t scheme_length(const char *address)
{
    size_t length = isalpha((unsigned char)address[0]) != 0;
    while (length > 0 && (isalnum((unsigned char)address[length]) ||
                          (address[length] != '\0' && strchr("+-.", address[length]) != NULL)))
        length++;
    return strncmp(address + length, "://", 3) == 0 ? length : 0;
}

/* The name of a descriptor is the end of its namespace: uri://example.org/SampleDescriptor. */
static const char *element_of(const char *namespace)
{
    const size_t scheme = scheme_length(namespace);
    const char *start = namespace + scheme, *end = strrchr(namespace, '/');
    if (scheme == 0 || end <= start + 3 || has_odd_character(namespace) ||
        strlen(end + 1) <= strlen("Descriptor") ||
        strcmp(end + strlen(end) - strlen("Descriptor"), "Descriptor") != 0 ||
        xmlValidateNCName((const xmlChar *)end + 1, 0) != 0)
        return NULL;
    return end + 1;
}

static int fill(struct describing *describing, const struct system_code *code,
                struct descriptor *made, struct cte_error *error)
{
    const struct code *own = code->own;
    const int first = own->first != YEAR_FIRST ? own->first : describing->first,
              last = own->last != YEAR_LAST ? own->last : describing->last;
    if (last < first) {
        char begins[YEARS_TEXT], ends[YEARS_TEXT];
        return cte_fail(error, CTE_USAGE,
                        "%s would end in %s, before it begins in %s; set first or last otherwise",
                        own->value, year_text(last, ends), year_text(first, begins));
    }
    made->namespace = describing->namespace != NULL ? describing->namespace : code->iri;
    if (made->namespace == NULL)
        return cte_fail(error, CTE_USAGE,
                        "the standard has no descriptor for %s %s; say under which namespace it is "
                        "to be, as --set namespace=uri://example.org/CareerPathwayDescriptor",
                        own->value, own->name);
    made->element = element_of(made->namespace);
    if (made->element == NULL)
        return cte_fail(error, CTE_USAGE,
                        "namespace = %s: is no address that begins with a scheme and ends with the "
                        "name of a descriptor, as uri://example.org/CareerPathwayDescriptor",
                        made->namespace);
    made->code = code->value != NULL ? code->value : describing->by_name ? own->name : own->value;
    made->name = code->name != NULL ? code->name : own->name;
    made->description = code->value != NULL
                            ? made->name
                            : arena_take(&describing->memory,
                                         cte_format("%s (%s%s%s)", made->name,
                                                    code->basis != NULL ? code->basis : "unread",
                                                    code->source != NULL ? ": " : "",
                                                    code->source != NULL ? code->source : ""));
    if (is_longer(made->code, MAX_CODE) || is_longer(made->name, MAX_SHORT) ||
        is_longer(made->description, MAX_DESCRIPTION))
        return cte_fail(error, CTE_USAGE,
                        "%s: is longer than a descriptor takes (%d characters of a code, %d of a "
                        "name, %d of a description)",
                        made->name, MAX_CODE, MAX_SHORT, MAX_DESCRIPTION);
    made->begins =
        first != YEAR_FIRST ? keep_day(&describing->memory, first_day_of_year(first)) : NULL;
    made->ends = last != YEAR_LAST ? keep_day(&describing->memory, last_day_of_year(last)) : NULL;
    return CTE_OK;
}

/* The parts of a descriptor, in the order of the standard. */
struct part {
    const char *element, *key, *text;
};
enum { PARTS = 6 };

static void list_parts(const struct descriptor *one, struct part parts[PARTS])
{
    const struct part filled[PARTS] = {{"CodeValue", "codeValue", one->code},
                                       {"ShortDescription", "shortDescription", one->name},
                                       {"Description", "description", one->description},
                                       {"EffectiveBeginDate", "effectiveBeginDate", one->begins},
                                       {"EffectiveEndDate", "effectiveEndDate", one->ends},
                                       {"Namespace", "namespace", one->namespace}};
    memcpy(parts, filled, sizeof filled);
}

static void put_xml(const struct describing *describing, struct output *output,
                    struct cte_error *error)
{
    struct xml_out xml;
    struct part parts[PARTS];
    char *address = cte_format("http://ed-fi.org/%s", describing->standard);
    xml_begin(&xml, output);
    xml_open(&xml, "InterchangeDescriptors");
    xml_attribute(&xml, "xmlns", address);
    for (size_t i = 0; i < describing->count; i++) {
        list_parts(&describing->list[i], parts);
        xml_open(&xml, describing->list[i].element);
        for (size_t p = 0; p < PARTS; p++) {
            if (parts[p].text == NULL)
                continue;
            xml_open(&xml, parts[p].element);
            xml_text(&xml, parts[p].text);
            xml_close(&xml);
        }
        xml_close(&xml);
    }
    xml_end(&xml, error);
    free(address);
}

static void put_json(const struct describing *describing, struct output *output)
{
    struct text json = {0};
    struct part parts[PARTS];
    for (size_t i = 0; i < describing->count; i++) {
        list_parts(&describing->list[i], parts);
        text_add(&json, i == 0 ? "[\n  {" : ",\n  {");
        for (size_t p = 0; p < PARTS; p++) {
            if (parts[p].text == NULL)
                continue;
            text_format(&json, "%s\"%s\": ", p == 0 ? "" : ", ", parts[p].key);
            text_add_json(&json, parts[p].text);
        }
        text_add(&json, "}");
    }
    text_add(&json, describing->count == 0 ? "[]\n" : "\n]\n");
    output_put(output, text_string(&json), json.length);
    text_free(&json);
}

static int write_descriptors(const struct exporting *exporting, const struct describing *describing,
                             struct cte_error *error)
{
    struct output output = {0};
    if (export_file_ends(exporting, ".csv") || export_file_ends(exporting, ".xlsx"))
        return cte_fail(error, CTE_USAGE, "%s: descriptors are written as .xml or .json",
                        exporting->request->out);
    if (export_begin(exporting, &output, error) == CTE_OK && export_file_ends(exporting, ".json"))
        put_json(describing, &output);
    else if (error->status == CTE_OK)
        put_xml(describing, &output, error);
    return export_end(exporting, &output, error);
}

int export_descriptors(struct exporting *exporting, const char *system, struct cte_error *error)
{
    struct describing describing = {.first = YEAR_FIRST, .last = YEAR_LAST};
    struct system_codes codes = {0};
    if (system_codes_read(exporting, system, &codes, error) == CTE_OK &&
        read_settings(exporting, &describing, error) == CTE_OK) {
        describing.list = cte_zalloc(codes.count + 1, sizeof *describing.list);
        for (; describing.count < codes.count && error->status == CTE_OK; describing.count++)
            fill(&describing, &codes.list[describing.count], &describing.list[describing.count],
                 error);
    }
    if (error->status == CTE_OK)
        write_descriptors(exporting, &describing, error);
    free(describing.list);
    arena_free(&describing.memory);
    system_codes_free(&codes);
    return error->status;
}
