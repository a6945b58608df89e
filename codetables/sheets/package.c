/* One part of an .xlsx file, piece by piece through a parser. */
#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "codetables/base/markup.h"
#include "codetables/base/memory.h"
#include "codetables/sheets/package_internal.h"

enum { PART_CHUNK = 1 << 15 };

/* As Excel writes them, and as the strict form of the standard has them. */
const char *const package_spreadsheet[] = {
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main", NULL};
const char *const package_relations[] = {
    "http://schemas.openxmlformats.org/package/2006/relationships", NULL};

struct package_part {
    struct package *package;
    char *name;
    const struct part_handler *handler;
    struct cte_error *error; /* of the call at hand */
    zip_file_t *file;
    uint64_t size, total; /* bytes that the archive states, and that were read */
    xmlParserCtxtPtr parser;
    /* how deep in elements of another namespace, in one that is closed to them, and in <extLst> */
    size_t foreign, closed, extension;
    struct markup markup;
};

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

static void stop(struct package_part *part, const char *what)
{
    cte_fail(part->error, CTE_BAD_INPUT, "%s: %s, line %d: %s", part->package->path, part->name,
             xmlSAX2GetLineNumber(part->parser), what);
    xmlStopParser(part->parser);
}

static bool is_of(const char *const *list, const xmlChar *text)
{
    for (; list != NULL && *list != NULL; list++) {
        if (text != NULL && strcmp(*list, (const char *)text) == 0)
            return true;
    }
    return false;
}

static void start_element(void *context, const xmlChar *name, const xmlChar *prefix,
                          const xmlChar *uri, int namespaces, const xmlChar **declared,
                          int attributes, int defaulted, const xmlChar **values)
{
    (void)prefix, (void)namespaces, (void)declared, (void)defaulted;
    struct package_part *part = ((xmlParserCtxtPtr)context)->_private;
    const bool is_own = is_of(part->handler->vocabulary, uri),
               is_closed = is_own && is_of(part->handler->closed, name);
    if (part->foreign > 0 || !is_own) {
        const bool is_within = part->foreign == 0 && part->closed > 0;
        if ((is_within || is_closed) && part->extension == 0)
            stop(part, "holds an element that one spreadsheet program shows and another does not; "
                       "save the file in Excel again");
        part->foreign++;
        return;
    }
    part->closed += part->closed > 0 || is_closed;
    part->extension += part->extension > 0 || strcmp((const char *)name, "extLst") == 0;
    struct part_attributes list = {values, attributes};
    part->handler->start(part->handler->context, (const char *)name, &list);
    if (part->error->status != CTE_OK)
        xmlStopParser(part->parser);
}

static void end_element(void *context, const xmlChar *name, const xmlChar *prefix,
                        const xmlChar *uri)
{
    (void)prefix, (void)uri;
    struct package_part *part = ((xmlParserCtxtPtr)context)->_private;
    if (part->foreign > 0) {
        part->foreign--;
        return;
    }
    part->closed -= part->closed > 0;
    part->extension -= part->extension > 0;
    if (part->handler->end != NULL)
        part->handler->end(part->handler->context, (const char *)name);
    if (part->error->status != CTE_OK)
        xmlStopParser(part->parser);
}

static void take_text(void *context, const xmlChar *text, int length)
{
    struct package_part *part = ((xmlParserCtxtPtr)context)->_private;
    if (part->handler->text != NULL && part->foreign == 0)
        part->handler->text(part->handler->context, (const char *)text, (size_t)length);
    if (part->error->status != CTE_OK)
        xmlStopParser(part->parser);
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
    struct package_part *part = ((xmlParserCtxtPtr)context)->_private;
    const char *(*words)(int code) = part->package->bounds->problem_words;
    if (problem->level == XML_ERR_WARNING || problem->code == XML_ERR_USER_STOP)
        return;
    const char *own = problem->message != NULL ? problem->message : "not well-formed";
    char *text = cte_strdup(words != NULL ? words(problem->code) : own);
    text[strcspn(text, "\n")] = '\0';
    cte_fail(part->error, CTE_BAD_INPUT,
             "%s: %s, line %d: %s; the file is damaged, save it in Excel again",
             part->package->path, part->name, problem->line, text);
    free(text);
}

/* Parts may be UTF-16 by the standard, but no program writes them so, and what is looked at in them
 * here is UTF-8. */
static bool is_utf16(const char *bytes, size_t length)
{
    return length >= 2 && (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0 ||
                           bytes[0] == '\0' || bytes[1] == '\0');
}

/* Counts what was read and looks at it before the parser does. */
static int check_piece(struct package_part *part, const char *bytes, size_t length)
{
    struct cte_error *error = part->error;
    struct package *package = part->package;
    if (part->total == 0 && is_utf16(bytes, length))
        return cte_fail(error, CTE_BAD_INPUT, "%s: %s: is UTF-16; save the file in Excel again",
                        package->path, part->name);
    part->total += length;
    const bool is_long = part->total > package->bounds->part;
    if (is_long || length > package->left)
        return cte_fail(
            error, CTE_BAD_INPUT, "%s: %s: unpacks to more than %llu bytes; not read further",
            package->path, part->name,
            (unsigned long long)(is_long ? package->bounds->part : package->bounds->all));
    package->left -= length;
    if (length == 0 && part->total != part->size)
        return cte_fail(error, CTE_BAD_INPUT,
                        "%s: %s: has %llu bytes where the archive says %llu; it is damaged, "
                        "save the file in Excel again",
                        package->path, part->name, (unsigned long long)part->total,
                        (unsigned long long)part->size);
    if (!markup_is_bounded(&part->markup, bytes, length))
        return cte_fail(error, CTE_BAD_INPUT,
                        "%s: %s: holds a tag with more than %d attributes or %d bytes, which "
                        "no spreadsheet program writes; "
                        "save the file in Excel again",
                        package->path, part->name, MARKUP_MOST_ATTRIBUTES, MARKUP_LONGEST);
    return CTE_OK;
}

int package_feed(struct package_part *part, bool *ended, struct cte_error *error)
{
    char chunk[PART_CHUNK];
    const char *path = part->package->path;
    part->error = error;
    const zip_int64_t got = zip_fread(part->file, chunk, sizeof chunk);
    if (got < 0)
        return cte_fail(error, CTE_BAD_INPUT,
                        "%s: %s: is damaged after byte %llu: %s; save the file in Excel again",
                        path, part->name, (unsigned long long)part->total,
                        zip_file_strerror(part->file));
    int status = check_piece(part, chunk, (size_t)got);
    if (status != CTE_OK)
        return status;
    xmlParseChunk(part->parser, chunk, (int)got, got == 0);
    if (error->status == CTE_OK && xmlDictSize(part->parser->dict) > MARKUP_MOST_NAMES)
        return cte_fail(error, CTE_BAD_INPUT,
                        "%s: %s: holds more different names than any spreadsheet program "
                        "writes; save the file in Excel again",
                        path, part->name);
    *ended = got == 0;
    if (error->status == CTE_OK && *ended && part->parser->wellFormed == 0)
        return cte_fail(error, CTE_BAD_INPUT, "%s: %s: not well-formed XML; the file is damaged",
                        path, part->name);
    return error->status;
}

int package_open_part(struct package *package, const char *name, const struct part_handler *handler,
                      struct package_part **result, struct cte_error *error)
{
    zip_uint64_t index = 0;
    uint64_t size = 0;
    *result = NULL;
    int status = package_locate(package, name, &index, &size, error);
    if (status != CTE_OK)
        return status;
    zip_file_t *file = zip_fopen_index(package->archive, index, 0);
    if (file == NULL)
        return cte_fail(error, CTE_BAD_INPUT, "%s: %s: cannot be opened: %s", package->path, name,
                        zip_strerror(package->archive));
    xmlSAXHandler sax = {.initialized = XML_SAX2_MAGIC,
                         .startElementNs = start_element,
                         .endElementNs = end_element,
                         .characters = take_text,
                         .cdataBlock = take_text,
                         .internalSubset = refuse_doctype,
                         .serror = take_problem};
    struct package_part *part = cte_zalloc(1, sizeof *part);
    *part = (struct package_part){.package = package,
                                  .name = cte_strdup(name),
                                  .handler = handler,
                                  .file = file,
                                  .size = size};
    part->parser = xmlCreatePushParserCtxt(&sax, NULL, NULL, 0, name);
    if (part->parser == NULL)
        cte_die("out of memory for an XML parser");
    /* The handlers take the parser itself as their context. Entities are put in, or attributes
     * would come with `&#38;` for an ampersand; as a DOCTYPE is refused, there are none but XML's
     * own five. */
    part->parser->userData = part->parser;
    xmlCtxtUseOptions(part->parser, XML_PARSE_NONET | XML_PARSE_NOENT | XML_PARSE_IGNORE_ENC);
    part->parser->_private = part;
    *result = part;
    return CTE_OK;
}

void package_close_part(struct package_part *part)
{
    if (part == NULL)
        return;
    xmlFreeDoc(part->parser->myDoc);
    xmlFreeParserCtxt(part->parser);
    zip_fclose(part->file);
    free(part->name);
    free(part);
}

int package_parse(struct package *package, const char *name, const struct part_handler *handler,
                  struct cte_error *error)
{
    struct package_part *part;
    bool ended = false;
    int status = package_open_part(package, name, handler, &part, error);
    while (status == CTE_OK && !ended)
        status = package_feed(part, &ended, error);
    package_close_part(part);
    return status;
}
