#include "pipeline/stream/kind.h"

#include <stdlib.h>
#include <string.h>

struct kind *kinds_add(struct kinds *kinds, const struct kind *wanted)
{
    for (size_t i = 0; i < kinds->count; i++) {
        struct kind *kind = kinds->items[i];
        if (kind->record == wanted->record && kind->type_index == wanted->type_index &&
            kind->form == wanted->form && kind->fields == wanted->fields &&
            kind->from == wanted->from)
            return kind;
    }
    struct kind *kind = arena_alloc(&kinds->memory, sizeof *kind);
    *kind = *wanted;
    kind->all_fields = kind->fields + kind->form->extra_count;
    kind->repeats = kind->form->extra_count > 0 && strcmp(kind->form->id, FORM_REJECTED) == 0;
    kind->index = kinds->count;
    GROW(kinds->items, kinds->count, kinds->room);
    return kinds->items[kinds->count++] = kind;
}

void kinds_free(struct kinds *kinds)
{
    free(kinds->items);
    arena_free(&kinds->memory);
    *kinds = (struct kinds){0};
}

int kind_position(const struct kind *kind, const char *number)
{
    const int position = record_field(kind->record, number);
    return position >= 0 && (size_t)position < kind->fields ? position : -1;
}
