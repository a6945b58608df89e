#include "pipeline/run/status.h"

#include <stddef.h>

#include "codetables/base/error.h"

int worse_status(int a, int b)
{
    static const int order[] = {CTE_BUG,       CTE_IO,   CTE_CANNOT_CREATE, CTE_NO_PERMISSION,
                                CTE_BAD_TABLE, CTE_BUSY, CTE_BAD_INPUT,     CTE_NO_INPUT,
                                CTE_SOME_LEFT, CTE_OK};
    const size_t count = sizeof order / sizeof *order;
    size_t rank_a = 0, rank_b = 0;
    while (rank_a < count && order[rank_a] != a)
        rank_a++;
    while (rank_b < count && order[rank_b] != b)
        rank_b++;
    if (rank_a == count || rank_b == count)
        return CTE_BUG;
    return rank_a < rank_b ? a : b;
}
