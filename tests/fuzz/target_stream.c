/* The stream reader on any bytes, and on the same with a trailer that fits, so that the sum does
 * not keep everything out. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "pipeline/stream/lineage.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/unit.h"

/* Looks at every byte of a slice, so that a slice that reaches too far is noticed. */
static volatile char seen;

static void touch(struct slice slice)
{
    for (size_t i = 0; i < slice.length; i++)
        seen = slice.at[i];
}

static void look_at(struct stream_in *in)
{
    const struct record *record = &in->record;
    must_hold(record->field_count >= 1 && record->field_count <= STREAM_MAX_FIELDS,
              "a record has fields");
    for (uint32_t i = 0; i < record->field_count; i++) {
        struct slice field = record_value(record, i);
        must_hold(field.at >= record->text &&
                      field.at + field.length <= record->text + record->length,
                  "a field lies in its record");
        touch(field);
    }
    const struct stream_past *past = stream_past(in, record);
    for (size_t i = 0; i < past->count; i++) {
        must_hold(past->lines[i].row == NULL || past->lines[i].rule == NULL,
                  "a history line is a change or a finding");
        touch(past->lines[i].value);
        touch(past->lines[i].line);
    }
    if (record->kind != NULL && record->kind->from != NULL) {
        struct lineage *lineage = lineage_make(record->kind);
        struct slice fields[STREAM_MAX_FIELDS];
        lineage_received(lineage, record, stream_past(in, record), fields);
        for (size_t i = 0; i < lineage->received->fields; i++)
            touch(fields[i]);
        lineage_free(lineage);
    }
}

/* One stream, to its end. */
static int read_one(struct stream_in *in, struct cte_error *error)
{
    enum stream_item item = STREAM_CONTROL;
    int status = CTE_OK;
    while (status == CTE_OK && item != STREAM_END && item != STREAM_REFUSED) {
        status = stream_next(in, &item, error);
        if (status == CTE_OK && item == STREAM_RECORD)
            look_at(in);
    }
    return status;
}

static void read_stream(const char *path)
{
    static struct stream_in in;
    struct cte_error error = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int status = stream_in_open(&in, fd, made_up_tables(), &error);
    for (bool has_next = status == CTE_OK; has_next;) {
        status = read_one(&in, &error);
        has_next = false;
        if (status == CTE_OK)
            status = stream_in_next(&in, &has_next, &error);
    }
    must_hold(status == error.status, "the status is that of the error");
    close(fd);
    stream_in_close(&in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_stream(in_memory(0, data, size));
    struct text sealed = {0};
    unsigned records = 0;
    text_put(&sealed, "%cte-stream^1\n", 14);
    text_put(&sealed, (const char *)data, size);
    if (size > 0 && data[size - 1] != '\n')
        text_put(&sealed, "\n", 1);
    for (size_t i = 1; i < sealed.length; i++)
        records += sealed.bytes[i - 1] == '\n' && sealed.bytes[i] != '\0' &&
                   strchr("RHXrhx", sealed.bytes[i]) != NULL;
    text_format(&sealed, "%%end^%u^%08lx\n", records,
                crc32_z(0, (const Bytef *)sealed.bytes, sealed.length));
    read_stream(in_memory(1, sealed.bytes, sealed.length));
    text_free(&sealed);
    return 0;
}
