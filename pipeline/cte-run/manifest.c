#include "pipeline/cte-run/made.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/shown.h"

/* The words of the summary, with the name of each field as an attribute. What is not here is not in
 * the manifest. */
static const struct {
    const char *word, *element;
    const char *attributes[10];
} elements[] = {
    {"program", "program", {"name", "version"}},
    {"table", "table", {"program", "kind", "id", "version", "status", "sha256"}},
    {"kind", "kind", {"", "layout", "type", "form", "fields", ""}},
    {"note", "note", {"line", "text"}},
    {"changed",
     "changed",
     {"records", "field", "name", "before", "after", "crosswalk", "version", "row", "reason"}},
    {"found", "found", {"records", "rule", "severity", "field", "name", "message", "code"}},
    {"school", "school", {"type", "lea", "year", "school", "read", "written", "again"}},
    {"file", "file", {"holds", "name", "bytes", "records", "sha256"}},
};

/* Paths come here as they are shown; this is for words that hold others. */
static void put_attribute(struct xml_out *xml, const char *name, const char *value)
{
    char *shown = text_shown(value, strlen(value));
    xml_attribute(xml, name, shown);
    free(shown);
}

/* Whether a file holds records of students, and so must be kept and sent as such; changes and
 * findings name lines and codes only. */
static bool holds_records(const char *holds)
{
    return strcmp(holds, "changes") != 0 && strcmp(holds, "findings") != 0;
}

static void put_line(struct xml_out *xml, const struct summary_line *line)
{
    for (size_t e = 0; e < sizeof elements / sizeof *elements; e++) {
        if (strcmp(elements[e].word, line->word) != 0)
            continue;
        xml_open(xml, elements[e].element);
        for (size_t i = 0; i < line->count && i < 10 && elements[e].attributes[i] != NULL; i++) {
            /* The ID of decisions is their path. */
            char *shown =
                strcmp(elements[e].attributes[i], "id") == 0 ? path_shown(line->fields[i]) : NULL;
            if (elements[e].attributes[i][0] != '\0')
                put_attribute(xml, elements[e].attributes[i],
                              shown != NULL ? shown : line->fields[i]);
            free(shown);
        }
        if (strcmp(line->word, "file") == 0)
            put_attribute(xml, "personal", holds_records(line->fields[0]) ? "yes" : "no");
        xml_close(xml);
    }
}

/* Counts of a stage stand in its line as name=number. */
static void put_stage(const struct run *run, struct xml_out *xml, const struct run_source *source,
                      enum stage stage)
{
    xml_open(xml, "stage");
    put_attribute(xml, "name", stage_names[stage]);
    for (size_t i = 0; i < source->line_count; i++) {
        const struct summary_line *line = &source->lines[i];
        if (strcmp(line->word, "counts") != 0 || strcmp(line->fields[0], stage_names[stage]) != 0)
            continue;
        for (size_t f = 1; f < line->count; f++) {
            char *equals = strchr(line->fields[f], '=');
            if (equals == NULL)
                continue;
            *equals = '\0';
            put_attribute(xml, line->fields[f], equals + 1);
            *equals = '=';
        }
    }
    if (!run->fixed_clock) {
        char seconds[32];
        snprintf(seconds, sizeof seconds, "%.3f", source->seconds[stage]);
        put_attribute(xml, "processor-seconds", seconds);
    }
    xml_close(xml);
}

/* What went into a stage and what came out of it: the next stage's sums are taken of what the one
 * before handed over. The sum of a personal field is a checksum of students: one could be found by
 * trying values, the more so between two runs that differ by her. So of these only stands that they
 * agree; a run in which they do not is never published. */
static void put_field_sums(struct xml_out *xml, const struct run_source *source)
{
    static const struct {
        const char *name;
        enum sum_point point;
    } points[] = {{"read", SUM_READ},
                  {"recoded", SUM_RECODED},
                  {"validated", SUM_VALIDATED},
                  {"written", SUM_WRITTEN}};
    for (size_t i = 0; i < source->field_sum_count; i++) {
        const struct field_sum *sum = &source->field_sums[i];
        char text[24];
        xml_open(xml, "field");
        put_attribute(xml, "type", sum->type);
        put_attribute(xml, "number", sum->number);
        put_attribute(xml, "changed", sum->at[SUM_MOVED] != 0 ? "yes" : "no");
        if (sum->is_personal)
            put_attribute(xml, "personal", "yes");
        for (size_t p = 0; p < sizeof points / sizeof *points && !sum->is_personal; p++) {
            snprintf(text, sizeof text, "%016llx", sum->at[points[p].point]);
            put_attribute(xml, points[p].name, text);
        }
        xml_close(xml);
    }
}

static void put_messages(struct xml_out *xml, const struct run_source *source)
{
    if (source->messages == NULL)
        return;
    const char *at = source->messages, *end = at + source->message_length;
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline != NULL ? newline : end;
        char *line = text_shown(at, (size_t)(stop - at));
        xml_open(xml, "message");
        xml_text(xml, line);
        xml_close(xml);
        free(line);
        at = stop + 1;
    }
}

