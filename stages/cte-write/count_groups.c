/* Counts for roll-ups: how many records have the same code before and after, school, year and
 * further dimensions, and where they went. What a count becomes (sectors, names, sums) is not known
 * here: NAME.counts.csv is read by those who do that over all sources. */
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "pipeline/run/counts_file.h"
#include "pipeline/run/group_counts.h"
#include "stages/cte-write/write.h"

/* Parts of a group. Those up to the school are the head of its key, which holds before the school
 * what counts the records and what became of them, since rows are sorted so. The rest is the tail:
 * codes, of which there are few, however many schools have them. Behind the codes stands what
 * counts them, for it says which of them are shown. */
enum {
    PART_LEA,
    PART_YEAR,
    PART_LOCAL,
    PART_SCHOOL, /* the last of what says where a record belongs */
    PART_BEFORE,
    PART_AFTER,
    PART_BY = PART_AFTER + ROLLUP_MAX_AFTER,
    PARTS = PART_BY + ROLLUP_MAX_BY,
    PART_PERSON = PARTS, /* whose the record is; no part of the key, as the next */
    PART_TRANSACTION,    /* whether it deletes */
    ALL_PARTS,
    MOST_VALUE = 63,
    STATE_BYTES = 3,
    MOST_KEY = MOST_VALUE + 1 + STATE_BYTES + PARTS * (MOST_VALUE + 1)
};
_Static_assert((int)MOST_KEY <= (int)GROUP_MOST_PART, "a key is no longer than a group may have");

/* In the order of place_roles. */
static const int place_parts[PLACE_PARTS] = {PART_LEA, PART_YEAR, PART_SCHOOL};

/* Where the parts of a group stand in a record of a kind; -1: not there. */
struct rollup_plan {
    const struct kind *kind;
    const struct rollup *rollup; /* NULL: records of this type are only counted */
    int parts[ALL_PARTS];
    /* number of the field whose change lines hold the code before, in a converted record */
    const char *before;
    bool has_listed_before; /* the codes before are a list, not all that has a form */
};

struct rollup_counts {
    const struct rollups *rollups;
    struct group_counts groups;
    struct people people;
    uint32_t age; /* of the groups, whose heads the places know */
    struct rollup_plan *plans;
    size_t plan_count;
    struct rollup_sets sets[ROLLUP_MAX]; /* of the roll-ups that have a plan */
    char settled[MOST_KEY];
};

static int position_of(const struct kind *kind, const char *number)
{
    int position = number != NULL ? record_field(kind->record, number) : -1;
    return position >= 0 && (size_t)position < kind->fields ? position : -1;
}

static struct rollup_plan *plan_for(struct writing *writing, const struct kind *kind)
{
    struct rollup_counts *counts = writing->source.rollup_counts;
    for (size_t i = 0; i < counts->plan_count; i++) {
        if (counts->plans[i].kind == kind)
            return &counts->plans[i];
    }
    counts->plans = cte_realloc(counts->plans, (counts->plan_count + 1) * sizeof *counts->plans);
    struct rollup_plan *plan = &counts->plans[counts->plan_count++];
    const struct rollup *rollup =
        writing->rollups != NULL ? rollups_of(writing->rollups, kind_type(kind)) : NULL;
    *plan = (struct rollup_plan){.kind = kind, .rollup = rollup};
    for (size_t i = 0; i < ALL_PARTS; i++)
        plan->parts[i] = -1;
    if (rollup == NULL)
        return plan;
    struct rollup_sets *sets = &counts->sets[rollup - counts->rollups->rollups];
    rollup_sets_load(&writing->tables, rollup, sets, &writing->error);
    plan->has_listed_before = sets->before != NULL && sets->before->kind != CODESET_FORM;
    const int *roles = kind->record->role_position;
    plan->parts[PART_LEA] = roles[ROLE_LEA];
    plan->parts[PART_YEAR] = roles[ROLE_ACADEMIC_YEAR];
    plan->parts[PART_SCHOOL] = roles[ROLE_SCHOOL];
    if (rollup->is_linked || (rollup->through != NULL && rollup->matches == NULL))
        plan->parts[PART_LOCAL] = roles[ROLE_LOCAL_COURSE];
    if (rollup->through == NULL || rollup->matches != NULL) {
        plan->before = rollup->before.field;
        plan->parts[PART_BEFORE] = position_of(kind, rollup->before.field);
    }
    for (size_t a = 0; a < rollup->after_count && rollup->through == NULL; a++)
        plan->parts[PART_AFTER + a] = position_of(kind, rollup->after[a].field);
    for (size_t b = 0; b < rollup->by_count; b++)
        plan->parts[PART_BY + b] = position_of(kind, rollup->by[b].field);
    plan->parts[PART_PERSON] = position_of(kind, rollup->distinct.field);
    plan->parts[PART_TRANSACTION] = roles[ROLE_TRANSACTION];
    return plan;
}

