#include "stages/cte-index/stored_source.h"

#include <stdlib.h>

/* Where each kind begins: line changes, cuts, members of groups, records of groups. */
static uint64_t cuts_at(const struct indexed_source *source)
{
    return source->stored_at + source->line_changes * sizeof(struct line_change);
}

static uint64_t members_at(const struct indexed_source *source)
{
    return cuts_at(source) + source->cuts * sizeof(struct cut);
}

static uint64_t grouped_at(const struct indexed_source *source)
{
    return members_at(source) + source->members * sizeof(struct group_member);
}

static void write_items(struct spool *spool, uint64_t at, const void *items, size_t size)
{
    if (size > 0)
        spool_write(spool, at, items, size);
}

void store_source(struct spool *spool, const struct source_facts *facts)
{
    struct indexed_source *source = facts->source;
    const struct groups *groups = &facts->groups;
    source->line_changes = (uint32_t)facts->line_changes.count;
    source->cuts = (uint32_t)facts->cuts.count;
    source->members = (uint32_t)groups->member_count;
    source->grouped = (uint32_t)groups->record_count;
    const uint64_t size =
        grouped_at(source) - source->stored_at + source->grouped * sizeof(struct grouped_record);
    if (size == 0)
        return;
    source->stored_at = spool_reserve(spool, size);
    write_items(spool, source->stored_at, facts->line_changes.items,
                source->line_changes * sizeof(struct line_change));
    write_items(spool, cuts_at(source), facts->cuts.items, source->cuts * sizeof(struct cut));
    write_items(spool, members_at(source), groups->members,
                source->members * sizeof(struct group_member));
    write_items(spool, grouped_at(source), groups->records,
                source->grouped * sizeof(struct grouped_record));
}

static void *read_items(struct spool *spool, uint64_t at, size_t size)
{
    void *items = cte_alloc(size + 1);
    if (size > 0)
        spool_read(spool, at, items, size);
    return items;
}

struct cut *stored_cuts(struct spool *spool, const struct indexed_source *source)
{
    return read_items(spool, cuts_at(source), source->cuts * sizeof(struct cut));
}

struct groups stored_groups(struct spool *spool, const struct indexed_source *source)
{
    return (struct groups){
        .members =
            read_items(spool, members_at(source), source->members * sizeof(struct group_member)),
        .member_count = source->members,
        .records =
            read_items(spool, grouped_at(source), source->grouped * sizeof(struct grouped_record)),
        .record_count = source->grouped,
    };
}

static struct line_change read_change(const struct stored_lines *lines, uint32_t number)
{
    struct line_change change;
    spool_read(lines->spool, lines->source->stored_at + number * sizeof change, &change,
               sizeof change);
    return change;
}

/* Reads the changes around the last one that is not behind the record. */
static void read_changes(struct stored_lines *lines, uint32_t record)
{
    enum { AT_ONCE = sizeof lines->changes / sizeof *lines->changes };
    const uint32_t total = lines->source->line_changes;
    uint32_t low = 0, high = total;
    while (high - low > AT_ONCE) {
        const uint32_t middle = low + (high - low) / 2;
        if (read_change(lines, middle).record <= record)
            low = middle;
        else
            high = middle;
    }
    lines->first = low;
    lines->count = total - low < AT_ONCE ? total - low : AT_ONCE;
    spool_read(lines->spool, lines->source->stored_at + low * sizeof *lines->changes,
               lines->changes, lines->count * sizeof *lines->changes);
}

/* Whether the change that counts for the record is among those that were read. */
static bool covers_record(const struct stored_lines *lines, uint32_t record)
{
    return lines->count > 0 && (lines->first == 0 || lines->changes[0].record <= record) &&
           (lines->first + lines->count == lines->source->line_changes ||
            record < lines->changes[lines->count - 1].record);
}

uint32_t stored_line(struct stored_lines *lines, const struct indexed_source *source,
                     uint32_t record)
{
    if (source->line_changes == 0)
        return record;
    if (lines->source != source) {
        lines->source = source;
        lines->count = 0;
    }
    if (!covers_record(lines, record))
        read_changes(lines, record);
    uint32_t low = 0, high = lines->count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (lines->changes[middle].record <= record)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return record;
    const struct line_change *change = &lines->changes[low - 1];
    return change->line + (record - change->record);
}
