/* What every table begins with, and the hashes of released tables. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stages/cte-table/check.h"

/* The agency of tables that this project states itself: no source for what is published. */
static const char ourselves[] = "cte-pipeline";

/* Released tables, with their hashes, as sha256sum writes and checks them. */
static const char recorded_name[] = "SHA256SUMS";

static void check_name(struct checking *checking, const struct checked *table)
{
    const struct table_identity *identity = table->loaded.identity;
    const char *slash = strrchr(identity->path, '/'), *name = slash != NULL ? slash + 1 : identity->path;
    char *wanted = cte_format("%s%s%s.xml", identity->id, identity->version[0] != '\0' ? "-" : "", identity->version);
    if (strcmp(name, wanted) != 0)
        check_error(checking, identity->path, 0, 0, "holds %s, so it must be named %s", identity->id, wanted);
    free(wanted);
    for (size_t i = 0; i < checking->count; i++) {
        const struct checked *other = &checking->list[i];
        if (other != table && strcmp(other->file.kind, table->file.kind) == 0 && strcmp(other->file.id, identity->id) == 0 &&
            version_compare(other->file.version, identity->version) == 0)
            check_error(checking, identity->path, 0, 0,
                        "%s %s is also %s; a table version stands once: give the newer of them a version of its own", identity->id,
                        identity->version, other->file.path);
    }
}

/* An older version must be there, where this one says that it takes the place of one. */
static void check_versions(struct checking *checking, const struct checked *table)
{
    const struct table_identity *identity = table->loaded.identity;
    bool found = false, higher = false;
    for (size_t i = 0; i < checking->count; i++) {
        const struct table_file *other = &checking->list[i].file;
        if (strcmp(other->kind, table->file.kind) != 0 || strcmp(other->id, identity->id) != 0)
            continue;
        found = found || strcmp(other->version[0] != '\0' ? other->version : VERSION_OF_NONE, identity->supersedes) == 0;
        higher = higher || version_compare(other->version, identity->version) > 0;
    }
    if (identity->supersedes[0] != '\0' && version_compare(identity->supersedes, identity->version) >= 0)
        check_error(checking, identity->path, 0, 0, "version %s supersedes %s, which is not lower; correct one of them",
                    identity->version, identity->supersedes);
    else if (identity->supersedes[0] != '\0' && !found)
        check_warning(checking, identity->path, 0, 0,
                      "supersedes version %s, which is not in the folder; put it back, so that runs with it can be repeated",
                      identity->supersedes);
    if (strcmp(identity->status, "superseded") == 0 && !higher && identity->version[0] != '\0')
        check_warning(checking, identity->path, 0, 0,
                      "is superseded, but there is no higher version; it is still the one that is taken");
}

static void check_sources(struct checking *checking, const struct checked *table)
{
    const struct table_identity *identity = table->loaded.identity;
    if (strcmp(identity->status, "published") == 0 && strcmp(identity->agency, ourselves) == 0)
        check_error(checking, identity->path, 0, 0,
                    "is published, but the agency is this project; name the agency that states it, or call it a draft");
    if (!is_latest(checking, table))
        return;
    for (size_t i = 0; i < identity->source_count; i++) {
        char *path = cte_format("%s/sources/%s", checking->codetables, identity->sources[i].file);
        if (access(path, R_OK) != 0)
            check_warning(checking, identity->path, 0, 0,
                          "its source %s is not in sources/; keep it there, so that others can see what the table rests on",
                          identity->sources[i].file);
        free(path);
    }
}

void check_head(struct checking *checking, const struct checked *table)
{
    check_name(checking, table);
    check_versions(checking, table);
    check_sources(checking, table);
}

/* ---- the hashes of released tables ---- */

static bool is_hash(const char *text)
{
    return strspn(text, "0123456789abcdef") == 64 && text[64] == ' ' && (text[65] == ' ' || text[65] == '*') && text[66] != '\0';
}

static void compare_hash(struct checking *checking, const char *recorded, long line, const char *hash, const char *name, bool all)
{
    char *path = cte_format("%s/%s", checking->codetables, name), *bytes = NULL, hex[65];
    const struct checked *table = NULL;
    size_t length = 0;
    for (size_t i = 0; i < checking->count; i++) {
        const struct checked *one = &checking->list[i];
        if (one->file.folder != NULL && one->asked && strcmp(one->file.path, path) == 0)
            table = one;
    }
    struct cte_error error = {0};
    if (table == NULL && all && access(path, F_OK) != 0) {
        check_error(checking, recorded, line, 0, "%s was released and is not there; put it back, released tables stay", name);
    } else if (table != NULL && table_bytes(path, &bytes, &length, &error) == CTE_OK) {
        sha256_hex(bytes, length, hex);
        if (memcmp(hex, hash, 64) != 0)
            check_error(
                checking, path, 0, 0,
                "was released and has been changed since (%s says otherwise); put the released file back, and make what is new "
                "a version of its own: cte-table new-version",
                recorded);
    }
    free(bytes);
    free(path);
}

void check_recorded(struct checking *checking, bool all)
{
    char *recorded = cte_format("%s/%s", checking->codetables, recorded_name), *bytes = NULL;
    size_t length = 0;
    struct cte_error error = {0};
    if (access(recorded, F_OK) == 0) {
        if (table_bytes(recorded, &bytes, &length, &error) != CTE_OK) {
            check_error(checking, recorded, 0, 0, "cannot be read: %s", error.text);
        } else {
            bytes = cte_realloc(bytes, length + 1);
            bytes[length] = '\0';
            long number = 0;
            char *rest = bytes;
            for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
                number++;
                if (line[0] == '\0')
                    continue;
                if (is_hash(line))
                    compare_hash(checking, recorded, number, line, line + 66, all);
                else
                    check_error(checking, recorded, number, 0, "is no line of sha256sum; write it anew");
            }
        }
    }
    free(bytes);
    free(recorded);
}
