#include "pipeline/stream/stage.h"

#include <stdlib.h>
#include <unistd.h>

#include "codetables/base/memory.h"

void stage_begin(struct stage_pipe *pipe)
{
    stream_out_open(&pipe->out, STDOUT_FILENO);
    stream_out_begin(&pipe->out);
}

int stage_refuse(struct stage_pipe *pipe, const struct cte_error *error)
{
    stream_refuse(&pipe->out, error->status, NULL);
    return error->status;
}

int stage_open(struct stage_pipe *pipe, struct tables *tables, struct cte_error *error)
{
    tables_begin_source(tables);
    return stream_in_open(&pipe->in, STDIN_FILENO, tables, error) == CTE_OK
               ? CTE_OK
               : stage_refuse(pipe, error);
}

static void introduce(struct stage_pipe *pipe, const struct stage *stage)
{
    stream_introduce(&pipe->out, pipe->in.program_count, stage->name);
    if (stage->introduce != NULL)
        stage->introduce(stage->context, &pipe->out);
    stream_introduce_rest(&pipe->out, stage->name, stage->tables);
}

static int pass_control(struct stage_pipe *pipe, const struct stage *stage, struct cte_error *error)
{
    const struct slice line = pipe->in.control;
    const int status =
        stage->control != NULL ? stage->control(stage->context, line, error) : CTE_OK;
    if (status == CTE_OK)
        stream_put(&pipe->out, line.at, line.length + 1);
    return status;
}

/* Passes items on until the stream ends, or cannot be written. */
static int pass_items(struct stage_pipe *pipe, const struct stage *stage, struct cte_error *error)
{
    enum stream_item item = STREAM_CONTROL;
    bool is_introduced = false;
    int status = CTE_OK;
    while (status == CTE_OK && item != STREAM_END) {
        status = stream_next(&pipe->in, &item, error);
        if (status != CTE_OK || pipe->out.failed != 0)
            break;
        if (item == STREAM_REFUSED)
            return pipe->in.refused_status;
        if (item != STREAM_CONTROL && !is_introduced) {
            introduce(pipe, stage);
            is_introduced = true;
        }
        if (item == STREAM_CONTROL)
            status = pass_control(pipe, stage, error);
        else if (item == STREAM_RECORD)
            status = stage->record(stage->context, &pipe->in.record, &pipe->out, error);
    }
    if (status != CTE_OK || item != STREAM_END)
        return status;
    stream_introduce_rest(&pipe->out, stage->name, stage->tables);
    if (stage->counts != NULL)
        stage->counts(stage->context, &pipe->out);
    return CTE_OK;
}

/* In a sequence, what went wrong is told in the stream: on standard error nobody would know of
 * which it is. Where the sequence itself is cut or damaged, nothing is known of the source: this
 * output is cut too. */
static void refuse(struct stage_pipe *pipe, const struct stage *stage, int status,
                   struct cte_error *error)
{
    const char *words = text_string(&pipe->in.refused_words);
    char *own = NULL;
    if (pipe->in.is_lost && pipe->in.is_sequence)
        return;
    if (error->status != CTE_OK && pipe->in.is_sequence) {
        words = own = cte_format("%s: %s", stage->name, error->text);
        *error = (struct cte_error){0};
    }
    stream_refuse(&pipe->out, status, words[0] != '\0' ? words : NULL);
    free(own);
}

/* One stream, to its end. */
static int run_stream(struct stage_pipe *pipe, const struct stage *stage, struct cte_error *error)
{
    const int status = pass_items(pipe, stage, error);
    if (status == CTE_OK)
        return stream_out_finish(&pipe->out, error);
    refuse(pipe, stage, status, error);
    return status;
}

int stage_run(struct stage_pipe *pipe, const struct stage *stage, struct cte_error *error)
{
    bool has_next = true;
    int first = CTE_OK;
    for (uint64_t streams = 1; has_next; streams++) {
        const int status = run_stream(pipe, stage, error);
        stage->forget(stage->context);
        first = first != CTE_OK ? first : status;
        if (pipe->in.is_lost || pipe->out.failed != 0)
            return first;
        if (stream_in_next(&pipe->in, &has_next, error) != CTE_OK)
            return error->status;
        if (has_next) {
            stream_out_restart(&pipe->out);
            stream_out_begin(&pipe->out);
        } else if (pipe->in.is_sequence) {
            stream_end_sequence(&pipe->out, streams, error);
        }
    }
    return first != CTE_OK ? first : error->status;
}
