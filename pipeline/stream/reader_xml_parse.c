/* The handlers of the parser: what they are told of a record is kept until the record is whole. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <libxml/SAX2.h>

#include "codetables/base/memory.h"
#include "pipeline/stream/reader_xml.h"
#include "pipeline/stream/xml_words.h"

int reader_refuse_xml(struct reader *reader, uint64_t line, struct cte_error *error,
                      const char *what)
{
    long offset = reader->xml.parser != NULL ? xmlByteConsumed(reader->xml.parser) : 0;
    uint64_t record = reader->records + (reader->xml.pending_count - reader->xml.pending_at) + 1;
    struct look look = reader_look(reader);
    if (look.what != NULL)
        return reader_refuse(reader, line, 0, error, what);
    return cte_fail(error, CTE_BAD_INPUT, "%s:%llu: record %llu, byte %ld: %s", reader->name,
                    (unsigned long long)line, (unsigned long long)record, offset < 0 ? 0 : offset,
                    what);
}

uint64_t reader_parser_line(const struct reader *reader)
{
    return (uint64_t)xmlSAX2GetLineNumber(reader->xml.parser);
}

static void stop(struct reader *reader, const char *what)
{
    reader_refuse_xml(reader, reader_parser_line(reader), reader->xml.error, what);
    xmlStopParser(reader->xml.parser);
}

struct xml_pending *xml_open_record(struct reader_xml *xml)
{
    return &xml->pending[xml->pending_count];
}

/* Where the tag begins that the parser has just read: the call comes at its end, and no `<` can
 * stand within it. */
static long tag_offset(xmlParserCtxtPtr parser)
{
    const xmlChar *at = parser->input->cur;
    while (at > parser->input->base && *at != '<')
        at--;
    return xmlByteConsumed(parser) - (long)(parser->input->cur - at);
}

/* Of an encoding in which a byte below 128 always is that character of ASCII; what looks at bytes
 * before the parser does relies on it. */
static bool is_read(const char *encoding)
{
    static const char *const names[] = {"UTF-8",      "UTF8",        "US-ASCII",    "ASCII",
                                        "ISO-8859-1", "ISO-8859-15", "windows-1252"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcasecmp(encoding, names[i]) == 0)
            return true;
    }
    return false;
}

static const char unread_encoding[] = "the XML declaration names an encoding that is not known "
                                      "here; save the file as UTF-8, and "
                                      "declare that";

static bool declares_unread(xmlParserCtxtPtr parser)
{
    const xmlChar *declared = parser->encoding != NULL || parser->input == NULL
                                  ? parser->encoding
                                  : parser->input->encoding;
    return declared != NULL && !is_read((const char *)declared);
}

static void start_document(void *context)
{
    xmlParserCtxtPtr parser = context;
    if (declares_unread(parser))
        stop(parser->_private, unread_encoding);
}

/* What XML Schema says of a document in attributes: where its schema is, and that an element is
 * empty. */
static bool is_of_schema(const xmlChar **value)
{
    return value[2] != NULL &&
           strcmp((const char *)value[2], "http://www.w3.org/2001/XMLSchema-instance") == 0;
}

static bool is_value(const xmlChar **value, const char *text)
{
    size_t length = (size_t)(value[4] - value[3]);
    return length == strlen(text) && memcmp(value[3], text, length) == 0;
}

/* No value of a layout stands in an attribute. The one that is understood says that a field is
 * empty, or that it is not. */
static void take_attributes(struct reader *reader, int count, const xmlChar **values)
{
    struct reader_xml *xml = &reader->xml;
    for (int i = 0; i < count; i++) {
        const xmlChar **value = values + 5 * i;
        if (xml->depth == 1) {
            if (!is_of_schema(value))
                reader_add_note(reader, reader_parser_line(reader),
                                "the root element has attributes; they are no part of a record and "
                                "were not read");
            continue;
        }
        struct xml_pending *record = xml_open_record(xml);
        size_t fields = xml->field_count - record->first_field;
        bool is_nil =
            xml->depth == 3 && is_of_schema(value) && strcmp((const char *)value[0], "nil") == 0;
        if (is_nil && (is_value(value, "true") || is_value(value, "1")))
            xml->fields[xml->field_count - 1].is_nil = true;
        else if ((!is_nil || (!is_value(value, "false") && !is_value(value, "0"))) &&
                 record->attribute_at == 0)
            record->attribute_at = fields + 1;
    }
}

