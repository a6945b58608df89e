#include "codetables/model/released.h"

#include <stdlib.h>
#include <string.h>

#include "codetables/base/file.h"
#include "codetables/base/memory.h"
#include "codetables/model/parse_table.h"

static bool is_hash(const char *text)
{
    return strspn(text, "0123456789abcdef") == 64 && text[64] == ' ' &&
           (text[65] == ' ' || text[65] == '*') && text[66] != '\0';
}

int released_read(const char *folder, struct released *released, struct cte_error *error)
{
    struct file_content content;
    *released = (struct released){.path = cte_format("%s/SHA256SUMS", folder), .is_read = true};
    if (!file_is_there(released->path, error) ||
        table_bytes(released->path, &content, error) != CTE_OK)
        return error->status;
    char *rest = content.bytes;
    long number = 0;
    for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
        number++;
        if (line[0] == '\0')
            continue;
        if (!is_hash(line)) {
            cte_fail(error, CTE_BAD_TABLE, "%s:%ld: is no line of sha256sum; write it anew",
                     released->path, number);
            continue;
        }
        GROW(released->tables, released->count, released->room);
        struct released_table *table = &released->tables[released->count++];
        *table = (struct released_table){.name = cte_strdup(line + 66), .line = number};
        memcpy(table->sha256, line, 64);
    }
    free(content.bytes);
    return error->status;
}

int released_are_there(const char *folder, const struct released *released, struct cte_error *error)
{
    for (size_t i = 0; i < released->count; i++) {
        char *path = cte_format("%s/%s", folder, released->tables[i].name);
        struct cte_error trouble = {0};
        if (!file_is_there(path, &trouble) && trouble.status == CTE_OK)
            cte_fail(error, CTE_BAD_TABLE,
                     "%s:%ld: %s was released and is not there; put it back, released tables stay",
                     released->path, released->tables[i].line, released->tables[i].name);
        else if (trouble.status != CTE_OK)
            cte_fail(error, trouble.status, "%s", trouble.text);
        free(path);
    }
    return error->status;
}

int released_unchanged(const char *folder, const struct released *released, const char *path,
                       const char *sha256, struct cte_error *error)
{
    size_t length = strlen(folder);
    if (strncmp(path, folder, length) != 0 || path[length] != '/')
        return error->status;
    for (size_t i = 0; i < released->count; i++) {
        if (strcmp(released->tables[i].name, path + length + 1) == 0 &&
            strcmp(released->tables[i].sha256, sha256) != 0)
            cte_fail(error, CTE_BAD_TABLE,
                     "%s: was released and has been changed since (%s says otherwise); put the "
                     "released file back, and make what "
                     "is new a version of its own: cte-table new-version",
                     path, released->path);
    }
    return error->status;
}

void released_free(struct released *released)
{
    for (size_t i = 0; i < released->count; i++)
        free(released->tables[i].name);
    free(released->tables);
    free(released->path);
    *released = (struct released){0};
}