/* The value that a change line took from the field whose value before is counted, or what stands
 * there now. */
static struct slice value_before(struct writing *writing, const struct rollup_plan *plan,
                                 struct slice now)
{
    for (size_t i = 0; i < writing->past->count; i++) {
        const struct stream_row *row = writing->past->lines[i].row;
        if (row == NULL)
            continue;
        struct row_plan *row_plan = plan_row(writing, row);
        if (row_plan->counted_for != plan->kind) {
            row_plan->counted_for = plan->kind;
            row_plan->is_counted = strcmp(row->field, plan->before) == 0;
        }
        if (row_plan->is_counted)
            return writing->past->lines[i].value;
    }
    return now;
}

static struct slice value_at(const struct record *record, const struct slice *received,
                             int position)
{
    return position < 0       ? (struct slice){"", 0}
           : received != NULL ? received[position]
                              : record_value(record, (size_t)position);
}

/* The place of a record as it was received, where that of the record now is another. */
static struct place *received_place(struct writing *writing, const struct rollup_plan *plan,
                                    const struct slice *received)
{
    struct place_key key = {.kind = plan->kind};
    for (size_t i = 0; i < PLACE_PARTS; i++)
        key.parts[i] = value_at(NULL, received, plan->parts[place_parts[i]]);
    seek_place(writing, &key);
    return find_place(writing, &key);
}

/* Whether local course, where records are counted by it, is a value of its field too. */
static bool fit_local(struct writing *writing, const struct record *record,
                      const struct rollup_plan *plan, const struct slice *received)
{
    struct slice fields[STREAM_MAX_FIELDS];
    if (plan->parts[PART_LOCAL] < 0)
        return true;
    for (size_t i = 0; received == NULL && i < plan->kind->fields; i++)
        fields[i] = record_value(record, i);
    return fits_show(fits_for(writing, plan->kind->record), received != NULL ? received : fields,
                     plan->kind->fields, (size_t)plan->parts[PART_LOCAL]);
}

/* ---- keys ---- */

static char *put_text(char *to, const char *text)
{
    return stpcpy(to, text) + 1;
}

/* A value that is too long to be a code counts as empty. */
static inline char *put_part(char *to, struct slice value, bool escaped)
{
    if (value.length > MOST_VALUE)
        value.length = 0;
    to = escaped ? stream_unescape(to, value.at, value.length) : copy_value(to, value);
    *to = '\0';
    return to + 1;
}

static char *put_tail(char *to, const struct counted *counted)
{
    to = put_text(to, counted->before);
    for (size_t a = 0; a < ROLLUP_MAX_AFTER; a++)
        to = put_text(to, counted->after[a]);
    for (size_t b = 0; b < ROLLUP_MAX_BY; b++)
        to = put_text(to, counted->by[b]);
    return put_text(to, counted->rollup);
}

/* A code that is not in its code set may be anything, a student's number too: none is shown. */
static struct slice settle_tail(void *context, struct slice tail)
{
    struct rollup_counts *counts = context;
    struct counted counted;
    read_group_tail(tail.at, &counted);
    const struct rollup *rollup = NULL;
    for (size_t i = 0; counts->rollups != NULL && i < counts->rollups->count; i++) {
        if (strcmp(counts->rollups->rollups[i].id, counted.rollup) == 0)
            rollup = &counts->rollups->rollups[i];
    }
    if (rollup == NULL)
        return tail;
    const struct rollup_sets *sets = &counts->sets[rollup - counts->rollups->rollups];
    counted.before = rollup_shown(&rollup->before, sets->before, counted.before, "");
    for (size_t a = 0; a < rollup->after_count; a++)
        counted.after[a] =
            rollup_shown(&rollup->after[a], sets->after[a], counted.after[a], ROLLUP_UNLISTED);
    for (size_t b = 0; b < rollup->by_count; b++)
        counted.by[b] = rollup_shown(&rollup->by[b], sets->by[b], counted.by[b], "");
    const char *end = put_tail(counts->settled, &counted);
    return (struct slice){counts->settled, (size_t)(end - counts->settled)};
}

