#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stages/cte-diff/diff.h"

const char *const difference_names[DIFF_KINDS] = {
    [DIFF_CONVERTED] = "recoded", [DIFF_DECIDED] = "decided",       [DIFF_HELD] = "held",     [DIFF_REJECTED] = "rejected",
    [DIFF_CHOICE] = "choice",     [DIFF_OTHERWISE] = "otherwise",   [DIFF_FIELDS] = "fields", [DIFF_MISSING] = "missing",
    [DIFF_NEW] = "new",           [DIFF_UNREADABLE] = "unreadable",
};

/* Records whose texts are kept at once. */
enum { BATCH = 1 << 18 };

/* A record that was read again. */
struct kept {
    uint32_t number, line;
    struct kind *kind;
    char *text; /* the fields, unescaped, one after the other */
    struct slice *fields;
};

struct side {
    struct reader *reader;
    struct source *source;
    struct kept *kept;
    size_t count;
};

struct telling {
    struct diff *diff;
    struct tally *tally;
    struct output *csv;
    size_t most;
    char **lines[DIFF_KINDS]; /* the first of each kind, for people */
    size_t line_counts[DIFF_KINDS];
};

/* ---- reading again ---- */

static int compare_kept(const void *x, const void *y)
{
    const struct kept *a = x, *b = y;
    return (a->number > b->number) - (a->number < b->number);
}

static void keep(struct kept *kept, const struct reader_record *record)
{
    struct slice fields[STREAM_MAX_FIELDS];
    size_t count = fields_of(record, fields), length = 0;
    for (size_t i = 0; i < count; i++)
        length += fields[i].length;
    kept->line = (uint32_t)record->line;
    kept->kind = record->kind;
    kept->text = cte_alloc(length + 1);
    kept->fields = cte_alloc((count + 1) * sizeof *kept->fields);
    char *to = kept->text;
    for (size_t i = 0; i < count; i++) {
        char *end = record->escaped ? stream_unescape(to, fields[i].at, fields[i].length)
                                    : mempcpy(to, fields[i].at, fields[i].length);
        kept->fields[i] = (struct slice){to, (size_t)(end - to)};
        to = end;
    }
}

/* Reads a file again for the records whose numbers stand in side->kept. */
static int read_again(struct diff *diff, int which, struct side *side)
{
    struct cte_error *error = &diff->error;
    qsort(side->kept, side->count, sizeof *side->kept, compare_kept);
    int status = source_open(diff->paths[which], NULL, &side->source, error);
    if (status == CTE_OK)
        status = reader_open(side->source, &diff->tables, &diff->options[which], &side->reader, error);
    for (size_t at = 0; status == CTE_OK && at < side->count;) {
        struct reader_record record;
        status = reader_next(side->reader, &record, error);
        if (status != CTE_OK || record.end)
            break;
        for (; at < side->count && side->kept[at].number == record.record; at++) {
            if (record.kind == NULL)
                return cte_fail(error, CTE_BAD_INPUT, "%s: changed while it was read; compare again when it is complete",
                                diff->paths[which]);
            keep(&side->kept[at], &record);
        }
    }
    return status;
}

static const struct kept *find_kept(const struct side *side, uint32_t number)
{
    struct kept wanted = {.number = number};
    const struct kept *found = side->count > 0 ? bsearch(&wanted, side->kept, side->count, sizeof *side->kept, compare_kept) : NULL;
    return found != NULL && found->kind != NULL ? found : NULL;
}

static void forget(struct side *side)
{
    for (size_t i = 0; i < side->count; i++) {
        free(side->kept[i].text);
        free(side->kept[i].fields);
    }
    free(side->kept);
    reader_close(side->reader);
    source_close(side->source);
    *side = (struct side){NULL, NULL, NULL, 0};
}

/* ---- telling ---- */

static struct slice text_slice(const char *text)
{
    return (struct slice){text, strlen(text)};
}

static void csv_cell(struct output *csv, struct slice value, bool first)
{
    if (!first)
        output_text(csv, ",");
    output_csv(csv, value.at, value.length);
}

struct told {
    enum difference_kind kind;
    const struct kept *before, *after;
    const struct field *field; /* NULL: the whole record */
    struct slice was, is, expected;
    const struct outcome *outcome; /* what the tables say, or NULL */
};

static void line_text(char text[16], const struct kept *kept)
{
    text[0] = '\0';
    if (kept != NULL)
        snprintf(text, 16, "%" PRIu32, kept->line);
}

