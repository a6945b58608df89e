/* cte-read - reads an extract and writes it as a record stream. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codetables/base/number.h"
#include "codetables/base/shown.h"
#include "codetables/base/memory.h"
#include "stages/cte-read/reading.h"
#include "stages/cte-read/source_list.h"

static const char *layout_id, *format, *encoding, *source_path_name, *stem_text, *part_text,
    *max_unpacked, *list_path;
static struct option_list folders;
static bool quiet, with_names, quick_hash;

static struct program_option options[] = {
    {"layout", 'l', OPTION_TEXT, &layout_id, "ID[@VERSION]",
     "read all records by this layout, not by their academic year"},
    {"format", 'f', OPTION_TEXT, &format, "FORMAT",
     SOURCE_FORMATS " (default: by the ending of the name, or of the name inside a zip)"},
    {"encoding", 'e', OPTION_TEXT, &encoding, "NAME",
     "windows-1252: convert bytes that are not UTF-8"},
    {"max-unpacked", 0, OPTION_TEXT, &max_unpacked, "BYTES",
     "what a packed source may unpack to, instead of the usual bounds (64 GiB; past 16 MiB 50 "
     "times its packed bytes, 250 times in XML and .xlsx)"},
    {"name", 'n', OPTION_TEXT, &source_path_name, "PATH",
     "what standard input is called in names and messages"},
    {"as", 0, OPTION_TEXT, &stem_text, "NAME",
     "what its output files are to be called (default: its own name, without endings)"},
    {"part", 0, OPTION_TEXT, &part_text, "L,R,B,N",
     "standard input is a part of a plain file: lines, records and bytes before it, and its bytes"},
    {"files0-from", 0, OPTION_TEXT, &list_path, "FILE",
     "read the sources whose paths stand in FILE (-: standard input), each ended by a NUL byte"},
    {"with-names", 0, OPTION_FLAG, &with_names, NULL,
     "in that list, what its output files are to be called and its format follow each path, ended "
     "by NUL too; empty: by its own name"},
    {"below", 0, OPTION_LIST, &folders, "DIR",
     "the sources of the list lie below this folder: no other is read; may be repeated"},
    {"quick-hash", 0, OPTION_FLAG, &quick_hash, NULL,
     "for an index that was made with --quick-hash: tell such a hash of the content too"},
    {"quiet", 'q', OPTION_FLAG, &quiet, NULL, "do not tell on standard error what was put right"},
};

static struct program program = {
    .name = "cte-read",
    .synopsis = "[OPTION]... [FILE]",
    .description = "Reads one extract (plain, gzip or zip; caret-separated, CSV, XML or .xlsx; "
                   "upload file, ODS extract or\n"
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

/* What the command line says of how sources are to be read; `is_input` where the one source is
 * standard input. */
