/* How a run that is verified is told about, and the files that it lists. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "codetables/base/shown.h"
#include "pipeline/cte-run/verify.h"

static void report(const struct verifying *verifying, const char *name, const char *format,
                   va_list args) __attribute__((format(printf, 3, 0)));
static void report(const struct verifying *verifying, const char *name, const char *format,
                   va_list args)
{
    char text[1024];
    vsnprintf(text, sizeof text, format, args);
    char *file = name != NULL ? path_shown(name) : NULL, *shown = text_shown(text, strlen(text));
    program_say(verifying->program, "%s%s%s: %s", verifying->shown, file != NULL ? "/" : "",
                file != NULL ? file : "", shown);
    free(file);
    free(shown);
}

void verify_wrong(struct verifying *verifying, const char *name, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    report(verifying, name, format, args);
    va_end(args);
    verifying->wrong++;
}

void verify_open(struct verifying *verifying, const char *name, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    report(verifying, name, format, args);
    va_end(args);
    verifying->left_open++;
}

static void list_file(const char *hash, const char *name, void *context)
{
    struct verifying *verifying = context;
    verifying->listed =
        cte_realloc(verifying->listed, (verifying->listed_count + 1) * sizeof *verifying->listed);
    struct listed_file *listed = &verifying->listed[verifying->listed_count++];
    *listed = (struct listed_file){.name = cte_strdup(name)};
    snprintf(listed->hash, sizeof listed->hash, "%s", hash);
}

static int compare_listed(const void *x, const void *y)
{
    const struct listed_file *a = x, *b = y;
    return strcmp(a->name, b->name);
}

struct listed_file *verify_listed(const struct verifying *verifying, const char *name)
{
    const struct listed_file wanted = {.name = (char *)(uintptr_t)name};
    return verifying->listed_count == 0
               ? NULL
               : bsearch(&wanted, verifying->listed, verifying->listed_count, sizeof wanted,
                         compare_listed);
}

struct listed_file *verify_find(struct verifying *verifying, const char *name)
{
    struct listed_file *found = verify_listed(verifying, name);
    if (found != NULL)
        found->is_known = true;
    return found;
}

int verify_list(struct verifying *verifying, struct cte_error *error)
{
    if (read_sums(verifying->folder, list_file, verifying, error) != CTE_OK)
        return error->status;
    if (verifying->listed_count > 1)
        qsort(verifying->listed, verifying->listed_count, sizeof *verifying->listed,
              compare_listed);
    return CTE_OK;
}
