/* Crosswalks: conditions that can decide, and then all that is looked at map by map. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/cte-table/check.h"
#include "codetables/base/memory.h"

/* The codes that the values of a condition are of: those of the first layout's field that has the
 * number. */
static const struct field *find_field(const struct checking *checking, const char *number)
{
    for (size_t l = checking->tables.layout_count; l-- > 0;) {
        const struct layout *layout = &checking->tables.layouts[l];
        for (size_t r = 0; r < layout->record_count; r++) {
            int position = record_field(&layout->records[r], number);
            if (position >= 0)
                return &layout->records[r].fields[position];
        }
    }
    return NULL;
}

static int compare_code(const char *a, size_t a_length, const char *b, size_t b_length)
{
    return a_length != b_length ? (a_length > b_length ? 1 : -1) : memcmp(a, b, a_length);
}

static int compare_codes(const void *x, const void *y)
{
    const struct code *a = *(const struct code *const *)x, *b = *(const struct code *const *)y;
    return compare_code(a->value, a->length, b->value, b->length);
}

static const struct code **sorted_codes(struct checking *checking, const struct codeset *set)
{
    for (size_t i = 0; i < checking->sorted_count; i++) {
        if (checking->sorted[i].set == set)
            return checking->sorted[i].codes;
    }
    const struct code **codes = cte_zalloc(set->code_count, sizeof *codes);
    for (size_t i = 0; i < set->code_count; i++)
        codes[i] = &set->codes[i];
    if (set->code_count > 1)
        qsort(codes, set->code_count, sizeof *codes, compare_codes);
    GROW(checking->sorted, checking->sorted_count, checking->sorted_room);
    checking->sorted[checking->sorted_count++] = (struct sorted_set){set, codes};
    return codes;
}

static bool range_holds_code(struct checking *checking, const struct value_range *range,
                             const struct codeset *set)
{
    const struct code **codes = sorted_codes(checking, set);
    size_t low = 0, high = set->code_count;
    while (low < high) { /* the first code that is not below the range */
        size_t middle = low + (high - low) / 2;
        if (compare_code(codes[middle]->value, codes[middle]->length, range->first, range->length) <
            0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < set->code_count &&
           compare_code(codes[low]->value, codes[low]->length, range->last, range->length) <= 0;
}

static bool same_targets(const struct crosswalk_map *map, const struct targets *a,
                         const struct targets *b)
{
    bool same = true;
    for (size_t o = 0; o < map->output_count; o++)
        same = same && strcmp(a->code[o] != NULL ? a->code[o] : "",
                              b->code[o] != NULL ? b->code[o] : "") == 0;
    return same;
}

static void check_when(struct checking *checking, const struct crosswalk *crosswalk,
                       const struct crosswalk_map *map, const struct crosswalk_row *row,
                       const struct crosswalk_when *when)
{
    const char *path = crosswalk->identity.path;
    const struct field *field = find_field(checking, when->field);
    if (field == NULL)
        return;
    for (size_t i = 0; i < when->range_count; i++) {
        const struct value_range *range = &when->ranges[i];
        bool known = field->code_set_count == 0;
        for (size_t s = 0; s < field->code_set_count && !known; s++) {
            struct cte_error error = {0};
            const struct codeset *set;
            known =
                tables_codeset(&checking->tables, field->code_sets[s], &set, &error) != CTE_OK ||
                set->kind == CODESET_FORM || set->kind == CODESET_UNREAD ||
                range_holds_code(checking, range, set);
        }
        if (!known)
            report_warning(&checking->findings, (struct place){path, when->line, when->n},
                           "%s%s%s is no code of field %s, so that this never decides; correct it",
                           range->first, strcmp(range->first, range->last) != 0 ? "-" : "",
                           strcmp(range->first, range->last) != 0 ? range->last : "", when->field);
    }
    bool reported = false;
    for (const struct crosswalk_when *other = row->whens; other < when; other++) {
        if (!reported && strcmp(when->field, other->field) != 0 &&
            !same_targets(map, &when->to, &other->to)) {
            report_warning(&checking->findings, (struct place){path, when->line, when->n},
                           "its field %s and field %s of row %u may both decide, and then row %u "
                           "does, which stands first; "
                           "put both conditions on one field",
                           when->field, other->field, other->n, other->n);
            reported = true;
        }
    }
}

void check_crosswalk(struct checking *checking, const struct crosswalk *crosswalk)
{
    for (size_t m = 0; m < crosswalk->map_count; m++) {
        const struct crosswalk_map *map = &crosswalk->maps[m];
        for (size_t r = 0; r < map->row_count; r++) {
            for (size_t i = 0; i < map->rows[r].when_count; i++)
                check_when(checking, crosswalk, map, &map->rows[r], &map->rows[r].whens[i]);
        }
        check_kinds(checking, crosswalk, map);
        check_answers(checking, crosswalk, map);
        check_chains(checking, crosswalk, map);
        check_across(checking, crosswalk, map);
    }
}
