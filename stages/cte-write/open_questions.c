#include "stages/cte-write/write.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/hash.h"
#include "codetables/base/memory.h"
#include "codetables/base/year.h"

/* A question of more choices tells what courses say of so many; a line has room for no more. */
enum { MOST_CHOICES = 40 };
/* What tells questions apart, in the order of their keys. */
enum { LEA, YEAR, TYPE, SCHOOL, CODE, LOCAL, QUESTION_PARTS };

/* The number of a question, which is added where it is new; its texts are those of its key. */
static size_t find_needed(struct needed_list *list, const struct slice *parts)
{
    text_clear(&list->key);
    for (size_t i = 0; i < QUESTION_PARTS; i++) {
        text_put(&list->key, parts[i].at, parts[i].length);
        text_add_byte(&list->key, '\0');
    }
    const size_t known = list->keys.count,
                 number = map_add(&list->keys, list->key.bytes, list->key.length);
    if (number == known) {
        const char *texts[QUESTION_PARTS], *at = map_key(&list->keys, number).at;
        for (size_t i = 0; i < QUESTION_PARTS; i++)
            texts[i] = next_part(&at);
        GROW(list->items, known, list->room);
        list->items[number] = (struct fact_needed){.lea = texts[LEA],
                                                   .year = texts[YEAR],
                                                   .type = texts[TYPE],
                                                   .school = texts[SCHOOL],
                                                   .code = texts[CODE],
                                                   .local = texts[LOCAL]};
    }
    return number;
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

static struct slice role_value(const struct record_layout *record, const struct slice *fields,
                               enum field_role role)
{
    const int position = record->role_position[role];
    return position >= 0 ? fields[position] : (struct slice){"", 0};
}

/* A rule that asks, and the position of the field that it is about; -1: the record has none. */
struct asked {
    const struct stream_rule *rule;
    int position;
};

static struct asked asked_of(struct writing *writing, const struct kind *kind,
                             const struct stream_rule *rule)
{
    struct rule_plan *plan = plan_rule(writing, rule);
    if (plan->record != kind->record) {
        plan->record = kind->record;
        plan->position = record_field(kind->record, rule->field);
    }
    return (struct asked){rule, plan->position};
}

/* Questions by the raw bytes of their fields: most held records ask what one before them asked, and
 * then are counted here. So each costs one look at a place that may be far from the processor.
 * What is not kept is looked up by its texts. */
enum { FIRST_RECENT = 1 << 6, MOST_RECENT = 1 << 17, RECENT_BYTES = 43 };

struct recent {
    uint64_t records; /* that asked it again */
    uint32_t number;  /* of the question */
    /* From here on, what tells it apart. */
    uint32_t rule, kind;  /* their indexes; one rule may be told of several record types */
    unsigned char length; /* of what follows; 0: no question */
    char raw[RECENT_BYTES];
};
_Static_assert(sizeof(struct recent) == 64, "a question is one line of the processor's memory");

/* What tells a question apart; nothing where it is too long to be kept. */
static void gather(const struct kind *kind, const struct asked *asked, const struct slice *fields,
                   struct recent *wanted)
{
    const int *roles = kind->record->role_position;
    const int positions[] = {roles[ROLE_LEA], roles[ROLE_ACADEMIC_YEAR], roles[ROLE_SCHOOL],
                             roles[ROLE_LOCAL_COURSE], asked->position};
    size_t length = 0;
    wanted->rule = (uint32_t)asked->rule->index;
    wanted->kind = (uint32_t)kind->index;
    wanted->length = 0;
    for (size_t i = 0; i < sizeof positions / sizeof *positions; i++) {
        struct slice value = positions[i] >= 0 ? fields[positions[i]] : (struct slice){"", 0};
        if (length + value.length + 1 > RECENT_BYTES)
            return;
        memcpy(wanted->raw + length, value.at, value.length);
        length += value.length;
        wanted->raw[length++] = '\n';
    }
    wanted->length = (unsigned char)length;
}

/* The bytes that tell a question apart. */
static struct slice key_of(const struct recent *recent)
{
    enum { BEFORE_RAW = offsetof(struct recent, raw) - offsetof(struct recent, rule) };
    return (struct slice){(const char *)&recent->rule, BEFORE_RAW + recent->length};
}

static size_t hash_recent(const struct recent *wanted)
{
    const struct slice key = key_of(wanted);
    return (size_t)keyed_hash(key.at, key.length);
}

/* The place of a question, or a free one where it would be; at most three quarters are taken. */
static struct recent *find_recent(const struct needed_list *list, const struct recent *wanted)
{
    for (size_t at = hash_recent(wanted);; at++) {
        struct recent *recent = &list->recent[at & (list->recent_room - 1)];
        if (recent->length == 0 || slice_equals(key_of(recent), key_of(wanted)))
            return recent;
    }
}

static bool is_recent_full(const struct needed_list *list)
{
    return list->recent_count >= list->recent_room / 4 * 3;
}

static void make_recent_room(struct needed_list *list)
{
    struct recent *old = list->recent;
    const size_t old_room = list->recent_room;
    list->recent_room = old_room == 0 ? FIRST_RECENT : 2 * old_room;
    list->recent = cte_zalloc_table(list->recent_room, sizeof *list->recent);
    for (size_t i = 0; i < old_room; i++) {
        if (old[i].length > 0)
            *find_recent(list, &old[i]) = old[i];
    }
    free(old);
}

/* Adds what was counted here to the questions, and forgets them. */
static void settle_recent(struct needed_list *list)
{
    for (size_t i = 0; i < list->recent_room; i++) {
        if (list->recent[i].length > 0)
            list->items[list->recent[i].number].records += list->recent[i].records;
    }
    memset(list->recent, 0, list->recent_room * sizeof *list->recent);
    list->recent_count = 0;
}

/* Keeps what is not kept yet; where there is no more room, all others are forgotten. */
static void keep_recent(struct needed_list *list, const struct recent *wanted, size_t number)
{
    if (is_recent_full(list) && list->recent_room < MOST_RECENT)
        make_recent_room(list);
    else if (is_recent_full(list))
        settle_recent(list);
    struct recent *recent = find_recent(list, wanted);
    *recent = *wanted;
    recent->number = (uint32_t)number;
    recent->records = 0;
    list->recent_count++;
}

/* Whether what a question names are values of their fields. */
static bool fit_question(struct writing *writing, const struct kind *kind,
                         const struct slice *fields)
{
    const int *roles = kind->record->role_position;
    const int positions[] = {roles[ROLE_LEA], roles[ROLE_ACADEMIC_YEAR], roles[ROLE_SCHOOL],
                             roles[ROLE_LOCAL_COURSE]};
    return fits_show_all(fits_for(writing, kind->record), fields, kind->fields, positions,
                         sizeof positions / sizeof *positions);
}

/* The question that the record asks. A local course has one answer in the LEA, whatever record type
 * and school; records without one are decided by the code itself. */
static void name_question(const struct kind *kind, const struct asked *asked,
                          const struct slice *fields, struct slice *parts)
{
    const struct slice none = {"", 0}, local = role_value(kind->record, fields, ROLE_LOCAL_COURSE);
    parts[LEA] = role_value(kind->record, fields, ROLE_LEA);
    parts[YEAR] = role_value(kind->record, fields, ROLE_ACADEMIC_YEAR);
    parts[TYPE] = parts[SCHOOL] = parts[CODE] = none;
    parts[LOCAL] = local;
    if (local.length > 0)
        return;
    parts[TYPE] = slice_of(kind_type(kind));
    parts[SCHOOL] = role_value(kind->record, fields, ROLE_SCHOOL);
    if (asked->rule->asked != NULL)
        parts[CODE] = slice_of(asked->rule->asked);
    else if (asked->position >= 0)
        parts[CODE] = fields[asked->position];
}

static const char *joined_text(const char *text, const char *other)
{
    return text == NULL || strcmp(text, other) == 0 ? other : "(various)";
}

/* The code that is open, and its name, for who has to answer: the question may name a local course
 * alone. Nothing is told of what is no code of its field. */
static void name_asked(struct writing *writing, const struct kind *kind, const struct asked *asked,
                       const struct slice *fields, struct fact_needed *needed)
{
    struct needed_list *list = &writing->source.needed;
    const char *code = "", *name = NULL;
    if (asked->position >= 0) {
        const struct slice year = role_value(kind->record, fields, ROLE_ACADEMIC_YEAR),
                           value = asked->rule->asked != NULL ? slice_of(asked->rule->asked)
                                                              : fields[asked->position];
        name = fits_name(fits_for(writing, kind->record), (size_t)asked->position, value,
                         academic_year(year.at, year.length));
        if (name != NULL || asked->rule->asked != NULL)
            code = map_key(&list->texts, map_add(&list->texts, value.at, value.length)).at;
    }
    needed->asked = joined_text(needed->asked, code);
    needed->name = joined_text(needed->name, name != NULL ? name : "");
}

/* One more record whose student's courses point to the choice. */
static void count_choice(struct needed_list *list, struct fact_needed *needed, struct slice choice)
{
    struct named_numbers *courses = &needed->courses;
    size_t i = 0;
    while (i < courses->count && !slice_is(choice, courses->items[i].name))
        i++;
    if (i == courses->count && i == MOST_CHOICES)
        return;
    if (i == courses->count) {
        courses->items = cte_realloc(courses->items, (i + 1) * sizeof *courses->items);
        courses->items[courses->count++] = (struct named_number){
            map_key(&list->texts, map_add(&list->texts, choice.at, choice.length)).at, 0};
    }
    courses->items[i].number++;
}

/* Counts the choices that courses of the record's student point to. */
static void count_courses(struct needed_list *list, struct fact_needed *needed,
                          const struct stream_rule *rule)
{
    const char *at = rule->courses;
    if (at == NULL)
        return;
    if (at[0] == '\0')
        count_choice(list, needed, slice_of(COURSES_SILENT));
    for (size_t length; at[0] != '\0'; at += length + (at[length] == ' ')) {
        length = strcspn(at, " ");
        count_choice(list, needed, (struct slice){at, length});
    }
}

/* Counts a record to the question that it asks. */
static void note_question(struct writing *writing, const struct kind *kind,
                          const struct asked *asked, const struct slice *fields)
{
    struct needed_list *list = &writing->source.needed;
    struct recent wanted;
    gather(kind, asked, fields, &wanted);
    if (wanted.length > 0 && list->recent_room > 0) {
        struct recent *recent = find_recent(list, &wanted);
        if (recent->length > 0) {
            recent->records++;
            count_courses(list, &list->items[recent->number], asked->rule);
            return;
        }
    }
    /* nobody could answer for it; its finding says that it waits */
    if (!fit_question(writing, kind, fields))
        return;
    struct slice parts[QUESTION_PARTS];
    name_question(kind, asked, fields, parts);
    const size_t number = find_needed(list, parts);
    list->items[number].choices = asked->rule->choices;
    name_asked(writing, kind, asked, fields, &list->items[number]);
    list->items[number].records++;
    count_courses(list, &list->items[number], asked->rule);
    if (wanted.length > 0)
        keep_recent(list, &wanted, number);
}

/* The next code among the findings of a record that waits for an answer, from line *at on; false
 * behind the last. */
static bool next_asked(struct writing *writing, const struct record *record, size_t *at,
                       struct asked *asked)
{
    while (*at < writing->past->count) {
        const struct stream_rule *rule = writing->past->lines[(*at)++].rule;
        if (rule == NULL || rule->choices == NULL)
            continue;
        *asked = asked_of(writing, kind_received(record->kind), rule);
        return true;
    }
    return false;
}

static bool has_choices(const struct asked *asked)
{
    return asked->rule->choices[0] != '\0';
}

void seek_needed(struct writing *writing, const struct record *record, const struct slice *fields)
{
    const struct needed_list *list = &writing->source.needed;
    size_t at = 0;
    struct asked asked;
    struct recent wanted;
    if (list->recent_room == 0 || !next_asked(writing, record, &at, &asked) || !has_choices(&asked))
        return;
    gather(kind_received(record->kind), &asked, fields, &wanted);
    if (wanted.length > 0)
        __builtin_prefetch(&list->recent[hash_recent(&wanted) & (list->recent_room - 1)], 1);
}

void note_needed(struct writing *writing, const struct record *record, const struct slice *fields)
{
    struct asked asked;
    for (size_t at = 0; next_asked(writing, record, &at, &asked);) {
        if (has_choices(&asked))
            note_question(writing, kind_received(record->kind), &asked, fields);
        else
            note_unmapped(&writing->source.needed,
                          asked.position >= 0 ? fields[asked.position] : (struct slice){"", 0});
    }
}

void put_needed(struct writing *writing)
{
    struct needed_list *list = &writing->source.needed;
    if (list->recent_room > 0)
        settle_recent(list);
    for (size_t i = 0; i < list->keys.count; i++)
        put_fact(stdout, FACT_NEEDED, &list->items[i]);
}
