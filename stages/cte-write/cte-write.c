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

#include "codetables/base/number.h"
#include "codetables/base/file.h"
#include "codetables/base/program.h"
#include "pipeline/run/distinct_file.h"
#include "pipeline/run/status.h"
#include "pipeline/stream/source.h"
#include "stages/cte-write/write.h"
#include "codetables/base/memory.h"

static const char *folder, *format, *index_path, *full_rows, *rollups;
static bool gzip, sync_later;

static struct program_option options[] = {
    {"out", 'o', OPTION_TEXT, &folder, "DIR", "the folder to write into; made when it is missing"},
    {"format", 'f', OPTION_TEXT, &format, "FORMAT",
     "of the converted records: caret (default), csv or xml"},
    {"index", 'i', OPTION_TEXT, &index_path, "FILE",
     "what cte-index found: which records count in another source"},
    {"gzip", 'z', OPTION_FLAG, &gzip, NULL, "pack every file with gzip and add .gz to its name"},
    {"full-rows", 0, OPTION_TEXT, &full_rows, "N",
     "how many changes or findings of a source are written in full; more are in short form "
     "(default: 1048575)"},
    {"rollups", 0, OPTION_TEXT, &rollups, "ID[@VERSION]",
     "count by this table of roll-ups (default: " ROLLUPS_DEFAULT ")"},
    {"sync-later", 0, OPTION_FLAG, &sync_later, NULL,
     "leave it to the caller to make the files permanent, all at once"},
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

/* Whether the text of a record is what it is in a caret file: with nothing in it that needs quotes,
 * which is the most common thing by far. */
static bool is_plain(const struct record *record)
{
    return !record->escaped && memchr(record->text, '"', record->length) == NULL;
}

static void put_plain(struct writing *writing, enum file file, const struct record *record)
{
    struct output *output = file_for(writing, file);
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
static void put_converted(struct writing *writing, const struct record *record,
                          const struct place_key *key)
{
    struct slice fields[STREAM_MAX_FIELDS];
    size_t quoted[STREAM_MAX_FIELDS], quoted_count = 0;
    writing->source.written++;
    if (writing->format == FORMAT_CARET && is_plain(record)) {
        put_plain(writing, FILE_CONVERTED, record);
    } else {
        record_values(record, record->field_count, fields, &writing->values);
        quoted_count =
            put_fields(writing, FILE_CONVERTED, writing->format,
                       &(struct written_fields){record->kind, fields, record->field_count}, quoted);
    }
    struct place *place = find_place(writing, key);
    seek_school(writing, place);
    bool has_findings = false;
    if (record->history_length > 0) {
        put_changes(writing, record);
        has_findings = put_findings(writing, record);
    }
    for (size_t i = 0; i < quoted_count; i++)
        put_own_finding(writing, record, "quoted-output", &record->kind->record->fields[quoted[i]]);
    tally_written(writing, record, place);
    if (has_findings)
        note_breaches(writing, record, place);
    count_rollup(writing, record, place, NULL);
}

/* Puts a record that does not go on, as it was received, where its state wants it. */
static void put_other(struct writing *writing, const struct record *record,
                      const struct place_key *key)
{
    struct slice fields[STREAM_MAX_FIELDS];
    const bool is_held = record->state == STATE_HELD;
    const size_t count = received_fields(writing, record, is_held, fields);
    struct place *place = key != NULL ? find_place(writing, key) : NULL;
    seek_school(writing, place);
    if (is_held)
        seek_needed(writing, record, fields);
    tally_other(writing, record, place, fields, count);
    seek_breach(writing, place);
    count_rollup(writing, record, place, fields);
    if (record->state == STATE_REJECTED) {
        writing->source.rejected++;
        put_rejected(writing, record, fields, count);
    } else if (record->state == STATE_MERGED) {
        writing->source.merged++;
    } else {
        writing->source.held++;
        if (writing->source.format == FORMAT_CARET && record->kind->from == NULL &&
            is_plain(record))
            put_plain(writing, FILE_HELD, record);
        else
            put_fields(writing, FILE_HELD, writing->source.format,
                       &(struct written_fields){kind_received(record->kind), fields, count}, NULL);
        note_needed(writing, record, fields);
    }
    if (put_findings(writing, record))
        note_breaches(writing, record, place);
}

static void write_record(struct writing *writing)
{
    const struct record *record = &writing->in.record;
    writing->source.is_again = is_again(writing);
    writing->past = stream_past(&writing->in, record);
    writing->source.read++;
    struct place_key key = {.kind = record->kind};
    for (size_t i = 0; record->kind != NULL && i < PLACE_PARTS; i++)
        key.parts[i] = record_role(record, place_roles[i]);
    if (record->kind != NULL)
        seek_place(writing, &key);
    if (record->state == STATE_RECEIVED)
        put_converted(writing, record, &key);
    else
        put_other(writing, record, record->kind != NULL ? &key : NULL);
}

/* Whether files can be called so: each part of it is a name, and none leads out of the folder. */
static bool is_below(const char *name)
{
    while (*name != '\0' && *name != '.' && *name != '/') {
        name = strchrnul(name, '/');
        if (*name == '\0')
            return true;
        name++;
    }
    return false;
}

/* %source: the name of the files, and the format of the held records. */
static int take_source(struct writing *writing)
{
    char *f[8], *memory;
    size_t count = stream_split_control(writing->in.control, f, 8, &memory);
    if (strcmp(f[0], "source") == 0 && count >= 4) {
        /* Each part of a source names it, and what was begun keeps the name. */
        const char *known = writing->source.name;
        if (known == NULL)
            writing->source.name = cte_strdup(f[1]);
        if (known != NULL && strcmp(known, f[1]) != 0)
            cte_fail(&writing->error, CTE_BAD_INPUT,
                     "standard input: the parts are of several sources");
        else if (!is_below(f[1]))
            cte_fail(&writing->error, CTE_BAD_INPUT,
                     "standard input: '%s' cannot be the name of an output file", f[1]);
        else if (read_format(format_of_held(f[3]), &writing->source.format) != CTE_OK)
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
            if (writing->source.name == NULL)
                return cte_fail(error, CTE_BAD_INPUT,
                                "standard input: the stream does not name its source");
            write_record(writing);
            for (int f = 0; f < FILES; f++) {
                if (writing->source.files[f].failed != 0)
                    return output_close(&writing->source.files[f], error);
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
static int conclude(struct writing *writing, int (*end_summary)(struct cte_error *))
{
    struct cte_error *error = &writing->error;
    const struct written_source *source = &writing->source;
    if (source->read != source->written + source->merged + source->rejected + source->held)
        return cte_fail(error, CTE_BUG,
                        "the sums do not add up: %" PRIu64 " read, %" PRIu64 " written, %" PRIu64
                        " merged, %" PRIu64 " rejected, %" PRIu64 " held",
                        source->read, source->written, source->merged, source->rejected,
                        source->held);
    struct output *counts = source->read > 0 ? file_for(writing, FILE_COUNTS) : NULL;
    struct output *people =
        counts != NULL && has_people(writing) ? file_for(writing, FILE_DISTINCT) : NULL;
    if (people != NULL)
        put_distinct_heading(people);
    if (counts != NULL && put_counts(writing, counts, people) != CTE_OK)
        return error->status;
    if (error->status != CTE_OK || close_files(writing) != CTE_OK)
        return error->status;
    put_account(writing);
    if (end_summary(error) != CTE_OK || publish_files(writing) != CTE_OK)
        return error->status;
    return source->written < source->read ? CTE_SOME_LEFT : CTE_OK;
}

/* The parts of a source, in their order. */
static int write_parts(struct writing *writing, char *const *parts, size_t count)
{
    struct cte_error *error = &writing->error;
    int status = CTE_OK;
    for (size_t i = 0; i < count && status == CTE_OK; i++) {
        const int fd = file_open(parts[i]);
        if (fd < 0)
            return file_fail(parts[i], "cannot open", CTE_NO_INPUT, error);
        status = stream_in_open(&writing->in, fd, &writing->tables, error);
        if (status == CTE_OK)
            status = write_stream(writing);
        close(fd);
    }
    return status == CTE_OK ? conclude(writing, program_close_output) : status;
}

/* One stream of a sequence is away: what became of it is told on standard output, whose other end
 * waits for it. */
static int end_source(struct writing *writing, int status)
{
    struct cte_error *error = &writing->error;
    char *words = error->status != CTE_OK ? cte_format("%s: %s", program.name, error->text)
                                          : cte_strdup(text_string(&writing->in.refused_words));
    *error = (struct cte_error){.status = CTE_OK};
    put_end_of_account(stdout, status, words);
    free(words);
    forget_source(writing);
    return program_flush_output(error);
}

/* The streams of a sequence, each a source of its own. One that cannot be read to its end is the
 * last, for nobody knows where the next begins. Returns the worst of their statuses. */
static int write_sequence(struct writing *writing, int status)
{
    struct cte_error *error = &writing->error;
    int worst = CTE_OK;
    for (bool has_next = true; has_next;) {
        if (status == CTE_OK)
            status = conclude(writing, program_flush_output);
        else if (writing->in.is_lost)
            return worse_status(worst, error->status);
        worst = worse_status(worst, status);
        if (end_source(writing, status) != CTE_OK ||
            stream_in_next(&writing->in, &has_next, error) != CTE_OK)
            return worse_status(worst, error->status);
        if (has_next)
            status = write_stream(writing);
    }
    return worst;
}

/* What stands on standard input: a source, or several. */
static int write_input(struct writing *writing)
{
    int status = stream_in_open(&writing->in, STDIN_FILENO, &writing->tables, &writing->error);
    if (status == CTE_OK)
        status = write_stream(writing);
    if (writing->in.is_sequence)
        return write_sequence(writing, status);
    return status == CTE_OK ? conclude(writing, program_close_output) : status;
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
    int first, status = CTE_OK;
    program_start(&program, argc, argv, &first);
    if (folder == NULL)
        return program_usage(&program, "--out DIR says where to write");
    static struct writing writing;
    writing.folder = folder;
    writing.gzip = gzip;
    writing.syncs = !sync_later;
    writing.index_path = index_path;
    if (format != NULL && read_format(format, &writing.format) != CTE_OK)
        return program_usage(&program, "unknown format '%s': caret, csv or xml", format);
    writing.most_rows = ROWS_IN_FULL;
    if (full_rows != NULL && !read_positive(full_rows, &writing.most_rows))
        return program_usage(&program, "--full-rows takes a number of rows, not '%s'", full_rows);
    struct cte_error *error = &writing.error;
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        cte_fail(error, output_status(errno), "%s: cannot make the folder: %s", folder,
                 strerror(errno));
    else if (tables_open(&writing.tables, program.codetables, error) == CTE_OK &&
             tables_rules(&writing.tables, &writing.rules, error) == CTE_OK &&
             tables_rollups(&writing.tables, rollups, &writing.rollups, error) == CTE_OK) {
        confine(argv + first, (size_t)(argc - first));
        status = first < argc ? write_parts(&writing, argv + first, (size_t)(argc - first))
                              : write_input(&writing);
    }
    forget_source(&writing);
    return error->status != CTE_OK ? program_fail(&program, error) : status;
}
