/* cte-index - reads whole files first, for what one pass over each cannot know. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <libdeflate.h>
#include <unistd.h>

#include "codetables/base/file.h"
#include "codetables/base/output.h"
#include "codetables/base/program.h"
#include "codetables/base/shown.h"
#include "stages/cte-index/collect.h"
#include "codetables/base/memory.h"

static const char *out_path, *layout_id, *encoding, *list_path, *cut_text, *format, *max_unpacked;
static bool keep_going, with_formats;

/* The sources; the formats in which they are to be read, where the list tells them. */
static struct option_list names, formats;

static struct program_option options[] = {
    {"out", 'o', OPTION_TEXT, &out_path, "FILE",
     "write the index there (default: standard output)"},
    {"layout", 'l', OPTION_TEXT, &layout_id, "ID[@VERSION]",
     "read all records by this layout, not by their academic year"},
    {"encoding", 'e', OPTION_TEXT, &encoding, "NAME",
     "windows-1252: convert bytes that are not UTF-8"},
    {"files0-from", 0, OPTION_TEXT, &list_path, "FILE",
     "read the names of the sources from FILE, each ended by a NUL (-: standard input)"},
    {"with-formats", 0, OPTION_FLAG, &with_formats, NULL,
     "each name of the list is followed by the source's format (caret, csv, xml, or empty: by its "
     "name)"},
    {"format", 'f', OPTION_TEXT, &format, "FORMAT",
     "of all sources: caret, csv or xml (default: by the ending of each name)"},
    {"max-unpacked", 0, OPTION_TEXT, &max_unpacked, "BYTES",
     "what a packed source may unpack to, instead of the usual bounds (64 GiB; past 16 MiB 50 "
     "times its packed bytes, 250 times in XML)"},
    {"cut", 0, OPTION_TEXT, &cut_text, "BYTES",
     "note places, about BYTES apart, where plain sources may be cut"},
    {"keep-going", 'k', OPTION_FLAG, &keep_going, NULL,
     "leave out sources that are not what they should be"},
};

static struct program program = {
    .name = "cte-index",
    .synopsis = "[OPTION]... SOURCE...",
    .description = "Reads whole extracts of an LEA and year and writes an index for cte-recode and "
                   "cte-validate: keys that occur\n"
                   "twice, records that differ within their group, sections without students and "
                   "students without sections,\n"
                   "completers without their courses, and the courses that decide where a pathway "
                   "splits.",
    .exits = "0 done, 64 usage, 65 a source is not what it should be, 66 no such source, 74 read "
             "or write error, 78 code table",
    .options = options,
    .option_count = sizeof options / sizeof *options,
};

/* The index file, with its sum. */
struct sink {
    struct output file;
    bool to_file;
    uint32_t crc;
    uint64_t lines;
};

static void put_line(struct sink *sink, const char *line)
{
    size_t length = strlen(line);
    sink->crc = libdeflate_crc32(sink->crc, line, length);
    sink->lines++;
    if (sink->to_file) {
        output_put(&sink->file, line, length);
        output_put(&sink->file, "\n", 1);
    } else {
        puts(line);
    }
}

/* A control line of up to five fields, escaped. */
static void put_control(struct sink *sink, const char *word, const char *const *fields,
                        size_t count)
{
    char *line = cte_format("%%%s", word);
    for (size_t i = 0; i < count; i++) {
        char *escaped = cte_alloc(2 * strlen(fields[i]) + 1);
        *stream_escape(escaped, fields[i], strlen(fields[i])) = '\0';
        char *longer = cte_format("%s^%s", line, escaped);
        free(escaped);
        free(line);
        line = longer;
    }
    put_line(sink, line);
    free(line);
}

static char *group_text(const struct collecting *collecting, uint32_t file,
                        const struct group_line *line)
{
    if (line->count > INDEX_MAX_MEMBERS || line->unknown)
        return cte_format("G%u^!%u", line->line, line->count);
    char *text = cte_format("G%u", line->line);
    for (uint32_t m = 0; m < line->count; m++) {
        const struct group_member *member =
            &collecting->files[file].groups.members[line->first + m];
        const char *code = collecting->recoded_codes.items[member->code];
        char encoded[256] = "";
        size_t length = strlen(code);
        *index_encode(encoded, code, length < 60 ? length : 60) = '\0';
        char *evidence = evidence_text(collecting, file, member->line);
        char *longer =
            member->year >= 0
                ? cte_format("%s^%u/%u/%s/%04d-%04d/%s", text, member->line,
                             line_of(collecting, file, member->line), encoded, member->year,
                             member->year + 1, evidence != NULL ? evidence : "")
                : cte_format("%s^%u/%u/%s//%s", text, member->line,
                             line_of(collecting, file, member->line), encoded,
                             evidence != NULL ? evidence : "");
        free(evidence);
        free(text);
        text = longer;
    }
    return text;
}