/* ---- counting ---- */

static void begin_counts(struct writing *writing)
{
    struct rollup_counts *counts = writing->source.rollup_counts = cte_zalloc(1, sizeof *counts);
    counts->rollups = writing->rollups;
    counts->groups =
        (struct group_counts){.folder = writing->folder, .settle = settle_tail, .context = counts};
    counts->people = (struct people){.counts = {.folder = writing->folder}};
}

/* A record to be counted: its plan, and where it belongs. */
struct counting {
    const struct record *record;
    const struct slice *received;
    const struct rollup_plan *plan; /* NULL: it is only counted */
    struct place *place;            /* NULL: nowhere that can be believed */
    bool is_again, is_delete;
};

static const char *rollup_id(const struct counting *counting)
{
    return counting->plan != NULL ? counting->plan->rollup->id : "";
}

/* A record that is rejected or out of step may hold anything anywhere, a student's number in the
 * place of the school. Only its code is looked at, where that is one of a list, to see which sector
 * it would have been of: anything may have a form. */
static inline bool is_told(const struct counting *counting, int part)
{
    const struct rollup_plan *plan = counting->plan;
    return counting->place != NULL ||
           (plan != NULL && part == PART_BEFORE && plan->has_listed_before);
}

static inline char *put_value(char *to, const struct counting *counting, int part)
{
    if (!is_told(counting, part) || counting->plan->parts[part] < 0) {
        *to = '\0';
        return to + 1;
    }
    return put_part(to, value_at(counting->record, counting->received, counting->plan->parts[part]),
                    counting->received == NULL && counting->record->escaped);
}

static uint32_t add_head(struct rollup_counts *counts, const struct counting *counting)
{
    char head[MOST_KEY + VALUE_SLACK], *to = head;
    for (int i = PART_LEA; i < PART_SCHOOL; i++)
        to = put_value(to, counting, i);
    to = put_text(to, rollup_id(counting));
    *to++ = (char)counting->record->state;
    *to++ = counting->is_again ? '+' : '-';
    *to++ = counting->is_delete && counting->record->state == STATE_HELD ? 'D' : '-';
    to = put_value(to, counting, PART_SCHOOL);
    return group_counts_head(&counts->groups, (struct slice){head, (size_t)(to - head)});
}

/* The number of the head of a record's group. Where the place alone says it, it is kept there. */
static uint32_t number_head(struct rollup_counts *counts, const struct counting *counting)
{
    static const char states[] = {STATE_RECEIVED, STATE_HELD, STATE_REJECTED, STATE_MERGED};
    _Static_assert(sizeof states == PLACE_STATES, "what may become of the records of a place");
    const struct record *record = counting->record;
    if (counting->place == NULL || counting->plan->parts[PART_LOCAL] >= 0 || counting->is_again ||
        counting->is_delete || record->escaped)
        return add_head(counts, counting);
    size_t state = 0;
    while (states[state] != (char)record->state)
        state++;
    uint32_t *head = &counting->place->heads[state];
    if (*head == 0)
        *head = add_head(counts, counting);
    return *head;
}

static char *put_codes(char *to, struct writing *writing, const struct counting *counting)
{
    const struct record *record = counting->record;
    const struct rollup_plan *plan = counting->plan;
    if (plan != NULL && counting->received == NULL && plan->before != NULL &&
        record->history_length > 0 && is_told(counting, PART_BEFORE)) {
        const struct slice now = value_at(record, NULL, plan->parts[PART_BEFORE]);
        to = put_part(to, value_before(writing, plan, now), record->escaped);
    } else {
        to = put_value(to, counting, PART_BEFORE);
    }
    for (int i = PART_AFTER; i < PARTS; i++) {
        if (counting->received != NULL && i < PART_BY)
            *to++ = '\0';
        else
            to = put_value(to, counting, i);
    }
    return put_text(to, rollup_id(counting));
}

