/* fixes.h - what the records of each school break, over all sources: rows of what has to be fixed.
 *
 *     struct fixes fixes = {0};
 *     take_fixes(&fixes, account, "SCTE");                     // for each source
 *     sort_fixes(&fixes, &told->joined);
 *     for (size_t i = 0; i < fixes.count; i++)
 *         puts(words_of(&fixes, &fixes.items[i])->wrong);
 *     free_fixes(&fixes);
 *
 * A rule is put in words once for each field: where its findings name codes, with what they have in
 * common.
 *
 * Ownership: all of it is owned by the fixes. Memory: FIXES_MOST rows of some 300 bytes; those
 * beyond are counted.
 */
#ifndef CTE_REPORT_FIXES_H
#define CTE_REPORT_FIXES_H

#include "codetables/base/text.h"
#include "pipeline/run/account.h"

enum { FIXES_MOST = 50000 };

/* What the findings of a rule about a field say. */
struct fix_words {
    const char *name; /* of the field */
    char *wrong, *to_do;
    bool waits; /* for decisions */
};

struct fix {
    const char *lea, *school, *type, *rule, *field;
    char severity;
    uint64_t records;
    struct text where; /* the first lines of each source: "SCTE: 2, 18; CRSC: 7" */
    size_t words;      /* the number of its words */
};

struct fixes {
    struct map keys, texts;
    struct fix *items; /* by the numbers of the keys, until they are sorted */
    size_t count, room;
    uint64_t left; /* findings of rows beyond the most */
    struct map rules;
    struct fix_words *words; /* by the numbers of the rules */
    size_t words_room;
};

/* Adds what a source tells. */
void take_fixes(struct fixes *fixes, const struct account *account, const char *source);

/* When all are taken: gives them the words of the findings, and brings what refuses first, then
 * what holds, of each the most frequent first. */
void sort_fixes(struct fixes *fixes, const struct account *findings);

/* The words of a row, once they are sorted. */
static inline const struct fix_words *words_of(const struct fixes *fixes, const struct fix *fix)
{
    return &fixes->words[fix->words];
}

/* Cuts a message of a finding where what to do begins, behind the last semicolon, and returns that
 * part, or "". */
char *cut_action(char *message);

/* Cuts a text to what it has in common with another, up to the end of a word. */
void cut_to_common(char *text, const char *other);

void free_fixes(struct fixes *fixes);

#endif
