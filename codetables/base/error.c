#include "codetables/base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int cte_fail(struct cte_error *error, int status, const char *format, ...)
{
    if (error->status != 0 && error->on_problem == NULL)
        return error->status;
    char later[sizeof error->text], *text = error->status == 0 ? error->text : later;
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof error->text, format, args);
    va_end(args);
    if (error->status == 0)
        error->status = status;
    if (error->on_problem != NULL)
        error->on_problem(error->context, text);
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
