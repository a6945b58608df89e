#include "stages/cte-recode/recode.h"

#include <stdio.h>
#include <string.h>

/* The answer to the group whose source field the rule names; NULL when the kind has none or it gives no code. */
static const struct answer *answer_of(const struct plan *plan, const struct answer *const *answers, const struct rule *rule,
                                      const struct group **group)
{
    for (uint32_t g = 0; g < plan->group_count; g++) {
        *group = &plan->groups[g];
        if (strcmp((*group)->field->number, rule->field) == 0)
            return answers[g]->kind == ANSWER_CONVERT && answers[g]->code != NULL ? answers[g] : NULL;
    }
    return NULL;
}

bool find_disagreement(struct recoding *recoding, const struct kind *kind, const struct plan *plan,
                       const struct answer *const *answers, const struct stream_record *record,
                       const struct rule **rule, char *codes, size_t codes_room, char *words, size_t words_room)
{
    const struct index_facts *facts = &recoding->facts;
    const struct group *group;
    codes[0] = words[0] = '\0';
    if (facts->uncounted != NULL && answer_of(plan, answers, facts->uncounted, &group) != NULL) {
        *rule = facts->uncounted;
        snprintf(words, words_room, "more than %d codes", INDEX_MAX_MEMBERS);
        return true;
    }
    for (size_t i = 0; i < facts->other_count; i++) {
        const struct index_other *other = &facts->others[i].other;
        const struct answer *own = answer_of(plan, answers, facts->others[i].rule, &group);
        if (own == NULL)
            continue;
        struct slice code = stream_field(record, group->source);
        struct answer answer;
        const struct question question = {.code = {other->code, other->code_length}, .year = other->year};
        answer_question(recoding, kind, group, record, &question, &answer);
        if (recoding->error.status != CTE_OK)
            return false;
        if (answer.kind != ANSWER_CONVERT || answer.code == NULL || strcmp(answer.code, own->code) == 0)
            continue;
        *rule = facts->others[i].rule;
        snprintf(codes, codes_room, ": %.*s becomes %.20s, %.40s becomes %.20s", (int)(code.length < 40 ? code.length : 40),
                 code.at, own->code, other->code, answer.code);
        snprintf(words, words_room, "see %s line %llu of %s", other->type, (unsigned long long)other->line, other->source);
        return true;
    }
    return false;
}
