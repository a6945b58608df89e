#include "codetables/cte-table/draft.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codetables/base/day.h"
#include "codetables/base/file.h"
#include "codetables/base/xml_out.h"
#include "codetables/cte-table/load.h"
#include "codetables/base/memory.h"

xmlNodePtr draft_new(const char *kind)
{
    xmlDocPtr doc = xmlNewDoc((const xmlChar *)"1.0");
    xmlNodePtr root = doc != NULL ? xmlNewDocNode(doc, NULL, (const xmlChar *)kind, NULL) : NULL;
    if (root == NULL)
        cte_die("out of memory for a table");
    xmlDocSetRootElement(doc, root);
    return root;
}

xmlNodePtr draft_add(xmlNodePtr parent, const char *name)
{
    xmlNodePtr node = xmlNewChild(parent, NULL, (const xmlChar *)name, NULL);
    if (node == NULL)
        cte_die("out of memory for a table");
    return node;
}

void draft_put(xmlNodePtr node, const char *name, const char *value)
{
    if (value != NULL && value[0] != '\0' &&
        xmlNewProp(node, (const xmlChar *)name, (const xmlChar *)value) == NULL)
        cte_die("out of memory for a table");
}

void draft_text(xmlNodePtr node, const char *text)
{
    xmlNodeAddContent(node, (const xmlChar *)text);
}

int draft_identity(xmlNodePtr root, struct plan *plan, struct cte_error *error)
{
    static const char *const needed[] = {"id", "version", "agency"};
    const char *values[3];
    for (size_t i = 0; i < 3; i++) {
        if (plan_need(plan, needed[i], &values[i], error) != CTE_OK)
            return error->status;
    }
    draft_put(root, "id", values[0]);
    draft_put(root, "version", values[1]);
    draft_put(root, "status", "draft");
    draft_put(root, "agency", values[2]);
    return CTE_OK;
}

static bool is_source_name(const char *file)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-/";
    return file[0] != '\0' && strchr("./-", file[0]) == NULL && file[strspn(file, good)] == '\0' &&
           strstr(file, "/.") == NULL && strstr(file, "//") == NULL;
}

/* A year alone, or a month or day that the calendar has. */
static bool is_source_date(const char *date)
{
    const size_t length = strlen(date);
    if (length == strlen("CCYY"))
        return strspn(date, "0123456789") == length;
    return (length == strlen("CCYY-MM") || length == strlen("CCYY-MM-DD")) &&
           read_day_or_month(date, false) != DAY_NONE;
}

int draft_put_source(xmlNodePtr root, const struct draft_source *source, struct cte_error *error)
{
    if (!is_source_name(source->file))
        return cte_fail(error, CTE_USAGE,
                        "%s: a source is kept under a name of letters, digits, point, hyphen and "
                        "underscore: set file to the name it "
                        "will have under codetables/sources",
                        source->file);
    if (!is_source_date(source->date))
        return cte_fail(error, CTE_USAGE,
                        "date = %s: is a day that the calendar has, CCYY-MM-DD, or CCYY-MM or CCYY",
                        source->date);
    xmlNodePtr node = draft_add(root, "source");
    draft_put(node, "file", source->file);
    draft_put(node, "title", source->title);
    draft_put(node, "date", source->date);
    draft_put(node, "sha256", source->sha256);
    return CTE_OK;
}

int draft_title(xmlNodePtr root, struct plan *plan, struct cte_error *error)
{
    const char *title;
    if (plan_need(plan, "title", &title, error) == CTE_OK)
        draft_text(draft_add(root, "title"), title);
    return error->status;
}

int draft_sheet(xmlNodePtr root, struct plan *plan, const char *path, const char *sha256,
                struct cte_error *error)
{
    const char *source, *date, *file = plan_get(plan, "file"), *slash = strrchr(path, '/');
    if (plan_need(plan, "source", &source, error) != CTE_OK ||
        plan_need(plan, "date", &date, error) != CTE_OK)
        return error->status;
    if (file == NULL)
        file = slash != NULL ? slash + 1 : path;
    for (xmlNodePtr node = first_element(root, "source"); node != NULL;
         node = next_element(node, "source")) {
        if (!attribute_is(node, "file", file))
            continue;
        if (!attribute_is(node, "sha256", sha256))
            return cte_fail(error, CTE_USAGE,
                            "%s: two sheets cannot be kept as %s: set file for each", path, file);
        if (attribute_is(node, "title", source) && attribute_is(node, "date", date))
            return CTE_OK;
    }
    return draft_put_source(root, &(struct draft_source){file, source, date, sha256}, error);
}

void draft_notes(xmlNodePtr root, struct plan *plan)
{
    size_t at = 0;
    const char *rest;
    for (struct setting *note; (note = plan_next(plan, "note.", &at, &rest)) != NULL;)
        draft_text(draft_add(root, "note"), note->value);
}