static void put_section(struct sink *sink, struct collecting *collecting, uint32_t file,
                        size_t *finding, size_t *agree, size_t *again)
{
    const struct agreement *agreement = &collecting->agreement;
    struct file_entry *entry = &collecting->files[file];
    char bytes[24];
    snprintf(bytes, sizeof bytes, "%" PRIu64, entry->bytes);
    char *shown = path_shown(entry->path); /* as cte-read names its source */
    put_control(sink, "file", (const char *const[]){shown, bytes, entry->sha256}, 3);
    free(shown);
    const struct groups *groups = &entry->groups;
    /* Evidence is needed for each record of the join; records come in the order of lines, as
     * findings and groups do. */
    const struct join_data *join = collecting->rules->join_count > 0 ? &collecting->joins[0] : NULL;
    size_t evidence = join != NULL && file > 0 ? join->file_ends[file - 1] : 0, group = 0;
    size_t evidence_end = join != NULL && join->node_count > 0 ? join->file_ends[file] : evidence;
    for (;;) {
        uint32_t line = UINT32_MAX;
        bool has_finding =
            *finding < collecting->finding_count && collecting->findings[*finding].file == file;
        bool has_evidence = evidence < evidence_end;
        if (has_finding)
            line = collecting->findings[*finding].line;
        if (has_evidence && join->records[evidence].line < line)
            line = join->records[evidence].line;
        if (group < groups->line_count && groups->lines[group].line < line)
            line = groups->lines[group].line;
        bool has_agree = *agree < agreement->line_count && agreement->lines[*agree].file == file;
        if (has_agree && agreement->lines[*agree].line < line)
            line = agreement->lines[*agree].line;
        const struct keys *repeated = &collecting->uploads.again;
        bool has_again = *again < repeated->count && repeated->items[*again].more == file;
        if (has_again && repeated->items[*again].line < line)
            line = repeated->items[*again].line;
        if (!has_finding && !has_evidence && !has_agree && !has_again &&
            group == groups->line_count)
            break;
        for (; *agree < agreement->line_count && agreement->lines[*agree].file == file &&
               agreement->lines[*agree].line == line;
             (*agree)++) {
            char *text = agree_text(collecting, &agreement->lines[*agree]);
            put_line(sink, text);
            free(text);
        }
        if (has_again && repeated->items[*again].line == line) {
            char text[24];
            snprintf(text, sizeof text, "A%u", line);
            put_line(sink, text);
            (*again)++;
        }
        if (has_evidence && join->records[evidence].line == line) {
            char *text =
                join->records[evidence].first >= 0 ? evidence_text(collecting, file, line) : NULL;
            if (text != NULL) {
                char *full = cte_format("E%u^%s", line, text);
                put_line(sink, full);
                free(full);
                free(text);
            }
            evidence++;
        }
        if (group < groups->line_count && groups->lines[group].line == line) {
            char *text = group_text(collecting, file, &groups->lines[group++]);
            put_line(sink, text);
            free(text);
        }
        for (;
             *finding < collecting->finding_count && collecting->findings[*finding].file == file &&
             collecting->findings[*finding].line == line;
             (*finding)++) {
            const struct finding *found = &collecting->findings[*finding];
            char words[400] = "";
            if (found->other != 0)
                snprintf(words, sizeof words, "see line %u",
                         line_of(collecting, file, found->other));
            if (found->other_file != 0) {
                char *stem = source_stem(collecting->files[found->other_file - 1].path);
                snprintf(words, sizeof words, "also in %.300s", stem);
                free(stem);
            }
            char *text = cte_format("F%u^%u^%s", line, found->rule, words);
            put_line(sink, text);
            free(text);
        }
    }
}

static void put_cuts(struct sink *sink, const struct file_entry *entry)
{
    char *shown = path_shown(entry->path);
    for (size_t i = 0; i < entry->cut_count; i++) {
        const struct cut *cut = &entry->cuts[i];
        char numbers[4][24];
        snprintf(numbers[0], sizeof numbers[0], "%" PRIu64, cut->offset);
        snprintf(numbers[1], sizeof numbers[1], "%" PRIu64, cut->lines);
        snprintf(numbers[2], sizeof numbers[2], "%" PRIu64, cut->records);
        snprintf(numbers[3], sizeof numbers[3], "%016" PRIx64, cut->sum);
        put_control(sink, "cut",
                    (const char *const[]){shown, numbers[0], numbers[1], numbers[2], numbers[3],
                                          i + 1 == entry->cut_count ? entry->sha256 : ""},
                    6);
    }
    free(shown);
}

/* What several files hold records for, although an upload of either takes the place of the other;
 * the files are numbered from 1. */
