/* cte-diff - compares two extracts record by record and says which differences the tables explain.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/number.h"
#include "pipeline/cte-diff/compare_outputs.h"
#include "pipeline/cte-diff/compare_runs.h"
#include "pipeline/cte-diff/courses.h"
#include "pipeline/cte-diff/writers.h"
#include "codetables/base/memory.h"

enum { TROUBLE = 2, SHOWN = 20, MEMORY = 512 };

static struct tables tables;
static struct diff diff = {.tables = &tables};
static bool asks_what_if, asks_runs, hides_small, is_public, shows_small;
static struct option_list crosswalk_ids;
static const char *before_layout, *after_layout, *target_id, *decisions_path, *csv_path, *xml_path,
    *html_path, *most_text, *shown_text, *memory_text, *temp, *encoding, *max_unpacked;

static struct program_option options[] = {
    {"crosswalk", 'x', OPTION_LIST, &crosswalk_ids, "ID[@VERSION]",
     "the crosswalk by which BEFORE became AFTER; may be repeated, used in order"},
    {"target", 't', OPTION_TEXT, &target_id, "LAYOUT",
     "the layout of AFTER (default: the crosswalks', else each record's own)"},
    {"before-layout", 0, OPTION_TEXT, &before_layout, "ID[@VERSION]",
     "read BEFORE by this layout, not by academic year"},
    {"after-layout", 0, OPTION_TEXT, &after_layout, "ID[@VERSION]",
     "read AFTER by this layout (default: the target)"},
    {"input-format", 0, OPTION_TEXT, &diff.options[0].format, "FORMAT",
     "read BEFORE as " SOURCE_FORMATS ", whatever its name says"},
    {"encoding", 0, OPTION_TEXT, &encoding, "ENCODING",
     "of bytes in BEFORE that are not UTF-8: windows-1252 (default: none)"},
    {"max-unpacked", 0, OPTION_TEXT, &max_unpacked, "BYTES",
     "what packed files may unpack to, instead of the usual bounds (64 GiB; past 16 MiB 50 times "
     "the packed bytes, 250 times in XML and .xlsx)"},
    {"decisions", 'd', OPTION_TEXT, &decisions_path, "FILE",
     "what the LEA decided where a crosswalk leaves a choice (CSV or .xlsx)"},
    {"evidence", 'e', OPTION_LIST, &diff.evidence, "FILE",
     "an extract of courses (with those of the students, and the sections they were in): where a "
     "crosswalk leaves a\n"
     "                               choice, what the students completed is reckoned from it; may "
     "be repeated (default: with\n"
     "                               --run, the run's own sources, where they are still where the "
     "manifest says)"},
    {"ignore", 0, OPTION_LIST, &diff.ignore, "FIELD",
     "do not compare the field of this number; may be repeated"},
    {"only", 0, OPTION_LIST, &diff.only, "FIELD",
     "compare the field of this number alone; may be repeated"},
    {"run", 'r', OPTION_TEXT, &diff.account.folder, "RUNDIR",
     "the run that made AFTER: take its crosswalks, check its hashes, sums and changes.csv, and "
     "account for what it held\n"
     "                               and rejected"},
    {"csv", 0, OPTION_TEXT, &csv_path, "FILE",
     "write every difference there, those the tables explain too"},
    {"xml", 0, OPTION_TEXT, &xml_path, "FILE",
     "write the same there as XML, with files, tables and sums"},
    {"html", 0, OPTION_TEXT, &html_path, "FILE", "draw a page for people there"},
    {"suppress-small", 0, OPTION_FLAG, &hides_small, NULL,
     "on that page, hide counts below 11, and those by which they could be computed; single "
     "records are left out"},
    {"public", 0, OPTION_FLAG, &is_public, NULL,
     "make that page for the public: the same, and no file is named"},
    {"show-small", 0, OPTION_FLAG, &shows_small, NULL, "with --public: hide no counts"},
    {"what-if", 0, OPTION_FLAG, &asks_what_if, NULL,
     "compare two crosswalks, named before the sources: which records would come out differently"},
    {"runs", 0, OPTION_FLAG, &asks_runs, NULL,
     "compare what two runs counted, by code, LEA and school, without reading a record; --csv has "
     "every count that differs"},
    {"max-unexplained", 0, OPTION_TEXT, &most_text, "N",
     "end with 0 when no more than N records are unexplained"},
    {"memory", 0, OPTION_TEXT, &memory_text, "MB",
     "keep what is known of the records in memory up to so much, and beyond it in a temporary file "
     "(default: 512)"},
    {"temp", 0, OPTION_TEXT, &temp, "DIR", "the folder for that file (default: TMPDIR, else /tmp)"},
    {"show", 0, OPTION_TEXT, &shown_text, "N",
     "print the first N lines of each kind (default: 20)"},
};

static struct program program = {
    .name = "cte-diff",
    .synopsis = "[OPTION]... BEFORE AFTER\n       cte-diff [OPTION]... RUNDIR RUNDIR\n"
                "       cte-diff --what-if CROSSWALK CROSSWALK SOURCE...\n"
                "       cte-diff --runs [--csv FILE] RUNDIR RUNDIR",
    .description = "Compares two extracts, in any form and format and in any order of records: "
                   "which records are the same, which are\n"
                   "recoded as the crosswalk says, and what else moved. What the crosswalk says is "
                   "worked out from the tables alone.\n"
                   "Records are matched by the key fields of their layout without those that are "
                   "recoded. Of two runs, the converted files of each source are compared.",
    .exits = "0 nothing unexplained (or different), 1 something is, 2 trouble",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .usage_status = TROUBLE,
};

static int trouble(void)
{
    program_fail(&program, &diff.error);
    return TROUBLE;
}

static int load(void)
{
    struct cte_error *error = &diff.error;
    if (diff.account.folder != NULL && read_run_options(&diff, &crosswalk_ids, &target_id,
                                                        &before_layout, &decisions_path) != CTE_OK)
        return error->status;
    if (crosswalk_ids.count > MAX_CROSSWALKS)
        return cte_fail(error, CTE_USAGE, "at most %d crosswalks", MAX_CROSSWALKS);
    if (tables_open(diff.tables, program.codetables, error) != CTE_OK)
        return error->status;
    for (size_t i = 0; i < crosswalk_ids.count; i++) {
        if (tables_crosswalk(diff.tables, crosswalk_ids.texts[i],
                             &diff.crosswalks[diff.crosswalk_count++], error) != CTE_OK)
            return error->status;
    }
    for (size_t i = diff.crosswalk_count; target_id == NULL && i-- > 0;)
        target_id = diff.crosswalks[i]->target_layout;
    if (after_layout == NULL)
        after_layout = target_id;
    if (target_id == NULL)
        target_id = after_layout;
    const char *const ids[] = {target_id, before_layout, after_layout};
    const struct layout *layouts[3] = {NULL, NULL, NULL};
    for (size_t i = 0; i < 3; i++) {
        if (ids[i] != NULL && (layouts[i] = tables_layout(diff.tables, ids[i], error)) == NULL)
            return error->status != CTE_OK
                       ? error->status
                       : cte_fail(error, CTE_BAD_TABLE, "there is no layout '%s' in %s/layouts",
                                  ids[i], program.codetables);
    }
    /* With a crosswalk, what BEFORE and AFTER are is said. */
    for (size_t side = 0; side < 2 && diff.crosswalk_count == 0; side++) {
        if (layouts[1 + side] == NULL)
            layouts[1 + side] = diff.found_layouts[side] = find_layout(&diff, side);
    }
    if (layouts[0] == NULL) /* then both sides are compared as AFTER is */
        layouts[0] = layouts[2];
    diff.target = layouts[0];
    diff.options[0].layout = layouts[1];
    /* A record of AFTER that cannot be read is a difference to tell, even where all are so. */
    diff.options[1] = (struct reader_options){
        .layout = layouts[2], .takes_any = true, .max_unpacked = diff.options[0].max_unpacked};
    if (decisions_path != NULL) {
        if (decisions_load(decisions_path, &diff.decisions, error) != CTE_OK)
            return error->status;
        diff.has_decisions = diff.decisions.count > 0;
    }
    if (diff.has_decisions)
        diff.uses = cte_zalloc(diff.decisions.count, sizeof *diff.uses);
    int status = check_field_options(&diff);
    if (status == CTE_OK)
        status = list_possible(&diff);
    if (status == CTE_OK)
        status = read_courses(&diff);
    return status == CTE_OK ? load_code_sets(&diff) : status;
}

