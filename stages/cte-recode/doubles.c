#include "stages/cte-recode/recode.h"

#include <stdio.h>
#include <string.h>

/* True when both answers give the members of the key the same values. */
static bool same_key(const struct group *group, const struct answer *a, const struct answer *b)
{
    for (uint32_t i = 0; i < group->member_count; i++) {
        if (!group->members[i].target->key)
            continue;
        const struct answer_field *x = &a->fields[i], *y = &b->fields[i];
        if (x->keep || y->keep || x->length != y->length || memcmp(x->after, y->after, x->length) != 0)
            return false;
    }
    return true;
}

enum double_verdict find_doubles(struct recoding *recoding, const struct kind *kind, const struct group *group, const struct answer *answer,
                                 const struct stream_record *record, uint64_t line, char *words, size_t room)
{
    const struct index_facts *facts = &recoding->facts;
    words[0] = '\0';
    if (facts->too_many) {
        snprintf(words, room, "more than %d records of one key", INDEX_MAX_MEMBERS);
        return DOUBLE_HELD;
    }
    struct slice own = stream_field(record, group->source);
    int own_year = judging_year(group->field, record), latest_year = own_year;
    uint64_t first = line, latest = line;
    size_t used = 0;
    bool recode_made_it = false;
    for (size_t i = 0; i < facts->member_count; i++) {
        const struct index_member *member = &facts->members[i];
        if (member->line == line || member->code_length == 0)
            continue;
        struct answer other;
        struct question question = {{member->code, member->code_length}, member->year, member->courses, member->course_count};
        answer_question(recoding, kind, group, record, &question, &other);
        if (recoding->error.status != CTE_OK)
            return DOUBLE_NONE;
        if (other.kind != ANSWER_CONVERT || !same_key(group, answer, &other))
            continue;
        recode_made_it = recode_made_it || own.length != member->code_length || memcmp(own.at, member->code, own.length) != 0;
        if (used + 24 < room)
            used += (size_t)snprintf(words + used, room - used, "%s%llu", used == 0 ? "lines " : ", ", (unsigned long long)member->line);
        first = member->line < first ? member->line : first;
        if (member->year > latest_year || (member->year == latest_year && member->line < latest)) {
            latest_year = member->year;
            latest = member->line;
        }
    }
    if (!recode_made_it)
        return DOUBLE_NONE;
    char others[200];
    snprintf(others, sizeof others, "%s", words);
    if (recoding->doubles == DOUBLES_MERGE) {
        if (first != line) {
            snprintf(words, room, "merged into line %llu", (unsigned long long)first);
            return DOUBLE_MERGED;
        }
        snprintf(words, room, "takes in %.150s", others);
        return DOUBLE_KEPT;
    }
    if (recoding->doubles == DOUBLES_KEEP_LATEST) {
        if (latest == line)
            return DOUBLE_NONE;
        snprintf(words, room, "the later completion is kept, line %llu", (unsigned long long)latest);
        return DOUBLE_HELD;
    }
    snprintf(words, room, "the same key as %.150s", others);
    return DOUBLE_HELD;
}
