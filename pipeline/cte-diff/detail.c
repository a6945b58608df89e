#include <inttypes.h>
#include <string.h>

#include "pipeline/cte-diff/second_pass.h"

const char *const difference_names[DIFF_KINDS] = {
    [DIFF_SAME] = "same",       [DIFF_CONVERTED] = "recoded",
    [DIFF_DECIDED] = "decided", [DIFF_HELD] = "held",
    [DIFF_MERGED] = "merged",   [DIFF_REJECTED] = "rejected",
    [DIFF_CHOICE] = "choice",   [DIFF_OTHERWISE] = "otherwise",
    [DIFF_FIELDS] = "fields",   [DIFF_MISSING] = "missing",
    [DIFF_NEW] = "new",         [DIFF_UNREADABLE] = "unreadable",
};

/* Records whose texts are kept at once, of each side. */
enum { BATCH = 1 << 17 };

struct reporting {
    struct diff *diff;
    struct tally *tally;
    const struct sink *sinks;
    size_t sink_count;
    struct second_pass passes[2];
    bool counts_flows;      /* those of pairs that match were counted when they did */
    uint64_t named_missing; /* records that the run names in a merge, but that nothing stands for */
};

/* A record that was read again, with its plan. */
struct seen {
    const struct kept *kept; /* NULL: there is none on this side */
    struct diff_plan *plan;
    struct diff_record record;
    struct slice fields[STREAM_MAX_FIELDS];
};

static void find_seen(struct reporting *reporting, int side, uint32_t number, struct seen *seen)
{
    seen->kept = find_requested(&reporting->passes[side], number);
    if (seen->kept == NULL)
        return;
    seen->plan = find_plan(reporting->diff, &reporting->diff->planned[side], seen->kept->kind);
    seen->record =
        (struct diff_record){seen->kept->kind, seen->plan, seen->fields,
                             requested_fields(&reporting->passes[side], seen->kept, seen->fields)};
}

static uint32_t move_seen(struct reporting *reporting, int side, const struct seen *seen)
{
    if (seen == NULL || seen->kept == NULL)
        return NO_MOVE;
    return find_move(&reporting->diff->moves[side], &seen->plan->moves[side], seen->fields,
                     seen->record.count);
}

/* `before` and `after` are those of the flow; NULL: none on that side. */
static void report_difference(struct reporting *reporting, const struct reported *reported,
                              const struct seen *before, const struct seen *after)
{
    reporting->tally->counts[reported->kind]++;
    if (reporting->counts_flows)
        count_flow(&reporting->diff->flows, move_seen(reporting, 0, before),
                   move_seen(reporting, 1, after), reported->kind, 1);
    for (size_t i = 0; i < reporting->sink_count; i++)
        reporting->sinks[i].add(reporting->sinks[i].context, reported);
}

bool shows_field(struct diff *diff, const struct diff_record *record, int position)
{
    struct fits *fits = position >= 0
                            ? fits_of(&diff->fits, diff->tables, record->plan->record, &diff->error)
                            : NULL;
    return fits != NULL && fits_show(fits, record->fields, record->count, (size_t)position);
}

/* A code of the target may stand in a record that another layout reads. */
struct slice shown_value(struct diff *diff, const struct diff_record *record, size_t t)
{
    const struct diff_plan *plan = record->plan;
    const struct slice value = actual_value(record, t);
    if (value.length == 0 || shows_field(diff, record, plan->source[t]) ||
        fits_code(fits_of(&diff->fits, diff->tables, plan->target, &diff->error), t, value))
        return value;
    return (struct slice){NOT_A_VALUE, sizeof NOT_A_VALUE - 1};
}

/* How many fields differ from an outcome; *others counts those that no crosswalk may touch. */
static size_t count_differing(const struct seen *before, const struct outcome *outcome,
                              const struct seen *after, size_t *others)
{
    const struct diff_plan *plan = before->plan;
    size_t differing = 0;
    *others = 0;
    for (size_t t = 0; t < plan->target->field_count; t++) {
        if (plan->masked[t] || t >= after->plan->target->field_count ||
            slice_equals(expected_value(&before->record, outcome, t),
                         actual_value(&after->record, t)))
            continue;
        differing++;
        *others += plan->recoded[t] < 0;
    }
    return differing;
}

/* The outcome that is nearest to what stands after; a decided one goes before a choice. */
static const struct outcome *nearest_of(const struct expectation *expectation,
                                        const struct seen *before, const struct seen *after,
                                        size_t *fewest, size_t *fewest_others)
{
    const struct outcome *nearest = NULL;
    *fewest = SIZE_MAX;
    for (int decided = 1; decided >= 0; decided--) {
        for (size_t o = 0; o < expectation->count; o++) {
            const struct outcome *outcome = &expectation->outcomes[o];
            size_t others, differing = count_differing(before, outcome, after, &others);
            if (outcome->decided != (decided == 1) || differing >= *fewest ||
                (decided == 0 && nearest != NULL && differing > 0))
                continue;
            nearest = outcome;
            *fewest = differing;
            *fewest_others = others;
        }
    }
    return nearest;
}

