#include "stages/cte-index/collect.h"

#include <stdlib.h>
#include <string.h>

#include "codetables/base/year.h"
#include "pipeline/stream/field_sums.h"
#include "stages/cte-index/recent_numbers.h"

/* One reading of one source. */
struct pass {
    struct collector *collector;
    struct source_facts *facts;
    struct recent_places places;
    struct recent_codes texts, recoded_codes;
    struct list_hashes {
        struct hashes hashes;
        uint32_t record;     /* of which they are; 0: none yet */
    } hashes[2 * MAX_TASKS]; /* per number of a list of fields */
};

/* A record as the tasks see it. */
struct collected {
    const struct slice *fields;
    size_t field_count;
    uint32_t number, scope;
    int year; /* its academic year */
};

/* The hashes of a list of fields, for which several tasks may ask. */
static const struct hashes *hash_list(struct pass *pass, const struct collected *record,
                                      const struct field_list *list)
{
    struct list_hashes *known = &pass->hashes[list->number];
    if (known->record != record->number) {
        known->hashes = (list->is_wide ? hash_fields : hash_fields_once)(
            record->fields, list->positions, list->count);
        known->record = record->number;
    }
    return &known->hashes;
}

static uint32_t text_number(struct pass *pass, const struct slice *fields, int position)
{
    return number_code(&pass->texts, &pass->facts->texts, value_at(fields, position));
}

static void add_member(struct members *members, uint64_t group, uint64_t value, uint32_t record)
{
    struct member *last = members->count > 0 ? &members->items[members->count - 1] : NULL;
    if (last != NULL && last->group == group && last->value == value &&
        last->record + last->count == record) {
        last->count++;
        return;
    }
    GROW(members->items, members->count, members->room);
    members->items[members->count++] = (struct member){group, value, record, 1};
}

static void close_span(struct source_facts *facts, struct agreeing_span *span)
{
    if (span->count > 0)
        add_fact(&facts->agreeing.spans,
                 (struct fact){place_key(facts->source->number, span->record),
                               {(uint32_t)span->group, (uint32_t)(span->group >> 32), span->count,
                                span->code}});
    span->count = 0;
}

/* A record is added to the last one of its rule where it follows that and is like it. */
static void add_agreeing(struct source_facts *facts, uint64_t group,
                         const struct agreeing_code *code, uint32_t record)
{
    const uint32_t number = (uint32_t)map_add(&facts->agreeing.codes, code, sizeof *code);
    struct agreeing_span *last = &facts->agreeing.open[code->rule];
    if (last->count == 0 || last->group != group || last->code != number ||
        last->record + last->count != record) {
        close_span(facts, last);
        *last = (struct agreeing_span){group, number, record, 0};
    }
    last->count++;
}

/* Many records of a source provide the same key: those of one section. */
static void put_provided(struct rule_facts *of_rule)
{
    const size_t count = take_new_keys(&of_rule->known);
    for (size_t i = 0; i < count; i++)
        add_fact(&of_rule->provided, (struct fact){.key = of_rule->known.held[i]});
}

static void add_provided(struct rule_facts *of_rule, uint64_t hash)
{
    if (!hold_key(&of_rule->known, hash))
        put_provided(of_rule);
}

static void add_join_record(struct pass *pass, const struct task *task, uint64_t group,
                            const struct collected *record)
{
    add_fact(&pass->facts->of_joins[task->number].records,
             (struct fact){group,
                           {text_number(pass, record->fields, task->code), record->scope,
                            pass->facts->source->number, record->number}});
}

static void add_join_step(struct pass *pass, const struct task *task, uint64_t group,
                          const struct collected *record)
{
    const uint64_t link = hash_list(pass, record, &task->values)->one;
    add_fact(&pass->facts->of_joins[task->number].steps,
             (struct fact){group,
                           {(uint32_t)link, (uint32_t)(link >> 32),
                            text_number(pass, record->fields, task->grade)}});
}