/* Notes whose record it is that was put to the group with that head. One that asks to be forgotten
 * tells of nobody. */
static void count_person(struct rollup_counts *counts, const struct counting *counting,
                         uint32_t head, struct cte_error *error)
{
    char number[MOST_VALUE + 1 + VALUE_SLACK];
    const struct group group = {map_key(&counts->groups.heads, head - 1),
                                group_counts_last_tail(&counts->groups), 1};
    const char *end = put_value(number, counting, PART_PERSON);
    const struct slice value = {number, (size_t)(end - number) - 1};
    if (rollup_is_person(&counting->plan->rollup->distinct, value) && !counting->is_delete)
        note_person(&counts->people, &group, value, error);
}

void count_rollup(struct writing *writing, const struct record *record, struct place *place,
                  const struct slice *received)
{
    if (writing->source.rollup_counts == NULL)
        begin_counts(writing);
    struct rollup_counts *counts = writing->source.rollup_counts;
    const struct kind *kind = record->kind;
    if (kind != NULL && received != NULL && kind->from != NULL)
        kind = kind->from;
    const struct rollup_plan *plan = kind != NULL ? plan_for(writing, kind) : NULL;
    struct counting counting = {.record = record,
                                .received = received,
                                .plan = plan != NULL && plan->rollup != NULL ? plan : NULL,
                                .is_again = writing->source.is_again};
    if (counting.plan != NULL && record->state != STATE_REJECTED) {
        if (received != NULL && (kind != record->kind || record->escaped))
            place = received_place(writing, plan, received);
        if (place->fits && !place->is_long && fit_local(writing, record, plan, received))
            counting.place = place;
    }
    if (counting.plan != NULL)
        counting.is_delete = record_is_delete(
            plan->kind->record, value_at(record, received, plan->parts[PART_TRANSACTION]));
    if (group_counts_reserve(&counts->groups, &writing->error) != CTE_OK)
        return;
    if (counts->age != counts->groups.age)
        forget_heads(&writing->source.places);
    counts->age = counts->groups.age;
    char tail[MOST_KEY + VALUE_SLACK];
    const char *end = put_codes(tail, writing, &counting);
    const uint32_t head = number_head(counts, &counting);
    group_counts_put(&counts->groups, head, (struct slice){tail, (size_t)(end - tail)}, 1);
    if (counting.place != NULL && plan->parts[PART_PERSON] >= 0)
        count_person(counts, &counting, head, &writing->error);
}

/* ---- the file ---- */

bool has_people(const struct writing *writing)
{
    return writing->source.rollup_counts->people.is_anyone;
}

int put_counts(struct writing *writing, struct output *output, struct output *people)
{
    struct rollup_counts *counts = writing->source.rollup_counts;
    struct cte_error *error = &writing->error;
    if (group_counts_sort(&counts->groups, error) != CTE_OK ||
        sort_people(&counts->people, error) != CTE_OK)
        return error->status;
    put_counts_heading(output);
    struct group group;
    struct text head = {0}, cells = {0}; /* of the last row, and what they are in the file */
    while (group_counts_next(&counts->groups, &group, error)) {
        struct counted counted = {.records = group.records};
        if (head.length != group.head.length ||
            memcmp(head.bytes, group.head.at, head.length) != 0) {
            text_clear(&head);
            text_put(&head, group.head.at, group.head.length);
            read_group_head(head.bytes, &counted);
            text_clear(&cells);
            add_counts_place(&cells, &counted);
        }
        output_put(output, cells.bytes, cells.length);
        read_group_tail(group.tail.at, &counted);
        put_counts_codes(output, &counted);
        put_people(&counts->people, &group, output->records, people, error);
    }
    text_free(&head);
    text_free(&cells);
    return error->status;
}

void free_counts(struct writing *writing)
{
    struct rollup_counts *counts = writing->source.rollup_counts;
    if (counts == NULL)
        return;
    group_counts_free(&counts->groups);
    group_counts_free(&counts->people.counts);
    free(counts->plans);
    free(counts);
}
