#include "stages/cte-index/collect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/hash.h"
#include "codetables/base/memory.h"

enum { MAX_KEY_FIELDS = 16, MAX_TASKS = 64 };

/* What is to be done with each record of a kind. */
enum task_kind {
    TASK_UNIQUE,
    TASK_GROUP,
    TASK_NEED,
    TASK_PROVIDE,
    TASK_JOIN_RECORD,
    TASK_JOIN_STEP,
    TASK_JOIN_COURSE,
    TASK_AGREE,
    TASK_RECODED
};

struct task {
    enum task_kind kind;
    uint32_t number;                 /* of the rule or join */
    uint16_t fields[MAX_KEY_FIELDS]; /* positions of the key or group */
    uint16_t values[MAX_KEY_FIELDS]; /* positions of the second list */
    uint32_t field_count, value_count;
    int code, local, lea, grade; /* positions, or -1 */
    struct condition *test;
    const struct field *recoded;
    uint32_t type; /* TASK_AGREE: the number of the record type's text */
};

struct index_plan {
    struct task tasks[MAX_TASKS];
    uint32_t count;
    int transaction, lea, year;
    const char *delete_code;
    struct upload_plan upload;
};

bool find_text(const struct texts *texts, const char *text, size_t length, uint32_t *number)
{
    uint64_t at = keyed_hash(text, length) & (texts->slot_count - 1);
    for (; texts->slot_count > 0 && texts->slots[at] != 0;
         at = (at + 1) & (texts->slot_count - 1)) {
        const char *known = texts->items[ *number = texts->slots[at] - 1];
        if (strlen(known) == length && memcmp(known, text, length) == 0)
            return true;
    }
    return false;
}

uint32_t text_number(struct texts *texts, const char *text, size_t length)
{
    if (texts->count * 2 >= texts->slot_count) {
        texts->slot_count = texts->slot_count == 0 ? 1024 : texts->slot_count * 2;
        free(texts->slots);
        texts->slots = cte_zalloc(texts->slot_count, sizeof *texts->slots);
        for (uint32_t i = 0; i < texts->count; i++) {
            uint64_t at =
                keyed_hash(texts->items[i], strlen(texts->items[i])) & (texts->slot_count - 1);
            while (texts->slots[at] != 0)
                at = (at + 1) & (texts->slot_count - 1);
            texts->slots[at] = i + 1;
        }
    }
    uint64_t at = keyed_hash(text, length) & (texts->slot_count - 1);
    while (texts->slots[at] != 0) {
        const char *known = texts->items[texts->slots[at] - 1];
        if (strlen(known) == length && memcmp(known, text, length) == 0)
            return texts->slots[at] - 1;
        at = (at + 1) & (texts->slot_count - 1);
    }
    GROW_BY_HALF(texts->items, texts->count, texts->room);
    char *copy = cte_alloc(length + 1);
    memcpy(copy, text, length);
    copy[length] = '\0';
    texts->items[texts->count] = copy;
    texts->slots[at] = ++texts->count;
    return texts->count - 1;
}

/* A key of one record type must fall together with the same key of another, whose fields stand
 * elsewhere. The bytes are gathered first, so that they can be mixed sixteen at a time. */
