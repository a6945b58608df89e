/* cte-index - reads whole files first, for what one pass over each cannot know.
 *
 *   plan_tasks, collect, uploads    one pass over a source: source_facts.h
 *   judge_source                    what follows for the rules within it
 *   read_sources                    all of them, side by side
 *   merge                           what is known of all sources together: all_facts.h
 *   existence, courses, agree       what follows for the rules across them
 *   superseded                      a second pass, where an upload replaces another
 *   completed, entries, write_index the index file
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/file.h"
#include "codetables/base/memory.h"
#include "codetables/base/number.h"
#include "codetables/base/output.h"
#include "codetables/base/program.h"
#include "stages/cte-index/read_sources.h"
#include "stages/cte-index/superseded.h"
#include "stages/cte-index/write_index.h"

static const char *out_path, *layout_id, *encoding, *list_path, *cut_text, *format, *max_unpacked;
static bool keep_going, with_formats, quick_hash;

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
     "of all sources: " SOURCE_FORMATS " (default: by the ending of each name)"},
    {"max-unpacked", 0, OPTION_TEXT, &max_unpacked, "BYTES",
     "what a packed source may unpack to, instead of the usual bounds (64 GiB; past 16 MiB 50 "
     "times its packed bytes, 250 times in XML and .xlsx)"},
    {"cut", 0, OPTION_TEXT, &cut_text, "BYTES",
     "note places, about BYTES apart, where plain sources may be cut"},
    {"quick-hash", 0, OPTION_FLAG, &quick_hash, NULL,
     "tell sources from others by a hash that is quickly made; cte-read has to be told the same"},
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

/* The sources, and the formats in which they are to be read, where a list tells them. */
struct named_sources {
    struct option_list names, formats;
    struct arena texts; /* of a list */
};

/* The names of the sources: from the command line, or from a list where they are many; and there,
 * with their formats. */
static int take_names(char **operands, size_t count, struct named_sources *named,
                      struct cte_error *error)
{
    for (size_t i = 0; i < count; i++)
        option_list_add(&named->names, operands[i]);
    if (list_path == NULL)
        return CTE_OK;
    FILE *file = strcmp(list_path, "-") == 0 ? stdin : file_stream(list_path);
    if (file == NULL)
        return file_fail(list_path, "cannot open it", CTE_NO_INPUT, error);
    char *name = NULL;
    size_t room = 0;
    for (ssize_t length; (length = getdelim(&name, &room, '\0', file)) > 0;) {
        const bool is_format = with_formats && named->names.count > named->formats.count;
        option_list_add(is_format ? &named->formats : &named->names,
                        arena_string(&named->texts, name));
    }
    free(name);
    const bool good = ferror(file) == 0;
    const int why = errno;
    if (file != stdin)
        fclose(file);
    if (!good)
        return cte_fail(error, CTE_IO, "%s: cannot read it: %s", list_path, strerror(why));
    if (with_formats && named->formats.count != named->names.count)
        return cte_fail(error, CTE_BAD_INPUT,
                        "%s: the list of sources ends with a name without its format", list_path);
    for (size_t i = 0; i < named->formats.count; i++) {
        const char *given = named->formats.texts[i];
        if (given[0] != '\0' && !is_source_format(given))
            return cte_fail(error, CTE_BAD_INPUT,
                            "%s: the list of sources gives the format '%s': " SOURCE_FORMATS,
                            list_path, given);
    }
    return CTE_OK;
}

static void free_names(struct named_sources *named)
{
    option_list_free(&named->names);
    option_list_free(&named->formats);
    arena_free(&named->texts);
}

/* What is left to open: the sources, also where their names are links, and the folder of the index.
 */
static void confine(const struct option_list *names)
{
    struct arena memory = {0};
    const char **read = arena_alloc(&memory, (2 * names->count + 1) * sizeof *read);
    for (size_t i = 0; i < names->count; i++) {
        read[2 * i] = names->texts[i];
        read[2 * i + 1] = path_folder(&memory, names->texts[i]);
    }
    read[2 * names->count] = NULL;
    const char *const write[] = {out_path != NULL ? path_folder(&memory, out_path) : NULL, NULL};
    program_confine(&program, read, out_path != NULL ? write : NULL);
    arena_free(&memory);
}

