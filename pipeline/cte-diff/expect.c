#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/cte-diff/courses.h"
#include "codetables/base/memory.h"

/* Numbers of the fields that a crosswalk of this comparison recodes, in any layout. */
static bool is_recodable(const struct diff *diff, const char *number)
{
    for (size_t l = 0; l < diff->tables.layout_count; l++) {
        const struct layout *layout = &diff->tables.layouts[l];
        for (size_t r = 0; r < layout->record_count; r++) {
            for (size_t f = 0; f < layout->records[r].field_count; f++) {
                const struct field *field = &layout->records[r].fields[f];
                if (field->origin != ORIGIN_RECODE ||
                    (strcmp(field->number, number) != 0 && strcmp(field->from, number) != 0))
                    continue;
                for (size_t c = 0; c < diff->crosswalk_count; c++) {
                    if (crosswalk_map(diff->crosswalks[c], field->map) != NULL)
                        return true;
                }
            }
        }
    }
    return false;
}

/* Whether every layout that knows the record type and has a key for it has this field in it: then
 * both sides agree on the key. */
static bool is_common_key(const struct diff *diff, const char *type, const char *number)
{
    for (size_t l = 0; l < diff->tables.layout_count; l++) {
        size_t type_index;
        const struct record_layout *record =
            layout_record(&diff->tables.layouts[l], type, strlen(type), &type_index);
        bool has_key = false, has_this = false;
        for (size_t f = 0; record != NULL && f < record->field_count; f++) {
            has_key = has_key || record->fields[f].key;
            has_this = has_this ||
                       (record->fields[f].key && strcmp(record->fields[f].number, number) == 0);
        }
        if (has_key && !has_this)
            return false;
    }
    return true;
}

static bool names(const struct option_list *list, const char *number)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->texts[i], number) == 0)
            return true;
    }
    return false;
}

static int position_in(const struct kind *kind, const char *number)
{
    int position = record_field(kind->record, number);
    return position >= 0 && (size_t)position < kind->fields ? position : -1;
}

static void plan_field(const struct diff *diff, const struct kind *kind, struct diff_plan *plan,
                       size_t t)
{
    const struct field *target = &plan->target->fields[t];
    bool is_other_layout = plan->target != kind->record;
    plan->source[t] = position_in(kind, target->number);
    plan->recoded[t] = -1;
    plan->masked[t] = names(&diff->ignore, target->number) ||
                      (diff->only.count > 0 && !names(&diff->only, target->number));
    if (!is_other_layout)
        return;
    if (target->origin == ORIGIN_SAME && target->from != NULL)
        plan->source[t] = position_in(kind, target->from);
    if (target->origin == ORIGIN_CONSTANT)
        plan->fixed[t] = target->value;
    int from = target->origin == ORIGIN_RECODE ? position_in(kind, target->from) : -1;
    if (from >= 0 && plan->recoded_count < MAX_RECODED) {
        plan->recoded[t] = (int)plan->recoded_count;
        plan->recode_from[plan->recoded_count] = from;
        plan->recoded_field[plan->recoded_count++] = t;
    }
}

int load_code_sets(struct diff *diff)
{
    int status = CTE_OK;
    for (size_t l = 0; l < diff->tables.layout_count; l++) {
        const struct layout *layout = &diff->tables.layouts[l];
        for (size_t r = 0; r < layout->record_count; r++) {
            for (size_t f = 0; f < layout->records[r].field_count && status == CTE_OK; f++) {
                const struct field *field = &layout->records[r].fields[f];
                const struct codeset *set;
                for (size_t s = 0; s < field->code_set_count && is_recodable(diff, field->number) &&
                                   status == CTE_OK;
                     s++)
                    status = tables_codeset(&diff->tables, field->code_sets[s], &set, &diff->error);
            }
        }
    }
    return status;
}

static void add_move_field(const struct diff *diff, struct move_plan *moves,
                           const struct field *field, int at)
{
    const size_t i = moves->count++;
    size_t count = 0;
    moves->fields[i] = field;
    moves->at[i] = at;
    for (size_t s = 0; s < field->code_set_count; s++) {
        for (size_t r = 0; r < diff->tables.reference_count && count < MAX_FIELD_SETS; r++) {
            if (strcmp(diff->tables.references[r].text, field->code_sets[s]) == 0)
                moves->sets[i][count++] = diff->tables.references[r].set;
        }
    }
}

/* What a record shows of itself in a flow. Before: the field that the first recoded field comes
 * from, or, of a record that is in the target layout, that field. After: all recoded fields, as
 * they stand. */
