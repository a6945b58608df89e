#include <string.h>

#include "codetables/base/year.h"
#include "codetables/cte-table/commands.h"

int request_year(const struct request *request, int *year, struct cte_error *error)
{
    const char *text = request->year;
    *year = text != NULL ? academic_year(text, strlen(text)) : YEAR_NONE;
    return text == NULL || *year != YEAR_NONE
               ? CTE_OK
               : cte_fail(error, CTE_USAGE, "--year %s: is an academic year, CCYY-CCYY", text);
}
