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
    char years[YEARS_TEXT];
    if (year != YEAR_NONE)
        text_add(text, year_text(year, years));
}

void put_finding(struct text *text, const struct all_facts *all, const struct fact *finding,
                 struct stored_lines *lines)
{
    const uint32_t rule = finding->part[0], other = finding->part[1],
                   other_source = finding->part[2];
    text_format(text, "F%u^%u^", place_record(finding->key), rule);
    if (other_source != 0) {
        char *stem = source_stem(all->sources[other_source - 1].path);
        text_format(text, "also in %.300s", stem);
        free(stem);
    } else if (other != 0) {
        const struct indexed_source *source = &all->sources[place_source(finding->key)];
        text_format(text, "see line %u", stored_line(lines, source, other));
    }
}

/* CODE/YEAR/TYPE/LINE/SOURCE */
static void add_other(struct text *text, const struct all_facts *all,
                      const struct disagreeing_code *other)
{
    enum { KEPT = 64 };
    char *stem = source_stem(all->sources[other->source].path);
    add_encoded(text, text_of(all, other->code.code), KEPT);
    text_add(text, "/");
    add_year(text, other->code.year);
    text_add(text, "/");
    add_encoded(text, text_of(all, other->code.type), KEPT);
    text_format(text, "/%u/", other->line);
    add_encoded(text, stem, KEPT);
    free(stem);
}

void put_disagreeing(struct text *text, const struct all_facts *all, const struct fact *record)
{
    const uint32_t rule = record->part[0], count = record->part[1];
    text_format(text, "L%u^%u", place_record(record->key), rule);
    if (count > INDEX_MAX_MEMBERS) {
        text_add(text, "^!");
        return;
    }
    struct disagreeing_code others[INDEX_MAX_MEMBERS];
    spool_read(all->spool, join_parts(record->part[2], record->part[3]), others,
               count * sizeof *others);
    for (uint32_t i = 0; i < count; i++) {
        text_add(text, "^");
        add_other(text, all, &others[i]);
    }
}

/* COURSE:LOCAL:LEA:FLAGS of each course; nothing where there are none. */
static void add_evidence(struct text *text, const struct all_facts *all, const struct fact *facts,
                         size_t fact_count)
{
    enum { KEPT = 63 };
    struct completed_course courses[MAX_COMPLETED];
    const size_t count = list_completed(all, facts, fact_count, courses);
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

void put_completed(struct text *text, const struct all_facts *all, struct fact_cursor *completed)
{
    const uint64_t place = completed->fact.key;
    struct fact facts[2 * MAX_COMPLETED];
    size_t count = 0;
    for (; is_at_key(completed, place); next_fact(completed)) {
        if (count < sizeof facts / sizeof *facts)
            facts[count++] = completed->fact;
    }
    text_format(text, "E%u^", place_record(place));
    add_evidence(text, all, facts, count);
}

void read_groups(struct source_groups *groups, struct spool *spool,
                 const struct indexed_source *source, struct fact_cursor *completed)
{
    *groups = (struct source_groups){.source = source};
    if (source->grouped == 0)
        return;
    groups->groups = stored_groups(spool, source);
    groups->ends = cte_alloc(source->grouped * sizeof *groups->ends);
    for (uint32_t i = 0; i < source->grouped; i++) {
        const uint64_t place = place_key(source->number, groups->groups.records[i].record);
        for (skip_to_key(completed, place); is_at_key(completed, place); next_fact(completed)) {
            GROW(groups->courses, groups->course_count, groups->course_room);
            groups->courses[groups->course_count++] = completed->fact;
        }
        groups->ends[i] = groups->course_count;
    }
}

void free_groups(struct source_groups *groups)
{
    free(groups->groups.members);
    free(groups->groups.records);
    free(groups->courses);
    free(groups->ends);
    *groups = (struct source_groups){.source = NULL};
}

/* The courses of a member: it is one of the records that are grouped. */
static void add_member_courses(struct text *text, const struct all_facts *all,
                               const struct source_groups *groups, uint32_t record)
{
    const struct grouped_record *records = groups->groups.records;
    size_t low = 0;
    for (size_t high = groups->groups.record_count; low < high;) {
        const size_t middle = low + (high - low) / 2;
        if (records[middle].record < record)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == groups->groups.record_count || records[low].record != record)
        return;
    const size_t first = low > 0 ? groups->ends[low - 1] : 0;
    if (first < groups->ends[low])
        add_evidence(text, all, groups->courses + first, groups->ends[low] - first);
}

void put_group(struct text *text, const struct all_facts *all, const struct source_groups *groups,
               size_t number, struct stored_lines *lines)
{
    enum { KEPT = 60 };
    const struct grouped_record *record = &groups->groups.records[number];
    text_format(text, "G%u", record->record);
    if (record->count > INDEX_MAX_MEMBERS || record->unknown) {
        text_format(text, "^!%u", record->count);
        return;
    }
    for (uint32_t i = 0; i < record->count; i++) {
        const struct group_member *member = &groups->groups.members[record->first + i];
        text_format(text, "^%u/%u/", member->record,
                    stored_line(lines, groups->source, member->record));
        add_encoded(text, text_of(all, member->code), KEPT);
        text_add(text, "/");
        add_year(text, member->year);
        text_add(text, "/");
        add_member_courses(text, all, groups, member->record);
    }
}
