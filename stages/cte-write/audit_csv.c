#include "stages/cte-write/write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/cell.h"
#include "codetables/base/memory.h"

/* Whether the value before a change may be shown, as one of the field it stood in. `is_code` says
 * whether that holds for it in any record of the kind. */
static bool shows_before(struct writing *writing, const struct record *record,
                         const struct stream_row *row, struct slice value, bool *is_code)
{
    const struct kind *from = kind_received(record->kind);
    const int position = record_field(from->record, row->field);
    *is_code = value.length == 0;
    if (*is_code)
        return true;
    if (position < 0 || (size_t)position >= from->fields)
        return false;
    struct fits *fits = fits_for(writing, from->record);
    *is_code = fits_code(fits, (size_t)position, value);
    if (*is_code)
        return true;
    struct slice fields[STREAM_MAX_FIELDS];
    return fits_show(fits, fields, received_fields(writing, record, false, fields),
                     (size_t)position);
}

/* Notes the value before a change: a row whose value is always the same is told with it. */
static void note_before(struct row_plan *plan, struct slice value)
{
    if (plan->count++ == 0 && value.length <= sizeof plan->before) {
        memcpy(plan->before, value.at, value.length);
        plan->before_length = value.length;
    } else if (value.length != plan->before_length ||
               memcmp(plan->before, value.at, value.length) != 0) {
        plan->various = true;
    }
}

/* The number of the row that says so of a value before. */
static uint32_t name_change(struct writing *writing, struct row_writer *rows,
                            const struct row_plan *plan, struct slice value)
{
    size_t length;
    char *cell = cell_guarded(value.at, value.length, &length);
    struct text *rest = &writing->rest;
    text_clear(rest);
    text_put(rest, plan->head.bytes, plan->head.length);
    text_put(rest, cell, length);
    text_put(rest, plan->tail.bytes, plan->tail.length);
    free(cell);
    return name_row(rows, rest->bytes, rest->length);
}

/* A change whose value before is none that the row was last met with. */
static uint32_t take_change(struct writing *writing, const struct record *record,
                            const struct stream_row *row, struct row_plan *plan,
                            struct row_writer *rows, const struct stream_history *change)
{
    struct slice value = change->value;
    bool is_code;
    const uint64_t adds = tally_change(writing, record, row, change);
    /* What is not a value of its field may be anybody's: it is in the source, in that line, and is
     * not said again. */
    if (!shows_before(writing, record, row, value, &is_code))
        value = slice_of(NOT_A_VALUE);
    else if (change->escaped)
        unescape_fields(&value, 1, &writing->values);
    note_before(plan, value);
    const uint32_t number = name_change(writing, rows, plan, value);
    if (is_code && number > 0 && value.length <= sizeof plan->last.bytes) {
        memcpy(plan->last.bytes, value.at, value.length);
        plan->last.length = value.length;
        plan->last.of = kind_received(record->kind)->record;
        plan->last.number = number;
        plan->last.adds = adds;
    }
    return number;
}

void put_changes(struct writing *writing, const struct record *record)
{
    if (repeat_changes(writing, record))
        return;
    struct row_writer *rows = rows_for(writing, FILE_CHANGES);
    for (size_t i = 0; i < writing->past->count; i++) {
        const struct stream_history *entry = &writing->past->lines[i];
        const struct stream_row *row = entry->row;
        if (entry->letter != HISTORY_CHANGE)
            continue;
        if (row == NULL) {
            cte_fail(&writing->error, CTE_BAD_INPUT,
                     "standard input: a change refers to a definition that is not there");
            return;
        }
        struct row_plan *plan = plan_row(writing, row);
        uint32_t number = plan->last.number;
        if (!is_last_change(plan, record, entry->value)) {
            number = take_change(writing, record, row, plan, rows, entry);
        } else {
            tally_move(writing, record, row, plan->last.adds);
            note_before(plan, entry->value);
        }
        put_row(rows, record->line, number);
    }
    learn_changes(writing, record);
}

/* The words of a finding: the rule's, and what this record adds. To be freed. */
static char *finding_words(struct writing *writing, const struct stream_rule *rule,
                           const struct stream_history *entry)
{
    struct slice more = entry->value;
    if (more.length == 0)
        return cte_strdup(rule->message);
    if (entry->escaped)
        unescape_fields(&more, 1, &writing->words);
    return cte_format("%s (%.*s)", rule->message, (int)more.length, more.at);
}

/* A row of findings.csv after its line: what the rule says, with these words. */
static void add_finding_cells(struct text *row, const struct stream_rule *rule, const char *words)
{
    const char letter[2] = {(char)rule->severity, '\0'};
    add_cells(row, (const char *const[]){rule->id, letter, rule->field, rule->name, words}, 5);
    text_add(row, "\r\n");
}

