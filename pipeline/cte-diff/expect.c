/* What the crosswalks make of a record, worked out from the tables alone. It shares nothing with
 * cte-recode, on purpose: the two are held against each other. */
#include <string.h>

#include "pipeline/cte-diff/courses.h"

/* An outcome on its way through the chain of crosswalks. */
struct way {
    struct outcome outcome;
    struct slice code;
    bool known; /* some crosswalk knew the code */
};

/* The recorded decision about a code or a local course, or NULL. */
static const struct decision *decision_for(const struct diff *diff, const struct kind *kind,
                                           const struct slice *fields, struct slice code)
{
    bool is_local = kind->record->role_position[ROLE_LOCAL_COURSE] >= 0;
    struct slice lea = role_value(kind, fields, ROLE_LEA),
                 school = role_value(kind, fields, ROLE_SCHOOL);
    struct slice year = role_value(kind, fields, ROLE_ACADEMIC_YEAR),
                 about = is_local ? role_value(kind, fields, ROLE_LOCAL_COURSE) : code;
    if (!diff->has_decisions)
        return NULL;
    return decisions_find(&diff->decisions,
                          &(struct decision_question){.lea = lea,
                                                      .record = slice_of(kind_type(kind)),
                                                      .school = school,
                                                      .code = about,
                                                      .is_local_course = is_local,
                                                      .year = academic_year(year.at, year.length)});
}

/* One map of one crosswalk, on the way of the code in one field of a record. */
struct step {
    const struct diff_record *record;
    const struct crosswalk *crosswalk;
    const struct crosswalk_map *map;
    int from; /* the field of the record */
    int year; /* judges its code */
};

/* Gives the recoded fields of one source field what a row says. */
static void put_targets(const struct step *step, const struct targets *to, unsigned row,
                        const char *reason, struct way *way)
{
    const struct diff_plan *plan = step->record->plan;
    const struct crosswalk_map *map = step->map;
    for (size_t r = 0; r < plan->recoded_count; r++) {
        const struct field *target = &plan->target->fields[plan->recoded_field[r]];
        int output = crosswalk_output(map, target->output);
        const bool is_mine =
            plan->recode_from[r] == step->from && strcmp(target->map, map->id) == 0;
        if (is_mine && map_fills(map, target) && (output >= 0 || to->code[0] != NULL)) {
            const char *code = to->code[output >= 0 ? output : 0];
            way->outcome.to[r] = code != NULL ? code : "";
        }
    }
    way->outcome.crosswalk = step->crosswalk;
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
        int position = kind_position(kind, row->whens[i].field);
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
static size_t follow_map(struct diff *diff, const struct step *step, struct way *ways, size_t room,
                         struct expectation *expectation)
{
    struct way *way = &ways[0];
    const struct kind *kind = step->record->kind;
    const struct slice *fields = step->record->fields;
    const struct crosswalk_map *map = step->map;
    const int year = step->year;
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
        put_targets(step, &when->to, when->n, when->text, way);
        return 1;
    }
    const struct possible *possible = find_possible(diff, row);
    const struct way begun = *way;
    struct targets to, taken;
    unsigned n = 0;
    bool is_decided =
        possible != NULL && decides(decision, map, row, &to, &n) && completes(map, &row->to, &to);
    enum courses_say courses = COURSES_NOTHING;
    if (possible != NULL && map->evidence != NULL && !is_complete(map, row))
        courses = ask_courses(
            diff, &(struct open_row){kind, fields, step->crosswalk, map, row, year}, &taken);
    if (courses == COURSES_DECIDE && !(is_decided && completes(map, &taken, &to))) {
        expectation->overruled = expectation->overruled || contradicts(decision, map, row, &taken);
        put_targets(step, &taken, row->n, "the student's completed courses", way);
        return 1;
    }
    expectation->overruled =
        expectation->overruled || (!is_decided && contradicts(decision, map, row, &row->to));
    size_t count = 1;
    if (is_decided)
        put_targets(step, &to, n, "a recorded decision", way);
    else if (row->kind == ROW_UNDECIDED)
        count = 0;
    else if (row->kind != ROW_SAME)
        put_targets(step, &row->to, row->n, row->kind_name, way);
    bool is_left = !is_decided || courses == COURSES_UNKNOWN;
    for (size_t i = 0; possible != NULL && is_left && i < possible->count && count < room; i++) {
        if (!is_decided && row->kind != ROW_UNDECIDED &&
            same_targets(&possible->targets[i], &row->to, map->output_count))
            continue; /* what the row says itself */
        ways[count] = begun;
        put_targets(step, &possible->targets[i], row->n, "a choice that the crosswalk leaves",
                    &ways[count]);
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
static size_t list_ways(struct diff *diff, const struct diff_record *record, size_t recoded,
                        struct way *ways, struct expectation *expectation)
{
    const struct diff_plan *plan = record->plan;
    const int from = plan->recode_from[recoded];
    const char *map_id = plan->target->fields[plan->recoded_field[recoded]].map;
    size_t count = 1;
    const int year = judging_year(record->kind, record->fields, from);
    ways[0] = (struct way){.outcome = {.decided = true}, .code = record->fields[from]};
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
            const struct step step = {record, diff->crosswalks[c], map, from, year};
            next_count += follow_map(diff, &step, &next[next_count], MAX_ALTERNATIVES - next_count,
                                     expectation);
        }
        memcpy(ways, next, next_count * sizeof *ways);
        count = next_count;
    }
    return count;
}

void find_outcomes(struct diff *diff, const struct diff_record *record,
                   struct expectation *expectation)
{
    const struct diff_plan *plan = record->plan;
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
        size_t count = list_ways(diff, record, r, ways, expectation);
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
