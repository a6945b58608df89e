/* A whole folder of tables, that of the bundle or the project's: each table that lies there, what
 * others name in it, and the loaders' way back. */
#include "codetables/model/tables.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/bundled_program.h"

/* What a section of the bundle asks for: an identifier, and a version where it likes. */
static void ask(struct tables *tables, const char *reference)
{
    struct cte_error error = {0};
    const struct codeset *set;
    const struct layout *layout = tables_layout(tables, reference, &error);
    must_hold(layout == NULL || error.status == CTE_OK, "a layout, or what is wrong with it");
    error = (struct cte_error){0};
    must_hold(tables_codeset(tables, reference, &set, &error) == error.status,
              "the status is that of the error");
    struct crosswalk *crosswalk;
    error = (struct cte_error){0};
    must_hold(tables_crosswalk(tables, reference, &crosswalk, &error) == error.status,
              "the status is that of the error");
}

/* argv: the program, --codetables, the folder, references. */
static int load_folder(int argc, char **argv)
{
    struct tables tables;
    struct cte_error error = {0}, of_rollups = {0};
    const struct rules *rules;
    const struct rollups *rollups;
    int status = tables_open(&tables, argv[2], &error);
    must_hold(status == error.status, "the status is that of the error");
    if (status == CTE_OK) {
        for (int i = 3; i < argc; i++)
            ask(&tables, argv[i]);
        status = tables_rules(&tables, &rules, &error);
        if (tables_rollups(&tables, NULL, &rollups, &of_rollups) != CTE_OK)
            status = of_rollups.status;
    }
    tables_free(&tables);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *lines[][PROGRAM_ARGS] = {
        {NULL}, {"flavour", "parlour-walk", "parlour", "parlour-walk@1", NULL}};
    static const struct program_lines program = {"cte-table", load_folder, 0, lines,
                                                 sizeof lines / sizeof *lines};
    program_run(&program, data, size);
    return 0;
}