/* Names the row of a rule with these words, and puts it. */
static uint32_t put_finding(struct writing *writing, const struct record *record,
                            const struct stream_rule *rule, const char *words)
{
    struct row_writer *rows = rows_for(writing, FILE_FINDINGS);
    struct text *rest = &writing->rest;
    text_clear(rest);
    add_finding_cells(rest, rule, words);
    const uint32_t number = name_row(rows, rest->bytes, rest->length);
    put_row(rows, record->line, number);
    return number;
}

bool put_findings(struct writing *writing, const struct record *record)
{
    bool has_any = false;
    if (repeat_findings(writing, record, &has_any))
        return has_any;
    for (size_t i = 0; i < writing->past->count; i++) {
        const struct stream_history *entry = &writing->past->lines[i];
        const struct stream_rule *rule = entry->rule;
        if (entry->letter != HISTORY_FINDING)
            continue;
        if (rule == NULL) {
            cte_fail(&writing->error, CTE_BAD_INPUT,
                     "standard input: a finding refers to a definition that is not there");
            return has_any;
        }
        struct rule_plan *plan = plan_rule(writing, rule);
        plan->count++;
        has_any = true;
        /* Most findings add nothing to the rule's words, so that the row is the same but for its
         * line. */
        if (entry->value.length > 0) {
            char *words = finding_words(writing, rule, entry);
            put_finding(writing, record, rule, words);
            free(words);
        } else if (plan->number > 0) {
            put_row(rows_for(writing, FILE_FINDINGS), record->line, plan->number);
        } else {
            plan->number = put_finding(writing, record, rule, rule->message);
        }
    }
    learn_findings(writing);
    return has_any;
}

void put_own_finding(struct writing *writing, const struct record *record, const char *check,
                     const struct field *field)
{
    const struct rule *rule = rules_find(writing->rules, check, NULL);
    if (rule == NULL)
        return;
    char *message = cte_format("%s; %s", rule->message, rule->action);
    put_finding(writing, record,
                &(struct stream_rule){.id = rule->id,
                                      .severity = rule_severity(rule, BASIS_NONE),
                                      .field = field->number,
                                      .name = field->name},
                message);
    free(message);
}

/* The position of the transaction field and the suffix of a rejected record, for a record whose
 * kind may not be known. */
struct rejected_shape {
    int transaction;
    const char *suffix;
    size_t type_length; /* of the bare record type */
};

static struct rejected_shape rejected_shape(const struct writing *writing, const struct kind *kind,
                                            struct slice type)
{
    struct rejected_shape shape = {-1, "", type.length};
    for (size_t l = 0; l < writing->tables.layout_count; l++) {
        const struct layout *layout =
            kind != NULL ? kind->record->layout : &writing->tables.layouts[l];
        const struct form *rejected = layout_form(layout, FORM_REJECTED);
        if (rejected != NULL)
            shape.suffix = rejected->suffix;
        for (size_t f = 0; f < layout->form_count; f++) {
            const struct form *form = &layout->forms[f];
            size_t index;
            if (form->suffix_length >= type.length ||
                memcmp(type.at + type.length - form->suffix_length, form->suffix,
                       form->suffix_length) != 0)
                continue;
            const struct record_layout *record =
                layout_record(layout, type.at, type.length - form->suffix_length, &index);
            if (record != NULL) {
                shape.transaction = record->role_position[ROLE_TRANSACTION];
                shape.type_length = type.length - form->suffix_length;
                return shape;
            }
        }
    }
    return shape;
}

void put_rejected(struct writing *writing, const struct record *record,
                  const struct slice *received, size_t count)
{
    const struct kind *kind = record->kind != NULL ? kind_received(record->kind) : NULL;
    struct slice fields[STREAM_MAX_FIELDS + 5];
    struct rejected_shape shape = rejected_shape(writing, kind, received[0]);
    char *type = cte_format("%.*s%s", (int)shape.type_length, received[0].at, shape.suffix);
    memcpy(fields, received, count * sizeof *fields);
    fields[0] = slice_of(type);
    if (shape.transaction > 0 && (size_t)shape.transaction < count)
        fields[shape.transaction] = (struct slice){"", 0};
    for (size_t i = 0; i < writing->past->count; i++) {
        const struct stream_history *entry = &writing->past->lines[i];
        const struct stream_rule *rule = entry->rule;
        /* Why a record would have been held does not matter once it is rejected; findings.csv has
         * it. */
        if (rule == NULL || rule->severity == SEVERITY_HOLDS)
            continue;
        const char severity[2] = {(char)rule->severity, '\0'};
        char *words = finding_words(writing, rule, entry);
        int position =
            kind != NULL && rule->field[0] != '\0' ? record_field(kind->record, rule->field) : -1;
        fields[count] = slice_of(rule->id);
        fields[count + 1] = slice_of(severity);
        fields[count + 2] = slice_of(words);
        fields[count + 3] = slice_of(rule->name);
        fields[count + 4] =
            position >= 0 && (size_t)position < count ? received[position] : (struct slice){"", 0};
        put_fields(writing, FILE_REJECTED, FORMAT_CARET,
                   &(struct written_fields){kind, fields, count + 5}, NULL);
        free(words);
    }
    free(type);
}
