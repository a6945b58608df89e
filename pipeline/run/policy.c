#include "pipeline/run/policy.h"

#include <string.h>

#include "codetables/model/tables.h"

#define IN_POLICY(member) .offset = offsetof(struct policy, member)

const struct policy_option policy_options[] = {
    {.name = "crosswalk",
     IN_POLICY(crosswalks),
     .kind = POLICY_LIST,
     .values = VALUES_TABLE,
     .letter = 'x',
     .value = "ID[@VERSION]",
     .help = "recode through this crosswalk; may be repeated, used in order (none: nothing is to "
             "be recoded)",
     .element = "crosswalk",
     .attribute = "ref",
     .stages = TOLD(STAGE_RECODE),
     .place = 1,
     .changes_bytes = true},
    {.name = "no-crosswalk",
     IN_POLICY(no_crosswalk),
     .kind = POLICY_FLAG,
     .place = 3,
     .changes_bytes = true},
    {.name = "target",
     IN_POLICY(target),
     .kind = POLICY_TEXT,
     .values = VALUES_TABLE,
     .letter = 't',
     .value = "LAYOUT",
     .help = "the layout to write (default: the crosswalks', else each record's own)",
     .element = "output",
     .attribute = "target",
     .stages = TOLD(STAGE_RECODE),
     .place = 4,
     .changes_bytes = true},
    {.name = "layout",
     IN_POLICY(layout),
     .kind = POLICY_TEXT,
     .values = VALUES_TABLE,
     .letter = 'l',
     .value = "ID[@VERSION]",
     .help = "read all records by this layout, not by their academic year",
     .element = "read",
     .attribute = "layout",
     .stages = TOLD(STAGE_READ) | TOLD(STAGE_INDEX),
     .place = 5,
     .changes_bytes = true},
    {.name = "decisions",
     IN_POLICY(decisions),
     .kind = POLICY_FILE,
     .letter = 'd',
     .value = "FILE",
     .help = "what the LEA decided where a crosswalk leaves a choice (CSV or .xlsx)",
     .element = "decisions",
     .attribute = "file",
     .stages = TOLD(STAGE_RECODE),
     .place = 2,
     .changes_bytes = true},
    {.name = "format",
     IN_POLICY(format),
     .kind = POLICY_TEXT,
     .values = VALUES_ONE_OF,
     .words = "caret|csv|xml",
     .letter = 'f',
     .value = "FORMAT",
     .help = "of the output: caret (default), csv or xml",
     .element = "output",
     .attribute = "format",
     .stages = TOLD(STAGE_WRITE),
     .place = 6,
     .changes_bytes = true},
    /* Each source carries it: to the stages, and in the manifest. In a job each has its own. */
    {.name = "input-format",
     IN_POLICY(input_format),
     .kind = POLICY_TEXT,
     .values = VALUES_ONE_OF,
     .words = "caret|csv|xml|xlsx",
     .value = "FORMAT",
     .help = "of the sources: caret, csv, xml or xlsx (default: by the ending of each name)",
     .changes_bytes = true},
    {.name = "encoding",
     IN_POLICY(encoding),
     .kind = POLICY_TEXT,
     .values = VALUES_ENCODING,
     .words = "utf-8|windows-1252",
     .letter = 'e',
     .value = "NAME",
     .help = "windows-1252: convert bytes that are not UTF-8",
     .element = "read",
     .attribute = "encoding",
     .stages = TOLD(STAGE_READ) | TOLD(STAGE_INDEX),
     .place = 7,
     .changes_bytes = true},
    {.name = "shrink",
     IN_POLICY(shrink),
     .kind = POLICY_TEXT,
     .values = VALUES_ONE_OF,
     .words = "publish|refuse",
     .value = "publish|refuse",
     .help = "whether a run that lacks records, or whose sources replace one another, becomes "
             "current (default: publish)",
     .element = "policy",
     .attribute = "shrink",
     .place = 9},
    {.name = "duplicates",
     IN_POLICY(duplicates),
     .kind = POLICY_TEXT,
     .values = VALUES_ONE_OF,
     .words = "hold|merge|keep-latest",
     .value = "hold|merge|keep-latest",
     .help = "what becomes of records that the recode gives one key (default: hold)",
     .element = "policy",
     .attribute = "duplicates",
     .stages = TOLD(STAGE_RECODE),
     .place = 10,
     .changes_bytes = true},
    {.name = "refused",
     IN_POLICY(refused),
     .kind = POLICY_TEXT,
     .values = VALUES_ONE_OF,
     .words = "continue|stop",
     .value = "continue|stop",
     .help = "whether one refused source stops the others, so that nothing is published (default: "
             "continue)",
     .element = "policy",
     .attribute = "refused",
     .place = 11},
    {.name = "as-of",
     IN_POLICY(as_of),
     .kind = POLICY_TEXT,
     .values = VALUES_DAY,
     .value = "DATE",
     .help = "CCYY-MM-DD or today: the day for rules that look at a calendar",
     .element = "policy",
     .attribute = "as-of",
     .stages = TOLD(STAGE_VALIDATE),
     .place = 12,
     .changes_bytes = true},
    {.name = "max-held",
     IN_POLICY(max_held),
     .kind = POLICY_TEXT,
     .values = VALUES_LIMIT,
     .value = "N|P%",
     .help = "publish nothing when more records, or a larger share, are held",
     .element = "limit",
     .attribute = "held",
     .place = 13},
    {.name = "max-unmapped",
     IN_POLICY(max_unmapped),
     .kind = POLICY_TEXT,
     .values = VALUES_LIMIT,
     .value = "N|P%",
     .help = "the same for records with a code that no table answers for",
     .element = "limit",
     .attribute = "unmapped",
     .place = 14},
    {.name = "max-shrink",
     IN_POLICY(max_shrink),
     .kind = POLICY_TEXT,
     .values = VALUES_LIMIT,
     .value = "N|P%",
     .help = "how many records fewer than the last run are no matter (default: 0)",
     .element = "limit",
     .attribute = "shrink",
     .place = 15},
    {.name = "max-unpacked",
     IN_POLICY(max_unpacked),
     .kind = POLICY_TEXT,
     .values = VALUES_COUNT,
     .words = "bytes",
     .value = "BYTES",
     .help = "what a packed source may unpack to, instead of the usual bounds (64 GiB; past 16 MiB "
             "50 times its packed bytes, 250 times in XML and .xlsx)",
     .element = "limit",
     .attribute = "unpacked",
     .stages = TOLD(STAGE_READ) | TOLD(STAGE_INDEX),
     .place = 8},
    {.name = "full-rows",
     IN_POLICY(full_rows),
     .kind = POLICY_TEXT,
     .values = VALUES_COUNT,
     .words = "rows",
     .value = "N",
     .help = "how many changes or findings of a source are written in full; more are in short form "
             "(default: 1048575, what a spreadsheet shows)",
     .element = "output",
     .attribute = "full-rows",
     .stages = TOLD(STAGE_WRITE),
     .place = 20,
     .changes_bytes = true},
    {.name = "rollups",
     IN_POLICY(rollups),
     .kind = POLICY_TEXT,
     .values = VALUES_TABLE,
     .value = "ID[@VERSION]",
     .help = "count for the report and its roll-ups by this table (default: " ROLLUPS_DEFAULT ")",
     .element = "report",
     .attribute = "rollups",
     .stages = TOLD(STAGE_WRITE),
     .place = 23,
     .changes_bytes = true},
    /* A job is the same for all of its shards, so that it says none. */
    {.name = "shard",
     IN_POLICY(shard),
     .kind = POLICY_TEXT,
     .values = VALUES_SHARD,
     .value = "K/N",
     .help = "convert part K of N of the sources: whole LEAs, by the CDS code in the path or the "
             "job's lea; else by name",
     .place = 19,
     .changes_bytes = true},
    {.name = "suppress-small",
     IN_POLICY(hide_small),
     .kind = POLICY_FLAG,
     .help = "hide counts below 11 in the report and the roll-ups, and those by which they could "
             "be computed",
     .element = "report",
     .attribute = "suppress-small",
     .place = 16},
    {.name = "public",
     IN_POLICY(make_public),
     .kind = POLICY_FLAG,
     .help = "also make public/: a report and totals that name no source, line or question, small "
             "counts hidden",
     .element = "report",
     .attribute = "public",
     .place = 17},
    {.name = "public-title",
     IN_POLICY(public_title),
     .kind = POLICY_TEXT,
     .values = VALUES_LINE,
     .value = "TEXT",
     .help = "the title of that report",
     .element = "report",
     .attribute = "title",
     .place = 21},
    {.name = "agency",
     IN_POLICY(agency),
     .kind = POLICY_TEXT,
     .values = VALUES_LINE,
     .value = "TEXT",
     .help = "who publishes it",
     .element = "report",
     .attribute = "agency",
     .place = 22},
    {.name = "show-small",
     IN_POLICY(show_small),
     .kind = POLICY_FLAG,
     .help = "with --public: hide no counts there",
     .place = 18},
    /* Whoever repeats a run signs by a key of their own. */
    {.name = "sign",
     IN_POLICY(sign),
     .kind = POLICY_PATH,
     .value = "KEY",
     .help = "sign SHA256SUMS with this key, as ssh-keygen -Y sign does: SHA256SUMS.sig",
     .element = "sign",
     .attribute = "key"},
};
const size_t policy_option_count = sizeof policy_options / sizeof *policy_options;

