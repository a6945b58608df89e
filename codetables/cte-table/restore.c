/* A table that export wrote, made again. Unchanged, it comes back byte for byte, status and sources
 * with it. Changed, it is another table: a draft, under another version, with the sheet as one more
 * source. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/text.h"
#include "codetables/cte-table/exported.h"
#include "codetables/cte-table/import.h"

/* Elements by what they stand in, with their attributes in the order in which they are written.
 * Attributes of a code that are not named here are properties and follow in the order of the
 * columns. */
static const struct element {
    const char *name, *within, *attributes;
} elements[] = {
    {"codeset", NULL,
     "id version supersedes status agency complete-through kind related related-by"},
    {"crosswalk", NULL, "id version supersedes status agency target-layout"},
    {"title", "codeset crosswalk", ""},
    {"source", "codeset crosswalk", "file title date sha256"},
    {"note", "codeset crosswalk map", ""},
    {"code", "codeset", "value name first last basis with"},
    {"form", "codeset", "kind length first last basis"},
    {"map", "crosswalk", "id from unlisted evidence first last"},
    {"output", "map", "id code-set"},
    {"row", "map", "n code kind to name first last confidence basis note"},
    {"when", "row", "n field values to confidence basis note"},
    {"choice", "row", "n to role confidence basis note"},
};

struct restoring {
    struct importing *importing;
    const struct sheet_row *header;
    /* the element that was made last; what it cannot hold goes to one it stands in */
    xmlNodePtr root, open;
};

bool is_exported(const struct sheet *sheet)
{
    const char *text = sheet->row_count > 0 ? sheet_cell(&sheet->rows[0], 0)->text : NULL;
    return text != NULL && strcmp(text, EXPORTED_ELEMENT) == 0;
}

static const struct element *element_called(const char *name)
{
    for (size_t i = 0; i < sizeof elements / sizeof *elements; i++) {
        if (strcmp(elements[i].name, name) == 0)
            return &elements[i];
    }
    return NULL;
}

/* The element that a new one stands in: the nearest open one that can hold it. */
static xmlNodePtr parent_for(struct restoring *restoring, const struct element *element)
{
    for (xmlNodePtr node = restoring->open; node != NULL && node->type == XML_ELEMENT_NODE;
         node = node->parent) {
        if (has_word(element->within, (const char *)node->name))
            return node;
    }
    return NULL;
}

static size_t column_called(const struct sheet_row *header, const char *name)
{
    size_t c = 0;
    while (c < header->count &&
           (header->cells[c].text == NULL || strcmp(header->cells[c].text, name) != 0))
        c++;
    return c;
}

static bool put_attribute(struct restoring *restoring, xmlNodePtr node, const struct sheet_row *row,
                          size_t column)
{
    bool bad = false;
    char *text = cell_text(restoring->importing, row, column, &bad);
    if (text != NULL)
        draft_put(node, restoring->header->cells[column].text, text);
    free(text);
    return !bad;
}

static void put_attributes(struct restoring *restoring, xmlNodePtr node,
                           const struct element *element, const struct sheet_row *row)
{
    const struct sheet_row *header = restoring->header;
    struct arena arena = {0};
    size_t count;
    char **words = split_words(&arena, element->attributes, &count);
    for (size_t i = 0; i < count; i++) {
        size_t column = column_called(header, words[i]);
        if (column < header->count)
            put_attribute(restoring, node, row, column);
    }
    for (size_t c = 2; c < header->count; c++) {
        const char *name = header->cells[c].text;
        if (name == NULL || has_word(element->attributes, name) || sheet_cell(row, c)->text == NULL)
            continue;
        if (strcmp(element->name, "code") == 0)
            put_attribute(restoring, node, row, c);
        else
            problem(restoring->importing, row, c, "a <%s> has no %s; empty the cell", element->name,
                    name);
    }
    arena_free(&arena);
}

static void take_row(struct restoring *restoring, const struct sheet_row *row)
{
    struct importing *importing = restoring->importing;
    const char *name = sheet_cell(row, 0)->text;
    const struct element *element = name != NULL ? element_called(name) : NULL;
    bool is_root = element != NULL && element->within == NULL;
    xmlNodePtr parent = element != NULL && !is_root ? parent_for(restoring, element) : NULL, node;
    if (element == NULL) {
        problem(importing, row, 0, "'%s' is no element of a table", name != NULL ? name : "");
        return;
    }
    if (is_root ? restoring->root != NULL : parent == NULL) {
        problem(importing, row, 0, "a <%s> cannot stand here", name);
        return;
    }
    node = is_root ? draft_new(name) : draft_add(parent, name);
    if (is_root)
        restoring->root = node;
    restoring->open = node;
    put_attributes(restoring, node, element, row);
    bool bad = false;
    char *text = cell_text(importing, row, 1, &bad);
    if (text != NULL)
        draft_text(node, text);
    free(text);
}

