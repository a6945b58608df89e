/* What the index says of a record. */
#include <string.h>

#include "codetables/base/number.h"
#include "stages/cte-recode/recode.h"

/* The codes that records of the group have, of a rule that wants one code of them. */
static void take_others(struct recoding *recoding, const struct index_entry *entry)
{
    struct index_facts *facts = &recoding->stream.facts;
    uint64_t number;
    if (!read_digits(entry->fields[0], &number) || number >= recoding->rules->rule_count) {
        index_refuse_entry(&recoding->index);
        return;
    }
    const struct rule *rule = &recoding->rules->rules[number];
    for (size_t i = 1; i < entry->count; i++) {
        if (facts->other_count < MAX_OTHERS &&
            index_other(entry->fields[i], &facts->others[facts->other_count].other))
            facts->others[facts->other_count++].rule = rule;
        else
            facts->uncounted = rule;
    }
}

void take_facts(struct recoding *recoding, uint64_t number)
{
    struct index_facts *facts = &recoding->stream.facts;
    struct index_entry entry;
    facts->course_count = facts->member_count = facts->other_count = 0;
    facts->too_many = false;
    facts->uncounted = NULL;
    while (index_next(&recoding->index, number, &entry)) {
        if (entry.letter == 'E' && entry.count > 0)
            facts->course_count = index_evidence(entry.fields[0], facts->courses);
        if (entry.letter == 'L' && entry.count > 0)
            take_others(recoding, &entry);
        for (size_t i = 0;
             entry.letter == 'G' && i < entry.count && facts->member_count < INDEX_MAX_MEMBERS;
             i++) {
            if (index_member(entry.fields[i], &facts->members[facts->member_count]))
                facts->member_count++;
            else
                facts->too_many = true;
        }
    }
}

bool others_offer(const struct recoding *recoding, const struct group *group,
                  const struct crosswalk_map *map, const struct decision *decision)
{
    const struct index_facts *facts = &recoding->stream.facts;
    for (size_t i = 0; i < facts->other_count; i++) {
        const struct index_other *other = &facts->others[i].other;
        if (strcmp(facts->others[i].rule->field, group->field->number) != 0)
            continue;
        const struct crosswalk_row *row =
            crosswalk_lookup(map, other->code, other->code_length, other->year);
        if (row != NULL && row_code_meant(map, row, decision->code) != NULL)
            return true;
    }
    return false;
}
