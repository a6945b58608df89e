/* What is to be done with each record of a kind: planned from the rules when it is first met. */
#include "stages/cte-index/collect.h"

#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"

/* Positions of field numbers in the layout; false when it lacks one. */
static bool find_positions(const struct kind *kind, char *const *numbers, size_t count,
                           struct field_list *list)
{
    if (count > MAX_KEY_FIELDS)
        return false;
    for (size_t i = 0; i < count; i++) {
        const int position = kind_position(kind, numbers[i]);
        if (position < 0)
            return false;
        list->positions[i] = (uint16_t)position;
    }
    list->count = (uint32_t)count;
    return true;
}

/* A task of which no position is known yet. */
static struct task new_task(enum task_kind kind, uint32_t number)
{
    return (struct task){
        .kind = kind, .number = number, .code = -1, .local = -1, .lea = -1, .grade = -1};
}

static void add_task(struct index_plan *plan, const struct task *task)
{
    if (plan->count == MAX_TASKS)
        cte_die("more cross-record rules for one record type than this program can hold");
    plan->tasks[plan->count++] = *task;
}

static int plan_rule(struct collector *collector, const struct kind *kind, struct index_plan *plan,
                     uint32_t number)
{
    const struct rule *rule = &collector->rules->rules[number];
    const char *type = kind_type(kind);
    struct task provide = new_task(TASK_PROVIDE, number);
    struct task wanted = new_task(rule->kind == RULE_UNIQUE   ? TASK_UNIQUE
                                  : rule->kind == RULE_EXISTS ? TASK_NEED
                                  : rule->kind == RULE_AGREE  ? TASK_AGREE
                                                              : TASK_GROUP,
                                  number);
    if (rule->kind == RULE_EXISTS && strcmp(rule->in, type) == 0 &&
        find_positions(kind, rule->values, rule->value_count, &provide.fields))
        add_task(plan, &provide);
    if (!rule_covers(rule, type) ||
        (rule->kind != RULE_UNIQUE && rule->kind != RULE_SAME && rule->kind != RULE_EXISTS &&
         rule->kind != RULE_ANOTHER && rule->kind != RULE_AGREE) ||
        !find_positions(kind, rule->fields, rule->field_count, &wanted.fields))
        return CTE_OK;
    if ((rule->kind == RULE_SAME || rule->kind == RULE_ANOTHER) &&
        !find_positions(kind, rule->values, rule->value_count, &wanted.values)) {
        /* A layout that lacks some of the values is held to those it has. */
        for (size_t i = 0; i < rule->value_count && rule->kind == RULE_SAME; i++) {
            int position = kind_position(kind, rule->values[i]);
            if (position >= 0)
                wanted.values.positions[wanted.values.count++] = (uint16_t)position;
        }
        if (wanted.values.count == 0)
            return CTE_OK;
    }
    if (wanted.kind == TASK_GROUP && rule->test[0] != '\0') {
        char *where =
            cte_format("%s:%ld: rule %s", collector->rules->identity.path, rule->line, rule->id);
        int status = condition_compile(
            (struct condition_text){rule->test, where},
            &(struct condition_use){kind->record, collector->tables, &collector->tables->arena},
            &wanted.test, collector->error);
        free(where);
        if (status != CTE_OK || wanted.test == NULL)
            return status;
    }
    if (rule->kind == RULE_AGREE) {
        wanted.code = kind_position(kind, rule->field);
        if (wanted.code < 0)
            return CTE_OK;
        wanted.recoded = &kind->record->fields[wanted.code];
        wanted.type = type;
    }
    add_task(plan, &wanted);
    return CTE_OK;
}