static uint64_t fold(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t word_at(const char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

static struct hashes hash_bytes(const char *at, size_t length)
{
    uint64_t secret[4];
    memcpy(secret, hash_secret, sizeof secret);
    uint64_t one = secret[0] ^ length, two = secret[2] ^ length;
    for (; length > 16; at += 16, length -= 16) {
        uint64_t a = word_at(at), b = word_at(at + 8);
        one = fold(a ^ secret[1], b ^ one);
        two = fold(a ^ secret[3], b ^ two);
    }
    uint64_t a = 0, b = 0;
    memcpy(&a, at, length < 8 ? length : 8);
    if (length > 8)
        memcpy(&b, at + 8, length - 8);
    return (struct hashes){fold(fold(a ^ secret[1], b ^ one), secret[2]),
                           fold(fold(a ^ secret[3], b ^ two), secret[0])};
}

struct hashes hash_fields(const struct slice *fields, const uint16_t *positions, uint32_t count)
{
    char short_key[256];
    size_t length = count;
    for (uint32_t i = 0; i < count; i++)
        length += fields[positions[i]].length;
    char *key = length <= sizeof short_key ? short_key : cte_alloc(length), *to = key;
    for (uint32_t i = 0; i < count; i++) {
        to = mempcpy(to, fields[positions[i]].at, fields[positions[i]].length);
        *to++ = '^';
    }
    struct hashes hashes = hash_bytes(key, length);
    if (key != short_key)
        free(key);
    return hashes;
}

/* Positions of field numbers in the layout; false when it lacks one. */
static bool find_positions(const struct kind *kind, char *const *numbers, size_t count,
                           uint16_t *positions, uint32_t *found)
{
    if (count > MAX_KEY_FIELDS)
        return false;
    for (size_t i = 0; i < count; i++) {
        const int position = kind_position(kind, numbers[i]);
        if (position < 0)
            return false;
        positions[i] = (uint16_t)position;
    }
    *found = (uint32_t)count;
    return true;
}

static struct task *add_task(struct index_plan *plan, enum task_kind kind, uint32_t number)
{
    if (plan->count == MAX_TASKS)
        cte_die("more cross-record rules for one record type than this program can hold");
    plan->tasks[plan->count] = (struct task){
        .kind = kind, .number = number, .code = -1, .local = -1, .lea = -1, .grade = -1};
    return &plan->tasks[plan->count++];
}

static int plan_rule(struct collecting *collecting, const struct kind *kind,
                     struct index_plan *plan, uint32_t number)
{
    const struct rule *rule = &collecting->rules->rules[number];
    const char *type = kind_type(kind);
    struct task wanted = {.number = number};
    if (rule->kind == RULE_EXISTS && strcmp(rule->in, type) == 0 &&
        find_positions(kind, rule->values, rule->value_count, wanted.fields, &wanted.field_count)) {
        struct task *task = add_task(plan, TASK_PROVIDE, number);
        memcpy(task->fields, wanted.fields, sizeof task->fields);
        task->field_count = wanted.field_count;
    }
    if (!rule_covers(rule, type) ||
        (rule->kind != RULE_UNIQUE && rule->kind != RULE_SAME && rule->kind != RULE_EXISTS &&
         rule->kind != RULE_ANOTHER && rule->kind != RULE_AGREE) ||
        !find_positions(kind, rule->fields, rule->field_count, wanted.fields, &wanted.field_count))
        return CTE_OK;
    if ((rule->kind == RULE_SAME || rule->kind == RULE_ANOTHER) &&
        !find_positions(kind, rule->values, rule->value_count, wanted.values,
                        &wanted.value_count)) {
        /* A layout that lacks some of the values is held to those it has. */
        for (size_t i = 0; i < rule->value_count && rule->kind == RULE_SAME; i++) {
            int position = kind_position(kind, rule->values[i]);
            if (position >= 0)
                wanted.values[wanted.value_count++] = (uint16_t)position;
        }
        if (wanted.value_count == 0)
            return CTE_OK;
    }
    if (rule->kind == RULE_ANOTHER && rule->test[0] != '\0') {
        char *where =
            cte_format("%s:%ld: rule %s", collecting->rules->identity.path, rule->line, rule->id);
        int status = condition_compile(
            (struct condition_text){rule->test, where},
            &(struct condition_use){kind->record, &collecting->tables, &collecting->tables.arena},
            &wanted.test, &collecting->error);
        free(where);
        if (status != CTE_OK || wanted.test == NULL)
            return status;
    }
    wanted.code = wanted.local = wanted.lea = wanted.grade = -1;
    if (rule->kind == RULE_AGREE) {
        wanted.code = kind_position(kind, rule->field);
        if (wanted.code < 0)
            return CTE_OK;
        wanted.recoded = &kind->record->fields[wanted.code];
        wanted.type = text_number(&collecting->texts, type, strlen(type));
    }
    struct task *task = add_task(plan,
                                 rule->kind == RULE_UNIQUE   ? TASK_UNIQUE
                                 : rule->kind == RULE_EXISTS ? TASK_NEED
                                 : rule->kind == RULE_AGREE  ? TASK_AGREE
                                                             : TASK_GROUP,
                                 number);
    wanted.kind = task->kind;
    *task = wanted;
    return CTE_OK;
}

static void plan_join(struct collecting *collecting, const struct kind *kind,
                      struct index_plan *plan, uint32_t number)
{
    const struct rule_join *join = &collecting->rules->joins[number];
    const char *type = kind_type(kind);
    struct task wanted = {.number = number};
    if (strcmp(join->record, type) == 0 &&
        find_positions(kind, join->group, join->group_count, wanted.fields, &wanted.field_count)) {
        struct task *task = add_task(plan, TASK_JOIN_RECORD, number);
        memcpy(task->fields, wanted.fields, sizeof task->fields);
        task->field_count = wanted.field_count;
        task->code = kind_position(kind, join->code);
    }
    if (strcmp(join->in, type) == 0 &&
        find_positions(kind, join->as, join->group_count, wanted.fields, &wanted.field_count) &&
        find_positions(kind, join->link, join->link_count, wanted.values, &wanted.value_count)) {
        struct task *task = add_task(plan, TASK_JOIN_STEP, number);
        memcpy(task->fields, wanted.fields, sizeof task->fields);
        memcpy(task->values, wanted.values, sizeof task->values);
        task->field_count = wanted.field_count;
        task->value_count = wanted.value_count;
        task->grade = kind_position(kind, join->grade);
    }
    if (strcmp(join->through, type) == 0 &&
        find_positions(kind, join->link_as, join->link_count, wanted.fields, &wanted.field_count)) {
        struct task *task = add_task(plan, TASK_JOIN_COURSE, number);
        memcpy(task->fields, wanted.fields, sizeof task->fields);
        task->field_count = wanted.field_count;
        task->code = kind_position(kind, join->course);
        task->local = kind_position(kind, join->local_course);
        task->lea = kind->record->role_position[ROLE_LEA];
    }
}

/* A record type whose key holds a recoded field can get two records of one key by the recode. */
static void plan_recoded(const struct kind *kind, struct index_plan *plan)
{
    struct task wanted = {.kind = TASK_RECODED, .code = -1};
    for (size_t i = 0; i < kind->fields; i++) {
        const struct field *field = &kind->record->fields[i];
        if (!field->key)
            continue;
        if (field->origin != ORIGIN_RECODE) {
            if (wanted.field_count == MAX_KEY_FIELDS)
                return;
            wanted.fields[wanted.field_count++] = (uint16_t)i;
        } else if (strcmp(field->from, field->number) == 0) {
            wanted.code = (int)i;
            wanted.recoded = field;
        }
    }
    if (wanted.recoded == NULL || wanted.field_count == 0)
        return;
    struct task *task = add_task(plan, TASK_RECODED, 0);
    *task = wanted;
}

/* NULL with the error filled where a rule or a code set is not sound. */
static struct index_plan *make_plan(struct collecting *collecting, const struct kind *kind)
{
    struct index_plan *plan = cte_zalloc(1, sizeof *plan);
    plan->transaction = kind->record->role_position[ROLE_TRANSACTION];
    plan->lea = kind->record->role_position[ROLE_LEA];
    plan->year = kind->record->role_position[ROLE_ACADEMIC_YEAR];
    if (plan->transaction >= 0)
        plan->delete_code = kind->record->fields[plan->transaction].delete_code;
    if (plan_upload(collecting, kind, &plan->upload) != CTE_OK)
        return NULL;
    /* Where the order of the fields is unproven, a key made of them would be too. */
    if (!basis_may_refuse(kind->record->order_basis))
        return plan;
    for (uint32_t i = 0; i < collecting->rules->rule_count; i++) {
        if (plan_rule(collecting, kind, plan, i) != CTE_OK)
            return NULL;
    }
    for (uint32_t i = 0; i < collecting->rules->join_count; i++)
        plan_join(collecting, kind, plan, i);
    plan_recoded(kind, plan);
    return plan;
}

/* The plan of a kind, made when it is first met; NULL with the error filled. */
static const struct index_plan *plan_of(struct collecting *collecting, const struct kind *kind)
{
    void **place = plan_place(&collecting->plans, kind->index);
    if (*place == NULL)
        *place = make_plan(collecting, kind);
    return *place;
}

static struct slice value_at(const struct slice *fields, int position)
{
    return position >= 0 ? fields[position] : (struct slice){"", 0};
}

static void put_key(struct keys *keys, uint64_t hash, uint32_t more, uint32_t line)
{
    GROW_BY_HALF(keys->items, keys->count, keys->room);
    keys->items[keys->count++] = (struct key){hash, more, line};
}

static void put_member(struct members *members, uint64_t group, uint64_t value, uint32_t line)
{
    struct member *last = members->count > 0 ? &members->items[members->count - 1] : NULL;
    if (last != NULL && last->group == group && last->value == value &&
        last->line + last->count == line) {
        last->count++;
        return;
    }
    GROW_BY_HALF(members->items, members->count, members->room);
    members->items[members->count++] = (struct member){group, value, line, 1};
}

/* "TYPE^PLACE^YEAR". No place or year that is one is as long as what is kept of them here. */
static size_t scope_text(char *text, const struct kind *kind, struct slice place, struct slice year)
{
    enum { KEPT = 64 };
    const char *type = kind_type(kind);
    size_t type_length = strlen(type);
    char *end = mempcpy(text, type, type_length < KEPT ? type_length : KEPT);
    *end++ = '^';
    end = mempcpy(end, place.at, place.length < KEPT ? place.length : KEPT);
    *end++ = '^';
    end = mempcpy(end, year.at, year.length < KEPT ? year.length : KEPT);
    return (size_t)(end - text);
}

uint32_t line_of(const struct collecting *collecting, uint32_t file, uint32_t record)
{
    const struct file_entry *entry = &collecting->files[file];
    size_t low = 0, high = entry->line_change_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (entry->line_changes[middle].record <= record)
            low = middle + 1;
        else
            high = middle;
    }
    return low == 0
               ? record
               : entry->line_changes[low - 1].line + (record - entry->line_changes[low - 1].record);
}

/* The number of "TYPE^LEA^YEAR". Most records have that of the one before. */
static uint32_t scope_of(struct collecting *collecting, const struct kind *kind,
                         const struct index_plan *plan, const struct slice *fields)
{
    static char last[256];
    static size_t last_length;
    static uint32_t last_number, last_file = UINT32_MAX;
    char text[256];
    size_t length =
        scope_text(text, kind, value_at(fields, plan->lea), value_at(fields, plan->year));
    if (last_file != collecting->file || length != last_length || memcmp(text, last, length) != 0) {
        memcpy(last, text, length);
        last_length = length;
        last_number = text_number(&collecting->scopes, text, length);
        if (last_number >= collecting->scope_room) {
            uint32_t room = (last_number + 1) * 2;
            collecting->scope_places =
                cte_realloc(collecting->scope_places, room * sizeof *collecting->scope_places);
            memset(collecting->scope_places + collecting->scope_room, 0,
                   (room - collecting->scope_room) * sizeof *collecting->scope_places);
            collecting->scope_room = room;
        }
        struct scope_place *place = &collecting->scope_places[last_number];
        if (place->files == 0 || place->last_file != collecting->file) {
            place->files++;
            place->last_file = collecting->file;
        }
    }
    last_file = collecting->file;
    return last_number;
}

/* A record as the tasks see it. */
struct collected {
    const struct slice *fields;
    size_t field_count;
    uint32_t line, scope;
    int year; /* its academic year */
};

static void do_task(struct collecting *collecting, const struct task *task,
                    const struct collected *record)
{
    const struct slice *fields = record->fields;
    const uint32_t line = record->line, scope = record->scope;
    const int record_year = record->year;
    struct hashes key = hash_fields(fields, task->fields, task->field_count);
    const struct rule *rule = &collecting->rules->rules[task->number];
    struct rule_data *data = &collecting->data[task->number];
    struct join_data *join = collecting->joins != NULL ? &collecting->joins[task->number] : NULL;
    bool in_force =
        record_year == YEAR_NONE || (rule->first <= record_year && record_year <= rule->last);
    switch (task->kind) {
    case TASK_UNIQUE:
        if (in_force)
            put_key(&data->keys, key.one, (uint32_t)key.two, line);
        break;
    case TASK_NEED:
        if (in_force)
            put_key(&data->keys, key.one, scope, line);
        break;
    case TASK_PROVIDE: put_key(&data->providers, key.one, 0, 0); break;
    case TASK_GROUP:
        if (!in_force || (task->test != NULL &&
                          !condition_ask(task->test, fields, record_year, YEAR_NONE).holds))
            break;
        put_member(&data->members, key.one,
                   hash_fields(fields, task->values, task->value_count).one, line);
        break;
    case TASK_JOIN_RECORD: {
        struct slice code = value_at(fields, task->code);
        GROW_BY_HALF(join->records, join->record_count, join->record_room);
        join->records[join->record_count++] = (struct join_record){
            key.one, line, text_number(&collecting->texts, code.at, code.length), scope, -1};
        break;
    }
    case TASK_JOIN_STEP: {
        struct slice grade = value_at(fields, task->grade);
        GROW_BY_HALF(join->steps, join->step_count, join->step_room);
        join->steps[join->step_count++] =
            (struct join_step){key.one, hash_fields(fields, task->values, task->value_count).one,
                               text_number(&collecting->texts, grade.at, grade.length)};
        break;
    }
    case TASK_JOIN_COURSE: {
        struct slice course = value_at(fields, task->code), local = value_at(fields, task->local);
        struct slice lea = value_at(fields, task->lea);
        GROW_BY_HALF(join->courses, join->course_count, join->course_room);
        join->courses[join->course_count++] =
            (struct join_course){key.one, text_number(&collecting->texts, course.at, course.length),
                                 text_number(&collecting->texts, local.at, local.length),
                                 text_number(&collecting->texts, lea.at, lea.length)};
        break;
    }
    case TASK_AGREE: {
        struct slice code = value_at(fields, task->code);
        if (in_force && code.length > 0)
            note_agreeing(collecting,
                          &(struct agreeing){
                              .group = key.one,
                              .rule = task->number,
                              .code = text_number(&collecting->texts, code.at, code.length),
                              .type = task->type,
                              .file = collecting->file,
                              .line = line,
                              .count = 1,
                              .year = values_year(fields, record->field_count, task->recoded)});
        break;
    }
    case TASK_RECODED: {
        struct slice code = value_at(fields, task->code);
        put_key(&collecting->recoded, key.one,
                pack_recoded(key.two, values_year(fields, record->field_count, task->recoded),
                             text_number(&collecting->recoded_codes, code.at, code.length)),
                line);
        break;
    }
    }
}

/* Whether the record asks to be forgotten, so that it stands for nothing. */
static bool is_delete(const struct index_plan *plan, const struct slice *fields)
{
    return plan->delete_code != NULL &&
           slice_is(value_at(fields, plan->transaction), plan->delete_code);
}

static int collect_record(struct collecting *collecting, const struct record *record)
{
    const struct kind *kind = record->kind;
    if (kind == NULL)
        return CTE_OK;
    if (record->line > UINT32_MAX || record->number > UINT32_MAX)
        return cte_fail(&collecting->error, CTE_BAD_INPUT, "%s: more than %u lines; split the file",
                        collecting->files[collecting->file].path, UINT32_MAX);
    const struct index_plan *plan = plan_of(collecting, kind);
    if (plan == NULL)
        return collecting->error.status;
    const uint32_t number = (uint32_t)record->number;
    struct file_entry *file = &collecting->files[collecting->file];
    const struct line_change *last =
        file->line_change_count > 0 ? &file->line_changes[file->line_change_count - 1] : NULL;
    if (last == NULL ? record->line != number
                     : record->line - last->line != number - last->record) {
        GROW_BY_HALF(file->line_changes, file->line_change_count, file->line_change_room);
        file->line_changes[file->line_change_count++] =
            (struct line_change){number, (uint32_t)record->line};
    }
    struct slice fields[STREAM_MAX_FIELDS];
    record_values(record, record->field_count, fields, &collecting->values);
    if (is_delete(plan, fields))
        return CTE_OK;
    note_upload(collecting, kind, &plan->upload, fields, number);
    const struct slice year = value_at(fields, plan->year);
    const struct collected collected = {fields, record->field_count, number,
                                        scope_of(collecting, kind, plan, fields),
                                        academic_year(year.at, year.length)};
    for (uint32_t i = 0; i < plan->count; i++)
        do_task(collecting, &plan->tasks[i], &collected);
    return CTE_OK;
}

/* How long the lists of the run were before a source. */
struct before {
    size_t keys, providers, records, steps, courses;
};

/* Takes out what a source added that was then refused: half a file is evidence of nothing. */
static void forget_source(struct collecting *collecting, const struct before *rules,
                          const struct before *joins)
{
    for (uint32_t r = 0; r < collecting->rules->rule_count; r++) {
        collecting->data[r].keys.count = rules[r].keys;
        collecting->data[r].providers.count = rules[r].providers;
        collecting->data[r].members.count = 0;
    }
    for (uint32_t j = 0; j < collecting->rules->join_count; j++) {
        collecting->joins[j].record_count = joins[j].records;
        collecting->joins[j].step_count = joins[j].steps;
        collecting->joins[j].course_count = joins[j].courses;
    }
    for (uint32_t s = 0; s < collecting->scopes.count; s++) {
        struct scope_place *place = &collecting->scope_places[s];
        place->files -= place->files > 0 && place->last_file == collecting->file;
    }
    forget_upload_parts(collecting);
    while (collecting->finding_count > 0 &&
           collecting->findings[collecting->finding_count - 1].file == collecting->file)
        collecting->finding_count--;
    collecting->recoded.count = 0;
    struct agreement *agreement = &collecting->agreement;
    while (agreement->count > 0 && agreement->items[agreement->count - 1].file == collecting->file)
        agreement->count--;
}

static void add_cut(struct file_entry *file, struct cut cut)
{
    file->cuts = cte_realloc(file->cuts, (file->cut_count + 1) * sizeof *file->cuts);
    file->cuts[file->cut_count++] = cut;
}

/* Notes a place to cut before the record, when the last lies far enough back. */
static void note_cut(struct file_entry *file, const struct reader_record *item, uint64_t cut_bytes,
                     uint64_t sum)
{
    uint64_t last = file->cut_count > 0 ? file->cuts[file->cut_count - 1].offset : 0;
    if (item->offset - last >= cut_bytes)
        add_cut(file,
                (struct cut){item->offset, item->record.line - 1, item->record.number - 1, sum});
}

int collect_source(struct collecting *collecting, const char *path,
                   const struct reader_options *options, uint64_t cut_bytes)
{
    struct before *rules = cte_zalloc(collecting->rules->rule_count, sizeof *rules);
    struct before *joins = cte_zalloc(collecting->rules->join_count, sizeof *joins);
    for (uint32_t r = 0; r < collecting->rules->rule_count; r++)
        rules[r] = (struct before){.keys = collecting->data[r].keys.count,
                                   .providers = collecting->data[r].providers.count};
    for (uint32_t j = 0; j < collecting->rules->join_count; j++)
        joins[j] = (struct before){.records = collecting->joins[j].record_count,
                                   .steps = collecting->joins[j].step_count,
                                   .courses = collecting->joins[j].course_count};
    struct file_entry *file = &collecting->files[collecting->file];
    struct cte_error *error = &collecting->error;
    struct source *source = NULL;
    struct reader *reader = NULL;
    file->path = cte_strdup(path);
    uint64_t sum = 0, last_line = 0, last_record = 0;
    int status = source_open(path, NULL, &source, error);
    struct reader_options reading = *options;
    reading.kinds = &collecting->kinds;
    if (status == CTE_OK && reading.format == NULL)
        reading.format = source_format(source);
    file->format = reading.format;
    if (status == CTE_OK &&
        (strcmp(source_packing(source), "none") != 0 || strcmp(reading.format, "xml") == 0))
        cut_bytes = 0;
    if (status == CTE_OK)
        status = reader_open(source, &collecting->tables, &reading, &reader, error);
    while (status == CTE_OK) {
        struct reader_record item;
        const struct record *record = &item.record;
        status = reader_next(reader, &item, error);
        if (status != CTE_OK || item.end)
            break;
        if (cut_bytes > 0) {
            /* Where lines were joined, two records share one, and the place between them is no end
             * of a line. */
            if (record->line != last_line)
                note_cut(file, &item, cut_bytes, sum);
            sum += sum_place(record->text, record->length, record->number);
            last_line = record->line;
            last_record = record->number;
        }
        status = collect_record(collecting, record);
    }
    if (status == CTE_OK) {
        file->bytes = source_bytes(source);
        source_sha256(source, file->sha256);
        bool depends;
        reader_repeated(reader, &depends);
        if (depends) /* which lines repeat a record, a part alone could not know */
            file->cut_count = 0;
        if (file->cut_count > 0)
            add_cut(file, (struct cut){file->bytes, last_line, last_record, sum});
    } else {
        file->cut_count = 0;
        forget_source(collecting, rules, joins);
    }
    free(rules);
    free(joins);
    reader_close(reader);
    source_close(source);
    return status;
}

/* The keys of the records of one file that stand in shared uploads. */
static int collect_keys(struct collecting *collecting, uint32_t file,
                        const struct reader_options *options)
{
    struct cte_error *error = &collecting->error;
    struct source *source = NULL;
    struct reader *reader = NULL;
    int status = source_open(collecting->files[file].path, NULL, &source, error);
    if (status == CTE_OK)
        status = reader_open(source, &collecting->tables, options, &reader, error);
    while (status == CTE_OK) {
        struct reader_record item;
        const struct record *record = &item.record;
        struct slice fields[STREAM_MAX_FIELDS];
        status = reader_next(reader, &item, error);
        if (status != CTE_OK || item.end)
            break;
        if (record->kind == NULL)
            continue;
        const struct index_plan *plan = plan_of(collecting, record->kind);
        if (plan == NULL) {
            status = error->status;
            break;
        }
        record_values(record, record->field_count, fields, &collecting->values);
        uint32_t upload = is_delete(plan, fields)
                              ? UINT32_MAX
                              : shared_upload(&collecting->uploads, record->kind, fields);
        if (upload != UINT32_MAX) {
            uint64_t hash = hash_fields(fields, plan->upload.key, plan->upload.key_count).one;
            put_key(&collecting->uploads.again, fold(hash, upload + UINT64_C(0xa0761d6478bd642f)),
                    file, (uint32_t)record->number);
        }
    }
    reader_close(reader);
    source_close(source);
    return status;
}

int collect_again(struct collecting *collecting, const struct reader_options *options,
                  bool keep_going)
{
    struct reader_options of_file = *options;
    of_file.kinds = &collecting->kinds;
    bool *shared = find_shared_files(&collecting->uploads, collecting->file_count);
    int status = CTE_OK;
    for (uint32_t file = 0; file < collecting->file_count && status == CTE_OK; file++) {
        if (!shared[file])
            continue;
        of_file.format = collecting->files[file].format;
        status = collect_keys(collecting, file, &of_file);
        /* it changes while it is read; the chain tells */
        if (status != CTE_OK && keep_going && may_leave_out(status)) {
            collecting->error = (struct cte_error){0};
            status = CTE_OK;
        }
    }
    free(shared);
    judge_again(&collecting->uploads);
    return status;
}
