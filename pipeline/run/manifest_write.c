#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/shown.h"
#include "pipeline/run/manifest_elements.h"

static void put_columns(struct xml_out *xml, const struct element *element, const void *item)
{
    for (size_t i = 0; i < element->count; i++) {
        const struct column *column = &element->columns[i];
        const void *at = (const char *)item + column->offset;
        if (column->is_wire_only || is_left_out(column, item))
            continue;
        switch (column->type) {
        case COLUMN_TEXT: xml_shown(xml, column->name, *(const char *const *)at); break;
        case COLUMN_PATH: xml_shown_path(xml, column->name, *(const char *const *)at); break;
        case COLUMN_NUMBER: xml_count(xml, column->name, *(const uint64_t *)at); break;
        case COLUMN_YES: xml_attribute(xml, column->name, *(const bool *)at ? "yes" : "no"); break;
        case COLUMN_LETTER:
            xml_shown(xml, column->name, (const char[2]){*(const char *)at, '\0'});
            break;
        case COLUMN_WORD: xml_attribute(xml, column->name, column->words[*(const int *)at]); break;
        case COLUMN_SUM:
        case COLUMN_NAMED: break; /* of facts that no element tells */
        }
    }
}

static void put_element(struct xml_out *xml, const struct element *element, const void *item)
{
    xml_open(xml, element->name);
    put_columns(xml, element, item);
    xml_close(xml);
}

/* Attributes of the element that is open, from the first fact of a kind. */
static void put_attributes(struct xml_out *xml, const struct account *account, enum fact fact)
{
    const struct element element = element_of(fact);
    const void *item = account_first(account, fact);
    if (item != NULL)
        put_columns(xml, &element, item);
}

/* Whether a file holds records of students, or counts of a few of them, and so must be kept and
 * sent as such; changes and findings name lines and codes only. */
static bool holds_records(const struct fact_file *file)
{
    return strcmp(file->holds, "changes") != 0 && strcmp(file->holds, "findings") != 0;
}

static void put_facts(struct xml_out *xml, const struct account *account, enum fact fact)
{
    const struct element element = element_of(fact);
    for (const void *item = account_first(account, fact); item != NULL;
         item = account_next(account, fact, item)) {
        xml_open(xml, element.name);
        put_columns(xml, &element, item);
        if (fact == FACT_FILE)
            xml_attribute(xml, "personal", holds_records(item) ? "yes" : "no");
        xml_close(xml);
    }
}

static void put_stage(struct xml_out *xml, const struct account *account,
                      const struct manifest_stage *stage)
{
    xml_open(xml, "stage");
    xml_attribute(xml, "name", stage->name);
    for (const struct fact_counts *counts = account_first(account, FACT_COUNTS); counts != NULL;
         counts = account_next(account, FACT_COUNTS, counts)) {
        const struct named_numbers *numbers = &counts->numbers;
        for (size_t i = 0; i < numbers->count && strcmp(counts->program, stage->name) == 0; i++)
            xml_count(xml, numbers->items[i].name, numbers->items[i].number);
    }
    if (stage->seconds >= 0) {
        char seconds[32];
        snprintf(seconds, sizeof seconds, "%.3f", stage->seconds);
        xml_attribute(xml, "processor-seconds", seconds);
    }
    xml_close(xml);
}

static void put_messages(struct xml_out *xml, struct slice messages)
{
    const char *at = messages.at;
    for (size_t left = messages.length, length; left > 0; left -= length) {
        const char *newline = memchr(at, '\n', left);
        length = newline != NULL ? (size_t)(newline - at) + 1 : left;
        char *line = text_shown(at, newline != NULL ? length - 1 : length);
        xml_open(xml, "message");
        xml_text(xml, line);
        xml_close(xml);
        free(line);
        at += length;
    }
}

