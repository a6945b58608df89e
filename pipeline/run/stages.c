#include "pipeline/run/stages.h"

const char *const stage_names[PROGRAMS] = {"cte-read", "cte-recode", "cte-validate", "cte-write",
                                           "cte-index"};