const struct policy_option *policy_find(const char *name)
{
    for (size_t i = 0; i < policy_option_count; i++) {
        if (strcmp(policy_options[i].name, name) == 0)
            return &policy_options[i];
    }
    return NULL;
}

const struct policy_option *policy_at_place(unsigned place)
{
    for (size_t i = 0; i < policy_option_count; i++) {
        if (place > 0 && policy_options[i].place == place)
            return &policy_options[i];
    }
    return NULL;
}

size_t policy_list_rows(struct policy *policy, size_t *next, const char *last,
                        struct program_option *rows)
{
    size_t count = 0;
    for (bool is_last = false; *next < policy_option_count && !is_last; (*next)++) {
        const struct policy_option *option = &policy_options[*next];
        is_last = last != NULL && strcmp(option->name, last) == 0;
        if (option->help == NULL)
            continue;
        rows[count++] = (struct program_option){
            .name = option->name,
            .letter = option->letter,
            .kind = option->kind == POLICY_FLAG   ? OPTION_FLAG
                    : option->kind == POLICY_LIST ? OPTION_LIST
                                                  : OPTION_TEXT,
            .target = (char *)policy + option->offset,
            .value = option->value,
            .help = option->help,
        };
    }
    return count;
}

const char *policy_value(const struct policy *policy, const struct policy_option *option, size_t n)
{
    const void *at = (const char *)policy + option->offset;
    if (option->kind == POLICY_LIST) {
        const struct option_list *list = at;
        return n < list->count ? list->texts[n] : NULL;
    }
    if (n > 0)
        return NULL;
    if (option->kind == POLICY_FLAG)
        return *(const bool *)at ? "yes" : NULL;
    return *(const char *const *)at;
}