static void plan_moves(const struct diff *diff, const struct kind *kind, struct diff_plan *plan)
{
    plan->moves[0].type = plan->moves[1].type = kind_type(kind);
    for (size_t t = 0; t < plan->target->field_count && plan->moves[1].count < MAX_RECODED; t++) {
        const struct field *target = &plan->target->fields[t];
        if (target->origin != ORIGIN_RECODE || !is_recodable(diff, target->number))
            continue;
        int from = plan->recoded[t] >= 0 ? plan->recode_from[plan->recoded[t]] : plan->source[t];
        if (plan->moves[0].count == 0)
            add_move_field(diff, &plan->moves[0], from >= 0 ? &kind->record->fields[from] : target,
                           from);
        add_move_field(diff, &plan->moves[1], target, plan->source[t]);
    }
}

struct diff_plan *plan_of(struct diff *diff, struct planned *planned, const struct kind *kind)
{
    void **place = plan_place(&planned->plans, kind->index);
    if (*place != NULL)
        return *place;
    struct diff_plan *plan = cte_zalloc(1, sizeof *plan);
    size_t type_index, count;
    plan->record = kind->record;
    plan->target = diff->target != NULL ? layout_record(diff->target, kind_type(kind),
                                                        strlen(kind_type(kind)), &type_index)
                                        : NULL;
    if (plan->target == NULL)
        plan->target = kind->record;
    count = plan->target->field_count;
    plan->source = cte_zalloc(count, sizeof *plan->source);
    plan->fixed = cte_zalloc(count, sizeof *plan->fixed);
    plan->recoded = cte_zalloc(count, sizeof *plan->recoded);
    plan->masked = cte_zalloc(count, sizeof *plan->masked);
    plan->key = cte_zalloc(kind->fields, sizeof *plan->key);
    plan->plain = plan->target == kind->record && kind->fields == count &&
                  kind->form->suffix_length == 0 && kind->form->extra_count == 0;
    for (size_t t = 0; t < count; t++) {
        plan_field(diff, kind, plan, t);
        plan->plain = plan->plain && !plan->masked[t];
    }
    for (size_t f = 0; f < kind->fields; f++) {
        const struct field *field = &kind->record->fields[f];
        if (field->key && !is_recodable(diff, field->number) &&
            is_common_key(diff, kind_type(kind), field->number))
            plan->key[plan->key_count++] = (int)f;
    }
    plan_moves(diff, kind, plan);
    *place = plan;
    return plan;
}

void planned_free(struct planned *planned)
{
    for (size_t i = 0; i < planned->plans.count; i++) {
        struct diff_plan *plan = planned->plans.items[i];
        if (plan == NULL)
            continue;
        free(plan->source);
        free(plan->fixed);
        free(plan->recoded);
        free(plan->masked);
        free(plan->key);
        free(plan);
    }
    plans_free(&planned->plans);
    kinds_free(&planned->kinds);
}

/* ---- what becomes of a code ---- */

/* An outcome on its way through the chain of crosswalks. */
struct way {
    struct outcome outcome;
    struct slice code;
    bool known; /* some crosswalk knew the code */
};

static int judging_year_of(const struct kind *kind, const struct slice *fields, int from)
{
    const struct field *field = &kind->record->fields[from];
    for (size_t i = 0; i < field->judged_by_count; i++) {
        if (field->judged_by[i] < kind->fields && fields[field->judged_by[i]].length > 0)
            return academic_year(fields[field->judged_by[i]].at,
                                 fields[field->judged_by[i]].length);
    }
    return YEAR_NONE;
}

static struct slice role_of(const struct kind *kind, const struct slice *fields,
                            enum field_role role)
{
    int position = kind->record->role_position[role];
    return position >= 0 && (size_t)position < kind->fields ? fields[position]
                                                            : (struct slice){"", 0};
}

/* The recorded decision about a code or a local course, or NULL. */
static const struct decision *decision_for(const struct diff *diff, const struct kind *kind,
                                           const struct slice *fields, struct slice code)
{
    bool is_local = kind->record->role_position[ROLE_LOCAL_COURSE] >= 0;
    struct slice lea = role_of(kind, fields, ROLE_LEA), school = role_of(kind, fields, ROLE_SCHOOL);
    struct slice year = role_of(kind, fields, ROLE_ACADEMIC_YEAR),
                 about = is_local ? role_of(kind, fields, ROLE_LOCAL_COURSE) : code;
    if (!diff->has_decisions)
        return NULL;
    return decisions_find(&diff->decisions,
                          &(struct decision_question){.lea = lea.at,
                                                      .lea_length = lea.length,
                                                      .record = kind_type(kind),
                                                      .record_length = strlen(kind_type(kind)),
                                                      .school = school.at,
                                                      .school_length = school.length,
                                                      .code = about.at,
                                                      .code_length = about.length,
                                                      .is_local_course = is_local,
                                                      .year = academic_year(year.at, year.length)});
}

