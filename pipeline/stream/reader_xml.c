/* The XML record form. libxml2's push parser is fed a few kilobytes at a time and calls back for
 * each element; nothing of a record is kept after it has been given out. The push parser is taken,
 * not the pull reader (xmlTextReader): that one runs ahead of what it shows by a whole chunk and
 * cannot tell lines beyond 65,535, so it could not name the line of a record.
 *
 * The root element may have any name. Each of its children is a record, named by its record type;
 * each child of that is a field, named as the layout says, in any order. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <libxml/SAX2.h>

#include "pipeline/stream/reader_internal.h"
#include "codetables/base/memory.h"

enum { XML_CHUNK = 1 << 13 };

static int refuse_xml(struct reader *reader, uint64_t line, struct cte_error *error,
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

static uint64_t parser_line(const struct reader *reader)
{
    return (uint64_t)xmlSAX2GetLineNumber(reader->xml.parser);
}

static void stop(struct reader *reader, const char *what)
{
    refuse_xml(reader, parser_line(reader), reader->xml.error, what);
    xmlStopParser(reader->xml.parser);
}

static void keep_bytes(struct reader *reader, const char *bytes, size_t length)
{
    struct reader_xml *xml = &reader->xml;
    if (xml->used + length > xml->room) {
        xml->room = (xml->used + length) * 2;
        xml->scratch = cte_realloc(xml->scratch, xml->room);
    }
    memcpy(xml->scratch + xml->used, bytes, length);
    xml->used += length;
}

static struct xml_pending *open_record(struct reader_xml *xml)
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
                reader_add_note(reader, parser_line(reader),
                                "the root element has attributes; they are no part of a record and "
                                "were not read");
            continue;
        }
        struct xml_pending *record = open_record(xml);
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
        if (xml->pending_count == xml->pending_room) {
            xml->pending_room = xml->pending_room == 0 ? 64 : xml->pending_room * 2;
            xml->pending = cte_realloc(xml->pending, xml->pending_room * sizeof *xml->pending);
        }
        long offset = tag_offset(xml->parser);
        *open_record(xml) = (struct xml_pending){.type = xml->used,
                                                 .type_length = length,
                                                 .first_field = xml->field_count,
                                                 .line = parser_line(reader),
                                                 .offset = offset < 0 ? 0 : (uint64_t)offset};
        keep_bytes(reader, (const char *)name, length);
    } else if (xml->depth == 3) {
        if (xml->field_count - open_record(xml)->first_field >= STREAM_MAX_FIELDS) {
            stop(reader, "the record has more elements than any layout");
            return;
        }
        if (xml->field_count == xml->field_room) {
            xml->field_room = xml->field_room == 0 ? 1024 : xml->field_room * 2;
            xml->fields = cte_realloc(xml->fields, xml->field_room * sizeof *xml->fields);
        }
        size_t at = xml->used;
        keep_bytes(reader, (const char *)name, length);
        xml->fields[xml->field_count++] =
            (struct xml_field){.name = at, .name_length = length, .text = xml->used};
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
        keep_bytes(reader, (const char *)text, (size_t)length);
        xml->fields[xml->field_count - 1].text_length += (size_t)length;
        if (xml->used - open_record(xml)->type > STREAM_MAX_RECORD)
            stop(reader, "the record is longer than 65536 bytes");
        return;
    }
    for (int i = 0; i < length; i++) {
        if (text[i] == ' ' || text[i] == '\t' || text[i] == '\n' || text[i] == '\r')
            continue;
        if (xml->depth == 2)
            open_record(xml)->stray_text = true;
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
        struct xml_pending *record = open_record(xml);
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

/* libxml2's own words may quote the document, and with it a student; so its errors are told in
 * these. */