static void plan_join(struct collector *collector, const struct kind *kind, struct index_plan *plan,
                      uint32_t number)
{
    const struct rule_join *join = &collector->rules->joins[number];
    const char *type = kind_type(kind);
    struct task record = new_task(TASK_JOIN_RECORD, number),
                step = new_task(TASK_JOIN_STEP, number),
                course = new_task(TASK_JOIN_COURSE, number);
    if (strcmp(join->record, type) == 0 &&
        find_positions(kind, join->group, join->group_count, &record.fields)) {
        record.code = kind_position(kind, join->code);
        add_task(plan, &record);
    }
    if (strcmp(join->in, type) == 0 &&
        find_positions(kind, join->as, join->group_count, &step.fields) &&
        find_positions(kind, join->link, join->link_count, &step.values)) {
        step.grade = kind_position(kind, join->grade);
        add_task(plan, &step);
    }
    if (strcmp(join->through, type) == 0 &&
        find_positions(kind, join->link_as, join->link_count, &course.fields)) {
        course.code = kind_position(kind, join->course);
        course.local = kind_position(kind, join->local_course);
        course.lea = kind->record->role_position[ROLE_LEA];
        add_task(plan, &course);
    }
}

static bool has_position(const struct field_list *list, uint16_t position)
{
    for (uint32_t i = 0; i < list->count; i++) {
        if (list->positions[i] == position)
            return true;
    }
    return false;
}

/* Whether the unique key of a task is that of the recode and the recoded field, in whatever order,
 * so that one key does for both. A rule is asked in its years alone; only one that is always in
 * force can share. */
static bool shares_key(const struct rules *rules, const struct task *unique,
                       const struct task *recoded)
{
    const struct rule *rule = &rules->rules[unique->number];
    if (unique->kind != TASK_UNIQUE || unique->fields.count != recoded->fields.count + 1 ||
        rule->first > YEAR_FIRST || rule->last < YEAR_LAST || recoded->code < 0)
        return false;
    bool all = has_position(&unique->fields, (uint16_t)recoded->code);
    for (uint32_t i = 0; i < recoded->fields.count; i++)
        all = all && has_position(&unique->fields, recoded->fields.positions[i]);
    return all;
}

/* Adds the task, which takes the place of that of a unique key where it does for both. */
static void add_recoded_task(const struct rules *rules, struct index_plan *plan,
                             struct task *recoded)
{
    for (uint32_t i = 0; i < plan->count; i++) {
        if (shares_key(rules, &plan->tasks[i], recoded)) {
            recoded->kind = TASK_UNIQUE_RECODED;
            recoded->number = plan->tasks[i].number;
            plan->tasks[i] = *recoded;
            return;
        }
    }
    add_task(plan, recoded);
}

/* A record type whose key holds a recoded field can get two records of one key by the recode. */
static void plan_recoded(const struct rules *rules, const struct kind *kind,
                         struct index_plan *plan)
{
    struct task wanted = new_task(TASK_RECODED, 0);
    for (size_t i = 0; i < kind->fields; i++) {
        const struct field *field = &kind->record->fields[i];
        if (!field->key)
            continue;
        if (field->origin != ORIGIN_RECODE) {
            if (wanted.fields.count == MAX_KEY_FIELDS)
                return;
            wanted.fields.positions[wanted.fields.count++] = (uint16_t)i;
        } else if (strcmp(field->from, field->number) == 0) {
            wanted.code = (int)i;
            wanted.recoded = field;
        }
    }
    if (wanted.recoded != NULL && wanted.fields.count > 0)
        add_recoded_task(rules, plan, &wanted);
}

static bool are_alike(const struct field_list *a, const struct field_list *b)
{
    return a->count == b->count &&
           memcmp(a->positions, b->positions, a->count * sizeof *a->positions) == 0;
}

/* Gives the list the number of one before it that is like it, or else the next one. */
static void number_list(struct index_plan *plan, uint32_t task, struct field_list *list)
{
    for (uint32_t i = 0; i <= task; i++) {
        struct task *before = &plan->tasks[i];
        struct field_list *const lists[] = {&before->fields, &before->values};
        for (size_t l = 0; l < sizeof lists / sizeof *lists; l++) {
            if (lists[l] == list) {
                list->number = plan->list_count++;
                return;
            }
            if (are_alike(lists[l], list)) {
                list->number = lists[l]->number;
                return;
            }
        }
    }
}