/* Gives the recoded fields of one source field what a row says. */
static void put_targets(const struct diff_plan *plan, const struct crosswalk *crosswalk,
                        const struct crosswalk_map *map, int from, const struct targets *to,
                        unsigned row, const char *reason, struct way *way)
{
    for (size_t r = 0; r < plan->recoded_count; r++) {
        const struct field *target = &plan->target->fields[plan->recoded_field[r]];
        int output = crosswalk_output(map, target->output);
        bool is_mine = plan->recode_from[r] == from && strcmp(target->map, map->id) == 0,
             takes = false;
        /* An earlier crosswalk of a chain has one output, the code itself in another set: it goes
         * where the code was. */
        if (is_mine && output < 0 && strcmp(target->number, target->from) == 0 &&
            to->code[0] != NULL) {
            for (size_t s = 0; s < target->code_set_count; s++)
                takes = takes || strcmp(target->code_sets[s], map->outputs[0].code_set) == 0;
        }
        if (is_mine && (output >= 0 || takes)) {
            const char *code = to->code[output >= 0 ? output : 0];
            way->outcome.to[r] = code != NULL ? code : "";
        }
    }
    way->outcome.crosswalk = crosswalk;
    way->outcome.row = row;
    way->outcome.reason = reason;
    if (to->code[0] != NULL)
        way->code = (struct slice){to->code[0], strlen(to->code[0])};
}

/* The condition of the row that a field of the record meets, or NULL. */
static const struct crosswalk_when *
when_of(const struct kind *kind, const struct crosswalk_row *row, const struct slice *fields)
{
    for (size_t i = 0; i < row->when_count; i++) {
        int position = position_in(kind, row->whens[i].field);
        if (position >= 0 &&
            when_holds(&row->whens[i], fields[position].at, fields[position].length))
            return &row->whens[i];
    }
    return NULL;
}

/* What a decision says of a row; false where the row offers no such code. */
static bool decides(const struct decision *decision, const struct crosswalk_map *map,
                    const struct crosswalk_row *row, struct targets *to, unsigned *n)
{
    const char *code = decision != NULL ? row_code_meant(map, row, decision->code) : NULL;
    *n = code != NULL ? row_offers(map, row, code, strlen(code), to) : 0;
    return *n != 0;
}

/* Whether the decision is against what the table says itself. */
static bool contradicts(const struct decision *decision, const struct crosswalk_map *map,
                        const struct crosswalk_row *row, const struct targets *says)
{
    struct targets to;
    unsigned n;
    bool agrees = decides(decision, map, row, &to, &n);
    for (size_t i = 0; agrees && i < map->output_count; i++)
        agrees =
            to.code[i] == NULL || (says->code[i] != NULL && strcmp(to.code[i], says->code[i]) == 0);
    return decision != NULL && !agrees;
}

/* True when the row itself gives every output: courses have nothing to decide. */
static bool is_complete(const struct crosswalk_map *map, const struct crosswalk_row *row)
{
    bool is_whole = row->kind != ROW_UNDECIDED;
    for (size_t i = 0; i < map->output_count; i++)
        is_whole = is_whole && row->to.code[i] != NULL;
    return is_whole;
}

/* True when a decision says more than the row or the courses, and nothing against them. */
static bool completes(const struct crosswalk_map *map, const struct targets *said,
                      const struct targets *decision)
{
    bool is_more = false;
    for (size_t i = 0; i < map->output_count; i++) {
        const char *is = said->code[i], *more = decision->code[i];
        if (is != NULL && (more == NULL || strcmp(is, more) != 0))
            return false;
        is_more = is_more || (is == NULL && more != NULL);
    }
    return is_more;
}

/* One way through one map: it becomes one or several. Returns how many; the way itself is
 * overwritten by the first. The order of those who decide: a condition of the table, a student's
 * courses, a recorded decision, what the row says, nobody. The courses may not be known here: then
 * whatever they could decide is left open beside the rest. */
