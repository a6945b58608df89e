/* A code set with its codes in another system, as a list; what nobody has read is marked. */
#include <stdlib.h>
#include <string.h>

#include "codetables/base/text.h"
#include "codetables/cte-table/export_as.h"

static const char basis_end[] = "-basis", systems_end[] = "-systems";

static const char *property(const struct code *code, const char *system, const char *end)
{
    char *name = cte_format("%s%s", system, end);
    const char *value = code != NULL ? code_property(code, name) : NULL;
    free(name);
    return value;
}

/* "advance-cte, ceds, edfi": the systems of which the set says something. To be freed. */
static char *name_systems(const struct codeset *systems)
{
    struct map seen = {0};
    struct text text = {0};
    for (size_t i = 0; i < systems->code_count; i++) {
        const struct code *code = &systems->codes[i];
        for (size_t p = 0; p < code->property_count; p++) {
            const char *name = code->properties[p].name, *end = strstr(name, basis_end);
            const size_t before = seen.count;
            if (end == NULL || end[sizeof basis_end - 1] != '\0' ||
                map_add_string(&seen, name) < before)
                continue;
            text_join(&text, ", ", "");
            text_put(&text, name, (size_t)(end - name));
        }
    }
    map_free(&seen);
    return text_take(&text);
}

/* The set has no codes in any other system; the message names those that have. */
static void refuse_set(const struct exporting *exporting, struct cte_error *error)
{
    struct table_files files;
    struct text others = {0};
    if (find_tables(exporting->request->program->codetables, &files, error) != CTE_OK)
        return;
    for (size_t i = 0; i < files.count; i++) {
        const struct table_file *file = &files.list[i];
        const size_t length = strlen(file->id), end = sizeof systems_end - 1;
        if (length <= end || strcmp(file->id + length - end, systems_end) != 0 ||
            !is_highest(&files, file))
            continue;
        text_join(&others, ", ", "");
        text_put(&others, file->id, length - end);
    }
    cte_fail(error, CTE_USAGE, "--as %s: no table has %s in other systems; there is %s",
             exporting->request->as, exporting->table.set->identity.id, text_string(&others));
    text_free(&others);
    table_files_free(&files);
}

static struct system_code read_code(const struct code *own, const struct codeset *systems,
                                    const char *system)
{
    const struct code *there = codeset_find(systems, own->value, own->length);
    return (struct system_code){.own = own,
                                .there = there,
                                .value = property(there, system, ""),
                                .name = property(there, system, "-name"),
                                .iri = property(there, system, "-iri"),
                                .from = property(there, system, "-from"),
                                .basis = property(there, system, basis_end),
                                .source = property(there, system, "-source")};
}

int system_codes_read(struct exporting *exporting, const char *system, struct system_codes *codes,
                      struct cte_error *error)
{
    const struct codeset *set = codes->set = exporting->table.set;
    char *id = cte_format("%s%s", set->identity.id, systems_end);
    struct cte_error missing = {0};
    if (!tables_has_codeset(&exporting->tables, id, &missing))
        refuse_set(exporting, error);
    else
        tables_codeset(&exporting->tables, id, &codes->systems, error);
    free(id);
    if (error->status != CTE_OK)
        return error->status;
    bool is_known = false;
    codes->list = cte_zalloc(set->code_count, sizeof *codes->list);
    for (size_t i = 0; i < set->code_count; i++) {
        const struct code *own = &set->codes[i];
        const struct system_code code = read_code(own, codes->systems, system);
        is_known = is_known || code.basis != NULL;
        if (exporting->year == YEAR_NONE ||
            (own->first <= exporting->year && exporting->year <= own->last))
            codes->list[codes->count++] = code;
    }
    if (is_known)
        return CTE_OK;
    char *systems = name_systems(codes->systems);
    cte_fail(error, CTE_USAGE, "--as %s: %s says nothing of it; it has %s", system,
             codes->systems->identity.path, systems);
    free(systems);
    return error->status;
}

void system_codes_free(struct system_codes *codes)
{
    free(codes->list);
}

int export_system(struct exporting *exporting, const char *system, struct cte_error *error)
{
    static const char *const headings[] = {"code",     "name",       "iri",   "status", "own_code",
                                           "own_name", "leads_from", "first", "last",   "source"};
    struct system_codes codes = {0};
    struct export_list list = {0};
    if (system_codes_read(exporting, system, &codes, error) == CTE_OK &&
        plan_all_used(&exporting->plan, error) == CTE_OK) {
        for (size_t i = 0; i < sizeof headings / sizeof *headings; i++)
            list_heading(&list, headings[i]);
        for (size_t i = 0; i < codes.count; i++) {
            const struct system_code *code = &codes.list[i];
            list_cell(&list, code->value);
            list_cell(&list, code->name);
            list_cell(&list, code->iri);
            list_cell(&list, code->basis != NULL ? code->basis : "unread");
            list_cell(&list, code->own->value);
            list_cell(&list, code->own->name);
            list_cell(&list, code->from);
            list_year(&list, code->own->first);
            list_year(&list, code->own->last);
            list_cell(&list, code->source);
        }
        list_write(exporting, &list, system, error);
    }
    system_codes_free(&codes);
    return error->status;
}
