/* cte-table - checks, shows, compares, imports and exports code tables. */
#include <stdio.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "codetables/base/output.h"
#include "codetables/base/text.h"
#include "codetables/cte-table/commands.h"

static struct request request;

static struct program_option options[] = {
    {"out", 'o', OPTION_TEXT, &request.out, "FILE",
     "the file to write (default: standard output); for import, propose and new-version the folder "
     "of the table"},
    {"impact", 0, OPTION_LIST, &request.impact, "SOURCE...",
     "diff: which records of these extracts come out differently, as cte-diff --what-if says"},
    {"by", 0, OPTION_TEXT, &request.by, "CROSSWALK",
     "show, diff: the codes of a crosswalk by what this one makes of them, such as courses by "
     "credential subject, and what draws on several"},
    {"answers", 0, OPTION_FLAG, &request.answers, NULL,
     "diff: of crosswalks, only what codes become, in the maps that both have"},
    {"csv", 0, OPTION_TEXT, &request.csv, "FILE", "list, diff: the same as CSV, whole"},
    {"year", 'y', OPTION_TEXT, &request.year, "CCYY-CCYY",
     "show, diff, export --as: in this academic year (default: in all; --by: codes without an "
     "end)"},
    {"as", 0, OPTION_TEXT, &request.as, "FORM",
     "export: in a form that others take: valid-code-combinations of a crosswalk; of a code set "
     "edfi, or a system that the code set ID-systems names (ceds, onet); CSV, .xlsx, .xml or .json "
     "by the name of --out"},
    {"all-versions", 0, OPTION_FLAG, &request.all_versions, NULL,
     "show: every version of the table, one after another"},
    {"why", 0, OPTION_FLAG, &request.why, NULL,
     "show: all that speaks for and against what a code becomes; of a code alone, in the tables "
     "that answer for it"},
    {"plan", 'p', OPTION_TEXT, &request.plan, "FILE",
     "import, propose, export --as: settings, one a line, such as column.code = Pathway Code"},
    {"set", 's', OPTION_LIST, &request.settings, "NAME=VALUE",
     "import, propose, export --as: a setting more, which wins over the plan"},
};

static struct program program = {
    .name = "cte-table",
    .synopsis = "COMMAND [OPTION]... [ARGUMENT]...",
    .description = "Works on code tables.\n\n"
                   "  check [TABLE]...           what is not sound or makes no sense, in all "
                   "tables or in these: every problem, a line each\n"
                   "  list [NAME]...             what tables there are, all or those of an ID or "
                   "kind, and how much each answers\n"
                   "  show TABLE [CODE]          a table; or what it says of a code, and why\n"
                   "  show [TABLE] CODE --why    the trust page of a code: for whoever must defend "
                   "it\n"
                   "  diff TABLE TABLE           what the second says otherwise than the first, by "
                   "code and year\n"
                   "  new-version TABLE VERSION  a copy to work on: a draft that supersedes the "
                   "table it was made from\n"
                   "  import SHEET...            a CSV or .xlsx sheet becomes a draft of a code "
                   "set or crosswalk, or nothing; a sheet for each map\n"
                   "  export TABLE               a code set or crosswalk as CSV, which import "
                   "reads back; or in another form, --as\n"
                   "  propose TABLE...           candidates for codes without an official row, "
                   "through other crosswalks\n\n"
                   "A TABLE is an ID (its highest version), ID@VERSION or a file.",
    .exits = "0 done, 1 warnings or differences, 64 usage, 65 a sheet is not as its plan says, 66 "
             "no such file, 73 cannot create, "
             "74 read or write error, 78 a table is not sound",
    .options = options,
    .option_count = sizeof options / sizeof *options,
};

static const struct command {
    const char *name, *options; /* those that it takes */
    int (*run)(const struct request *request);
} commands[] = {
    {"check", "", command_check},
    {"list", "csv", command_list},
    {"show", "by year all-versions why", command_show},
    {"diff", "impact by answers csv year", command_diff},
    {"new-version", "out", command_new_version},
    {"import", "out plan set", command_import},
    {"export", "out as year plan set", command_export},
    {"propose", "out plan set", command_propose},
    {NULL, NULL, NULL},
};

static bool is_given(const struct program_option *option)
{
    return option->kind == OPTION_FLAG   ? *(const bool *)option->target
           : option->kind == OPTION_TEXT ? *(const char *const *)option->target != NULL
                                         : ((const struct option_list *)option->target)->count > 0;
}

/* The option that was given to a command which does nothing with it; NULL: none. */
static const struct program_option *find_idle(const struct command *command)
{
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        if (is_given(&options[i]) && !has_word(command->options, options[i].name))
            return &options[i];
    }
    return NULL;
}

/* It may read what its user may; it writes among the code tables, and where it is told to. */
static void confine(void)
{
    struct arena memory = {0};
    const char *write[5] = {program.codetables};
    size_t used = 1;
    if (request.out != NULL) {
        write[used++] = request.out;
        write[used++] = path_folder(&memory, request.out);
    }
    if (request.csv != NULL)
        write[used++] = path_folder(&memory, request.csv);
    program.starts_others = request.impact.count > 0; /* cte-diff */
    program_confine(&program, (const char *const[]){"/", NULL}, write);
    arena_free(&memory);
}

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
        const struct program_option *idle = find_idle(command);
        if (idle != NULL)
            return program_usage(&program, "%s does nothing with --%s; leave it out", command->name,
                                 idle->name);
        confine();
        int status = command->run(&request);
        struct cte_error error = {0};
        return program_close_output(&error) == CTE_OK ? status : program_fail(&program, &error);
    }
    return program_usage(&program, "there is no command '%s'", argv[first]);
}
