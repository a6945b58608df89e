#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stages/cte-write/write.h"

void summary(const char *word, const char *const *fields, size_t count)
{
    printf("%%%s", word);
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(fields[i]);
        char *escaped = cte_alloc(2 * length + 1);
        *stream_escape(escaped, fields[i], length) = '\0';
        printf("^%s", escaped);
        free(escaped);
    }
    putchar('\n');
}

static void summarise_definitions(struct writing *writing)
{
    char count[24];
    for (unsigned p = 0; p < STREAM_MAX_PROGRAMS; p++) {
        for (size_t i = 1; i < writing->in.rows.counts[p]; i++) {
            const struct stream_row *row = writing->in.rows.items[p][i];
            const struct row_plan *plan = row->plan;
            if (plan == NULL)
                continue;
            char before[sizeof plan->before + 1] = "";
            memcpy(before, plan->before, plan->before_length);
            snprintf(count, sizeof count, "%" PRIu64, plan->count);
            summary("changed",
                    (const char *const[]){count, row->field, row->name, plan->various ? "(various)" : before, row->after,
                                          row->crosswalk, row->version, row->row, row->reason},
                    9);
        }
    }
    for (unsigned p = 0; p < STREAM_MAX_PROGRAMS; p++) {
        for (size_t i = 1; i < writing->in.rules.counts[p]; i++) {
            const struct stream_rule *rule = writing->in.rules.items[p][i];
            const struct rule_plan *plan = rule->plan;
            if (plan == NULL)
                continue;
            const char severity[2] = {rule->severity, '\0'};
            snprintf(count, sizeof count, "%" PRIu64, plan->count);
            const char *waits = rule->choices == NULL ? "" : rule->choices[0] == '\0' ? "unmapped" : "undecided";
            summary("found", (const char *const[]){count, rule->id, severity, rule->field, rule->name, rule->message, waits}, 7);
        }
    }
}

void summarise(struct writing *writing)
{
    char numbers[5][24];
    const uint64_t sums[5] = {writing->read, writing->written, writing->merged, writing->rejected, writing->held};
    for (size_t i = 0; i < 5; i++)
        snprintf(numbers[i], sizeof numbers[i], "%" PRIu64, sums[i]);
    summarise_definitions(writing);
    char codes[24], unmapped[24];
    snprintf(codes, sizeof codes, "%zu", writing->needed.unmapped_count);
    snprintf(unmapped, sizeof unmapped, "%" PRIu64, writing->needed.unmapped_records);
    summary("unmapped", (const char *const[]){codes, unmapped}, 2);
    for (size_t i = 0; i < writing->needed.count; i++) {
        const struct needed *needed = &writing->needed.items[i];
        char *fields[8], *memory, records[24];
        char *line = cte_format("%%%s", needed->key);
        size_t count = stream_split_control((struct slice){line, strlen(line)}, fields, 8, &memory);
        snprintf(records, sizeof records, "%" PRIu64, needed->records);
        if (count == 6)
            summary(
                "needed",
                (const char *const[]){records, fields[0], fields[1], fields[2], fields[3], fields[4], fields[5], needed->choices},
                8);
        free(memory);
        free(line);
    }
    for (int f = 0; f < FILES; f++) {
        if (!writing->made[f])
            continue;
        char bytes[24], records[24];
        snprintf(bytes, sizeof bytes, "%" PRIu64, writing->files[f].bytes);
        snprintf(records, sizeof records, "%" PRIu64, writing->files[f].records);
        summary("file", (const char *const[]){file_words[f], writing->files[f].name, bytes, records, writing->files[f].sha256}, 5);
    }
    summarise_tally(writing);
    summary("sums", (const char *const[]){numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]}, 5);
}
