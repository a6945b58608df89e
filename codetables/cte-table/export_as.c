/* export --as: a table in a form that somebody else takes. */
#include <string.h>

#include "codetables/cte-table/export_as.h"

static int write_form(struct exporting *exporting, struct cte_error *error)
{
    static const char combinations[] = "valid-code-combinations", descriptors[] = "edfi";
    const char *form = exporting->request->as;
    const bool combines = strcmp(form, combinations) == 0;
    if (combines && exporting->table.crosswalk == NULL)
        return cte_fail(error, CTE_USAGE, "--as %s: is for crosswalks", form);
    if (!combines && exporting->table.set == NULL)
        return cte_fail(error, CTE_USAGE,
                        "--as %s: is for code sets; a crosswalk is exported as it is, or --as %s",
                        form, combinations);
    return combines                         ? export_combinations(exporting, error)
           : strcmp(form, descriptors) == 0 ? export_descriptors(exporting, form, error)
                                            : export_system(exporting, form, error);
}

int command_export_as(const struct request *request)
{
    struct exporting exporting = {.request = request};
    struct table_file file = {0};
    struct cte_error error = {0};
    const char *codetables = request->program->codetables;
    if (find_table(codetables, request->operands[0], &file, &error) == CTE_OK &&
        plan_read(request, &exporting.plan, &error) == CTE_OK &&
        request_year(request, &exporting.year, &error) == CTE_OK &&
        tables_open(&exporting.tables, codetables, &error) == CTE_OK &&
        load_table(&exporting.tables, &file, &exporting.table, &error) == CTE_OK)
        write_form(&exporting, &error);
    loaded_free(&exporting.table);
    tables_free(&exporting.tables);
    plan_free(&exporting.plan);
    table_file_free(&file);
    return error.status == CTE_OK ? CTE_OK : program_fail(request->program, &error);
}
