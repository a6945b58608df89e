/* collect.h - what the parts of cte-index share.
 *
 *   cte-index.c   options, the order of the sources, the index file
 *   collect.c     one pass over each source: keys as hashes, nothing of a record is kept
 *   judge.c       what follows for the rules that look across records
 *   courses.c     joins: the courses of a student, as evidence and for the rules about completers
 *   agree.c       records of all sources that must have one code after the recode
 *   uploads.c     what an upload of each source would take the place of, where several would take
 *                 the same
 *
 * Records are counted from 1, and that number stands for them everywhere here: several may share a
 * line, in XML. Their lines are kept apart, for the words that people read. In names, `line` is
 * that number.
 *
 * Keys are kept as hashes, 16 bytes a record: 96 bits of hash and the number of the record. Two
 * different keys of 5,000,000 fall together once in some 10^15 runs. Where only membership in a
 * small set is asked, 64 bits do.
 */
#ifndef CTE_COLLECT_H
#define CTE_COLLECT_H

#include "codetables/model/condition.h"
#include "pipeline/stream/field_sums.h"
#include "pipeline/stream/index.h"
#include "pipeline/stream/plans.h"
#include "pipeline/stream/reader.h"
#include "codetables/base/memory.h"

struct key {
    uint64_t hash;
    /* 32 further bits of hash; or, for a key looked up elsewhere, the number of its scope */
    uint32_t more;
    uint32_t line;
};

struct keys {
    struct key *items;
    size_t count, room;
};

/* Records in a group that follow one another and have the same values: mostly a whole file, or all
 * sections of a course. */
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
    /* a code of one of them has no number, so that they cannot be compared */
    bool unknown;
};

struct groups {
    struct group_member *members;
    size_t member_count, member_room;
    struct group_line *lines; /* in the order of lines */
    size_t line_count, line_room;
};

/* Records of one group that follow one another and have one code: for the rules that want one code
 * of all records of a group after the recode, whatever their type and source. */
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

/* What an upload takes the place of: "TYPE^VALUE^VALUE…" of the fields the layout names, as far as
 * they hold codes. The records of each file for it stand in a list; those of one upload are chained
 * from the last file to the first. */
struct upload_part {
    uint32_t upload, file;
    uint32_t before; /* the part of an earlier file, from 1; 0: none */
    uint32_t line;   /* the first record */
    uint64_t records;
};

enum {
    UPLOAD_FIELDS =
        sizeof((struct record_layout *)0)->replaces / sizeof *((struct record_layout *)0)->replaces,
    UPLOAD_VALUE = 31, /* no code of such a field is longer */
    UPLOAD_TEXT = 16 + UPLOAD_FIELDS * (1 + UPLOAD_VALUE)
};

struct uploads {
    struct texts texts;
    struct upload_place {
        uint32_t last; /* its part in the last file, from 1 */
        uint32_t files;
        uint32_t hidden; /* bit i: nobody can say that value i is a code */
        bool may_refuse; /* by the basis of what is known of it */
    } * places;
    uint32_t place_room;
    struct upload_part *parts; /* in the order of files */
    uint32_t part_count, part_room;
    char last[UPLOAD_TEXT]; /* of the record before, with its file, from 1, and its part, or 0 */
    size_t last_length;
    uint32_t last_file, last_part;
    /* records whose key a later file holds too: `more` is the file; in the order of files and
     * records */
    struct keys again;
};

/* Where the line of a record is no longer its number plus what it was before: blank lines, records
 * of several lines, several on one. */
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
    const char *format; /* in which it was read */
    uint64_t bytes;
    char sha256[65];
    struct groups groups;
};

struct collecting {
    struct tables tables;
    const struct rules *rules;
    struct kinds kinds;      /* of the records of all sources */
    struct plans plans;      /* per kind: a struct index_plan */
    struct text values;      /* of the record at hand, where it is escaped */
    struct rule_data *data;  /* per rule */
    struct join_data *joins; /* per join */
    struct file_entry *files;
    uint32_t file_count, file;
    /* keys but for the recoded field, of the file being read; `more` holds code, year and hash */
    struct keys recoded;
    /* the texts of codes in `recoded`, apart from all others, so that their numbers stay small */
    struct texts recoded_codes;
    struct texts texts;  /* codes, courses, grades: each once */
    struct texts scopes; /* "TYPE^LEA^YEAR" of every record type, with counts per file */
    struct scope_place {
        uint32_t files, last_file;
    } * scope_places; /* in how many sound files a scope occurs */
    uint32_t scope_room;
    struct agreement agreement;
    struct uploads uploads;
    struct finding *findings;
    size_t finding_count, finding_room;
    struct cte_error error;
};