static size_t follow(struct diff *diff, const struct kind *kind, const struct diff_plan *plan,
                     const struct slice *fields, const struct crosswalk *crosswalk,
                     const struct crosswalk_map *map, int from, int year, struct way *ways,
                     size_t room, struct expectation *expectation)
{
    struct way *way = &ways[0];
    if (way->outcome.held || codeset_find(map->set, way->code.at, way->code.length) == NULL)
        return 1;
    if (!way->known &&
        codeset_judge(map->set, way->code.at, way->code.length, year) == CODE_WRONG_YEAR) {
        way->outcome.held = true;
        way->outcome.reason = "the code is not valid in the year that judges it";
        return 1;
    }
    way->known = true;
    const struct crosswalk_row *row = crosswalk_lookup(map, way->code.at, way->code.length, year);
    const struct decision *decision = decision_for(diff, kind, fields, way->code);
    if (decision != NULL)
        expectation->decision = decision;
    if (row == NULL) {
        expectation->overruled = expectation->overruled || decision != NULL;
        way->outcome.held = !map->unlisted_passes;
        way->outcome.reason =
            map->unlisted_passes ? way->outcome.reason : "the code has no row in the crosswalk";
        return 1;
    }
    const struct crosswalk_when *when = when_of(kind, row, fields);
    if (when != NULL) {
        expectation->overruled =
            expectation->overruled || contradicts(decision, map, row, &when->to);
        put_targets(plan, crosswalk, map, from, &when->to, when->n, when->text, way);
        return 1;
    }
    const struct possible *possible = possible_of(diff, row);
    const struct way begun = *way;
    struct targets to, taken;
    unsigned n = 0;
    bool is_decided =
        possible != NULL && decides(decision, map, row, &to, &n) && completes(map, &row->to, &to);
    enum courses_say courses = COURSES_NOTHING;
    if (possible != NULL && map->evidence != NULL && !is_complete(map, row))
        courses =
            ask_courses(diff, &(struct open_row){kind, fields, crosswalk, map, row, year}, &taken);
    if (courses == COURSES_DECIDE && !(is_decided && completes(map, &taken, &to))) {
        expectation->overruled = expectation->overruled || contradicts(decision, map, row, &taken);
        put_targets(plan, crosswalk, map, from, &taken, row->n, "the student's completed courses",
                    way);
        return 1;
    }
    expectation->overruled =
        expectation->overruled || (!is_decided && contradicts(decision, map, row, &row->to));
    size_t count = 1;
    if (is_decided)
        put_targets(plan, crosswalk, map, from, &to, n, "a recorded decision", way);
    else if (row->kind == ROW_UNDECIDED)
        count = 0;
    else if (row->kind != ROW_SAME)
        put_targets(plan, crosswalk, map, from, &row->to, row->n, row->kind_name, way);
    bool is_left = !is_decided || courses == COURSES_UNKNOWN;
    for (size_t i = 0; possible != NULL && is_left && i < possible->count && count < room; i++) {
        if (!is_decided && row->kind != ROW_UNDECIDED &&
            same_targets(&possible->targets[i], &row->to, map->output_count))
            continue; /* what the row says itself */
        ways[count] = begun;
        put_targets(plan, crosswalk, map, from, &possible->targets[i], row->n,
                    "a choice that the crosswalk leaves", &ways[count]);
        ways[count].outcome.by_courses = courses == COURSES_UNKNOWN;
        ways[count++].outcome.decided = false;
    }
    if (count == 0) {
        way->outcome.held = true;
        way->outcome.reason = "the crosswalk does not decide this code";
        count = 1;
    }
    return count;
}

/* The ways of one source field through all crosswalks. */
static size_t ways_of(struct diff *diff, const struct kind *kind, const struct diff_plan *plan,
                      const struct slice *fields, int from, const char *map_id, struct way *ways,
                      struct expectation *expectation)
{
    size_t count = 1;
    int year = judging_year_of(kind, fields, from);
    ways[0] = (struct way){.outcome = {.decided = true}, .code = fields[from]};
    if (year == YEAR_NONE) {
        ways[0].outcome.held = true;
        ways[0].outcome.reason = "no academic year judges the code";
        return 1;
    }
    for (size_t c = 0; c < diff->crosswalk_count; c++) {
        const struct crosswalk_map *map = crosswalk_map(diff->crosswalks[c], map_id);
        if (map == NULL)
            continue;
        struct way next[MAX_ALTERNATIVES];
        size_t next_count = 0;
        for (size_t w = 0; w < count && next_count < MAX_ALTERNATIVES; w++) {
            next[next_count] = ways[w];
            next_count += follow(diff, kind, plan, fields, diff->crosswalks[c], map, from, year,
                                 &next[next_count], MAX_ALTERNATIVES - next_count, expectation);
        }
        memcpy(ways, next, next_count * sizeof *ways);
        count = next_count;
    }
    return count;
}