/* Of several tasks that ask for the hash of the same fields, the first one takes it. */
static void number_lists(struct index_plan *plan)
{
    bool is_wide[2 * MAX_TASKS] = {false};
    for (uint32_t i = 0; i < plan->count; i++) {
        struct task *task = &plan->tasks[i];
        number_list(plan, i, &task->fields);
        number_list(plan, i, &task->values);
        if (task->kind == TASK_UNIQUE || task->kind == TASK_RECODED ||
            task->kind == TASK_UNIQUE_RECODED)
            is_wide[task->fields.number] = true;
    }
    for (uint32_t i = 0; i < plan->count; i++) {
        plan->tasks[i].fields.is_wide = is_wide[plan->tasks[i].fields.number];
        plan->tasks[i].values.is_wide = is_wide[plan->tasks[i].values.number];
    }
}

static void add_position(struct field_list *list, int position)
{
    if (position >= 0 && !has_position(list, (uint16_t)position))
        list->positions[list->count++] = (uint16_t)position;
}

/* Scope and year, and the fields that say what an upload replaces. */
static void plan_scope(const struct kind *kind, struct index_plan *plan)
{
    _Static_assert(UPLOAD_FIELDS + 2 <= MAX_KEY_FIELDS, "a list has no room for them");
    add_position(&plan->place, plan->lea);
    add_position(&plan->place, plan->year);
    for (size_t i = 0; i < kind->record->replace_count; i++)
        add_position(&plan->place, (int)kind->record->replaces[i]);
}

/* What rules and joins have to know. */
static int plan_rules(struct collector *collector, const struct kind *kind, struct index_plan *plan)
{
    int status = CTE_OK;
    for (uint32_t i = 0; i < collector->rules->rule_count && status == CTE_OK; i++)
        status = plan_rule(collector, kind, plan, i);
    for (uint32_t i = 0; i < collector->rules->join_count && status == CTE_OK; i++)
        plan_join(collector, kind, plan, i);
    return status;
}

static int plan_kind(struct collector *collector, const struct kind *kind, struct index_plan *plan)
{
    plan->type = kind_type(kind);
    plan->transaction = kind->record->role_position[ROLE_TRANSACTION];
    plan->lea = kind->record->role_position[ROLE_LEA];
    plan->year = kind->record->role_position[ROLE_ACADEMIC_YEAR];
    plan->delete_code = record_delete_code(kind->record);
    plan_scope(kind, plan);
    int status = plan_upload(collector->tables, kind, &plan->upload, collector->error);
    /* Where the order of the fields is unproven, a key made of them would be too, and no rule is
     * broken by it. What is recoded there is recoded all the same, and must not make doubles. */
    if (status == CTE_OK && basis_may_refuse(kind->record->order_basis))
        status = plan_rules(collector, kind, plan);
    if (status != CTE_OK)
        return status;
    plan_recoded(collector->rules, kind, plan);
    number_lists(plan);
    return CTE_OK;
}

static void free_plan(struct index_plan *plan)
{
    if (plan != NULL)
        free_upload_plan(&plan->upload);
    free(plan);
}

const struct index_plan *plan_of(struct collector *collector, const struct kind *kind)
{
    void **place = plan_place(&collector->plans, kind->index);
    if (*place != NULL)
        return *place;
    struct index_plan *plan = cte_zalloc(1, sizeof *plan);
    if (collector->loading != NULL)
        pthread_mutex_lock(collector->loading);
    const int status = plan_kind(collector, kind, plan);
    if (collector->loading != NULL)
        pthread_mutex_unlock(collector->loading);
    if (status == CTE_OK)
        *place = plan;
    else
        free_plan(plan);
    return *place;
}

void free_collector(struct collector *collector)
{
    for (size_t i = 0; i < collector->plans.count; i++)
        free_plan(collector->plans.items[i]);
    plans_free(&collector->plans);
    kinds_free(&collector->kinds);
    text_free(&collector->values);
}
