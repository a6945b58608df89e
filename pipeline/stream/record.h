/* record.h - a record at hand, alike whether a source was read (reader.h) or a stream (stream.h).
 *
 *     struct slice lea = record_role(record, ROLE_LEA);
 *     for (size_t i = 0; i < record->field_count; i++)
 *         look_at(record_value(record, i));
 *
 * Who reads the record owns its bytes; they are valid until the next one is read. Fields are slices
 * of them. Where `escaped` is set, fields hold the escapes of escape.h: record_values() gives them
 * as they were in the source.
 */
#ifndef CTE_RECORD_H
#define CTE_RECORD_H

#include "codetables/base/slice.h"
#include "codetables/base/text.h"
#include "codetables/base/year.h"
#include "pipeline/stream/escape.h"
#include "pipeline/stream/kind.h"
#include "pipeline/stream/scan.h"

enum {
    /* bytes of a record in a source; more is refused when it is read */
    STREAM_MAX_RECORD = 1 << 16,
    STREAM_MAX_FIELDS = LAYOUT_MAX_FIELDS + 16
};

/* What is to become of a record: the letter its line begins with. */
enum record_state {
    STATE_RECEIVED = 'R', /* goes on */
    STATE_HELD = 'H',
    STATE_REJECTED = 'X',
    STATE_MERGED = 'M' /* into another, which goes on */
};

struct record {
    const char *text; /* what start[] counts from */
    size_t length;    /* up to the end of the last field */
    uint32_t field_count;
    bool escaped;
    enum record_state state;
    const struct kind *kind; /* NULL: could not be read as any kind */
    uint64_t line;           /* the physical line in its source on which it begins, from 1 */
    uint32_t line_digits;    /* of a record of a stream: where in `text` the line stands */
    uint64_t number;         /* which record of its source, from 1 */
    /* lines with its changes and findings, of a record of a stream; stream_past() */
    const char *history;
    size_t history_length;
    /* Field i is the slice between start[i] and start[i + 1] - 1, where a caret stands. */
    uint32_t start[STREAM_MAX_FIELDS + 2];
};

/* Field i, which is below field_count. */
static inline struct slice record_value(const struct record *record, size_t i)
{
    return (struct slice){record->text + record->start[i],
                          record->start[i + 1] - record->start[i] - 1};
}

/* The first `count` fields. */
static inline void record_slices(const struct record *record, size_t count, struct slice *fields)
{
    const char *at = record->text + record->start[0];
    for (size_t i = 0; i < count; i++) {
        const char *next = record->text + record->start[i + 1];
        fields[i] = (struct slice){at, (size_t)(next - at) - 1};
        at = next;
    }
}

/* The field at a position; empty where there is none (-1, or beyond the last field). */
static inline struct slice record_value_at(const struct record *record, int position)
{
    return position >= 0 && (size_t)position < record->field_count
               ? record_value(record, (size_t)position)
               : (struct slice){"", 0};
}

/* The field that has a role in the record's layout; empty where none has. */
static inline struct slice record_role(const struct record *record, enum field_role role)
{
    return record_value_at(record, record->kind->record->role_position[role]);
}

/* Copies a value of a record of a stream, or an empty one; returns the end of the copy. A copy of
 * fixed size takes the least time, so up to VALUE_SLACK bytes behind it may be written too. */
enum { VALUE_SLACK = 16 };
static inline char *copy_value(char *to, struct slice value)
{
    _Static_assert((int)VALUE_SLACK <= (int)SCAN_SLACK, "so many bytes may be read");
    if (value.length > 0 && value.length <= VALUE_SLACK)
        memcpy(to, value.at, VALUE_SLACK);
    else
        memcpy(to, value.at, value.length);
    return to + value.length;
}

/* The digits of the line, of a record of a stream. */
static inline struct slice record_line_digits(const struct record *record)
{
    return (struct slice){record->text + record->line_digits,
                          record->start[0] - 1 - record->line_digits};
}

/* All fields in one piece, with carets between them. */
static inline struct slice record_text(const struct record *record)
{
    return (struct slice){record->text + record->start[0], record->length - record->start[0]};
}

/* The first `count` fields without escapes. They are slices of the record, or of `room`, which is
 * the caller's and used anew by each call; SCAN_SLACK bytes after each may be read. */
void record_values(const struct record *record, size_t count, struct slice *fields,
                   struct text *room);

/* Makes fields empty that the layout has and records of the kind lack: who looks at all fields of
 * the layout, as a condition does, finds them blank. */
void blank_absent(const struct kind *kind, struct slice *fields);

/* Takes the escapes out of fields, into `room`, in the same way. */
void unescape_fields(struct slice *fields, size_t count, struct text *room);

/* The academic year that judges a field: that of the first of its years that is filled; YEAR_NONE
 * where none is, or it is no year. And the text of that year, empty where none is filled. */
int record_year(const struct record *record, const struct field *field);
struct slice record_year_text(const struct record *record, const struct field *field);

/* The same where the fields are at hand as values. */
int values_year(const struct slice *fields, size_t count, const struct field *field);
struct slice values_year_text(const struct slice *fields, size_t count, const struct field *field);

#endif