/* Sorts by hash, then `more`, then the record. */
void sort_keys(struct key *items, size_t count, unsigned shift);

struct hashes {
    uint64_t one, two;
};

/* Two independent hashes of the fields, as if they were joined by carets. */
struct hashes hash_fields(const struct slice *fields, const uint16_t *positions, uint32_t count);

/* The place of the text in the list, and whether it is there. */
bool find_text(const struct texts *texts, const char *text, size_t length, uint32_t *number);
uint32_t text_number(struct texts *texts, const char *text, size_t length);

void add_cross_finding(struct collecting *collecting, uint32_t file, uint32_t line, uint32_t rule,
                       uint32_t other);

/* What an upload of records of a kind takes the place of, and by what a record is known again in
 * another file. */
struct upload_plan {
    /* of each field that says what is replaced; as many as the field names */
    const struct codeset **sets[UPLOAD_FIELDS];
    uint16_t key[LAYOUT_MAX_FIELDS];
    uint32_t key_count;
};

int plan_upload(struct collecting *collecting, const struct kind *kind, struct upload_plan *plan);

/* Counts the record to what an upload of it would replace; forget_upload_parts() takes those of the
 * file at hand back. */
void note_upload(struct collecting *collecting, const struct kind *kind,
                 const struct upload_plan *plan, const struct slice *fields, uint32_t line);
void forget_upload_parts(struct collecting *collecting);

/* The number of what an upload of the record would replace, where several files hold records of it;
 * else UINT32_MAX. */
uint32_t shared_upload(const struct uploads *uploads, const struct kind *kind,
                       const struct slice *fields);

/* Which files hold records of an upload that another file holds records of too. To be freed. */
bool *find_shared_files(const struct uploads *uploads, uint32_t file_count);

/* Among the keys of records in shared uploads, keeps those that stand in a later file too. */
void judge_again(struct uploads *uploads);

/* Reads the files with shared uploads once more, for the keys of their records. */
int collect_again(struct collecting *collecting, const struct reader_options *options,
                  bool keep_going);

/* Whether a source may be left out: the chain finds the same fault in it, and tells it. What the
 * disk or the system failed to do, it may do when the chain asks again; then an index without the
 * source would speak of other files than are converted. */
static inline bool may_leave_out(int status)
{
    return status != CTE_IO;
}

/* Reads one source; what it holds is added to the lists. A source that is refused leaves nothing in
 * them. */
int collect_source(struct collecting *collecting, const char *path,
                   const struct reader_options *options, uint64_t cut_bytes);

/* Rules within the file just read; its lists are emptied. */
void judge_file(struct collecting *collecting);

/* Rules across files, when all are read. */
void judge_all(struct collecting *collecting);

/* True when the sources hold records of this type for the LEA and year of the scope. */
bool scope_has(const struct collecting *collecting, uint32_t scope, const char *type);

/* The physical line of a record. */
uint32_t line_of(const struct collecting *collecting, uint32_t file, uint32_t record);

/* What `more` of a recoded key holds: eight further bits of hash, the year from 1900, and the
 * number of the code's text. Codes beyond the sixteen bits are told by that number alone: their
 * records are held, for they cannot be compared. */
static inline uint32_t pack_recoded(uint64_t hash, int year, uint32_t code)
{
    uint32_t packed_year = year >= 1900 && year < 1900 + 255 ? (uint32_t)(year - 1900) : 255;
    return (uint32_t)(hash & 255) << 24 | packed_year << 16 |
           (code < UINT16_MAX ? code : UINT16_MAX);
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

/* The evidence for a record, as INDEX text. To be freed; NULL when there is none. */
char *evidence_text(const struct collecting *collecting, uint32_t file, uint32_t line);

/* Grows an array by one element when it is full. */
#define GROW_BY_HALF(array, count, room)                                                           \
    do {                                                                                           \
        if ((count) == (room)) {                                                                   \
            (room) = (room) == 0 ? 1024 : (room) + (room) / 2;                                     \
            (array) = cte_realloc((array), (size_t)(room) * sizeof *(array));                      \
        }                                                                                          \
    } while (0)

#endif
