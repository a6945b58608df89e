#include "codetables/base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int cte_fail(struct cte_error *error, int status, const char *format, ...)
{
    if (error->status != 0 && error->hear == NULL)
        return error->status;
    char later[sizeof error->text], *text = error->status == 0 ? error->text : later;
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof error->text, format, args);
    va_end(args);
    if (error->status == 0)
        error->status = status;
    if (error->hear != NULL)
        error->hear(error->context, text);
    return error->status;
}

bool cte_is_failure(unsigned long long status)
{
    static const unsigned failures[] = {CTE_USAGE, CTE_BAD_INPUT,     CTE_NO_INPUT,
                                        CTE_BUG,   CTE_CANNOT_CREATE, CTE_IO,
                                        CTE_BUSY,  CTE_NO_PERMISSION, CTE_BAD_TABLE};
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
        if (failures[i] == status)
            return true;
    }
    return false;
}

void cte_die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("internal error: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(CTE_BUG);
}

void *cte_alloc(unsigned long size)
{
    void *p = malloc(size ? size : 1);
    if (p == NULL)
        cte_die("out of memory (%lu bytes)", size);
    return p;
}

void *cte_zalloc(unsigned long count, unsigned long size)
{
    void *p = calloc(count ? count : 1, size ? size : 1);
    if (p == NULL)
        cte_die("out of memory (%lu times %lu bytes)", count, size);
    return p;
}

void *cte_realloc(void *old, unsigned long size)
{
    void *p = realloc(old, size ? size : 1);
    if (p == NULL)
        cte_die("out of memory (%lu bytes)", size);
    return p;
}

char *cte_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    return memcpy(cte_alloc(size), text, size);
}

char *cte_format(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0)
        cte_die("a message cannot be formatted");
    char *text = cte_alloc((size_t)length + 1);
    va_start(args, format);
    vsnprintf(text, (size_t)length + 1, format, args);
    va_end(args);
    return text;
}
