/* cte-report - report and roll-ups of one run, of many, or of the shards of one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "pipeline/cte-report/report.h"

static bool joins, is_in_place, only_reckons, wants_cells;
static const char *out;

static struct program_option options[] = {
    {"out", 'o', OPTION_TEXT, &out, "DIR",
     "write report.html, roll-ups, questions and a manifest of the runs there; without it, "
     "rollup-totals.csv goes to standard output"},
    {"join", 0, OPTION_FLAG, &joins, NULL,
     "the runs are all shards of one job (cte-run --shard): make one account of them, or say why "
     "not"},
    {"cells", 0, OPTION_FLAG, &wants_cells, NULL,
     "write rollup-ID.csv cell by cell, however many there are (otherwise up to 100,000)"},
    {"in-place", 0, OPTION_FLAG, &is_in_place, NULL,
     "for cte-run: write report and roll-ups into RUNDIR, which is not published yet, and print "
     "their hashes"},
    {"reckon", 0, OPTION_FLAG, &only_reckons, NULL, "for cte-run: the same, but write nothing"},
};

static struct program program = {
    .name = "cte-report",
    .synopsis = "[OPTION]... RUNDIR...\n       cte-report --join --out DIR RUNDIR...",
    .description = "Draws report and roll-ups of runs from what lies in their folders: manifest, "
                   "counts, questions and tables. No record is read.",
    .exits = "0 drawn, 65 the runs do not go together, or one is not what its manifest says",
    .options = options,
    .option_count = sizeof options / sizeof *options,
};

static void print_documents(const struct documents *documents)
{
    for (size_t i = 0; i < documents->count; i++)
        printf("%s  %s\n", documents->items[i].sha256, documents->items[i].name);
}

/* Of one run, in its folder and by the tables it kept. */
static int draw_in_place(struct told *told, char *const *folders)
{
    struct run_rollups rollups = {.count = 0};
    told->documents = (struct documents){
        .folder = folders[0], .only_reckons = only_reckons, .error = &told->error};
    if (tell_runs(told, folders, 1) == CTE_OK &&
        count_rollups(told, &rollups, wants_cells) == CTE_OK &&
        write_reports(told, &rollups) == CTE_OK)
        print_documents(&told->documents);
    free_rollups(&rollups);
    return told->error.status;
}

int main(int argc, char **argv)
{
    int first;
    program_start(&program, argc, argv, &first);
    struct told told = {.program = &program};
    const size_t count = (size_t)(argc - first);
    if (count == 0)
        return program_usage(&program, "which runs? name their folders");
    const char *const write[] = {is_in_place ? argv[first] : "", NULL};
    program_confine(&program, (const char *const *)argv + first, write);
    if (is_in_place || only_reckons)
        draw_in_place(&told, argv + first);
    if (told.error.status == CTE_OK)
        program_close_output(&told.error);
    const int status = told.error.status == CTE_OK ? CTE_OK : program_fail(&program, &told.error);
    free_told(&told);
    return status;
}
