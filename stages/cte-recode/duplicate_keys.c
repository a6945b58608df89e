#include "stages/cte-recode/recode.h"

#include <stdio.h>
#include <string.h>

/* What a member of the key becomes: a recoded field that stays keeps the code that was asked about.
 */
static struct slice key_value(const struct member *member, const struct answer_field *field,
                              struct slice code)
{
    return field->keep && member->is_from ? code : (struct slice){field->after, field->length};
}

/* True when both answers give the members of the key the same values. Of a record that was recoded
 * before, what stands beside the code is not in the index; then the code alone must tell, and
 * rather holds one record too many. */
static bool same_key(const struct group *group, const struct answer *a, struct slice a_code,
                     const struct answer *b, struct slice b_code)
{
    bool compared = false;
    for (uint32_t i = 0; i < group->member_count; i++) {
        const struct member *member = &group->members[i];
        if (!member->target->key || ((a->fields[i].keep || b->fields[i].keep) && !member->is_from))
            continue;
        struct slice x = key_value(member, &a->fields[i], a_code),
                     y = key_value(member, &b->fields[i], b_code);
        if (!slice_equals(x, y))
            return false;
        compared = true;
    }
    return compared;
}

/* ": 197 and 198 get one key": the codes in order, each once. */
static void name_codes(const struct index_facts *facts, const bool *shares, struct slice own,
                       char *text, size_t room)
{
    const char *codes[INDEX_MAX_MEMBERS + 1];
    char own_code[64];
    size_t count = 0, used = 0;
    snprintf(own_code, sizeof own_code, "%.*s", (int)own.length, own.at);
    codes[count++] = own_code;
    for (size_t i = 0; i < facts->member_count; i++) {
        size_t at = 0;
        while (at < count && strcmp(codes[at], facts->members[i].code) < 0)
            at++;
        if (!shares[i] || (at < count && strcmp(codes[at], facts->members[i].code) == 0))
            continue;
        memmove(codes + at + 1, codes + at, (count - at) * sizeof *codes);
        codes[at] = facts->members[i].code;
        count++;
    }
    text[0] = '\0';
    for (size_t i = 0; i < count && used + 40 < room; i++)
        used += (size_t)snprintf(text + used, room - used, "%s%.20s", i == 0 ? ": " : " and ",
                                 codes[i]);
    snprintf(text + used, room - used, " get one key");
}

enum duplicate_verdict find_duplicate_keys(struct recoding *recoding, const struct group *group,
                                           const struct record *record, const struct answer *answer,
                                           struct duplicate_words *words)
{
    const uint64_t number = record->number;
    const struct index_facts *facts = &recoding->stream.facts;
    words->words[0] = words->codes[0] = '\0';
    if (facts->too_many) {
        snprintf(words->words, sizeof words->words, "more than %d records of one key",
                 INDEX_MAX_MEMBERS);
        return DUPLICATE_HELD;
    }
    if (facts->member_count == 0)
        return DUPLICATE_NONE;
    struct slice own = record_value(record, group->source);
    int latest_year = record_year(record, group->field);
    const uint64_t line = record->line;
    uint64_t first = number, first_line = line, latest = number, latest_line = line;
    char others[160] = "";
    size_t used = 0;
    bool shares[INDEX_MAX_MEMBERS] = {false}, recode_made_it = false;
    for (size_t i = 0; i < facts->member_count; i++) {
        const struct index_member *member = &facts->members[i];
        if (member->record == number || member->code_length == 0)
            continue;
        struct answer other;
        struct question question = {{member->code, member->code_length},
                                    member->year,
                                    member->courses,
                                    member->course_count};
        answer_question(recoding, group, record, &question, &other);
        if (recoding->error.status != CTE_OK)
            return DUPLICATE_NONE;
        if (other.kind != ANSWER_CONVERT || !same_key(group, answer, own, &other, question.code))
            continue;
        shares[i] = true;
        recode_made_it = recode_made_it || !slice_equals(own, question.code);
        if (used + 24 < sizeof others)
            used += (size_t)snprintf(others + used, sizeof others - used, "%s%llu",
                                     used == 0 ? "line " : ", ", (unsigned long long)member->line);
        if (member->record < first) {
            first = member->record;
            first_line = member->line;
        }
        if (member->year > latest_year ||
            (member->year == latest_year && member->record < latest)) {
            latest_year = member->year;
            latest = member->record;
            latest_line = member->line;
        }
    }
    if (!recode_made_it)
        return DUPLICATE_NONE;
    name_codes(facts, shares, own, words->codes, sizeof words->codes);
    if (recoding->on_duplicate == ON_DUPLICATE_MERGE) {
        if (first != number) {
            snprintf(words->words, sizeof words->words, "merged into line %llu, record %llu",
                     (unsigned long long)first_line, (unsigned long long)first);
            return DUPLICATE_MERGED;
        }
        snprintf(words->words, sizeof words->words, "to be merged into it: %s", others);
        return DUPLICATE_KEPT;
    }
    if (recoding->on_duplicate == ON_DUPLICATE_KEEP_LATEST) {
        if (latest == number)
            return DUPLICATE_NONE;
        /* of one year, or of records that tell of no completion, none is later */
        snprintf(words->words, sizeof words->words, "%s, line %llu",
                 latest_year > record_year(record, group->field)
                     ? "the latest completion is kept"
                     : "none is later, so the first is kept",
                 (unsigned long long)latest_line);
        return DUPLICATE_HELD;
    }
    snprintf(words->words, sizeof words->words, "the same key as %s", others);
    return DUPLICATE_HELD;
}
