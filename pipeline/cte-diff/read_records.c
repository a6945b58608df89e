/* A file of records, read from its begin to its end. */
#include "pipeline/cte-diff/diff.h"

int open_records(struct diff *diff, const char *path, struct reader_options *options,
                 struct record_file *file, struct cte_error *error)
{
    *file = (struct record_file){NULL, NULL};
    const int status = source_open(path, NULL, &file->source, error);
    if (status != CTE_OK)
        return status;
    if (options->format == NULL)
        options->format = source_format(file->source);
    return reader_open(file->source, diff->tables, options, &file->reader, error);
}

void close_records(struct record_file *file)
{
    reader_close(file->reader);
    source_close(file->source);
    *file = (struct record_file){NULL, NULL};
}

int read_records(struct diff *diff, const struct record_reading *reading, struct cte_error *error)
{
    struct record_file file;
    int status = open_records(diff, reading->path, reading->options, &file, error);
    while (status == CTE_OK) {
        struct reader_record item;
        status = reader_next(file.reader, &item, error);
        if (status != CTE_OK || item.end)
            break;
        status = reading->take(reading->context, &item.record, error);
    }
    if (status == CTE_OK && reading->sha256 != NULL)
        source_sha256(file.source, reading->sha256);
    close_records(&file);
    return status;
}
