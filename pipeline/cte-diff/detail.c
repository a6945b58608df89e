#include <inttypes.h>
#include <string.h>

#include "pipeline/cte-diff/diff.h"

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

struct telling {
    struct diff *diff;
    struct tally *tally;
    const struct teller *tellers;
    size_t teller_count;
    struct again again[2];
    bool counts_flows;      /* those of pairs that match were counted when they did */
    uint64_t named_missing; /* records that the run names in a merge, but that nothing stands for */
};

/* A record that was read again, with its plan. */
struct seen {
    const struct kept *kept; /* NULL: there is none on this side */
    struct diff_plan *plan;
    size_t count;
    struct slice fields[STREAM_MAX_FIELDS];
};

static void see(struct telling *telling, int side, uint32_t number, struct seen *seen)
{
    seen->kept = find_kept(&telling->again[side], number);
    if (seen->kept == NULL)
        return;
    seen->plan = plan_of(telling->diff, &telling->diff->planned[side], seen->kept->kind);
    seen->count = kept_fields(&telling->again[side], seen->kept, seen->fields);
}

static uint32_t move_seen(struct telling *telling, int side, const struct seen *seen)
{
    if (seen == NULL || seen->kept == NULL)
        return NO_MOVE;
    return move_of(&telling->diff->moves[side], &seen->plan->moves[side], seen->fields,
                   seen->count);
}

/* `before` and `after` are those of the flow; NULL: none on that side. */
static void tell(struct telling *telling, const struct told *told, const struct seen *before,
                 const struct seen *after)
{
    telling->tally->counts[told->kind]++;
    if (telling->counts_flows)
        count_flow(&telling->diff->flows, move_seen(telling, 0, before),
                   move_seen(telling, 1, after), told->kind, 1);
    for (size_t i = 0; i < telling->teller_count; i++)
        telling->tellers[i].tell(telling->tellers[i].context, told);
}

static bool same(struct slice a, struct slice b)
{
    return a.length == b.length && memcmp(a.at, b.at, a.length) == 0;
}

bool shows_field(struct diff *diff, const struct diff_plan *plan, const struct slice *fields,
                 size_t count, int position)
{
    return position >= 0 &&
           fits_show(fits_of(&diff->fits, &diff->tables, plan->record, &diff->error), fields, count,
                     (size_t)position);
}

/* A code of the target may stand in a record that another layout reads. */
struct slice shown_standing(struct diff *diff, const struct diff_plan *plan,
                            const struct slice *fields, size_t count, size_t t)
{
    const struct slice value = stands(plan, fields, count, t);
    if (value.length == 0 || shows_field(diff, plan, fields, count, plan->source[t]) ||
        fits_code(fits_of(&diff->fits, &diff->tables, plan->target, &diff->error), t, value))
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
            same(wanted(plan, before->fields, before->count, outcome, t),
                 stands(after->plan, after->fields, after->count, t)))
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

