/* new-version: the next version of a table to work on. Byte for byte the old one, but for the
 * version, the status, which is draft, and the link to what it supersedes; released tables are
 * never edited. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codetables/base/file.h"
#include "codetables/cte-table/load.h"
#include "codetables/cte-table/commands.h"
#include "codetables/base/memory.h"

/* What the start tag of the root element holds, as it stands in the file. */
struct start_tag {
    const char *name_end; /* after the element's name */
    const char *end;      /* its > or /> */
};

/* The table was parsed before, so that its syntax is sound; only where the root begins is to be
 * found. */
static struct start_tag find_start_tag(const char *bytes, const char *stop)
{
    const char *at = bytes;
    for (;;) {
        at = memchr(at, '<', (size_t)(stop - at));
        if (at == NULL)
            cte_die("a table that was parsed has no root element");
        size_t left = (size_t)(stop - at);
        const char *end = NULL;
        if (left > 4 && memcmp(at, "<!--", 4) == 0)
            end = memmem(at + 4, left - 4, "-->", 3);
        else if (at[1] == '?')
            end = memmem(at, left, "?>", 2);
        else
            break;
        if (end == NULL)
            cte_die("a table that was parsed does not end");
        at = end + 1;
    }
    struct start_tag tag = {at + strcspn(at, " \t\r\n/>"), NULL};
    char quote = '\0';
    for (at = tag.name_end; quote != '\0' || (*at != '>' && *at != '/'); at++) {
        if (quote != '\0' ? *at == quote : *at == '"' || *at == '\'')
            quote = quote != '\0' ? '\0' : *at;
    }
    tag.end = at;
    return tag;
}

/* The value of an attribute between its quotes; false where there is none. */
static bool find_value(const struct start_tag *tag, const char *name, const char **value,
                       const char **value_end)
{
    const char *at = tag->name_end;
    while (at < tag->end) {
        at += strspn(at, " \t\r\n");
        const char *name_end = at + strcspn(at, " \t\r\n=");
        const char *quote = strpbrk(name_end, "\"'");
        if (at >= tag->end || quote == NULL || quote >= tag->end)
            return false;
        const char *end = strchr(quote + 1, *quote);
        if ((size_t)(name_end - at) == strlen(name) && memcmp(at, name, strlen(name)) == 0) {
            *value = quote + 1;
            *value_end = end;
            return true;
        }
        at = end + 1;
    }
    return false;
}

struct edit {
    const char *from, *to; /* what is replaced */
    const char *text;
};

static int compare_edits(const void *x, const void *y)
{
    const struct edit *a = x, *b = y;
    return (a->from > b->from) - (a->from < b->from);
}

/* Writes the old bytes with the three attributes set. */
static void write_version(struct output *output, const char *bytes, size_t length, const char *old,
                          const char *version)
{
    struct start_tag tag = find_start_tag(bytes, bytes + length);
    struct arena memory = {0};
    struct edit edits[3] = {{tag.end, tag.end, arena_format(&memory, " version=\"%s\"", version)},
                            {tag.end, tag.end, " status=\"draft\""},
                            {NULL, NULL, NULL}};
    const char *value, *end;
    if (find_value(&tag, "status", &value, &end))
        edits[1] = (struct edit){value, end, "draft"};
    if (find_value(&tag, "version", &value, &end))
        edits[0] = (struct edit){value, end, version};
    if (find_value(&tag, "supersedes", &value, &end)) {
        edits[2] = (struct edit){value, end, old};
    } else {
        /* behind the version's quote */
        const char *after = edits[0].to < tag.end ? edits[0].to + 1 : tag.end;
        edits[2] = (struct edit){after, after, arena_format(&memory, " supersedes=\"%s\"", old)};
    }
    qsort(edits, 3, sizeof *edits, compare_edits);
    const char *at = bytes;
    for (size_t i = 0; i < 3; i++) {
        output_put(output, at, (size_t)(edits[i].from - at));
        output_text(output, edits[i].text);
        at = edits[i].to;
    }
    arena_free(&memory);
    output_put(output, at, (size_t)(bytes + length - at));
}

