#include "codetables/model/table.h"

#include <errno.h>
#include <libxml/dict.h>
#include <libxml/parser.h>
#include <libxml/SAX2.h>
#include <limits.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/file.h"
#include "codetables/base/memory.h"
#include "codetables/model/attribute_rules.h"
#include "codetables/model/schema.h"

/* A table is written by people; this is a thousand times the largest that ships. */
static const size_t max_table_bytes = 256UL << 20;

enum basis basis_from(const char *text)
{
    static const struct {
        const char *text;
        enum basis basis;
    } names[] = {{"seen", BASIS_SEEN},       {"family", BASIS_FAMILY},
                 {"own", BASIS_OWN},         {"inferred", BASIS_INFERRED},
                 {"assumed", BASIS_ASSUMED}, {"unread", BASIS_UNREAD}};
    if (text != NULL) {
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            if (strcmp(text, names[i].text) == 0)
                return names[i].basis;
        }
    }
    return BASIS_NONE;
}

bool basis_may_refuse(enum basis basis)
{
    return basis == BASIS_SEEN || basis == BASIS_FAMILY || basis == BASIS_OWN;
}

bool table_is_draft(const struct table_identity *identity)
{
    return strcmp(identity->status, "draft") == 0;
}

void sha256_text(const unsigned char *digest, char hex[65])
{
    for (size_t i = 0; i < 32; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

int table_bytes(const char *path, char **bytes, size_t *length, struct cte_error *error)
{
    return file_bytes(path, "table", max_table_bytes, CTE_NO_INPUT, CTE_BAD_TABLE, bytes, length,
                      error);
}

int schema_bytes(const char *path, char **bytes, size_t *length, struct cte_error *error)
{
    return file_bytes(path, "schema", max_table_bytes, CTE_BAD_TABLE, CTE_BAD_TABLE, bytes, length,
                      error);
}

struct complaint {
    const char *path;
    struct cte_error *error;
};

/* Keeps the first of libxml2's messages; the later ones mostly follow from it. What it only warns
 * of is no reason to refuse a table. */
static void keep_complaint(void *context, xmlErrorPtr problem)
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

/* All that is wrong is told in the order of its lines. */
static int validate(xmlDocPtr doc, const char *path, const char *schema_path,
                    struct cte_error *error)
{
    struct problems problems = {0};
    int status = schema_validate(doc, schema_path, &problems, error);
    if (status == CTE_OK) {
        check_attributes(xmlDocGetRootElement(doc), &problems);
        status = tell_problems(&problems, path, error);
    }
    forget_problems(&problems);
    return status;
}

static void read_head(xmlNodePtr root, struct table_identity *identity)
{
    xmlNodePtr title = first_element(root, "title");
    identity->title = title != NULL ? element_text(title) : cte_strdup("");
    identity->sources = cte_zalloc(count_elements(root, "source"), sizeof *identity->sources);
    for (xmlNodePtr node = first_element(root, "source"); node != NULL;
         node = next_element(node, "source"))
        identity->sources[identity->source_count++] =
            (struct table_source){attribute_or(node, "file", ""), attribute_or(node, "title", ""),
                                  attribute_or(node, "date", ""), attribute_or(node, "sha256", "")};
    identity->notes = element_texts(root, "note", &identity->note_count);
}

/* A file while it is parsed: piece by piece, so that nothing of it is kept beside the tree, and
 * hashed on the way. */
struct parsed_file {
    FILE *file;
    EVP_MD_CTX *hash;
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
    if (EVP_DigestUpdate(parsed->hash, buffer, got) != 1)
        cte_die("libcrypto cannot hash");
    return parsed->size > max_table_bytes || parsed->utf16 ? -1 : (int)got;
}

/* The tree of a file, or NULL with the error filled. */
static xmlDocPtr parse_file(const char *path, char hex[65], struct cte_error *error)
{
    struct cte_error told = {0};
    struct complaint complaint = {path, &told};
    struct parsed_file parsed = {.file = file_stream(path), .hash = EVP_MD_CTX_new()};
    if (parsed.file == NULL) {
        file_fail(path, "cannot open the table", CTE_NO_INPUT, error);
        EVP_MD_CTX_free(parsed.hash);
        return NULL;
    }
    xmlParserCtxtPtr parser = xmlNewParserCtxt();
    if (parser == NULL || parsed.hash == NULL ||
        EVP_DigestInit_ex(parsed.hash, EVP_sha256(), NULL) != 1)
        cte_die("out of memory for an XML parser");
    parser->_private = &complaint;
    parser->sax->internalSubset = refuse_doctype;
    parser->sax->startElementNs = start_element;
    xmlSetStructuredErrorFunc(&complaint, keep_complaint);
    xmlDocPtr tree = xmlCtxtReadIO(parser, read_piece, NULL, &parsed, path, NULL,
                                   XML_PARSE_NONET | XML_PARSE_NOBLANKS | XML_PARSE_COMPACT);
    xmlSetStructuredErrorFunc(NULL, NULL);
    xmlFreeParserCtxt(parser);
    /* Of a file that ended before its time, the parser can only say that it is not well-formed. */
    if (parsed.failed != 0)
        cte_fail(error, CTE_IO, "%s: cannot read the table: %s", path, strerror(parsed.failed));
    else if (parsed.utf16)
        cte_fail(error, CTE_BAD_TABLE,
                 "%s: is written in UTF-16; tables are UTF-8, save it as that", path);
    else if (parsed.size > max_table_bytes)
        cte_fail(error, CTE_BAD_TABLE, "%s: larger than %zu bytes; a code table is not", path,
                 max_table_bytes);
    else if (told.status != CTE_OK)
        cte_fail(error, told.status, "%s", told.text);
    else if (tree == NULL)
        cte_fail(error, CTE_BAD_TABLE, "%s: is not well-formed XML", path);
    else if (tree->encoding != NULL && xmlStrcasecmp(tree->encoding, (const xmlChar *)"UTF-8") != 0)
        cte_fail(error, CTE_BAD_TABLE, "%s: is written in %s; tables are UTF-8, save it as that",
                 path, (const char *)tree->encoding);
    unsigned char digest[EVP_MAX_MD_SIZE];
    if (EVP_DigestFinal_ex(parsed.hash, digest, NULL) != 1)
        cte_die("libcrypto cannot finish SHA-256");
    sha256_text(digest, hex);
    EVP_MD_CTX_free(parsed.hash);
    fclose(parsed.file);
    if (error->status != CTE_OK) {
        xmlFreeDoc(tree);
        tree = NULL;
    }
    return tree;
}

int table_open(const char *path, const char *schema_path, struct table_identity *identity,
               xmlDocPtr *doc, struct cte_error *error)
{
    char hex[65];
    xmlDocPtr tree = parse_file(path, hex, error);
    int status = tree != NULL ? validate(tree, path, schema_path, error) : error->status;
    if (status == CTE_OK) {
        xmlNodePtr root = xmlDocGetRootElement(tree);
        *identity = (struct table_identity){
            .kind = cte_strdup((const char *)root->name),
            .id = attribute_or(root, "id", ""),
            .version = attribute_or(root, "version", ""),
            .status = attribute_or(root, "status", ""),
            .agency = attribute_or(root, "agency", ""),
            .supersedes = attribute_or(root, "supersedes", ""),
            .path = cte_strdup(path),
        };
        read_head(root, identity);
        memcpy(identity->sha256, hex, sizeof hex);
        *doc = tree;
    } else {
        xmlFreeDoc(tree);
    }
    return status;
}

const char *intern(const char *text)
{
    static xmlDictPtr texts;
    if (texts == NULL && (texts = xmlDictCreate()) == NULL)
        cte_die("out of memory");
    const xmlChar *kept = xmlDictLookup(texts, (const xmlChar *)text, -1);
    if (kept == NULL)
        cte_die("out of memory");
    return (const char *)kept;
}

bool is_plain_value(const char *text)
{
    return strpbrk(text, "^\n\r\\") == NULL;
}

char **split_words(const char *text, size_t *count)
{
    char *copy = cte_strdup(text != NULL ? text : "");
    char **words = cte_zalloc(strlen(copy) / 2 + 2, sizeof *words);
    size_t n = 0;
    char *rest = NULL;
    for (char *word = strtok_r(copy, " \t\r\n", &rest); word != NULL;
         word = strtok_r(NULL, " \t\r\n", &rest))
        words[n++] = word;
    if (count != NULL)
        *count = n;
    return words;
}
