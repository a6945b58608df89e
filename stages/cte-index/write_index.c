#include "stages/cte-index/write_index.h"

#include <inttypes.h>
#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "codetables/base/output.h"
#include "codetables/base/program.h"
#include "codetables/base/shown.h"
#include "pipeline/stream/escape.h"

/* The file of the index, with its sum. */
struct sink {
    struct output file;
    bool to_file;
    uint32_t crc;
    uint64_t lines;
    struct text line;
};

/* Writes the line, if anything is in it, and begins the next one. */
static void end_line(struct sink *sink)
{
    if (sink->line.length == 0)
        return;
    sink->crc = libdeflate_crc32(sink->crc, sink->line.bytes, sink->line.length);
    sink->lines++;
    text_add_byte(&sink->line, '\n');
    if (sink->to_file)
        output_put(&sink->file, sink->line.bytes, sink->line.length);
    else
        fwrite(sink->line.bytes, 1, sink->line.length, stdout);
    text_clear(&sink->line);
}

/* A field of a control line, escaped. */
static void put_field(struct sink *sink, const char *field)
{
    const size_t length = strlen(field);
    text_add_byte(&sink->line, '^');
    char *end = stream_escape(text_space(&sink->line, 2 * length), field, length);
    sink->line.length = (size_t)(end - sink->line.bytes);
}

static void put_count(struct sink *sink, uint64_t count)
{
    text_format(&sink->line, "^%" PRIu64, count);
}

static void put_path(struct sink *sink, const struct indexed_source *source)
{
    char *shown = path_shown(source->path); /* as cte-read names its source */
    put_field(sink, shown);
    free(shown);
}

static void put_tables(struct sink *sink, const struct all_facts *all)
{
    const struct table_identity *rules = &all->rules->identity;
    text_add(&sink->line, "%rules");
    put_field(sink, rules->id);
    put_field(sink, rules->version);
    put_field(sink, rules->sha256);
    end_line(sink);
    for (size_t i = 0; i < all->tables->used_count; i++) {
        const struct table_identity *table = all->tables->used[i];
        text_add(&sink->line, "%table");
        put_field(sink, table->kind);
        put_field(sink, table->id);
        put_field(sink, table->version);
        put_field(sink, table->status);
        put_field(sink, table->sha256);
        end_line(sink);
    }
}

static void put_cuts(struct sink *sink, struct spool *spool, const struct indexed_source *source)
{
    if (source->cuts == 0)
        return;
    struct cut *cuts = stored_cuts(spool, source);
    for (uint32_t i = 0; i < source->cuts; i++) {
        const struct cut *cut = &cuts[i];
        text_add(&sink->line, "%cut");
        put_path(sink, source);
        put_count(sink, cut->offset);
        put_count(sink, cut->lines);
        put_count(sink, cut->records);
        text_format(&sink->line, "^%016" PRIx64, cut->sum);
        put_field(sink, i + 1 == source->cuts ? source->sha256 : "");
        end_line(sink);
    }
    free(cuts);
}

/* The hash that tells the content of a source from others. */
static const char *content_hash(const struct indexed_source *source)
{
    return source->quick_hash[0] != '\0' ? source->quick_hash : source->sha256;
}

/* What several sources hold records for, although an upload of either takes the place of the other;
 * the sources are numbered from 1. */
static void put_uploads(struct sink *sink, const struct uploads *uploads)
{
    for (size_t i = 0; i < uploads->part_count; i++) {
        const struct upload_part *part = &uploads->parts[i];
        const struct upload *upload = &uploads->items[part->upload];
        if (upload->sources < 2)
            continue;
        char *text = cte_strdup(map_key(&uploads->texts, part->upload).at), *rest = text;
        text_add(&sink->line, "%scope");
        put_count(sink, part->upload);
        put_field(sink, strsep(&rest, "^"));
        struct text values = {0};
        for (uint32_t v = 0; rest != NULL; v++) {
            const char *value = strsep(&rest, "^");
            text_join(&values, " ", upload->hidden >> v & 1 ? "?" : value);
        }
        put_field(sink, text_string(&values));
        put_count(sink, part->source + 1);
        put_count(sink, part->records);
        put_field(sink, upload->may_refuse ? "F" : "W");
        end_line(sink);
        text_free(&values);
        free(text);
    }
}

static int compare_contents(const void *a, const void *b)
{
    const struct indexed_source *x = *(const struct indexed_source *const *)a,
                                *y = *(const struct indexed_source *const *)b;
    int order = strcmp(content_hash(x), content_hash(y));
    return order != 0 ? order : (x->number > y->number) - (x->number < y->number);
}

/* Sources of one content, the second and each further one with the first of them. */
static void put_same(struct sink *sink, const struct all_facts *all)
{
    const struct indexed_source **sources =
        cte_alloc((all->source_count + 1) * sizeof(struct indexed_source *));
    for (uint32_t i = 0; i < all->source_count; i++)
        sources[i] = &all->sources[i];
    qsort(sources, all->source_count, sizeof *sources, compare_contents);
    for (uint32_t i = 1, first = 0; i < all->source_count; i++) {
        if (content_hash(sources[i])[0] == '\0' ||
            strcmp(content_hash(sources[i]), content_hash(sources[first])) != 0) {
            first = i;
            continue;
        }
        text_add(&sink->line, "%same");
        put_count(sink, sources[first]->number + 1);
        put_count(sink, sources[i]->number + 1);
        end_line(sink);
    }
    free(sources);
}

