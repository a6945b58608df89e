#include "pipeline/stream/lineage.h"
#include "codetables/base/memory.h"

#include <string.h>

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
    return lineage;
}

void lineage_received(const struct lineage *lineage, const struct stream_in *in,
                      const struct stream_record *record, struct slice *fields)
{
    for (size_t i = 0; i < lineage->received->fields; i++)
        fields[i] = lineage->same[i] >= 0 ? stream_field(record, (size_t)lineage->same[i])
                                          : (struct slice){"", 0};
    struct stream_history entry;
    for (const char *at = NULL; stream_history_next(record, &at, &entry);) {
        struct stream_row *row =
            entry.letter == 'C' ? stream_defined(&in->rows, entry.reference) : NULL;
        if (row == NULL)
            continue;
        if (row->found_in != lineage->received->record) {
            row->found_in = lineage->received->record;
            row->position = record_field(row->found_in, row->field);
        }
        if (row->position >= 0 && (size_t)row->position < lineage->received->fields)
            fields[row->position] = entry.value;
    }
}