static void put_source(const struct run *run, struct xml_out *xml, const struct run_source *source)
{
    const struct summary_line *about = summary_find(source, "source"),
                              *content = summary_find(source, "content");
    bool is_good = source->status <= CTE_SOME_LEFT;
    xml_open(xml, "source");
    put_attribute(xml, "name", source->name);
    put_attribute(xml, "file", source->shown);
    if (source->format != NULL)
        put_attribute(xml, "input-format", source->format);
    put_attribute(xml, "status",
                  !is_good                               ? "refused"
                  : source->incomplete || source->shrunk ? "incomplete"
                                                         : "complete");
    xml_count(xml, "exit", (unsigned long long)source->status);
    if (is_good && about != NULL) {
        put_attribute(xml, "format", about->fields[2]);
        put_attribute(xml, "packing", about->fields[3]);
        put_attribute(xml, "encoding", about->fields[4]);
    }
    if (is_good && content != NULL) {
        put_attribute(xml, "bytes", content->fields[0]);
        put_attribute(xml, "sha256", content->fields[1]);
    }
    if (is_good) {
        xml_open(xml, "sums");
        xml_count(xml, "read", source->read);
        xml_count(xml, "written", source->written);
        xml_count(xml, "merged", source->merged);
        xml_count(xml, "rejected", source->rejected);
        xml_count(xml, "held", source->held);
        xml_close(xml);
        for (int stage = 0; stage < STAGES; stage++)
            put_stage(run, xml, source, (enum stage)stage);
        put_field_sums(xml, source);
        for (size_t i = 0; i < source->line_count; i++)
            put_line(xml, &source->lines[i]);
    }
    put_messages(xml, source);
    xml_close(xml);
}

static void put_option(struct xml_out *xml, const struct policy_option *option, const char *value)
{
    const bool is_path = option->kind == POLICY_PATH || option->kind == POLICY_FILE;
    char *shown = is_path ? path_shown(value) : text_shown(value, strlen(value));
    xml_open(xml, "option");
    xml_attribute(xml, "name", option->name);
    xml_attribute(xml, "value", shown);
    xml_close(xml);
    free(shown);
}

static void put_options(struct xml_out *xml, const struct policy *policy)
{
    const struct policy_option *option;
    for (unsigned place = 1; (option = policy_at_place(place)) != NULL; place++) {
        const char *value;
        for (size_t n = 0; (value = policy_value(policy, option, n)) != NULL; n++)
            put_option(xml, option, value);
    }
}

static void put_shrunk(const struct run *run, struct xml_out *xml)
{
    for (size_t i = 0; i < run->shrunk_count; i++) {
        const struct shrunk *shrunk = &run->shrunk[i];
        xml_open(xml, "shrunk");
        put_attribute(xml, "type", shrunk->type);
        put_attribute(xml, "lea", shrunk->lea);
        put_attribute(xml, "year", shrunk->year);
        xml_count(xml, "records", shrunk->now);
        xml_count(xml, "before", shrunk->before);
        put_attribute(xml, "run", shrunk->run);
        put_attribute(xml, "schools", shrunk->schools);
        if (shrunk->is_moved_on)
            put_attribute(xml, "moved-on", "yes");
        xml_close(xml);
    }
}

static void put_overlaps(const struct run *run, struct xml_out *xml)
{
    for (size_t i = 0, end; i < run->overlap_count; i = end) {
        end = overlap_end(run, i);
        xml_open(xml, "overlap");
        put_attribute(xml, "type", run->overlaps[i].type);
        put_attribute(xml, "replaces", run->overlaps[i].values);
        for (size_t o = i; o < end; o++) {
            xml_open(xml, "in");
            put_attribute(xml, "source", run->sources[run->overlaps[o].source].name);
            xml_count(xml, "records", run->overlaps[o].records);
            xml_close(xml);
        }
        xml_close(xml);
    }
}

static void put_unused(const struct run *run, struct xml_out *xml)
{
    for (size_t i = 0; i < run->unused_count; i++) {
        xml_open(xml, "unused");
        put_attribute(xml, "what", run->unused[i].what);
        put_attribute(xml, "text", run->unused[i].text);
        xml_close(xml);
    }
}

/* The run that was put in place before this one, the record of removed runs, and the run that is
 * repeated; history.c says why. */
static void put_before(const struct before *before, struct xml_out *xml)
{
    const struct {
        const char *element, *id, *sha256, *started;
    } runs[] = {{"before", before->id, before->sha256, NULL},
                {"repeats", before->repeats_id, before->repeats_sha256, before->repeats_started}};
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        if (runs[i].id == NULL)
            continue;
        xml_open(xml, runs[i].element);
        put_attribute(xml, "run", runs[i].id);
        put_attribute(xml, "sha256", runs[i].sha256);
        if (runs[i].started != NULL)
            put_attribute(xml, "started", runs[i].started);
        xml_close(xml);
    }
    if (before->pruned == 0)
        return;
    xml_open(xml, "pruned");
    xml_count(xml, "runs", before->pruned);
    put_attribute(xml, "sha256", before->pruned_sha256);
    xml_close(xml);
}

int write_manifest(struct run *run, struct output *output)
{
    struct xml_out document, *xml = &document;
    xml_begin(xml, output);
    xml_open(xml, "run");
    put_attribute(xml, "id", run->id);
    put_attribute(xml, "program", run->program->name);
    put_attribute(xml, "version", CTE_VERSION);
    put_attribute(xml, "started", run->started);
    xml_count(xml, "exit", (unsigned long long)run->status);
    if (run->beside) /* kept beside the current run, whose place it does not take */
        put_attribute(xml, "beside", "yes");
    put_before(run->before, xml);
    put_options(xml, &run->policy);
    for (size_t i = 0; i < run->used_count; i++) {
        const struct used_table *used = &run->used[i];
        const char *const fields[] = {run->program->name, used->kind,   used->id,
                                      used->version,      used->status, used->sha256};
        const struct summary_line line = {
            .word = (char *)(uintptr_t) "table", .fields = (char **)(uintptr_t)fields, .count = 6};
        if (used->is_own)
            put_line(xml, &line);
    }
    put_shrunk(run, xml);
    put_overlaps(run, xml);
    put_unused(run, xml);
    for (size_t i = 0; i < run->source_count; i++)
        put_source(run, xml, &run->sources[i]);
    put_made(run, xml);
    return xml_end(xml, &run->error);
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
