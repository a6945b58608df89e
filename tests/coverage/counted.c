/* counted.c - linked into each program of `make coverage`, whose counters lie in a file that all
 * processes share as memory. A program opens it before main() and may be confined, killed or ended
 * in any way afterwards. cte-run alone starts others once it is confined: they inherit its bounds,
 * and have to open the file within them. */
#include <stdlib.h>

#include "codetables/base/lock_down.h"

enum { FOLDERS_MAX = 16 };

__typeof__(lock_down) __wrap_lock_down;
extern __typeof__(lock_down) __real_lock_down __attribute__((weak));

/* Weak, for the fuzz targets have one of their own. */
__attribute__((weak)) int __wrap_lock_down(const struct lock_down *wanted)
{
    const char *counters = getenv("CTE_COUNTERS");
    const char *folders[FOLDERS_MAX] = {counters};
    struct lock_down wider = *wanted;
    if (wanted->may_start && wanted->write != NULL && counters != NULL) {
        for (size_t i = 0; i + 2 < FOLDERS_MAX && wanted->write[i] != NULL; i++)
            folders[i + 1] = wanted->write[i];
        wider.write = folders;
    }
    return __real_lock_down(&wider);
}
