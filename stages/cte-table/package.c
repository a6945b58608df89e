#include "stages/cte-table/package.h"

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

enum { PART_CHUNK = 1 << 15 };
static const uint64_t max_part = UINT64_C(128) << 20;

struct package {
    const char *path;
    zip_t *archive;
};

struct parsing {
    const char *path, *part;
    const struct part_handler *handler;
    struct cte_error *error;
    xmlParserCtxtPtr parser;
};

int package_open(const char *path, const char *bytes, size_t length, struct package **result, struct cte_error *error)
{
    zip_error_t why;
    zip_error_init(&why);
    zip_source_t *source = zip_source_buffer_create(bytes, length, 0, &why);
    if (source == NULL)
        cte_die("libzip cannot start");
    zip_t *archive = zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &why);
    if (archive == NULL) {
        cte_fail(error, CTE_BAD_INPUT, "%s: not a sound .xlsx file: %s; save it in Excel again", path, zip_error_strerror(&why));
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

char *part_attribute(const struct part_attributes *attributes, const char *name)
{
    for (int i = 0; i < attributes->count; i++) {
        const unsigned char **a = attributes->list + 5 * i;
        if (strcmp((const char *)a[0], name) != 0)
            continue;
        size_t length = (size_t)(a[4] - a[3]);
        char *copy = cte_alloc(length + 1);
        memcpy(copy, a[3], length);
        copy[length] = '\0';
        return copy;
    }
    return NULL;
}

static void stop(struct parsing *parsing, const char *what)
{
    cte_fail(parsing->error, CTE_BAD_INPUT, "%s: %s, line %d: %s", parsing->path, parsing->part,
             xmlSAX2GetLineNumber(parsing->parser), what);
    xmlStopParser(parsing->parser);
}

static void start_element(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int namespaces,
                          const xmlChar **declared, int attributes, int defaulted, const xmlChar **values)
{
    (void)prefix, (void)uri, (void)namespaces, (void)declared, (void)defaulted;
    struct parsing *parsing = ((xmlParserCtxtPtr)context)->_private;
    struct part_attributes list = {values, attributes};
    parsing->handler->start(parsing->handler->context, (const char *)name, &list);
    if (parsing->error->status != CTE_OK)
        xmlStopParser(parsing->parser);
}

static void end_element(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    (void)prefix, (void)uri;
    struct parsing *parsing = ((xmlParserCtxtPtr)context)->_private;
    if (parsing->handler->end != NULL)
        parsing->handler->end(parsing->handler->context, (const char *)name);
    if (parsing->error->status != CTE_OK)
        xmlStopParser(parsing->parser);
}

static void take_text(void *context, const xmlChar *text, int length)
{
    struct parsing *parsing = ((xmlParserCtxtPtr)context)->_private;
    if (parsing->handler->text != NULL)
        parsing->handler->text(parsing->handler->context, (const char *)text, (size_t)length);
}

static void refuse_doctype(void *context, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
    (void)name, (void)external, (void)system;
    stop(((xmlParserCtxtPtr)context)->_private, "holds a DOCTYPE, which no spreadsheet program writes; the file is not used");
}

static void take_problem(void *context, xmlErrorPtr problem)
{
    struct parsing *parsing = ((xmlParserCtxtPtr)context)->_private;
    if (problem->level == XML_ERR_WARNING || problem->code == XML_ERR_USER_STOP)
        return;
    char *text = cte_format("%s", problem->message != NULL ? problem->message : "not well-formed");
    text[strcspn(text, "\n")] = '\0';
    cte_fail(parsing->error, CTE_BAD_INPUT, "%s: %s, line %d: %s; the file is damaged, save it in Excel again", parsing->path,
             parsing->part, problem->line, text);
    free(text);
}

/* Which member a part is. libzip refuses an archive with two members of one name when it is opened. */
static int locate(struct package *package, const char *part, zip_uint64_t *index, struct cte_error *error)
{
    zip_int64_t found = zip_name_locate(package->archive, part, 0);
    if (found < 0)
        return cte_fail(error, CTE_BAD_INPUT,
                        "%s: does not hold the part %s; it is no .xlsx file that can be read, save it in Excel again",
                        package->path, part);
    *index = (zip_uint64_t)found;
    struct zip_stat about;
    zip_stat_init(&about);
    if (zip_stat_index(package->archive, *index, 0, &about) != 0 || (about.valid & ZIP_STAT_SIZE) == 0)
        return cte_fail(error, CTE_BAD_INPUT, "%s: %s: the archive does not describe it", package->path, part);
    if ((about.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && about.encryption_method != ZIP_EM_NONE)
        return cte_fail(error, CTE_BAD_INPUT, "%s: %s: is encrypted; save the file without a password", package->path, part);
    if (about.size > max_part)
        return cte_fail(error, CTE_BAD_INPUT, "%s: %s: unpacks to %llu bytes, which no sheet of codes does; not read",
                        package->path, part, (unsigned long long)about.size);
    return CTE_OK;
}

static int feed(struct parsing *parsing, zip_file_t *file)
{
    char chunk[PART_CHUNK];
    uint64_t total = 0;
    for (;;) {
        zip_int64_t got = zip_fread(file, chunk, sizeof chunk);
        if (got < 0)
            return cte_fail(parsing->error, CTE_BAD_INPUT, "%s: %s: is damaged after byte %llu: %s; save the file in Excel again",
                            parsing->path, parsing->part, (unsigned long long)total, zip_file_strerror(file));
        total += (uint64_t)got;
        if (total > max_part)
            return cte_fail(parsing->error, CTE_BAD_INPUT, "%s: %s: unpacks to more than %llu bytes; not read further",
                            parsing->path, parsing->part, (unsigned long long)max_part);
        xmlParseChunk(parsing->parser, chunk, (int)got, got == 0);
        if (parsing->error->status != CTE_OK || got == 0)
            return parsing->error->status;
    }
}

int package_parse(struct package *package, const char *part, const struct part_handler *handler, struct cte_error *error)
{
    zip_uint64_t index = 0;
    int status = locate(package, part, &index, error);
    if (status != CTE_OK)
        return status;
    zip_file_t *file = zip_fopen_index(package->archive, index, 0);
    if (file == NULL)
        return cte_fail(error, CTE_BAD_INPUT, "%s: %s: cannot be opened: %s", package->path, part, zip_strerror(package->archive));
    xmlSAXHandler sax = {.initialized = XML_SAX2_MAGIC,
                         .startElementNs = start_element,
                         .endElementNs = end_element,
                         .characters = take_text,
                         .cdataBlock = take_text,
                         .internalSubset = refuse_doctype,
                         .serror = take_problem};
    struct parsing parsing = {package->path, part, handler, error, NULL};
    parsing.parser = xmlCreatePushParserCtxt(&sax, NULL, NULL, 0, part);
    if (parsing.parser == NULL)
        cte_die("out of memory for an XML parser");
    /* The handlers take the parser itself as their context. Entities are put in, or attributes would come with `&#38;` for an
     * ampersand; as a DOCTYPE is refused, there are none but XML's own five. */
    parsing.parser->userData = parsing.parser;
    xmlCtxtUseOptions(parsing.parser, XML_PARSE_NONET | XML_PARSE_NOENT);
    parsing.parser->_private = &parsing;
    status = feed(&parsing, file);
    if (status == CTE_OK && parsing.parser->wellFormed == 0)
        status = cte_fail(error, CTE_BAD_INPUT, "%s: %s: not well-formed XML; the file is damaged", package->path, part);
    xmlFreeDoc(parsing.parser->myDoc);
    xmlFreeParserCtxt(parsing.parser);
    zip_fclose(file);
    return status;
}
