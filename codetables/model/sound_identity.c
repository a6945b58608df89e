#include <errno.h>
#include <libxml/xmlreader.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/file.h"
#include "codetables/model/sound.h"

/* The agency of tables that this project states itself: no source for what is published. */
static const char ourselves[] = "cte-pipeline";

static void check_name(const struct table_identity *identity, struct cte_error *error)
{
    const char *slash = strrchr(identity->path, '/');
    bool has_version = identity->version[0] != '\0';
    char *wanted =
        cte_format("%s%s%s.xml", identity->id, has_version ? "-" : "", identity->version);
    if (strcmp(slash != NULL ? slash + 1 : identity->path, wanted) != 0)
        cte_fail(error, CTE_BAD_TABLE, "%s: holds %s%s%s, so it must be named %s", identity->path,
                 identity->id, has_version ? " version " : "", identity->version, wanted);
    free(wanted);
}

/* The folder of the table's file, with its slash. To be freed. */
static char *folder_of(const struct table_identity *identity)
{
    const char *slash = strrchr(identity->path, '/');
    return slash != NULL ? cte_format("%.*s", (int)(slash - identity->path + 1), identity->path)
                         : cte_strdup("./");
}

/* One version in two spellings, 1 and 01: which of them is taken would be chance. */
static void check_twins(const struct table_identity *identity, struct cte_error *error)
{
    char *path = folder_of(identity);
    size_t id_length = strlen(identity->id);
    char **names;
    size_t count;
    if (file_names(path, file_is_xml, &names, &count) != 0) {
        file_fail(path, "cannot read the folder", CTE_BAD_TABLE, error);
        count = 0;
    }
    for (size_t i = 0; i < count; i++) {
        const size_t length = strlen(names[i]);
        if (length < id_length + 6 || memcmp(names[i], identity->id, id_length) != 0 ||
            names[i][id_length] != '-')
            continue;
        char *other =
            cte_format("%.*s", (int)(length - 4 - id_length - 1), names[i] + id_length + 1);
        if (strcmp(other, identity->version) != 0 && version_compare(other, identity->version) == 0)
            cte_fail(error, CTE_BAD_TABLE,
                     "%s: %s %s is also %s%s; a table version stands once: give the newer of them "
                     "a version of its own",
                     identity->path, identity->id, identity->version, path, names[i]);
        free(other);
    }
    file_free_names(names, count);
    free(path);
}

struct looked_into {
    FILE *file;
    int failed; /* errno of a read that failed; the parser would take it for the end */
};

static int read_piece(void *context, char *buffer, int room)
{
    struct looked_into *looked = context;
    const size_t got = fread(buffer, 1, (size_t)room, looked->file);
    if (got < (size_t)room && ferror(looked->file)) {
        looked->failed = errno;
        return -1;
    }
    return (int)got;
}

/* What the root element of a file says it supersedes; NULL where there is no such file, or no
 * table. To be freed. */
static char *read_supersedes(const char *path, struct cte_error *error)
{
    /* libxml2 would unpack and fetch what it opens itself */
    struct looked_into looked = {file_stream(path), 0};
    xmlTextReaderPtr reader = NULL;
    if (looked.file != NULL)
        reader = xmlReaderForIO(read_piece, NULL, &looked, NULL, NULL,
                                XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    else if (errno != ENOENT)
        file_fail(path, "cannot open the table", CTE_BAD_TABLE, error);
    char *text = NULL;
    while (reader != NULL && text == NULL && xmlTextReaderRead(reader) == 1) {
        int type = xmlTextReaderNodeType(reader);
        if (type == XML_READER_TYPE_DOCUMENT_TYPE)
            break;
        if (type != XML_READER_TYPE_ELEMENT)
            continue;
        xmlChar *value = xmlTextReaderGetAttribute(reader, (const xmlChar *)"supersedes");
        text = cte_strdup(value != NULL ? (const char *)value : "");
        xmlFree(value);
    }
    xmlFreeTextReader(reader);
    if (looked.file != NULL)
        fclose(looked.file);
    if (looked.failed != 0)
        cte_fail(error, CTE_IO, "%s: cannot read the table: %s", path, strerror(looked.failed));
    return text;
}

/* Each version supersedes a lower one, back to the first that is there, so that no two say it of
 * one another. */
static void check_supersedes(const struct table_identity *identity, struct cte_error *error)
{
    char *folder = folder_of(identity), *path = cte_strdup(identity->path),
         *version = cte_strdup(identity->version);
    char *before = cte_strdup(identity->supersedes);
    while (before != NULL && before[0] != '\0') {
        if (version_compare(before, version) >= 0) {
            cte_fail(error, CTE_BAD_TABLE,
                     "%s: version %s supersedes %s, which is not lower; correct one of them", path,
                     version, before);
            break;
        }
        free(path);
        free(version);
        version = before;
        path = strcmp(version, VERSION_OF_NONE) == 0
                   ? cte_format("%s%s.xml", folder, identity->id)
                   : cte_format("%s%s-%s.xml", folder, identity->id, version);
        before = read_supersedes(path, error);
    }
    free(before);
    free(version);
    free(path);
    free(folder);
}

int sound_identity(const struct table_identity *identity, struct cte_error *error)
{
    check_name(identity, error);
    check_twins(identity, error);
    check_supersedes(identity, error);
    if (strcmp(identity->status, "published") == 0 && strcmp(identity->agency, ourselves) == 0)
        cte_fail(error, CTE_BAD_TABLE,
                 "%s: is published, but the agency is this project; name the agency that states "
                 "it, or call it a draft",
                 identity->path);
    return error->status;
}
