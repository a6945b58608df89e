/* cte-read - reads an extract and writes it as a record stream. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipeline/stream/field_sums.h"
#include "codetables/base/number.h"
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
    struct kinds kinds;
    struct plans references;                         /* per kind: a struct stream_reference */
    struct stream_reference defects[READER_DEFECTS]; /* program 0 until defined */
    struct stream_reference recoded;
    /* NULL: the rule table does not ask for characters that cannot be seen */
    const struct rule *hidden;
    struct hidden_found {
        struct stream_reference rule;
        char words[ODD_WORDS];
    } found[STREAM_MAX_FIELDS]; /* of the record at hand */
    size_t found_count;
    struct field_sums sums;
    bool is_part;
    uint64_t places; /* of a part: the records in their places */
    uint64_t rejected;
    struct cte_error error;
};

/* Defines a finding on the whole record, or on one field of it. */
static struct stream_reference define_rule(struct reading *reading, const struct rule *rule,
                                           const struct field *field)
{
    char *message = cte_format("%s; %s", rule->message, rule->action);
    const struct stream_reference reference = stream_define_rule(
        &reading->out, &(struct stream_rule){.id = rule->id,
                                             .severity = rule_severity(rule, BASIS_NONE),
                                             .field = field != NULL ? field->number : NULL,
                                             .name = field != NULL ? field->name : NULL,
                                             .message = message});
    free(message);
    return reference;
}

static struct stream_reference define_check(struct reading *reading, const char *check)
{
    const struct rule *rule = rules_find(reading->rules, check, NULL);
    if (rule != NULL)
        return define_rule(reading, rule, NULL);
    /* an older rule table: the record is rejected all the same, and told by the name of the
     * check */
    return stream_define_rule(&reading->out,
                              &(struct stream_rule){.id = check,
                                                    .severity = SEVERITY_REFUSES,
                                                    .message = "the record cannot be read"});
}

/* The reference of a kind, which is defined when it first occurs. */
static struct stream_reference kind_reference(struct reading *reading, const struct kind *kind)
{
    if (kind == NULL)
        return (struct stream_reference){0, 0};
    void **place = plan_place(&reading->references, kind->index);
    if (*place == NULL) {
        struct stream_reference *reference = cte_alloc(sizeof *reference);
        *reference = stream_define_kind(&reading->out, kind);
        *place = reference;
    }
    return *(const struct stream_reference *)*place;
}

static void put_finding(struct reading *reading, struct stream_reference reference,
                        const struct reader_record *item)
{
    char more[240];
    snprintf(more, sizeof more, "%s%srecord %llu, byte %llu", item->detail,
             item->detail[0] != '\0' ? ", " : "", (unsigned long long)item->record.number,
             (unsigned long long)item->offset);
    stream_finding(&reading->out, reference, more);
}

/* Finds the characters of a record that nobody sees, each with its field. What is found is defined
 * here, before the record. */
static void find_hidden(struct reading *reading, const struct record *record)
{
    const struct kind *kind = record->kind;
    for (size_t i = 0; i < kind->fields; i++) {
        struct hidden_found *found = &reading->found[reading->found_count];
        const struct slice value = record_value(record, i);
        if (!name_hidden_character(value.at, value.length, found->words))
            continue;
        found->rule = define_rule(reading, reading->hidden, &kind->record->fields[i]);
        reading->found_count++;
    }
}

/* Defines what the record and its findings refer to, for its history follows it without a gap. */
static void define_found(struct reading *reading, const struct reader_record *item)
{
    if (item->defect != READER_SOUND && reading->defects[item->defect].program == 0)
        reading->defects[item->defect] = define_check(reading, reader_defect_checks[item->defect]);
    if (item->recoded_bytes && reading->recoded.program == 0)
        reading->recoded = define_check(reading, "recoded-bytes");
    reading->found_count = 0;
    if (!item->is_printed && item->record.kind != NULL && reading->hidden != NULL)
        find_hidden(reading, &item->record);
}

static void put_record(struct reading *reading, const struct reader_record *item)
{
    struct stream_out *out = &reading->out;
    const struct record *record = &item->record;
    const struct stream_reference reference = kind_reference(reading, record->kind);
    /* The fields are summed as the reader gives them, before any byte of them goes on. */
    field_sums_add(&reading->sums, record);
    define_found(reading, item);
    char *to = stream_space(out, record->length + 64);
    *to++ = stream_letter(record->state, record->escaped);
    to = put_number(to, reference.program);
    *to++ = '.';
    to = put_number(to, reference.number);
    *to++ = ' ';
    to = put_number(to, record->line);
    *to++ = '^';
    memcpy(to, record->text, record->length);
    to += record->length;
    *to++ = '\n';
    stream_take(out, to);
    out->records++;
    if (reading->is_part)
        reading->places += sum_place(record->text, record->length, record->number);
    if (item->defect != READER_SOUND) {
        reading->rejected++;
        put_finding(reading, reading->defects[item->defect], item);
    }
    if (item->recoded_bytes && item->defect == READER_SOUND)
        put_finding(reading, reading->recoded, item);
    for (size_t i = 0; i < reading->found_count; i++)
        stream_finding(out, reading->found[i].rule, reading->found[i].words);
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
    field_sums_put(&reading->sums, &reading->out, "read");
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
    struct reader_record item;
    for (;;) {
        int status = reader_next(reading->reader, &item, error);
        if (status != CTE_OK || reading->out.failed != 0)
            return status;
        if (item.end)
            break;
        put_record(reading, &item);
    }
    put_trailer(reading);
    return CTE_OK;
}