static void put_uploads(struct sink *sink, const struct uploads *uploads)
{
    for (uint32_t i = 0; i < uploads->part_count; i++) {
        const struct upload_part *part = &uploads->parts[i];
        const struct upload_place *place = &uploads->places[part->upload];
        char *text = cte_strdup(uploads->texts.items[part->upload]), *rest = text, numbers[3][24];
        if (place->files > 1) {
            const char *type = strsep(&rest, "^");
            char *values = cte_strdup("");
            for (uint32_t v = 0; rest != NULL; v++) {
                const char *value = strsep(&rest, "^");
                char *longer = cte_format("%s%s%s", values, v > 0 ? " " : "",
                                          place->hidden >> v & 1 ? "?" : value);
                free(values);
                values = longer;
            }
            snprintf(numbers[0], sizeof numbers[0], "%u", part->upload);
            snprintf(numbers[1], sizeof numbers[1], "%u", part->file + 1);
            snprintf(numbers[2], sizeof numbers[2], "%" PRIu64, part->records);
            put_control(sink, "scope",
                        (const char *const[]){numbers[0], type, values, numbers[1], numbers[2],
                                              place->may_refuse ? "F" : "W"},
                        6);
            free(values);
        }
        free(text);
    }
}

static int compare_contents(const void *a, const void *b)
{
    const struct file_entry *x = *(const struct file_entry *const *)a,
                            *y = *(const struct file_entry *const *)b;
    int order = strcmp(x->sha256, y->sha256);
    return order != 0 ? order : (x > y) - (x < y);
}

/* Files of one content, the second and each further one with the first of them. */
static void put_same(struct sink *sink, const struct collecting *collecting)
{
    const struct file_entry **files =
        cte_alloc((collecting->file_count + 1) * sizeof(struct file_entry *));
    for (uint32_t i = 0; i < collecting->file_count; i++)
        files[i] = &collecting->files[i];
    qsort(files, collecting->file_count, sizeof *files, compare_contents);
    for (uint32_t i = 1, first = 0; i < collecting->file_count; i++) {
        char numbers[2][24];
        if (files[i]->sha256[0] == '\0' || strcmp(files[i]->sha256, files[first]->sha256) != 0) {
            first = i;
            continue;
        }
        snprintf(numbers[0], sizeof numbers[0], "%td", files[first] - collecting->files + 1);
        snprintf(numbers[1], sizeof numbers[1], "%td", files[i] - collecting->files + 1);
        put_control(sink, "same", (const char *const[]){numbers[0], numbers[1]}, 2);
    }
    free(files);
}

static int write_index(struct collecting *collecting)
{
    struct sink sink = {.crc = libdeflate_crc32(0, NULL, 0)};
    struct cte_error *error = &collecting->error;
    if (out_path != NULL) {
        if (output_open_path(&sink.file, out_path, error) != CTE_OK)
            return error->status;
        sink.to_file = true;
    }
    const struct table_identity *rules = &collecting->rules->identity;
    put_control(&sink, "cte-index", (const char *const[]){"1"}, 1);
    put_control(&sink, "rules", (const char *const[]){rules->id, rules->version, rules->sha256}, 3);
    for (size_t i = 0; i < collecting->tables.used_count; i++) {
        const struct table_identity *table = collecting->tables.used[i];
        put_control(&sink, "table",
                    (const char *const[]){table->kind, table->id, table->version, table->status,
                                          table->sha256},
                    5);
    }
    for (uint32_t file = 0; file < collecting->file_count; file++)
        put_cuts(&sink, &collecting->files[file]);
    put_same(&sink, collecting);
    put_uploads(&sink, &collecting->uploads);
    size_t finding = 0, agree = 0, again = 0;
    for (uint32_t file = 0; file < collecting->file_count; file++)
        put_section(&sink, collecting, file, &finding, &agree, &again);
    char count[24], crc[16];
    snprintf(count, sizeof count, "%" PRIu64, sink.lines);
    snprintf(crc, sizeof crc, "%08x", sink.crc);
    put_control(&sink, "end", (const char *const[]){count, crc}, 2);
    if (sink.to_file) {
        if (output_close(&sink.file, error) == CTE_OK)
            output_publish(&sink.file, error);
        output_discard(&sink.file);
        return error->status;
    }
    return program_close_output(error);
}

/* The names of the sources: from the command line, or from a list where they are many; and there,
 * with their formats. */
