#include "codetables/cte-table/find.h"

#include <errno.h>
#include <libxml/xmlreader.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codetables/base/file.h"
#include "codetables/base/memory.h"

char *schema_of_kind(const char *codetables, const char *kind)
{
    return cte_format("%s/schema/%s.xsd", codetables, kind);
}

static bool has_schema(const char *codetables, const char *kind, struct cte_error *error)
{
    char *path = schema_of_kind(codetables, kind);
    bool has = kind[0] != '\0' && strchr(kind, '/') == NULL && file_is_there(path, error);
    free(path);
    return has;
}

/* The kind of the tables in a folder, which is named for one or for many of them; NULL when it is
 * no folder of tables. */
static char *kind_of_folder(const char *codetables, const char *folder, struct cte_error *error)
{
    size_t length = strlen(folder);
    if (has_schema(codetables, folder, error))
        return cte_strdup(folder);
    char *kind =
        cte_format("%.*s", length > 0 && folder[length - 1] == 's' ? (int)length - 1 : 0, folder);
    if (has_schema(codetables, kind, error))
        return kind;
    free(kind);
    return NULL;
}

static char *reader_attribute(xmlTextReaderPtr reader, const char *name)
{
    xmlChar *value = xmlTextReaderGetAttribute(reader, (const xmlChar *)name);
    char *copy = cte_strdup(value != NULL ? (const char *)value : "");
    xmlFree(value);
    return copy;
}

static void ignore(void *context, const char *message, xmlParserSeverities severity,
                   xmlTextReaderLocatorPtr locator)
{
    (void)context, (void)message, (void)severity, (void)locator;
}

/* Reads as far as the root element and its title. What cannot be read is left empty: who loads the
 * table will say why. */
static void read_root(struct table_file *file)
{
    /* a path is no address, whatever is in it, and of a folder libxml2 would speak itself */
    int fd = file_open(file->path);
    xmlTextReaderPtr reader = fd >= 0 ? xmlReaderForFd(fd, NULL, NULL, XML_PARSE_NONET) : NULL;
    char *root = NULL;
    if (reader != NULL)
        xmlTextReaderSetErrorHandler(reader, ignore, NULL);
    while (reader != NULL && xmlTextReaderRead(reader) == 1) {
        int type = xmlTextReaderNodeType(reader);
        if (type == XML_READER_TYPE_DOCUMENT_TYPE)
            break;
        if (type != XML_READER_TYPE_ELEMENT)
            continue;
        if (root != NULL) {
            if (xmlStrEqual(xmlTextReaderConstName(reader), (const xmlChar *)"title")) {
                xmlChar *text = xmlTextReaderReadString(reader);
                file->title = cte_strdup(text != NULL ? (const char *)text : "");
                xmlFree(text);
            }
            break;
        }
        root = cte_strdup((const char *)xmlTextReaderConstName(reader));
        file->id = reader_attribute(reader, "id");
        file->version = reader_attribute(reader, "version");
        file->supersedes = reader_attribute(reader, "supersedes");
        file->status = reader_attribute(reader, "status");
    }
    xmlFreeTextReader(reader);
    if (fd >= 0)
        close(fd);
    if (file->kind == NULL)
        file->kind = root;
    else
        free(root);
    char **texts[] = {&file->kind,       &file->id,     &file->version,
                      &file->supersedes, &file->status, &file->title};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (*texts[i] == NULL)
            *texts[i] = cte_strdup("");
    }
}

static int compare_files(const void *x, const void *y)
{
    const struct table_file *a = x, *b = y;
    int order = strcmp(a->folder, b->folder);
    if (order == 0)
        order = strcmp(a->id, b->id);
    if (order == 0)
        order = version_compare(a->version, b->version);
    return order != 0 ? order : strcmp(a->path, b->path);
}

static int add_folder(const char *codetables, const char *folder, const char *kind,
                      struct table_files *files, struct cte_error *error)
{
    char *path = cte_format("%s/%s", codetables, folder), **names;
    size_t found;
    int status = CTE_OK;
    if (file_names(path, file_is_xml, &names, &found) != 0 && errno != ENOTDIR)
        status = file_fail(path, "cannot read the folder of code tables", CTE_BAD_TABLE, error);
    for (size_t i = 0; i < found; i++) {
        GROW(files->list, files->count, files->room);
        struct table_file *file = &files->list[files->count++];
        *file = (struct table_file){.path = cte_format("%s/%s", path, names[i]),
                                    .folder = cte_strdup(folder),
                                    .kind = cte_strdup(kind)};
        read_root(file);
    }
    file_free_names(names, found);
    free(path);
    return status;
}

