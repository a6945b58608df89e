/* What an upload of each source would take the place of at the agency. Where several sources hold
 * records for the same, only the last that is sent would stand; a record that stands in several of
 * them is then known by its key, so that it is counted once.
 *
 * Most runs have none of this: keys are collected in a second pass, over the files that need it. */
#include "stages/cte-index/collect.h"
#include "codetables/base/memory.h"

#include <stdlib.h>
#include <string.h>

int plan_upload(struct collecting *collecting, const struct kind *kind, struct upload_plan *plan)
{
    const struct record_layout *record = kind->record;
    /* Where the order of the fields is unproven, nothing less than the whole record tells it from
     * another. */
    bool has_key = basis_may_refuse(record->order_basis);
    for (size_t i = 0; i < kind->fields && has_key; i++) {
        if (record->fields[i].key)
            plan->key[plan->key_count++] = (uint16_t)i;
    }
    for (size_t i = 0; i < kind->fields && !has_key; i++)
        plan->key[plan->key_count++] = (uint16_t)i;
    for (size_t r = 0; r < record->replace_count; r++) {
        const struct field *field = &record->fields[record->replaces[r]];
        plan->sets[r] = cte_zalloc(field->code_set_count + 1, sizeof(struct codeset *));
        for (size_t i = 0; i < field->code_set_count; i++) {
            if (tables_codeset(&collecting->tables, field->code_sets[i], &plan->sets[r][i],
                               &collecting->error) != CTE_OK)
                return collecting->error.status;
        }
    }
    return CTE_OK;
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

/* "TYPE^VALUE^VALUE…"; its length, or 0 where nobody has said what an upload of the record
 * replaces, or a value is not there or longer than any code, so that the record cannot be sent. */
static size_t upload_text(char *text, const struct kind *kind, const struct slice *fields)
{
    const struct record_layout *record = kind->record;
    char *end = stpcpy(text, kind_type(kind));
    for (size_t r = 0; r < record->replace_count; r++) {
        const struct slice value = record->replaces[r] < kind->fields ? fields[record->replaces[r]]
                                                                      : (struct slice){"", 0};
        if (value.length == 0 || value.length > UPLOAD_VALUE)
            return 0;
        *end++ = '^';
        end = mempcpy(end, value.at, value.length);
    }
    return record->replace_count > 0 ? (size_t)(end - text) : 0;
}

/* False where a value is no code of its field; `hidden` has a bit for each value of which nobody
 * can say. */
static bool judge_values(const struct kind *kind, const struct upload_plan *plan,
                         const struct slice *fields, uint32_t *hidden)
{
    const struct record_layout *record = kind->record;
    *hidden = 0;
    for (size_t r = 0; r < record->replace_count; r++) {
        const size_t position = record->replaces[r];
        enum code_verdict verdict =
            judge_value(plan->sets[r], record->fields[position].code_set_count, fields[position]);
        if (verdict != CODE_GOOD && verdict != CODE_UNCHECKED)
            return false;
        *hidden |= (verdict != CODE_GOOD ? UINT32_C(1) : 0) << r;
    }
    return true;
}

static void add_part(struct collecting *collecting, const struct kind *kind, uint32_t number,
                     uint32_t hidden, uint32_t line)
{
    struct uploads *uploads = &collecting->uploads;
    if (number >= uploads->place_room) {
        uint32_t room = (number + 1) * 2;
        uploads->places = cte_realloc(uploads->places, room * sizeof *uploads->places);
        memset(uploads->places + uploads->place_room, 0,
               (room - uploads->place_room) * sizeof *uploads->places);
        uploads->place_room = room;
    }
    struct upload_place *place = &uploads->places[number];
    uint32_t before = place->last;
    GROW_BY_HALF(uploads->parts, uploads->part_count, uploads->part_room);
    uploads->parts[uploads->part_count++] =
        (struct upload_part){number, collecting->file, before, line, 0};
    place->last = uploads->part_count;
    place->files++;
    place->hidden = hidden;
    place->may_refuse = basis_may_refuse(kind->record->replaces_basis);
    const struct rule *rule =
        before != 0 ? rules_find(collecting->rules, "several-sources", NULL) : NULL;
    if (rule == NULL)
        return;
    add_cross_finding(collecting, collecting->file, line,
                      (uint32_t)(rule - collecting->rules->rules), 0);
    collecting->findings[collecting->finding_count - 1].other_file =
        uploads->parts[before - 1].file + 1;
}

void note_upload(struct collecting *collecting, const struct kind *kind,
                 const struct upload_plan *plan, const struct slice *fields, uint32_t line)
{
    struct uploads *uploads = &collecting->uploads;
    char text[UPLOAD_TEXT];
    uint32_t hidden;
    size_t length = upload_text(text, kind, fields);
    if (length == 0)
        return;
    /* Most records are of the upload that the one before was of. */
    if (uploads->last_file != collecting->file + 1 || uploads->last_length != length ||
        memcmp(uploads->last, text, length) != 0) {
        memcpy(uploads->last, text, length);
        uploads->last_length = length;
        uploads->last_file = collecting->file + 1;
        uploads->last_part = 0;
        if (judge_values(kind, plan, fields, &hidden)) {
            uint32_t number = text_number(&uploads->texts, text, length);
            if (number >= uploads->place_room || uploads->places[number].last == 0 ||
                uploads->parts[uploads->places[number].last - 1].file != collecting->file)
                add_part(collecting, kind, number, hidden, line);
            uploads->last_part = uploads->places[number].last;
        }
    }
    if (uploads->last_part > 0)
        uploads->parts[uploads->last_part - 1].records++;
}

void forget_upload_parts(struct collecting *collecting)
{
    struct uploads *uploads = &collecting->uploads;
    uploads->last_file = 0;
    for (; uploads->part_count > 0 &&
           uploads->parts[uploads->part_count - 1].file == collecting->file;
         uploads->part_count--) {
        const struct upload_part *part = &uploads->parts[uploads->part_count - 1];
        uploads->places[part->upload].last = part->before;
        uploads->places[part->upload].files--;
    }
}

uint32_t shared_upload(const struct uploads *uploads, const struct kind *kind,
                       const struct slice *fields)
{
    char text[UPLOAD_TEXT];
    uint32_t number;
    size_t length = upload_text(text, kind, fields);
    return length > 0 && find_text(&uploads->texts, text, length, &number) &&
                   uploads->places[number].files > 1
               ? number
               : UINT32_MAX;
}

bool *find_shared_files(const struct uploads *uploads, uint32_t file_count)
{
    bool *shared = cte_zalloc(file_count + 1, sizeof *shared);
    for (uint32_t i = 0; i < uploads->part_count; i++) {
        if (uploads->places[uploads->parts[i].upload].files > 1)
            shared[uploads->parts[i].file] = true;
    }
    return shared;
}

static int compare_places(const void *a, const void *b)
{
    const struct key *x = a, *y = b;
    if (x->more != y->more)
        return x->more < y->more ? -1 : 1;
    return (x->line > y->line) - (x->line < y->line);
}

/* Of several uploads the last one sent stands, so a record counts in the last of its files. */
void judge_again(struct uploads *uploads)
{
    struct keys *keys = &uploads->again;
    size_t kept = 0;
    sort_keys(keys->items, keys->count, 64);
    for (size_t i = 0, j = 0; i < keys->count; i = j) {
        for (j = i; j < keys->count && keys->items[j].hash == keys->items[i].hash; j++)
            continue;
        const uint32_t last_file = keys->items[j - 1].more;
        for (size_t k = i; k < j && keys->items[k].more != last_file; k++)
            keys->items[kept++] = keys->items[k];
    }
    keys->count = kept;
    if (kept > 1)
        qsort(keys->items, kept, sizeof *keys->items, compare_places);
}