static const char *words_of(int code)
{
    static const struct {
        int code;
        const char *words;
    } kinds[] = {
        {XML_ERR_DOCUMENT_START, "text stands before the first element"},
        {XML_ERR_DOCUMENT_EMPTY, "there is no XML in it"},
        {XML_ERR_DOCUMENT_END,
         "something stands after the end of the document, or the file is cut off"},
        {XML_ERR_RESERVED_XML_NAME, "the XML declaration must stand at the very beginning; take "
                                    "off an empty line before it, or "
                                    "give files that were joined one by one"},
        {XML_ERR_XMLDECL_NOT_STARTED, "the XML declaration is not whole"},
        {XML_ERR_XMLDECL_NOT_FINISHED, "the XML declaration is not closed by ?>"},
        {XML_ERR_VERSION_MISSING, "the XML declaration names no version"},
        {XML_ERR_UNKNOWN_VERSION, "the XML declaration names a version that is not known"},
        {XML_ERR_STANDALONE_VALUE, "the XML declaration says neither yes nor no for standalone"},
        {XML_ERR_ENCODING_NAME, "the XML declaration names no encoding that could be one"},
        {XML_ERR_UNKNOWN_ENCODING, "the encoding that it names is not known"},
        {XML_ERR_UNSUPPORTED_ENCODING, "the encoding that it names is not known"},
        {XML_ERR_MISSING_ENCODING, "the XML declaration names no encoding"},
        {XML_ERR_INVALID_ENCODING, "bytes that are not in the document's encoding"},
        {XML_I18N_CONV_FAILED, "bytes that are not in the document's encoding"},
        {XML_ERR_INVALID_CHAR, "a character that XML does not allow"},
        {XML_ERR_INVALID_CHARREF, "a reference to a character that XML does not allow"},
        {XML_ERR_INVALID_HEX_CHARREF,
         "a reference to a character whose number is no hexadecimal number"},
        {XML_ERR_INVALID_DEC_CHARREF, "a reference to a character whose number is no number"},
        {XML_ERR_CHARREF_AT_EOF, "the file ends within a reference to a character"},
        {XML_ERR_CHARREF_IN_PROLOG, "a reference to a character stands outside the elements"},
        {XML_ERR_CHARREF_IN_EPILOG, "a reference to a character stands outside the elements"},
        {XML_ERR_ENTITYREF_AT_EOF, "the file ends within an entity"},
        {XML_ERR_ENTITYREF_IN_PROLOG, "an entity stands outside the elements"},
        {XML_ERR_ENTITYREF_IN_EPILOG, "an entity stands outside the elements"},
        {XML_ERR_ENTITYREF_NO_NAME, "an ampersand that begins no entity; write it as &amp;"},
        {XML_ERR_ENTITYREF_SEMICOL_MISSING,
         "an ampersand that begins no entity; write it as &amp;"},
        {XML_ERR_UNDECLARED_ENTITY, "an entity that is not declared"},
        {XML_WAR_UNDECLARED_ENTITY, "an entity that is not declared"},
        {XML_ERR_UNPARSED_ENTITY, "an entity that is no text"},
        {XML_ERR_ENTITY_LOOP, "an entity that holds itself"},
        {XML_ERR_LT_IN_ATTRIBUTE,
         "a less-than sign in the value of an attribute; write it as &lt;"},
        {XML_ERR_ATTRIBUTE_NOT_STARTED, "the value of an attribute does not stand in quotes"},
        {XML_ERR_ATTRIBUTE_NOT_FINISHED, "the value of an attribute is not closed by its quote"},
        {XML_ERR_ATTRIBUTE_WITHOUT_VALUE, "an attribute has no value"},
        {XML_ERR_ATTRIBUTE_REDEFINED, "an element has one attribute twice"},
        {XML_ERR_LITERAL_NOT_STARTED, "a literal does not begin with a quote"},
        {XML_ERR_LITERAL_NOT_FINISHED, "a literal is not closed by its quote"},
        {XML_ERR_COMMENT_NOT_FINISHED, "a comment is not closed"},
        {XML_ERR_HYPHEN_IN_COMMENT, "two hyphens stand inside a comment"},
        {XML_ERR_PI_NOT_STARTED, "a processing instruction has no name"},
        {XML_ERR_PI_NOT_FINISHED, "a processing instruction is not closed by ?>"},
        {XML_ERR_CDATA_NOT_FINISHED, "a CDATA section is not closed by ]]>"},
        {XML_ERR_MISPLACED_CDATA_END, "]]> stands in the text; write it as ]]&gt;"},
        {XML_ERR_DOCTYPE_NOT_FINISHED, "a DOCTYPE is not closed"},
        {XML_ERR_SPACE_REQUIRED, "a blank is missing between two parts of a tag"},
        {XML_ERR_EQUAL_REQUIRED, "an equals sign is missing"},
        {XML_ERR_GT_REQUIRED, "a tag is not closed by a greater-than sign"},
        {XML_ERR_LTSLASH_REQUIRED, "an end tag is missing"},
        {XML_ERR_SEPARATOR_REQUIRED, "a separator is missing"},
        {XML_ERR_NAME_REQUIRED,
         "an ampersand or a less-than sign that must be written as an entity"},
        {XML_ERR_NAME_TOO_LONG, "a name or value is too long"},
        {XML_ERR_TAG_NAME_MISMATCH, "an element is not closed by its own end tag"},
        {XML_ERR_TAG_NOT_FINISHED, "the file ends within an element"},
        {XML_ERR_NOT_WELL_BALANCED,
         "elements are not closed in the order in which they were opened"},
        {XML_ERR_EXTRA_CONTENT, "something stands after the end of the document"},
        {XML_ERR_STRING_NOT_STARTED, "a value does not begin with a quote"},
        {XML_ERR_STRING_NOT_CLOSED, "a value is not closed by its quote"},
        {XML_ERR_URI_REQUIRED, "an address is missing"},
        {XML_ERR_PUBID_REQUIRED, "a public identifier is missing"},
        {XML_NS_ERR_UNDEFINED_NAMESPACE, "a prefix of a name that is not declared"},
        {XML_NS_ERR_QNAME, "a name with a colon in the wrong place"},
        {XML_NS_ERR_COLON, "a name with a colon in the wrong place"},
        {XML_NS_ERR_ATTRIBUTE_REDEFINED, "an element has one attribute twice"},
        {XML_NS_ERR_XML_NAMESPACE, "a namespace that may not be declared"},
        {XML_NS_ERR_EMPTY, "a prefix that is declared as nothing"},
        {XML_ERR_INTERNAL_ERROR, "the parser cannot go on here"},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (kinds[i].code == code)
            return kinds[i].words;
    }
    return "the parser cannot go on here";
}

