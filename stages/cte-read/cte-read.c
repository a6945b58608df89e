/* cte-read - reads an extract and writes it as a record stream. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipeline/stream/field_sums.h"
#include "codetables/base/odd_character.h"
#include "codetables/base/program.h"
#include "pipeline/stream/reader.h"
#include "codetables/base/shown.h"
#include "codetables/base/memory.h"

static const char *layout_id, *format, *encoding, *source_path_name, *stem_text, *part_text,
    *max_unpacked;
static bool quiet;

static struct program_option options[] = {
    {"layout", 'l', OPTION_TEXT, &layout_id, "ID[@VERSION]",
     "read all records by this layout, not by their academic year"},
    {"format", 'f', OPTION_TEXT, &format, "FORMAT",
     "caret, csv or xml (default: by the ending of the name, or of the name inside a zip)"},
    {"encoding", 'e', OPTION_TEXT, &encoding, "NAME",
     "windows-1252: convert bytes that are not UTF-8"},
    {"max-unpacked", 0, OPTION_TEXT, &max_unpacked, "BYTES",
     "what a packed source may unpack to, instead of the usual bounds (64 GiB; past 16 MiB 50 "
     "times its packed bytes, 250 times in XML)"},
    {"name", 'n', OPTION_TEXT, &source_path_name, "PATH",
     "what standard input is called in names and messages"},
    {"as", 0, OPTION_TEXT, &stem_text, "NAME",
     "what its output files are to be called (default: its own name, without endings)"},
    {"part", 0, OPTION_TEXT, &part_text, "L,R,B,N",
     "standard input is a part of a plain file: lines, records and bytes before it, and its bytes"},
    {"quiet", 'q', OPTION_FLAG, &quiet, NULL, "do not tell on standard error what was put right"},
};

static struct program program = {
    .name = "cte-read",
    .synopsis = "[OPTION]... [FILE]",
    .description = "Reads one extract (plain, gzip or zip; caret-separated, CSV or XML; upload "
                   "file, ODS extract or\n"
                   "rejected records) and writes it as a record stream on standard output. A "
                   "record that cannot be read\n"
                   "goes on as rejected, with the reason; a source that is not what it should be "
                   "is refused whole.",
    .exits = "0 all read, 64 usage, 65 source refused, 66 no such file or nothing in it, 74 read "
             "or write error, 78 code table",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .memory = (uint64_t)1 << 30,
};

/* Everything a run of this program needs. */
struct reading {
    struct tables tables;
    const struct rules *rules;
    struct source *source;
    struct reader *reader;
    struct stream_out out;
    struct stream_reference defects[READER_DEFECTS]; /* program 0 until defined */
    struct stream_reference recoded;
    /* NULL: the rule table does not ask for characters that cannot be seen */
    const struct rule *hidden;
    struct hidden_found {
        struct stream_reference rule;
        char words[ODD_WORDS];
    } found[STREAM_MAX_FIELDS]; /* of the record at hand */
    size_t found_count;
    struct conserve conserve;
    bool is_part;
    uint64_t places; /* of a part: the records in their places */
    uint64_t rejected;
};

static struct stream_reference define_finding(struct reading *reading, const char *check)
{
    const struct rule *rule = rules_find(reading->rules, check, NULL);
    /* an older rule table: the record is rejected all the same, and told by the name of the
     * check */
    if (rule == NULL)
        return stream_define_finding(&reading->out, check, 'F', "", "", "the record cannot be read",
                                     NULL, NULL);
    char *message = cte_format("%s; %s", rule->message, rule->action);
    struct stream_reference reference = stream_define_finding(
        &reading->out, rule->id, rule_severity(rule, BASIS_NONE), "", "", message, NULL, NULL);
    free(message);
    return reference;
}

static void put_finding(struct reading *reading, struct stream_reference reference,
                        const struct reader_record *record)
{
    char more[240];
    snprintf(more, sizeof more, "%s%srecord %llu, byte %llu", record->detail,
             record->detail[0] != '\0' ? ", " : "", (unsigned long long)record->record,
             (unsigned long long)record->offset);
    stream_finding(&reading->out, reference, more);
}

/* Finds the characters of a record that nobody sees, each with its field. What is found is defined
 * here, before the record. */
static void find_hidden(struct reading *reading, const struct reader_record *record)
{
    const struct kind *kind = record->kind;
    for (size_t i = 0; i < kind->fields; i++) {
        const struct field *field = &kind->record->fields[i];
        struct hidden_found *found = &reading->found[reading->found_count];
        size_t from = i == 0 ? 0 : record->carets[i - 1] + 1U;
        size_t to = i < record->caret_count ? record->carets[i] : record->length;
        if (!name_hidden_character(record->text + from, to - from, found->words))
            continue;
        char *message = cte_format("%s; %s", reading->hidden->message, reading->hidden->action);
        found->rule = stream_define_finding(&reading->out, reading->hidden->id,
                                            rule_severity(reading->hidden, BASIS_NONE),
                                            field->number, field->name, message, NULL, NULL);
        free(message);
        reading->found_count++;
    }
}

