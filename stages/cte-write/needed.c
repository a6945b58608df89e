#include "stages/cte-write/write.h"

#include <stdlib.h>
#include <string.h>

#include "codetables/base/hash.h"
#include "codetables/base/memory.h"

static struct needed *find_needed(struct needed_list *list, const char *key)
{
    if (list->count * 2 >= list->slot_count) {
        list->slot_count = list->slot_count == 0 ? 256 : list->slot_count * 2;
        free(list->slots);
        list->slots = cte_zalloc(list->slot_count, sizeof *list->slots);
        for (size_t i = 0; i < list->count; i++) {
            size_t at =
                keyed_hash(list->items[i].key, strlen(list->items[i].key)) & (list->slot_count - 1);
            while (list->slots[at] != 0)
                at = (at + 1) & (list->slot_count - 1);
            list->slots[at] = (uint32_t)i + 1;
        }
    }
    size_t at = keyed_hash(key, strlen(key)) & (list->slot_count - 1);
    while (list->slots[at] != 0) {
        struct needed *found = &list->items[list->slots[at] - 1];
        if (strcmp(found->key, key) == 0)
            return found;
        at = (at + 1) & (list->slot_count - 1);
    }
    if (list->count == list->room) {
        list->room = list->room == 0 ? 64 : list->room * 2;
        list->items = cte_realloc(list->items, list->room * sizeof *list->items);
    }
    list->slots[at] = (uint32_t)list->count + 1;
    struct needed *made = &list->items[list->count++];
    *made = (struct needed){.key = cte_strdup(key)};
    return made;
}

/* How many different codes no table answers for. Beyond a million the file holds no codes, and the
 * count stays. */
static void note_unmapped(struct needed_list *list, struct slice code)
{
    enum { MOST = 1 << 20 };
    list->unmapped_records++;
    if (list->unmapped_count == MOST)
        return;
    if (list->unmapped_count * 2 >= list->unmapped_room) {
        size_t old_room = list->unmapped_room;
        uint64_t *old = list->unmapped;
        list->unmapped_room = old_room == 0 ? 64 : old_room * 2;
        list->unmapped = cte_zalloc(list->unmapped_room, sizeof *list->unmapped);
        for (size_t i = 0; i < old_room; i++) {
            size_t at = old[i] & (list->unmapped_room - 1);
            while (old[i] != 0 && list->unmapped[at] != 0)
                at = (at + 1) & (list->unmapped_room - 1);
            if (old[i] != 0)
                list->unmapped[at] = old[i];
        }
        free(old);
    }
    uint64_t hash = keyed_hash(code.at, code.length) | 1;
    size_t at = hash & (list->unmapped_room - 1);
    while (list->unmapped[at] != 0 && list->unmapped[at] != hash)
        at = (at + 1) & (list->unmapped_room - 1);
    list->unmapped_count += list->unmapped[at] == 0;
    list->unmapped[at] = hash;
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

void note_needed(struct writing *writing, const struct stream_record *record,
                 const struct slice *fields)
{
    struct stream_history entry;
    const struct kind *kind = record->kind->from != NULL ? record->kind->from : record->kind;
    for (const char *at = NULL; stream_history_next(record, &at, &entry);) {
        const struct stream_rule *rule =
            entry.letter == 'F' ? stream_defined(&writing->in.rules, entry.reference) : NULL;
        if (rule == NULL || rule->choices == NULL)
            continue;
        if (rule->choices[0] == '\0') {
            int unmapped = record_field(kind->record, rule->field);
            note_unmapped(&writing->needed,
                          unmapped >= 0 ? fields[unmapped] : (struct slice){"", 0});
            continue;
        }
        static struct recent recents[RECENT];
        char raw[RECENT_BYTES];
        size_t raw_length =
            gather(kind->record, fields, record_field(kind->record, rule->field), raw);
        struct recent *recent = &recents[keyed_hash(raw, raw_length) % RECENT];
        if (raw_length > 0 && recent->rule == rule && recent->kind == kind &&
            recent->length == raw_length && memcmp(recent->raw, raw, raw_length) == 0) {
            writing->needed.items[recent->number].records++;
            continue;
        }
        /* nobody could answer for it; its finding says that it waits */
        if (!fit_question(writing, kind, fields))
            continue;
        char *lea = role_text(kind->record, fields, ROLE_LEA),
             *year = role_text(kind->record, fields, ROLE_ACADEMIC_YEAR);
        char *school = role_text(kind->record, fields, ROLE_SCHOOL),
             *local = role_text(kind->record, fields, ROLE_LOCAL_COURSE);
        int position = record_field(kind->record, rule->field);
        /* A record with a local course is decided by that, others by the code itself. */
        char *code = rule->asked != NULL && local[0] == '\0' ? cte_strdup(rule->asked)
                     : position >= 0 && local[0] == '\0'
                         ? cte_format("%.*s", (int)fields[position].length, fields[position].at)
                         : cte_strdup("");
        /* A local course has one answer in the LEA, whatever record type and school. */
        bool is_local = local[0] != '\0';
        char *key = cte_format("%s^%s^%s^%s^%s^%s", lea, year, is_local ? "" : kind_type(kind),
                               is_local ? "" : school, code, local);
        struct needed *needed = find_needed(&writing->needed, key);
        needed->choices = rule->choices;
        needed->records++;
        recent->rule = raw_length > 0 ? rule : NULL;
        recent->kind = kind;
        recent->length = raw_length;
        recent->number = (size_t)(needed - writing->needed.items);
        memcpy(recent->raw, raw, raw_length);
        free(key);
        free(code);
        free(local);
        free(school);
        free(year);
        free(lea);
    }
}
