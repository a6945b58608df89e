/* The reader on any bytes. The first byte chooses: its value modulo 3 the format, bit 2 the encoding, bit 3 a layout by name. */
#include <stdlib.h>
#include <string.h>

#include "pipeline/reader.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/unit.h"

static void check_record(const struct reader_record *record)
{
    must_hold((record->kind == NULL) == (record->defect != READER_SOUND), "a record has a kind exactly when it is sound");
    must_hold(record->defect < READER_DEFECTS, "a defect has a name");
    must_hold(memchr(record->text, '\n', record->length) == NULL, "the text of a record is one line of a stream");
    must_hold(record->escaped || memchr(record->text, '\r', record->length) == NULL, "a return is escaped");
    must_hold(record->length < STREAM_BUFFER - 64, "a record fits the stream's buffer");
    size_t carets = 0;
    for (size_t i = 0; i < record->length; i++)
        carets += record->text[i] == '^';
    must_hold(record->kind == NULL || carets + 1 == record->kind->all_fields, "a record has the fields of its kind");
    must_hold(carets + 1 <= STREAM_MAX_FIELDS, "a record has no more fields than the stream allows");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const formats[] = {"caret", "csv", "xml"};
    if (size == 0)
        return 0;
    struct reader_options options = {.format = formats[data[0] % 3], .windows_1252 = (data[0] & 4) != 0};
    struct tables *tables = made_up_tables();
    if (data[0] & 8)
        options.layout = tables_layout(tables, "beta", NULL);
    struct source *source = NULL;
    struct reader *reader = NULL;
    struct cte_error error = {0};
    struct reader_record record = {0};
    uint64_t line = 0, records = 0;
    int status = source_open(in_memory(0, data + 1, size - 1), NULL, &source, &error);
    if (status == CTE_OK)
        status = reader_open(source, tables, &options, &reader, &error);
    while (status == CTE_OK) {
        status = reader_next(reader, &record, &error);
        if (status != CTE_OK || record.end)
            break;
        check_record(&record);
        must_hold(record.line >= line && record.record == ++records && record.offset <= source_bytes(source),
                  "records come in order");
        line = record.line;
    }
    must_hold(status == error.status, "the status is that of the error");
    reader_close(reader);
    source_close(source);
    return 0;
}
