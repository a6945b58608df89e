#include "pipeline/stream/record.h"

void unescape_fields(struct slice *fields, size_t count, struct text *room)
{
    size_t length = SCAN_SLACK;
    for (size_t i = 0; i < count; i++)
        length += fields[i].length;
    text_clear(room);
    char *to = text_space(room, length);
    for (size_t i = 0; i < count; i++) {
        char *end = stream_unescape(to, fields[i].at, fields[i].length);
        fields[i] = (struct slice){to, (size_t)(end - to)};
        to = end;
    }
}

void record_values(const struct record *record, size_t count, struct slice *fields,
                   struct text *room)
{
    record_slices(record, count, fields);
    if (record->escaped)
        unescape_fields(fields, count, room);
}

void blank_absent(const struct kind *kind, struct slice *fields)
{
    for (size_t i = kind->fields; i < kind->record->field_count; i++)
        fields[i] = (struct slice){"", 0};
}

struct slice record_year_text(const struct record *record, const struct field *field)
{
    for (size_t i = 0; i < field->judged_by_count; i++) {
        const struct slice year = record_value_at(record, field->judged_by[i]);
        if (year.length > 0)
            return year;
    }
    return (struct slice){"", 0};
}

int record_year(const struct record *record, const struct field *field)
{
    const struct slice year = record_year_text(record, field);
    return academic_year(year.at, year.length);
}

struct slice values_year_text(const struct slice *fields, size_t count, const struct field *field)
{
    for (size_t i = 0; i < field->judged_by_count; i++) {
        const size_t position = field->judged_by[i];
        if (position < count && fields[position].length > 0)
            return fields[position];
    }
    return (struct slice){"", 0};
}

int values_year(const struct slice *fields, size_t count, const struct field *field)
{
    const struct slice year = values_year_text(fields, count, field);
    return academic_year(year.at, year.length);
}
