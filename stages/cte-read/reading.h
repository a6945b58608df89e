/* reading.h - what the parts of cte-read share.
 *
 *   cte-read.c      options, the sources one after another
 *   source_list.h   which sources they are
 *   put_records.c   the records of a source as a stream, and what is found in them
 */
#ifndef CTE_READING_H
#define CTE_READING_H

#include "codetables/base/odd_character.h"
#include "codetables/base/program.h"
#include "pipeline/stream/field_sums.h"
#include "pipeline/stream/reader.h"

/* What is kept of the source at hand, and of no other. */
struct read_source {
    struct source *source;
    struct reader *reader;
    struct kinds kinds;
    struct plans references;                         /* per kind: a struct stream_reference */
    struct stream_reference defects[READER_DEFECTS]; /* program 0 until defined */
    struct stream_reference recoded;
    struct hidden_found {
        struct stream_reference rule;
        char words[ODD_WORDS];
    } found[STREAM_MAX_FIELDS]; /* of the record at hand */
    size_t found_count;
    struct field_sums sums;
    uint64_t places; /* of a part: the records in their places */
    uint64_t rejected;
};

/* Everything a run of this program needs. */
struct reading {
    const struct program *program;
    bool is_quiet; /* what was put right is told in the stream alone */
    struct tables tables;
    const struct rules *rules;
    /* NULL: the rule table does not ask for characters that cannot be seen */
    const struct rule *hidden;
    struct reader_options options;
    unsigned hashes; /* of the content, those of source.h */
    bool is_part;
    uint64_t part_bytes;
    struct stream_out out;
    struct read_source at;
    struct cte_error error;
};

/* Writes the records of the source that was opened, and the trailer. Returns the status of
 * reading->error. */
int read_all(struct reading *reading);

#endif