static void start_element(void *context, const xmlChar *name, const xmlChar *prefix,
                          const xmlChar *uri, int namespaces, const xmlChar **declared,
                          int attributes, int defaulted, const xmlChar **values)
{
    (void)prefix, (void)uri, (void)namespaces, (void)declared, (void)defaulted;
    struct reader *reader = ((xmlParserCtxtPtr)context)->_private;
    struct reader_xml *xml = &reader->xml;
    size_t length = strlen((const char *)name);
    xml->depth++;
    if (xml->depth == 2) {
        GROW(xml->pending, xml->pending_count, xml->pending_room);
        long offset = tag_offset(xml->parser);
        *xml_open_record(xml) = (struct xml_pending){.type = xml->kept.length,
                                                     .type_length = length,
                                                     .first_field = xml->field_count,
                                                     .line = reader_parser_line(reader),
                                                     .offset = offset < 0 ? 0 : (uint64_t)offset};
        text_put(&xml->kept, (const char *)name, length);
    } else if (xml->depth == 3) {
        if (xml->field_count - xml_open_record(xml)->first_field >= STREAM_MAX_FIELDS) {
            stop(reader, "the record has more elements than any layout");
            return;
        }
        GROW(xml->fields, xml->field_count, xml->field_room);
        size_t at = xml->kept.length;
        text_put(&xml->kept, (const char *)name, length);
        xml->fields[xml->field_count++] =
            (struct xml_field){.name = at, .name_length = length, .text = xml->kept.length};
    } else if (xml->depth > 3) {
        stop(reader,
             "an element stands inside a field; a record holds fields, and fields hold text");
        return;
    }
    take_attributes(reader, attributes, values);
}

static void take_text(void *context, const xmlChar *text, int length)
{
    struct reader *reader = ((xmlParserCtxtPtr)context)->_private;
    struct reader_xml *xml = &reader->xml;
    if (xml->depth == 3) {
        text_put(&xml->kept, (const char *)text, (size_t)length);
        xml->fields[xml->field_count - 1].text_length += (size_t)length;
        if (xml->kept.length - xml_open_record(xml)->type > STREAM_MAX_RECORD)
            stop(reader, "the record is longer than 65536 bytes");
        return;
    }
    for (int i = 0; i < length; i++) {
        if (text[i] == ' ' || text[i] == '\t' || text[i] == '\n' || text[i] == '\r')
            continue;
        if (xml->depth == 2)
            xml_open_record(xml)->stray_text = true;
        else
            stop(reader, "text stands between the records");
        return;
    }
}

static void end_element(void *context, const xmlChar *name, const xmlChar *prefix,
                        const xmlChar *uri)
{
    (void)name, (void)prefix, (void)uri;
    struct reader *reader = ((xmlParserCtxtPtr)context)->_private;
    struct reader_xml *xml = &reader->xml;
    if (xml->depth-- == 2) {
        struct xml_pending *record = xml_open_record(xml);
        record->field_count = xml->field_count - record->first_field;
        xml->pending_count++;
    }
}

static void refuse_doctype(void *context, const xmlChar *name, const xmlChar *external,
                           const xmlChar *system)
{
    (void)name, (void)external, (void)system;
    stop(((xmlParserCtxtPtr)context)->_private,
         "a DOCTYPE, which is never allowed in an extract; remove it");
}

bool xml_has_unread_bytes(xmlParserCtxtPtr parser, size_t bytes)
{
    const xmlParserInputBuffer *buffer = parser->input != NULL ? parser->input->buf : NULL;
    return buffer != NULL && buffer->encoder != NULL && buffer->raw != NULL &&
           xmlBufUse(buffer->raw) >= bytes;
}

static void take_problem(void *context, xmlErrorPtr problem)
{
    struct reader *reader = ((xmlParserCtxtPtr)context)->_private;
    if (problem->level == XML_ERR_WARNING || problem->code == XML_ERR_USER_STOP)
        return;
    /* libxml2's own words may quote the document, and with it a student; so only the kind of error
     * is told. */
    char what[200];
    if (declares_unread(reader->xml.parser))
        snprintf(what, sizeof what, "%s", unread_encoding);
    else
        snprintf(what, sizeof what, "not well-formed XML: %s",
                 xml_problem_words(xml_has_unread_bytes(reader->xml.parser, 1)
                                       ? XML_ERR_INVALID_ENCODING
                                       : problem->code));
    reader_refuse_xml(reader, (uint64_t)(problem->line > 0 ? problem->line : 1), reader->xml.error,
                      what);
}

int reader_open_xml(struct reader *reader, struct cte_error *error)
{
    (void)error;
    static xmlSAXHandler handler = {
        .initialized = XML_SAX2_MAGIC,
        .startDocument = start_document,
        .startElementNs = start_element,
        .endElementNs = end_element,
        .characters = take_text,
        .ignorableWhitespace = take_text,
        .cdataBlock = take_text,
        .internalSubset = refuse_doctype,
        .serror = take_problem,
    };
    reader->delimiter = '^';
    reader->buffer = cte_alloc(XML_CHUNK);
    reader->xml.parser = xmlCreatePushParserCtxt(&handler, NULL, NULL, 0, NULL);
    if (reader->xml.parser == NULL)
        cte_die("out of memory for an XML parser");
    reader->xml.parser->_private = reader;
    /* The handlers take the parser itself as their context. */
    reader->xml.parser->userData = reader->xml.parser;
    xmlCtxtUseOptions(reader->xml.parser, XML_PARSE_NONET);
    return CTE_OK;
}
