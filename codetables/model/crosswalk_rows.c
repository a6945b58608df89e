/* Questions to a crosswalk that is loaded. */
#include <string.h>

#include "codetables/model/crosswalk.h"

const struct crosswalk_map *crosswalk_map(const struct crosswalk *crosswalk, const char *id)
{
    for (size_t i = 0; i < crosswalk->map_count; i++) {
        if (strcmp(crosswalk->maps[i].id, id) == 0)
            return &crosswalk->maps[i];
    }
    return NULL;
}

const struct crosswalk_row *crosswalk_rows(const struct crosswalk_map *map, const char *code,
                                           size_t length)
{
    const size_t number = map_find(&map->codes, code, length);
    return number != MAP_NONE ? map->first_rows[number] : NULL;
}

const struct crosswalk_row *crosswalk_lookup(const struct crosswalk_map *map, const char *code,
                                             size_t length, int year)
{
    const struct crosswalk_row *row = crosswalk_rows(map, code, length);
    if (year < map->first || year > map->last)
        return NULL;
    while (row != NULL && (year < row->first || year > row->last))
        row = row->same;
    return row;
}

int crosswalk_output(const struct crosswalk_map *map, const char *id)
{
    for (size_t i = 0; i < map->output_count; i++) {
        if (strcmp(map->outputs[i].id, id) == 0)
            return (int)i;
    }
    return -1;
}

bool when_holds(const struct crosswalk_when *when, const char *value, size_t length)
{
    for (size_t i = 0; i < when->range_count; i++) {
        const struct value_range *range = &when->ranges[i];
        if (range->length == length && memcmp(range->first, value, length) <= 0 &&
            memcmp(value, range->last, length) <= 0)
            return true;
    }
    return false;
}

static bool same_code(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool targets_hold(const struct targets *to, size_t outputs, const char *code, size_t length)
{
    for (size_t i = 0; i < outputs; i++) {
        if (to->code[i] != NULL && strlen(to->code[i]) == length &&
            memcmp(to->code[i], code, length) == 0)
            return true;
    }
    return false;
}

unsigned row_offers(const struct crosswalk_map *map, const struct crosswalk_row *row,
                    const char *code, size_t length, struct targets *to)
{
    unsigned n = 0;
    for (size_t c = 0; c < row->choice_count; c++) {
        const struct crosswalk_choice *choice = &row->choices[c];
        if (!targets_hold(&choice->to, map->output_count, code, length))
            continue;
        if (n == 0) {
            n = choice->n;
            *to = choice->to;
            continue;
        }
        n = row->n;
        for (size_t i = 0; i < map->output_count; i++) {
            if (!same_code(to->code[i], choice->to.code[i]))
                to->code[i] = NULL;
        }
    }
    if (n == 0 && row->kind != ROW_UNDECIDED &&
        targets_hold(&row->to, map->output_count, code, length)) {
        n = row->n;
        *to = row->to;
    }
    return n;
}

/* Whether the word of `length` bytes is the code, but for zeros at the front of the code. */
static bool lost_zeros(const char *code, const char *word, size_t length)
{
    size_t zeros = 0, code_length = strlen(code);
    if (length == 0 || length > code_length)
        return false;
    while (zeros < code_length - length && code[zeros] == '0')
        zeros++;
    return zeros == code_length - length && memcmp(code + zeros, word, length) == 0;
}

/* Takes each code of the targets that `word` may mean into *meant; false when that makes it two. */
static bool take_meant(const struct targets *to, size_t outputs, const char *word, size_t length,
                       const char **meant)
{
    for (size_t i = 0; i < outputs; i++) {
        if (to->code[i] == NULL || !lost_zeros(to->code[i], word, length))
            continue;
        if (*meant != NULL && strcmp(*meant, to->code[i]) != 0)
            return false;
        *meant = to->code[i];
    }
    return true;
}

const char *row_code_meant(const struct crosswalk_map *map, const struct crosswalk_row *row,
                           const char *text)
{
    struct targets ignored;
    if (row_offers(map, row, text, strlen(text), &ignored) != 0)
        return text;
    size_t length = strcspn(text, " ");
    if (strchr(text, ';') != NULL) /* the whole list of choices */
        return NULL;
    const char *meant = NULL;
    bool is_one = true;
    for (size_t c = 0; c < row->choice_count && is_one; c++)
        is_one = take_meant(&row->choices[c].to, map->output_count, text, length, &meant);
    if (row->kind != ROW_UNDECIDED && is_one)
        is_one = take_meant(&row->to, map->output_count, text, length, &meant);
    return is_one ? meant : NULL;
}
