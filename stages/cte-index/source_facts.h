/* source_facts.h - what one pass over a source tells, and nothing of any other source.
 *
 *     struct source_facts facts = {.number = 3, .path = path};
 *     open_source_facts(&facts, rules);
 *     if (collect_source(&collector, &facts) == CTE_OK)   // collect.h
 *         judge_source(&facts, rules);
 *     merge_source(&all, &facts);                         // all_facts.h
 *
 * Sources can so be read in any order, or side by side. Codes, courses, grades and scopes stand as
 * numbers of the source's own texts; merge_source() gives them those of all sources.
 *
 * Records are counted from 1, and that number stands for them everywhere: several may share a line,
 * in XML. Their lines are kept apart, for the words that people read.
 */
#ifndef CTE_INDEX_SOURCE_FACTS_H
#define CTE_INDEX_SOURCE_FACTS_H

#include <stdbool.h>

#include "codetables/base/map.h"
#include "codetables/model/rules.h"
#include "stages/cte-index/keys.h"

/* A breach of a rule that looks across records. */
struct finding {
    uint32_t source, record, rule;
    uint32_t other;        /* a record to name, or 0 */
    uint32_t other_source; /* a source to name, from 1, or 0 */
};

struct findings {
    struct finding *items;
    size_t count, room;
};

/* Records of a group that follow one another and have the same values: mostly a whole file, or all
 * sections of a course. */
struct member {
    uint64_t group, value;
    uint32_t record, count; /* the first of them, and how many there are without a gap */
};

struct members {
    struct member *items;
    size_t count, room;
};

struct hash_list {
    uint64_t *items;
    size_t count, room;
};

/* What the source holds for a rule. */
struct rule_facts {
    struct keys keys; /* unique: all; exists: those that must exist, `more` is the scope */
    struct hash_list providers; /* exists: of those that are there, one for each record */
    struct members members;     /* same, another */
};

/* Records of one group that follow one another and have one code: for the rules that want one code
 * of all records of a group after the recode, whatever their type and source. */
struct agreeing {
    uint64_t group;
    const char *type; /* of the records */
    uint32_t rule, code;
    uint32_t source, record, count;
    int year; /* judges the code */
};

struct agreeing_list {
    struct agreeing *items;
    size_t count, room;
};

/* What the source holds for a join: the records about which it asks, what leads to the courses of
 * a student, and the courses. */
struct join_record {
    uint64_t group;
    uint32_t record, code, scope;
    int32_t first; /* of its courses, once they are followed; -1: none */
};

struct join_step {
    uint64_t group, link;
    uint32_t grade;
};

struct join_course {
    uint64_t link;
    uint32_t course, local, lea;
};

struct join_facts {
    struct join_records {
        struct join_record *items;
        size_t count, room;
    } records; /* in their order */
    struct join_steps {
        struct join_step *items;
        size_t count, room;
    } steps;
    struct join_courses {
        struct join_course *items;
        size_t count, room;
    } courses;
};

/* A record that shares its key, but for the recoded field, with another. */
struct group_member {
    uint32_t record, code;
    int year;
};

/* One such record, with all that share its key. */
struct grouped_record {
    uint32_t record;
    uint32_t first, count; /* in the list of members */
    /* a code of one of them has no number, so that they cannot be compared */
    bool unknown;
};

struct groups {
    struct group_member *members;
    size_t member_count, member_room;
    struct grouped_record *records; /* in their order */
    size_t record_count, record_room;
};

/* The records that an upload of the source would put in the place of others. */
struct source_upload {
    uint32_t record; /* the first */
    uint32_t hidden; /* bit i: nobody can say that value i is a code */
    bool may_refuse; /* by the basis of what is known of it */
    uint64_t records;
};

struct source_uploads {
    struct map texts; /* "TYPE^VALUE^VALUE…" of the fields the layout names */
    struct source_upload *items;
    size_t room;
};

/* Where the line of a record is no longer its number plus what it was before: blank lines, records
 * of several lines, several on one. */
struct line_change {
    uint32_t record, line;
};

struct line_changes {
    struct line_change *items;
    size_t count, room;
};

/* A place where a plain source may be cut. */
struct cut {
    uint64_t offset, lines, records, sum;
};

struct cuts {
    struct cut *items;
    size_t count, room;
};

struct source_facts {
    uint32_t number; /* its place among all sources, from 0 */
    const char *path;
    const char *format; /* in which it is read; NULL: by its name */
    /* What stays when the source is merged. */
    uint64_t bytes;
    char sha256[65]; /* "" for a source that was refused */
    struct line_changes line_changes;
    struct cuts cuts;
    struct groups groups;
    /* What goes into the lists of all sources. */
    struct map texts;  /* codes, courses, grades */
    struct map scopes; /* "TYPE^LEA^YEAR" of every record type */
    const struct rules *rules;
    struct rule_facts *of_rules; /* per rule */
    struct join_facts *of_joins; /* per join */
    struct agreeing_list agreeing;
    struct source_uploads uploads;
    struct findings findings;
    /* Keys but for the recoded field; `more` is of pack_recoded(). The texts of their codes stand
     * apart from all others, so that their numbers stay small. */
    struct keys recoded;
    struct map recoded_codes;
};

/* Makes the lists by rule and by join. */
void open_source_facts(struct source_facts *facts, const struct rules *rules);

/* Frees what goes into the lists of all sources, or went there. */
void drop_source_lists(struct source_facts *facts);

/* Takes all of it back: half a source is evidence of nothing. Number, path and format stay. */
void forget_source_facts(struct source_facts *facts);

/* The line of a record. */
uint32_t line_of(const struct source_facts *facts, uint32_t record);

/* What `more` of a recoded key holds: eight further bits of hash, the year from 1900, and the
 * number of the code's text. Codes beyond the sixteen bits are known by that number alone: their
 * records are held, for they cannot be compared. */
uint32_t pack_recoded(uint64_t hash, int year, size_t code);

/* The rules within the source. */
void judge_source(struct source_facts *facts);

static inline void add_finding(struct findings *findings, struct finding finding)
{
    GROW(findings->items, findings->count, findings->room);
    findings->items[findings->count++] = finding;
}

#endif
