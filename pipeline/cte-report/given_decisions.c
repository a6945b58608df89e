#include "pipeline/cte-report/given_decisions.h"

#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "codetables/base/text.h"
#include "pipeline/run/run_folder.h"

/* Whether the same row was met before. */
static bool is_known(struct given_decisions *given, const struct decision *decision)
{
    const char *const parts[] = {decision->lea,        decision->record,       decision->school,
                                 decision->pathway,    decision->local_course, decision->code,
                                 decision->decided_by, decision->decided_on,   decision->reason};
    struct text key = {0};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        text_add_part(&key, parts[i]);
    text_put(&key, (const char *)&decision->year, sizeof decision->year);
    const size_t known = given->keys.count, number = map_add(&given->keys, key.bytes, key.length);
    text_free(&key);
    return number < known;
}

static void keep_decision(struct given_decisions *given, const struct decision *decision)
{
    struct arena *memory = &given->memory;
    GROW(given->items, given->count, given->room);
    given->items[given->count++] =
        (struct decision){.lea = arena_string(memory, decision->lea),
                          .record = arena_string(memory, decision->record),
                          .school = arena_string(memory, decision->school),
                          .pathway = arena_string(memory, decision->pathway),
                          .local_course = arena_string(memory, decision->local_course),
                          .code = arena_string(memory, decision->code),
                          .decided_by = arena_string(memory, decision->decided_by),
                          .decided_on = arena_string(memory, decision->decided_on),
                          .reason = arena_string(memory, decision->reason),
                          .year = decision->year};
}

/* Of one run. */
static int take_decisions(struct told *told, const struct told_run *run, const char *path,
                          struct given_decisions *given, size_t most)
{
    struct decisions decisions = {.count = 0};
    char *kept = cte_format("%s/%s", run->folder, kept_decisions(path));
    if (decisions_load(kept, &decisions, &told->error) == CTE_OK) {
        for (size_t i = 0; i < decisions.count; i++) {
            const struct decision *decision = &decisions.list[i];
            if (given->count == most)
                given->left++;
            else if (!is_known(given, decision))
                keep_decision(given, decision);
        }
    }
    decisions_free(&decisions);
    free(kept);
    return told->error.status;
}

int gather_decisions(struct told *told, struct given_decisions *given, size_t most)
{
    for (size_t r = 0; r < told->run_count; r++) {
        const struct told_run *run = &told->runs[r];
        for (size_t t = 0; t < run->table_count; t++) {
            const struct fact_table *table = &run->tables[t];
            if (strcmp(table->kind, "decisions") == 0 &&
                take_decisions(told, run, table->id, given, most) != CTE_OK)
                return told->error.status;
        }
    }
    return CTE_OK;
}

void free_decisions(struct given_decisions *given)
{
    free(given->items);
    map_free(&given->keys);
    arena_free(&given->memory);
    *given = (struct given_decisions){.count = 0};
}
