#include "codetables/cte-table/package.h"

#include <ctype.h>
#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zip.h>

#include "codetables/base/markup.h"
#include "codetables/base/memory.h"

enum { PART_CHUNK = 1 << 15 };
static const uint64_t max_part = UINT64_C(128) << 20;

struct package {
    const char *path;
    zip_t *archive;
};

/* As Excel writes them, and as the strict form of the standard has them. */
const char *const package_spreadsheet[] = {
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main", NULL};
const char *const package_relations[] = {
    "http://schemas.openxmlformats.org/package/2006/relationships", NULL};

struct parsing {
    const char *path, *part;
    const struct part_handler *handler;
    struct cte_error *error;
    xmlParserCtxtPtr parser;
    size_t foreign; /* how deep in elements of another namespace */
    struct markup markup;
};

int package_open(const char *path, const char *bytes, size_t length, struct package **result,
                 struct cte_error *error)
{
    zip_error_t why;
    zip_error_init(&why);
    zip_source_t *source = zip_source_buffer_create(bytes, length, 0, &why);
    if (source == NULL)
        cte_die("libzip cannot start");
    zip_t *archive = zip_open_from_source(source, ZIP_RDONLY, &why);
    if (archive == NULL) {
        cte_fail(error, CTE_BAD_INPUT, "%s: not a sound .xlsx file: %s; save it in Excel again",
                 path, zip_error_strerror(&why));
        zip_source_free(source);
        zip_error_fini(&why);
        return error->status;
    }
    *result = cte_zalloc(1, sizeof **result);
    **result = (struct package){path, archive};
    return CTE_OK;
}

void package_close(struct package *package)
{
    if (package != NULL)
        zip_discard(package->archive);
    free(package);
}

static char *attribute_value(const unsigned char **attribute)
{
    size_t length = (size_t)(attribute[4] - attribute[3]);
    char *copy = cte_alloc(length + 1);
    memcpy(copy, attribute[3], length);
    copy[length] = '\0';
    return copy;
}

char *part_attribute(const struct part_attributes *attributes, const char *name)
{
    for (int i = 0; i < attributes->count; i++) {
        const unsigned char **a = attributes->list + 5 * i;
        if (a[2] == NULL && strcmp((const char *)a[0], name) == 0)
            return attribute_value(a);
    }
    return NULL;
}

bool part_flag(const struct part_attributes *attributes, const char *name)
{
    char *value = part_attribute(attributes, name);
    bool yes = value != NULL && (strcmp(value, "1") == 0 || strcasecmp(value, "true") == 0);
    free(value);
    return yes;
}

char *part_relation(const struct part_attributes *attributes)
{
    static const char ending[] = "/relationships";
    for (int i = 0; i < attributes->count; i++) {
        const unsigned char **a = attributes->list + 5 * i;
        size_t length = a[2] != NULL ? strlen((const char *)a[2]) : 0;
        if (strcmp((const char *)a[0], "id") == 0 && length >= strlen(ending) &&
            strcmp((const char *)a[2] + length - strlen(ending), ending) == 0)
            return attribute_value(a);
    }
    return NULL;
}

static void stop(struct parsing *parsing, const char *what)
{
    cte_fail(parsing->error, CTE_BAD_INPUT, "%s: %s, line %d: %s", parsing->path, parsing->part,
             xmlSAX2GetLineNumber(parsing->parser), what);
    xmlStopParser(parsing->parser);
}

static bool is_of(const char *const *vocabulary, const xmlChar *uri)
{
    for (; *vocabulary != NULL; vocabulary++) {
        if (uri != NULL && strcmp(*vocabulary, (const char *)uri) == 0)
            return true;
    }
    return false;
}

static void start_element(void *context, const xmlChar *name, const xmlChar *prefix,
                          const xmlChar *uri, int namespaces, const xmlChar **declared,
                          int attributes, int defaulted, const xmlChar **values)
{
    (void)prefix, (void)namespaces, (void)declared, (void)defaulted;
    struct parsing *parsing = ((xmlParserCtxtPtr)context)->_private;
    if (parsing->foreign > 0 || !is_of(parsing->handler->vocabulary, uri)) {
        parsing->foreign++;
        return;
    }
    struct part_attributes list = {values, attributes};
    parsing->handler->start(parsing->handler->context, (const char *)name, &list);
    if (parsing->error->status != CTE_OK)
        xmlStopParser(parsing->parser);
}

static void end_element(void *context, const xmlChar *name, const xmlChar *prefix,
                        const xmlChar *uri)
{
    (void)prefix, (void)uri;
    struct parsing *parsing = ((xmlParserCtxtPtr)context)->_private;
    if (parsing->foreign > 0) {
        parsing->foreign--;
        return;
    }
    if (parsing->handler->end != NULL)
        parsing->handler->end(parsing->handler->context, (const char *)name);
    if (parsing->error->status != CTE_OK)
        xmlStopParser(parsing->parser);
}

static void take_text(void *context, const xmlChar *text, int length)
{
    struct parsing *parsing = ((xmlParserCtxtPtr)context)->_private;
    if (parsing->handler->text != NULL && parsing->foreign == 0)
        parsing->handler->text(parsing->handler->context, (const char *)text, (size_t)length);
}

static void refuse_doctype(void *context, const xmlChar *name, const xmlChar *external,
                           const xmlChar *system)
{
    (void)name, (void)external, (void)system;
    stop(((xmlParserCtxtPtr)context)->_private,
         "holds a DOCTYPE, which no spreadsheet program writes; the file is not used");
}

static void take_problem(void *context, xmlErrorPtr problem)
{
    struct parsing *parsing = ((xmlParserCtxtPtr)context)->_private;
    if (problem->level == XML_ERR_WARNING || problem->code == XML_ERR_USER_STOP)
        return;
    char *text = cte_format("%s", problem->message != NULL ? problem->message : "not well-formed");
    text[strcspn(text, "\n")] = '\0';
    cte_fail(parsing->error, CTE_BAD_INPUT,
             "%s: %s, line %d: %s; the file is damaged, save it in Excel again", parsing->path,
             parsing->part, problem->line, text);
    free(text);
}

/* A name in the archive is the name of a part where they differ only in case, in strokes that lean
 * the other way, or in characters that one of them writes with a percent sign. */
static int next_character(const char **name)
{
    unsigned code;
    if ((*name)[0] == '%' && sscanf(*name + 1, "%2x", &code) == 1 &&
        strspn(*name + 1, "0123456789ABCDEFabcdef") >= 2) {
        *name += 3;
        return tolower((int)code);
    }
    return **name == '\0'   ? -1
           : **name == '\\' ? (++*name, '/')
                            : tolower((unsigned char)*(*name)++);
}

static bool same_part(const char *a, const char *b)
{
    for (;;) {
        int x = next_character(&a), y = next_character(&b);
        if (x != y || x < 0)
            return x == y;
    }
}

/* Which member a part is. */
static int locate(struct package *package, const char *part, zip_uint64_t *index, uint64_t *size,
                  struct cte_error *error)
{
    size_t found = 0;
    zip_int64_t members = zip_get_num_entries(package->archive, 0);
    for (zip_int64_t i = 0; i < members; i++) {
        const char *name = zip_get_name(package->archive, (zip_uint64_t)i, ZIP_FL_ENC_GUESS);
        if (name == NULL || !same_part(name + (name[0] == '/'), part))
            continue;
        *index = (zip_uint64_t)i;
        found++;
    }
    if (found > 1)
        return cte_fail(
            error, CTE_BAD_INPUT,
            "%s: not a sound .xlsx file: it holds the part %s twice; save it in Excel again",
            package->path, part);
    if (found == 0)
        return cte_fail(error, CTE_BAD_INPUT,
                        "%s: does not hold the part %s; it is no .xlsx file that can be read, save "
                        "it in Excel again",
                        package->path, part);
    struct zip_stat about;
    zip_stat_init(&about);
    if (zip_stat_index(package->archive, *index, 0, &about) != 0 ||
        (about.valid & ZIP_STAT_SIZE) == 0)
        return cte_fail(error, CTE_BAD_INPUT, "%s: %s: the archive does not describe it",
                        package->path, part);
    if ((about.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && about.encryption_method != ZIP_EM_NONE)
        return cte_fail(error, CTE_BAD_INPUT,
                        "%s: %s: is encrypted; save the file without a password", package->path,
                        part);
    if (about.size > max_part)
        return cte_fail(error, CTE_BAD_INPUT,
                        "%s: %s: unpacks to %llu bytes, which no sheet of codes does; not read",
                        package->path, part, (unsigned long long)about.size);
    *size = about.size;
    return CTE_OK;
}

/* Parts may be UTF-16 by the standard, but no program writes them so, and what is looked at in them
 * here is UTF-8. */
static bool is_utf16(const char *bytes, size_t length)
{
    return length >= 2 && (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0 ||
                           bytes[0] == '\0' || bytes[1] == '\0');
}

static int feed(struct parsing *parsing, zip_file_t *file, uint64_t size)
{
    char chunk[PART_CHUNK];
    uint64_t total = 0;
    for (;;) {
        zip_int64_t got = zip_fread(file, chunk, sizeof chunk);
        if (got < 0)
            return cte_fail(parsing->error, CTE_BAD_INPUT,
                            "%s: %s: is damaged after byte %llu: %s; save the file in Excel again",
                            parsing->path, parsing->part, (unsigned long long)total,
                            zip_file_strerror(file));
        if (total == 0 && is_utf16(chunk, (size_t)got))
            return cte_fail(parsing->error, CTE_BAD_INPUT,
                            "%s: %s: is UTF-16; save the file in Excel again", parsing->path,
                            parsing->part);
        total += (uint64_t)got;
        if (total > max_part)
            return cte_fail(parsing->error, CTE_BAD_INPUT,
                            "%s: %s: unpacks to more than %llu bytes; not read further",
                            parsing->path, parsing->part, (unsigned long long)max_part);
        if (got == 0 && total != size)
            return cte_fail(parsing->error, CTE_BAD_INPUT,
                            "%s: %s: has %llu bytes where the archive says %llu; it is damaged, "
                            "save the file in Excel again",
                            parsing->path, parsing->part, (unsigned long long)total,
                            (unsigned long long)size);
        if (!markup_is_bounded(&parsing->markup, chunk, (size_t)got))
            return cte_fail(parsing->error, CTE_BAD_INPUT,
                            "%s: %s: holds a tag with more than %d attributes or %d bytes, which "
                            "no spreadsheet program writes; "
                            "save the file in Excel again",
                            parsing->path, parsing->part, MARKUP_MOST_ATTRIBUTES, MARKUP_LONGEST);
        xmlParseChunk(parsing->parser, chunk, (int)got, got == 0);
        if (parsing->error->status == CTE_OK &&
            xmlDictSize(parsing->parser->dict) > MARKUP_MOST_NAMES)
            return cte_fail(parsing->error, CTE_BAD_INPUT,
                            "%s: %s: holds more different names than any spreadsheet program "
                            "writes; save the file in Excel again",
                            parsing->path, parsing->part);
        if (parsing->error->status != CTE_OK || got == 0)
            return parsing->error->status;
    }
}

int package_parse(struct package *package, const char *part, const struct part_handler *handler,
                  struct cte_error *error)
{
    zip_uint64_t index = 0;
    uint64_t size = 0;
    int status = locate(package, part, &index, &size, error);
    if (status != CTE_OK)
        return status;
    zip_file_t *file = zip_fopen_index(package->archive, index, 0);
    if (file == NULL)
        return cte_fail(error, CTE_BAD_INPUT, "%s: %s: cannot be opened: %s", package->path, part,
                        zip_strerror(package->archive));
    xmlSAXHandler sax = {.initialized = XML_SAX2_MAGIC,
                         .startElementNs = start_element,
                         .endElementNs = end_element,
                         .characters = take_text,
                         .cdataBlock = take_text,
                         .internalSubset = refuse_doctype,
                         .serror = take_problem};
    struct parsing parsing = {
        .path = package->path, .part = part, .handler = handler, .error = error};
    parsing.parser = xmlCreatePushParserCtxt(&sax, NULL, NULL, 0, part);
    if (parsing.parser == NULL)
        cte_die("out of memory for an XML parser");
    /* The handlers take the parser itself as their context. Entities are put in, or attributes
     * would come with `&#38;` for an ampersand; as a DOCTYPE is refused, there are none but XML's
     * own five. */
    parsing.parser->userData = parsing.parser;
    xmlCtxtUseOptions(parsing.parser, XML_PARSE_NONET | XML_PARSE_NOENT | XML_PARSE_IGNORE_ENC);
    parsing.parser->_private = &parsing;
    status = feed(&parsing, file, size);
    if (status == CTE_OK && parsing.parser->wellFormed == 0)
        status = cte_fail(error, CTE_BAD_INPUT, "%s: %s: not well-formed XML; the file is damaged",
                          package->path, part);
    xmlFreeDoc(parsing.parser->myDoc);
    xmlFreeParserCtxt(parsing.parser);
    zip_fclose(file);
    return status;
}
