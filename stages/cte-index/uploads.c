#include "stages/cte-index/uploads.h"

#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"

int plan_upload(struct tables *tables, const struct kind *kind, struct upload_plan *plan,
                struct cte_error *error)
{
    const struct record_layout *record = kind->record;
    /* Where the order of the fields is unproven, nothing less than the whole record tells it from
     * another. */
    const bool has_key = basis_may_refuse(record->order_basis);
    for (size_t i = 0; i < kind->fields; i++) {
        if (!has_key || record->fields[i].key)
            plan->key[plan->key_count++] = (uint16_t)i;
    }
    for (size_t r = 0; r < record->replace_count; r++) {
        const struct field *field = &record->fields[record->replaces[r]];
        plan->sets[r] = cte_zalloc(field->code_set_count + 1, sizeof(struct codeset *));
        for (size_t i = 0; i < field->code_set_count; i++) {
            if (tables_codeset(tables, field->code_sets[i], &plan->sets[r][i], error) != CTE_OK)
                return error->status;
        }
    }
    return CTE_OK;
}

void free_upload_plan(struct upload_plan *plan)
{
    for (size_t r = 0; r < UPLOAD_FIELDS; r++)
        free(plan->sets[r]);
}

/* How much is known of a value: that it is a code of the field, nothing, or that it is none. */
static enum code_verdict judge_value(const struct codeset **sets, size_t count, struct slice value)
{
    enum code_verdict best = CODE_UNCHECKED;
    for (size_t i = 0; i < count; i++) {
        enum code_verdict verdict = codeset_judge(sets[i], value.at, value.length, YEAR_NONE);
        if (verdict == CODE_GOOD)
            return CODE_GOOD;
        best = i == 0 || verdict == CODE_UNCHECKED ? verdict : best;
    }
    return best;
}

size_t upload_text(char *text, const struct kind *kind, const struct slice *fields)
{
    const struct record_layout *record = kind->record;
    if (record->replace_count == 0)
        return 0;
    char *end = stpcpy(text, kind_type(kind));
    for (size_t r = 0; r < record->replace_count; r++) {
        const struct slice value = record->replaces[r] < kind->fields ? fields[record->replaces[r]]
                                                                      : (struct slice){"", 0};
        if (value.length == 0 || value.length > UPLOAD_VALUE)
            return 0;
        *end++ = '^';
        end = mempcpy(end, value.at, value.length);
    }
    return (size_t)(end - text);
}

/* False where a value is no code of its field; `hidden` has a bit for each value of which nobody
 * can say. */
static bool judge_values(const struct upload_plan *plan, const struct upload_record *record,
                         uint32_t *hidden)
{
    const struct record_layout *layout = record->kind->record;
    *hidden = 0;
    for (size_t r = 0; r < layout->replace_count; r++) {
        const size_t position = layout->replaces[r];
        const enum code_verdict verdict = judge_value(
            plan->sets[r], layout->fields[position].code_set_count, record->fields[position]);
        if (verdict != CODE_GOOD && verdict != CODE_UNCHECKED)
            return false;
        *hidden |= (verdict != CODE_GOOD ? UINT32_C(1) : 0) << r;
    }
    return true;
}

uint32_t add_source_upload(struct source_uploads *uploads, const struct upload_plan *plan,
                           const struct upload_record *record)
{
    uint32_t hidden;
    if (!judge_values(plan, record, &hidden))
        return 0;
    const size_t before = uploads->texts.count,
                 number = map_add(&uploads->texts, record->text.at, record->text.length);
    if (number == before) {
        GROW(uploads->items, before, uploads->room);
        uploads->items[number] = (struct source_upload){
            record->number, hidden, basis_may_refuse(record->kind->record->replaces_basis), 0};
    }
    return (uint32_t)number + 1;
}

static void add_part(struct uploads *uploads, struct source_facts *facts, size_t in_source)
{
    const struct source_upload *found = &facts->uploads.items[in_source];
    const struct slice text = map_key(&facts->uploads.texts, in_source);
    const size_t count = uploads->texts.count,
                 number = map_add(&uploads->texts, text.at, text.length);
    if (number == count) {
        GROW(uploads->items, count, uploads->room);
        uploads->items[number] = (struct upload){0};
    }
    struct upload *upload = &uploads->items[number];
    const uint32_t before = upload->last;
    GROW(uploads->parts, uploads->part_count, uploads->part_room);
    uploads->parts[uploads->part_count++] =
        (struct upload_part){(uint32_t)number, facts->source->number, before, found->records};
    *upload = (struct upload){(uint32_t)uploads->part_count, upload->sources + 1, found->hidden,
                              found->may_refuse};
    const struct rule *rule =
        before != 0 ? rules_find(facts->rules, "several-sources", NULL) : NULL;
    if (rule != NULL)
        add_finding(facts, (struct finding){.source = facts->source->number,
                                            .record = found->record,
                                            .rule = (uint32_t)(rule - facts->rules->rules),
                                            .other_source = uploads->parts[before - 1].source + 1});
}

void merge_uploads(struct uploads *uploads, struct source_facts *facts)
{
    for (size_t i = 0; i < facts->uploads.texts.count; i++)
        add_part(uploads, facts, i);
}

size_t shared_upload(const struct uploads *uploads, const struct kind *kind,
                     const struct slice *fields)
{
    char text[UPLOAD_TEXT];
    const size_t length = upload_text(text, kind, fields),
                 number = length > 0 ? map_find(&uploads->texts, text, length) : MAP_NONE;
    return number != MAP_NONE && uploads->items[number].sources > 1 ? number : MAP_NONE;
}

bool *list_overlapping(const struct uploads *uploads, size_t source_count)
{
    bool *overlapping = cte_zalloc(source_count + 1, sizeof *overlapping);
    for (size_t i = 0; i < uploads->part_count; i++) {
        if (uploads->items[uploads->parts[i].upload].sources > 1)
            overlapping[uploads->parts[i].source] = true;
    }
    return overlapping;
}

void free_uploads(struct uploads *uploads)
{
    map_free(&uploads->texts);
    free(uploads->items);
    free(uploads->parts);
}
