#include "stages/cte-write/write.h"

#include <stdlib.h>
#include <string.h>

#include "codetables/base/hash.h"
#include "codetables/base/memory.h"

/* The number of the question with this key. */
static size_t find_needed(struct needed_list *list, const char *key)
{
    const size_t before = list->keys.count, i = map_add_string(&list->keys, key);
    if (i == before) {
        GROW(list->items, before, list->room);
        list->items[i] = (struct needed){NULL, 0};
    }
    return i;
}

/* How many different codes no table answers for. Beyond a million the file holds no codes, and the
 * count stays. */
static void note_unmapped(struct needed_list *list, struct slice code)
{
    enum { MOST = 1 << 20 };
    list->unmapped_records++;
    if (list->unmapped.count == MOST)
        return;
    const uint64_t hash = keyed_hash(code.at, code.length);
    map_add(&list->unmapped, &hash, sizeof hash);
}

static char *role_text(const struct record_layout *record, const struct slice *fields,
                       enum field_role role)
{
    int position = record->role_position[role];
    if (position < 0)
        return cte_strdup("");
    char *escaped = cte_alloc(2 * fields[position].length + 1);
    *stream_escape(escaped, fields[position].at, fields[position].length) = '\0';
    return escaped;
}

/* Questions by the raw bytes of their fields: most held records ask what one before them asked. */
enum { RECENT = 512, RECENT_BYTES = 128 };

struct recent {
    const struct stream_rule *rule;
    const struct kind *kind; /* one rule may be told of several record types */
    size_t length, number;
    char raw[RECENT_BYTES];
};

static size_t gather(const struct record_layout *record, const struct slice *fields, int code,
                     char *raw)
{
    const int positions[] = {
        record->role_position[ROLE_LEA], record->role_position[ROLE_ACADEMIC_YEAR],
        record->role_position[ROLE_SCHOOL], record->role_position[ROLE_LOCAL_COURSE], code};
    size_t length = 0;
    for (size_t i = 0; i < sizeof positions / sizeof *positions; i++) {
        struct slice value = positions[i] >= 0 ? fields[positions[i]] : (struct slice){"", 0};
        if (length + value.length + 1 > RECENT_BYTES)
            return 0;
        memcpy(raw + length, value.at, value.length);
        length += value.length;
        raw[length++] = '\n';
    }
    return length;
}

/* Whether what a question names are values of their fields. */
static bool fit_question(struct writing *writing, const struct kind *kind,
                         const struct slice *fields)
{
    static const enum field_role roles[] = {ROLE_LEA, ROLE_ACADEMIC_YEAR, ROLE_SCHOOL,
                                            ROLE_LOCAL_COURSE};
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        const int position = kind->record->role_position[roles[i]];
        if (position >= 0 &&
            !fits_show(fits_for(writing, kind->record), fields, kind->fields, (size_t)position))
            return false;
    }
    return true;
}

/* The question that the record asks, as a key. To be freed. */
static char *question_key(const struct kind *kind, const struct stream_rule *rule,
                          const struct slice *fields)
{
    char *lea = role_text(kind->record, fields, ROLE_LEA),
         *year = role_text(kind->record, fields, ROLE_ACADEMIC_YEAR),
         *school = role_text(kind->record, fields, ROLE_SCHOOL),
         *local = role_text(kind->record, fields, ROLE_LOCAL_COURSE);
    const int position = record_field(kind->record, rule->field);
    /* A local course has one answer in the LEA, whatever record type and school; records without
     * one are decided by the code itself. */
    const bool is_local = local[0] != '\0';
    struct slice code = {"", 0};
    if (!is_local && rule->asked != NULL)
        code = slice_of(rule->asked);
    else if (!is_local && position >= 0)
        code = fields[position];
    char *key = cte_format("%s^%s^%s^%s^%.*s^%s", lea, year, is_local ? "" : kind_type(kind),
                           is_local ? "" : school, (int)code.length, code.at, local);
    free(local);
    free(school);
    free(year);
    free(lea);
    return key;
}

/* Counts a record to the question that it asks. */
static void note_question(struct writing *writing, const struct kind *kind,
                          const struct stream_rule *rule, const struct slice *fields)
{
    struct needed_list *list = &writing->needed;
    char raw[RECENT_BYTES];
    const size_t length =
        gather(kind->record, fields, record_field(kind->record, rule->field), raw);
    if (list->recent == NULL)
        list->recent = cte_zalloc(RECENT, sizeof *list->recent);
    struct recent *recent = &list->recent[keyed_hash(raw, length) % RECENT];
    if (length > 0 && recent->rule == rule && recent->kind == kind && recent->length == length &&
        memcmp(recent->raw, raw, length) == 0) {
        list->items[recent->number].records++;
        return;
    }
    /* nobody could answer for it; its finding says that it waits */
    if (!fit_question(writing, kind, fields))
        return;
    char *key = question_key(kind, rule, fields);
    const size_t number = find_needed(list, key);
    free(key);
    list->items[number].choices = rule->choices;
    list->items[number].records++;
    recent->rule = length > 0 ? rule : NULL;
    recent->kind = kind;
    recent->length = length;
    recent->number = number;
    memcpy(recent->raw, raw, length);
}

void note_needed(struct writing *writing, const struct record *record, const struct slice *fields)
{
    const struct kind *kind = kind_received(record->kind);
    struct stream_history entry;
    for (const char *at = NULL; stream_history_next(record, &at, &entry);) {
        const struct stream_rule *rule = stream_find_rule(&writing->in, &entry);
        if (rule == NULL || rule->choices == NULL)
            continue;
        const int position = record_field(kind->record, rule->field);
        if (rule->choices[0] == '\0')
            note_unmapped(&writing->needed,
                          position >= 0 ? fields[position] : (struct slice){"", 0});
        else
            note_question(writing, kind, rule, fields);
    }
}
