#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "codetables/base/shown.h"
#include "pipeline/cte-diff/writers.h"
#include "codetables/base/memory.h"

/* "; clusters@2026.1 (draft) says 050100, row 12: moved". To be freed. */
static char *tables_say(const struct outcome *outcome, struct slice expected)
{
    if (outcome == NULL || outcome->reason == NULL)
        return cte_strdup("");
    if (outcome->held || outcome->crosswalk == NULL)
        return cte_format("; %s", outcome->reason);
    const struct table_identity *table = &outcome->crosswalk->identity;
    return cte_format("; %s@%s%s says %s%.*s%s, row %u: %s", table->id, table->version,
                      table_is_draft(table) ? " (draft)" : "",
                      expected.length > 0 ? "'" : "nothing", (int)expected.length, expected.at,
                      expected.length > 0 ? "'" : "", outcome->row, outcome->reason);
}

/* The line is freed with the report. */
static void add_line(struct text_report *text, enum difference_kind kind, char *line)
{
    size_t *count = &text->counts[kind];
    text->lines[kind] = cte_realloc(text->lines[kind], (*count + 1) * sizeof *text->lines[kind]);
    text->lines[kind][(*count)++] = line;
}

void add_text_difference(void *context, const struct reported *reported)
{
    struct text_report *text = context;
    const char *type = reported->type;
    char *where;
    if (reported->kind < DIFF_EXPLAINED || text->counts[reported->kind] == text->most)
        return;
    if (type[0] == '\0')
        where = cte_format("%s, line %" PRIu64, reported->lines[0] != 0 ? "before" : "after",
                           reported->lines[0] + reported->lines[1]);
    else if (reported->lines[0] != 0 && reported->lines[1] != 0)
        where = cte_format("%s line %" PRIu64 ", now line %" PRIu64, type, reported->lines[0],
                           reported->lines[1]);
    else
        where = cte_format("%s line %" PRIu64, type, reported->lines[0] + reported->lines[1]);
    if (reported->field_count == 0) {
        char *says = tables_say(reported->outcome, (struct slice){"", 0});
        add_line(text, reported->kind, cte_format("%s%s", where, says));
        free(says);
    }
    for (size_t i = 0; i < reported->field_count && text->counts[reported->kind] < text->most;
         i++) {
        const struct field_difference *about = &reported->fields[i];
        const char *number = about->field->number, *name = about->field->name;
        char *says = tables_say(about->outcome, about->expected);
        add_line(text, reported->kind,
                 about->field->personal
                     ? cte_format("%s: %s %s: differs (personal, not shown)", where, number, name)
                     : cte_format("%s: %s %s: '%.*s', now '%.*s'%s", where, number, name,
                                  (int)about->was.length, about->was.at, (int)about->is.length,
                                  about->is.at, says));
        free(says);
    }
    free(where);
}

void write_text_differences(const struct text_report *text, const struct tally *tally)
{
    static const char *const headings[DIFF_KINDS] = {
        [DIFF_CHOICE] = "recoded to a choice that the tables leave open; nothing here shows who "
                        "decided it",
        [DIFF_OTHERWISE] = "recoded otherwise than the crosswalk says",
        [DIFF_FIELDS] = "other fields changed",
        [DIFF_MISSING] = "missing after",
        [DIFF_NEW] = "new after",
        [DIFF_UNREADABLE] = "cannot be read",
    };
    for (int kind = DIFF_EXPLAINED; kind < DIFF_KINDS; kind++) {
        if (text->counts[kind] == 0)
            continue;
        printf("\n%s: %" PRIu64 "\n", headings[kind], tally->counts[kind]);
        for (size_t i = 0; i < text->counts[kind]; i++)
            printf("  %s\n", text->lines[kind][i]);
        if (tally->counts[kind] > text->counts[kind])
            printf("  … the first %zu lines; --csv and --xml give all\n", text->counts[kind]);
    }
}

void free_text_report(struct text_report *text)
{
    for (int kind = 0; kind < DIFF_KINDS; kind++) {
        for (size_t i = 0; i < text->counts[kind]; i++)
            free(text->lines[kind][i]);
        free(text->lines[kind]);
    }
}

static void write_count(const char *what, uint64_t count)
{
    printf("  %-44s %12" PRIu64 "\n", what, count);
}

void write_text_sums(const struct diff *diff, const struct tally *tally)
{
    enum { SHOWN_FAULTS = 20 };
    const struct run_account *account = &diff->account;
    static const struct {
        enum difference_kind kind;
        bool with_run; /* only a run can explain it so */
        const char *words;
    } sums[] = {
        {DIFF_SAME, false, "the same"},
        {DIFF_CONVERTED, false, "recoded as the crosswalk says"},
        {DIFF_DECIDED, true, "recoded to a choice that changes.csv names"},
        {DIFF_HELD, true, "not there, and held by the run"},
        {DIFF_REJECTED, true, "not there, and rejected by the run"},
        {DIFF_MERGED, true, "not there, and merged by the run"},
        {DIFF_CHOICE, false, "recoded to a choice it leaves open"},
        {DIFF_OTHERWISE, false, "recoded otherwise"},
        {DIFF_FIELDS, false, "other fields changed"},
        {DIFF_MISSING, false, "missing after"},
        {DIFF_NEW, false, "new after"},
        {DIFF_UNREADABLE, false, "cannot be read"},
    };
    for (int side = 0; side < 2; side++) {
        char *shown = path_shown(diff->paths[side]);
        const struct layout *found = diff->found_layouts[side];
        printf("%s %s: %" PRIu64 " records\n", side == 0 ? "before " : "after  ", shown,
               diff->files[side].count + diff->files[side].unreadable_count);
        if (found != NULL)
            printf("        in layout %s, found from its records\n", found->identity.id);
        free(shown);
    }
    if (diff->crosswalk_count == 0 && diff->options[0].layout != diff->options[1].layout)
        puts("by      no crosswalk; name one with --crosswalk, and what it explains is told apart");
    for (size_t i = 0; i < diff->crosswalk_count; i++)
        printf("by      crosswalk %s@%s%s\n", diff->crosswalks[i]->identity.id,
               diff->crosswalks[i]->identity.version,
               table_is_draft(&diff->crosswalks[i]->identity) ? ", a draft" : "");
    putchar('\n');
    for (size_t i = 0; i < sizeof sums / sizeof *sums; i++) {
        if (!sums[i].with_run || account->folder != NULL)
            write_count(sums[i].words, tally->counts[sums[i].kind]);
    }
    if (account->folder != NULL)
        write_count("faults of the run folder", account->complaint_count);
    write_count("unexplained", unexplained(diff, tally));
    if (account->folder == NULL)
        return;
    char *folder = path_shown(account->folder);
    printf("\nrun     %s: %" PRIu64 " files, %" PRIu64 " not as their hashes say; %" PRIu64
           " rows of changes.csv held against the tables\n",
           folder, account->files, account->wrong, account->rows);
    free(folder);
    for (size_t i = 0; i < account->complaint_count && i < SHOWN_FAULTS; i++)
        printf("  %s\n", account->complaints[i]);
    if (account->complaint_count > SHOWN_FAULTS)
        printf("  … and %zu more\n", account->complaint_count - SHOWN_FAULTS);
}
