/* cte-report - report and roll-ups of one run, of many, or of the shards of one. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "codetables/base/memory.h"
#include "pipeline/cte-report/check_runs.h"
#include "pipeline/cte-report/joined.h"
#include "pipeline/cte-report/report.h"
#include "pipeline/cte-report/worklist.h"
#include "pipeline/run/line_rows.h"

static bool joins, is_in_place, only_reckons, wants_cells;
static const char *out, *rows_path, *before_path;

static struct program_option options[] = {
    {"out", 'o', OPTION_TEXT, &out, "DIR",
     "write report.html, roll-ups, worklist, questions and a manifest of the runs there; without "
     "it, rollup-totals.csv goes to standard output"},
    {"join", 0, OPTION_FLAG, &joins, NULL,
     "the runs are all shards of one job (cte-run --shard): make one account of them, or say why "
     "not"},
    {"cells", 0, OPTION_FLAG, &wants_cells, NULL,
     "write rollup-ID.csv cell by cell, however many there are (otherwise up to 100,000)"},
    {"rows", 0, OPTION_TEXT, &rows_path, "FILE",
     "print NAME.changes.short or NAME.findings.short as the CSV that it stands for; no RUNDIR is "
     "named"},
    {"in-place", 0, OPTION_FLAG, &is_in_place, NULL,
     "for cte-run: write report and roll-ups into RUNDIR, which is not published yet, and print "
     "their hashes"},
    {"before", 0, OPTION_TEXT, &before_path, "RUNDIR",
     "for cte-run: the run that was in place before, for what is new since"},
    {"reckon", 0, OPTION_FLAG, &only_reckons, NULL, "for cte-run: the same, but write nothing"},
};

static struct program program = {
    .name = "cte-report",
    .synopsis = "[OPTION]... RUNDIR...\n       cte-report --join --out DIR RUNDIR...\n       "
                "cte-report --rows FILE",
    .description = "Draws report and roll-ups of runs from what lies in their folders: manifest, "
                   "counts, questions and tables. No record is read. --rows prints a list in short "
                   "form in full.",
    .exits = "0 drawn, 65 the runs do not go together, or one is not what its manifest says",
    .options = options,
    .option_count = sizeof options / sizeof *options,
};

static void print_documents(const struct documents *documents)
{
    for (size_t i = 0; i < documents->count; i++)
        printf("%s  %s\n", documents->items[i].sha256, documents->items[i].name);
}

/* Report, roll-ups and worklist. The worklist needs much memory of its own, and no roll-up. */
static int write_documents(struct told *told, struct run_rollups *rollups)
{
    if (write_reports(told, rollups) != CTE_OK)
        return told->error.status;
    free_rollups(rollups);
    return write_worklist(told);
}

/* Of one run, in its folder and by the tables it kept. */
static int draw_in_place(struct told *told, struct run_rollups *rollups)
{
    told->documents = (struct documents){
        .folder = told->runs[0].folder, .only_reckons = only_reckons, .error = &told->error};
    if (count_rollups(told, rollups, wants_cells) == CTE_OK &&
        write_documents(told, rollups) == CTE_OK)
        print_documents(&told->documents);
    return told->error.status;
}

/* What was given to a job and used by no shard is told: each of them kept silent for the others. */
static void tell_unused(const struct told *told)
{
    for (size_t i = 0; i < told->unused_count; i++)
        program_say(&program, "%s", told->unused[i].text);
}

/* Of all runs together, in a folder of its own. */
static int draw_together(struct told *told, struct run_rollups *rollups)
{
    if ((joins ? check_tables(told) : told->error.status) != CTE_OK ||
        open_joined(told, out) != CTE_OK || count_rollups(told, rollups, wants_cells) != CTE_OK ||
        name_joined(told, joins) != CTE_OK || write_documents(told, rollups) != CTE_OK ||
        close_joined(told) != CTE_OK)
        return told->error.status;
    if (joins)
        tell_unused(told);
    return CTE_OK;
}

