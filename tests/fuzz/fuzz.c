#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>

void must_hold(int condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "a promise does not hold: %s\n", what);
    abort();
}
