#include "pipeline/run/policy.h"

#include <string.h>

const struct policy_option policy_options[] = {
    {"no-crosswalk", offsetof(struct policy, no_crosswalk), true, true},
    {"target", offsetof(struct policy, target), false, true},
    {"layout", offsetof(struct policy, layout), false, true},
    {"format", offsetof(struct policy, format), false, true},
    {"encoding", offsetof(struct policy, encoding), false, true},
    {"max-unpacked", offsetof(struct policy, max_unpacked), false, false},
    {"shrink", offsetof(struct policy, shrink), false, false},
    {"duplicates", offsetof(struct policy, duplicates), false, true},
    {"refused", offsetof(struct policy, refused), false, false},
    {"as-of", offsetof(struct policy, as_of), false, true},
    {"max-held", offsetof(struct policy, max_held), false, false},
    {"max-unmapped", offsetof(struct policy, max_unmapped), false, false},
    {"max-shrink", offsetof(struct policy, max_shrink), false, false},
    {"suppress-small", offsetof(struct policy, hide_small), true, false},
    {"public", offsetof(struct policy, make_public), true, false},
    {"show-small", offsetof(struct policy, show_small), true, false},
};
const size_t policy_option_count = sizeof policy_options / sizeof *policy_options;

const char *policy_value(const struct policy *policy, const struct policy_option *option)
{
    const char *at = (const char *)policy + option->offset;
    if (option->is_flag)
        return *(const bool *)at ? "yes" : NULL;
    return *(const char *const *)at;
}

void policy_set(struct policy *policy, const char *name, char *value)
{
    for (size_t i = 0; i < policy_option_count; i++) {
        char *at = (char *)policy + policy_options[i].offset;
        if (strcmp(policy_options[i].name, name) != 0)
            continue;
        if (policy_options[i].is_flag)
            *(bool *)at = *(bool *)at || strcmp(value, "yes") == 0;
        else if (*(const char **)at == NULL)
            *(const char **)at = value;
    }
}

bool policy_changes_bytes(const struct policy *policy)
{
    for (size_t i = 0; i < policy_option_count; i++) {
        if (policy_options[i].changes_bytes && policy_value(policy, &policy_options[i]) != NULL)
            return true;
    }
    return policy->crosswalks.count > 0 || policy->decisions != NULL ||
           policy->input_format != NULL;
}