static void add_join_course(struct pass *pass, const struct task *task, uint64_t link,
                            const struct collected *record)
{
    const struct slice *fields = record->fields;
    add_fact(&pass->facts->of_joins[task->number].courses,
             (struct fact){link,
                           {text_number(pass, fields, task->code),
                            text_number(pass, fields, task->local),
                            text_number(pass, fields, task->lea)}});
}

/* What a rule has to know of a record; nothing where it is not in force. */
static void collect_for_rule(struct pass *pass, const struct task *task,
                             const struct collected *record, const struct hashes *key)
{
    struct source_facts *facts = pass->facts;
    struct rule_facts *of_rule = &facts->of_rules[task->number];
    const struct slice *fields = record->fields;
    const struct rule *rule = &facts->rules->rules[task->number];
    if (record->year != YEAR_NONE && (record->year < rule->first || record->year > rule->last))
        return;
    if (task->kind == TASK_UNIQUE) {
        add_fact(&of_rule->keys, (struct fact){key->one, {(uint32_t)key->two, record->number}});
    } else if (task->kind == TASK_NEED) {
        add_fact(&of_rule->needed,
                 (struct fact){key->one, {record->scope, facts->source->number, record->number}});
    } else if (task->kind == TASK_GROUP) {
        if (task->test == NULL || condition_ask(task->test, fields, record->year, YEAR_NONE).holds)
            add_member(&of_rule->members, key->one, hash_list(pass, record, &task->values)->one,
                       record->number);
    } else if (value_at(fields, task->code).length > 0) {
        const struct agreeing_code code = {
            .rule = task->number,
            .code = text_number(pass, fields, task->code),
            .type = number_code(&pass->texts, &facts->texts, slice_of(task->type)),
            .year = values_year(fields, record->field_count, task->recoded),
        };
        add_agreeing(facts, key->one, &code, record->number);
    }
}

static void add_recoded(struct pass *pass, const struct task *task, const struct collected *record,
                        const struct hashes *key)
{
    struct source_facts *facts = pass->facts;
    const struct slice code = value_at(record->fields, task->code);
    const int year = values_year(record->fields, record->field_count, task->recoded);
    const size_t number = number_code(&pass->recoded_codes, &facts->recoded_codes, code);
    const struct fact recoded = recoded_fact(key, year, number, record->number);
    if (task->kind == TASK_RECODED) {
        add_fact(&facts->recoded, recoded);
        return;
    }
    struct rule_facts *of_rule = &facts->of_rules[task->number];
    add_fact(&of_rule->coded, recoded);
    if (number >= UNKNOWN_CODE) { /* which the key above does not tell from others */
        const uint16_t position = (uint16_t)task->code;
        const struct hashes of_code = hash_fields(record->fields, &position, 1);
        add_fact(&of_rule->keys,
                 (struct fact){fold_hash(key->one, of_code.one),
                               {(uint32_t)fold_hash(key->two, of_code.two), record->number}});
    }
}

static void do_task(struct pass *pass, const struct task *task, const struct collected *record)
{
    const struct hashes *key = hash_list(pass, record, &task->fields);
    switch (task->kind) {
    case TASK_UNIQUE:
    case TASK_NEED:
    case TASK_GROUP:
    case TASK_AGREE: collect_for_rule(pass, task, record, key); break;
    case TASK_PROVIDE: add_provided(&pass->facts->of_rules[task->number], key->one); break;
    case TASK_JOIN_RECORD: add_join_record(pass, task, key->one, record); break;
    case TASK_JOIN_STEP: add_join_step(pass, task, key->one, record); break;
    case TASK_JOIN_COURSE: add_join_course(pass, task, key->one, record); break;
    case TASK_RECODED:
    case TASK_UNIQUE_RECODED: add_recoded(pass, task, record, key); break;
    }
}

