#include "pipeline/stream/lineage.h"

#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"

struct lineage *lineage_make(const struct kind *now)
{
    struct lineage *lineage = cte_zalloc(1, sizeof *lineage);
    lineage->now = now;
    lineage->received = now->from;
    for (size_t i = 0; i < lineage->received->fields; i++) {
        const char *number = lineage->received->record->fields[i].number;
        lineage->same[i] = -1;
        for (size_t t = 0; t < now->fields; t++) {
            const struct field *field = &now->record->fields[t];
            bool takes_it =
                strcmp(field->origin == ORIGIN_SAME && field->from != NULL ? field->from
                                                                           : field->number,
                       number) == 0;
            if (takes_it && field->origin != ORIGIN_CONSTANT)
                lineage->same[i] = (int)t;
        }
    }
    while (lineage->in_place < lineage->received->fields &&
           lineage->same[lineage->in_place] == (int)lineage->in_place)
        lineage->in_place++;
    return lineage;
}

void lineage_free(struct lineage *lineage)
{
    if (lineage != NULL)
        free(lineage->positions);
    free(lineage);
}

/* Where the field of a row was received; -1: nowhere. */
static int received_position(struct lineage *lineage, const struct stream_row *row)
{
    if (row->index >= lineage->position_count) {
        const size_t count = 2 * row->index + 16;
        lineage->positions = cte_realloc(lineage->positions, count * sizeof *lineage->positions);
        memset(lineage->positions + lineage->position_count, 0,
               (count - lineage->position_count) * sizeof *lineage->positions);
        lineage->position_count = count;
    }
    int *position = &lineage->positions[row->index];
    if (*position == 0) {
        const int found = kind_position(lineage->received, row->field);
        *position = found >= 0 ? found + 1 : -1;
    }
    return *position > 0 ? *position - 1 : -1;
}

void lineage_received(struct lineage *lineage, const struct record *record,
                      const struct stream_past *past, struct slice *fields)
{
    static const char blank[SCAN_SLACK];
    record_slices(record, lineage->in_place, fields);
    for (size_t i = lineage->in_place, count = lineage->received->fields; i < count; i++) {
        const int same = lineage->same[i];
        fields[i] = same >= 0 ? record_value(record, (size_t)same) : (struct slice){blank, 0};
    }
    for (size_t i = 0; i < past->count; i++) {
        const struct stream_row *row = past->lines[i].row;
        const int position = row != NULL ? received_position(lineage, row) : -1;
        if (position >= 0)
            fields[position] = past->lines[i].value;
    }
}