/* Sums the fields as the reader gives them, before any byte of them goes into the stream. */
static void conserve_read(struct reading *reading, const struct reader_record *record)
{
    static char room[STREAM_MAX_GROUP + SCAN_SLACK];
    struct slice fields[STREAM_MAX_FIELDS];
    if (record->kind == NULL) {
        conserve_fields(&reading->conserve, NULL, &(struct slice){record->text, record->length}, 1);
        return;
    }
    for (size_t i = 0; i < record->kind->fields; i++) {
        size_t from = i == 0 ? 0 : record->carets[i - 1] + 1U;
        size_t to = i < record->caret_count ? record->carets[i] : record->length;
        fields[i] = (struct slice){record->text + from, to - from};
    }
    if (record->escaped)
        stream_unescape_fields(fields, record->kind->fields, room);
    conserve_fields(&reading->conserve, record->kind, fields, record->kind->fields);
}

static void put_record(struct reading *reading, const struct reader_record *record)
{
    struct stream_out *out = &reading->out;
    struct kind *kind = record->kind;
    if (kind != NULL && kind->number == 0)
        stream_define_kind(out, kind);
    conserve_read(reading, record);
    if (record->defect != READER_SOUND && reading->defects[record->defect].program == 0)
        reading->defects[record->defect] =
            define_finding(reading, reader_defect_checks[record->defect]);
    if (record->recoded_bytes && reading->recoded.program == 0)
        reading->recoded = define_finding(reading, "recoded-bytes");
    reading->found_count = 0;
    if (!record->is_printed && kind != NULL && reading->hidden != NULL)
        find_hidden(reading, record);
    char *to = stream_space(out, record->length + 64);
    *to++ = record->escaped ? (kind != NULL ? 'r' : 'x') : (kind != NULL ? 'R' : 'X');
    to = put_number(to, kind != NULL ? kind->program : 0);
    *to++ = '.';
    to = put_number(to, kind != NULL ? kind->number : 0);
    *to++ = ' ';
    to = put_number(to, record->line);
    *to++ = '^';
    memcpy(to, record->text, record->length);
    to += record->length;
    *to++ = '\n';
    stream_take(out, to);
    out->records++;
    if (reading->is_part)
        reading->places += conserve_place(record->text, record->length, record->record);
    if (record->defect != READER_SOUND) {
        reading->rejected++;
        put_finding(reading, reading->defects[record->defect], record);
    }
    if (record->recoded_bytes && record->defect == READER_SOUND)
        put_finding(reading, reading->recoded, record);
    for (size_t i = 0; i < reading->found_count; i++)
        stream_finding(&reading->out, reading->found[i].rule, reading->found[i].words);
}

/* What stands in the trailer: notes, counts, the content's size and hash. */
static void put_trailer(struct reading *reading)
{
    const struct reader_note *notes;
    size_t count = reader_notes(reading->reader, &notes);
    char number[32], records[48], rejected[48], repeated[48], hash[65];
    for (size_t i = 0; i < count; i++) {
        snprintf(number, sizeof number, "%llu", (unsigned long long)notes[i].line);
        stream_control(&reading->out, "note", number, notes[i].text, NULL);
        if (!quiet)
            program_say(&program, "%s:%s: note: %s", source_name(reading->source), number,
                        notes[i].text);
    }
    snprintf(records, sizeof records, "records=%llu", (unsigned long long)reading->out.records);
    snprintf(rejected, sizeof rejected, "rejected=%llu", (unsigned long long)reading->rejected);
    bool kept;
    uint64_t lines = reader_repeated(reading->reader, &kept);
    snprintf(repeated, sizeof repeated, "repeated-lines=%llu", (unsigned long long)lines);
    stream_control(&reading->out, "counts", program.name, records, rejected,
                   lines > 0 ? repeated : NULL, NULL);
    conserve_tell(&reading->conserve, &reading->out, "read");
    if (reading->is_part) {
        snprintf(hash, sizeof hash, "%016llx", (unsigned long long)reading->places);
        stream_control(&reading->out, "part", hash, NULL);
        return;
    }
    snprintf(number, sizeof number, "%llu", (unsigned long long)source_bytes(reading->source));
    source_sha256(reading->source, hash);
    stream_control(&reading->out, "content", number, hash, NULL);
}

static int read_all(struct reading *reading, struct cte_error *error)
{
    struct reader_record record;
    for (;;) {
        int status = reader_next(reading->reader, &record, error);
        if (status != CTE_OK || reading->out.failed != 0)
            return status;
        if (record.end)
            break;
        put_record(reading, &record);
    }
    put_trailer(reading);
    return CTE_OK;
}

/* "L,R,B,N": what stands before a part of a file, and how many bytes it has. */
static bool take_part(struct reader_options *read, uint64_t *bytes)
{
    uint64_t *const numbers[] = {&read->lines_before, &read->records_before, &read->bytes_before,
                                 bytes};
    const char *at = part_text;
    for (size_t i = 0; i < 4; i++) {
        char *end;
        errno = 0;
        *numbers[i] = strtoull(at, &end, 10);
        if (end == at || *at < '0' || *at > '9' || errno != 0 || *end != (i < 3 ? ',' : '\0'))
            return false;
        at = end + 1;
    }
    read->takes_any = true;
    return true;
}