/* The number of "TYPE^LEA^YEAR". No place or year that is one is as long as what is kept here. */
static uint32_t add_scope(struct map *scopes, const struct index_plan *plan,
                          const struct slice *fields)
{
    enum { KEPT = 64 };
    const struct slice parts[] = {value_at(fields, plan->lea), value_at(fields, plan->year)};
    struct text text = {0};
    text_add(&text, plan->type);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        text_add_byte(&text, '^');
        text_put(&text, parts[i].at, parts[i].length < KEPT ? parts[i].length : KEPT);
    }
    const uint32_t number = (uint32_t)map_add(scopes, text.bytes, text.length);
    text_free(&text);
    return number;
}

/* The number of the upload to which a record belongs, from 1; 0: of none. */
static uint32_t upload_number(struct pass *pass, const struct kind *kind,
                              const struct index_plan *plan, const struct collected *record)
{
    char text[UPLOAD_TEXT];
    const size_t length = upload_text(text, kind, record->fields);
    const struct upload_record of_upload = {kind, record->fields, {text, length}, record->number};
    return length > 0 ? add_source_upload(&pass->facts->uploads, &plan->upload, &of_upload) : 0;
}

/* Says of a record in which scope and year it is, and counts it to what an upload of it would
 * replace. */
static void find_place(struct pass *pass, const struct kind *kind, const struct index_plan *plan,
                       struct collected *record)
{
    const size_t count = plan->place.count;
    struct slice values[RECENT_VALUES];
    struct recent_place wanted, *recent = NULL;
    bool is_kept = false;
    for (size_t i = 0; i < count && count <= RECENT_VALUES; i++)
        values[i] = record->fields[plan->place.positions[i]];
    if (count <= RECENT_VALUES && make_recent(&wanted, plan, values, count)) {
        is_kept = true;
        recent = find_recent(&pass->places, &wanted);
    }
    if (recent == NULL) {
        const struct slice year = value_at(record->fields, plan->year);
        wanted.scope = add_scope(&pass->facts->scopes, plan, record->fields);
        wanted.upload = upload_number(pass, kind, plan, record);
        wanted.year = academic_year(year.at, year.length);
        if (is_kept)
            keep_recent(&pass->places, &wanted);
        recent = &wanted;
    }
    record->scope = recent->scope;
    record->year = recent->year;
    if (recent->upload > 0)
        pass->facts->uploads.items[recent->upload - 1].records++;
}

static void note_line(struct line_changes *changes, uint32_t number, uint32_t line)
{
    const struct line_change *last =
        changes->count > 0 ? &changes->items[changes->count - 1] : NULL;
    if (last == NULL ? line == number : line - last->line == number - last->record)
        return;
    GROW(changes->items, changes->count, changes->room);
    changes->items[changes->count++] = (struct line_change){number, line};
}

static int collect_record(struct pass *pass, const struct record *record)
{
    struct collector *collector = pass->collector;
    const struct kind *kind = record->kind;
    if (kind == NULL)
        return CTE_OK;
    if (record->line > UINT32_MAX || record->number > UINT32_MAX)
        return cte_fail(collector->error, CTE_BAD_INPUT, "%s: more than %u lines; split the file",
                        pass->facts->source->path, UINT32_MAX);
    const struct index_plan *plan = plan_of(collector, kind);
    if (plan == NULL)
        return collector->error->status;
    struct collected collected = {.field_count = record->field_count,
                                  .number = (uint32_t)record->number};
    note_line(&pass->facts->line_changes, collected.number, (uint32_t)record->line);
    struct slice fields[STREAM_MAX_FIELDS];
    record_values(record, record->field_count, fields, &collector->values);
    blank_absent(kind, fields);
    if (is_delete(plan, fields))
        return CTE_OK;
    collected.fields = fields;
    find_place(pass, kind, plan, &collected);
    for (uint32_t i = 0; i < plan->count; i++)
        do_task(pass, &plan->tasks[i], &collected);
    return CTE_OK;
}

