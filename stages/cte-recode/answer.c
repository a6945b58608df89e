#include "stages/cte-recode/recode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Answers are kept by group, code, year and the decision that applies, each on one of a few neighbouring slots; when those are
 * taken, a new one takes the place of the first. */
enum { CACHE_SLOTS = 1 << 10, CACHE_NEIGHBOURS = 8, CACHED_CODE = 24 };

struct cached_answer {
    const struct group *group; /* NULL: free */
    const struct decision *decision;
    int year;
    uint32_t length;
    char code[CACHED_CODE];
    struct answer answer;
};

/* The steps by which a code became another: table, version, row and reason, joined by semicolons when there are several. */
struct trail {
    char crosswalk[128], version[64], row[64], reason[512];
};

static void join(char *to, size_t room, const char *text)
{
    size_t used = strlen(to);
    snprintf(to + used, room - used, "%s%s", used > 0 ? ";" : "", text);
}

static void step_trail(struct trail *trail, const struct crosswalk *crosswalk, unsigned row, const char *reason)
{
    char number[16];
    snprintf(number, sizeof number, "%u", row);
    join(trail->crosswalk, sizeof trail->crosswalk, crosswalk->identity.id);
    join(trail->version, sizeof trail->version, crosswalk->identity.version);
    join(trail->row, sizeof trail->row, number);
    join(trail->reason, sizeof trail->reason, reason);
}

struct stream_reference define_change(struct recoding *recoding, const char *number, const char *name, const char *after,
                                      const char *crosswalk, const char *version, const char *row, const char *reason)
{
    return stream_define_row(&recoding->out, &(struct stream_row){
        (char *)(uintptr_t)number, (char *)(uintptr_t)name, (char *)(uintptr_t)after, (char *)(uintptr_t)crosswalk,
        (char *)(uintptr_t)version, (char *)(uintptr_t)row, (char *)(uintptr_t)reason, NULL, NULL, -1});
}

struct stream_reference define_rule(struct recoding *recoding, const struct kind *kind, const char *check,
                                    const struct field *field, const char *more)
{
    const struct rule *rule = rules_find(recoding->rules, check, kind_type(kind));
    if (rule == NULL)
        cte_die("the rule table has no rule for check %s", check);
    char *message = cte_format("%s%s; %s", rule->message, more, rule->action);
    struct stream_reference reference = stream_define_rule(&recoding->out, &(struct stream_rule){
        (char *)(uintptr_t)rule->id, field != NULL ? (char *)(uintptr_t)field->number : (char *)"",
        field != NULL ? (char *)(uintptr_t)field->name : (char *)"", message, rule_severity(rule, BASIS_NONE), NULL});
    free(message);
    return reference;
}

/* ": 104 may become 050202 or 050105": for each choice its most exact code. The names are in the crosswalk and in what a run says
 * needs deciding; here they would be repeated for every held record. */
static char *describe_choices(const struct crosswalk_map *map, const struct crosswalk_row *row)
{
    char *text = cte_format(": %s%s", row->code, row->choice_count == 0 ? " has no choices" : " may become ");
    for (size_t c = 0; c < row->choice_count; c++) {
        const char *code = "";
        for (size_t o = 0; o < map->output_count; o++)
            code = row->choices[c].to.code[o] != NULL ? row->choices[c].to.code[o] : code;
        char *longer = cte_format("%s%s%s", text, c > 0 ? " or " : "", code);
        free(text);
        text = longer;
    }
    return text;
}

/* The academic year that judges the field: the first of its judges that is filled. */
static int judging_year(const struct field *field, const struct stream_record *record)
{
    for (size_t i = 0; i < field->judged_by_count; i++) {
        if (field->judged_by[i] >= record->field_count)
            continue;
        struct stream_slice year = stream_field(record, field->judged_by[i]);
        if (year.length > 0)
            return academic_year(year.at, year.length);
    }
    return YEAR_NONE;
}

static struct stream_slice role_field(const struct stream_record *record, int position)
{
    return position >= 0 && (size_t)position < record->field_count ? stream_field(record, (size_t)position)
                                                                    : (struct stream_slice){"", 0};
}