static void tell_csv(struct telling *telling, const struct told *told)
{
    struct output *csv = telling->csv;
    char lines[2][16], row[16] = "";
    line_text(lines[0], told->before);
    line_text(lines[1], told->after);
    bool hidden = told->field != NULL && told->field->personal, says = told->outcome != NULL && told->outcome->reason != NULL;
    const struct crosswalk *crosswalk = says ? told->outcome->crosswalk : NULL;
    if (says && told->outcome->row != 0)
        snprintf(row, sizeof row, "%u", told->outcome->row);
    struct slice nothing = {"", 0};
    const struct kept *any = told->before != NULL ? told->before : told->after;
    csv_cell(csv, text_slice(difference_names[told->kind]), true);
    csv_cell(csv, text_slice(any != NULL ? kind_type(any->kind) : ""), false);
    csv_cell(csv, text_slice(lines[0]), false);
    csv_cell(csv, text_slice(lines[1]), false);
    csv_cell(csv, text_slice(told->field != NULL ? told->field->number : ""), false);
    csv_cell(csv, text_slice(told->field != NULL ? told->field->name : ""), false);
    csv_cell(csv, hidden ? nothing : told->was, false);
    csv_cell(csv, hidden ? nothing : told->is, false);
    csv_cell(csv, hidden ? nothing : told->expected, false);
    csv_cell(csv, text_slice(crosswalk != NULL ? crosswalk->identity.id : ""), false);
    csv_cell(csv, text_slice(crosswalk != NULL ? crosswalk->identity.version : ""), false);
    csv_cell(csv, text_slice(row), false);
    csv_cell(csv, text_slice(says ? told->outcome->reason : ""), false);
    output_text(csv, "\r\n");
    csv->records++;
}

/* "; clusters@2026.1 (draft) says 050100, row 12: moved". To be freed. */
static char *tables_say(const struct told *told)
{
    const struct outcome *outcome = told->outcome;
    if (outcome == NULL || outcome->reason == NULL)
        return cte_strdup("");
    if (outcome->held || outcome->crosswalk == NULL)
        return cte_format("; %s", outcome->reason);
    const struct table_identity *table = &outcome->crosswalk->identity;
    return cte_format("; %s@%s%s says %s%.*s%s, row %u: %s", table->id, table->version, table_is_draft(table) ? " (draft)" : "",
                      told->expected.length > 0 ? "'" : "nothing", (int)told->expected.length, told->expected.at,
                      told->expected.length > 0 ? "'" : "", outcome->row, outcome->reason);
}

/* Takes the text. */
static void add_line(struct telling *telling, enum difference_kind kind, char *text)
{
    size_t *count = &telling->line_counts[kind];
    telling->lines[kind] = cte_realloc(telling->lines[kind], (*count + 1) * sizeof *telling->lines[kind]);
    telling->lines[kind][(*count)++] = text;
}

static void tell_line(struct telling *telling, const struct told *told)
{
    if (telling->line_counts[told->kind] == telling->most)
        return;
    char lines[2][16], *what, *where;
    line_text(lines[0], told->before);
    line_text(lines[1], told->after);
    const struct kept *any = told->before != NULL ? told->before : told->after;
    if (told->before != NULL && told->after != NULL)
        where = cte_format("%s line %s, now line %s", kind_type(any->kind), lines[0], lines[1]);
    else
        where = cte_format("%s line %s", any != NULL ? kind_type(any->kind) : "record on",
                           told->before != NULL ? lines[0] : lines[1]);
    char *says = tables_say(told);
    if (told->field == NULL)
        what = cte_format("%s%s", where, says);
    else if (told->field->personal)
        what = cte_format("%s: %s %s: differs (personal, not shown)", where, told->field->number, told->field->name);
    else
        what = cte_format("%s: %s %s: '%.*s', now '%.*s'%s", where, told->field->number, told->field->name, (int)told->was.length,
                          told->was.at, (int)told->is.length, told->is.at, says);
    add_line(telling, told->kind, what);
    free(says);
    free(where);
}

static void tell(struct telling *telling, const struct told *told)
{
    if (told->kind >= DIFF_EXPLAINED)
        tell_line(telling, told);
    if (telling->csv != NULL)
        tell_csv(telling, told);
}

/* ---- what differs ---- */

static bool same(struct slice a, struct slice b)
{
    return a.length == b.length && memcmp(a.at, b.at, a.length) == 0;
}

/* How many fields differ from an outcome; *others counts those that no crosswalk may touch. */
static size_t count_differing(const struct kept *before, const struct diff_plan *plan, const struct outcome *outcome,
                              const struct kept *after, const struct diff_plan *after_plan, size_t *others)
{
    size_t differing = 0;
    *others = 0;
    for (size_t t = 0; t < plan->target->field_count; t++) {
        if (plan->masked[t] || t >= after_plan->target->field_count ||
            same(wanted(plan, before->fields, before->kind->fields, outcome, t),
                 stands(after_plan, after->fields, after->kind->fields, t)))
            continue;
        differing++;
        *others += plan->recoded[t] < 0;
    }
    return differing;
}

