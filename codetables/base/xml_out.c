#include "codetables/base/xml_out.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/shown.h"
#include "codetables/base/memory.h"

static int put_bytes(void *context, const char *bytes, int length)
{
    output_put(context, bytes, (size_t)length);
    return length;
}

/* The writer fails only where memory does, or where its caller breaks the order of things. */
static void must(int result)
{
    if (result < 0)
        cte_die("libxml2 cannot write");
}

void xml_begin(struct xml_out *xml, struct output *output)
{
    *xml = (struct xml_out){.output = output, .element = ""};
    xmlOutputBufferPtr buffer = xmlOutputBufferCreateIO(put_bytes, NULL, output, NULL);
    xml->writer = buffer != NULL ? xmlNewTextWriter(buffer) : NULL;
    if (xml->writer == NULL)
        cte_die("out of memory for libxml2");
    must(xmlTextWriterSetIndent(xml->writer, 1));
    must(xmlTextWriterSetIndentString(xml->writer, (const xmlChar *)"  "));
    must(xmlTextWriterStartDocument(xml->writer, NULL, "UTF-8", NULL));
}

int xml_end(struct xml_out *xml, struct cte_error *error)
{
    must(xmlTextWriterEndDocument(xml->writer));
    xmlFreeTextWriter(xml->writer);
    xml->writer = NULL;
    return xml->error.status == CTE_OK ? CTE_OK
                                       : cte_fail(error, xml->error.status, "%s", xml->error.text);
}

void xml_open(struct xml_out *xml, const char *element)
{
    xml->element = element;
    must(xmlTextWriterStartElement(xml->writer, (const xmlChar *)element));
}

void xml_close(struct xml_out *xml)
{
    must(xmlTextWriterEndElement(xml->writer));
}

/* What the writer takes: ended by NUL, and XML. Empty where it is not. */
static const char *sound(struct xml_out *xml, const char *name, const char *text, size_t length)
{
    if (is_xml_text(text, length))
        return text;
    if (xml->error.status == CTE_OK)
        cte_fail(&xml->error, CTE_BAD_INPUT,
                 "%s/%s: %s %s holds a character that XML cannot hold; nothing is published",
                 xml->output->folder, xml->output->name, xml->element, name);
    return "";
}

void xml_attribute(struct xml_out *xml, const char *name, const char *value)
{
    must(xmlTextWriterWriteAttribute(xml->writer, (const xmlChar *)name,
                                     (const xmlChar *)sound(xml, name, value, strlen(value))));
}

void xml_value(struct xml_out *xml, const char *name, struct slice value)
{
    char *text = cte_format("%.*s", (int)value.length, value.at);
    xml_attribute(xml, name,
                  strlen(text) == value.length
                      ? text
                      : "\x01"); /* NUL ends a text too early: no XML either */
    free(text);
}

void xml_count(struct xml_out *xml, const char *name, unsigned long long count)
{
    char text[24];
    snprintf(text, sizeof text, "%llu", count);
    xml_attribute(xml, name, text);
}

void xml_text(struct xml_out *xml, const char *text)
{
    must(xmlTextWriterWriteString(xml->writer,
                                  (const xmlChar *)sound(xml, "text", text, strlen(text))));
}

void xml_shown(struct xml_out *xml, const char *name, const char *words)
{
    char *shown = text_shown(words, strlen(words));
    xml_attribute(xml, name, shown);
    free(shown);
}

void xml_shown_path(struct xml_out *xml, const char *name, const char *path)
{
    char *shown = path_shown(path);
    xml_attribute(xml, name, shown);
    free(shown);
}
