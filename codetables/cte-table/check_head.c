/* What every table begins with. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codetables/base/day.h"
#include "codetables/cte-table/check.h"
#include "codetables/base/memory.h"

/* A file from elsewhere may be a version that the folder holds too. */
static void check_name(struct checking *checking, const struct checked *table)
{
    const struct table_identity *identity = table->loaded.identity;
    for (size_t i = 0; i < checking->count; i++) {
        const struct checked *other = &checking->list[i];
        if (other != table && strcmp(other->file.kind, table->file.kind) == 0 &&
            strcmp(other->file.id, identity->id) == 0 &&
            version_compare(other->file.version, identity->version) == 0)
            report_error(&checking->findings, (struct place){.path = identity->path},
                         "%s %s is also %s; a table version stands once: give the newer of them a "
                         "version of its own",
                         identity->id, identity->version, other->file.path);
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
        found = found || strcmp(other->version[0] != '\0' ? other->version : VERSION_OF_NONE,
                                identity->supersedes) == 0;
        higher = higher || version_compare(other->version, identity->version) > 0;
    }
    if (identity->supersedes[0] != '\0' && !found)
        report_warning(&checking->findings, (struct place){.path = identity->path},
                       "supersedes version %s, which is not in the folder; put it back, so that "
                       "runs with it can be repeated",
                       identity->supersedes);
    if (strcmp(identity->status, "superseded") == 0 && !higher && identity->version[0] != '\0')
        report_warning(
            &checking->findings, (struct place){.path = identity->path},
            "is superseded, but there is no higher version; it is still the one that is taken");
}

static void check_sources(struct checking *checking, const struct checked *table)
{
    const struct table_identity *identity = table->loaded.identity;
    if (!is_latest(checking, table))
        return;
    for (size_t i = 0; i < identity->source_count; i++) {
        const char *date = identity->sources[i].date;
        if (strlen(date) > strlen("CCYY") && read_day_or_month(date, false) == DAY_NONE)
            report_warning(&checking->findings, (struct place){.path = identity->path},
                           "the date %s of its source %s is no day or month of the calendar", date,
                           identity->sources[i].file);
        char *path = cte_format("%s/sources/%s", checking->codetables, identity->sources[i].file);
        if (access(path, R_OK) != 0)
            report_warning(
                &checking->findings, (struct place){.path = identity->path},
                "its source %s is not in sources/; keep it there, so that others can see "
                "what the table rests on",
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