static void add_cut(struct cuts *cuts, struct cut cut)
{
    GROW(cuts->items, cuts->count, cuts->room);
    cuts->items[cuts->count++] = cut;
}

/* Where a source may be cut: at the end of a line, when the last place lies far enough back. */
struct cutting {
    struct cuts *cuts;
    uint64_t distance; /* 0: nowhere */
    uint64_t sum, last_line, last_record;
};

static void note_cut(struct cutting *cutting, const struct reader_record *item)
{
    const struct record *record = &item->record;
    const struct cuts *cuts = cutting->cuts;
    if (cutting->distance == 0)
        return;
    /* Where lines were joined, two records share one, and the place between them is no end of a
     * line. */
    const uint64_t last = cuts->count > 0 ? cuts->items[cuts->count - 1].offset : 0;
    if (record->line != cutting->last_line && item->offset - last >= cutting->distance)
        add_cut(cutting->cuts,
                (struct cut){item->offset, record->line - 1, record->number - 1, cutting->sum});
    cutting->sum += sum_place(record->text, record->length, record->number);
    cutting->last_line = record->line;
    cutting->last_record = record->number;
}

static void close_cuts(struct cutting *cutting, struct reader *reader, uint64_t bytes)
{
    struct cuts *cuts = cutting->cuts;
    bool depends;
    reader_repeated(reader, &depends);
    if (depends) /* which lines repeat a record, a part alone could not know */
        cuts->count = 0;
    if (cuts->count > 0)
        add_cut(cuts, (struct cut){bytes, cutting->last_line, cutting->last_record, cutting->sum});
}

static int read_records(struct pass *pass, struct source *source, struct reader *reader)
{
    struct source_facts *facts = pass->facts;
    const bool may_cut =
        strcmp(source_packing(source), "none") == 0 && is_format_of_lines(facts->source->format);
    struct cutting cutting = {.cuts = &facts->cuts,
                              .distance = may_cut ? pass->collector->cut_bytes : 0};
    for (;;) {
        struct reader_record item;
        int status = reader_next(reader, &item, pass->collector->error);
        if (status != CTE_OK)
            return status;
        if (item.end)
            break;
        note_cut(&cutting, &item);
        status = collect_record(pass, &item.record);
        if (status != CTE_OK)
            return status;
    }
    for (size_t r = 0; r < facts->rules->rule_count; r++) {
        close_span(facts, &facts->agreeing.open[r]);
        put_provided(&facts->of_rules[r]);
    }
    facts->source->bytes = source_bytes(source);
    source_sha256(source, facts->source->sha256);
    source_quick_hash(source, facts->source->quick_hash);
    close_cuts(&cutting, reader, facts->source->bytes);
    return CTE_OK;
}

int open_collected(struct collector *collector, struct indexed_source *indexed,
                   struct source **source, struct reader **reader)
{
    int status = source_open(indexed->path, NULL, source, collector->error);
    if (status != CTE_OK)
        return status;
    source_choose_hashes(*source, collector->hashes);
    if (indexed->format == NULL)
        indexed->format = source_format(*source);
    struct reader_options reading = collector->reading;
    reading.format = indexed->format;
    reading.kinds = &collector->kinds;
    status = reader_open(*source, collector->tables, &reading, reader, collector->error);
    if (status == CTE_OK && source_is_long(*source) && !source_is_workbook(*source))
        source_read_ahead(*source);
    return status;
}

int collect_source(struct collector *collector, struct source_facts *facts)
{
    struct pass pass = {.collector = collector, .facts = facts};
    struct source *source = NULL;
    struct reader *reader = NULL;
    int status = open_collected(collector, facts->source, &source, &reader);
    if (status == CTE_OK)
        status = read_records(&pass, source, reader);
    if (status != CTE_OK)
        drop_source_facts(facts);
    free_recent(&pass.places);
    reader_close(reader);
    source_close(source);
    return status;
}
