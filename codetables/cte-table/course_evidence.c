/* What the courses of a pathway can decide. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "codetables/cte-table/across.h"

static bool same_targets(const struct targets *a, const struct targets *b, size_t outputs)
{
    for (size_t o = 0; o < outputs; o++) {
        if (!same_code(a->code[o], b->code[o]))
            return false;
    }
    return true;
}

/* True when the course's answer counts: evidence never leads where the row of the pathway does not.
 */
static bool counts(const struct across *across, const struct crosswalk_row *row,
                   const struct voice *voice)
{
    struct targets ignored;
    const char *code = voice->to.code[0];
    if (voice->meaning != MEANS_CODES || code == NULL)
        return false;
    return same_code(row->to.code[0], code) ||
           (row->kind == ROW_UNDECIDED &&
            row_offers(across->map, row, code, strlen(code), &ignored) != 0);
}

/* Each student who completes a pathway completed a course with each required property. Where all
 * courses that have it lead to the same, or there is but one, nobody could have had another answer:
 * it says nothing. cte-recode reckons likewise. */
void mark_silent(const struct across *across, const struct crosswalk_row *row,
                 const struct voice_list *voices)
{
    for (size_t p = 0; p < across->join->required_count; p++) {
        const char *property = across->join->required[p];
        const struct voice *first = NULL;
        size_t members = 0;
        bool differ = false;
        for (size_t i = 0; i < voices->count; i++) {
            if (code_property(voices->list[i].code, property) == NULL)
                continue;
            members++;
            first = first == NULL ? &voices->list[i] : first;
            differ = differ || !counts(across, row, &voices->list[i]) ||
                     !same_targets(&first->to, &voices->list[i].to, across->map->output_count);
        }
        for (size_t i = 0; i < voices->count && !differ; i++) {
            if (code_property(voices->list[i].code, property) != NULL) {
                voices->list[i].required = property;
                voices->list[i].alone = members == 1;
            }
        }
    }
}

/* True when an open course may lead to the choice: by a decision or a condition of its own. */
static bool offers(const struct across *across, const struct crosswalk_row *course,
                   const struct targets *choice)
{
    bool offered = false;
    for (size_t c = 0; c < course->choice_count && !offered; c++) {
        struct targets to = translate(across, &course->choices[c].to);
        offered = agree(&to, choice, across->map->output_count);
    }
    for (size_t w = 0; w < course->when_count && !offered; w++) {
        struct targets to = translate(across, &course->whens[w].to);
        offered = agree(&to, choice, across->map->output_count);
    }
    return offered;
}

static void note_reach(struct reach *reach, const struct voice *voice, struct year_span years)
{
    if (voice->required == NULL) {
        reach->reached = true;
    } else if (reach->silent == NULL) {
        struct voice *copy = cte_zalloc(1, sizeof *copy);
        *copy = *voice;
        reach->silent = copy;
        reach->years = years;
    } else if (reach->silent->code == voice->code && reach->silent->required == voice->required &&
               reach->silent->alone == voice->alone && years.first == reach->years.last + 1) {
        reach->years.last = years.last;
    }
}

/* Conditions come first in `reaches`, then choices. */
void note_reaches(const struct across *across, const struct crosswalk_row *row,
                  const struct voice_list *voices, struct year_span years, struct reach *reaches)
{
    for (size_t i = 0; i < voices->count; i++) {
        if (voices->list[i].when != NULL)
            note_reach(&reaches[voices->list[i].when - row->whens], &voices->list[i], years);
        for (size_t c = 0; c < row->choice_count; c++) {
            struct reach *reach = &reaches[row->when_count + c];
            if (voices->list[i].meaning == MEANS_CODES &&
                agree(&voices->list[i].to, &row->choices[c].to, across->map->output_count))
                note_reach(reach, &voices->list[i], years);
            else if (voices->list[i].meaning == MEANS_OPEN && !reach->offered)
                reach->offered = offers(across, voices->list[i].row, &row->choices[c].to);
        }
    }
}

void judge_conditions(const struct across *across, const struct crosswalk_row *row,
                      const struct reach *reaches)
{
    for (size_t w = 0; w < row->when_count; w++) {
        const struct crosswalk_when *when = &row->whens[w];
        if (strcmp(when->field, across->join->course) != 0 || across->in_record ||
            reaches[w].reached)
            continue;
        if (reaches[w].silent != NULL) {
            char *silent = describe_silent(reaches[w].silent, reaches[w].years, row->code);
            report_warning(&across->checking->findings,
                           (struct place){across->crosswalk->identity.path, when->line, when->n},
                           "never decides: %s; take the condition out", silent);
            free(silent);
        } else {
            report_warning(&across->checking->findings,
                           (struct place){across->crosswalk->identity.path, when->line, when->n},
                           "never decides: no course of pathway %s is among its values; correct "
                           "them, or take the condition out",
                           row->code);
        }
    }
}

/* A choice that only a decision can take is what decisions are for. But where courses decide
 * between the others, they do so before a decision is asked, and this one is out of reach. One of
 * low confidence claims no evidence: it is never to come by itself. */
void judge_choices(const struct across *across, const struct crosswalk_row *row,
                   const struct reach *reaches)
{
    const struct reach *of_choices = &reaches[row->when_count];
    bool claims = false;
    for (size_t c = 0; c < row->choice_count; c++)
        claims = claims || of_choices[c].reached;
    for (size_t c = 0; c < row->choice_count; c++) {
        const struct crosswalk_choice *choice = &row->choices[c];
        if (of_choices[c].reached || of_choices[c].offered ||
            (!claims && of_choices[c].silent == NULL) || strcmp(choice->why.confidence, "low") == 0)
            continue;
        if (of_choices[c].silent != NULL) {
            char *silent = describe_silent(of_choices[c].silent, of_choices[c].years, row->code);
            report_warning(
                &across->checking->findings,
                (struct place){across->crosswalk->identity.path, choice->line, choice->n},
                "no evidence can lead here: %s; leave the course open", silent);
            free(silent);
        } else {
            report_warning(
                &across->checking->findings,
                (struct place){across->crosswalk->identity.path, choice->line, choice->n},
                "no course of pathway %s and no condition leads here, while its courses "
                "decide between the others; let a "
                "course offer it",
                row->code);
        }
    }
}

void free_reaches(struct reach *reaches, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free((void *)(uintptr_t)reaches[i].silent);
    free(reaches);
}