/* How far the sets of all sources are written. */
struct progress {
    struct all_facts *all;
    struct stored_lines lines;
    struct fact_cursor findings, disagreeing, superseded, completed;
    /* runs ahead of `completed` by a source: members of a group have courses too */
    struct fact_cursor of_members;
    struct source_groups groups; /* of the source at hand */
    size_t grouped;              /* how many of their records are written */
};

/* The record of the next entry; UINT64_MAX where the source has no more. */
static uint64_t next_place(const struct progress *at, uint64_t end)
{
    const struct fact_cursor *const cursors[] = {&at->findings, &at->disagreeing, &at->superseded,
                                                 &at->completed};
    uint64_t least = UINT64_MAX;
    for (size_t i = 0; i < sizeof cursors / sizeof *cursors; i++) {
        if (cursors[i]->has_fact && cursors[i]->fact.key < least)
            least = cursors[i]->fact.key;
    }
    const struct groups *groups = &at->groups.groups;
    if (at->grouped < groups->record_count) {
        const uint64_t place =
            place_key(at->groups.source->number, groups->records[at->grouped].record);
        least = place < least ? place : least;
    }
    return least < end ? least : UINT64_MAX;
}

static void put_entries(struct sink *sink, struct progress *at, uint64_t place)
{
    struct all_facts *all = at->all;
    struct text *line = &sink->line;
    const uint32_t record = place_record(place);
    for (; is_at_key(&at->disagreeing, place); next_fact(&at->disagreeing), end_line(sink))
        put_disagreeing(line, all, &at->disagreeing.fact);
    for (; is_at_key(&at->superseded, place); next_fact(&at->superseded), end_line(sink))
        text_format(line, "A%" PRIu32, record);
    if (is_at_key(&at->completed, place)) {
        put_completed(line, all, &at->completed);
        end_line(sink);
    }
    for (; at->grouped < at->groups.groups.record_count &&
           at->groups.groups.records[at->grouped].record == record;
         at->grouped++, end_line(sink))
        put_group(line, all, &at->groups, at->grouped, &at->lines);
    for (; is_at_key(&at->findings, place); next_fact(&at->findings), end_line(sink))
        put_finding(line, all, &at->findings.fact, &at->lines);
}

/* A source, and what is known of its records. */
static void put_section(struct sink *sink, struct progress *at, uint32_t number)
{
    const struct indexed_source *source = &at->all->sources[number];
    text_add(&sink->line, "%file");
    put_path(sink, source);
    put_count(sink, source->bytes);
    put_field(sink, content_hash(source));
    end_line(sink);
    at->grouped = 0;
    read_groups(&at->groups, at->all->spool, source, &at->of_members);
    const uint64_t end = place_key(number + 1, 0);
    for (uint64_t place; (place = next_place(at, end)) != UINT64_MAX;)
        put_entries(sink, at, place);
    free_groups(&at->groups);
}

static void put_sections(struct sink *sink, struct all_facts *all)
{
    struct progress at = {.all = all, .lines = {.spool = all->spool}};
    open_cursor(&at.findings, &all->findings);
    open_cursor(&at.disagreeing, &all->disagreeing);
    open_cursor(&at.superseded, &all->superseded);
    open_cursor(&at.completed, &all->completed);
    open_cursor(&at.of_members, &all->completed);
    for (uint32_t i = 0; i < all->source_count; i++)
        put_section(sink, &at, i);
    close_cursor(&at.findings);
    close_cursor(&at.disagreeing);
    close_cursor(&at.superseded);
    close_cursor(&at.completed);
    close_cursor(&at.of_members);
}

static void put_index(struct sink *sink, struct all_facts *all)
{
    text_add(&sink->line, "%cte-index^1");
    end_line(sink);
    put_tables(sink, all);
    for (uint32_t i = 0; i < all->source_count; i++)
        put_cuts(sink, all->spool, &all->sources[i]);
    put_same(sink, all);
    put_uploads(sink, &all->uploads);
    put_sections(sink, all);
    text_format(&sink->line, "%%end^%" PRIu64 "^%08x", sink->lines, sink->crc);
    end_line(sink);
}

int write_index(struct all_facts *all, const char *path)
{
    struct sink sink = {.crc = libdeflate_crc32(0, NULL, 0), .to_file = path != NULL};
    if (path != NULL && output_open_path(&sink.file, path, all->error) != CTE_OK)
        return all->error->status;
    sort_facts(&all->completed);
    put_index(&sink, all);
    text_free(&sink.line);
    if (path == NULL)
        return program_close_output(all->error);
    if (output_close(&sink.file, all->error) == CTE_OK &&
        spool_check(all->spool, all->error) == CTE_OK)
        output_publish(&sink.file, all->error);
    output_discard(&sink.file);
    return all->error->status;
}
