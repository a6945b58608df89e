#include <string.h>

#include "pipeline/stream/reader_delimited.h"

const char note_of_mark[] = "a byte order mark was taken off";
const char note_of_ctrl_z[] = "a Ctrl-Z, which once marked the end of a file, was taken off";

int reader_refill(struct reader *reader, struct cte_error *error)
{
    memmove(reader->buffer, reader->buffer + reader->at, reader->end - reader->at);
    reader->base += reader->at;
    reader->end -= reader->at;
    reader->at = 0;
    size_t got = 0;
    int status = source_read(reader->source, reader->buffer + reader->end,
                             READER_BLOCK - reader->end, &got, error);
    if (status != CTE_OK)
        return status;
    reader->ended = got == 0;
    reader_keep_sample(reader, reader->buffer + reader->end, got);
    reader->end += got;
    memset(reader->buffer + reader->end, 0, SCAN_SLACK);
    return CTE_OK;
}

uint64_t reader_offset(const struct reader *reader)
{
    return reader->base + reader->at;
}

int reader_refuse_here(struct reader *reader, struct cte_error *error, const char *what)
{
    return reader_refuse(reader, reader->line, reader_offset(reader), error, what);
}

int reader_end_at_padding(struct reader *reader, const char *from, struct cte_error *error)
{
    const size_t end = (size_t)(from - reader->buffer);
    bool good = is_padding(from, reader->end - end);
    while (good && !reader->ended) {
        size_t got = 0;
        int status = source_read(reader->source, reader->scratch, READER_BLOCK, &got, error);
        if (status != CTE_OK)
            return status;
        reader->ended = got == 0;
        good = is_padding(reader->scratch, got);
    }
    if (!good)
        return reader_refuse_here(
            reader, error,
            "a NUL byte; the file is not text in UTF-8 or ASCII (UTF-16 is not read)");
    reader->end = end;
    memset(reader->buffer + end, 0, SCAN_SLACK);
    reader_add_note(reader, reader->line, "zeros at the end of the file were left out");
    return CTE_OK;
}

struct slice look_up_field(const struct reader *reader, const struct field *field, size_t position,
                           const void *context)
{
    (void)field;
    return field_at(reader, context, position);
}
