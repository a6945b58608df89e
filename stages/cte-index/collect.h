/* collect.h - what the parts of cte-index share.
 *
 *   cte-index.c   options, the order of the sources, the index file
 *   collect.c     one pass over each source: keys as hashes, nothing of a record is kept
 *   judge.c       what follows for the rules that look across records
 *   courses.c     joins: the courses of a student, as evidence and for the rules about completers
 *   agree.c       records of all sources that must have one code after the recode
 *
 * Records are counted from 1, and that number stands for them everywhere here: several may share a line, in XML. Their lines are kept
 * apart, for the words that people read. In names, `line` is that number.
 *
 * Keys are kept as hashes, 16 bytes a record: 96 bits of hash and the number of the record. Two different keys of 5,000,000 fall together once
 * in some 10^15 runs. Where only membership in a small set is asked, 64 bits do.
 */
#ifndef CTE_COLLECT_H
#define CTE_COLLECT_H

#include "codetables/condition.h"
#include "pipeline/conserve.h"
#include "pipeline/index.h"
#include "pipeline/reader.h"

struct key {
    uint64_t hash;
    uint32_t more; /* 32 further bits of hash; or, for a key looked up elsewhere, the number of its scope */
    uint32_t line;
};

struct keys {
    struct key *items;
    size_t count, room;
};

/* Records in a group that follow one another and have the same values: mostly a whole file, or all sections of a course. */
struct member {
    uint64_t group, value;
    uint32_t line, count; /* the first of the lines, and how many there are without a gap */
};

struct members {
    struct member *items;
    size_t count, room;
};

/* A record that shares its key, but for the recoded field, with another. */
struct group_member {
    uint32_t line, code; /* code: number of its text */
    int year;
};

/* One such record, with all that share its key. */
struct group_line {
    uint32_t line;
    uint32_t first, count; /* in the list of members */
    bool unknown;          /* a code of one of them has no number, so that they cannot be compared */
};

struct groups {
    struct group_member *members;
    size_t member_count, member_room;
    struct group_line *lines; /* in the order of lines */
    size_t line_count, line_room;
};

/* Records of one group that follow one another and have one code: for the rules that want one code of
 * all records of a group after the recode, whatever their type and source. */
struct agreeing {
    uint64_t group;
    uint32_t rule, code, type; /* code, type: numbers of their texts */
    uint32_t file, line, count;
    int year; /* judges the code */
};

/* A record whose group has several codes. */
struct agree_line {
    uint32_t file, line;
    size_t first, count; /* of its group, in the sorted list */
};

struct agreement {
    struct agreeing *items;
    size_t count, room;
    struct agree_line *lines; /* in the order of files and lines */
    size_t line_count, line_room;
};

struct finding {
    uint32_t file, line, rule;
    uint32_t other;      /* a line to name, or 0 */
    uint32_t other_file; /* a file to name, from 1, or 0 */
};

/* Data of one rule or join for one file, or for the run. */
struct rule_data {
    struct keys keys;       /* unique: per file; exists: keys that must exist, per run */
    struct members members; /* same, another: per file */
    struct keys providers;  /* exists: keys that are there, per run */
    uint32_t *key_files;    /* exists: per file, how many keys came before it */
};

struct join_data {
    struct join_record {
        uint64_t group;
        uint32_t line, code, scope;
        int32_t first;
    } * records; /* in the order of files and lines */
    size_t record_count, record_room;
    size_t *file_ends; /* per file, how many records came with it and before it */
    struct join_step {
        uint64_t group, link;
        uint32_t grade;
    } * steps;
    size_t step_count, step_room;
    struct join_course {
        uint64_t link;
        uint32_t course, local, lea;
    } * courses;
    size_t course_count, course_room;
    struct course_node {
        uint32_t course;
        uint32_t grade;
        int32_t next;
    } * nodes; /* course: index into courses */
    size_t node_count, node_room;
};

struct texts {
    char **items;
    uint32_t count, room;
    uint32_t *slots;
    uint32_t slot_count;
};

