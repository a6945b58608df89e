#include "stages/cte-recode/recode.h"
#include "codetables/base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Adds a copy of one source field, joining it to the copy before it where the fields are neighbours
 * in both records. */
static void add_copy(struct plan *plan, uint32_t source)
{
    struct part *last = plan->part_count > 0 ? &plan->parts[plan->part_count - 1] : NULL;
    if (last != NULL && last->origin == PART_COPY && last->last + 1 == source)
        last->last = source;
    else
        plan->parts[plan->part_count++] =
            (struct part){.origin = PART_COPY, .first = source, .last = source};
}

static void add_constant(struct plan *plan, const char *value)
{
    plan->parts[plan->part_count++] =
        (struct part){.origin = PART_CONSTANT, .value = value, .length = strlen(value)};
}

static struct map_tally *tally_of(const struct recoding *recoding, const struct crosswalk_map *map)
{
    size_t i = 0;
    while (recoding->map_tallies[i].map != map)
        i++;
    return &recoding->map_tallies[i];
}

static struct group *group_for(struct recoding *recoding, struct plan *plan,
                               const struct kind *kind, const struct field *target, uint32_t source)
{
    for (uint32_t i = 0; i < plan->group_count; i++) {
        if (plan->groups[i].source == source && strcmp(plan->groups[i].map, target->map) == 0)
            return &plan->groups[i];
    }
    if (plan->group_count == MAX_GROUPS)
        return NULL;
    struct group *group = &plan->groups[plan->group_count++];
    *group = (struct group){
        .map = target->map, .field = &kind->record->fields[source], .source = source};
    for (size_t i = 0; i < recoding->crosswalk_count; i++) {
        const struct crosswalk_map *map = crosswalk_map(recoding->crosswalks[i], target->map);
        if (map != NULL) {
            group->maps[group->map_count] = map;
            group->tallies[group->map_count] = tally_of(recoding, map);
            group->crosswalks[group->map_count++] = recoding->crosswalks[i];
        }
    }
    return group;
}

static int add_recoded(struct recoding *recoding, struct plan *plan, const struct kind *kind,
                       const struct field *target, uint32_t source)
{
    struct group *group = group_for(recoding, plan, kind, target, source);
    if (group == NULL || group->member_count == MAX_GROUP_FIELDS)
        return cte_fail(&recoding->error, CTE_BAD_TABLE,
                        "layout %s: %s has more recoded fields than this program can hold",
                        plan->target->record->layout->identity.id, kind_type(kind));
    for (uint32_t m = 0; m < group->map_count; m++) {
        int output = crosswalk_output(group->maps[m], target->output);
        const char *set = output >= 0 ? group->maps[m]->outputs[output].code_set : NULL;
        if (set != NULL && target->code_set_count > 0 && !field_allows(target, set))
            return cte_fail(
                &recoding->error, CTE_BAD_TABLE,
                "%s: its map %s gives codes of %s, which field %s of layout %s does not take",
                group->crosswalks[m]->identity.path, target->map, set, target->number,
                plan->target->record->layout->identity.id);
    }
    plan->group_in_key[group - plan->groups] =
        plan->group_in_key[group - plan->groups] || target->key;
    group->members[group->member_count] =
        (struct member){.target = target,
                        .output = target->output,
                        .source = kind_position(kind, target->number),
                        .is_from = strcmp(target->number, group->field->number) == 0};
    for (uint32_t m = 0; m < group->map_count; m++) {
        if (map_fills(group->maps[m], target))
            group->reaching |= UINT32_C(1) << m;
    }
    plan->parts[plan->part_count++] = (struct part){.origin = PART_RECODED,
                                                    .group = (uint32_t)(group - plan->groups),
                                                    .member = group->member_count++};
    return CTE_OK;
}

/* Adds a field whose content is not taken over, as `dropped` says; `field` is the one that the
 * change is told of. */
static void add_dropped(struct recoding *recoding, struct plan *plan, const struct field *field,
                        const struct dropped *dropped, const char *reason)
{
    const struct table_identity *layout = &plan->target->record->layout->identity;
    char *text =
        cte_format("%slayout %s: %s", table_is_draft(layout) ? "draft: " : "", layout->id, reason);
    struct dropped *added = &plan->dropped[plan->dropped_count++];
    *added = *dropped;
    added->row = stream_define_row(&recoding->pipe.out, &(struct stream_row){.field = field->number,
                                                                             .name = field->name,
                                                                             .after = dropped->kept,
                                                                             .reason = text});
    free(text);
}