/* "L,R,B,N": what stands before a part of a file, and how many bytes it has. */
static bool take_part(struct reader_options *read, uint64_t *bytes)
{
    uint64_t *const numbers[] = {&read->lines_before, &read->records_before, &read->bytes_before,
                                 bytes};
    char *copy = cte_strdup(part_text), *rest = copy;
    bool good = true;
    for (size_t i = 0; i < 4 && good; i++) {
        const char *number = strsep(&rest, ",");
        good = number != NULL && read_number(number, numbers[i]);
    }
    good = good && rest == NULL;
    free(copy);
    read->takes_any = true;
    return good;
}

/* What the command line says of how the source is to be read. */
static int take_options(struct reader_options *read, uint64_t *part_bytes, const char *path)
{
    read->format = format;
    if (format != NULL && strcmp(format, "caret") != 0 && strcmp(format, "csv") != 0 &&
        strcmp(format, "xml") != 0)
        return program_usage(&program, "unknown format '%s': caret, csv or xml", format);
    if (encoding != NULL && strcmp(encoding, "windows-1252") != 0 && strcmp(encoding, "utf-8") != 0)
        return program_usage(&program, "unknown encoding '%s': utf-8 or windows-1252", encoding);
    read->windows_1252 = encoding != NULL && strcmp(encoding, "windows-1252") == 0;
    if (max_unpacked != NULL && !take_byte_bound(max_unpacked, &read->max_unpacked))
        return program_usage(&program, "--max-unpacked takes a number of bytes, not '%s'",
                             max_unpacked);
    if (part_text != NULL && (strcmp(path, "-") != 0 || !take_part(read, part_bytes)))
        return program_usage(&program,
                             "--part takes four numbers, of a plain file on standard input");
    return CTE_OK;
}

/* %program, and a %table line for each layout by which a record may be read. */
static void introduce(struct reading *reading, const struct layout *named)
{
    stream_introduce(&reading->out, 0, program.name);
    for (size_t i = 0; i < reading->tables.layout_count; i++) {
        const struct layout *layout = &reading->tables.layouts[i];
        const bool is_named = named != NULL && strcmp(named->identity.id, layout->identity.id) == 0;
        stream_introduce_table(&reading->out, program.name,
                               is_named ? &named->identity : &layout->identity);
    }
    stream_introduce_rest(&reading->out, program.name, &reading->tables);
}

static void put_part(struct reading *reading, const struct reader_options *read)
{
    char lines[24], records[24], bytes[24];
    *put_number(lines, read->lines_before) = '\0';
    *put_number(records, read->records_before) = '\0';
    *put_number(bytes, read->bytes_before) = '\0';
    stream_control(&reading->out, "part", lines, records, bytes, NULL);
}

/* Reads the source that was opened; `shown` is its name in messages, `name` the one its files are
 * called after. */
static int read_source(struct reading *reading, struct reader_options *read, const char *shown,
                       const char *name, uint64_t part_bytes)
{
    struct cte_error *error = &reading->error;
    if (read->format == NULL)
        read->format = source_format(reading->source);
    char *stem = stem_text != NULL ? cte_strdup(stem_text) : source_stem(name);
    stream_control(&reading->out, "source", stem, shown, read->format,
                   source_packing(reading->source), read->windows_1252 ? "windows-1252" : "utf-8",
                   NULL);
    free(stem);
    if (reading->is_part) {
        put_part(reading, read);
        source_limit(reading->source, part_bytes);
    }
    introduce(reading, read->layout);
    read->kinds = &reading->kinds;
    if (reader_open(reading->source, &reading->tables, read, &reading->reader, error) == CTE_OK)
        read_all(reading, error);
    return error->status;
}

/* Loads the tables and finds the layout that was named. */
static int load(struct reading *reading, struct reader_options *read)
{
    struct cte_error *error = &reading->error;
    if (tables_open(&reading->tables, program.codetables, error) != CTE_OK ||
        tables_rules(&reading->tables, &reading->rules, error) != CTE_OK)
        return error->status;
    reading->hidden = rules_find(reading->rules, "hidden-character", NULL);
    if (layout_id != NULL)
        read->layout = tables_layout(&reading->tables, layout_id, error);
    return error->status;
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
    struct reader_options read = {0};
    uint64_t part_bytes = 0;
    const int usage = take_options(&read, &part_bytes, path);
    if (usage != CTE_OK)
        return usage;

    static struct reading reading;
    struct cte_error *error = &reading.error;
    reading.is_part = part_text != NULL;
    /* The stream begins before anything can go wrong, so that the next stage hears of it. */
    stream_out_open(&reading.out, STDOUT_FILENO);
    stream_out_begin(&reading.out);
    if (load(&reading, &read) != CTE_OK) {
        stream_refuse(&reading.out, error->status);
        return program_fail(&program, error);
    }
    if (layout_id != NULL && read.layout == NULL) {
        stream_refuse(&reading.out, CTE_USAGE);
        return program_usage(&program, "there is no layout '%s' in %s/layouts", layout_id,
                             program.codetables);
    }
    char *shown = path_shown(name); /* in messages, and in the stream: the name may be any bytes */
    if (source_open(path, shown, &reading.source, error) == CTE_OK) {
        program_confine(&program, NULL, NULL);
        read_source(&reading, &read, shown, name, part_bytes);
    }
    if (error->status != CTE_OK)
        stream_refuse(&reading.out, error->status);
    else
        stream_out_finish(&reading.out, error);
    free(shown);
    reader_close(reading.reader);
    source_close(reading.source);
    return error->status != CTE_OK ? program_fail(&program, error) : CTE_OK;
}
