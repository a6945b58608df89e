/* second_pass.h - reads a file once more, for the records that are to be shown.
 *
 *     request_record(&passes[0], number);                  // as many as a batch has, of both sides
 *     do_both(diff, read_requested, passes);
 *     const struct kept *kept = find_requested(&passes[0], number);
 *     size_t count = requested_fields(&passes[0], kept, fields);
 *     forget_requests(&passes[0]);                         // and the next batch
 *     ...
 *     end_second_pass(&passes[0]);
 *
 * Where the batches ask in the order of the file, the file is read once for all of them. Memory:
 * the texts of one batch.
 */
#ifndef CTE_SECOND_PASS_H
#define CTE_SECOND_PASS_H

#include "codetables/base/text.h"
#include "pipeline/cte-diff/diff.h"

/* A record that was read again. */
struct kept {
    uint32_t number;
    uint64_t line;
    const struct kind *kind;
    size_t at; /* where its fields begin in the texts */
};

/* One side of the second pass. A batch: request_record() the records, read_requested(), find and
 * look, forget_requests(). */
struct second_pass {
    struct record_file file;
    uint64_t at; /* the last record that was read */
    struct kept *kept;
    size_t count, room;
    struct text texts;
};

void request_record(struct second_pass *pass, uint32_t number);
/* its context: struct second_pass[2] */
side_work read_requested;
/* of one that was wanted; NULL for NOBODY */
const struct kept *find_requested(const struct second_pass *pass, uint32_t number);
size_t requested_fields(const struct second_pass *pass, const struct kept *kept,
                        struct slice *fields);
void forget_requests(struct second_pass *pass);
void end_second_pass(struct second_pass *pass);

#endif