/* The options of the collector; what they name is in the tables. */
static int take_options(struct collector *collector)
{
    struct reader_options *reading = &collector->reading;
    /* of a source that is cut, no part could tell the SHA-256 */
    collector->hashes = quick_hash && collector->cut_bytes > 0 ? SOURCE_QUICK_HASH | SOURCE_SHA256
                        : quick_hash                           ? SOURCE_QUICK_HASH
                                                               : SOURCE_SHA256;
    reading->windows_1252 = encoding != NULL && strcmp(encoding, "windows-1252") == 0;
    if (max_unpacked != NULL && !read_positive(max_unpacked, &reading->max_unpacked))
        return program_usage(&program, "--max-unpacked takes a number of bytes, not '%s'",
                             max_unpacked);
    if (layout_id != NULL)
        reading->layout = tables_layout(collector->tables, layout_id, collector->error);
    if (collector->error->status != CTE_OK)
        return program_fail(&program, collector->error);
    if (layout_id != NULL && reading->layout == NULL)
        return program_usage(&program, "there is no layout '%s' in %s/layouts", layout_id,
                             program.codetables);
    return CTE_OK;
}

/* Reads all sources, and finds what follows from them together. */
static int make_index(struct collector *collector, struct all_facts *all)
{
    int status = read_sources(all, collector, keep_going);
    if (status != CTE_OK)
        return status;
    judge_existence(all);
    status = find_superseded(all, collector, keep_going);
    if (status != CTE_OK || spool_check(all->spool, all->error) != CTE_OK)
        return all->error->status;
    follow_joins(all);
    if (spool_check(all->spool, all->error) != CTE_OK)
        return all->error->status;
    find_disagreeing(all);
    return spool_check(all->spool, all->error);
}

/* The sources, as they are named. To be freed. */
static struct indexed_source *list_sources(const struct named_sources *named)
{
    struct indexed_source *sources = cte_zalloc(named->names.count, sizeof *sources);
    for (size_t i = 0; i < named->names.count; i++) {
        const bool has_format = named->formats.count > 0 && named->formats.texts[i][0] != '\0';
        sources[i] =
            (struct indexed_source){.number = (uint32_t)i,
                                    .path = named->names.texts[i],
                                    .format = has_format ? named->formats.texts[i] : format};
    }
    return sources;
}

/* Everything, from the tables to the index. Tells what is wrong. */
static int index_sources(struct collector *collector, const struct named_sources *named)
{
    struct cte_error *error = collector->error;
    if (tables_open(collector->tables, program.codetables, error) != CTE_OK ||
        tables_rules(collector->tables, &collector->rules, error) != CTE_OK)
        return program_fail(&program, error);
    const int status = take_options(collector);
    if (status != CTE_OK)
        return status;
    confine(&named->names);
    struct arena folder = {0};
    struct spool spool;
    open_spool(&spool, out_path != NULL ? path_folder(&folder, out_path) : NULL);
    struct all_facts all = {.tables = collector->tables,
                            .rules = collector->rules,
                            .sources = list_sources(named),
                            .source_count = (uint32_t)named->names.count,
                            .spool = &spool,
                            .error = error};
    open_all_facts(&all);
    if (make_index(collector, &all) == CTE_OK)
        write_index(&all, out_path);
    close_all_facts(&all);
    close_spool(&spool);
    arena_free(&folder);
    free(all.sources);
    return error->status == CTE_OK ? CTE_OK : program_fail(&program, error);
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
    if (format != NULL && !is_source_format(format))
        return program_usage(&program, "unknown format '%s': " SOURCE_FORMATS, format);
    struct cte_error error = {0};
    struct tables tables = {0};
    struct collector collector = {.tables = &tables, .error = &error};
    if (cut_text != NULL && !read_positive(cut_text, &collector.cut_bytes))
        return program_usage(&program, "--cut takes a number of bytes");
    struct named_sources named = {.texts = {NULL}};
    int status;
    if (take_names(argv + first, (size_t)(argc - first), &named, &error) != CTE_OK)
        status = program_fail(&program, &error);
    else if (named.names.count == 0)
        status = program_usage(&program, "no source named");
    else
        status = index_sources(&collector, &named);
    free_collector(&collector);
    tables_free(&tables);
    free_names(&named);
    return status;
}
