#include "stages/cte-recode/recode.h"
#include "codetables/base/memory.h"
#include "codetables/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The answer to the group whose source field the rule names; NULL when the kind has none or it
 * gives no code. */
static const struct answer *answer_of(const struct plan *plan, const struct answer *const *answers,
                                      const struct rule *rule, const struct group **group)
{
    for (uint32_t g = 0; g < plan->group_count; g++) {
        *group = &plan->groups[g];
        if (strcmp((*group)->field->number, rule->field) == 0)
            return answers[g]->kind == ANSWER_CONVERT && answers[g]->code != NULL ? answers[g]
                                                                                  : NULL;
    }
    return NULL;
}

/* What another code of the group of records becomes. False when it has no say: it becomes nothing,
 * or nobody knows what. */
static bool answer_other(struct recoding *recoding, const struct group *group,
                         const struct record *record, const struct index_other *other,
                         struct answer *answer)
{
    const struct question question = {.code = {other->code, other->code_length},
                                      .year = other->year};
    answer_question(recoding, group, record, &question, answer);
    if (recoding->error.status != CTE_OK)
        return false;
    return answer->kind == ANSWER_CONVERT
               ? answer->code != NULL
               : answer->kind == ANSWER_HOLD && answer->open_row != NULL &&
                     answer->open_row->choice_count > 0;
}

/* True when the answer is the code, or may be. */
static bool may_become(const struct answer *answer, const char *code)
{
    if (answer->kind == ANSWER_CONVERT)
        return strcmp(answer->code, code) == 0;
    for (size_t c = 0; c < answer->open_row->choice_count; c++) {
        const char *choice = answer->open_row->choices[c].to.code[0];
        if (choice != NULL && strcmp(choice, code) == 0)
            return true;
    }
    return false;
}

/* "7111 becomes 050100", or "7163 may become 050105 or 060303". To be freed. */
static char *describe_answer(const char *code, size_t length, const struct answer *answer)
{
    if (answer->kind == ANSWER_CONVERT)
        return cte_format("%.*s becomes %.20s", (int)(length < 40 ? length : 40), code,
                          answer->code);
    char *choices = describe_choices(answer->open_map, answer->open_row),
         *text = cte_strdup(choices + strlen(": "));
    free(choices);
    return text;
}

/* Names both codes, and where the other one stands. */
static void name_both(struct slice own_code, const struct answer *own,
                      const struct index_other *other, const struct answer *answer,
                      struct disagreement *disagreement)
{
    char *first = describe_answer(own_code.at, own_code.length, own);
    char *second = describe_answer(other->code, other->code_length, answer);
    snprintf(disagreement->codes, sizeof disagreement->codes, ": %s, %s", first, second);
    snprintf(disagreement->words, sizeof disagreement->words, "see %s line %llu of %s", other->type,
             (unsigned long long)other->line, other->source);
    free(second);
    free(first);
}

bool find_disagreement(struct recoding *recoding, const struct plan *plan,
                       const struct record *record, const struct answer *const *answers,
                       struct disagreement *disagreement)
{
    const struct index_facts *facts = &recoding->stream.facts;
    const struct group *group;
    if (facts->uncounted == NULL && facts->other_count == 0)
        return false;
    *disagreement = (struct disagreement){.rule = facts->uncounted};
    if (facts->uncounted != NULL && answer_of(plan, answers, facts->uncounted, &group) != NULL) {
        snprintf(disagreement->words, sizeof disagreement->words, "more than %d codes",
                 INDEX_MAX_MEMBERS);
        return true;
    }
    for (size_t i = 0; i < facts->other_count; i++) {
        const struct answer *own = answer_of(plan, answers, facts->others[i].rule, &group);
        struct answer answer;
        if (own == NULL ||
            !answer_other(recoding, group, record, &facts->others[i].other, &answer) ||
            may_become(&answer, own->code))
            continue;
        disagreement->rule = facts->others[i].rule;
        name_both(record_value(record, group->source), own, &facts->others[i].other, &answer,
                  disagreement);
        return true;
    }
    return false;
}

/* The codes that the choices of a row may be named by, each with what it gives. */
struct offer {
    const char *code;
    struct targets to;
    bool is_exact; /* no other code of its choice says more */
};

struct offers {
    struct offer *items;
    size_t count;
};