/* An option that was given and that this way of asking has no use for; NULL: there is none. */
static const char *find_idle_option(void)
{
    enum { FILES = 1, WHAT_IF = 2, RUNS = 4, PAGE = 8 }; /* what has a use for it */
    const struct {
        const char *name;
        bool is_given;
        unsigned uses;
    } given[] = {
        {"--crosswalk", crosswalk_ids.count > 0, FILES},
        {"--target", target_id != NULL, FILES | WHAT_IF},
        {"--before-layout", before_layout != NULL, FILES | WHAT_IF},
        {"--after-layout", after_layout != NULL, FILES},
        {"--input-format", diff.options[0].format != NULL, FILES | WHAT_IF},
        {"--encoding", encoding != NULL, FILES | WHAT_IF},
        {"--max-unpacked", max_unpacked != NULL, FILES | WHAT_IF},
        {"--decisions", decisions_path != NULL, FILES | WHAT_IF},
        {"--ignore", diff.ignore.count > 0, FILES},
        {"--only", diff.only.count > 0, FILES},
        {"--evidence", diff.evidence.count > 0, FILES},
        {"--run", diff.account.folder != NULL, FILES},
        {"--csv", csv_path != NULL, FILES | RUNS},
        {"--xml", xml_path != NULL, FILES},
        {"--html", html_path != NULL, FILES},
        {"--max-unexplained", most_text != NULL, FILES},
        {"--show", shown_text != NULL, FILES | RUNS},
        {"--memory", memory_text != NULL, FILES | WHAT_IF},
        {"--what-if", asks_what_if, WHAT_IF},
        {"--suppress-small", hides_small, FILES | PAGE},
        {"--public", is_public, FILES | PAGE},
        {"--show-small", shows_small, FILES | PAGE},
    };
    const unsigned asked = asks_runs ? RUNS : asks_what_if ? WHAT_IF : FILES;
    for (size_t i = 0; i < sizeof given / sizeof *given; i++) {
        const bool lacks_page = (given[i].uses & PAGE) != 0 && html_path == NULL;
        if (given[i].is_given && ((given[i].uses & asked) == 0 || lacks_page))
            return given[i].name;
    }
    return NULL;
}