void expect(struct diff *diff, const struct kind *kind, const struct diff_plan *plan,
            const struct slice *fields, struct expectation *expectation)
{
    expectation->count = 1;
    expectation->decision = NULL;
    expectation->overruled = false;
    expectation->outcomes[0] = (struct outcome){.decided = true};
    for (size_t r = 0; r < plan->recoded_count; r++) {
        bool is_done = false;
        for (size_t before = 0; before < r; before++)
            is_done = is_done || plan->recode_from[before] == plan->recode_from[r];
        if (is_done)
            continue;
        struct way ways[MAX_ALTERNATIVES];
        size_t count = ways_of(diff, kind, plan, fields, plan->recode_from[r],
                               plan->target->fields[plan->recoded_field[r]].map, ways, expectation);
        struct expectation joined = {.decision = expectation->decision,
                                     .overruled = expectation->overruled};
        for (size_t o = 0; o < expectation->count; o++) {
            for (size_t w = 0; w < count && joined.count < MAX_ALTERNATIVES; w++) {
                struct outcome outcome = expectation->outcomes[o];
                for (size_t i = 0; i < MAX_RECODED; i++)
                    outcome.to[i] =
                        ways[w].outcome.to[i] != NULL ? ways[w].outcome.to[i] : outcome.to[i];
                outcome.decided = outcome.decided && ways[w].outcome.decided;
                outcome.held = outcome.held || ways[w].outcome.held;
                outcome.by_courses = outcome.by_courses || ways[w].outcome.by_courses;
                if (ways[w].outcome.reason != NULL) {
                    outcome.crosswalk = ways[w].outcome.crosswalk;
                    outcome.row = ways[w].outcome.row;
                    outcome.reason = ways[w].outcome.reason;
                }
                joined.outcomes[joined.count++] = outcome;
            }
        }
        *expectation = joined;
    }
}

/* ---- contents ---- */

size_t fields_of(const struct record *record, struct slice *fields)
{
    /* Of one record a thread: it is looked at before the next is read. */
    static _Thread_local struct text plain;
    const size_t count = record->kind->fields;
    record_values(record, count, fields, &plain);
    /* The type as the target writes it, without the suffix of a form. */
    if (record->kind->form->suffix_length > 0)
        fields[0] = (struct slice){kind_type(record->kind), strlen(kind_type(record->kind))};
    return count;
}

struct slice stands(const struct diff_plan *plan, const struct slice *fields, size_t count,
                    size_t t)
{
    return plan->source[t] >= 0 && (size_t)plan->source[t] < count ? fields[plan->source[t]]
                                                                   : (struct slice){"", 0};
}

struct slice wanted(const struct diff_plan *plan, const struct slice *fields, size_t count,
                    const struct outcome *outcome, size_t t)
{
    const char *code =
        outcome != NULL && plan->recoded[t] >= 0 ? outcome->to[plan->recoded[t]] : NULL;
    if (plan->fixed[t] != NULL)
        code = plan->fixed[t];
    return code != NULL ? (struct slice){code, strlen(code)} : stands(plan, fields, count, t);
}

/* The values one after the other, with carets between them. With `marks`, a caret within a value
 * stands as NUL, which no value holds. */
static size_t join_values(const struct diff_plan *plan, const struct slice *fields, size_t count,
                          const struct outcome *outcome, char *to, size_t room, bool marks)
{
    char *at = to, *end = to + room - SCAN_SLACK;
    for (size_t t = 0; t < plan->target->field_count; t++) {
        struct slice value =
            plan->masked[t] ? (struct slice){"", 0} : wanted(plan, fields, count, outcome, t);
        if ((size_t)(end - at) < value.length + 1)
            break; /* no record is so long: the reader bounds them */
        if (t > 0)
            *at++ = '^';
        char *from = at;
        at = mempcpy(at, value.at, value.length);
        for (; marks && (from = memchr(from, '^', (size_t)(at - from))) != NULL;)
            *from = '\0';
    }
    return (size_t)(at - to);
}

size_t content_of(const struct diff_plan *plan, const struct slice *fields, size_t count,
                  const struct outcome *outcome, char *to, size_t room)
{
    size_t length = join_values(plan, fields, count, outcome, to, room, false);
    /* Few values hold a caret; those that do must not make one text of two contents. The scan stops
     * at a line feed, so after one it is not known. */
    struct scan_result scan = scan_record(to, to + length, '^', false, NULL, 0);
    if (scan.newline == NULL && scan.delimiters < plan->target->field_count)
        return length;
    return join_values(plan, fields, count, outcome, to, room, true);
}
