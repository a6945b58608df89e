/* What the name of a source says of it. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "codetables/base/memory.h"
#include "pipeline/stream/source_internal.h"

bool has_ending(const char *path, const char *ending)
{
    size_t length = strlen(path), tail = strlen(ending);
    return length > tail && strcasecmp(path + length - tail, ending) == 0;
}

static size_t without_packing(const char *path)
{
    size_t length = strlen(path);
    if (has_ending(path, ".gz"))
        return length - 3;
    if (has_ending(path, ".zip"))
        return length - 4;
    return length;
}

char *source_stem(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *stem = cte_strdup(slash != NULL ? slash + 1 : path);
    stem[without_packing(stem)] = '\0';
    if (has_ending(stem, ".txt") || has_ending(stem, ".csv") || has_ending(stem, ".xml"))
        stem[strlen(stem) - 4] = '\0';
    else if (has_ending(stem, ".xlsx"))
        stem[strlen(stem) - 5] = '\0';
    return stem;
}

/* What the ending of a name says; NULL: nothing. */
static const char *format_of_name(const char *name)
{
    char *bare = cte_strdup(name);
    bare[without_packing(bare)] = '\0';
    const char *format = has_ending(bare, ".csv")    ? "csv"
                         : has_ending(bare, ".xml")  ? "xml"
                         : has_ending(bare, ".xlsx") ? "xlsx"
                         : has_ending(bare, ".txt")  ? "caret"
                                                     : NULL;
    free(bare);
    return format;
}

const char *source_format(const struct source *source)
{
    const char *format = format_of_name(source->name);
    if (format == NULL && source->member_name != NULL)
        format = format_of_name(source->member_name);
    return format != NULL ? format : "caret";
}

const char *format_of_held(const char *source_format)
{
    return strcmp(source_format, "xlsx") == 0 ? "caret" : source_format;
}