static const char *old_version(const struct table_file *file)
{
    return file->version[0] != '\0' ? file->version : VERSION_OF_NONE;
}

/* What must hold before anything is written. */
static int check_asked(const struct request *request, const struct table_file *file,
                       const char *folder, const char *version, struct cte_error *error)
{
    struct table_files files;
    bool is_layout = strcmp(file->kind, "layout") == 0;
    if (file->version[0] == '\0' && !is_layout)
        return cte_fail(error, CTE_USAGE,
                        "%s: a table of kind %s has no version of which another could be the next",
                        file->path, file->kind);
    if (is_layout && is_version(version) && strchr(version, '.') == NULL)
        return cte_fail(error, CTE_USAGE,
                        "%s: the version of a layout has a point in it, such as 2.1; its ID may "
                        "end with a number without one",
                        version);
    if (!is_version(version))
        return cte_fail(error, CTE_USAGE,
                        "%s: a version is numbers with points between them, such as 2.1", version);
    if (version_compare(version, file->version) <= 0)
        return cte_fail(
            error, CTE_USAGE,
            "version %s is not above %s, of which it is to be the next; name a higher one", version,
            old_version(file));
    if (find_tables(request->program->codetables, &files, error) != CTE_OK)
        return error->status;
    for (size_t i = 0; i < files.count; i++) {
        const struct table_file *other = &files.list[i];
        if (strcmp(other->kind, file->kind) == 0 && strcmp(other->id, file->id) == 0 &&
            version_compare(other->version, version) == 0)
            cte_fail(error, CTE_CANNOT_CREATE,
                     "%s: is already there; a table version never changes, so name another version",
                     other->path);
    }
    table_files_free(&files);
    if (error->status != CTE_OK)
        return error->status;
    char *path = cte_format("%s/%s-%s.xml", folder, file->id, version);
    if (file_is_there(path, error))
        cte_fail(error, CTE_CANNOT_CREATE,
                 "%s: is already there; a table version never changes, so name another version",
                 path);
    free(path);
    return error->status;
}

static int make_version(const struct request *request, const struct table_file *file,
                        const char *version, struct cte_error *error)
{
    struct table_identity identity = {0};
    struct output output = {0};
    xmlDocPtr doc = NULL;
    char *schema = schema_of_kind(request->program->codetables, file->kind);
    const char *slash = strrchr(file->path, '/');
    char *folder = request->out != NULL ? cte_strdup(request->out)
                   : slash != NULL      ? cte_format("%.*s", (int)(slash - file->path), file->path)
                                        : cte_strdup(".");
    char *name = cte_format("%s-%s.xml", file->id, version);
    struct file_content content = {0};
    int status = check_asked(request, file, folder, version, error);
    if (status == CTE_OK &&
        (status = table_open(file->path, schema, &identity, &doc, error)) == CTE_OK)
        status = table_bytes(file->path, &content, error);
    xmlFreeDoc(doc);
    table_close(&identity);
    doc = NULL;
    if (status == CTE_OK && (status = output_open(&output, folder, name, false, error)) == CTE_OK) {
        write_version(&output, content.bytes, content.length, old_version(file), version);
        status = output_close(&output, error);
        if (status == CTE_OK)
            status = table_open(output.temporary, schema, &identity, &doc, error);
        if (status == CTE_OK) {
            printf("%s/%s: a draft, the same as version %s but for its version and status\n",
                   folder, name, old_version(file));
            status = close_out(&output, error);
        }
        xmlFreeDoc(doc);
        table_close(&identity);
        output_discard(&output);
    }
    free(content.bytes);
    free(name);
    free(folder);
    free(schema);
    return status;
}

int command_new_version(const struct request *request)
{
    struct cte_error error = {0};
    struct table_file file = {0};
    if (request->operand_count != 2)
        return program_usage(
            request->program,
            "new-version takes a table (ID, ID@VERSION or a file) and the new version");
    if (find_table(request->program->codetables, request->operands[0], &file, &error) != CTE_OK ||
        make_version(request, &file, request->operands[1], &error) != CTE_OK)
        program_fail(request->program, &error);
    table_file_free(&file);
    return error.status;
}
