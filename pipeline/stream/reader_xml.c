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

#include "pipeline/stream/reader_xml.h"

static struct slice look_up(const struct reader *reader, const struct field *field, size_t position,
                            const void *context)
{
    (void)position;
    const struct xml_pending *pending = context;
    size_t length = strlen(field->element);
    for (size_t i = 0; i < pending->field_count; i++) {
        const struct xml_field *found = &reader->xml.fields[pending->first_field + i];
        if (found->name_length == length &&
            memcmp(reader->xml.kept.bytes + found->name, field->element, length) == 0)
            return (struct slice){reader->xml.kept.bytes + found->text, found->text_length};
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
            memcmp(reader->xml.kept.bytes + candidate->name, element, length) != 0)
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
    scratch_put(reader, reader->xml.kept.bytes + found->text, found->text_length);
    return true;
}

/* Puts the fields in the order of the layout. Sets the defect when elements are missing, doubled or
 * unknown. */
static void put_in_order(struct reader *reader, const struct xml_pending *pending,
                         struct reader_record *item)
{
    const struct kind *kind = item->record.kind;
    const char *problem = NULL;
    scratch_begin(reader);
    for (size_t i = 0; i < kind->all_fields && problem == NULL; i++) {
        const char *element = i < kind->fields ? kind->record->fields[i].element
                                               : kind->form->extras[i - kind->fields].element;
        if (!put_element(reader, pending, element, &problem))
            snprintf(item->detail, sizeof item->detail, "element %s %s", element, problem);
    }
    if (problem == NULL && pending->field_count != kind->all_fields) {
        problem = "unknown";
        snprintf(item->detail, sizeof item->detail, "%zu elements, the layout has %zu",
                 pending->field_count, kind->all_fields);
    }
    if (problem == NULL && pending->stray_text) {
        problem = "text";
        snprintf(item->detail, sizeof item->detail, "text stands between the elements");
    }
    if (problem == NULL && pending->attribute_at > 0) {
        problem = "attribute";
        if (pending->attribute_at == 1)
            snprintf(item->detail, sizeof item->detail,
                     "the element of the record has an attribute; values stand in elements");
        else
            snprintf(item->detail, sizeof item->detail,
                     "field %zu has an attribute; values stand in elements",
                     pending->attribute_at - 1);
    }
    for (size_t i = 0; i < pending->field_count && problem == NULL; i++) {
        const struct xml_field *field = &reader->xml.fields[pending->first_field + i];
        if (!field->is_nil || field->text_length == 0)
            continue;
        problem = "nil";
        snprintf(item->detail, sizeof item->detail,
                 "field %zu has a value, and an attribute says that it has none", i + 1);
    }
    if (problem != NULL) {
        item->defect = READER_ELEMENT;
        item->record.kind = NULL;
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
    struct slice written = look_up(reader, &kind->record->fields[position], 0, pending);
    const char *type = kind_type(kind);
    size_t length = strlen(type);
    return written.length == length + kind->form->suffix_length &&
           memcmp(written.at, type, length) == 0 &&
           memcmp(written.at + length, kind->form->suffix, kind->form->suffix_length) == 0;
}

/* The type of a record: its element names it, and the record type field may add the suffix of a
 * form. */
static struct slice type_of(const struct reader *reader, const struct xml_pending *pending)
{
    const struct slice type = {reader->xml.kept.bytes + pending->type, pending->type_length};
    for (size_t l = 0; l < reader->tables->layout_count; l++) {
        size_t t;
        const struct record_layout *layout =
            layout_record(&reader->tables->layouts[l], type.at, type.length, &t);
        struct slice written = {NULL, 0};
        if (layout != NULL)
            written = look_up(reader, &layout->fields[0], 0, pending);
        if (written.length >= type.length && memcmp(written.at, type.at, type.length) == 0)
            return written;
    }
    return type;
}

/* Finds the kind of the record. A last field that a file may leave out is left out when its element
 * is. */
static int find_kind(struct reader *reader, const struct xml_pending *pending, struct slice type,
                     struct reader_record *item, struct cte_error *error)
{
    struct kind_question question = {type, 0, look_up, pending, pending->line, pending->offset};
    const int status = reader_find_kind(reader, &question, item, error);
    if (status != CTE_OK || item->record.kind == NULL)
        return status;
    const struct record_layout *layout = item->record.kind->record;
    const struct field *last = &layout->fields[layout->field_count - 1];
    if (!last->may_be_absent || look_up(reader, last, 0, pending).at != NULL)
        return CTE_OK;
    question.fields = layout->field_count + item->record.kind->form->extra_count - 1;
    return reader_find_kind(reader, &question, item, error);
}

/* Puts a record that cannot be read into the scratch, as its elements stand. */
static void put_as_it_is(struct reader *reader, const struct xml_pending *pending,
                         struct slice type)
{
    scratch_begin(reader);
    for (size_t i = 0; i < pending->field_count; i++) {
        const struct xml_field *field = &reader->xml.fields[pending->first_field + i];
        scratch_put(reader, reader->xml.kept.bytes + field->text, field->text_length);
    }
    if (pending->field_count == 0)
        scratch_put(reader, type.at, type.length);
}

static void end_of_source(struct reader *reader, struct reader_record *item)
{
    if (reader->sample_length >= 3 && memcmp(reader->sample, "\xef\xbb\xbf", 3) == 0)
        reader_add_note(reader, 1, "a byte order mark was taken off");
    if (reader->xml.is_padding)
        reader_add_note(reader, reader_parser_line(reader),
                        "zeros or Ctrl-Z at the end of the file were left out");
    item->end = true;
}

int reader_next_xml(struct reader *reader, struct reader_record *item, struct cte_error *error)
{
    struct reader_xml *xml = &reader->xml;
    int status = reader_feed_xml(reader, error);
    if (status != CTE_OK)
        return status;
    if (xml->pending_at == xml->pending_count) {
        end_of_source(reader, item);
        return CTE_OK;
    }
    const struct xml_pending *pending = &xml->pending[xml->pending_at++];
    item->record.line = reader->line = pending->line;
    item->offset = pending->offset;
    item->detail[0] = '\0';
    const struct slice type = type_of(reader, pending);
    status = find_kind(reader, pending, type, item, error);
    if (status != CTE_OK)
        return status;
    if (item->record.kind != NULL)
        put_in_order(reader, pending, item);
    if (item->record.kind != NULL && !is_written_type(reader, pending, item->record.kind)) {
        item->defect = READER_ELEMENT_TYPE;
        item->record.kind = NULL;
        snprintf(item->detail, sizeof item->detail, "the element is named %.*s",
                 (int)pending->type_length, xml->kept.bytes + pending->type);
    }
    if (item->record.kind == NULL)
        put_as_it_is(reader, pending, type);
    const struct scan_result scan = scratch_scan(reader);
    reader_give(reader, (struct slice){reader->scratch, reader->scratch_used}, scan.delimiters,
                item);
    item->record.escaped = reader->scratch_escaped;
    return CTE_OK;
}

void reader_close_xml(struct reader *reader)
{
    if (reader->xml.parser != NULL)
        xmlFreeParserCtxt(reader->xml.parser);
    text_free(&reader->xml.kept);
    free(reader->xml.fields);
    free(reader->xml.pending);
}
