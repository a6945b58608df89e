#include "stages/cte-write/write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/cell.h"
#include "codetables/base/memory.h"

/* Whether the value before a change is one of the field it stood in. Most changes of a row are of
 * the code that the row is about. */
static bool shows_before(struct writing *writing, const struct record *record,
                         const struct stream_row *row, struct slice value)
{
    const struct kind *from = kind_received(record->kind);
    struct row_plan *plan = plan_at(&writing->source.row_plans, row->index);
    if (value.length == 0 || (plan->code_of == from->record && value.length == plan->code_length &&
                              memcmp(value.at, plan->code, value.length) == 0))
        return true;
    const int position = record_field(from->record, row->field);
    if (position < 0 || (size_t)position >= from->fields)
        return false;
    struct fits *fits = fits_for(writing, from->record);
    if (fits_code(fits, (size_t)position, value)) {
        if (value.length <= sizeof plan->code) {
            memcpy(plan->code, value.at, value.length);
            plan->code_length = value.length;
            plan->code_of = from->record;
        }
        return true;
    }
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

static void put_change_row(struct writing *writing, struct output *output, struct slice line,
                           const struct row_plan *plan, const struct stream_history *change)
{
    struct slice value = change->value;
    const size_t most = line.length + plan->head.length + value.length + plan->tail.length;
    output->records++;
    if (!change->escaped && most <= OUTPUT_BUFFER && cell_is_plain(value.at, value.length)) {
        char *to = output_space(output, most);
        to = mempcpy(to, line.at, line.length);
        to = mempcpy(to, plan->head.bytes, plan->head.length);
        to = mempcpy(to, value.at, value.length);
        output_take(output, mempcpy(to, plan->tail.bytes, plan->tail.length));
        return;
    }
    if (change->escaped)
        unescape_fields(&value, 1, &writing->values);
    output_put(output, line.at, line.length);
    output_put(output, plan->head.bytes, plan->head.length);
    output_cell(output, value.at, value.length);
    output_put(output, plan->tail.bytes, plan->tail.length);
}

void put_changes(struct writing *writing, const struct record *record)
{
    char digits[20];
    const struct slice line = {digits, (size_t)(put_number(digits, record->line) - digits)};
    struct stream_history entry;
    for (const char *at = NULL; stream_history_next(record, &at, &entry);) {
        if (entry.letter != HISTORY_CHANGE)
            continue;
        const struct stream_row *row = stream_find_row(&writing->in, &entry);
        struct output *output = file_for(writing, FILE_CHANGES);
        if (row == NULL)
            cte_fail(&writing->error, CTE_BAD_INPUT,
                     "standard input: a change refers to a definition that is not there");
        if (row == NULL || output == NULL)
            return;
        struct row_plan *plan = plan_row(writing, row);
        tally_change(writing, record, row, &entry);
        /* What is not a value of its field may be anybody's: it is in the source, in that line, and
         * is not said again. */
        if (!shows_before(writing, record, row, entry.value)) {
            entry.value = slice_of(NOT_A_VALUE);
            entry.escaped = false;
        }
        note_before(plan, entry.value);
        put_change_row(writing, output, line, plan, &entry);
    }
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

static void put_finding_row(struct writing *writing, const struct record *record,
                            const struct text *cells)
{
    struct output *output = file_for(writing, FILE_FINDINGS);
    if (output == NULL)
        return;
    char line[20];
    output->records++;
    output_put(output, line, (size_t)(put_number(line, record->line) - line));
    output_put(output, cells->bytes, cells->length);
}

void put_findings(struct writing *writing, const struct record *record)
{
    struct stream_history entry;
    for (const char *at = NULL; stream_history_next(record, &at, &entry);) {
        if (entry.letter != HISTORY_FINDING)
            continue;
        const struct stream_rule *rule = stream_find_rule(&writing->in, &entry);
        if (rule == NULL) {
            cte_fail(&writing->error, CTE_BAD_INPUT,
                     "standard input: a finding refers to a definition that is not there");
            return;
        }
        struct rule_plan *plan = plan_rule(writing, rule);
        plan->count++;
        if (entry.value.length > 0) {
            struct text row = {0};
            char *words = finding_words(writing, rule, &entry);
            add_finding_cells(&row, rule, words);
            put_finding_row(writing, record, &row);
            text_free(&row);
            free(words);
            continue;
        }
        /* Most findings add nothing to the rule's words, so that the row is the same but for its
         * line. */
        if (plan->tail.length == 0)
            add_finding_cells(&plan->tail, rule, rule->message);
        put_finding_row(writing, record, &plan->tail);
    }
}

void put_own_finding(struct writing *writing, const struct record *record, const char *check,
                     const struct field *field)
{
    const struct rule *rule = rules_find(writing->rules, check, NULL);
    if (rule == NULL)
        return;
    char *message = cte_format("%s; %s", rule->message, rule->action);
    struct text row = {0};
    add_finding_cells(&row,
                      &(struct stream_rule){.id = rule->id,
                                            .severity = rule_severity(rule, BASIS_NONE),
                                            .field = field->number,
                                            .name = field->name},
                      message);
    put_finding_row(writing, record, &row);
    text_free(&row);
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
    struct stream_history entry;
    for (const char *at = NULL; stream_history_next(record, &at, &entry);) {
        const struct stream_rule *rule = stream_find_rule(&writing->in, &entry);
        /* Why a record would have been held does not matter once it is rejected; findings.csv has
         * it. */
        if (rule == NULL || rule->severity == SEVERITY_HOLDS)
            continue;
        const char severity[2] = {(char)rule->severity, '\0'};
        char *words = finding_words(writing, rule, &entry);
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
