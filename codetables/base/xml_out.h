/* xml_out.h - the one writer of XML documents, on libxml2's.
 *
 * Elements are opened and closed, attributes and text put between; all is escaped and indented by
 * libxml2, and goes into an output. What is no XML text (control characters, U+FFFE and U+FFFF,
 * surrogates, bytes that are not UTF-8) is never written: it is an error, which xml_end() tells.
 * Who writes words from outside puts them through shown.h before.
 *
 * Errors: CTE_BAD_INPUT, naming the element and attribute. Write errors are told by output_close(),
 * as ever.
 */
#ifndef CTE_XML_OUT_H
#define CTE_XML_OUT_H

#include <libxml/xmlwriter.h>

#include "codetables/base/output.h"
#include "codetables/base/slice.h"

struct xml_out {
    xmlTextWriterPtr writer;
    struct output *output;
    const char *element;    /* the last one that was opened */
    struct cte_error error; /* the first value that was not XML */
};

/* Begins a document; all elements that are open are closed by xml_end(). */
void xml_begin(struct xml_out *xml, struct output *output);
int xml_end(struct xml_out *xml, struct cte_error *error);

void xml_open(struct xml_out *xml, const char *element);
void xml_close(struct xml_out *xml);
void xml_attribute(struct xml_out *xml, const char *name, const char *value);
void xml_value(struct xml_out *xml, const char *name, struct slice value);
void xml_count(struct xml_out *xml, const char *name, unsigned long long count);
void xml_text(struct xml_out *xml, const char *text);

/* Attributes of words from outside, and of paths, as they are shown (shown.h). */
void xml_shown(struct xml_out *xml, const char *name, const char *words);
void xml_shown_path(struct xml_out *xml, const char *name, const char *path);

#endif
