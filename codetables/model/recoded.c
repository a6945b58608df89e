#include "codetables/model/recoded.h"

#include <string.h>

bool field_allows(const struct field *field, const char *code_set)
{
    for (size_t i = 0; i < field->code_set_count; i++) {
        if (strcmp(field->code_sets[i], code_set) == 0)
            return true;
    }
    return false;
}

bool map_fills(const struct crosswalk_map *map, const struct field *target)
{
    return crosswalk_output(map, target->output) >= 0 ||
           (strcmp(target->number, target->from) == 0 &&
            field_allows(target, map->outputs[0].code_set));
}

bool crosswalks_fill(struct crosswalk *const *crosswalks, size_t count,
                     const struct record_layout *record, const struct field *target)
{
    for (size_t i = 0; i < count; i++) {
        const struct crosswalk_map *map = crosswalk_map(crosswalks[i], target->map);
        for (size_t f = 0; map != NULL && f < record->field_count; f++) {
            const struct field *other = &record->fields[f];
            if (other->origin == ORIGIN_RECODE && strcmp(other->from, target->from) == 0 &&
                strcmp(other->map, target->map) == 0 && map_fills(map, other))
                return true;
        }
    }
    return false;
}
