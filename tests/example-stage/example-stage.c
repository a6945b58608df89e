/* example-stage - warns of each record in which a field is empty. A whole stage, to start from. */
#include <stdio.h>

#include "codetables/base/program.h"
#include "pipeline/stream/stage.h"

static const char *number;

static struct program_option options[] = {
    {"field", 'f', OPTION_TEXT, &number, "NUMBER", "the field, by its CALPADS number"},
};

static struct program program = {
    .name = "example-stage",
    .synopsis = "--field NUMBER < STREAM > STREAM",
    .description = "Warns of each record in which a field is empty.",
    .exits = "0 done, 64 usage, 65 stream damaged, 74 read or write error, 78 code table",
    .options = options,
    .option_count = sizeof options / sizeof *options,
};

/* What the stage knows. */
struct looking {
    struct tables tables;
    uint64_t empty; /* records in which the field was empty */
};

static int look_at_record(void *context, const struct record *record, struct stream_out *out,
                          struct cte_error *error)
{
    struct looking *looking = context;
    (void)error; /* nothing can fail here */
    const int position = record->kind != NULL ? kind_position(record->kind, number) : -1;
    const bool is_empty = position >= 0 && record_value_at(record, position).length == 0;
    struct stream_reference rule = {0, 0};
    if (is_empty) /* a definition stands before the record, for its history follows it at once */
        rule = stream_define_rule(out, &(struct stream_rule){.id = "EMPTY",
                                                             .severity = SEVERITY_WARNS,
                                                             .field = number,
                                                             .message = "the field is empty"});
    stream_pass_record(out, record, record->state);
    if (is_empty)
        stream_finding(out, rule, "");
    looking->empty += is_empty;
    return CTE_OK;
}

static void put_counts(void *context, struct stream_out *out)
{
    const struct looking *looking = context;
    char empty[32];
    snprintf(empty, sizeof empty, "empty=%llu", (unsigned long long)looking->empty);
    stream_control(out, "counts", program.name, empty, NULL);
}

static void forget_stream(void *context)
{
    struct looking *looking = context;
    looking->empty = 0;
    tables_begin_source(&looking->tables);
}

int main(int argc, char **argv)
{
    int first;
    program_start(&program, argc, argv, &first);
    if (number == NULL || first < argc)
        return program_usage(&program, "--field NUMBER says which field; it reads standard input");
    static struct looking looking;
    static struct stage_pipe pipe;
    struct cte_error error = {0};
    const struct stage stage = {.name = program.name,
                                .context = &looking,
                                .tables = &looking.tables,
                                .record = look_at_record,
                                .counts = put_counts,
                                .forget = forget_stream};
    stage_begin(&pipe);
    int status = tables_open(&looking.tables, program.codetables, &error);
    status =
        status != CTE_OK ? stage_refuse(&pipe, &error) : stage_open(&pipe, &looking.tables, &error);
    if (status == CTE_OK) {
        program_confine(&program, NULL, NULL);
        status = stage_run(&pipe, &stage, &error);
    }
    return error.status != CTE_OK ? program_fail(&program, &error) : status;
}