/* Where the line of a record is no longer its number plus what it was before: blank lines, records of several lines, several on one. */
struct line_change {
    uint32_t record, line;
};

/* A place where a plain source may be cut. */
struct cut {
    uint64_t offset, lines, records, sum;
};

struct file_entry {
    struct cut *cuts;
    size_t cut_count;
    struct line_change *line_changes;
    size_t line_change_count, line_change_room;
    char *path;
    uint64_t bytes;
    char sha256[65];
    struct groups groups;
};

struct collecting {
    struct tables tables;
    const struct rules *rules;
    struct rule_data *data;  /* per rule */
    struct join_data *joins; /* per join */
    struct file_entry *files;
    uint32_t file_count, file;
    struct keys recoded;        /* keys but for the recoded field, of the file being read; `more` holds code, year and hash */
    struct texts recoded_codes; /* the texts of codes in `recoded`, apart from all others, so that their numbers stay small */
    struct texts texts;         /* codes, courses, grades: each once */
    struct texts scopes;        /* "TYPE^LEA^YEAR" of every record type, with counts per file */
    struct scope_place {
        uint32_t files, last_file;
    } * scope_places; /* in how many sound files a scope occurs */
    uint32_t scope_room;
    struct texts schools; /* "TYPE^SCHOOL^YEAR", and where each was seen first */
    struct school_place {
        uint32_t file, line, last_file;
    } * school_places;
    uint32_t school_room;
    struct agreement agreement;
    struct finding *findings;
    size_t finding_count, finding_room;
    struct cte_error error;
};

uint32_t text_number(struct texts *texts, const char *text, size_t length);

void add_cross_finding(struct collecting *collecting, uint32_t file, uint32_t line, uint32_t rule, uint32_t other);

/* Reads one source; what it holds is added to the lists. A source that is refused leaves nothing in them. */
int collect_source(struct collecting *collecting, const char *path, const struct reader_options *options, uint64_t cut_bytes);

/* Rules within the file just read; its lists are emptied. */
void judge_file(struct collecting *collecting);

/* Rules across files, when all are read. */
void judge_all(struct collecting *collecting);

/* True when the sources hold records of this type for the LEA and year of the scope. */
bool scope_has(const struct collecting *collecting, uint32_t scope, const char *type);

/* The physical line of a record. */
uint32_t line_of(const struct collecting *collecting, uint32_t file, uint32_t record);

/* What `more` of a recoded key holds: eight further bits of hash, the year from 1900, and the number of the code's text. Codes beyond the
 * sixteen bits are told by that number alone: their records are held, for they cannot be compared. */
static inline uint32_t pack_recoded(uint64_t hash, int year, uint32_t code)
{
    uint32_t packed_year = year >= 1900 && year < 1900 + 255 ? (uint32_t)(year - 1900) : 255;
    return (uint32_t)(hash & 255) << 24 | packed_year << 16 | (code < UINT16_MAX ? code : UINT16_MAX);
}

/* Follows the joins; then the rules that look at courses. */
void follow_joins(struct collecting *collecting);

/* Notes a record for a rule that wants one code of its group. */
void note_agreeing(struct collecting *collecting, const struct agreeing *record);

/* Finds the records whose groups have several codes, when all sources are read and all findings are
 * known: a record that a finding refuses has no say. Sorts the findings. */
void find_disagreeing(struct collecting *collecting);

/* The L entry of such a record. To be freed. */
char *agree_text(const struct collecting *collecting, const struct agree_line *line);

/* In the order of files, lines and rules. */
void sort_findings(struct collecting *collecting);

/* The evidence for a record, as INDEX text. To be freed; NULL when there is none. */
char *evidence_text(const struct collecting *collecting, uint32_t file, uint32_t line);

/* Grows an array by one element when it is full. */
#define GROW(array, count, room)                                                                                                   \
    do {                                                                                                                           \
        if ((count) == (room)) {                                                                                                   \
            (room) = (room) == 0 ? 1024 : (room) + (room) / 2;                                                                     \
            (array) = cte_realloc((array), (size_t)(room) * sizeof *(array));                                                      \
        }                                                                                                                          \
    } while (0)

#endif
