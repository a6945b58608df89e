#include "stages/cte-write/write.h"

#include <string.h>

/* In a caret file, a quote inside a bare field is a defect, so a value that holds one must be
 * quoted like one that holds a delimiter. */
static bool caret_needs_quotes(struct slice value)
{
    static const bool needs[256] = {['"'] = true, ['^'] = true, ['\n'] = true, ['\r'] = true};
    bool found = false;
    for (size_t i = 0; i < value.length; i++)
        found |= needs[(unsigned char)value.at[i]];
    return found;
}

static void put_quoted(struct output *output, struct slice value)
{
    output_put(output, "\"", 1);
    for (size_t i = 0; i < value.length; i++) {
        if (value.at[i] == '"')
            output_put(output, "\"", 1);
        output_put(output, value.at + i, 1);
    }
    output_put(output, "\"", 1);
}

static size_t put_caret(struct output *output, const struct slice *fields, size_t count,
                        size_t *quoted)
{
    size_t quoted_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            output_put(output, "^", 1);
        if (caret_needs_quotes(fields[i])) {
            put_quoted(output, fields[i]);
            if (quoted != NULL)
                quoted[quoted_count++] = i;
        } else {
            output_put(output, fields[i].at, fields[i].length);
        }
    }
    output_put(output, "\r\n", 2);
    return quoted_count;
}

static void put_csv(struct output *output, const struct slice *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            output_put(output, ",", 1);
        output_csv(output, fields[i].at, fields[i].length);
    }
    output_put(output, "\r\n", 2);
}

static void put_xml(struct writing *writing, struct output *output,
                    const struct written_fields *record)
{
    const struct kind *kind = record->kind;
    output_text(output, "<");
    output_text(output, kind_type(kind));
    output_text(output, ">");
    for (size_t i = 0; i < record->count; i++) {
        const char *element = i < kind->fields ? kind->record->fields[i].element
                                               : kind->form->extras[i - kind->fields].element;
        output_text(output, "<");
        output_text(output, element);
        output_text(output, ">");
        if (!output_xml(output, record->fields[i].at, record->fields[i].length))
            cte_fail(&writing->error, CTE_BAD_INPUT,
                     "line %llu: field %s holds a character that XML cannot hold; nothing of this "
                     "source is kept; write it as caret or "
                     "CSV (--format), or correct the field in the source",
                     (unsigned long long)writing->in.record.line,
                     i < kind->fields ? kind->record->fields[i].number : element);
        output_text(output, "</");
        output_text(output, element);
        output_text(output, ">");
    }
    output_text(output, "</");
    output_text(output, kind_type(kind));
    output_text(output, ">\r\n");
}

size_t put_fields(struct writing *writing, enum file file, enum format format,
                  const struct written_fields *record, size_t *quoted)
{
    struct output *output = file_for(writing, file);
    if (output == NULL)
        return 0;
    output->records++;
    if (format == FORMAT_CARET)
        return put_caret(output, record->fields, record->count, quoted);
    if (format == FORMAT_CSV) {
        put_csv(output, record->fields, record->count);
        return 0;
    }
    if (writing->source.xml_root[file] == NULL) {
        writing->source.xml_root[file] = record->kind->record->layout->xml_root;
        output_text(output, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<");
        output_text(output, writing->source.xml_root[file]);
        output_text(output, ">\r\n");
    }
    put_xml(writing, output, record);
    return 0;
}