/* Takes the form of BEFORE; what is wrong with it, or NULL. */
static const char *check_form(void)
{
    const char *format = diff.options[0].format;
    if (format != NULL && !is_source_format(format))
        return "--input-format is " SOURCE_FORMATS;
    if (encoding != NULL && strcmp(encoding, "utf-8") != 0 && strcmp(encoding, "windows-1252") != 0)
        return "--encoding is utf-8 or windows-1252";
    if (max_unpacked != NULL && !read_positive(max_unpacked, &diff.options[0].max_unpacked))
        return "--max-unpacked takes a number of bytes";
    diff.options[0].windows_1252 = encoding != NULL && strcmp(encoding, "windows-1252") == 0;
    return NULL;
}

/* One side of --what-if: the tables are shared, the crosswalk is its own. */
static int load_side(struct diff *side, const char *crosswalk)
{
    struct cte_error *error = &diff.error;
    if (tables_crosswalk(diff.tables, crosswalk, &side->crosswalks[0], error) != CTE_OK)
        return error->status;
    side->crosswalk_count = 1;
    side->tables = diff.tables;
    const char *target = target_id != NULL ? target_id : side->crosswalks[0]->target_layout;
    side->target = target != NULL ? tables_layout(diff.tables, target, error) : NULL;
    if (target != NULL && side->target == NULL)
        return error->status != CTE_OK
                   ? error->status
                   : cte_fail(error, CTE_BAD_TABLE, "there is no layout '%s' in %s/layouts", target,
                              program.codetables);
    side->decisions = diff.decisions;
    side->has_decisions = diff.has_decisions;
    if (list_possible(side) != CTE_OK || load_code_sets(side) != CTE_OK) {
        *error = side->error;
        return error->status;
    }
    return CTE_OK;
}

static int ask_what_if(char *const *operands, size_t count)
{
    static struct diff other;
    struct cte_error *error = &diff.error;
    uint64_t different = 0;
    if (count < 3)
        return program_usage(&program, "--what-if compares two crosswalks on one source or more");
    if (tables_open(diff.tables, program.codetables, error) != CTE_OK)
        return trouble();
    if (before_layout != NULL &&
        (diff.options[0].layout = tables_layout(diff.tables, before_layout, error)) == NULL)
        return error->status != CTE_OK
                   ? trouble()
                   : program_usage(&program, "there is no layout '%s' in %s/layouts", before_layout,
                                   program.codetables);
    if (decisions_path != NULL && decisions_load(decisions_path, &diff.decisions, error) != CTE_OK)
        return trouble();
    diff.has_decisions = diff.decisions.count > 0;
    if (load_side(&diff, operands[0]) != CTE_OK || load_side(&other, operands[1]) != CTE_OK ||
        what_if((struct diff *const[]){&diff, &other}, (const char *const *)operands + 2, count - 2,
                &different) != CTE_OK ||
        program_close_output(error) != CTE_OK)
        return trouble();
    return different > 0 ? 1 : 0;
}