/* True when crosswalks of the run have the map that recodes the field. */
static bool has_map(const struct recoding *recoding, const char *map)
{
    for (size_t i = 0; i < recoding->crosswalk_count; i++) {
        if (crosswalk_map(recoding->crosswalks[i], map) != NULL)
            return true;
    }
    return false;
}

/* A plan without parts for the target of a kind; NULL where the target layout has no place for it.
 */
static struct plan *new_plan(struct recoding *recoding, const struct kind *kind)
{
    const struct layout *layout =
        recoding->target != NULL ? recoding->target : kind->record->layout;
    size_t type_index;
    const struct record_layout *record =
        layout_record(layout, kind_type(kind), strlen(kind_type(kind)), &type_index);
    const struct form *form = layout_form(layout, FORM_UPLOAD);
    if (record == NULL || form == NULL) {
        cte_fail(&recoding->error, CTE_BAD_TABLE,
                 "layout %s has no record type %s in upload form, so these records have no "
                 "place in it; name another --target",
                 layout->identity.id, kind_type(kind));
        return NULL;
    }
    struct arena *memory = &recoding->stream.memory;
    struct plan *plan = arena_alloc(memory, sizeof *plan);
    plan->target =
        kinds_add(&recoding->stream.targets, &(struct kind){.record = record,
                                                            .type_index = type_index,
                                                            .form = form,
                                                            .fields = record->field_count,
                                                            .from = kind});
    plan->target_reference = stream_define_kind(&recoding->pipe.out, plan->target);
    plan->unasked = -1;
    plan->older = recoding->stream.newest;
    recoding->stream.newest = plan;
    plan->parts = arena_alloc(memory, record->field_count * sizeof *plan->parts);
    plan->dropped =
        arena_alloc(memory, (kind->fields + record->field_count) * sizeof *plan->dropped);
    plan->transaction = kind->record->role_position[ROLE_TRANSACTION];
    plan->delete_code = record_delete_code(kind->record);
    return plan;
}

/* Plans where field i of the target takes its value. `used` notes which source fields are taken. */
static int plan_field(struct recoding *recoding, struct plan *plan, size_t i, bool *used)
{
    const struct kind *kind = plan->target->from;
    const struct field *target = &plan->target->record->fields[i];
    int same = kind_position(kind, target->number);
    if (target->origin == ORIGIN_SAME && target->from != NULL)
        same = kind_position(kind, target->from);
    if (same >= 0)
        used[same] = true;
    const int from = target->origin == ORIGIN_RECODE ? kind_position(kind, target->from) : -1;
    if (from >= 0 && !has_map(recoding, target->map))
        plan->unasked = from;
    if (i == 0 && kind->form->suffix_length > 0) {
        add_constant(plan, kind_type(kind)); /* the type without the form's suffix */
    } else if (from >= 0 && crosswalks_fill(recoding->crosswalks, recoding->crosswalk_count,
                                            plan->target->record, target)) {
        return add_recoded(recoding, plan, kind, target, (uint32_t)from);
    } else if (target->origin == ORIGIN_CONSTANT) {
        add_constant(plan, target->value);
        if (same >= 0 || target->value[0] != '\0')
            add_dropped(recoding, plan, same >= 0 ? &kind->record->fields[same] : target,
                        &(struct dropped){.source = same, .kept = target->value}, target->reason);
    } else if (same >= 0) {
        add_copy(plan, (uint32_t)same);
    } else {
        add_constant(plan, "");
    }
    return CTE_OK;
}

struct plan *make_plan(struct recoding *recoding, const struct kind *kind)
{
    struct plan *plan = new_plan(recoding, kind);
    if (plan == NULL)
        return NULL;
    *plan_place(&recoding->stream.plans, kind->index) = plan;
    bool *used = cte_zalloc(kind->fields, sizeof *used);
    int status = CTE_OK;
    for (size_t i = 0; i < plan->target->fields && status == CTE_OK; i++)
        status = plan_field(recoding, plan, i, used);
    for (size_t i = 0; i < kind->fields && status == CTE_OK; i++) {
        if (!used[i])
            add_dropped(recoding, plan, &kind->record->fields[i],
                        &(struct dropped){.source = (int)i, .kept = ""}, "it has no such field");
    }
    free(used);
    return status == CTE_OK ? plan : NULL;
}