static int take_options(struct reading *reading, bool is_input)
{
    struct reader_options *read = &reading->options;
    if (format != NULL && !is_source_format(format))
        return program_usage(&program, "unknown format '%s': " SOURCE_FORMATS, format);
    if (encoding != NULL && strcmp(encoding, "windows-1252") != 0 && strcmp(encoding, "utf-8") != 0)
        return program_usage(&program, "unknown encoding '%s': utf-8 or windows-1252", encoding);
    read->windows_1252 = encoding != NULL && strcmp(encoding, "windows-1252") == 0;
    if (max_unpacked != NULL && !read_positive(max_unpacked, &read->max_unpacked))
        return program_usage(&program, "--max-unpacked takes a number of bytes, not '%s'",
                             max_unpacked);
    reading->is_part = part_text != NULL;
    if (reading->is_part && (!is_input || !take_part(read, &reading->part_bytes)))
        return program_usage(&program,
                             "--part takes four numbers, of a plain file on standard input");
    /* of a part, no hash is told */
    reading->hashes = reading->is_part ? 0
                      : quick_hash     ? SOURCE_SHA256 | SOURCE_QUICK_HASH
                                       : SOURCE_SHA256;
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

static void put_part(struct reading *reading)
{
    const struct reader_options *read = &reading->options;
    char lines[24], records[24], bytes[24];
    *put_number(lines, read->lines_before) = '\0';
    *put_number(records, read->records_before) = '\0';
    *put_number(bytes, read->bytes_before) = '\0';
    stream_control(&reading->out, "part", lines, records, bytes, NULL);
}

/* Reads the source that was opened; `shown` is its name in messages. */
static int read_source(struct reading *reading, const struct listed *listed, const char *shown)
{
    struct cte_error *error = &reading->error;
    struct reader_options read = reading->options;
    source_choose_hashes(reading->at.source, reading->hashes);
    read.format = listed->format != NULL ? listed->format : source_format(reading->at.source);
    char *stem = listed->stem != NULL ? cte_strdup(listed->stem) : source_stem(listed->name);
    stream_control(&reading->out, "source", stem, shown, read.format,
                   source_packing(reading->at.source), read.windows_1252 ? "windows-1252" : "utf-8",
                   NULL);
    free(stem);
    if (reading->is_part) {
        put_part(reading);
        source_limit(reading->at.source, reading->part_bytes);
    }
    introduce(reading, read.layout);
    read.kinds = &reading->at.kinds;
    if (reader_open(reading->at.source, &reading->tables, &read, &reading->at.reader, error) ==
        CTE_OK)
        read_all(reading);
    return error->status;
}

static void forget_source(struct reading *reading)
{
    struct read_source *at = &reading->at;
    reader_close(at->reader);
    source_close(at->source);
    for (size_t i = 0; i < at->references.count; i++)
        free(plan_at(&at->references, i));
    plans_free(&at->references);
    field_sums_free(&at->sums);
    kinds_free(&at->kinds);
    *at = (struct read_source){.source = NULL};
}

/* A source that stands alone, from its opening to the end of its stream. */
static int read_alone(struct reading *reading, const struct listed *listed)
{
    struct cte_error *error = &reading->error;
    char *shown = path_shown(listed->name); /* the name may be any bytes */
    if (source_open(listed->path, shown, &reading->at.source, error) == CTE_OK) {
        program_confine(&program, NULL, NULL);
        read_source(reading, listed, shown);
    }
    free(shown);
    if (error->status != CTE_OK)
        stream_refuse(&reading->out, error->status, NULL);
    else
        stream_out_finish(&reading->out, error);
    forget_source(reading);
    return error->status;
}

/* One of several: why it is refused is told in the stream, for on standard error nobody would know
 * where it belongs. Returns its status; the error is filled only where nothing can be written. */
static int read_next(struct reading *reading, const struct listed *listed)
{
    struct cte_error *error = &reading->error;
    char *shown = path_shown(listed->name);
    if (source_open(listed->path, shown, &reading->at.source, error) == CTE_OK)
        read_source(reading, listed, shown);
    free(shown);
    const int status = error->status;
    if (status == CTE_OK) {
        stream_out_finish(&reading->out, error);
    } else {
        char *words = cte_format("%s: %s", program.name, error->text);
        *error = (struct cte_error){.status = CTE_OK};
        stream_refuse(&reading->out, status, words);
        free(words);
    }
    forget_source(reading);
    tables_begin_source(&reading->tables);
    return status;
}

/* The sources of a list, each as a stream of a sequence. Returns the first status of a source that
 * was refused, or that of the error. */
static int read_sequence(struct reading *reading, struct source_list *list)
{
    int first = CTE_OK;
    uint64_t number = 0;
    struct listed listed;
    while (reading->out.failed == 0 && next_source(list, &listed, &reading->error)) {
        if (number > 0) {
            stream_out_restart(&reading->out);
            stream_out_begin(&reading->out);
        }
        stream_put_sequence(&reading->out, ++number);
        const int status = read_next(reading, &listed);
        first = first != CTE_OK ? first : status;
        if (reading->error.status != CTE_OK)
            break;
    }
    if (reading->error.status == CTE_OK && number == 0)
        cte_fail(&reading->error, CTE_NO_INPUT, "the list of sources names none");
    if (number == 0)
        stream_refuse(&reading->out, reading->error.status, NULL);
    else if (reading->error.status == CTE_OK)
        stream_end_sequence(&reading->out, number, &reading->error);
    return reading->error.status != CTE_OK ? reading->error.status : first;
}

/* Loads the tables and finds the layout that was named. */
static int load(struct reading *reading)
{
    struct cte_error *error = &reading->error;
    if (tables_open(&reading->tables, program.codetables, error) != CTE_OK ||
        tables_rules(&reading->tables, &reading->rules, error) != CTE_OK)
        return error->status;
    reading->hidden = rules_find(reading->rules, "hidden-character", NULL);
    if (layout_id != NULL)
        reading->options.layout = tables_layout(&reading->tables, layout_id, error);
    tables_begin_source(&reading->tables);
    return error->status;
}

/* What a list may still open: what lies below the folders that were named, or else anything. */
static void confine_list(void)
{
    const char **below = cte_zalloc(folders.count + 2, sizeof *below);
    below[0] = "/";
    for (size_t i = 0; i < folders.count; i++)
        below[i] = folders.texts[i];
    program_confine(&program, below, NULL);
    free(below);
}

static int read_sources(struct reading *reading, char *const *paths, size_t count)
{
    struct source_list list = {
        .paths = paths, .count = count, .with_names = with_names, .format = format};
    if (list_path != NULL) {
        if (open_list(&list, list_path, &reading->error) != CTE_OK) {
            stream_refuse(&reading->out, reading->error.status, NULL);
            return reading->error.status;
        }
        confine_list();
    } else if (count > 1) {
        const char **read = cte_zalloc(count + 1, sizeof *read);
        memcpy(read, paths, count * sizeof *read);
        program_confine(&program, read, NULL);
        free(read);
    } else {
        struct listed alone = operand_source(count > 0 ? paths[0] : "-", format);
        if (strcmp(alone.path, "-") == 0 && source_path_name != NULL)
            alone.name = source_path_name;
        alone.stem = stem_text;
        return read_alone(reading, &alone);
    }
    const int status = read_sequence(reading, &list);
    close_list(&list);
    return status;
}

int main(int argc, char **argv)
{
    int first;
    program_start(&program, argc, argv, &first);
    const size_t count = (size_t)(argc - first);
    if (list_path != NULL && count > 0)
        return program_usage(&program,
                             "sources stand in the list or on the command line, not in both");
    if (list_path == NULL && (with_names || folders.count > 0))
        return program_usage(&program,
                             "--with-names and --below are of a list; name it with --files0-from");
    if ((list_path != NULL || count > 1) && (source_path_name != NULL || stem_text != NULL))
        return program_usage(&program, "--name and --as are of one source");
    static struct reading reading;
    reading.program = &program;
    reading.is_quiet = quiet;
    const bool is_input = list_path == NULL && (count == 0 || strcmp(argv[first], "-") == 0);
    const int usage = take_options(&reading, is_input && count <= 1);
    if (usage != CTE_OK)
        return usage;
    struct cte_error *error = &reading.error;
    /* The stream begins before anything can go wrong, so that the next stage hears of it. */
    stream_out_open(&reading.out, STDOUT_FILENO);
    stream_out_begin(&reading.out);
    if (load(&reading) != CTE_OK) {
        stream_refuse(&reading.out, error->status, NULL);
        return program_fail(&program, error);
    }
    if (layout_id != NULL && reading.options.layout == NULL) {
        stream_refuse(&reading.out, CTE_USAGE, NULL);
        return program_usage(&program, "there is no layout '%s' in %s/layouts", layout_id,
                             program.codetables);
    }
    const int status = read_sources(&reading, argv + first, count);
    stream_out_close(&reading.out);
    tables_free(&reading.tables);
    return error->status != CTE_OK ? program_fail(&program, error) : status;
}