static void write_element(struct xml_out *xml, xmlNodePtr node)
{
    xml_open(xml, (const char *)node->name);
    for (xmlAttrPtr a = node->properties; a != NULL; a = a->next) {
        char *value = attribute(node, (const char *)a->name);
        xml_attribute(xml, (const char *)a->name, value);
        free(value);
    }
    if (node->children != NULL && first_element(node, NULL) == NULL) {
        char *text = element_text(node);
        xml_text(xml, text);
        free(text);
    }
    for (xmlNodePtr child = first_element(node, NULL); child != NULL;
         child = next_element(child, NULL))
        write_element(xml, child);
    xml_close(xml);
}

/* Loads the file that is not yet in place, and the code sets it names. */
static int try_to_load(struct tables *tables, const char *path, const char *kind,
                       struct cte_error *error)
{
    char *schema = cte_format("%s/schema/%s.xsd", tables->folder, kind);
    int status;
    if (strcmp(kind, "codeset") == 0) {
        struct codeset set;
        status = codeset_load(path, schema, &set, error);
        codeset_free(&set);
    } else {
        struct crosswalk crosswalk;
        status = crosswalk_load(path, schema, &crosswalk, error);
        for (size_t m = 0; m < crosswalk.map_count && status == CTE_OK; m++) {
            struct crosswalk_map *map = &crosswalk.maps[m];
            status = tables_codeset(tables, map->from, &map->set, error);
            for (size_t o = 0; o < map->output_count && status == CTE_OK; o++)
                status =
                    tables_codeset(tables, map->outputs[o].code_set, &map->outputs[o].set, error);
        }
        if (status == CTE_OK)
            status = crosswalk_check(&crosswalk, error);
        crosswalk_free(&crosswalk);
    }
    free(schema);
    return status;
}

/* The table has no name yet where it is checked, so a message names the one it would have had. */
static void name_in_message(struct cte_error *error, const char *temporary, const char *name)
{
    size_t length = strlen(temporary);
    if (strncmp(error->text, temporary, length) == 0) {
        char *text = cte_format("%s (not made)%s", name, error->text + length);
        snprintf(error->text, sizeof error->text, "%s", text);
        free(text);
    }
}

/* --out is a folder, or a file that is called as the table must be. */
static int place(const struct request *request, const char *name, struct arena *memory,
                 const char **folder, struct cte_error *error)
{
    struct stat about;
    if (request->out == NULL)
        return cte_fail(error, CTE_USAGE, "name with --out the folder where %s is to be made",
                        name);
    if (stat(request->out, &about) == 0 && S_ISDIR(about.st_mode)) {
        *folder = request->out;
    } else {
        const char *slash = strrchr(request->out, '/');
        if (strcmp(slash != NULL ? slash + 1 : request->out, name) != 0)
            return cte_fail(
                error, CTE_USAGE,
                "%s: the table must be called %s, or it would not be found; name that, or a folder",
                request->out, name);
        *folder = path_folder(memory, request->out);
    }
    char *path = cte_format("%s/%s", *folder, name);
    if (file_is_there(path, error))
        cte_fail(error, CTE_CANNOT_CREATE,
                 "%s: is already there; a table version never changes, so set another version",
                 path);
    free(path);
    return error->status;
}

int draft_write(const struct request *request, struct tables *tables, xmlNodePtr root,
                struct draft *draft, struct cte_error *error)
{
    struct arena memory = {0};
    const char *folder = NULL,
               *name =
                   arena_format(&memory, "%s-%s.xml", copy_attribute_or(&memory, root, "id", ""),
                                copy_attribute_or(&memory, root, "version", ""));
    struct output *output = &draft->output;
    *draft = (struct draft){.wanted_sha256 = draft->wanted_sha256};
    if (strchr(name, '/') != NULL)
        cte_fail(error, CTE_USAGE,
                 "%s: an identifier is lower-case letters, digits and hyphens, a version digits "
                 "and points",
                 name);
    int status =
        error->status == CTE_OK ? place(request, name, &memory, &folder, error) : error->status;
    if (status == CTE_OK && (status = output_open(output, folder, name, false, error)) == CTE_OK) {
        struct xml_out xml;
        struct cte_error wrong = {0};
        xml_begin(&xml, output);
        write_element(&xml, root);
        const bool is_sound = xml_end(&xml, &wrong) == CTE_OK;
        status = output_close(output, error);
        if (status == CTE_OK && !is_sound)
            status = cte_fail(error, CTE_BAD_INPUT,
                              "%s (not made): holds a character that XML cannot hold", name);
    }
    const bool is_wanted = status == CTE_OK && (draft->wanted_sha256 == NULL ||
                                                strcmp(draft->wanted_sha256, output->sha256) == 0);
    draft->differs = status == CTE_OK && !is_wanted;
    if (is_wanted && (status = try_to_load(tables, output->temporary, (const char *)root->name,
                                           error)) != CTE_OK)
        name_in_message(error, output->temporary, name);
    if (is_wanted && status == CTE_OK)
        draft->path = cte_format("%s/%s", folder, name);
    else
        output_discard(output);
    arena_free(&memory);
    return status;
}

int draft_publish(struct draft *draft, struct cte_error *error)
{
    const int status = close_out(&draft->output, error);
    free(draft->path);
    draft->path = NULL;
    return status;
}
