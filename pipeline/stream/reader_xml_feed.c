/* Gives the parser the bytes of a source, once they were looked at. */
#include <stdio.h>
#include <string.h>

#include "pipeline/stream/reader_xml.h"

/* What goes wrong in converting bytes comes without its document, and with bytes of it. What
 * follows from it is told. */
static void pass_over(void *context, xmlErrorPtr problem)
{
    (void)context, (void)problem;
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
        return reader_refuse_xml(reader, reader_parser_line(reader), error,
                                 "a NUL byte or Ctrl-Z; the file is not XML in UTF-8 or ASCII");
    xml->is_padding = true;
    *got = text;
    return CTE_OK;
}

int reader_feed_xml(struct reader *reader, struct cte_error *error)
{
    struct reader_xml *xml = &reader->xml;
    xml->error = error;
    while (xml->pending_at == xml->pending_count && !xml->finished) {
        /* What was given out is dropped; what is open moves to the front. */
        if (xml->pending_count > 0) {
            size_t from = xml->depth >= 2 ? xml_open_record(xml)->type : xml->kept.length;
            size_t first = xml->depth >= 2 ? xml_open_record(xml)->first_field : xml->field_count;
            if (xml->kept.length > from)
                memmove(xml->kept.bytes, xml->kept.bytes + from, xml->kept.length - from);
            if (xml->field_count > first)
                memmove(xml->fields, xml->fields + first,
                        (xml->field_count - first) * sizeof *xml->fields);
            xml->kept.length -= from;
            xml->field_count -= first;
            for (size_t i = 0; i < xml->field_count; i++) {
                xml->fields[i].name -= from;
                xml->fields[i].text -= from;
            }
            if (xml->depth >= 2) {
                xml->pending[0] = *xml_open_record(xml);
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
            return reader_refuse_xml(reader, reader_parser_line(reader), error, what);
        }
        xmlSetStructuredErrorFunc(NULL, pass_over);
        xmlParseChunk(xml->parser, reader->buffer, (int)got, xml->finished);
        xmlSetStructuredErrorFunc(NULL, NULL);
        if (error->status != CTE_OK)
            return error->status;
        if (xml_has_unread_bytes(xml->parser, XML_CHUNK))
            return reader_refuse_xml(
                reader, reader_parser_line(reader), error,
                "not well-formed XML: bytes that are not in the document's encoding");
        if (xmlDictSize(xml->parser->dict) > MARKUP_MOST_NAMES)
            return reader_refuse_xml(
                reader, reader_parser_line(reader), error,
                "it has more different names than any extract; export it again");
        if (xml->parser->wellFormed == 0)
            return reader_refuse_xml(reader, reader_parser_line(reader), error,
                                     "not well-formed XML");
    }
    return CTE_OK;
}
