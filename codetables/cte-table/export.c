/* export: a code set or crosswalk as CSV, whole. The first column names the element of a row, the
 * second its text, the others hold its attributes; import reads that back (restore.c). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/cell.h"
#include "codetables/cte-table/export_as.h"
#include "codetables/cte-table/exported.h"
#include "codetables/base/memory.h"

struct columns {
    const char **names;
    size_t count;
};

static size_t position(const struct columns *columns, const char *name)
{
    size_t i = 0;
    while (i < columns->count && strcmp(columns->names[i], name) != 0)
        i++;
    return i;
}

/* New attributes go behind the one before them, so that the columns of a table stand in the order
 * its elements have them in. */
static void insert(struct columns *columns, size_t at, const char *name)
{
    columns->names = cte_realloc(columns->names, (columns->count + 1) * sizeof *columns->names);
    memmove(columns->names + at + 1, columns->names + at,
            (columns->count - at) * sizeof *columns->names);
    columns->names[at] = name;
    columns->count++;
}

/* Moves a column to the place of one further on, which then stands before it. */
static void move_behind(struct columns *columns, size_t from, size_t to)
{
    const char *name = columns->names[from];
    memmove(columns->names + from, columns->names + from + 1, (to - from) * sizeof *columns->names);
    columns->names[to] = name;
}

/* Takes the attributes of an element into the columns, those of a code in their order. True where a
 * column had to move for it: then another code may want its own moved again. */
static bool take_columns(struct columns *columns, xmlNodePtr node, bool is_code)
{
    size_t at = 0;
    bool has_moved = false;
    for (xmlAttrPtr a = node->properties; a != NULL; a = a->next) {
        size_t found = position(columns, (const char *)a->name);
        if (found == columns->count) {
            insert(columns, found = at, intern((const char *)a->name));
        } else if (found < at && is_code) {
            move_behind(columns, found, at - 1);
            found = at - 1;
            has_moved = true;
        }
        at = found + 1 > at ? found + 1 : at;
    }
    return has_moved;
}

/* Codes first: their properties must keep their order among themselves, and nothing else is ordered
 * by the columns. */
static bool take_all_columns(struct columns *columns, xmlNodePtr node, bool codes)
{
    const bool is_code = strcmp((const char *)node->name, "code") == 0;
    bool has_moved = is_code == codes && take_columns(columns, node, is_code);
    for (xmlNodePtr child = first_element(node, NULL); child != NULL;
         child = next_element(child, NULL))
        has_moved |= take_all_columns(columns, child, codes);
    return has_moved;
}

/* The columns of a table. Codes that name their properties in orders which contradict each other
 * have no order in common; import then says that the table is another. */
static void find_columns(struct columns *columns, xmlNodePtr root)
{
    size_t passes = 0;
    while (take_all_columns(columns, root, true) && passes < columns->count)
        passes++;
    take_all_columns(columns, root, false);
}

static void put_cell(FILE *out, const char *text)
{
    size_t length;
    char *cell = cell_guarded(text, strlen(text), &length);
    fwrite(cell, 1, length, out);
    free(cell);
}

static void put_row(FILE *out, const struct columns *columns, xmlNodePtr node)
{
    fputs((const char *)node->name, out);
    fputc(',', out);
    if (first_element(node, NULL) == NULL) {
        char *text = element_text(node);
        put_cell(out, text);
        free(text);
    }
    for (size_t i = 0; i < columns->count; i++) {
        char *value = attribute_or(node, columns->names[i], "");
        fputc(',', out);
        put_cell(out, value);
        free(value);
    }
    fputs("\r\n", out);
    for (xmlNodePtr child = first_element(node, NULL); child != NULL;
         child = next_element(child, NULL))
        put_row(out, columns, child);
}

static int write_out(const struct request *request, const char *text, size_t length,
                     struct cte_error *error)
{
    struct output output = {0};
    static const char *const others[] = {".xlsx", ".xml", ".json"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (export_file_ends(&(struct exporting){.request = request}, others[i]))
            return cte_fail(error, CTE_USAGE,
                            "%s: a table is exported as .csv, which import takes back, or --as "
                            "another form",
                            request->out);
    }
    if (request->out == NULL) {
        fwrite(text, 1, length, stdout);
        return CTE_OK;
    }
    if (output_open_path(&output, request->out, error) != CTE_OK)
        return error->status;
    output_put(&output, text, length);
    return close_out(&output, error);
}

int command_export(const struct request *request)
{
    struct cte_error error = {0};
    struct table_identity identity = {0};
    struct columns columns = {0};
    struct table_file file = {0};
    char *schema = NULL, *text = NULL;
    size_t length = 0;
    xmlDocPtr doc = NULL;
    if (request->operand_count != 1)
        return program_usage(request->program, "export takes one table: ID, ID@VERSION or a file");
    if (request->as != NULL)
        return command_export_as(request);
    if (request->year != NULL || request->plan != NULL || request->settings.count > 0)
        return program_usage(request->program,
                             "export without --as writes the table whole, as import takes it back; "
                             "leave --year, --plan and --set out");
    int status = find_table(request->program->codetables, request->operands[0], &file, &error);
    if (status == CTE_OK && strcmp(file.kind, "codeset") != 0 &&
        strcmp(file.kind, "crosswalk") != 0)
        status = cte_fail(&error, CTE_BAD_TABLE,
                          "%s: is a table of kind %s; export is for code sets and crosswalks",
                          file.path, file.kind);
    if (status == CTE_OK) {
        schema = schema_of_kind(request->program->codetables, file.kind);
        status = table_open(file.path, schema, &identity, &doc, &error);
    }
    if (status == CTE_OK) {
        xmlNodePtr root = xmlDocGetRootElement(doc);
        FILE *out = open_memstream(&text, &length);
        if (out == NULL)
            cte_die("out of memory for a table");
        find_columns(&columns, root);
        fputs(EXPORTED_ELEMENT "," EXPORTED_TEXT, out);
        for (size_t i = 0; i < columns.count; i++) {
            fputc(',', out);
            put_cell(out, columns.names[i]);
        }
        fprintf(out, "\r\n%s,%s\r\n", EXPORTED_HASH, identity.sha256);
        put_row(out, &columns, root);
        if (fclose(out) != 0)
            cte_die("out of memory for a table");
        status = write_out(request, text, length, &error);
    }
    xmlFreeDoc(doc);
    table_close(&identity);
    table_file_free(&file);
    free(columns.names);
    free(text);
    free(schema);
    return status == CTE_OK ? CTE_OK : program_fail(request->program, &error);
}
