/* cte-table - checks, shows, compares, imports and exports code tables. */
#include <stdio.h>
#include <string.h>

#include "stages/cte-table/request.h"

static struct request request;

static struct program_option options[] = {
    {"out", 'o', OPTION_TEXT, &request.out, "FILE", "write the table there (default: standard output)"},
};

static struct program program = {
    .name = "cte-table",
    .synopsis = "COMMAND [OPTION]... [ARGUMENT]...",
    .description = "Works on code tables.",
    .exits = "0 done, 1 warnings or differences, 64 usage, 66 no such file, 73 cannot create, 74 read or write error, 78 a table is not sound",
    .options = options,
    .option_count = sizeof options / sizeof *options,
};

static const struct command {
    const char *name;
    int (*run)(const struct request *request);
} commands[] = {
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    int first;
    program_start(&program, argc, argv, &first);
    if (first == argc)
        return program_usage(&program, "no command named");
    request.program = &program;
    request.operands = (const char *const *)(argv + first + 1);
    request.operand_count = (size_t)(argc - first - 1);
    for (const struct command *command = commands; command->name != NULL; command++) {
        if (strcmp(command->name, argv[first]) != 0)
            continue;
        int status = command->run(&request);
        struct cte_error error = {0};
        return program_close_output(&error) == CTE_OK ? status : program_fail(&program, &error);
    }
    return program_usage(&program, "there is no command '%s'", argv[first]);
}
