#include "pipeline/stream/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "pipeline/stream/reader_internal.h"

const char *const reader_defect_checks[READER_DEFECTS] = {
    [READER_FIELD_COUNT] = "field-count",
    [READER_STRAY_QUOTE] = "stray-quote",
    [READER_AFTER_QUOTE] = "after-quote",
    [READER_RECORD_TYPE] = "record-type",
    [READER_BYTES] = "bytes",
    [READER_ELEMENT] = "element",
    [READER_ELEMENT_TYPE] = "element-type",
};

bool is_source_format(const char *text)
{
    return is_format_of_lines(text) || strcmp(text, "xml") == 0 || strcmp(text, "xlsx") == 0;
}

bool is_format_of_lines(const char *format)
{
    return strcmp(format, "caret") == 0 || strcmp(format, "csv") == 0;
}

static int open_format(struct reader *reader, struct cte_error *error)
{
    const char *format = reader->options.format;
    if (strcmp(format, "xlsx") == 0)
        return reader_open_sheet(reader, error);
    if (source_is_workbook(reader->source))
        return cte_fail(error, CTE_BAD_INPUT,
                        "%s: looks like a workbook (.xlsx); name it .xlsx, or say --format xlsx "
                        "(cte-run: --input-format xlsx)",
                        reader->name);
    return strcmp(format, "xml") == 0 ? reader_open_xml(reader, error)
                                      : reader_open_delimited(reader, error);
}

int reader_open(struct source *source, struct tables *tables, const struct reader_options *options,
                struct reader **result, struct cte_error *error)
{
    struct reader *reader = cte_zalloc(1, sizeof *reader);
    reader->source = source;
    reader->tables = tables;
    reader->options = *options;
    if (reader->options.format == NULL)
        reader->options.format = source_format(source);
    if (reader->options.kinds == NULL)
        reader->options.kinds = &reader->own_kinds;
    reader->name = source_name(source);
    reader->line = 1 + options->lines_before;
    reader->records = options->records_before;
    reader->base = options->bytes_before;
    reader->scratch = cte_alloc(SCRATCH_ROOM);
    reader->iconv = (iconv_t)-1;
    const bool is_of_lines = is_format_of_lines(reader->options.format);
    source_bound(source, options->max_unpacked, is_of_lines ? SOURCE_RATIO : SOURCE_RATIO_XML);
    const int status = open_format(reader, error);
    if (status != CTE_OK) {
        reader_close(reader);
        return status;
    }
    *result = reader;
    return CTE_OK;
}

static void end_notes(struct reader *reader)
{
    if (source_note(reader->source) != NULL)
        reader_add_note(reader, 1, source_note(reader->source));
    if (reader->repeated > 0) {
        char *text = cte_format(
            "%llu lines repeat a rejected record with another error; each record is taken once",
            (unsigned long long)reader->repeated);
        reader_add_note(reader, reader->repeated_line, text);
        free(text);
    }
}

int reader_next(struct reader *reader, struct reader_record *item, struct cte_error *error)
{
    struct record *record = &item->record;
    record->history = "";
    record->history_length = 0;
    for (;;) {
        item->end = false;
        item->defect = READER_SOUND;
        record->kind = NULL;
        record->escaped = false;
        item->recoded_bytes = false;
        item->is_printed = false;
        item->detail[0] = '\0';
        int status = reader->sheet != NULL        ? reader_next_sheet(reader, item, error)
                     : reader->xml.parser != NULL ? reader_next_xml(reader, item, error)
                                                  : reader_next_delimited(reader, item, error);
        if (status != CTE_OK)
            return status;
        if (item->end)
            break;
        record->state = record->kind != NULL ? STATE_RECEIVED : STATE_REJECTED;
        if (record->kind != NULL && record->kind->repeats && reader_was_seen(reader, item)) {
            if (reader->repeated++ == 0)
                reader->repeated_line = record->line;
            continue;
        }
        record->number = reader->records + 1;
        /* Nearly all records are sound and follow sound ones. */
        if (item->defect == READER_SOUND && reader->readable > 0)
            reader->readable++;
        else
            status = reader_judge(reader, item, error);
        reader->records++;
        return status;
    }
    if (reader->records == reader->options.records_before)
        return cte_fail(error, CTE_NO_INPUT, "%s: holds no record; an extract holds at least one",
                        reader->name);
    if (reader->readable == 0 && !reader->options.takes_any)
        return reader_refuse_unreadable(reader, error);
    end_notes(reader);
    return CTE_OK;
}

uint64_t reader_repeated(const struct reader *reader, bool *kept)
{
    *kept = reader->seen_count > 0;
    return reader->repeated;
}

size_t reader_notes(const struct reader *reader, const struct reader_note **notes)
{
    *notes = reader->notes;
    return reader->note_count;
}

void reader_close(struct reader *reader)
{
    if (reader == NULL)
        return;
    reader_close_xml(reader);
    reader_close_sheet(reader);
    if (reader->iconv != (iconv_t)-1)
        iconv_close(reader->iconv);
    kinds_free(&reader->own_kinds);
    text_free(&reader->seen_text);
    for (size_t i = 0; i < reader->note_count; i++)
        free(reader->notes[i].text);
    free(reader->seen);
    free(reader->scratch);
    free(reader->buffer);
    csv_free(&reader->csv);
    free(reader);
}
