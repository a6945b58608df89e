/* stage.h - a stage: what it adds to a stream, while stage_run() passes the stream on.
 *
 *     static int check_record(void *context, const struct record *record, struct stream_out *out,
 *                             struct cte_error *error);
 *     ...
 *     struct stage_pipe pipe = {0};
 *     const struct stage stage = {.name = "my-stage", .record = check_record, .context = &mine};
 *     return stage_run(&pipe, &stage, &error);
 *
 * The loop is the same for every stage: control lines are copied; before the first record stand the
 * lines that say which program this is and which tables it uses; each record is given to the stage,
 * which writes it; after the last one stand the stage's counts. A stream that was refused, or that
 * cannot be read, ends the output in the same way, so that the next stage need not complain.
 *
 * Where several streams follow one another, each is a stream of its own: `forget` takes the stage
 * back to where it was before the first. A stream that is refused ends alone; why is told in the
 * stream.
 *
 * tests/example-stage/example-stage.c is a whole stage.
 */
#ifndef CTE_STAGE_H
#define CTE_STAGE_H

#include "pipeline/stream/stream.h"

/* The stream that comes in and the one that goes out. Zeroed, neither is open. */
struct stage_pipe {
    struct stream_in in;
    struct stream_out out;
};

/* What is NULL is left out; `name`, `record` and `forget` are needed. A function that returns a
 * status fills the error, and what is not CTE_OK ends the stream. */
struct stage {
    const char *name;
    void *context;               /* given to each function */
    const struct tables *tables; /* those that were loaded are named in the stream */

    /* Further lines after %program, before those of the tables. */
    void (*introduce)(void *context, struct stream_out *out);
    /* A control line, before it is copied. */
    int (*control)(void *context, struct slice line, struct cte_error *error);
    /* A record, to be written with stream_pass_record() or in another way. */
    int (*record)(void *context, const struct record *record, struct stream_out *out,
                  struct cte_error *error);
    /* The %counts line, and others of the trailer. */
    void (*counts)(void *context, struct stream_out *out);
    /* When a stream has ended: all that was kept of it is freed, and counts are 0 again. */
    void (*forget)(void *context);
};

/* Begins the output on standard output, before anything can go wrong. */
void stage_begin(struct stage_pipe *pipe);

/* Refuses the output with the status of the error, which it returns: for what goes wrong before
 * stage_run(). */
int stage_refuse(struct stage_pipe *pipe, const struct cte_error *error);

/* Opens standard input; `tables` are where its layouts are looked up. Those that were loaded so far
 * are named in every stream. On failure the output is refused. */
int stage_open(struct stage_pipe *pipe, struct tables *tables, struct cte_error *error);

/* Passes the whole stream on, and all of a sequence. Returns CTE_OK, or the status of an error,
 * with the error filled, or the status with which the stream was refused (of a sequence: the
 * first one that was), with the error empty: it is told where the stream was refused. */
int stage_run(struct stage_pipe *pipe, const struct stage *stage, struct cte_error *error);

#endif