static void list_offers(const struct crosswalk_map *map, const struct crosswalk_row *row,
                        struct offers *offers)
{
    offers->items = cte_zalloc(row->choice_count * map->output_count, sizeof *offers->items);
    offers->count = 0;
    for (size_t c = 0; c < row->choice_count; c++) {
        bool is_exact = true;
        for (size_t o = map->output_count; o-- > 0;) {
            const char *code = row->choices[c].to.code[o];
            size_t i = 0;
            while (code != NULL && i < offers->count && strcmp(offers->items[i].code, code) != 0)
                i++;
            if (code == NULL || i < offers->count)
                continue;
            struct offer *offer = &offers->items[offers->count++];
            *offer = (struct offer){.code = code, .is_exact = is_exact};
            row_offers(map, row, code, strlen(code), &offer->to);
            for (size_t more = o + 1; more < map->output_count; more++)
                offer->to.code[more] = NULL; /* what the code itself does not say is not offered */
            is_exact = false;
        }
    }
}

/* Keeps what the other answer can also be. */
static void keep_shared(struct offers *offers, const struct answer *other)
{
    size_t kept = 0;
    for (size_t i = 0; i < offers->count; i++) {
        const struct offer *offer = &offers->items[i];
        struct targets ignored;
        const bool is_shared =
            other->kind == ANSWER_CONVERT
                ? offer->to.code[0] != NULL && strcmp(offer->to.code[0], other->code) == 0
                : row_offers(other->open_map, other->open_row, offer->code, strlen(offer->code),
                             &ignored) != 0;
        if (is_shared)
            offers->items[kept++] = *offer;
    }
    offers->count = kept;
}

static int compare_offers(const void *a, const void *b)
{
    return strcmp(((const struct offer *)a)->code, ((const struct offer *)b)->code);
}

/* Leaves out what another offer says more exactly, and sorts: every record of the group asks the
 * same. */
static void tidy_offers(struct offers *offers)
{
    size_t kept = 0;
    for (size_t i = 0; i < offers->count; i++) {
        bool is_covered = false;
        for (size_t j = 0; j < offers->count && !offers->items[i].is_exact; j++)
            is_covered =
                is_covered || (offers->items[j].is_exact && offers->items[j].to.code[0] != NULL &&
                               strcmp(offers->items[j].to.code[0], offers->items[i].code) == 0);
        if (!is_covered)
            offers->items[kept++] = offers->items[i];
    }
    offers->count = kept;
    qsort(offers->items, offers->count, sizeof *offers->items, compare_offers);
}

/* The question with these choices alone. */
static struct stream_reference ask_shared(struct recoding *recoding, const struct kind *kind,
                                          const struct field *field, const struct answer *answer,
                                          const struct offers *offers)
{
    struct text more = {0}, names = {0};
    text_format(&more, ": %s may become ", answer->open_row->code);
    for (size_t i = 0; i < offers->count; i++) {
        char *name = name_targets(answer->open_map, &offers->items[i].to);
        text_format(&more, "%s%s", i > 0 ? " or " : "", offers->items[i].code);
        text_format(&names, "%s%s", i > 0 ? "; " : "", name);
        free(name);
    }
    text_add(&more, ", as the other codes of the local course may");
    const struct stream_reference rule = define_check(
        recoding, kind, "undecided",
        &(struct finding_words){
            .field = field, .more = text_string(&more), .choices = text_string(&names)});
    text_free(&more);
    text_free(&names);
    return rule;
}

void find_shared(struct recoding *recoding, const struct group *group, const struct record *record,
                 const struct answer *answer, struct shared *shared)
{
    const struct index_facts *facts = &recoding->stream.facts;
    struct offers offers;
    shared->verdict = SHARED_ALL;
    if (answer->open_row == NULL || facts->other_count == 0 || answer->open_row->choice_count == 0)
        return;
    list_offers(answer->open_map, answer->open_row, &offers);
    const size_t all = offers.count;
    for (size_t i = 0; i < facts->other_count && offers.count > 0; i++) {
        struct answer other;
        if (strcmp(facts->others[i].rule->field, group->field->number) != 0 ||
            !answer_other(recoding, group, record, &facts->others[i].other, &other))
            continue;
        keep_shared(&offers, &other);
        if (offers.count > 0)
            continue;
        shared->disagreement.rule = facts->others[i].rule;
        name_both(record_value(record, group->source), answer, &facts->others[i].other, &other,
                  &shared->disagreement);
    }
    shared->verdict = offers.count == 0    ? SHARED_NONE
                      : offers.count < all ? SHARED_SOME
                                           : SHARED_ALL;
    if (shared->verdict == SHARED_SOME) {
        tidy_offers(&offers);
        shared->rule = ask_shared(recoding, record->kind, group->field, answer, &offers);
    }
    free(offers.items);
}
