#include "pipeline/cte-run/run.h"

#include <libdeflate.h>
#include <libxml/parser.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "pipeline/shown.h"

/* The words of the summary, with the name of each field as an attribute. What is not here is not in the manifest. */
static const struct {
    const char *word, *element;
    const char *attributes[10];
} elements[] = {
    {"program", "program", {"name", "version"}},
    {"table", "table", {"program", "kind", "id", "version", "status", "sha256"}},
    {"kind", "kind", {"", "layout", "type", "form", "fields", ""}},
    {"note", "note", {"line", "text"}},
    {"changed", "changed", {"records", "field", "name", "before", "after", "crosswalk", "version", "row", "reason"}},
    {"found", "found", {"records", "rule", "severity", "field", "name", "message", "code"}},
    {"school", "school", {"type", "lea", "year", "school", "read", "written", "again"}},
    {"file", "file", {"holds", "name", "bytes", "records", "sha256"}},
};

static void put_attribute(struct output *output, const char *name, const char *value)
{
    output_text(output, " ");
    output_text(output, name);
    output_text(output, "=\"");
    char *shown = text_shown(value, strlen(value)); /* paths come here as they are shown; this is for words that hold others */
    output_xml(output, shown, strlen(shown));
    free(shown);
    output_text(output, "\"");
}

static void put_count(struct output *output, const char *name, unsigned long long count)
{
    char text[24];
    snprintf(text, sizeof text, "%llu", count);
    put_attribute(output, name, text);
}

/* Whether a file holds records of students, and so must be kept and sent as such; changes and findings name lines and codes only. */
static bool holds_records(const char *holds)
{
    return strcmp(holds, "changes") != 0 && strcmp(holds, "findings") != 0;
}

static void put_line(struct output *output, const struct summary_line *line)
{
    for (size_t e = 0; e < sizeof elements / sizeof *elements; e++) {
        if (strcmp(elements[e].word, line->word) != 0)
            continue;
        output_text(output, "    <");
        output_text(output, elements[e].element);
        for (size_t i = 0; i < line->count && i < 10 && elements[e].attributes[i] != NULL; i++) {
            /* The ID of decisions is their path. */
            char *shown = strcmp(elements[e].attributes[i], "id") == 0 ? path_shown(line->fields[i]) : NULL;
            if (elements[e].attributes[i][0] != '\0')
                put_attribute(output, elements[e].attributes[i], shown != NULL ? shown : line->fields[i]);
            free(shown);
        }
        if (strcmp(line->word, "file") == 0)
            put_attribute(output, "personal", holds_records(line->fields[0]) ? "yes" : "no");
        output_text(output, "/>\n");
    }
}

/* Counts of a stage stand in its line as name=number. */
static void put_stage(const struct run *run, struct output *output, const struct run_source *source, enum stage stage)
{
    output_text(output, "    <stage");
    put_attribute(output, "name", stage_names[stage]);
    for (size_t i = 0; i < source->line_count; i++) {
        const struct summary_line *line = &source->lines[i];
        if (strcmp(line->word, "counts") != 0 || strcmp(line->fields[0], stage_names[stage]) != 0)
            continue;
        for (size_t f = 1; f < line->count; f++) {
            char *equals = strchr(line->fields[f], '=');
            if (equals == NULL)
                continue;
            *equals = '\0';
            put_attribute(output, line->fields[f], equals + 1);
            *equals = '=';
        }
    }
    if (!run->fixed_clock) {
        char seconds[32];
        snprintf(seconds, sizeof seconds, "%.3f", source->seconds[stage]);
        put_attribute(output, "processor-seconds", seconds);
    }
    output_text(output, "/>\n");
}

/* A personal value could be found from the sum of a few by trying all that are possible. */
enum { FEW_RECORDS = 11 };

static unsigned long long records_of_type(const struct run_source *source, const char *type)
{
    unsigned long long records = 0;
    for (size_t i = 0; i < source->line_count; i++) {
        const struct summary_line *line = &source->lines[i];
        if (strcmp(line->word, "school") == 0 && strcmp(line->fields[0], type) == 0)
            records += strtoull(line->fields[4], NULL, 10);
    }
    return records;
}