/* A byte that is not in the declared encoding stays unread, and all that follows it; the document
 * seems to end there. */
static bool has_unread_bytes(xmlParserCtxtPtr parser, size_t bytes)
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
                 words_of(has_unread_bytes(reader->xml.parser, 1) ? XML_ERR_INVALID_ENCODING
                                                                  : problem->code));
    refuse_xml(reader, (uint64_t)(problem->line > 0 ? problem->line : 1), reader->xml.error, what);
}

/* What goes wrong in converting bytes comes without its document, and with bytes of it. What
 * follows from it is told. */
static void pass_over(void *context, xmlErrorPtr problem)
{
    (void)context, (void)problem;
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

/* Looks at what was read before the parser does. Zeros and Ctrl-Z can stand in no document; where
 * they fill up its end, they are left out. */
static int prepare_chunk(struct reader *reader, size_t *got, struct cte_error *error)
{
    struct reader_xml *xml = &reader->xml;
    xml->finished = *got == 0;
    reader_keep_sample(reader, reader->buffer, *got);
    int status = reader_check_encoding(reader, reader->sample, reader->sample_length, error);
    if (status != CTE_OK)
        return status;
    size_t text = 0;
    while (!xml->is_padding && text < *got && reader->buffer[text] != '\0' &&
           reader->buffer[text] != 0x1a)
        text++;
    if (text == *got)
        return CTE_OK;
    if (!is_padding(reader->buffer + text, *got - text))
        return refuse_xml(reader, parser_line(reader), error,
                          "a NUL byte or Ctrl-Z; the file is not XML in UTF-8 or ASCII");
    xml->is_padding = true;
    *got = text;
    return CTE_OK;
}

/* Feeds the parser until a record is complete or the source ends. */
static int feed(struct reader *reader, struct cte_error *error)
{
    struct reader_xml *xml = &reader->xml;
    xml->error = error;
    while (xml->pending_at == xml->pending_count && !xml->finished) {
        /* What was given out is dropped; what is open moves to the front. */
        if (xml->pending_count > 0) {
            size_t from = xml->depth >= 2 ? open_record(xml)->type : xml->used;
            size_t first = xml->depth >= 2 ? open_record(xml)->first_field : xml->field_count;
            if (xml->used > from)
                memmove(xml->scratch, xml->scratch + from, xml->used - from);
            if (xml->field_count > first)
                memmove(xml->fields, xml->fields + first,
                        (xml->field_count - first) * sizeof *xml->fields);
            xml->used -= from;
            xml->field_count -= first;
            for (size_t i = 0; i < xml->field_count; i++) {
                xml->fields[i].name -= from;
                xml->fields[i].text -= from;
            }
            if (xml->depth >= 2) {
                xml->pending[0] = *open_record(xml);
                xml->pending[0].type -= from;
                xml->pending[0].first_field = 0;
            }
            xml->pending_count = xml->pending_at = 0;
        }
        size_t got = 0;
        int status = source_read(reader->source, reader->buffer, XML_CHUNK, &got, error);
        if (status != CTE_OK)
            return status;
        status = prepare_chunk(reader, &got, error);
        if (status != CTE_OK)
            return status;
        if (!markup_is_bounded(&xml->markup, reader->buffer, got)) {
            char what[160];
            snprintf(
                what, sizeof what,
                "a tag or comment with more than %d attributes or %d bytes, which no extract has",
                MARKUP_MOST_ATTRIBUTES, MARKUP_LONGEST);
            return refuse_xml(reader, parser_line(reader), error, what);
        }
        xmlSetStructuredErrorFunc(NULL, pass_over);
        xmlParseChunk(xml->parser, reader->buffer, (int)got, xml->finished);
        xmlSetStructuredErrorFunc(NULL, NULL);
        if (error->status != CTE_OK)
            return error->status;
        if (has_unread_bytes(xml->parser, XML_CHUNK))
            return refuse_xml(reader, parser_line(reader), error,
                              "not well-formed XML: bytes that are not in the document's encoding");
        if (xmlDictSize(xml->parser->dict) > MARKUP_MOST_NAMES)
            return refuse_xml(reader, parser_line(reader), error,
                              "it has more different names than any extract; export it again");
        if (xml->parser->wellFormed == 0)
            return refuse_xml(reader, parser_line(reader), error, "not well-formed XML");
    }
    return CTE_OK;
}

struct xml_context {
    const struct xml_pending *pending;
};

static struct slice look_up(const struct reader *reader, const struct field *field, size_t position,
                            const void *context)
{
    (void)position;
    const struct xml_pending *pending = ((const struct xml_context *)context)->pending;
    size_t length = strlen(field->element);
    for (size_t i = 0; i < pending->field_count; i++) {
        const struct xml_field *found = &reader->xml.fields[pending->first_field + i];
        if (found->name_length == length &&
            memcmp(reader->xml.scratch + found->name, field->element, length) == 0)
            return (struct slice){reader->xml.scratch + found->text, found->text_length};
    }
    return (struct slice){NULL, 0};
}

/* Puts the value of one element into the scratch; false when the element is missing or doubled. */
static bool put_element(struct reader *reader, const struct xml_pending *pending,
                        const char *element, const char **problem)
{
    const struct xml_field *found = NULL;
    size_t length = strlen(element);
    for (size_t i = 0; i < pending->field_count; i++) {
        const struct xml_field *candidate = &reader->xml.fields[pending->first_field + i];
        if (candidate->name_length != length ||
            memcmp(reader->xml.scratch + candidate->name, element, length) != 0)
            continue;
        if (found != NULL) {
            *problem = "stands twice";
            return false;
        }
        found = candidate;
    }
    if (found == NULL) {
        *problem = "is missing";
        return false;
    }
    scratch_put(reader, reader->xml.scratch + found->text, found->text_length);
    return true;
}

/* Puts the fields in the order of the layout. Sets the defect when elements are missing, doubled or
 * unknown. */
static void put_in_order(struct reader *reader, const struct xml_pending *pending,
                         struct reader_record *record)
{
    const struct kind *kind = record->kind;
    const char *problem = NULL;
    scratch_begin(reader);
    for (size_t i = 0; i < kind->all_fields && problem == NULL; i++) {
        const char *element = i < kind->fields ? kind->record->fields[i].element
                                               : kind->form->extras[i - kind->fields].element;
        if (!put_element(reader, pending, element, &problem))
            snprintf(record->detail, sizeof record->detail, "element %s %s", element, problem);
    }
    if (problem == NULL && pending->field_count != kind->all_fields) {
        problem = "unknown";
        snprintf(record->detail, sizeof record->detail, "%zu elements, the layout has %zu",
                 pending->field_count, kind->all_fields);
    }
    if (problem == NULL && pending->stray_text) {
        problem = "text";
        snprintf(record->detail, sizeof record->detail, "text stands between the elements");
    }
    if (problem == NULL && pending->attribute_at > 0) {
        problem = "attribute";
        if (pending->attribute_at == 1)
            snprintf(record->detail, sizeof record->detail,
                     "the element of the record has an attribute; values stand in elements");
        else
            snprintf(record->detail, sizeof record->detail,
                     "field %zu has an attribute; values stand in elements",
                     pending->attribute_at - 1);
    }
    for (size_t i = 0; i < pending->field_count && problem == NULL; i++) {
        const struct xml_field *field = &reader->xml.fields[pending->first_field + i];
        if (!field->is_nil || field->text_length == 0)
            continue;
        problem = "nil";
        snprintf(record->detail, sizeof record->detail,
                 "field %zu has a value, and an attribute says that it has none", i + 1);
    }
    if (problem != NULL) {
        record->defect = READER_ELEMENT;
        record->kind = NULL;
    }
}

/* Whether the field that holds the record type says what the element says, with the suffix of the
 * form. */
static bool is_written_type(const struct reader *reader, const struct xml_pending *pending,
                            const struct kind *kind)
{
    int position = kind->record->role_position[ROLE_RECORD_TYPE];
    if (position < 0)
        return true;
    struct slice written =
        look_up(reader, &kind->record->fields[position], 0, &(struct xml_context){pending});
    const char *type = kind_type(kind);
    size_t length = strlen(type);
    return written.length == length + kind->form->suffix_length &&
           memcmp(written.at, type, length) == 0 &&
           memcmp(written.at + length, kind->form->suffix, kind->form->suffix_length) == 0;
}

int reader_next_xml(struct reader *reader, struct reader_record *record, struct cte_error *error)
{
    struct reader_xml *xml = &reader->xml;
    int status = feed(reader, error);
    if (status != CTE_OK)
        return status;
    if (xml->pending_at == xml->pending_count) {
        if (reader->sample_length >= 3 && memcmp(reader->sample, "\xef\xbb\xbf", 3) == 0)
            reader_add_note(reader, 1, "a byte order mark was taken off");
        if (xml->is_padding)
            reader_add_note(reader, parser_line(reader),
                            "zeros or Ctrl-Z at the end of the file were left out");
        record->end = true;
        return CTE_OK;
    }
    const struct xml_pending *pending = &xml->pending[xml->pending_at++];
    record->line = reader->line = pending->line;
    record->offset = pending->offset;
    record->detail[0] = '\0';

    /* The element names the record type; the record type field may add the suffix of a form. */
    struct slice type = {xml->scratch + pending->type, pending->type_length};
    for (size_t l = 0; l < reader->tables->layout_count; l++) {
        size_t t;
        const struct record_layout *layout =
            layout_record(&reader->tables->layouts[l], type.at, type.length, &t);
        struct slice written = {NULL, 0};
        if (layout != NULL)
            written = look_up(reader, &layout->fields[0], 0, &(struct xml_context){pending});
        if (written.length >= type.length && memcmp(written.at, type.at, type.length) == 0) {
            type = written;
            break;
        }
    }
    status = reader_find_kind(reader, type, 0, look_up, &(struct xml_context){pending},
                              record->line, record->offset, &record->kind, record, error);
    if (status != CTE_OK)
        return status;
    if (record->kind != NULL) {
        /* A last field that a file may leave out is left out when its element is. */
        const struct record_layout *layout = record->kind->record;
        const struct field *last = &layout->fields[layout->field_count - 1];
        if (last->may_be_absent &&
            look_up(reader, last, 0, &(struct xml_context){pending}).at == NULL) {
            size_t full = layout->field_count + record->kind->form->extra_count;
            status =
                reader_find_kind(reader, type, full - 1, look_up, &(struct xml_context){pending},
                                 record->line, record->offset, &record->kind, record, error);
            if (status != CTE_OK)
                return status;
        }
        put_in_order(reader, pending, record);
    }
    if (record->kind != NULL && !is_written_type(reader, pending, record->kind)) {
        record->defect = READER_ELEMENT_TYPE;
        record->kind = NULL;
        snprintf(record->detail, sizeof record->detail, "the element is named %.*s",
                 (int)pending->type_length, xml->scratch + pending->type);
    }
    if (record->kind == NULL) {
        scratch_begin(reader);
        for (size_t i = 0; i < pending->field_count; i++) {
            const struct xml_field *field = &xml->fields[pending->first_field + i];
            scratch_put(reader, xml->scratch + field->text, field->text_length);
        }
        if (pending->field_count == 0)
            scratch_put(reader, type.at, type.length);
    }
    reader->scratch[reader->scratch_used] = '\n';
    struct scan_result scan =
        scan_record(reader->scratch, reader->scratch + reader->scratch_used + 1, '^', false,
                    reader->positions, STREAM_MAX_FIELDS);
    record->carets = reader->positions;
    record->caret_count = scan.delimiters;
    record->text = reader->scratch;
    record->length = reader->scratch_used;
    record->escaped = reader->scratch_escaped;
    return CTE_OK;
}

void reader_close_xml(struct reader *reader)
{
    if (reader->xml.parser != NULL)
        xmlFreeParserCtxt(reader->xml.parser);
    free(reader->xml.scratch);
    free(reader->xml.fields);
    free(reader->xml.pending);
}
