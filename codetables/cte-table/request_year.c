#include <string.h>

#include "codetables/base/year.h"
#include "codetables/cte-table/commands.h"

int request_year(const struct request *request, int *year)
{
    *year = YEAR_NONE;
    if (request->year == NULL)
        return CTE_OK;
    *year = academic_year(request->year, strlen(request->year));
    return *year != YEAR_NONE
               ? CTE_OK
               : program_usage(request->program, "--year takes an academic year, as CCYY-CCYY");
}
