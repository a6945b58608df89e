#include "pipeline/stream/stage.h"

#include <unistd.h>

void stage_begin(struct stage_pipe *pipe)
{
    stream_out_open(&pipe->out, STDOUT_FILENO);
    stream_out_begin(&pipe->out);
}

int stage_refuse(struct stage_pipe *pipe, const struct cte_error *error)
{
    stream_refuse(&pipe->out, error->status);
    return error->status;
}

int stage_open(struct stage_pipe *pipe, struct tables *tables, struct cte_error *error)
{
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

int stage_run(struct stage_pipe *pipe, const struct stage *stage, struct cte_error *error)
{
    const int status = pass_items(pipe, stage, error);
    if (status == CTE_OK)
        return stream_out_finish(&pipe->out, error);
    stream_refuse(&pipe->out, status);
    return status;
}
