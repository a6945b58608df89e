/* cte-write - writes the records of a stream into the files that are sent, sent back, decided and
 * audited. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codetables/base/file.h"
#include "codetables/base/program.h"
#include "stages/cte-write/write.h"
#include "codetables/base/memory.h"

static const char *folder, *format, *index_path;
static bool gzip;

static struct program_option options[] = {
    {"out", 'o', OPTION_TEXT, &folder, "DIR", "the folder to write into; made when it is missing"},
    {"format", 'f', OPTION_TEXT, &format, "FORMAT",
     "of the converted records: caret (default), csv or xml"},
    {"index", 'i', OPTION_TEXT, &index_path, "FILE",
     "what cte-index found: which records count in another source"},
    {"gzip", 'z', OPTION_FLAG, &gzip, NULL, "pack every file with gzip and add .gz to its name"},
};

static struct program program = {
    .name = "cte-write",
    .synopsis = "--out DIR [OPTION]... [PART]... < STREAM",
    .description = "Writes the records of a stream: converted records ready to send, rejected "
                   "records with their errors, held\n"
                   "records as they were received, and every change and finding as CSV. All files "
                   "of a source appear together\n"
                   "when the whole stream was read, or none does. A summary in control lines goes "
                   "to standard output. Where files are\n"
                   "named, they hold the streams of the parts of one source, in their order.",
    .exits = "0 all records written, 1 some rejected or held, 64 usage, 65 stream damaged, 73 "
             "cannot create, 74 write error,\n"
             "77 no permission, 78 code table",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .memory = (uint64_t)1 << 30,
};

static const char *const format_names[] = {
    [FORMAT_CARET] = "caret", [FORMAT_CSV] = "csv", [FORMAT_XML] = "xml"};

static int read_format(const char *text, enum format *found)
{
    for (int i = FORMAT_CARET; i <= FORMAT_XML; i++) {
        if (strcmp(text, format_names[i]) == 0) {
            *found = (enum format)i;
            return CTE_OK;
        }
    }
    return CTE_USAGE;
}

/* The most common thing by far: a record that goes out as caret, with nothing in it that needs
 * quotes. */
static void put_plain(struct writing *writing, const struct record *record)
{
    struct output *output = file_for(writing, FILE_CONVERTED);
    if (output == NULL)
        return;
    const struct slice text = record_text(record);
    char *to = output_space(output, text.length + 2);
    to = mempcpy(to, text.at, text.length);
    output_take(output, mempcpy(to, "\r\n", 2));
    output->records++;
}

/* Whether another source holds the record too, and it counts there. */
static bool is_again(struct writing *writing)
{
    struct index_entry entry;
    bool found = false;
    while (writing->index_path != NULL &&
           index_next(&writing->index, writing->in.record.number, &entry))
        found = found || entry.letter == 'A';
    return found;
}

/* Puts a record that goes on into the file to be sent. */
static void put_converted(struct writing *writing, const struct record *record)
{
    struct slice fields[STREAM_MAX_FIELDS];
    size_t quoted[STREAM_MAX_FIELDS], quoted_count = 0;
    writing->written++;
    tally_written(writing, record);
    count_rollup(writing, record, NULL);
    if (writing->format == FORMAT_CARET && !record->escaped &&
        memchr(record->text, '"', record->length) == NULL) {
        put_plain(writing, record);
    } else {
        record_values(record, record->field_count, fields, &writing->values);
        quoted_count =
            put_fields(writing, FILE_CONVERTED, writing->format,
                       &(struct written_fields){record->kind, fields, record->field_count}, quoted);
    }
    if (record->history_length > 0) {
        put_changes(writing, record);
        put_findings(writing, record);
    }
    for (size_t i = 0; i < quoted_count; i++)
        put_own_finding(writing, record, "quoted-output", &record->kind->record->fields[quoted[i]]);
}

/* Puts a record that does not go on, as it was received, where its state wants it. */
static void put_other(struct writing *writing, const struct record *record)
{
    struct slice fields[STREAM_MAX_FIELDS];
    const bool is_held = record->state == STATE_HELD;
    const size_t count = received_fields(writing, record, is_held, fields);
    tally_other(writing, record, fields, count);
    count_rollup(writing, record, fields);
    if (record->state == STATE_REJECTED) {
        writing->rejected++;
        put_rejected(writing, record, fields, count);
    } else if (record->state == STATE_MERGED) {
        writing->merged++;
    } else {
        writing->held++;
        put_fields(writing, FILE_HELD, writing->source_format,
                   &(struct written_fields){kind_received(record->kind), fields, count}, NULL);
        note_needed(writing, record, fields);
    }
    put_findings(writing, record);
}

static void write_record(struct writing *writing)
{
    const struct record *record = &writing->in.record;
    writing->is_again = is_again(writing);
    writing->read++;
    if (record->state == STATE_RECEIVED)
        put_converted(writing, record);
    else
        put_other(writing, record);
}