/* Whether changes.csv of the run says that just this choice was taken for the record. */
static bool was_decided(const struct diff *diff, const struct kept *before, const struct kept *after,
                        const struct diff_plan *after_plan)
{
    const struct account *account = &diff->account;
    size_t low = 0, high = account->decided_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (account->decided[middle].number < before->number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < account->decided_count && account->decided[low].number == before->number &&
           account->decided[low].hash == own_hash(after_plan, after->fields, after->kind->fields);
}

static void tell_pair(struct telling *telling, const struct kept *before, const struct kept *after)
{
    struct diff *diff = telling->diff;
    const struct diff_plan *plan = plan_of(diff, before->kind), *after_plan = plan_of(diff, after->kind);
    struct expectation expectation;
    expect(diff, before->kind, plan, before->fields, &expectation);
    /* The outcome that is nearest; a decided one goes before a choice. */
    const struct outcome *nearest = NULL;
    size_t fewest = SIZE_MAX, fewest_others = 0;
    for (int decided = 1; decided >= 0; decided--) {
        for (size_t o = 0; o < expectation.count; o++) {
            const struct outcome *outcome = &expectation.outcomes[o];
            size_t others, differing = count_differing(before, plan, outcome, after, after_plan, &others);
            if (outcome->decided != (decided == 1) || differing >= fewest || (decided == 0 && nearest != NULL && differing > 0))
                continue;
            nearest = outcome;
            fewest = differing;
            fewest_others = others;
        }
    }
    bool is_decided = fewest == 0 && !nearest->decided && was_decided(diff, before, after, after_plan);
    bool is_choice = fewest == 0 && !nearest->decided, is_converted = fewest == 0 && nearest->decided && !nearest->held;
    enum difference_kind kind = is_converted        ? DIFF_CONVERTED
                                : is_decided        ? DIFF_DECIDED
                                : is_choice         ? DIFF_CHOICE
                                : fewest_others > 0 ? DIFF_FIELDS
                                                    : DIFF_OTHERWISE;
    telling->tally->counts[kind]++;
    for (size_t t = 0; t < plan->target->field_count && t < after_plan->target->field_count; t++) {
        struct slice expected = wanted(plan, before->fields, before->kind->fields, nearest, t),
                     is = stands(after_plan, after->fields, after->kind->fields, t),
                     was = stands(plan, before->fields, before->kind->fields, t);
        bool is_told = is_converted || is_choice
                           ? !same(was, is)
                           : !same(expected, is) || (nearest->held && plan->recoded[t] >= 0 && was.length > 0);
        if (is_told && !plan->masked[t])
            tell(telling, &(struct told){kind, before, after, &plan->target->fields[t], was, is,
                                         nearest->held ? (struct slice){"", 0} : expected, plan->recoded[t] >= 0 ? nearest : NULL});
    }
}

static void tell_alone(struct telling *telling, const struct kept *before, const struct kept *after)
{
    static const struct outcome open = {.held = true, .reason = "the crosswalk does not decide this code"};
    enum difference_kind kind = DIFF_NEW;
    struct expectation expectation = {.count = 0};
    const struct outcome *why = NULL;
    if (before != NULL) {
        struct diff_plan *plan = plan_of(telling->diff, before->kind);
        expect(telling->diff, before->kind, plan, before->fields, &expectation);
        why = &open;
        for (size_t o = 0; o < expectation.count; o++) {
            if (expectation.outcomes[o].decided)
                why = expectation.outcomes[o].held ? &expectation.outcomes[o] : NULL;
        }
        const struct account *account = &telling->diff->account;
        kind = has_content(&account->held, own_hash(plan, before->fields, before->kind->fields)) ? DIFF_HELD
               : has_content(&account->rejected, loose_hash(before->kind, plan, before->fields, before->kind->fields))
                   ? DIFF_REJECTED
                   : DIFF_MISSING;
    }
    telling->tally->counts[kind]++;
    tell(telling,
         &(struct told){
             .kind = kind, .before = before, .after = after, .was = {"", 0}, .is = {"", 0}, .expected = {"", 0}, .outcome = why});
}

static int tell_batch(struct telling *telling, const struct difference *differences, size_t count)
{
    struct diff *diff = telling->diff;
    struct side sides[2] = {{NULL, NULL, NULL, 0}, {NULL, NULL, NULL, 0}};
    for (int s = 0; s < 2; s++)
        sides[s].kept = cte_zalloc(count + 1, sizeof *sides[s].kept);
    for (size_t i = 0; i < count; i++) {
        if (differences[i].before != NOBODY)
            sides[0].kept[sides[0].count++].number = diff->files[0].items[differences[i].before].number;
        if (differences[i].after != NOBODY)
            sides[1].kept[sides[1].count++].number = diff->files[1].items[differences[i].after].number;
    }
    int status = CTE_OK;
    for (int s = 0; s < 2 && status == CTE_OK; s++)
        status = read_again(diff, s, &sides[s]);
    for (size_t i = 0; i < count && status == CTE_OK; i++) {
        bool has_before = differences[i].before != NOBODY, has_after = differences[i].after != NOBODY;
        const struct kept *before = has_before ? find_kept(&sides[0], diff->files[0].items[differences[i].before].number) : NULL;
        const struct kept *after = has_after ? find_kept(&sides[1], diff->files[1].items[differences[i].after].number) : NULL;
        if ((has_before && before == NULL) || (has_after && after == NULL))
            status = cte_fail(&diff->error, CTE_BAD_INPUT, "a file changed while it was read; compare again when it is complete");
        else if (before != NULL && after != NULL)
            tell_pair(telling, before, after);
        else
            tell_alone(telling, before, after);
    }
    forget(&sides[0]);
    forget(&sides[1]);
    return status;
}

static int tell_all(struct telling *telling, const struct difference *differences, size_t count)
{
    int status = CTE_OK;
    for (size_t from = 0; from < count && status == CTE_OK; from += BATCH)
        status = tell_batch(telling, differences + from, count - from < BATCH ? count - from : BATCH);
    return status;
}

/* A record that no layout reads. Before, a run rejects it: then it is one of those the manifest counts. */
static void tell_unreadable(struct telling *telling)
{
    const struct account *account = &telling->diff->account;
    uint64_t *counts = telling->tally->counts;
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < telling->diff->files[side].unreadable_count; i++) {
            bool is_counted = side == 0 && account->folder != NULL && counts[DIFF_REJECTED] < account->rejected_sum;
            enum difference_kind kind = is_counted ? DIFF_REJECTED : DIFF_UNREADABLE;
            char cells[2][16] = {"", ""};
            snprintf(cells[side], sizeof cells[side], "%" PRIu32, telling->diff->files[side].unreadable[i]);
            counts[kind]++;
            if (telling->csv != NULL) {
                char *row = cte_format("%s,,%s,%s,,,,,,,,,no layout reads this record\r\n", difference_names[kind], cells[0],
                                       cells[1]);
                output_text(telling->csv, row);
                telling->csv->records++;
                free(row);
            }
            if (!is_counted && telling->line_counts[kind] < telling->most)
                add_line(telling, kind,
                         cte_format("%s, line %s: no layout reads this record", side == 0 ? "before" : "after", cells[side]));
        }
    }
}