static bool read_count(const char *text, size_t *number)
{
    char *end;
    *number = strtoul(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0';
}

/* It may read what its user may, for a run says where its sources lie; it writes beside its reports
 * and into the folder for what memory does not hold. Threads inherit this, so it stands before the
 * first of them. */
static void confine(const char *const *reports, size_t count)
{
    struct arena memory = {0};
    const char *write[8] = {diff.room.folder};
    size_t used = 1;
    for (size_t i = 0; i < count; i++) {
        if (reports[i] != NULL)
            write[used++] = path_folder(&memory, reports[i]);
    }
    program_confine(&program, (const char *const[]){"/", NULL}, write);
    arena_free(&memory);
}

static int ask_runs(char *const *folders, size_t shown)
{
    const struct runs_asked asked = {{folders[0], folders[1]}, csv_path, diff.room.folder, shown};
    bool differs;
    confine(&csv_path, 1);
    if (compare_runs(&asked, &differs, &diff.error) != CTE_OK ||
        program_close_output(&diff.error) != CTE_OK)
        return trouble();
    return differs;
}

/* What the options ask of a comparison of two files. */
static size_t most, shown = SHOWN;

/* Compares two files; the exit status. */
static int compare_files(char *before, char *after)
{
    const char *const files[] = {csv_path, xml_path, html_path};
    diff.paths[0] = before;
    diff.paths[1] = after;
    confine(files, sizeof files / sizeof *files);
    if (load() != CTE_OK || do_both(&diff, read_entries, NULL) != CTE_OK ||
        report_unused(&diff) != CTE_OK)
        return trouble();
    if (diff.account.folder != NULL && read_account(&diff) != CTE_OK)
        return trouble();
    struct matching matching = {.keep_converted = csv_path != NULL || xml_path != NULL};
    struct tally tally = {{0}};
    int status = match(&diff, &matching);
    if (status == CTE_OK)
        status = write_all_reports(
            &diff, &matching, &tally,
            &(struct asked_reports){.csv = csv_path,
                                    .xml = xml_path,
                                    .html = html_path,
                                    .hides = hides_small || (is_public && !shows_small),
                                    .is_public = is_public,
                                    .shown = shown});
    matching_free(&matching);
    if (status != CTE_OK || program_close_output(&diff.error) != CTE_OK)
        return trouble();
    return unexplained(&diff, &tally) > most ? 1 : 0;
}

/* The outputs of two runs, one source after another. */
static int ask_outputs(const char *before, const char *after)
{
    int worst;
    if (csv_path != NULL || xml_path != NULL || html_path != NULL || diff.account.folder != NULL)
        return program_usage(&program, "--csv, --xml, --html and --run are for two files; of two "
                                       "runs all sources are compared");
    if (compare_outputs((const char *const[]){before, after}, compare_files, &worst, &diff.error) !=
            CTE_OK ||
        program_close_output(&diff.error) != CTE_OK)
        return trouble();
    return worst;
}

int main(int argc, char **argv)
{
    int first;
    size_t memory = MEMORY;
    program_start(&program, argc, argv, &first);
    const char *idle = find_idle_option();
    if (idle != NULL)
        return program_usage(&program,
                             asks_runs      ? "%s does nothing with --runs"
                             : asks_what_if ? "%s does nothing with --what-if"
                                            : "%s does nothing without --html",
                             idle);
    const char *wrong = check_form();
    if (wrong != NULL)
        return program_usage(&program, "%s", wrong);
    if (asks_what_if) {
        program_confine(&program, (const char *const[]){"/", NULL}, NULL);
        return ask_what_if(argv + first, (size_t)(argc - first));
    }
    if (argc - first != 2)
        return program_usage(&program, asks_runs ? "--runs compares two run folders"
                                                 : "it compares two files: BEFORE and AFTER");
    if ((most_text != NULL && !read_count(most_text, &most)) ||
        (shown_text != NULL && !read_count(shown_text, &shown)) ||
        (memory_text != NULL && !read_count(memory_text, &memory)) || memory > SIZE_MAX >> 20)
        return program_usage(&program, "--max-unexplained, --show and --memory take whole numbers");
    if (temp == NULL)
        temp = getenv("TMPDIR");
    diff.room.folder = temp != NULL && temp[0] != '\0' ? temp : "/tmp";
    atomic_init(&diff.room.left, memory << 20);
    if (asks_runs)
        return ask_runs(argv + first, shown);
    diff.program = &program;
    const char *const files[] = {csv_path, xml_path, html_path};
    for (size_t i = 0; i < 3; i++) {
        if (files[i] != NULL && files[(i + 1) % 3] != NULL &&
            strcmp(files[i], files[(i + 1) % 3]) == 0)
            return program_usage(&program,
                                 "two of --csv, --xml and --html name one file; name two");
    }
    if (is_run_folder(argv[first]) && is_run_folder(argv[first + 1]))
        return ask_outputs(argv[first], argv[first + 1]);
    return compare_files(argv[first], argv[first + 1]);
}
