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

static void put_path(struct sink *sink, const struct source_facts *facts)
{
    char *shown = path_shown(facts->path); /* as cte-read names its source */
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

static void put_cuts(struct sink *sink, const struct source_facts *facts)
{
    for (size_t i = 0; i < facts->cuts.count; i++) {
        const struct cut *cut = &facts->cuts.items[i];
        text_add(&sink->line, "%cut");
        put_path(sink, facts);
        put_count(sink, cut->offset);
        put_count(sink, cut->lines);
        put_count(sink, cut->records);
        text_format(&sink->line, "^%016" PRIx64, cut->sum);
        put_field(sink, i + 1 == facts->cuts.count ? facts->sha256 : "");
        end_line(sink);
    }
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
    const struct source_facts *x = *(const struct source_facts *const *)a,
                              *y = *(const struct source_facts *const *)b;
    int order = strcmp(x->sha256, y->sha256);
    return order != 0 ? order : (x->number > y->number) - (x->number < y->number);
}

/* Sources of one content, the second and each further one with the first of them. */
static void put_same(struct sink *sink, const struct all_facts *all)
{
    const struct source_facts **sources =
        cte_alloc((all->source_count + 1) * sizeof(struct source_facts *));
    for (uint32_t i = 0; i < all->source_count; i++)
        sources[i] = &all->sources[i];
    qsort(sources, all->source_count, sizeof *sources, compare_contents);
    for (uint32_t i = 1, first = 0; i < all->source_count; i++) {
        if (sources[i]->sha256[0] == '\0' ||
            strcmp(sources[i]->sha256, sources[first]->sha256) != 0) {
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

/* How far the lists of all sources are written. All are in the order of sources and records. */
struct progress {
    const struct all_facts *all;
    uint32_t source;
    size_t finding, disagreeing, superseded;
    size_t evidence, evidence_end; /* records of the join */
    size_t grouped;
};

#define NO_RECORD UINT64_MAX

/* The record of the next entry of each kind; NO_RECORD where the source has no more. */
static uint64_t next_finding(const struct progress *at)
{
    const struct findings *list = &at->all->findings;
    return at->finding < list->count && list->items[at->finding].source == at->source
               ? list->items[at->finding].record
               : NO_RECORD;
}

static uint64_t next_disagreeing(const struct progress *at)
{
    const struct disagreeing_list *list = &at->all->disagreeing;
    return at->disagreeing < list->count && list->items[at->disagreeing].source == at->source
               ? list->items[at->disagreeing].record
               : NO_RECORD;
}

static uint64_t next_superseded(const struct progress *at)
{
    const struct keys *list = &at->all->superseded;
    return at->superseded < list->count && list->items[at->superseded].more == at->source
               ? list->items[at->superseded].record
               : NO_RECORD;
}

static uint64_t next_evidence(const struct progress *at)
{
    return at->evidence < at->evidence_end
               ? at->all->of_joins[0].found.records.items[at->evidence].record
               : NO_RECORD;
}

static uint64_t next_grouped(const struct progress *at)
{
    const struct groups *groups = &at->all->sources[at->source].groups;
    return at->grouped < groups->record_count ? groups->records[at->grouped].record : NO_RECORD;
}

static uint64_t next_record(const struct progress *at)
{
    const uint64_t records[] = {next_finding(at), next_disagreeing(at), next_superseded(at),
                                next_evidence(at), next_grouped(at)};
    uint64_t least = NO_RECORD;
    for (size_t i = 0; i < sizeof records / sizeof *records; i++)
        least = records[i] < least ? records[i] : least;
    return least;
}

static void put_entries(struct sink *sink, struct progress *at, uint64_t record)
{
    const struct all_facts *all = at->all;
    struct text *line = &sink->line;
    for (; next_disagreeing(at) == record; end_line(sink))
        put_disagreeing(line, all, &all->disagreeing.items[at->disagreeing++]);
    for (; next_superseded(at) == record; end_line(sink), at->superseded++)
        text_format(line, "A%" PRIu64, record);
    for (; next_evidence(at) == record; end_line(sink), at->evidence++)
        put_completed(line, all, at->source, (uint32_t)record);
    for (; next_grouped(at) == record; end_line(sink))
        put_group(line, all, at->source, &all->sources[at->source].groups.records[at->grouped++]);
    for (; next_finding(at) == record; end_line(sink))
        put_finding(line, all, &all->findings.items[at->finding++]);
}

/* A source, and what is known of its records. */
static void put_section(struct sink *sink, struct progress *at)
{
    const struct all_facts *all = at->all;
    const struct source_facts *facts = &all->sources[at->source];
    text_add(&sink->line, "%file");
    put_path(sink, facts);
    put_count(sink, facts->bytes);
    put_field(sink, facts->sha256);
    end_line(sink);
    at->grouped = 0;
    at->evidence = at->evidence_end = 0;
    if (all->rules->join_count > 0 && all->of_joins[0].nodes.count > 0) {
        at->evidence = at->source > 0 ? all->of_joins[0].record_ends[at->source - 1] : 0;
        at->evidence_end = all->of_joins[0].record_ends[at->source];
    }
    for (uint64_t record; (record = next_record(at)) != NO_RECORD;)
        put_entries(sink, at, record);
}

static void put_index(struct sink *sink, const struct all_facts *all)
{
    text_add(&sink->line, "%cte-index^1");
    end_line(sink);
    put_tables(sink, all);
    for (uint32_t i = 0; i < all->source_count; i++)
        put_cuts(sink, &all->sources[i]);
    put_same(sink, all);
    put_uploads(sink, &all->uploads);
    struct progress at = {.all = all};
    for (; at.source < all->source_count; at.source++)
        put_section(sink, &at);
    text_format(&sink->line, "%%end^%" PRIu64 "^%08x", sink->lines, sink->crc);
    end_line(sink);
}

int write_index(const struct all_facts *all, const char *path)
{
    struct sink sink = {.crc = libdeflate_crc32(0, NULL, 0), .to_file = path != NULL};
    if (path != NULL && output_open_path(&sink.file, path, all->error) != CTE_OK)
        return all->error->status;
    put_index(&sink, all);
    text_free(&sink.line);
    if (path == NULL)
        return program_close_output(all->error);
    if (output_close(&sink.file, all->error) == CTE_OK)
        output_publish(&sink.file, all->error);
    output_discard(&sink.file);
    return all->error->status;
}
