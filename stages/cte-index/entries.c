/* The entries of the index about a record. */
#include "stages/cte-index/write_index.h"

#include <stdlib.h>
#include <string.h>

#include "pipeline/stream/escape.h"
#include "pipeline/stream/index.h"
#include "pipeline/stream/source.h"

/* Adds a string percent-encoded, up to `kept` bytes of it. */
static void add_encoded(struct text *text, const char *string, size_t kept)
{
    const size_t length = strnlen(string, kept);
    char *end = index_encode(text_space(text, 3 * length), string, length);
    text->length = (size_t)(end - text->bytes);
}

static void add_year(struct text *text, int year)
{
    if (year != YEAR_NONE)
        text_format(text, "%04d-%04d", year, year + 1);
}

void put_finding(struct text *text, const struct all_facts *all, const struct finding *finding)
{
    text_format(text, "F%u^%u^", finding->record, finding->rule);
    if (finding->other_source != 0) {
        char *stem = source_stem(all->sources[finding->other_source - 1].path);
        text_format(text, "also in %.300s", stem);
        free(stem);
    } else if (finding->other != 0) {
        text_format(text, "see line %u", line_of(&all->sources[finding->source], finding->other));
    }
}

/* CODE/YEAR/TYPE/LINE/SOURCE */
static void add_other(struct text *text, const struct all_facts *all, const struct agreeing *other)
{
    enum { KEPT = 64 };
    const struct source_facts *source = &all->sources[other->source];
    char *stem = source_stem(source->path);
    add_encoded(text, text_of(all, other->code), KEPT);
    text_add(text, "/");
    add_year(text, other->year);
    text_add(text, "/");
    add_encoded(text, other->type, KEPT);
    text_format(text, "/%u/", line_of(source, other->record));
    add_encoded(text, stem, KEPT);
    free(stem);
}

void put_disagreeing(struct text *text, const struct all_facts *all,
                     const struct disagreeing *record)
{
    const struct agreeing *others = &all->agreeing.items[record->first];
    text_format(text, "L%u^%u", record->record, others[0].rule);
    if (record->count > INDEX_MAX_MEMBERS) {
        text_add(text, "^!");
        return;
    }
    for (size_t i = 0; i < record->count; i++) {
        text_add(text, "^");
        add_other(text, all, &others[i]);
    }
}

/* COURSE:LOCAL:LEA:FLAGS of each course; nothing where there are none. */
static void add_evidence(struct text *text, const struct all_facts *all, uint32_t source,
                         uint32_t record)
{
    enum { KEPT = 63 };
    struct completed_course courses[MAX_COMPLETED];
    const size_t count = list_completed(all, source, record, courses);
    if (count > INDEX_MAX_EVIDENCE) {
        /* more than can be weighed: nobody's courses, and not to be cut */
        text_format(text, "!%zu", count);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const char *const parts[] = {courses[i].course, courses[i].local, courses[i].lea};
        if (i > 0)
            text_add(text, ",");
        for (size_t p = 0; p < sizeof parts / sizeof *parts; p++) {
            add_encoded(text, parts[p], KEPT);
            text_add(text, ":");
        }
        text_format(text, "%u", courses[i].flags);
    }
}

void put_completed(struct text *text, const struct all_facts *all, uint32_t source, uint32_t record)
{
    const size_t before = text->length;
    text_format(text, "E%u^", record);
    const size_t begun = text->length;
    add_evidence(text, all, source, record);
    if (text->length == begun)
        text->length = before;
}

void put_group(struct text *text, const struct all_facts *all, uint32_t source,
               const struct grouped_record *record)
{
    enum { KEPT = 60 };
    const struct source_facts *facts = &all->sources[source];
    text_format(text, "G%u", record->record);
    if (record->count > INDEX_MAX_MEMBERS || record->unknown) {
        text_format(text, "^!%u", record->count);
        return;
    }
    for (uint32_t i = 0; i < record->count; i++) {
        const struct group_member *member = &facts->groups.members[record->first + i];
        text_format(text, "^%u/%u/", member->record, line_of(facts, member->record));
        add_encoded(text, text_of(all, member->code), KEPT);
        text_add(text, "/");
        add_year(text, member->year);
        text_add(text, "/");
        add_evidence(text, all, source, member->record);
    }
}