static int report_runs(struct told *told, char *const *folders, size_t count)
{
    struct run_rollups rollups = {.count = 0};
    const bool is_own = is_in_place || only_reckons;
    told->is_being_made = is_in_place;
    told->telling = is_own ? TELLS_ONE : joins ? TELLS_SHARDS : TELLS_MANY;
    int status = read_runs(told, folders, count);
    if (status == CTE_OK && !is_own)
        status = joins ? check_shards(told) : check_runs(told);
    if (status == CTE_OK && tell_runs(told) == CTE_OK && choose_tables(told) == CTE_OK) {
        if (is_own)
            status = draw_in_place(told, &rollups);
        else if (out != NULL)
            status = draw_together(told, &rollups);
        else if (count_rollups(told, &rollups, false) == CTE_OK)
            status = print_totals(told, &rollups);
    }
    free_rollups(&rollups);
    return told->error.status;
}

/* CTE_USAGE, told, where the options do not fit. */
static int check_usage(size_t count)
{
    const bool is_own = is_in_place || only_reckons;
    if (rows_path != NULL && (count > 0 || is_own || joins || wants_cells || out != NULL))
        return program_usage(&program, "--rows FILE stands alone");
    if (count == 0 && rows_path == NULL)
        return program_usage(&program, "which runs? name their folders");
    if (is_own && (count > 1 || joins || out != NULL || is_in_place == only_reckons))
        return program_usage(&program, "--in-place and --reckon are for one run, and stand alone");
    if (before_path != NULL && !is_own)
        return program_usage(&program, "--before is for --in-place and --reckon");
    if (joins && out == NULL)
        return program_usage(&program, "--join makes a folder: name it with --out");
    if (wants_cells && out == NULL && !is_own)
        return program_usage(&program, "--cells writes files: name their folder with --out");
    return CTE_OK;
}

/* Prints rows about lines in full. */
static int print_in_full(void)
{
    struct cte_error error = {.status = CTE_OK};
    struct output output;
    struct row_reader *reader;
    program_confine(&program, (const char *const[]){rows_path, NULL}, (const char *const[]){NULL});
    output_to_standard(&output);
    if (open_rows(rows_path, rows_path, NULL, &reader, &error) == CTE_OK)
        print_rows(reader, &output, &error);
    if (error.status == CTE_OK)
        output_close(&output, &error);
    close_rows(reader);
    output_discard(&output);
    return error.status == CTE_OK ? CTE_OK : program_fail(&program, &error);
}

/* Gives up what is not needed, and does what is asked. */
static int run_confined(char *const *folders, size_t count)
{
    const char *temp = getenv("TMPDIR");
    struct told told = {.program = &program,
                        .since = {.folder = before_path},
                        .scratch = is_in_place    ? folders[0]
                                   : out != NULL  ? out
                                   : temp != NULL ? temp
                                                  : "/tmp"};
    const char *const write[] = {told.scratch, NULL};
    const char **read = cte_zalloc(count + 3, sizeof *read);
    memcpy(read, folders, count * sizeof *read);
    read[count] = out != NULL ? out : "";
    read[count + 1] = before_path != NULL ? before_path : "";
    program_confine(&program, read, write);
    free(read);
    report_runs(&told, folders, count);
    if (told.error.status == CTE_OK)
        program_close_output(&told.error);
    const int status = told.error.status == CTE_OK ? CTE_OK : program_fail(&program, &told.error);
    free_told(&told);
    return status;
}

/* The folder has to be there before the program gives up the right to make it, and to be gone again
 * where nothing was made. So a child does the work. */
static int run_beside(char *const *folders, size_t count)
{
    const pid_t mine = getpid(), child = fork();
    int end = 0;
    if (child == 0) {
        if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != mine)
            _exit(CTE_BUG);
        exit(run_confined(folders, count));
    }
    while (child > 0 && waitpid(child, &end, 0) < 0 && errno == EINTR)
        continue;
    const int status = child > 0 && WIFEXITED(end) ? WEXITSTATUS(end) : CTE_BUG;
    if (child < 0)
        program_say(&program, "cannot start a process: %s", strerror(errno));
    else if (!WIFEXITED(end))
        program_say(&program, "was killed by signal %d; %s is not whole", WTERMSIG(end), out);
    if (status != CTE_OK)
        rmdir(out); /* where it is empty */
    return status;
}

int main(int argc, char **argv)
{
    int first;
    program_start(&program, argc, argv, &first);
    const size_t count = (size_t)(argc - first);
    if (check_usage(count) != CTE_OK)
        return CTE_USAGE;
    if (rows_path != NULL)
        return print_in_full();
    if (out != NULL && mkdir(out, 0700) == 0)
        return run_beside(argv + first, count);
    return run_confined(argv + first, count);
}
