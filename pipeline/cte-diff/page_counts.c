#include "pipeline/cte-diff/page_counts.h"

#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"

/* Which sides the records of a kind of difference stand on, and where they go when they are not
 * there after. */
static const struct {
    const char *fate;
    bool is_before, is_after;
} kinds[DIFF_KINDS] = {
    [DIFF_SAME] = {NULL, true, true},
    [DIFF_CONVERTED] = {NULL, true, true},
    [DIFF_DECIDED] = {NULL, true, true},
    [DIFF_HELD] = {"Held", true, false},
    [DIFF_REJECTED] = {"Rejected", true, false},
    [DIFF_MERGED] = {"Merged", true, false},
    [DIFF_CHOICE] = {NULL, true, true},
    [DIFF_OTHERWISE] = {NULL, true, true},
    [DIFF_FIELDS] = {NULL, true, true},
    [DIFF_MISSING] = {"Missing", true, false},
    [DIFF_NEW] = {NULL, false, true},
    [DIFF_UNREADABLE] = {NULL, false, false},
};

/* Where the records of a type went, from the flows that were counted while they were compared. They
 * are not told apart by year: each code flow has one, of no name. */
static int add_code_flows(struct diff *diff, struct page_counts *counts)
{
    const struct rollups *rollups;
    size_t flow_count;
    if (tables_rollups(diff->tables, NULL, &rollups, &diff->error) != CTE_OK)
        return diff->error.status;
    struct flow_count *flows =
        list_flows(&diff->flows, &diff->moves[0], &diff->moves[1], &flow_count);
    counts->code_flows = cte_zalloc(ROLLUP_MAX, sizeof *counts->code_flows);
    for (size_t r = 0; rollups != NULL && r < rollups->count; r++) {
        const struct rollup *rollup = &rollups->rollups[r];
        struct code_flow *code_flow = &counts->code_flows[counts->code_flow_count];
        struct rollup_sets sets;
        bool is_met = false;
        for (size_t f = 0; f < flow_count; f++) {
            const struct flow_count *flow = &flows[f];
            if (rollup->through != NULL || strcmp(flow->type, rollup->record) != 0 ||
                flow->from == NULL || strcmp(flow->from->number, rollup->before.field) != 0)
                continue;
            if (!is_met && rollup_sets_load(diff->tables, rollup, &sets, &diff->error) != CTE_OK)
                return diff->error.status;
            if (!is_met)
                code_flow_begin(code_flow, rollup, &sets);
            is_met = true;
            const char *after = "";
            for (size_t t = 0; t < flow->after_count; t++)
                after = strcmp(flow->to[t]->number, rollup->after[0].field) == 0 ? flow->after[t]
                                                                                 : after;
            code_flow_add(code_flow, &(struct coded_records){.before = flow->before,
                                                             .after = after,
                                                             .fate = kinds[flow->fate].fate,
                                                             .year = "",
                                                             .records = flow->records});
        }
        counts->code_flow_count += is_met;
    }
    free(flows);
    return CTE_OK;
}

/* Links a cell to those parts of it that the pictures show. The rest, of record types that have no
 * picture, can be computed, so it is a cell too. */
static void add_partial_sum(struct publication *publication, size_t total, size_t *parts,
                            size_t count)
{
    uint64_t rest = publication->cells[total].value;
    for (size_t i = 0; i < count; i++)
        rest -= publication->cells[parts[i]].value;
    if (rest > 0)
        parts[count++] = publication_add_unlisted(publication, rest);
    publication_add_sum(publication, total, parts, count);
}

/* All records of a fate are in the pictures, but for those of other record types. */
static void link_fates(const struct page_counts *counts, struct publication *publication)
{
    for (int kind = 0; kind < DIFF_KINDS; kind++) {
        size_t parts[ROLLUP_MAX + 1], count = 0;
        for (size_t f = 0; f < counts->code_flow_count && kinds[kind].fate != NULL; f++) {
            const struct code_flow_year *flow = &counts->code_flows[f].years[0];
            for (size_t e = 0; e < flow->end_count; e++) {
                if (strcmp(flow->ends[e].name, kinds[kind].fate) == 0)
                    parts[count++] = flow->end_cells[e];
            }
        }
        if (count > 0)
            add_partial_sum(publication, counts->kinds[kind], parts, count);
    }
}

int count_page(struct diff *diff, const struct tally *tally, struct publication *publication,
               struct page_counts *counts)
{
    size_t parts[DIFF_KINDS + 1], unreadable[2], count = 0, all[2 * ROLLUP_MAX + 1], all_count = 0;
    if (add_code_flows(diff, counts) != CTE_OK)
        return diff->error.status;
    for (int kind = 0; kind < DIFF_KINDS; kind++)
        counts->kinds[kind] = publication_add_cell(publication, tally->counts[kind]);
    for (int side = 0; side < 2; side++) {
        const uint64_t all_records = diff->files[side].count + diff->files[side].unreadable_count;
        uint64_t records = 0;
        counts->sides[side] = publication_add_cell(publication, all_records);
        count = 0;
        for (int kind = 0; kind < DIFF_KINDS; kind++) {
            if (side == 0 ? !kinds[kind].is_before : !kinds[kind].is_after)
                continue;
            parts[count++] = counts->kinds[kind];
            records += tally->counts[kind];
        }
        /* What is left cannot be read, and was not rejected. */
        parts[count++] = unreadable[side] =
            publication_add_unlisted(publication, all_records - records);
        publication_add_sum(publication, counts->sides[side], parts, count);
    }
    publication_add_sum(publication, counts->kinds[DIFF_UNREADABLE], unreadable, 2);
    count = 0;
    for (int kind = DIFF_EXPLAINED; kind < DIFF_KINDS; kind++)
        parts[count++] = counts->kinds[kind];
    counts->unexplained =
        publication_add_cell(publication, unexplained(diff, tally) - diff->account.complaint_count);
    publication_add_sum(publication, counts->unexplained, parts, count);
    for (size_t f = 0; f < counts->code_flow_count; f++) {
        struct code_flow *flow = &counts->code_flows[f];
        const char id[3] = {'d', (char)('a' + (int)f), '\0'};
        code_flow_publish(flow, publication, id);
        link_tables(publication, (struct linked_table *[]){&flow->by_group, &flow->by_code}, 2);
        all[all_count++] = flow->years[0].all_cell;
        all[all_count++] = flow->years[0].left_out_cell;
    }
    if (all_count > 0)
        add_partial_sum(publication, counts->sides[0], all, all_count);
    link_fates(counts, publication);
    return CTE_OK;
}