static bool is_seen(const char *name)
{
    return name[0] != '.';
}

int find_tables(const char *codetables, struct table_files *files, struct cte_error *error)
{
    char **names;
    size_t found;
    *files = (struct table_files){0};
    if (file_names(codetables, is_seen, &names, &found) != 0) {
        const int why = errno;
        return cte_fail(error, file_status(why, CTE_BAD_TABLE),
                        "%s: cannot read the folder of code tables: %s; name it with --codetables",
                        codetables, strerror(why));
    }
    int status = CTE_OK;
    for (size_t i = 0; i < found && status == CTE_OK; i++) {
        char *kind = kind_of_folder(codetables, names[i], error);
        status = error->status;
        if (kind != NULL && status == CTE_OK)
            status = add_folder(codetables, names[i], kind, files, error);
        free(kind);
    }
    file_free_names(names, found);
    if (status == CTE_OK && files->count == 0)
        status =
            cte_fail(error, CTE_BAD_TABLE,
                     "%s: holds no code tables; name their folder with --codetables", codetables);
    if (status != CTE_OK) {
        table_files_free(files);
        return status;
    }
    qsort(files->list, files->count, sizeof *files->list, compare_files);
    return CTE_OK;
}

void table_file_free(struct table_file *file)
{
    char *texts[] = {file->path,    file->folder,     file->kind,   file->id,
                     file->version, file->supersedes, file->status, file->title};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free(texts[i]);
    *file = (struct table_file){0};
}

void table_files_free(struct table_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        table_file_free(&files->list[i]);
    free(files->list);
    *files = (struct table_files){0};
}

bool is_highest(const struct table_files *files, const struct table_file *file)
{
    for (size_t i = 0; i < files->count; i++) {
        const struct table_file *other = &files->list[i];
        if (strcmp(other->kind, file->kind) == 0 && strcmp(other->id, file->id) == 0 &&
            version_compare(other->version, file->version) > 0)
            return false;
    }
    return true;
}

int find_file_table(const char *codetables, const char *path, struct table_file *file,
                    struct cte_error *error)
{
    *file = (struct table_file){.path = cte_strdup(path)};
    FILE *table = file_stream(path);
    if (table == NULL)
        return file_fail(path, "cannot open the table", CTE_NO_INPUT, error);
    fclose(table);
    read_root(file);
    if (file->kind[0] == '\0')
        return cte_fail(error, CTE_BAD_TABLE,
                        "%s: is not a code table: no root element can be read; correct the XML",
                        path);
    if (!has_schema(codetables, file->kind, error))
        return cte_fail(error, CTE_BAD_TABLE,
                        "%s: is not a code table: %s/schema holds no schema for <%s>", path,
                        codetables, file->kind);
    return CTE_OK;
}

int find_table(const char *codetables, const char *named, struct table_file *file,
               struct cte_error *error)
{
    size_t length = strlen(named);
    if (strchr(named, '/') != NULL || (length > 4 && strcmp(named + length - 4, ".xml") == 0))
        return find_file_table(codetables, named, file, error);
    *file = (struct table_file){0};
    if (!is_table_reference(named))
        return cte_fail(error, CTE_USAGE, "'%s' " NO_TABLE_REFERENCE "; a file ends with .xml",
                        named);
    struct table_files files;
    size_t id_length = strcspn(named, "@");
    int status = find_tables(codetables, &files, error);
    if (status != CTE_OK)
        return status;
    struct table_file *best = NULL;
    for (size_t i = 0; i < files.count; i++) {
        struct table_file *one = &files.list[i];
        if (strlen(one->id) != id_length || memcmp(one->id, named, id_length) != 0 ||
            (named[id_length] == '@' &&
             strcmp(one->version[0] != '\0' ? one->version : VERSION_OF_NONE,
                    named + id_length + 1) != 0))
            continue;
        if (best == NULL || strcmp(one->kind, "crosswalk") == 0 ||
            (strcmp(one->kind, best->kind) == 0 &&
             version_compare(one->version, best->version) > 0))
            best = one;
    }
    if (best == NULL) {
        status = cte_fail(error, CTE_BAD_TABLE,
                          "%s: there is no table %s; cte-table list shows what there is",
                          codetables, named);
    } else {
        *file = *best;
        *best = (struct table_file){0};
    }
    table_files_free(&files);
    return status;
}
