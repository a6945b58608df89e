/* What is prepared once for each kind, row and record layout. */
#include <stdlib.h>
#include <string.h>

#include "codetables/base/cell.h"
#include "codetables/base/memory.h"
#include "stages/cte-write/write.h"

struct fits *fits_for(struct writing *writing, const struct record_layout *record)
{
    return fits_of(&writing->fits, &writing->tables, record, &writing->error);
}

size_t received_fields(struct writing *writing, const struct record *record, bool extras,
                       struct slice *fields)
{
    const struct kind *kind = record->kind;
    if (kind == NULL || kind->from == NULL) {
        const size_t count = kind == NULL ? record->field_count
                             : extras     ? kind->all_fields
                                          : kind->fields;
        record_values(record, count, fields, &writing->values);
        return count;
    }
    void **place = plan_place(&writing->source.lineages, kind->index);
    if (*place == NULL)
        *place = lineage_make(kind);
    lineage_received(*place, record, writing->past, fields);
    if (record->escaped)
        unescape_fields(fields, kind->from->fields, &writing->values);
    return kind->from->fields;
}

static void add_cell(struct text *text, const char *value)
{
    size_t length;
    char *cell = cell_guarded(value, strlen(value), &length);
    text_put(text, cell, length);
    free(cell);
}

void add_cells(struct text *text, const char *const *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        text_add_byte(text, ',');
        add_cell(text, values[i]);
    }
}

struct row_plan *make_row_plan(const struct stream_row *row)
{
    struct row_plan *plan = cte_zalloc(1, sizeof *plan);
    add_cells(&plan->head, (const char *const[]){row->field, row->name}, 2);
    text_add_byte(&plan->head, ',');
    add_cells(
        &plan->tail,
        (const char *const[]){row->after, row->crosswalk, row->version, row->row, row->reason}, 5);
    text_add(&plan->tail, "\r\n");
    plan->after = sum_value(row->after, strlen(row->after));
    return plan;
}

bool is_last_change(const struct row_plan *plan, const struct record *record, struct slice value)
{
    return plan->last.of == kind_received(record->kind)->record &&
           value.length == plan->last.length &&
           memcmp(value.at, plan->last.bytes, value.length) == 0;
}

void free_repeats(struct plans *repeats)
{
    for (size_t i = 0; i < repeats->count; i++)
        free(repeats->items[i]);
    plans_free(repeats);
}