/* What went into a stage and what came out of it: the next stage's sums are taken of what the one before handed over. */
static void put_field_sums(struct output *output, const struct run_source *source)
{
    static const struct {
        const char *name;
        enum sum_point point;
    } points[] = {{"read", SUM_READ}, {"recoded", SUM_RECODED}, {"validated", SUM_VALIDATED}, {"written", SUM_WRITTEN}};
    for (size_t i = 0; i < source->field_sum_count; i++) {
        const struct field_sum *sum = &source->field_sums[i];
        bool withheld = sum->is_personal && records_of_type(source, sum->type) < FEW_RECORDS;
        char text[24];
        output_text(output, "    <field");
        put_attribute(output, "type", sum->type);
        put_attribute(output, "number", sum->number);
        put_attribute(output, "changed", sum->at[SUM_MOVED] != 0 ? "yes" : "no");
        for (size_t p = 0; p < sizeof points / sizeof *points; p++) {
            snprintf(text, sizeof text, "%016llx", sum->at[points[p].point]);
            put_attribute(output, points[p].name, withheld ? "withheld" : text);
        }
        output_text(output, "/>\n");
    }
}

static void put_messages(struct output *output, const struct run_source *source)
{
    const char *at = source->messages, *end = at + source->message_length;
    while (at != NULL && at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline != NULL ? newline : end;
        output_text(output, "    <message>");
        output_xml(output, at, (size_t)(stop - at));
        output_text(output, "</message>\n");
        at = stop + 1;
    }
}

static void put_source(const struct run *run, struct output *output, const struct run_source *source)
{
    const struct summary_line *about = summary_find(source, "source"), *content = summary_find(source, "content");
    bool is_good = source->status <= CTE_SOME_LEFT;
    output_text(output, "  <source");
    put_attribute(output, "name", source->name);
    put_attribute(output, "file", source->shown);
    if (source->format != NULL)
        put_attribute(output, "input-format", source->format);
    put_attribute(output, "status", !is_good ? "refused" : source->incomplete || source->shrunk ? "incomplete" : "complete");
    put_count(output, "exit", (unsigned long long)source->status);
    if (is_good && about != NULL) {
        put_attribute(output, "format", about->fields[2]);
        put_attribute(output, "packing", about->fields[3]);
        put_attribute(output, "encoding", about->fields[4]);
    }
    if (is_good && content != NULL) {
        put_attribute(output, "bytes", content->fields[0]);
        put_attribute(output, "sha256", content->fields[1]);
    }
    output_text(output, ">\n");
    if (is_good) {
        output_text(output, "    <sums");
        put_count(output, "read", source->read);
        put_count(output, "written", source->written);
        put_count(output, "merged", source->merged);
        put_count(output, "rejected", source->rejected);
        put_count(output, "held", source->held);
        output_text(output, "/>\n");
        for (int stage = 0; stage < STAGES; stage++)
            put_stage(run, output, source, (enum stage)stage);
        put_field_sums(output, source);
        for (size_t i = 0; i < source->line_count; i++)
            put_line(output, &source->lines[i]);
    }
    put_messages(output, source);
    output_text(output, "  </source>\n");
}

static void put_option(struct output *output, const char *name, const char *value)
{
    if (value == NULL)
        return;
    output_text(output, "  <option");
    put_attribute(output, "name", name);
    put_attribute(output, "value", value);
    output_text(output, "/>\n");
}

/* The libraries that were at work, by what they say of themselves. */
static void put_libraries(struct output *output)
{
    char xml[32];
    snprintf(xml, sizeof xml, "%.5s", xmlParserVersion);
    const char *const libraries[][2] = {{"libxml2", xml},
                                        {"zlib", zlibVersion()},
                                        {"libzip", zip_libzip_version()},
                                        {"libdeflate", LIBDEFLATE_VERSION_STRING},
                                        {"libcrypto", OpenSSL_version(OPENSSL_VERSION_STRING)}};
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
        output_text(output, "  <library");
        put_attribute(output, "name", libraries[i][0]);
        put_attribute(output, "version", libraries[i][1]);
        output_text(output, "/>\n");
    }
}

