/* Contents of records, as the target layout holds them. */
#include <string.h>

#include "pipeline/cte-diff/diff.h"

struct slice field_value(const struct kind *kind, const struct slice *fields, const char *number)
{
    const int position = kind_position(kind, number);
    return position >= 0 ? fields[position] : (struct slice){"", 0};
}

struct slice role_value(const struct kind *kind, const struct slice *fields, enum field_role role)
{
    const int position = kind->record->role_position[role];
    return position >= 0 && (size_t)position < kind->fields ? fields[position]
                                                            : (struct slice){"", 0};
}

int judging_year(const struct kind *kind, const struct slice *fields, int from)
{
    return values_year(fields, kind->fields, &kind->record->fields[from]);
}

/* Of one record a thread: it is looked at before the next is read. */
static _Thread_local struct text plain;

void forget_split_fields(void)
{
    text_free(&plain);
}

size_t split_fields(const struct record *record, struct slice *fields)
{
    const size_t count = record->kind->fields;
    record_values(record, count, fields, &plain);
    /* The type as the target writes it, without the suffix of a form. */
    if (record->kind->form->suffix_length > 0)
        fields[0] = (struct slice){kind_type(record->kind), strlen(kind_type(record->kind))};
    return count;
}

struct slice actual_value(const struct diff_record *record, size_t t)
{
    const int source = record->plan->source[t];
    return source >= 0 && (size_t)source < record->count ? record->fields[source]
                                                         : (struct slice){"", 0};
}

struct slice expected_value(const struct diff_record *record, const struct outcome *outcome,
                            size_t t)
{
    const struct diff_plan *plan = record->plan;
    const char *code =
        outcome != NULL && plan->recoded[t] >= 0 ? outcome->to[plan->recoded[t]] : NULL;
    if (plan->fixed[t] != NULL)
        code = plan->fixed[t];
    return code != NULL ? slice_of(code) : actual_value(record, t);
}

/* The values one after the other, with carets between them. With `marks`, a caret within a value
 * stands as NUL, which no value holds. */
static size_t join_values(const struct diff_record *record, const struct outcome *outcome, char *to,
                          size_t room, bool marks)
{
    const struct diff_plan *plan = record->plan;
    char *at = to, *end = to + room - SCAN_SLACK;
    for (size_t t = 0; t < plan->target->field_count; t++) {
        struct slice value =
            plan->masked[t] ? (struct slice){"", 0} : expected_value(record, outcome, t);
        if ((size_t)(end - at) < value.length + 1)
            break; /* no record is so long: the reader bounds them */
        if (t > 0)
            *at++ = '^';
        char *from = at;
        at = mempcpy(at, value.at, value.length);
        for (; marks && (from = memchr(from, '^', (size_t)(at - from))) != NULL;)
            *from = '\0';
    }
    return (size_t)(at - to);
}

size_t put_content(const struct diff_record *record, const struct outcome *outcome, char *to,
                   size_t room)
{
    size_t length = join_values(record, outcome, to, room, false);
    /* Few values hold a caret; those that do must not make one text of two contents. The scan stops
     * at a line feed, so after one it is not known. */
    struct scan_result scan = scan_split(to, to + length, '^', NULL, 0);
    if (scan.newline == NULL && scan.delimiters < record->plan->target->field_count)
        return length;
    return join_values(record, outcome, to, room, true);
}