/* A changed table is another one: it must have another version, is a draft, and names the sheet
 * among its sources. */
static int make_changed(struct importing *importing, xmlNodePtr root, struct cte_error *error)
{
    struct plan *plan = &importing->plan;
    const char *version, *date, *title, *file = plan_get(plan, "file"),
                                        *slash = strrchr(importing->sheet.path, '/');
    if (plan_get(plan, "version") == NULL)
        return cte_fail(error, CTE_BAD_INPUT,
                        "%s: the table differs from the one that was exported; a version never "
                        "changes: set version, source and date, and it "
                        "becomes a draft of its own",
                        importing->sheet.path);
    if (plan_need(plan, "version", &version, error) != CTE_OK ||
        plan_need(plan, "source", &title, error) != CTE_OK ||
        plan_need(plan, "date", &date, error) != CTE_OK)
        return error->status;
    if (strcmp((const char *)root->name, "crosswalk") == 0 &&
        xmlHasProp(root, (const xmlChar *)"target-layout") == NULL &&
        draft_target(root, plan, &importing->tables, &importing->said, error) != CTE_OK)
        return error->status;
    xmlSetProp(root, (const xmlChar *)"version", (const xmlChar *)version);
    xmlSetProp(root, (const xmlChar *)"status", (const xmlChar *)"draft");
    if (file == NULL)
        file = slash != NULL ? slash + 1 : importing->sheet.path;
    int status = draft_put_source(
        root, &(struct draft_source){file, title, date, importing->sheet.sha256}, error);
    xmlNodePtr made = xmlGetLastChild(root), last = first_element(root, "source");
    for (xmlNodePtr next = last; next != NULL && next != made; next = next_element(next, "source"))
        last = next;
    if (status == CTE_OK && last != NULL && last != made)
        xmlAddNextSibling(last, made);
    return status;
}

/* Whether a spreadsheet that changed the table also changed what it shows: then the cells are
 * named. */
static int check_cells(struct importing *importing, struct cte_error *error)
{
    const struct sheet *sheet = &importing->sheet;
    importing->as_stored = false;
    for (size_t r = 1; r < sheet->row_count; r++) {
        for (size_t c = 0; c < sheet->rows[r].count; c++) {
            bool bad = false, mark = c == 0 && sheet->rows[r].cells[0].text != NULL &&
                                     strcmp(sheet->rows[r].cells[0].text, EXPORTED_HASH) == 0;
            if (mark)
                break;
            free(cell_text(importing, &sheet->rows[r], c, &bad));
        }
    }
    return importing->problems == 0
               ? CTE_OK
               : cte_fail(error, CTE_BAD_INPUT, "%s: %zu problems; no table was made", sheet->path,
                          importing->problems);
}

int restore(struct importing *importing, struct draft *draft, struct cte_error *error)
{
    const struct sheet *sheet = &importing->sheet;
    struct restoring restoring = {.importing = importing, .header = &sheet->rows[0]};
    const char *hash = NULL;
    importing->is_exported = true;
    importing->as_stored = true; /* what is unchanged is never doubted */
    for (size_t r = 1; r < sheet->row_count; r++) {
        const struct sheet_row *row = &sheet->rows[r];
        const char *first = sheet_cell(row, 0)->text;
        if (first != NULL && strcmp(first, EXPORTED_HASH) == 0)
            hash = sheet_cell(row, 1)->text;
        else if (row->count > 0)
            take_row(&restoring, row);
    }
    if (importing->problems > 0 || restoring.root == NULL || hash == NULL) {
        if (restoring.root != NULL)
            xmlFreeDoc(restoring.root->doc);
        return cte_fail(error, CTE_BAD_INPUT, "%s: %s; no table was made", sheet->path,
                        importing->problems > 0
                            ? "it is not a table any more"
                            : "the row of the table itself, or of its hash, is missing");
    }
    draft->wanted_sha256 = hash;
    int status = draft_write(importing->request, &importing->tables, restoring.root, draft, error);
    draft->wanted_sha256 = NULL;
    if (status == CTE_OK && draft->differs && (status = check_cells(importing, error)) == CTE_OK &&
        (status = make_changed(importing, restoring.root, error)) == CTE_OK &&
        (status = plan_all_used(&importing->plan, error)) == CTE_OK)
        status = draft_write(importing->request, &importing->tables, restoring.root, draft, error);
    xmlFreeDoc(restoring.root->doc);
    return status;
}