static int take_names(char **operands, size_t count, struct cte_error *error)
{
    for (size_t i = 0; i < count; i++)
        option_list_add(&names, operands[i]);
    if (list_path == NULL)
        return CTE_OK;
    FILE *file = strcmp(list_path, "-") == 0 ? stdin : file_stream(list_path);
    if (file == NULL)
        return file_fail(list_path, "cannot open it", CTE_NO_INPUT, error);
    char *name = NULL;
    size_t room = 0;
    for (ssize_t length; (length = getdelim(&name, &room, '\0', file)) > 0;) {
        const bool is_format = with_formats && names.count > formats.count;
        option_list_add(is_format ? &formats : &names, cte_strdup(name));
    }
    free(name);
    bool good = ferror(file) == 0;
    if (file != stdin)
        fclose(file);
    if (with_formats && formats.count != names.count)
        return cte_fail(error, CTE_BAD_INPUT,
                        "%s: the list of sources ends with a name without its format", list_path);
    return good ? CTE_OK
                : cte_fail(error, CTE_IO, "%s: cannot read it: %s", list_path, strerror(errno));
}

static bool is_format(const char *text)
{
    return strcmp(text, "caret") == 0 || strcmp(text, "csv") == 0 || strcmp(text, "xml") == 0;
}

/* What is left to open: the sources, also where their names are links, and the folder of the index.
 */
static void confine(void)
{
    struct arena memory = {0};
    const char **read = arena_alloc(&memory, (2 * names.count + 1) * sizeof *read);
    for (size_t i = 0; i < names.count; i++) {
        read[2 * i] = names.texts[i];
        read[2 * i + 1] = path_folder(&memory, names.texts[i]);
    }
    read[2 * names.count] = NULL;
    const char *const write[] = {out_path != NULL ? path_folder(&memory, out_path) : NULL, NULL};
    program_confine(&program, read, out_path != NULL ? write : NULL);
    arena_free(&memory);
}

int main(int argc, char **argv)
{
    int first;
    program_start(&program, argc, argv, &first);
    if (list_path != NULL && first < argc)
        return program_usage(&program,
                             "sources stand in the list or on the command line, not in both");
    if (encoding != NULL && strcmp(encoding, "windows-1252") != 0 && strcmp(encoding, "utf-8") != 0)
        return program_usage(&program, "unknown encoding '%s': utf-8 or windows-1252", encoding);
    if (format != NULL && !is_format(format))
        return program_usage(&program, "unknown format '%s': caret, csv or xml", format);
    static struct collecting collecting;
    struct cte_error *error = &collecting.error;
    uint64_t cut_bytes = cut_text != NULL ? strtoull(cut_text, NULL, 10) : 0;
    if (cut_text != NULL && cut_bytes == 0)
        return program_usage(&program, "--cut takes a number of bytes");
    if (take_names(argv + first, (size_t)(argc - first), error) != CTE_OK)
        return program_fail(&program, error);
    if (names.count == 0)
        return program_usage(&program, "no source named");
    if (tables_open(&collecting.tables, program.codetables, error) != CTE_OK ||
        tables_rules(&collecting.tables, &collecting.rules, error) != CTE_OK)
        return program_fail(&program, error);
    struct reader_options reader_options = {.windows_1252 = encoding != NULL &&
                                                            strcmp(encoding, "windows-1252") == 0};
    if (max_unpacked != NULL && !take_byte_bound(max_unpacked, &reader_options.max_unpacked))
        return program_usage(&program, "--max-unpacked takes a number of bytes, not '%s'",
                             max_unpacked);
    if (layout_id != NULL)
        reader_options.layout = tables_layout(&collecting.tables, layout_id, error);
    if (error->status != CTE_OK)
        return program_fail(&program, error);
    if (layout_id != NULL && reader_options.layout == NULL)
        return program_usage(&program, "there is no layout '%s' in %s/layouts", layout_id,
                             program.codetables);
    confine();
    collecting.data = cte_zalloc(collecting.rules->rule_count, sizeof *collecting.data);
    collecting.joins = cte_zalloc(collecting.rules->join_count + 1, sizeof *collecting.joins);
    collecting.files = cte_zalloc(names.count, sizeof *collecting.files);
    for (size_t i = 0; i < names.count; i++) {
        collecting.file = collecting.file_count++;
        reader_options.format =
            formats.count > 0 && formats.texts[i][0] != '\0' ? formats.texts[i] : format;
        int status = collect_source(&collecting, names.texts[i], &reader_options, cut_bytes);
        if (status != CTE_OK && (!keep_going || !may_leave_out(status)))
            return program_fail(&program, error);
        if (status != CTE_OK)
            *error = (struct cte_error){
                /* the chain tells what is wrong with it; here it only has no part in the joins */
                0};
        judge_file(&collecting);
    }
    judge_all(&collecting);
    if (collect_again(&collecting, &reader_options, keep_going) != CTE_OK)
        return program_fail(&program, error);
    follow_joins(&collecting);
    find_disagreeing(&collecting);
    if (error->status != CTE_OK || write_index(&collecting) != CTE_OK)
        return program_fail(&program, error);
    return CTE_OK;
}