/* Where there is no accounts.txt, what it would tell stands here too. */
static void put_source(struct xml_out *xml, const struct manifest *manifest, size_t number)
{
    const struct manifest_source *source = &manifest->sources[number];
    const struct account *account = manifest_account(manifest, number);
    const bool is_whole = manifest->accounts_file.file == NULL;
    xml_open(xml, "source");
    xml_shown(xml, "name", source->name);
    xml_shown(xml, "file", source->file);
    if (source->input_format != NULL)
        xml_shown(xml, "input-format", source->input_format);
    xml_attribute(xml, "status", source->status);
    xml_count(xml, "exit", (unsigned long long)source->exit);
    put_attributes(xml, account, FACT_SOURCE);
    put_attributes(xml, account, FACT_CONTENT);
    put_facts(xml, account, FACT_SUMS);
    for (size_t i = 0; i < source->stage_count; i++)
        put_stage(xml, account, &source->stages[i]);
    for (enum fact fact = FACT_FIELD; fact <= FACT_BREACH; fact++)
        if (is_whole || fact == FACT_FILE)
            put_facts(xml, account, fact);
    put_messages(xml, source->messages);
    xml_close(xml);
}

/* All of one place are an element, with one in it for each source. */
static void put_overlaps(struct xml_out *xml, const struct manifest *manifest)
{
    const struct overlap *overlaps = manifest->overlaps;
    for (size_t i = 0, first = 0; i < manifest->overlap_count; i++) {
        if (i == first) {
            xml_open(xml, overlap_element.name);
            put_columns(xml, &overlap_element, &overlaps[i]);
        }
        xml_open(xml, "in");
        xml_shown(xml, "source", manifest->sources[overlaps[i].source].name);
        xml_count(xml, "records", overlaps[i].records);
        xml_close(xml);
        if (i + 1 == manifest->overlap_count || overlaps[i + 1].number != overlaps[i].number) {
            xml_close(xml);
            first = i + 1;
        }
    }
}

static void put_head(struct xml_out *xml, const struct manifest *manifest)
{
    const struct element table = element_of(FACT_TABLE);
    if (manifest->before.id != NULL)
        put_element(xml, &before_element, &manifest->before);
    if (manifest->repeats.id != NULL)
        put_element(xml, &repeats_element, &manifest->repeats);
    if (manifest->pruned.runs > 0)
        put_element(xml, &pruned_element, &manifest->pruned);
    if (manifest->all_sources.sha256 != NULL)
        put_element(xml, &all_sources_element, &manifest->all_sources);
    if (manifest->accounts_file.file != NULL)
        put_element(xml, &accounts_element, &manifest->accounts_file);
    for (size_t i = 0; i < manifest->option_count; i++)
        put_element(xml, &option_element, &manifest->options[i]);
    for (size_t i = 0; i < manifest->table_count; i++)
        put_element(xml, &table, &manifest->tables[i]);
    for (size_t i = 0; i < manifest->shrunk_count; i++)
        put_element(xml, &shrunk_element, &manifest->shrunk[i]);
    put_overlaps(xml, manifest);
    for (size_t i = 0; i < manifest->unused_count; i++)
        put_element(xml, &unused_element, &manifest->unused[i]);
}

const struct account *manifest_account(const struct manifest *manifest, size_t source)
{
    return manifest->account_of != NULL ? manifest->account_of(manifest->context, source)
                                        : manifest->sources[source].account;
}

int manifest_write(const struct manifest *manifest, struct output *output, struct cte_error *error)
{
    struct xml_out document, *xml = &document;
    xml_begin(xml, output);
    xml_open(xml, "run");
    xml_shown(xml, "id", manifest->id);
    xml_shown(xml, "program", manifest->program);
    xml_shown(xml, "version", manifest->version);
    xml_shown(xml, "started", manifest->started);
    xml_count(xml, "exit", (unsigned long long)manifest->exit);
    if (manifest->is_beside)
        xml_attribute(xml, "beside", "yes");
    put_head(xml, manifest);
    for (size_t i = 0; i < manifest->source_count; i++)
        put_source(xml, manifest, i);
    if (manifest->put_made != NULL)
        manifest->put_made(xml, manifest->context);
    return xml_end(xml, error);
}