/* The decision recorded for this record and code, or NULL. Records with a local course are decided by it, others by the code. */
static const struct decision *find_decision(const struct recoding *recoding, const struct kind *kind,
                                            const struct stream_record *record, const char *code, size_t length)
{
    const struct plan *plan = kind->plan;
    const char *type = kind_type(kind);
    struct stream_slice lea = role_field(record, plan->lea), school = role_field(record, plan->school);
    struct stream_slice local = role_field(record, plan->local_course);
    struct decision_question question = {.lea = lea.at, .lea_length = lea.length, .record = type, .record_length = strlen(type),
                                         .school = school.at, .school_length = school.length, .code = code, .code_length = length};
    int position = kind->record->role_position[ROLE_ACADEMIC_YEAR];
    struct stream_slice year = role_field(record, position);
    question.year = academic_year(year.at, year.length);
    question.is_local_course = plan->local_course >= 0;
    if (question.is_local_course) {
        question.code = local.at;
        question.code_length = local.length;
    }
    return decisions_find(&recoding->decisions, &question);
}

static const struct crosswalk_when *find_when(const struct kind *kind, const struct crosswalk_row *row,
                                              const struct stream_record *record, bool *depends)
{
    for (size_t i = 0; i < row->when_count; i++) {
        int position = record_field(kind->record, row->whens[i].field);
        if (position < 0 || (size_t)position >= record->field_count)
            continue;
        *depends = true; /* the answer hangs on more than the code */
        struct stream_slice value = stream_field(record, (size_t)position);
        if (when_holds(&row->whens[i], value.at, value.length))
            return &row->whens[i];
    }
    return NULL;
}

/* What one crosswalk of the chain says. */
struct step {
    struct targets to;
    bool decided; /* `to` is the answer; otherwise the code passes as it is */
};

static const struct answer *hold(struct recoding *recoding, struct answer *answer, const struct kind *kind,
                                 const struct group *group, const char *check, const char *more)
{
    answer->kind = ANSWER_HOLD;
    answer->rule = define_rule(recoding, kind, check, group->field, more);
    return answer;
}

/* Looks one code up in one map. Returns false when the record is to be held, with the answer filled. */
static bool take_step(struct recoding *recoding, const struct kind *kind, const struct group *group, size_t m,
                      const struct stream_record *record, const char *code, size_t length, int year, struct step *step,
                      struct trail *trail, bool *depends, struct answer *answer)
{
    const struct crosswalk_map *map = group->maps[m];
    const struct crosswalk *crosswalk = group->crosswalks[m];
    const struct crosswalk_row *row = crosswalk_lookup(map, code, length, year);
    const char *draft = table_is_draft(&crosswalk->identity) ? "draft: " : "";
    char reason[400];
    step->decided = false;
    memset(&step->to, 0, sizeof step->to);
    if (row == NULL) {
        if (map->unlisted_passes)
            return true;
        char more[120];
        snprintf(more, sizeof more, ": code %.*s has no row in crosswalk %s@%s", (int)length, code, crosswalk->identity.id,
                 crosswalk->identity.version);
        hold(recoding, answer, kind, group, "no-row", more);
        return false;
    }
    if (row->choice_count > 0 || row->kind == ROW_UNDECIDED) {
        const struct decision *decision = find_decision(recoding, kind, record, code, length);
        if (decision != NULL) {
            unsigned n = row_offers(map, row, decision->code, strlen(decision->code), &step->to);
            if (n == 0) {
                cte_fail(&recoding->error, CTE_BAD_TABLE, "%s:%u: crosswalk %s@%s does not offer %s for code %s; choose one of its choices",
                         recoding->decisions.identity.path, decision->line, crosswalk->identity.id, crosswalk->identity.version,
                         decision->code, row->code);
                answer->kind = ANSWER_FAILED;
                return false;
            }
            snprintf(reason, sizeof reason, "%s%s, decided by %s on %s%s%s", draft, row->kind_name, decision->decided_by,
                     decision->decided_on, decision->reason[0] != '\0' ? ": " : "", decision->reason);
            step_trail(trail, crosswalk, n, reason);
            step->decided = true;
            return true;
        }
    }
    const struct crosswalk_when *when = find_when(kind, row, record, depends);
    if (when != NULL) {
        snprintf(reason, sizeof reason, "%s%s, %s", draft, row->kind_name, when->text);
        step_trail(trail, crosswalk, when->n, reason);
        step->to = when->to;
        step->decided = true;
        return true;
    }
    if (row->kind == ROW_UNDECIDED) {
        char *choices = describe_choices(map, row);
        hold(recoding, answer, kind, group, "undecided", choices);
        free(choices);
        return false;
    }
    if (row->kind == ROW_SAME)
        return true;
    snprintf(reason, sizeof reason, "%s%s", draft, row->kind_name);
    step_trail(trail, crosswalk, row->n, reason);
    step->to = row->to;
    step->decided = true;
    return true;
}