static void put_shrunk(const struct run *run, struct output *output)
{
    for (size_t i = 0; i < run->shrunk_count; i++) {
        const struct shrunk *shrunk = &run->shrunk[i];
        output_text(output, "  <shrunk");
        put_attribute(output, "type", shrunk->type);
        put_attribute(output, "lea", shrunk->lea);
        put_attribute(output, "year", shrunk->year);
        put_count(output, "records", shrunk->now);
        put_count(output, "before", shrunk->before);
        put_attribute(output, "run", shrunk->run);
        put_attribute(output, "schools", shrunk->schools);
        if (shrunk->is_moved_on)
            put_attribute(output, "moved-on", "yes");
        output_text(output, "/>\n");
    }
}

static void put_overlaps(const struct run *run, struct output *output)
{
    for (size_t i = 0, end; i < run->overlap_count; i = end) {
        end = overlap_end(run, i);
        output_text(output, "  <overlap");
        put_attribute(output, "type", run->overlaps[i].type);
        put_attribute(output, "replaces", run->overlaps[i].values);
        output_text(output, ">\n");
        for (size_t o = i; o < end; o++) {
            output_text(output, "    <in");
            put_attribute(output, "source", run->sources[run->overlaps[o].source].name);
            put_count(output, "records", run->overlaps[o].records);
            output_text(output, "/>\n");
        }
        output_text(output, "  </overlap>\n");
    }
}

static void put_unused(const struct run *run, struct output *output)
{
    for (size_t i = 0; i < run->unused_count; i++) {
        output_text(output, "  <unused");
        put_attribute(output, "what", run->unused[i].what);
        put_attribute(output, "text", run->unused[i].text);
        output_text(output, "/>\n");
    }
}

int write_manifest(struct run *run, struct output *output)
{
    output_text(output, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<run");
    put_attribute(output, "id", run->id);
    put_attribute(output, "program", run->program->name);
    put_attribute(output, "version", CTE_VERSION);
    put_attribute(output, "started", run->started);
    put_count(output, "exit", (unsigned long long)run->status);
    if (run->beside) /* kept beside the current run, whose place it does not take */
        put_attribute(output, "beside", "yes");
    output_text(output, ">\n");
    put_libraries(output);
    for (size_t i = 0; i < run->crosswalks.count; i++)
        put_option(output, "crosswalk", run->crosswalks.texts[i]);
    put_option(output, "decisions", run->decisions_shown);
    for (size_t i = 0; i < run_option_count; i++)
        put_option(output, run_options[i].name, option_value(run, &run_options[i]));
    for (size_t i = 0; i < run->used_count; i++) {
        const struct used_table *used = &run->used[i];
        const char *const fields[] = {run->program->name, used->kind, used->id, used->version, used->status, used->sha256};
        const struct summary_line line = {.word = (char *)(uintptr_t) "table", .fields = (char **)(uintptr_t)fields, .count = 6};
        if (used->is_own)
            put_line(output, &line);
    }
    put_shrunk(run, output);
    put_overlaps(run, output);
    put_unused(run, output);
    for (size_t i = 0; i < run->source_count; i++)
        put_source(run, output, &run->sources[i]);
    output_text(output, "</run>\n");
    return CTE_OK;
}

int write_sums(struct run *run)
{
    struct output output;
    int status = output_open(&output, run->folder, "SHA256SUMS", false, &run->error);
    if (status != CTE_OK)
        return status;
    for (size_t s = 0; s < run->source_count; s++) {
        for (size_t i = 0; i < run->sources[s].line_count; i++) {
            const struct summary_line *line = &run->sources[s].lines[i];
            if (strcmp(line->word, "file") != 0)
                continue;
            output_text(&output, line->fields[4]);
            output_text(&output, "  ");
            output_text(&output, line->fields[1]);
            output_text(&output, "\n");
        }
    }
    for (size_t i = 0; i < run->kept_count; i++) {
        output_text(&output, run->kept[i].sha256);
        output_text(&output, "  ");
        output_text(&output, run->kept[i].name);
        output_text(&output, "\n");
    }
    if ((status = output_close(&output, &run->error)) == CTE_OK)
        status = output_publish(&output, &run->error);
    output_discard(&output);
    return status;
}

const char *const *manifest_attributes(const char *word)
{
    for (size_t e = 0; e < sizeof elements / sizeof *elements; e++) {
        if (strcmp(elements[e].word, word) == 0)
            return elements[e].attributes;
    }
    return NULL;
}
