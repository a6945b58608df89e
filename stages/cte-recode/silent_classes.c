#include <string.h>

#include "codetables/base/hash.h"
#include "codetables/base/memory.h"
#include "stages/cte-recode/evidence.h"

/* What was found, kept by row, year and code. */
enum { SILENT_SLOTS = 256, SILENT_CODE = 24, MAX_CLASSES = 32 };

struct silent_classes {
    const struct crosswalk_row *row; /* NULL: free */
    int year;
    size_t length;
    char code[SILENT_CODE];
    uint32_t classes; /* bit i: the join's i-th required property */
};

static bool is_silent(const struct asking *asking, const struct codeset *set, const char *property)
{
    struct slice code = asking->question->code;
    bool any = false;
    struct targets first = {{NULL}};
    for (size_t i = 0; i < set->code_count; i++) {
        const struct code *course = &set->codes[i];
        const char *of = code_property(course, asking->join->property);
        if (of == NULL || strlen(of) != code.length || memcmp(of, code.at, code.length) != 0 ||
            !code_has(course, asking->question->year, property, NULL))
            continue;
        struct targets to;
        unsigned n;
        if (!ask_tables(asking, (struct slice){course->value, course->length}, &to, &n))
            return false; /* whoever takes it instead is not led there */
        if (any && !same_targets(&first, &to, asking->map->output_count))
            return false;
        first = to;
        any = true;
    }
    return any;
}

uint32_t find_silent(const struct asking *asking, const struct codeset *set)
{
    struct recoding *recoding = asking->recoding;
    struct slice code = asking->question->code;
    const struct rule_join *join = asking->join;
    if (join->required_count == 0 || code.length > SILENT_CODE)
        return 0;
    if (recoding->silent == NULL)
        recoding->silent = cte_zalloc(SILENT_SLOTS, sizeof *recoding->silent);
    uint64_t hash = keyed_hash(code.at, code.length) + (uint64_t)(asking->question->year + 1) * 31 +
                    (uintptr_t)asking->row;
    struct silent_classes *slot = &recoding->silent[(hash ^ hash >> 17) % SILENT_SLOTS];
    if (slot->row == asking->row && slot->year == asking->question->year &&
        slot->length == code.length && memcmp(slot->code, code.at, code.length) == 0)
        return slot->classes;
    *slot = (struct silent_classes){
        .row = asking->row, .year = asking->question->year, .length = code.length};
    memcpy(slot->code, code.at, code.length);
    for (size_t i = 0; i < join->required_count && i < MAX_CLASSES; i++) {
        if (is_silent(asking, set, join->required[i]))
            slot->classes |= UINT32_C(1) << i;
    }
    return slot->classes;
}

bool says_nothing(const struct asking *asking, const struct codeset *set,
                  const struct index_course *course, uint32_t silent)
{
    struct slice code = asking->question->code;
    for (const struct code *row =
             silent != 0 ? codeset_find(set, course->course, strlen(course->course)) : NULL;
         row != NULL; row = row->same) {
        const char *of = code_property(row, asking->join->property);
        if (of == NULL || strlen(of) != code.length || memcmp(of, code.at, code.length) != 0)
            continue;
        for (size_t i = 0; i < asking->join->required_count && i < MAX_CLASSES; i++) {
            if ((silent >> i & 1) != 0 &&
                code_has(row, asking->question->year, asking->join->required[i], NULL))
                return true;
        }
    }
    return false;
}