static bool set_holds(const struct recoding *recoding, const char *id, const char *code, size_t length)
{
    const struct codeset *set = NULL;
    struct cte_error ignored = {0};
    struct tables *tables = (struct tables *)(uintptr_t)&recoding->tables;
    return tables_codeset(tables, id, &set, &ignored) == CTE_OK && set->kind != CODESET_UNREAD &&
           codeset_find(set, code, length) != NULL;
}

/* True when the code is one that the source layout allows but no crosswalk of the run begins from: it was recoded before. */
static bool was_recoded_before(const struct recoding *recoding, const struct group *group, const char *code, size_t length)
{
    for (size_t i = 0; i < group->field->code_set_count; i++) {
        if (set_holds(recoding, group->field->code_sets[i], code, length))
            return true;
    }
    return false;
}

static bool field_allows(const struct field *field, const char *code_set)
{
    for (size_t i = 0; i < field->code_set_count; i++) {
        if (strcmp(field->code_sets[i], code_set) == 0)
            return true;
    }
    return false;
}

/* Works the answer out. *depends is set when it hangs on more than code and year. */
static const struct answer *work_out(struct recoding *recoding, const struct kind *kind, const struct group *group,
                                     const struct stream_record *record, const char *original, size_t original_length,
                                     struct answer *answer, bool *depends)
{
    memset(answer, 0, sizeof *answer);
    for (uint32_t i = 0; i < group->member_count; i++)
        answer->fields[i].keep = true;
    int year = judging_year(group->field, record);
    if (year == YEAR_NONE)
        return hold(recoding, answer, kind, group, "no-year", "");
    const char *code = original;
    size_t length = original_length;
    struct trail trail = {"", "", "", ""};
    bool known = false;
    /* In a chain of crosswalks, a decision may be about a code between the two; then it is looked up each time. */
    *depends = group->map_count > 1 && recoding->decisions.count > 0;
    for (size_t m = 0; m < group->map_count; m++) {
        const struct crosswalk_map *map = group->maps[m];
        if (codeset_find(map->set, code, length) == NULL)
            continue;
        /* Only the code that was received is judged by its year: what a crosswalk makes of it is the table's own word. */
        if (!known && codeset_judge(map->set, code, length, year) == CODE_WRONG_YEAR) {
            return hold(recoding, answer, kind, group, "unknown-code", ": it is not valid in the academic year that judges it");
        }
        known = true;
        struct step step;
        if (!take_step(recoding, kind, group, m, record, code, length, year, &step, &trail, depends, answer))
            return answer;
        if (!step.decided)
            continue;
        for (uint32_t i = 0; i < group->member_count; i++) {
            const struct member *member = &group->members[i];
            int output = crosswalk_output(map, member->output);
            bool takes_code = output < 0 && member->is_from && step.to.code[0] != NULL &&
                              field_allows(member->target, map->outputs[0].code_set);
            if (output < 0 && !takes_code)
                continue;
            const char *after = step.to.code[takes_code ? 0 : output];
            answer->fields[i] = (struct answer_field){.after = after != NULL ? after : "",
                                                      .length = after != NULL ? strlen(after) : 0};
            answer->fields[i].row = define_change(recoding, member->target->number, member->target->name,
                                                  answer->fields[i].after, trail.crosswalk, trail.version, trail.row, trail.reason);
        }
        if (step.to.code[0] != NULL) {
            code = step.to.code[0];
            length = strlen(code);
        }
    }
    if (!known && !was_recoded_before(recoding, group, code, length)) {
        *depends = true; /* there is no end of codes that do not exist */
        return hold(recoding, answer, kind, group, "unknown-code", "");
    }
    return answer;
}