int main(int argc, char **argv)
{
    int first;
    program_start(&program, argc, argv, &first);
    if (argc - first > 1)
        return program_usage(&program, "one file at a time, not %d", argc - first);
    const char *path = first < argc ? argv[first] : "-";
    const char *name = strcmp(path, "-") != 0     ? path
                       : source_path_name != NULL ? source_path_name
                                                  : "stdin";
    struct reader_options reader_options = {.format = format};
    if (format != NULL && strcmp(format, "caret") != 0 && strcmp(format, "csv") != 0 &&
        strcmp(format, "xml") != 0)
        return program_usage(&program, "unknown format '%s': caret, csv or xml", format);
    if (encoding != NULL && strcmp(encoding, "windows-1252") != 0 && strcmp(encoding, "utf-8") != 0)
        return program_usage(&program, "unknown encoding '%s': utf-8 or windows-1252", encoding);
    reader_options.windows_1252 = encoding != NULL && strcmp(encoding, "windows-1252") == 0;

    if (max_unpacked != NULL && !take_byte_bound(max_unpacked, &reader_options.max_unpacked))
        return program_usage(&program, "--max-unpacked takes a number of bytes, not '%s'",
                             max_unpacked);

    uint64_t part_bytes = 0;
    if (part_text != NULL && (strcmp(path, "-") != 0 || !take_part(&reader_options, &part_bytes)))
        return program_usage(&program,
                             "--part takes four numbers, of a plain file on standard input");

    static struct reading reading;
    reading.is_part = part_text != NULL;
    struct cte_error error = {0};
    /* The stream begins before anything can go wrong, so that the next stage hears of it. */
    stream_out_open(&reading.out, STDOUT_FILENO);
    stream_out_begin(&reading.out);
    if (tables_open(&reading.tables, program.codetables, &error) != CTE_OK ||
        tables_rules(&reading.tables, &reading.rules, &error) != CTE_OK) {
        stream_refuse(&reading.out, error.status);
        return program_fail(&program, &error);
    }
    reading.hidden = rules_find(reading.rules, "hidden-character", NULL);
    if (layout_id != NULL) {
        reader_options.layout = tables_layout(&reading.tables, layout_id, &error);
        if (error.status != CTE_OK) {
            stream_refuse(&reading.out, error.status);
            return program_fail(&program, &error);
        }
        if (reader_options.layout == NULL) {
            stream_refuse(&reading.out, CTE_USAGE);
            return program_usage(&program, "there is no layout '%s' in %s/layouts", layout_id,
                                 program.codetables);
        }
    }
    char *shown = path_shown(name); /* in messages, and in the stream: the name may be any bytes */
    if (source_open(path, shown, &reading.source, &error) == CTE_OK) {
        program_confine(&program, NULL, NULL);
        if (reader_options.format == NULL)
            reader_options.format = source_format(reading.source);
        char *stem = stem_text != NULL ? cte_strdup(stem_text) : source_stem(name);
        stream_control(&reading.out, "source", stem, shown, reader_options.format,
                       source_packing(reading.source),
                       reader_options.windows_1252 ? "windows-1252" : "utf-8", NULL);
        free(stem);
        const struct layout **layouts = cte_zalloc(reading.tables.layout_count, sizeof *layouts),
                            *named = reader_options.layout;
        for (size_t i = 0; i < reading.tables.layout_count; i++) {
            const struct layout *layout = &reading.tables.layouts[i];
            layouts[i] = named != NULL && strcmp(named->identity.id, layout->identity.id) == 0
                             ? named
                             : layout;
        }
        if (reading.is_part) {
            char numbers[3][24];
            snprintf(numbers[0], sizeof numbers[0], "%llu",
                     (unsigned long long)reader_options.lines_before);
            snprintf(numbers[1], sizeof numbers[1], "%llu",
                     (unsigned long long)reader_options.records_before);
            snprintf(numbers[2], sizeof numbers[2], "%llu",
                     (unsigned long long)reader_options.bytes_before);
            stream_control(&reading.out, "part", numbers[0], numbers[1], numbers[2], NULL);
            source_limit(reading.source, part_bytes);
        }
        stream_introduce(&reading.out, 0, program.name, &reading.tables, layouts,
                         reading.tables.layout_count);
        free(layouts);
        if (reader_open(reading.source, &reading.tables, &reader_options, &reading.reader,
                        &error) == CTE_OK)
            read_all(&reading, &error);
    }
    if (error.status != CTE_OK)
        stream_refuse(&reading.out, error.status);
    else
        stream_out_finish(&reading.out, &error);
    reader_close(reading.reader);
    source_close(reading.source);
    return error.status != CTE_OK ? program_fail(&program, &error) : CTE_OK;
}
