/* The options that make a run what it is: a manifest keeps them, the fingerprint holds them, and
 * --repeat takes them over. An option that is not here is forgotten by all three. */
#include "pipeline/cte-run/run.h"

#include <stddef.h>
#include <string.h>

const struct run_option run_options[] = {
    {"no-crosswalk", offsetof(struct run, no_crosswalk), true, true},
    {"target", offsetof(struct run, target), false, true},
    {"layout", offsetof(struct run, layout), false, true},
    {"format", offsetof(struct run, format), false, true},
    {"encoding", offsetof(struct run, encoding), false, true},
    {"max-unpacked", offsetof(struct run, max_unpacked), false, false},
    {"shrink", offsetof(struct run, shrink), false, false},
    {"duplicates", offsetof(struct run, duplicates), false, true},
    {"refused", offsetof(struct run, refused), false, false},
    {"as-of", offsetof(struct run, as_of), false, true},
    {"max-held", offsetof(struct run, max_held), false, false},
    {"max-unmapped", offsetof(struct run, max_unmapped), false, false},
    {"max-shrink", offsetof(struct run, max_shrink), false, false},
    {"suppress-small", offsetof(struct run, hide_small), true, false},
    {"public", offsetof(struct run, make_public), true, false},
    {"show-small", offsetof(struct run, show_small), true, false},
};
const size_t run_option_count = sizeof run_options / sizeof *run_options;

const char *option_value(const struct run *run, const struct run_option *option)
{
    const char *at = (const char *)run + option->offset;
    if (option->is_flag)
        return *(const bool *)at ? "yes" : NULL;
    return *(const char *const *)at;
}

void option_take(struct run *run, const char *name, char *value)
{
    for (size_t i = 0; i < run_option_count; i++) {
        char *at = (char *)run + run_options[i].offset;
        if (strcmp(run_options[i].name, name) != 0)
            continue;
        if (run_options[i].is_flag)
            *(bool *)at = *(bool *)at || strcmp(value, "yes") == 0;
        else if (*(const char **)at == NULL)
            *(const char **)at = value;
    }
}

bool options_change_bytes(const struct run *run)
{
    for (size_t i = 0; i < run_option_count; i++) {
        if (run_options[i].changes_bytes && option_value(run, &run_options[i]) != NULL)
            return true;
    }
    return run->crosswalks.count > 0 || run->decisions != NULL || run->input_format != NULL ||
           run->own_tables;
}