/* %source: the name of the files, and the format of the held records. */
static int take_source(struct writing *writing)
{
    char *f[8], *memory;
    size_t count = stream_split_control(writing->in.control, f, 8, &memory);
    if (strcmp(f[0], "source") == 0 && count >= 4) {
        free(writing->name);
        writing->name = cte_strdup(f[1]);
        if (strchr(f[1], '/') != NULL || f[1][0] == '.' || f[1][0] == '\0')
            cte_fail(&writing->error, CTE_BAD_INPUT,
                     "standard input: '%s' cannot be the name of an output file", f[1]);
        else if (read_format(f[3], &writing->source_format) != CTE_OK)
            cte_fail(&writing->error, CTE_BAD_INPUT,
                     "standard input: the stream's source has an unknown format");
    }
    free(memory);
    return writing->error.status;
}

/* Puts the records of one stream away, up to its end. */
static int write_stream(struct writing *writing)
{
    struct cte_error *error = &writing->error;
    for (;;) {
        enum stream_item item;
        if (stream_next(&writing->in, &item, error) != CTE_OK)
            return error->status;
        if (item == STREAM_REFUSED)
            return writing->in.refused_status;
        if (item == STREAM_CONTROL) {
            if (take_source(writing) != CTE_OK ||
                index_follow(&writing->index, writing->index_path, &writing->rules->identity,
                             writing->in.control, error) != CTE_OK)
                return error->status;
            /* Definitions are summed up at the end. */
            if (is_line_of_account(writing->in.control))
                printf("%.*s\n", (int)writing->in.control.length, writing->in.control.at);
        } else if (item == STREAM_RECORD) {
            if (writing->name == NULL)
                return cte_fail(error, CTE_BAD_INPUT,
                                "standard input: the stream does not name its source");
            write_record(writing);
            for (int f = 0; f < FILES; f++) {
                if (writing->made[f] && writing->files[f].failed != 0)
                    return output_close(&writing->files[f], error);
            }
            if (error->status != CTE_OK)
                return error->status;
        } else {
            collect_definitions(writing);
            return CTE_OK;
        }
    }
}

/* All streams are away: what was counted must add up. When a file or the summary cannot be written,
 * no file appears. */
static int conclude(struct writing *writing)
{
    struct cte_error *error = &writing->error;
    if (writing->read != writing->written + writing->merged + writing->rejected + writing->held)
        return cte_fail(error, CTE_BUG,
                        "the sums do not add up: %" PRIu64 " read, %" PRIu64 " written, %" PRIu64
                        " merged, %" PRIu64 " rejected, %" PRIu64 " held",
                        writing->read, writing->written, writing->merged, writing->rejected,
                        writing->held);
    if (close_files(writing) != CTE_OK)
        return error->status;
    put_account(writing);
    return program_close_output(error) == CTE_OK ? publish_files(writing) : error->status;
}

/* Standard input, or the parts of a source in their order. */
static int write_streams(struct writing *writing, char *const *parts, size_t count)
{
    struct cte_error *error = &writing->error;
    int status = CTE_OK;
    for (size_t i = 0; i < (count == 0 ? 1 : count) && status == CTE_OK; i++) {
        int fd = STDIN_FILENO;
        if (count > 0 && (fd = file_open(parts[i])) < 0)
            return file_fail(parts[i], "cannot open", CTE_NO_INPUT, error);
        index_close(&writing->index); /* each part opens its own */
        status = stream_in_open(&writing->in, fd, &writing->tables, error);
        if (status == CTE_OK)
            status = write_stream(writing);
        if (count > 0)
            close(fd);
    }
    return status == CTE_OK ? conclude(writing) : status;
}

/* What is left to open: the parts of the source, the index, and the folder to write to. */
static void confine(char *const *parts, size_t count)
{
    const char **read = cte_alloc((count + 2) * sizeof *read);
    for (size_t i = 0; i < count; i++)
        read[i] = parts[i];
    read[count] = index_path;
    read[count + 1] = NULL;
    program_confine(&program, read, (const char *const[]){folder, NULL});
    free(read);
}

int main(int argc, char **argv)
{
    int first;
    program_start(&program, argc, argv, &first);
    if (folder == NULL)
        return program_usage(&program, "--out DIR says where to write");
    static struct writing writing;
    writing.folder = folder;
    writing.gzip = gzip;
    writing.index_path = index_path;
    if (format != NULL && read_format(format, &writing.format) != CTE_OK)
        return program_usage(&program, "unknown format '%s': caret, csv or xml", format);
    struct cte_error *error = &writing.error;
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        cte_fail(error, output_status(errno), "%s: cannot make the folder: %s", folder,
                 strerror(errno));
    else if (tables_open(&writing.tables, program.codetables, error) == CTE_OK &&
             tables_rules(&writing.tables, &writing.rules, error) == CTE_OK &&
             tables_rollups(&writing.tables, &writing.rollups, error) == CTE_OK) {
        confine(argv + first, (size_t)(argc - first));
        write_streams(&writing, argv + first, (size_t)(argc - first));
    }
    bool refused = writing.in.refused_status != 0;
    for (int f = 0; f < FILES; f++) {
        if (writing.made[f])
            output_discard(&writing.files[f]);
    }
    if (error->status != CTE_OK)
        return program_fail(&program, error);
    if (refused)
        return writing.in.refused_status;
    return writing.written < writing.read ? CTE_SOME_LEFT : CTE_OK;
}