void policy_set(struct policy *policy, const struct policy_option *option, const char *value)
{
    void *at = (char *)policy + option->offset;
    if (option->kind == POLICY_LIST)
        option_list_add(at, value);
    else if (option->kind == POLICY_FLAG)
        *(bool *)at = *(bool *)at || strcmp(value, "yes") == 0;
    else
        *(const char **)at = value;
}

void policy_complete(struct policy *policy, const struct policy *from)
{
    const bool knows_crosswalks = policy->crosswalks.count > 0 || policy->no_crosswalk;
    for (size_t i = 0; i < policy_option_count; i++) {
        const struct policy_option *option = &policy_options[i];
        const bool is_of_crosswalks = option->offset == offsetof(struct policy, crosswalks) ||
                                      option->offset == offsetof(struct policy, no_crosswalk);
        if (is_of_crosswalks ? knows_crosswalks : policy_value(policy, option, 0) != NULL)
            continue;
        const char *value;
        for (size_t n = 0; (value = policy_value(from, option, n)) != NULL; n++)
            policy_set(policy, option, value);
    }
}

void policy_free(struct policy *policy)
{
    for (size_t i = 0; i < policy_option_count; i++) {
        if (policy_options[i].kind == POLICY_LIST)
            option_list_free((struct option_list *)((char *)policy + policy_options[i].offset));
    }
}

bool policy_changes_bytes(const struct policy *policy)
{
    for (size_t i = 0; i < policy_option_count; i++) {
        if (policy_options[i].changes_bytes && policy_value(policy, &policy_options[i], 0) != NULL)
            return true;
    }
    return false;
}