int tell_details(struct diff *diff, const struct matching *matching, struct tally *tally, FILE *out, struct output *csv,
                 size_t most)
{
    static const char *const headings[DIFF_KINDS] = {
        [DIFF_CHOICE] = "recoded to a choice that the tables leave open; nothing here shows who decided it",
        [DIFF_OTHERWISE] = "recoded otherwise than the crosswalk says",
        [DIFF_FIELDS] = "other fields changed",
        [DIFF_MISSING] = "missing after",
        [DIFF_NEW] = "new after",
        [DIFF_UNREADABLE] = "cannot be read",
    };
    struct telling telling = {.diff = diff, .tally = tally, .csv = csv, .most = most};
    if (csv != NULL)
        output_text(csv, "kind,record,before_line,after_line,field,name,before,after,expected,crosswalk,version,row,reason\r\n");
    int status = tell_all(&telling, matching->converted, matching->converted_count);
    tally->counts[DIFF_CONVERTED] = 0; /* they were counted when they were matched */
    if (status == CTE_OK)
        status = tell_all(&telling, matching->differences, matching->count);
    tell_unreadable(&telling);
    for (int kind = DIFF_CHOICE; kind < DIFF_KINDS && status == CTE_OK; kind++) {
        if (telling.line_counts[kind] == 0)
            continue;
        fprintf(out, "\n%s: %" PRIu64 "\n", headings[kind], tally->counts[kind]);
        for (size_t i = 0; i < telling.line_counts[kind]; i++)
            fprintf(out, "  %s\n", telling.lines[kind][i]);
        if (tally->counts[kind] > telling.line_counts[kind])
            fprintf(out, "  … the first %zu lines; --csv gives all\n", telling.line_counts[kind]);
    }
    return status;
}
