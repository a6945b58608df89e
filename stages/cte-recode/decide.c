#include "stages/cte-recode/recode.h"
#include "codetables/base/memory.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct decision *find_course_decision(const struct recoding *recoding,
                                            const struct record *record, struct slice lea,
                                            struct slice local)
{
    const struct slice year = record_role(record, ROLE_ACADEMIC_YEAR);
    return decisions_find(&recoding->decisions,
                          &(struct decision_question){.lea = lea,
                                                      .code = local,
                                                      .is_local_course = true,
                                                      .year = academic_year(year.at, year.length)});
}

const struct decision *find_record_decision(const struct recoding *recoding,
                                            const struct record *record, struct slice code)
{
    const struct kind *kind = record->kind;
    const struct slice lea = record_role(record, ROLE_LEA),
                       school = record_role(record, ROLE_SCHOOL),
                       year = record_role(record, ROLE_ACADEMIC_YEAR);
    if (kind->record->role_position[ROLE_LOCAL_COURSE] >= 0)
        return find_course_decision(recoding, record, lea, record_role(record, ROLE_LOCAL_COURSE));
    return decisions_find(&recoding->decisions,
                          &(struct decision_question){.lea = lea,
                                                      .record = slice_of(kind_type(kind)),
                                                      .school = school,
                                                      .code = code,
                                                      .year = academic_year(year.at, year.length)});
}

unsigned decision_offers(struct recoding *recoding, const struct crosswalk_map *map,
                         const struct crosswalk_row *row, const struct decision *decision,
                         struct targets *to)
{
    const char *code = row_code_meant(map, row, decision->code);
    if (code == NULL)
        return 0;
    if (strcmp(code, decision->code) != 0)
        recoding->decision_tallies[decision - recoding->decisions.list].read_as = code;
    return row_offers(map, row, code, strlen(code), to);
}

void refuse_decision(struct recoding *recoding, const struct crosswalk *crosswalk,
                     const struct crosswalk_map *map, const struct crosswalk_row *row,
                     const struct decision *decision)
{
    char *choices = describe_choices(map, row);
    cte_fail(&recoding->error, CTE_BAD_TABLE, "%s:%u: crosswalk %s@%s does not offer %s%s",
             recoding->decisions.identity.path, decision->line, crosswalk->identity.id,
             crosswalk->identity.version, decision->code, choices);
    free(choices);
}

void count_answer(struct recoding *recoding, const struct group *group, const struct answer *answer)
{
    for (uint32_t i = 0; i < answer->use_count; i++) {
        const struct decision *decision = answer->uses[i].decision;
        recoding->decision_tallies[decision - recoding->decisions.list].uses[answer->uses[i].use]++;
    }
    for (uint32_t m = 0; m < group->map_count; m++) {
        if ((group->reaching >> m & 1) == 0)
            continue;
        group->tallies[m]->asked += answer->asked >> m & 1;
        group->tallies[m]->answered += answer->answered >> m & 1;
    }
}

/* True when both rows of the decisions file give the same answer to the same question. */
static bool say_the_same(const struct decision *a, const struct decision *b)
{
    return a->local_course[0] != '\0' && strcmp(a->local_course, b->local_course) == 0 &&
           strcmp(a->lea, b->lea) == 0 && a->year == b->year && strcmp(a->code, b->code) == 0;
}

/* The row of the file that was looked at in place of this one. */
static const struct decision *stands_for(const struct decisions *decisions,
                                         const struct decision *decision)
{
    struct decision_question question = {.lea = slice_of(decision->lea),
                                         .code = slice_of(decision->local_course),
                                         .is_local_course = true,
                                         .year = decision->year};
    const struct decision *found =
        decision->local_course[0] != '\0' ? decisions_find(decisions, &question) : NULL;
    return found != NULL && say_the_same(found, decision) ? found : decision;
}

void put_tallies(struct recoding *recoding)
{
    char numbers[4][24];
    for (size_t i = 0; i < recoding->decisions.count; i++) {
        const struct decision *decision = &recoding->decisions.list[i];
        const struct decision_tally *tally =
            &recoding->decision_tallies[stands_for(&recoding->decisions, decision) -
                                        recoding->decisions.list];
        snprintf(numbers[3], sizeof numbers[3], "%u", decision->line);
        for (int u = 0; u < DECISION_USES; u++)
            snprintf(numbers[u], sizeof numbers[u], "%llu", (unsigned long long)tally->uses[u]);
        stream_control(&recoding->pipe.out, "decision", numbers[3], numbers[DECISION_TAKEN],
                       numbers[DECISION_TABLE], numbers[DECISION_EVIDENCE],
                       tally->read_as != NULL ? tally->read_as : "", NULL);
    }
    for (size_t i = 0; i < recoding->map_tally_count; i++) {
        const struct map_tally *tally = &recoding->map_tallies[i];
        snprintf(numbers[0], sizeof numbers[0], "%llu", (unsigned long long)tally->asked);
        snprintf(numbers[1], sizeof numbers[1], "%llu", (unsigned long long)tally->answered);
        stream_control(&recoding->pipe.out, "map", tally->crosswalk->identity.id,
                       tally->crosswalk->identity.version, tally->map->id, numbers[0], numbers[1],
                       NULL);
    }
    for (const struct plan *plan = recoding->stream.newest; plan != NULL; plan = plan->older) {
        if (plan->unasked_records == 0)
            continue;
        snprintf(numbers[0], sizeof numbers[0], "%llu", (unsigned long long)plan->unasked_records);
        stream_control(&recoding->pipe.out, "unasked", kind_type(plan->target), numbers[0], NULL);
    }
}

