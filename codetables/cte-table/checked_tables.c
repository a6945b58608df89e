/* The tables that are checked, beside one another: which of several versions is the one that
 * counts, and which of them are not sound. */
#include <string.h>

#include "codetables/cte-table/check.h"

bool is_latest(const struct checking *checking, const struct checked *table)
{
    for (size_t i = 0; i < checking->count; i++) {
        const struct table_file *other = &checking->list[i].file;
        if (strcmp(other->kind, table->file.kind) == 0 && strcmp(other->id, table->file.id) == 0 &&
            version_compare(other->version, table->file.version) > 0)
            return false;
    }
    return true;
}

bool is_superseded(const struct checking *checking, const struct checked *table)
{
    for (size_t i = 0; i < checking->count; i++) {
        const struct table_file *other = &checking->list[i].file;
        const char *version =
            table->file.version[0] != '\0' ? table->file.version : VERSION_OF_NONE;
        if (strcmp(other->kind, table->file.kind) == 0 && strcmp(other->id, table->file.id) == 0 &&
            other->supersedes[0] != '\0' && version_compare(other->supersedes, version) >= 0 &&
            version_compare(other->version, version) > 0)
            return true;
    }
    return false;
}

bool is_unsound(const struct checking *checking, const char *kind, const char *id)
{
    for (size_t i = 0; i < checking->count; i++) {
        const struct checked *table = &checking->list[i];
        if (table->failed && strcmp(table->file.kind, kind) == 0 &&
            (id == NULL || table->file.id[0] == '\0' || strcmp(table->file.id, id) == 0))
            return true;
    }
    return false;
}
