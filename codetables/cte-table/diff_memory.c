/* The memory of two tables that are compared. */
#include <stdlib.h>

#include "codetables/cte-table/table_diff.h"

static void free_attributes(struct entry_attribute *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(list[i].name);
        free(list[i].value);
    }
    free(list);
}

void free_entry(struct diff_entry *entry)
{
    free(entry->code);
    free(entry->n);
    free_attributes(entry->attributes, entry->attribute_count);
}

void free_entries(struct entries *entries)
{
    for (size_t i = 0; i < entries->count; i++)
        free_entry(&entries->list[i]);
    free(entries->list);
    free_attributes(entries->head, entries->head_count);
}

void free_changes(struct changes *changes)
{
    for (size_t i = 0; i < changes->count; i++)
        free(changes->list[i].what);
    free(changes->list);
}