/* Whether the changes of the run say that just this choice was taken for the record. */
static bool was_decided(const struct diff *diff, const struct seen *before,
                        const struct seen *after)
{
    const struct run_account *account = &diff->account;
    size_t low = 0, high = account->decided_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (account->decided[middle].number < before->kept->number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < account->decided_count && account->decided[low].number == before->kept->number &&
           account->decided[low].hash == own_hash(&after->record);
}

static void report_pair(struct reporting *reporting, const struct seen *before,
                        const struct seen *after)
{
    struct diff *diff = reporting->diff;
    const struct diff_plan *plan = before->plan;
    struct expectation expectation;
    size_t fewest, fewest_others = 0;
    find_outcomes(diff, &before->record, &expectation);
    const struct outcome *nearest =
        nearest_of(&expectation, before, after, &fewest, &fewest_others);
    bool is_choice = fewest == 0 && !nearest->decided,
         is_converted = fewest == 0 && nearest->decided && !nearest->held;
    enum difference_kind kind = is_converted                                    ? DIFF_CONVERTED
                                : is_choice && was_decided(diff, before, after) ? DIFF_DECIDED
                                : is_choice                                     ? DIFF_CHOICE
                                : fewest_others > 0                             ? DIFF_FIELDS
                                                                                : DIFF_OTHERWISE;
    struct field_difference fields[LAYOUT_MAX_FIELDS];
    size_t count = 0;
    for (size_t t = 0; t < plan->target->field_count && t < after->plan->target->field_count; t++) {
        struct slice expected = expected_value(&before->record, nearest, t),
                     is = actual_value(&after->record, t), was = actual_value(&before->record, t),
                     none = {"", 0};
        bool is_shown = is_converted || is_choice
                            ? !slice_equals(was, is)
                            : !slice_equals(expected, is) ||
                                  (nearest->held && plan->recoded[t] >= 0 && was.length > 0);
        if (!is_shown || plan->masked[t])
            continue;
        const struct field *field = &plan->target->fields[t];
        bool hidden = field->personal;
        /* What is expected is what was there, or comes from the tables. */
        fields[count++] = (struct field_difference){
            field, hidden ? none : shown_value(diff, &before->record, t),
            hidden ? none : shown_value(diff, &after->record, t),
            hidden || nearest->held       ? none
            : slice_equals(expected, was) ? shown_value(diff, &before->record, t)
                                          : expected,
            plan->recoded[t] >= 0 ? nearest : NULL};
    }
    struct reported reported = {.kind = kind,
                                .type = kind_type(before->kept->kind),
                                .lines = {before->kept->line, after->kept->line},
                                .fields = fields,
                                .field_count = count};
    report_difference(reporting, &reported, before, after);
}

/* Why a record may not be there: the tables do not answer for it, or leave the answer open. */
static const struct outcome *why_not(struct diff *diff, const struct seen *before,
                                     struct expectation *expectation)
{
    static const struct outcome open = {.held = true,
                                        .reason = "the crosswalk does not decide this code"};
    const struct outcome *why = &open;
    find_outcomes(diff, &before->record, expectation);
    for (size_t o = 0; o < expectation->count; o++) {
        if (expectation->outcomes[o].decided)
            why = expectation->outcomes[o].held ? &expectation->outcomes[o] : NULL;
    }
    return why;
}

static void report_missing(struct reporting *reporting, const struct seen *before,
                           const struct kept *after, const struct kept *partner)
{
    static const struct outcome
        merged = {.reason = "merged by the run; a record of its key and content stands"},
        not_merged = {
            .held = true,
            .reason = "the run says it was merged, but no record after has its key and content"};
    const struct run_account *account = &reporting->diff->account;
    struct expectation expectation;
    struct reported reported = {.kind = DIFF_MISSING,
                                .type = kind_type(before->kept->kind),
                                .lines = {before->kept->line, 0}};
    reported.outcome = why_not(reporting->diff, before, &expectation);
    /* Equal records are one content: no more are explained than the manifest says. */
    const uint64_t *counts = reporting->tally->counts;
    if (counts[DIFF_HELD] < account->held_sum &&
        has_content(&account->held, own_hash(&before->record))) {
        reported.kind = DIFF_HELD;
    } else if (counts[DIFF_REJECTED] < account->rejected_sum &&
               has_content(&account->rejected, loose_hash(&before->record))) {
        reported.kind = DIFF_REJECTED;
    } else if (is_named_merged(account, before->kept->line)) {
        /* Not believed but where the record that was to be kept is named too and stands, and no
         * oftener than the manifest says. */
        bool stands_for_it = after != NULL && partner != NULL &&
                             is_named_merged(account, partner->line) &&
                             counts[DIFF_MERGED] < account->merged_sum;
        reported.kind = stands_for_it ? DIFF_MERGED : DIFF_MISSING;
        reported.outcome = stands_for_it ? &merged : &not_merged;
        reported.lines[1] = stands_for_it ? after->line : 0;
        reporting->named_missing += !stands_for_it;
    }
    report_difference(reporting, &reported, before, NULL);
}

static int report_batch(struct reporting *reporting, const struct difference *differences,
                        size_t count)
{
    struct diff *diff = reporting->diff;
    for (size_t i = 0; i < count; i++) {
        if (differences[i].before != NOBODY)
            request_record(&reporting->passes[0], differences[i].before);
        if (differences[i].partner != NOBODY)
            request_record(&reporting->passes[0], differences[i].partner);
        if (differences[i].after != NOBODY)
            request_record(&reporting->passes[1], differences[i].after);
    }
    int status = do_both(diff, read_requested, reporting->passes);
    for (size_t i = 0; i < count && status == CTE_OK; i++) {
        struct seen before, after;
        find_seen(reporting, 0, differences[i].before, &before);
        find_seen(reporting, 1, differences[i].after, &after);
        const struct kept *partner = find_requested(&reporting->passes[0], differences[i].partner);
        if (before.kept != NULL && after.kept != NULL && partner == NULL)
            report_pair(reporting, &before, &after);
        else if (before.kept != NULL)
            report_missing(reporting, &before, after.kept, partner);
        else
            report_difference(reporting,
                              &(struct reported){.kind = DIFF_NEW,
                                                 .type = kind_type(after.kept->kind),
                                                 .lines = {0, after.kept->line}},
                              NULL, &after);
    }
    forget_requests(&reporting->passes[0]);
    forget_requests(&reporting->passes[1]);
    return status;
}

static int report_all(struct reporting *reporting, const struct difference *differences,
                      size_t count)
{
    int status = CTE_OK;
    for (size_t from = 0; from < count && status == CTE_OK; from += BATCH)
        status = report_batch(reporting, differences + from,
                              count - from < BATCH ? count - from : BATCH);
    return status;
}

/* A record that no layout reads. Before, a run rejects it: then it is one of those the manifest
 * counts. */
static void report_unreadable(struct reporting *reporting)
{
    static const struct outcome none = {.held = true, .reason = "no layout reads this record"};
    const struct run_account *account = &reporting->diff->account;
    for (int side = 0; side < 2; side++) {
        const struct entries *entries = &reporting->diff->files[side];
        for (size_t i = 0; i < entries->unreadable_count; i++) {
            bool is_counted =
                side == 0 && reporting->tally->counts[DIFF_REJECTED] < account->rejected_sum;
            struct reported reported = {
                .kind = is_counted ? DIFF_REJECTED : DIFF_UNREADABLE, .type = "", .outcome = &none};
            reported.lines[side] = entries->unreadable[i];
            report_difference(reporting, &reported, NULL, NULL);
        }
    }
}

int report_details(struct diff *diff, const struct matching *matching, struct tally *tally,
                   const struct sink *sinks, size_t sink_count)
{
    struct reporting reporting = {
        .diff = diff, .tally = tally, .sinks = sinks, .sink_count = sink_count};
    int status = report_all(&reporting, matching->converted, matching->converted_count);
    /* Pairs that match were counted when they did, reported or not. */
    tally->counts[DIFF_SAME] = matching->same;
    tally->counts[DIFF_CONVERTED] = matching->recoded;
    reporting.counts_flows = true;
    if (status == CTE_OK)
        status = report_all(&reporting, matching->differences, matching->count);
    if (status == CTE_OK)
        report_unreadable(&reporting);
    struct run_account *account = &diff->account;
    if (status == CTE_OK &&
        tally->counts[DIFF_MERGED] + reporting.named_missing < account->merged_sum)
        add_complaint(account,
                      "%s/manifest.xml: source %s: %" PRIu64 " records merged, but only %" PRIu64
                      " are missing and named in findings.csv",
                      account->folder, account->source, account->merged_sum,
                      tally->counts[DIFF_MERGED] + reporting.named_missing);
    end_second_pass(&reporting.passes[0]);
    end_second_pass(&reporting.passes[1]);
    return status == CTE_OK ? diff->error.status : status;
}

uint64_t unexplained(const struct diff *diff, const struct tally *tally)
{
    uint64_t count = diff->account.complaint_count;
    for (int kind = DIFF_EXPLAINED; kind < DIFF_KINDS; kind++)
        count += tally->counts[kind];
    return count;
}
