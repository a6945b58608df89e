/* reader_xml.h - what the parts of the reader for XML share. Included by them alone.
 *
 *   reader_xml_parse.c  its handlers
 *   reader_xml_feed.c   the bytes that it is given
 *   reader_xml.c        a record from what was kept
 */
#ifndef CTE_READER_XML_H
#define CTE_READER_XML_H

#include "pipeline/stream/reader_internal.h"

enum { XML_CHUNK = 1 << 13 };

/* Refuses the source at a line. */
int reader_refuse_xml(struct reader *reader, uint64_t line, struct cte_error *error,
                      const char *what);

/* The line at which the parser is. */
uint64_t reader_parser_line(const struct reader *reader);

/* The record whose end has not been read; it is behind those that are pending. */
struct xml_pending *xml_open_record(struct reader_xml *xml);

/* A byte that is not in the declared encoding stays unread, and all that follows it; the document
 * seems to end there. */
bool xml_has_unread_bytes(xmlParserCtxtPtr parser, size_t bytes);

/* Feeds the parser until a record is complete or the source ends. */
int reader_feed_xml(struct reader *reader, struct cte_error *error);

#endif
