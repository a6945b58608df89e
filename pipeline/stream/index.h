/* index.h - what one pass over a file cannot know, written down by cte-index for the stages of the
 * chain.
 *
 * An index is text, like the stream: a line a thing, fields separated by carets and escaped as in
 * STREAM.md.
 *
 *     %cte-index^1
 *     %rules^ID^VERSION^SHA256                     the rule table whose rules are numbered below
 *     %cut^PATH^OFFSET^LINES^RECORDS^SUM^SHA256    where a large plain source may be cut: bytes,
 *                                                  lines and records before the place,
 *                                                  and sum_place() of these records, summed,
 *                                                    in hex; the last is the
 *                                                  source's end, and has its hash; all stand before
 *                                                    the first %file
 *     %same^FILE^FILE                              two files of one content; their numbers in the
 *                                                  order given, from 1
 *     %scope^NUMBER^TYPE^VALUES^FILE^RECORDS^F|W   records of a file in the place of which an
 *                                                  upload of another file's would be put: the
 *                                                  values of the fields that say so in the layout,
 *                                                    `?` for one that is no known code;
 *                                                  those of one NUMBER are of one place; W: what
 *                                                  an upload replaces is not known well enough to
 *                                                    refuse for it
 *     %file^PATH^BYTES^HASH                        a source; its entries follow, in the order of
 *                                                  its lines; HASH is the SHA-256 of its content,
 *                                                  or, of an index that is made and used at once,
 *                                                    its quick_hash.h
 *     A<record>                                    a record whose key stands in a later file of the
 *                                                  same scope, where it counts
 *     F<record>^RULE^WORDS                         a finding: the number of the rule in the table,
 *                                                  from 0, and words to add
 *     E<record>^EVIDENCE                           the courses that the student of this record
 *                                                  completed in its pathway
 *     G<record>^MEMBER^MEMBER…                     records whose keys differ only in the field a
 *                                                  crosswalk recodes
 *     L<record>^RULE^OTHER^OTHER…                  the codes that records of its group have, of a
 *                                                  rule that wants one code of
 *                                                  them after the recode: each code once, the
 *                                                    record's own too
 *     %end^LINES^CRC-32
 *
 * <record> is the number of the record in its source, from 1: several may share a line, in XML. A
 * MEMBER is RECORD/LINE/CODE/YEAR/EVIDENCE; YEAR is the academic year that judges the code,
 * EVIDENCE is COURSE:LOCAL:LEA:FLAGS, joined by commas; bit i of FLAGS is the join's i-th preferred
 * property, INDEX_GRADE_UNKNOWN says that nobody knows what the student's grade means. Courses that
 * were not completed are no evidence and are left out. An OTHER is CODE/YEAR/TYPE/LINE/SOURCE: a
 * record that has the code, by the name of its source's files. A group of more than
 * INDEX_MAX_MEMBERS is given as `!COUNT`, and so is EVIDENCE of more than INDEX_MAX_EVIDENCE
 * courses. Within these parts `^ / : ,` and the escape itself are percent-encoded. No student
 * number and no name stands in an index.
 *
 * A stage opens the section of its source and asks for each record, in their order. Whether the
 * index fits the source is settled by the content's hash, which is known at the end of the stream:
 * index_follow(). An entry that cannot be read is none; the next index_follow() tells it.
 *
 * Errors: CTE_NO_INPUT (no such file), CTE_IO (cannot be read), CTE_BAD_INPUT (cut short, damaged,
 * made with another rule table, not of this source or of other content).
 */
#ifndef CTE_INDEX_H
#define CTE_INDEX_H

#include <stdio.h>

#include "codetables/model/rules.h"
#include "pipeline/stream/stream.h"

enum { INDEX_MAX_MEMBERS = 64, INDEX_MAX_EVIDENCE = 32, INDEX_MAX_PREFERRED = 16 };

/* Of the flags of a course. */
enum { INDEX_GRADE_UNKNOWN = 1 << INDEX_MAX_PREFERRED };

struct index_entry {
    char letter;  /* A, F, E, G or L */
    size_t count; /* fields after the number of the record */
    /* still escaped as a control line is; percent-encoding inside */
    struct slice fields[INDEX_MAX_MEMBERS + 2];
};

/* Zeroed, none is open. */
struct index_reader {
    FILE *file;
    char *path;
    struct map sources; /* the paths of its files, and where the line of each begins */
    long *sections;
    size_t section_room;
    char *line; /* the next entry, not yet asked for */
    size_t room;
    ssize_t length;
    uint64_t number;   /* the record it is of; 0 at the end of the section */
    struct text given; /* the entry that was given out last */
    char hash[65];     /* of the source the section is of */
    bool has_quick;    /* the stream told a quick hash of its source, */
    bool is_same;      /* and it is that hash */
    bool is_part;      /* the stream is of a part of the source, whose content the driver checks */
    bool is_damaged;   /* an entry was not as it should be */
};

/* Goes to the section of a source. At the first time the whole index is read, to see that it is
 * sound and where its sections are: some 100 bytes a source. On failure it is closed. */
int index_open(struct index_reader *index, const char *path, const struct table_identity *rules,
               const char *source, struct cte_error *error);

/* The next entry of this record of the source; false when there is none (left). Records must be
 * asked for in ascending order. */
bool index_next(struct index_reader *index, uint64_t record, struct index_entry *entry);

/* An entry that was given out is not as it should be: the next index_follow() refuses the index. */
void index_refuse_entry(struct index_reader *index);

void index_close(struct index_reader *index);

/* Does both for a stage that has a path to an index (NULL: none): opens the section when the stream
 * names its source, and checks the content when the stream tells its hash. To be called with every
 * control line. */
int index_follow(struct index_reader *index, const char *path, const struct table_identity *rules,
                 struct slice control, struct cte_error *error);

/* A course that a student completed, from an EVIDENCE part. Texts are decoded into memory of the
 * caller. */
struct index_course {
    char course[32], local[64], lea[32];
    unsigned flags;
};

/* Takes an EVIDENCE text apart; returns how many courses: INDEX_MAX_EVIDENCE + 1, and none to rely
 * on, when there are more than that or the text is not as it should be. */
size_t index_evidence(struct slice text, struct index_course *courses);

struct index_member {
    uint64_t record, line;
    char code[64];
    size_t code_length;
    int year;
    struct index_course courses[INDEX_MAX_EVIDENCE];
    size_t course_count;
};

/* False when the text names no member, or is not as it should be. */
bool index_member(struct slice text, struct index_member *member);

/* A record of another code in the group of a rule that wants one code after the recode. */
struct index_other {
    char code[64], type[16], source[128];
    size_t code_length;
    uint64_t line;
    int year;
};

/* False when the text names no record, or is not as it should be. */
bool index_other(struct slice text, struct index_other *other);

/* Writes text percent-encoded at `to`; returns the end. Room needed: three times the length. */
char *index_encode(char *to, const char *text, size_t length);

#endif