/* A field that already holds an output keeps it: the record was recoded before. */
static bool holds_outputs(const struct group *group, const struct stream_record *record)
{
    for (uint32_t i = 0; i < group->member_count; i++) {
        const struct member *member = &group->members[i];
        if (!member->is_from && member->source >= 0 && stream_field(record, (size_t)member->source).length > 0)
            return true;
    }
    return false;
}

const struct answer *find_answer(struct recoding *recoding, const struct kind *kind, const struct group *group,
                                 const struct stream_record *record)
{
    static struct answer kept, single;
    struct stream_slice code = stream_field(record, group->source);
    if (code.length == 0 || holds_outputs(group, record)) {
        memset(&kept, 0, sizeof kept);
        for (uint32_t i = 0; i < group->member_count; i++)
            kept.fields[i].keep = true;
        return &kept;
    }
    int year = judging_year(group->field, record);
    if (recoding->cache == NULL)
        recoding->cache = cte_zalloc(CACHE_SLOTS, sizeof *recoding->cache);
    struct cached_answer *slot = NULL;
    const struct decision *decision = NULL;
    if (recoding->decisions.count > 0)
        decision = find_decision(recoding, kind, record, code.at, code.length);
    if (code.length <= CACHED_CODE) {
        uint64_t hash = code_hash(code.at, code.length) + (uint64_t)(year + 1) * UINT64_C(0x9e3779b97f4a7c15) + (uintptr_t)group;
        hash ^= hash >> 31;
        for (unsigned i = 0; i < CACHE_NEIGHBOURS; i++) {
            struct cached_answer *found = &recoding->cache[(hash + i) % CACHE_SLOTS];
            if (found->group == group && found->decision == decision && found->year == year && found->length == code.length &&
                memcmp(found->code, code.at, code.length) == 0)
                return &found->answer;
            if (slot == NULL || (slot->group != NULL && found->group == NULL))
                slot = found;
        }
    }
    bool depends = false;
    work_out(recoding, kind, group, record, code.at, code.length, &single, &depends);
    if (slot == NULL || depends)
        return &single;
    slot->group = group;
    slot->decision = decision;
    slot->year = year;
    slot->length = (uint32_t)code.length;
    memcpy(slot->code, code.at, code.length);
    slot->answer = single;
    return &slot->answer;
}

int check_decisions(struct recoding *recoding)
{
    for (size_t d = 0; d < recoding->decisions.count; d++) {
        const struct decision *decision = &recoding->decisions.list[d];
        if (decision->pathway[0] == '\0')
            continue; /* the code of a local course is only known when its record comes */
        bool found = false, offered = false;
        struct targets to;
        for (size_t c = 0; c < recoding->crosswalk_count; c++) {
            for (size_t m = 0; m < recoding->crosswalks[c]->map_count; m++) {
                const struct crosswalk_map *map = &recoding->crosswalks[c]->maps[m];
                const struct crosswalk_row *row = NULL;
                for (size_t r = 0; r < map->row_count && row == NULL; r++) {
                    if (strcmp(map->rows[r].code, decision->pathway) == 0)
                        row = &map->rows[r];
                }
                found = found || row != NULL;
                offered = offered || (row != NULL && row_offers(map, row, decision->code, strlen(decision->code), &to) != 0);
            }
        }
        if (!offered)
            return cte_fail(&recoding->error, CTE_BAD_TABLE, "%s:%u: no crosswalk of this run offers %s for code %s%s",
                            recoding->decisions.identity.path, decision->line, decision->code, decision->pathway,
                            found ? "; choose one of its choices" : ": it has no row for that code");
    }
    return CTE_OK;
}
