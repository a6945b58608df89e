/* A file of records, read from its begin to its end. */
#include "pipeline/cte-diff/diff.h"

int open_records(struct diff *diff, const char *path, struct reader_options *options,
                 struct source **source, struct reader **reader, struct cte_error *error)
{
    *source = NULL;
    *reader = NULL;
    int status = source_open(path, NULL, source, error);
    if (status == CTE_OK && options->format == NULL)
        options->format = source_format(*source);
    return status == CTE_OK ? reader_open(*source, diff->tables, options, reader, error) : status;
}

void close_records(struct source *source, struct reader *reader)
{
    reader_close(reader);
    source_close(source);
}

int read_records(struct diff *diff, const struct record_reading *reading, struct cte_error *error)
{
    struct source *source;
    struct reader *reader;
    int status = open_records(diff, reading->path, reading->options, &source, &reader, error);
    while (status == CTE_OK) {
        struct reader_record item;
        status = reader_next(reader, &item, error);
        if (status != CTE_OK || item.end)
            break;
        status = reading->take(reading->context, &item.record, error);
    }
    if (status == CTE_OK && reading->sha256 != NULL)
        source_sha256(source, reading->sha256);
    close_records(source, reader);
    return status;
}