/* Whether changes.csv of the run says that just this choice was taken for the record. */
static bool was_decided(const struct diff *diff, const struct seen *before,
                        const struct seen *after)
{
    const struct account *account = &diff->account;
    size_t low = 0, high = account->decided_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (account->decided[middle].number < before->kept->number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < account->decided_count && account->decided[low].number == before->kept->number &&
           account->decided[low].hash == own_hash(after->plan, after->fields, after->count);
}

static void tell_pair(struct telling *telling, const struct seen *before, const struct seen *after)
{
    struct diff *diff = telling->diff;
    const struct diff_plan *plan = before->plan;
    struct expectation expectation;
    size_t fewest, fewest_others = 0;
    expect(diff, before->kept->kind, plan, before->fields, &expectation);
    const struct outcome *nearest =
        nearest_of(&expectation, before, after, &fewest, &fewest_others);
    bool is_choice = fewest == 0 && !nearest->decided,
         is_converted = fewest == 0 && nearest->decided && !nearest->held;
    enum difference_kind kind = is_converted                                    ? DIFF_CONVERTED
                                : is_choice && was_decided(diff, before, after) ? DIFF_DECIDED
                                : is_choice                                     ? DIFF_CHOICE
                                : fewest_others > 0                             ? DIFF_FIELDS
                                                                                : DIFF_OTHERWISE;
    struct told_field fields[LAYOUT_MAX_FIELDS];
    size_t count = 0;
    for (size_t t = 0; t < plan->target->field_count && t < after->plan->target->field_count; t++) {
        struct slice expected = wanted(plan, before->fields, before->count, nearest, t),
                     is = stands(after->plan, after->fields, after->count, t),
                     was = stands(plan, before->fields, before->count, t), none = {"", 0};
        bool is_told =
            is_converted || is_choice
                ? !same(was, is)
                : !same(expected, is) || (nearest->held && plan->recoded[t] >= 0 && was.length > 0);
        if (!is_told || plan->masked[t])
            continue;
        const struct field *field = &plan->target->fields[t];
        bool hidden = field->personal;
        /* What is expected is what was there, or comes from the tables. */
        fields[count++] = (struct told_field){
            field, hidden ? none : shown_standing(diff, plan, before->fields, before->count, t),
            hidden ? none : shown_standing(diff, after->plan, after->fields, after->count, t),
            hidden || nearest->held ? none
            : same(expected, was)   ? shown_standing(diff, plan, before->fields, before->count, t)
                                    : expected,
            plan->recoded[t] >= 0 ? nearest : NULL};
    }
    struct told told = {.kind = kind,
                        .type = kind_type(before->kept->kind),
                        .lines = {before->kept->line, after->kept->line},
                        .fields = fields,
                        .field_count = count};
    tell(telling, &told, before, after);
}

/* Why a record may not be there: the tables do not answer for it, or leave the answer open. */
static const struct outcome *why_not(struct diff *diff, const struct seen *before,
                                     struct expectation *expectation)
{
    static const struct outcome open = {.held = true,
                                        .reason = "the crosswalk does not decide this code"};
    const struct outcome *why = &open;
    expect(diff, before->kept->kind, before->plan, before->fields, expectation);
    for (size_t o = 0; o < expectation->count; o++) {
        if (expectation->outcomes[o].decided)
            why = expectation->outcomes[o].held ? &expectation->outcomes[o] : NULL;
    }
    return why;
}

static void tell_gone(struct telling *telling, const struct seen *before, const struct kept *after,
                      const struct kept *partner)
{
    static const struct outcome
        merged = {.reason = "merged by the run; a record of its key and content stands"},
        not_merged = {
            .held = true,
            .reason = "the run says it was merged, but no record after has its key and content"};
    const struct account *account = &telling->diff->account;
    struct expectation expectation;
    struct told told = {.kind = DIFF_MISSING,
                        .type = kind_type(before->kept->kind),
                        .lines = {before->kept->line, 0}};
    told.outcome = why_not(telling->diff, before, &expectation);
    /* Equal records are one content: no more are explained than the manifest says. */
    const uint64_t *counts = telling->tally->counts;
    if (counts[DIFF_HELD] < account->held_sum &&
        has_content(&account->held, own_hash(before->plan, before->fields, before->count))) {
        told.kind = DIFF_HELD;
    } else if (counts[DIFF_REJECTED] < account->rejected_sum &&
               has_content(&account->rejected, loose_hash(before->kept->kind, before->plan,
                                                          before->fields, before->count))) {
        told.kind = DIFF_REJECTED;
    } else if (is_named_merged(account, before->kept->line)) {
        /* Not believed but where the record that was to be kept is named too and stands, and no
         * oftener than the manifest says. */
        bool stands_for_it = after != NULL && partner != NULL &&
                             is_named_merged(account, partner->line) &&
                             counts[DIFF_MERGED] < account->merged_sum;
        told.kind = stands_for_it ? DIFF_MERGED : DIFF_MISSING;
        told.outcome = stands_for_it ? &merged : &not_merged;
        told.lines[1] = stands_for_it ? after->line : 0;
        telling->named_missing += !stands_for_it;
    }
    tell(telling, &told, before, NULL);
}

static int tell_batch(struct telling *telling, const struct difference *differences, size_t count)
{
    struct diff *diff = telling->diff;
    for (size_t i = 0; i < count; i++) {
        if (differences[i].before != NOBODY)
            want(&telling->again[0], differences[i].before);
        if (differences[i].partner != NOBODY)
            want(&telling->again[0], differences[i].partner);
        if (differences[i].after != NOBODY)
            want(&telling->again[1], differences[i].after);
    }
    int status = do_both(diff, read_again, telling->again);
    for (size_t i = 0; i < count && status == CTE_OK; i++) {
        struct seen before, after;
        see(telling, 0, differences[i].before, &before);
        see(telling, 1, differences[i].after, &after);
        const struct kept *partner = find_kept(&telling->again[0], differences[i].partner);
        if (before.kept != NULL && after.kept != NULL && partner == NULL)
            tell_pair(telling, &before, &after);
        else if (before.kept != NULL)
            tell_gone(telling, &before, after.kept, partner);
        else
            tell(telling,
                 &(struct told){.kind = DIFF_NEW,
                                .type = kind_type(after.kept->kind),
                                .lines = {0, after.kept->line}},
                 NULL, &after);
    }
    forget_batch(&telling->again[0]);
    forget_batch(&telling->again[1]);
    return status;
}

static int tell_all(struct telling *telling, const struct difference *differences, size_t count)
{
    int status = CTE_OK;
    for (size_t from = 0; from < count && status == CTE_OK; from += BATCH)
        status =
            tell_batch(telling, differences + from, count - from < BATCH ? count - from : BATCH);
    return status;
}

/* A record that no layout reads. Before, a run rejects it: then it is one of those the manifest
 * counts. */
static void tell_unreadable(struct telling *telling)
{
    static const struct outcome none = {.held = true, .reason = "no layout reads this record"};
    const struct account *account = &telling->diff->account;
    for (int side = 0; side < 2; side++) {
        const struct entries *entries = &telling->diff->files[side];
        for (size_t i = 0; i < entries->unreadable_count; i++) {
            bool is_counted =
                side == 0 && telling->tally->counts[DIFF_REJECTED] < account->rejected_sum;
            struct told told = {
                .kind = is_counted ? DIFF_REJECTED : DIFF_UNREADABLE, .type = "", .outcome = &none};
            told.lines[side] = entries->unreadable[i];
            tell(telling, &told, NULL, NULL);
        }
    }
}

int tell_details(struct diff *diff, const struct matching *matching, struct tally *tally,
                 const struct teller *tellers, size_t teller_count)
{
    struct telling telling = {
        .diff = diff, .tally = tally, .tellers = tellers, .teller_count = teller_count};
    int status = tell_all(&telling, matching->converted, matching->converted_count);
    /* Pairs that match were counted when they did, told or not. */
    tally->counts[DIFF_SAME] = matching->same;
    tally->counts[DIFF_CONVERTED] = matching->recoded;
    telling.counts_flows = true;
    if (status == CTE_OK)
        status = tell_all(&telling, matching->differences, matching->count);
    if (status == CTE_OK)
        tell_unreadable(&telling);
    struct account *account = &diff->account;
    if (status == CTE_OK &&
        tally->counts[DIFF_MERGED] + telling.named_missing < account->merged_sum)
        complain(account,
                 "%s/manifest.xml: source %s: %" PRIu64 " records merged, but only %" PRIu64
                 " are missing and named in findings.csv",
                 account->folder, account->source, account->merged_sum,
                 tally->counts[DIFF_MERGED] + telling.named_missing);
    end_again(&telling.again[0]);
    end_again(&telling.again[1]);
    return status == CTE_OK ? diff->error.status : status;
}

uint64_t unexplained(const struct diff *diff, const struct tally *tally)
{
    uint64_t count = diff->account.complaint_count;
    for (int kind = DIFF_EXPLAINED; kind < DIFF_KINDS; kind++)
        count += tally->counts[kind];
    return count;
}