/* The record type that a word of a decision means, for what is told: in other letters, or with the
 * suffix of a form. NULL: none. */
static const char *type_meant(const struct recoding *recoding, const char *word)
{
    for (size_t l = 0; l < recoding->tables.layout_count; l++) {
        const struct layout *layout = &recoding->tables.layouts[l];
        for (size_t r = 0; r < layout->record_count; r++) {
            for (size_t t = 0; t < layout->records[r].type_count; t++) {
                const char *type = layout->records[r].types[t];
                const size_t length = strlen(type);
                if (strncasecmp(type, word, length) == 0 && !isalnum((unsigned char)word[length]))
                    return type;
            }
        }
    }
    return NULL;
}

static int refuse_type(struct recoding *recoding, const struct decision *decision)
{
    const char *meant = type_meant(recoding, decision->record);
    return cte_fail(&recoding->error, CTE_BAD_TABLE, "%s:%u: there is no record type '%s'%s%s",
                    recoding->decisions.identity.path, decision->line, decision->record,
                    meant != NULL ? "; write " : "", meant != NULL ? meant : "");
}

/* The code of a row that differs from a decision's by zeros at its front or by upper and lower
 * case; NULL: none. */
static const char *code_meant(const struct recoding *recoding, const char *code)
{
    for (size_t c = 0; c < recoding->crosswalk_count; c++) {
        for (size_t m = 0; m < recoding->crosswalks[c]->map_count; m++) {
            const struct crosswalk_map *map = &recoding->crosswalks[c]->maps[m];
            for (size_t r = 0; r < map->row_count; r++) {
                const char *known = map->rows[r].code;
                if (strcasecmp(known + strspn(known, "0"), code + strspn(code, "0")) == 0)
                    return known;
            }
        }
    }
    return NULL;
}

static int refuse_code(struct recoding *recoding, const struct decision *decision)
{
    const char *meant = code_meant(recoding, decision->pathway);
    return cte_fail(&recoding->error, CTE_BAD_TABLE,
                    "%s:%u: no crosswalk of this run has a row for code %s%s%s",
                    recoding->decisions.identity.path, decision->line, decision->pathway,
                    meant != NULL ? "; the nearest is " : "", meant != NULL ? meant : "");
}

/* Whether the record type exists, and is decided by the column that is filled. */
static int check_decision_type(struct recoding *recoding, const struct decision *decision)
{
    bool known = false, has_local = false;
    const char *path = recoding->decisions.identity.path;
    for (size_t l = 0; l < recoding->tables.layout_count && decision->record[0] != '\0'; l++) {
        size_t index;
        const struct record_layout *record = layout_record(
            &recoding->tables.layouts[l], decision->record, strlen(decision->record), &index);
        known = known || record != NULL;
        has_local = has_local || (record != NULL && record->role_position[ROLE_LOCAL_COURSE] >= 0);
    }
    if (decision->record[0] == '\0')
        return CTE_OK;
    if (!known)
        return refuse_type(recoding, decision);
    if (has_local != (decision->local_course[0] != '\0'))
        return cte_fail(&recoding->error, CTE_BAD_TABLE,
                        "%s:%u: records of type %s are decided by their %s; fill that column", path,
                        decision->line, decision->record, has_local ? "local_course" : "pathway");
    return CTE_OK;
}

/* A pathway must have a row; and where rows leave a choice, one of them must offer the code. */
static int check_decision_code(struct recoding *recoding, const struct decision *decision)
{
    const struct crosswalk_row *open = NULL;
    const struct crosswalk_map *open_map = NULL;
    const struct crosswalk *open_in = NULL;
    bool found = false;
    for (size_t c = 0; c < recoding->crosswalk_count; c++) {
        for (size_t m = 0; m < recoding->crosswalks[c]->map_count; m++) {
            const struct crosswalk_map *map = &recoding->crosswalks[c]->maps[m];
            const struct crosswalk_row *row =
                crosswalk_rows(map, decision->pathway, strlen(decision->pathway));
            for (; row != NULL; row = row->same) {
                found = true;
                if (row->choice_count == 0 && row->when_count == 0 && row->kind != ROW_UNDECIDED)
                    continue;
                if (row_code_meant(map, row, decision->code) != NULL)
                    return CTE_OK;
                open = row;
                open_map = map;
                open_in = recoding->crosswalks[c];
            }
        }
    }
    if (open != NULL)
        refuse_decision(recoding, open_in, open_map, open, decision);
    else if (!found)
        refuse_code(recoding, decision);
    return recoding->error.status;
}

int check_decisions(struct recoding *recoding)
{
    recoding->decision_tallies =
        cte_zalloc(recoding->decisions.count + 1, sizeof *recoding->decision_tallies);
    for (size_t d = 0; d < recoding->decisions.count; d++) {
        const struct decision *decision = &recoding->decisions.list[d];
        int status = check_decision_type(recoding, decision);
        /* The code of a local course is only known when its record comes. */
        if (status == CTE_OK && decision->pathway[0] != '\0')
            status = check_decision_code(recoding, decision);
        if (status != CTE_OK)
            return status;
    }
    return CTE_OK;
}
