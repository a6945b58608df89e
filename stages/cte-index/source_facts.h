/* source_facts.h - what one pass over a source tells, and nothing of any other source.
 *
 *     struct source_facts facts;
 *     open_source_facts(&facts, &source, rules, &spool);
 *     if (collect_source(&collector, &facts) == CTE_OK)   // collect.h
 *         judge_source(&facts, rules);
 *     merge_source(&all, &facts);                         // all_facts.h
 *     drop_source_facts(&facts);
 *
 * Sources can so be read in any order, or side by side. Codes, courses, grades and scopes stand as
 * numbers of the source's own texts; merge_source() gives them those of all sources.
 *
 * What may be as long as the source lies in lists of facts.h, of which a part is in memory; only
 * the groups that the rules within the source ask for are there as a whole.
 *
 * Records are counted from 1, and that number stands for them everywhere: several may share a line,
 * in XML. Their lines are kept apart, for the words that people read.
 */
#ifndef CTE_INDEX_SOURCE_FACTS_H
#define CTE_INDEX_SOURCE_FACTS_H

#include <stdbool.h>

#include "codetables/base/digest.h"
#include "codetables/base/map.h"
#include "codetables/base/quick_hash.h"
#include "codetables/model/rules.h"
#include "stages/cte-index/facts.h"
#include "stages/cte-index/key_hash.h"
#include "stages/cte-index/key_set.h"

/* A source, from its name to the end of the run: what is kept of each. */
struct indexed_source {
    uint32_t number; /* its place among all sources, from 0 */
    const char *path;
    const char *format; /* in which it is read; NULL: by its name */
    uint64_t bytes;
    /* of its content, as the collector was told; "" where it was not, or the source was refused */
    char sha256[DIGEST_HEX], quick_hash[QUICK_HASH_HEX];
    /* What lies in the spool, one after the other, since it was merged: see stored_source.h. */
    uint64_t stored_at;
    uint32_t line_changes, cuts, members, grouped;
};

/* A breach of a rule that looks across records. */
struct finding {
    uint32_t source, record, rule;
    uint32_t other;        /* a record to name, or 0 */
    uint32_t other_source; /* a source to name, from 1, or 0 */
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

/* What the source holds for a rule. */
struct rule_facts {
    /* unique: all but for those below, as {hash, {more hash, record}} */
    struct fact_list keys;
    /* unique, where the key is that of struct source_facts.recoded and the recoded field: as
     * there */
    struct fact_list coded;
    struct members members; /* same, another */
    /* exists: the keys that must exist, as {hash, {scope, source, record}}; and those that are
     * there, as {hash}: once where they were met shortly before */
    struct fact_list needed, provided;
    struct key_set known; /* of `provided` */
};

/* What stands beside each other in all records of a span, of a rule that wants one code of a
 * group. */
struct agreeing_code {
    uint32_t rule;
    uint32_t code, type; /* texts */
    int32_t year;        /* judges the code */
};

/* Records of one group that follow one another and have one code: for the rules that want one code
 * of all records of a group after the recode, whatever their type and source. */
struct agreeing_span {
    uint64_t group;
    uint32_t code; /* the number of its struct agreeing_code */
    uint32_t record, count;
};

struct agreeing {
    struct map codes;           /* of struct agreeing_code */
    struct agreeing_span *open; /* per rule: the last one, which may go on; its count may be 0 */
    struct fact_list spans;     /* {place, {group, group, count, code}} */
};

/* What the source holds for a join. */
struct join_facts {
    /* about which it asks: {group, {code, scope, source, record}} */
    struct fact_list records;
    /* what leads to the courses of a student: {group, {link, link, grade}} */
    struct fact_list steps;
    struct fact_list courses; /* {link, {course, local course, LEA}} */
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
    /* 1: a code of one of them has no number, so that they cannot be compared. As large as the
     * others, for no byte of what is stored may be unset. */
    uint32_t unknown;
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
    struct indexed_source *source;
    const struct rules *rules;
    /* What is stored when the source is merged. */
    struct line_changes line_changes;
    struct cuts cuts;
    struct groups groups;
    /* What goes into the sets of all sources. */
    struct map texts;            /* codes, courses, grades */
    struct map scopes;           /* "TYPE^LEA^YEAR" of every record type */
    struct rule_facts *of_rules; /* per rule; NULL: the source was refused */
    struct join_facts *of_joins; /* per join */
    struct agreeing agreeing;
    struct source_uploads uploads;
    struct fact_list findings; /* of finding_fact() */
    /* Keys but for the recoded field, of recoded_fact(). The texts of their codes stand apart from
     * all others, so that their numbers stay small. They are in `coded` of a rule that wants whole
     * keys to be unique, and here where there is none. */
    struct fact_list recoded;
    struct map recoded_codes;
};

/* Makes the lists by rule and by join. */
void open_source_facts(struct source_facts *facts, struct indexed_source *source,
                       const struct rules *rules, struct spool *spool);

/* Frees all that is known: half a source is evidence of nothing. */
void drop_source_facts(struct source_facts *facts);

/* A record's key but for the recoded field: {hash, {eight further bits of hash, year, the number of
 * the code's text, record}}. The year is that which judges the code; where it is none of this age,
 * it is MAX_CODE_YEAR. Codes beyond the sixteen bits are all UNKNOWN_CODE: their records are held,
 * for they cannot be compared. */
enum { UNKNOWN_CODE = UINT16_MAX, LEAST_CODE_YEAR = 1900, MAX_CODE_YEAR = LEAST_CODE_YEAR + 255 };
struct fact recoded_fact(const struct hashes *key, int year, size_t code, uint32_t record);

/* The rules within the source. */
void judge_source(struct source_facts *facts);

/* A finding as a fact: {place, {rule, other record, other source}}. */
static inline struct fact finding_fact(const struct finding *finding)
{
    return (struct fact){place_key(finding->source, finding->record),
                         {finding->rule, finding->other, finding->other_source}};
}

static inline void add_finding(struct source_facts *facts, struct finding finding)
{
    add_fact(&facts->findings, finding_fact(&finding));
}

#endif
