/* planted_unset.c - a byte that nobody wrote decides something: linked into one program, so that
 * `make valgrind` is seen to fail.
 *
 * The program does its work all the same, and its results are right.
 */
#include <stdlib.h>

static volatile int decided;

static void plant(void) __attribute__((constructor));
static void plant(void)
{
    volatile char *volatile byte = malloc(1);
    if (byte != NULL && *byte == 'x')
        decided = 1;
    free((void *)byte);
}
