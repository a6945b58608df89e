#include "codetables/model/parse_table.h"

#include <errno.h>
#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "codetables/base/file.h"
#include "codetables/model/xml_problem.h"

/* A table is written by people; this is a thousand times the largest that ships. */
enum { MAX_TABLE_BYTES = 256 << 20 };

int table_bytes(const char *path, struct file_content *content, struct cte_error *error)
{
    static const struct file_bounds bounds = {"table", MAX_TABLE_BYTES, CTE_NO_INPUT,
                                              CTE_BAD_TABLE};
    return file_bytes(path, &bounds, content, error);
}

int schema_bytes(const char *path, struct file_content *content, struct cte_error *error)
{
    static const struct file_bounds bounds = {"schema", MAX_TABLE_BYTES, CTE_BAD_TABLE,
                                              CTE_BAD_TABLE};
    return file_bytes(path, &bounds, content, error);
}

struct complaint {
    const char *path;
    struct cte_error *error;
};

/* Keeps the first of libxml2's messages; the later ones mostly follow from it. What it only warns
 * of is no reason to refuse a table. */
static void keep_complaint(void *context, xml_problem problem)
{
    struct complaint *complaint = context;
    if (complaint->error->status != CTE_OK || problem->level == XML_ERR_WARNING)
        return;
    char text[512];
    snprintf(text, sizeof text, "%s", problem->message ? problem->message : "not well-formed");
    text[strcspn(text, "\n")] = '\0';
    cte_fail(complaint->error, CTE_BAD_TABLE, "%s:%d: %s; the table is not used, correct it",
             complaint->path, problem->line, text);
}

/* Called when the parser meets a DOCTYPE, before anything in it is read. */
static void refuse_doctype(void *context, const xmlChar *name, const xmlChar *external,
                           const xmlChar *system)
{
    (void)name, (void)external, (void)system;
    xmlParserCtxtPtr parser = context;
    struct complaint *complaint = parser->_private;
    cte_fail(complaint->error, CTE_BAD_TABLE,
             "%s:%d: holds a DOCTYPE, which is never allowed in a table; remove it",
             complaint->path, xmlSAX2GetLineNumber(parser));
    xmlStopParser(parser);
}

/* libxml2 keeps the line of an element in 16 bits, and beyond them in a text that NOBLANKS leaves
 * out. */
static void start_element(void *context, const xmlChar *name, const xmlChar *prefix,
                          const xmlChar *uri, int namespaces, const xmlChar **namespace_list,
                          int attributes, int defaulted, const xmlChar **attribute_list)
{
    xmlParserCtxtPtr parser = context;
    xmlSAX2StartElementNs(context, name, prefix, uri, namespaces, namespace_list, attributes,
                          defaulted, attribute_list);
    if (parser->node != NULL && parser->input != NULL)
        parser->node->_private = (void *)(intptr_t)parser->input->line;
}

/* A file while it is parsed: piece by piece, so that nothing of it is kept beside the tree, and
 * hashed on the way. */
struct parsed_file {
    FILE *file;
    struct digest digest;
    size_t size;
    int failed; /* errno of a read that failed */
    bool utf16;
};

/* A parser takes UTF-16 without being told, by its mark or by the zeros in it. */
static bool is_utf16(const char *bytes, size_t length)
{
    return length >= 2 && (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0 ||
                           bytes[0] == '\0' || bytes[1] == '\0');
}

static int read_piece(void *context, char *buffer, int room)
{
    struct parsed_file *parsed = context;
    size_t got = fread(buffer, 1, (size_t)room, parsed->file);
    if (got < (size_t)room && ferror(parsed->file)) {
        parsed->failed = errno;
        return -1;
    }
    parsed->utf16 = parsed->utf16 || (parsed->size == 0 && is_utf16(buffer, got));
    parsed->size += got;
    digest_add(&parsed->digest, buffer, got);
    return parsed->size > MAX_TABLE_BYTES || parsed->utf16 ? -1 : (int)got;
}

/* Of a file that ended before its time, the parser can only say that it is not well-formed. */
static int report_failure(const char *path, const struct parsed_file *parsed, xmlDocPtr tree,
                          const struct cte_error *first, struct cte_error *error)
{
    if (parsed->failed != 0)
        return cte_fail(error, CTE_IO, "%s: cannot read the table: %s", path,
                        strerror(parsed->failed));
    if (parsed->utf16)
        return cte_fail(error, CTE_BAD_TABLE,
                        "%s: is written in UTF-16; tables are UTF-8, save it as that", path);
    if (parsed->size > MAX_TABLE_BYTES)
        return cte_fail(error, CTE_BAD_TABLE, "%s: larger than %d bytes; a code table is not", path,
                        MAX_TABLE_BYTES);
    if (first->status != CTE_OK)
        return cte_fail(error, first->status, "%s", first->text);
    if (tree == NULL)
        return cte_fail(error, CTE_BAD_TABLE, "%s: is not well-formed XML", path);
    if (tree->encoding != NULL && xmlStrcasecmp(tree->encoding, (const xmlChar *)"UTF-8") != 0)
        return cte_fail(error, CTE_BAD_TABLE,
                        "%s: is written in %s; tables are UTF-8, save it as that", path,
                        (const char *)tree->encoding);
    return CTE_OK;
}

xmlDocPtr parse_table(const char *path, char hex[DIGEST_HEX], struct cte_error *error)
{
    struct cte_error first = {0};
    struct complaint complaint = {path, &first};
    struct parsed_file parsed = {.file = file_stream(path)};
    if (parsed.file == NULL) {
        file_fail(path, "cannot open the table", CTE_NO_INPUT, error);
        return NULL;
    }
    xmlParserCtxtPtr parser = xmlNewParserCtxt();
    if (parser == NULL)
        cte_die("out of memory for an XML parser");
    digest_begin(&parsed.digest);
    parser->_private = &complaint;
    parser->sax->internalSubset = refuse_doctype;
    parser->sax->startElementNs = start_element;
    xmlSetStructuredErrorFunc(&complaint, keep_complaint);
    xmlDocPtr tree = xmlCtxtReadIO(parser, read_piece, NULL, &parsed, path, NULL,
                                   XML_PARSE_NONET | XML_PARSE_NOBLANKS | XML_PARSE_COMPACT);
    xmlSetStructuredErrorFunc(NULL, NULL);
    xmlFreeParserCtxt(parser);
    digest_end(&parsed.digest, hex);
    fclose(parsed.file);
    if (report_failure(path, &parsed, tree, &first, error) != CTE_OK) {
        xmlFreeDoc(tree);
        return NULL;
    }
    return tree;
}
