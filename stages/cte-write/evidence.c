#include "stages/cte-write/write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/cell.h"
#include "codetables/base/memory.h"

static void add_cell(struct text *text, const char *value)
{
    size_t length;
    char *cell = cell_guarded(value, strlen(value), &length);
    text_put(text, cell, length);
    free(cell);
}

static void add_cells(struct text *text, const char *const *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        text_add_byte(text, ',');
        add_cell(text, values[i]);
    }
}

struct row_plan *plan_row(struct stream_row *row)
{
    if (row->plan == NULL) {
        struct row_plan *plan = cte_zalloc(1, sizeof *plan);
        struct text head = {0}, tail = {0};
        add_cells(&head, (const char *const[]){row->field, row->name}, 2);
        text_put(&head, ",", 1);
        add_cells(
            &tail,
            (const char *const[]){row->after, row->crosswalk, row->version, row->row, row->reason},
            5);
        text_put(&tail, "\r\n", 2);
        *plan = (struct row_plan){.head = head.bytes,
                                  .head_length = head.length,
                                  .tail = tail.bytes,
                                  .tail_length = tail.length,
                                  .after = conserve_value(row->after, strlen(row->after))};
        row->plan = plan;
    }
    return row->plan;
}

/* Whether the value before a change is one of the field it stood in. Most changes of a row are of
 * the code that the row is about. */
static bool shows_before(struct writing *writing, const struct stream_record *record,
                         const struct stream_row *row, struct slice value)
{
    const struct kind *from = record->kind->from != NULL ? record->kind->from : record->kind;
    struct row_plan *plan = row->plan;
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

void put_changes(struct writing *writing, const struct stream_record *record)
{
    struct stream_history entry;
    for (const char *at = NULL; stream_history_next(record, &at, &entry);) {
        if (entry.letter != 'C')
            continue;
        struct stream_row *row = stream_defined(&writing->in.rows, entry.reference);
        struct output *output = file_for(writing, FILE_CHANGES);
        if (row == NULL)
            cte_fail(&writing->error, CTE_BAD_INPUT,
                     "standard input: a change refers to a definition that is not there");
        if (row == NULL || output == NULL)
            return;
        struct row_plan *plan = plan_row(row);
        tally_change(writing, record, row, &entry);
        /* What is not a value of its field may be anybody's: it is in the source, in that line, and
         * is not said again. */
        if (!shows_before(writing, record, row, entry.value)) {
            entry.value = (struct slice){NOT_A_VALUE, sizeof NOT_A_VALUE - 1};
            entry.escaped = false;
        }
        if (plan->count++ == 0 && entry.value.length <= sizeof plan->before) {
            memcpy(plan->before, entry.value.at, entry.value.length);
            plan->before_length = entry.value.length;
        } else if (entry.value.length != plan->before_length ||
                   memcmp(plan->before, entry.value.at, entry.value.length) != 0) {
            plan->various = true;
        }
        output->records++;
        size_t most =
            record->line_length + plan->head_length + entry.value.length + plan->tail_length;
        if (!entry.escaped && most <= OUTPUT_BUFFER &&
            cell_is_plain(entry.value.at, entry.value.length)) {
            char *to = output_space(output, most);
            to = mempcpy(to, record->line_digits, record->line_length);
            to = mempcpy(to, plan->head, plan->head_length);
            to = mempcpy(to, entry.value.at, entry.value.length);
            output_take(output, mempcpy(to, plan->tail, plan->tail_length));
            continue;
        }
        output_put(output, record->line_digits, record->line_length);
        output_put(output, plan->head, plan->head_length);
        char *value = cte_alloc(entry.value.length + 1), *end = value + entry.value.length;
        memcpy(value, entry.value.at, entry.value.length);
        if (entry.escaped)
            end = stream_unescape(value, entry.value.at, entry.value.length);
        output_cell(output, value, (size_t)(end - value));
        free(value);
        output_put(output, plan->tail, plan->tail_length);
    }
}

/* The words of a finding: the rule's, and what this record adds. To be freed. */
static char *finding_words(const struct stream_rule *rule, const struct stream_history *entry)
{
    if (entry->value.length == 0)
        return cte_strdup(rule->message);
    char *more = cte_alloc(entry->value.length + 1);
    size_t length = entry->value.length;
    if (entry->escaped)
        length = (size_t)(stream_unescape(more, entry->value.at, entry->value.length) - more);
    else
        memcpy(more, entry->value.at, length);
    more[length] = '\0';
    char *words = cte_format("%s (%s)", rule->message, more);
    free(more);
    return words;
}

static void put_finding_row(struct writing *writing, const struct stream_record *record,
                            const char *id, char severity, const char *field, const char *name,
                            const char *message)
{
    struct output *output = file_for(writing, FILE_FINDINGS);
    if (output == NULL)
        return;
    const char letter[2] = {severity, '\0'};
    struct text row = {0};
    text_put(&row, record->line_digits, record->line_length);
    add_cells(&row, (const char *const[]){id, letter, field, name, message}, 5);
    text_put(&row, "\r\n", 2);
    output->records++;
    output_put(output, row.bytes, row.length);
    free(row.bytes);
}

void put_findings(struct writing *writing, const struct stream_record *record)
{
    struct stream_history entry;
    for (const char *at = NULL; stream_history_next(record, &at, &entry);) {
        if (entry.letter != 'F')
            continue;
        struct stream_rule *rule = stream_defined(&writing->in.rules, entry.reference);
        if (rule == NULL) {
            cte_fail(&writing->error, CTE_BAD_INPUT,
                     "standard input: a finding refers to a definition that is not there");
            return;
        }
        if (rule->plan == NULL)
            rule->plan = cte_zalloc(1, sizeof(struct rule_plan));
        struct rule_plan *plan = rule->plan;
        plan->count++;
        if (entry.value.length > 0) {
            char *words = finding_words(rule, &entry);
            put_finding_row(writing, record, rule->id, rule->severity, rule->field, rule->name,
                            words);
            free(words);
            continue;
        }
        /* Most findings add nothing to the rule's words, so that the row is the same but for its
         * line. */
        if (plan->tail == NULL) {
            const char letter[2] = {rule->severity, '\0'};
            struct text tail = {0};
            add_cells(
                &tail,
                (const char *const[]){rule->id, letter, rule->field, rule->name, rule->message}, 5);
            text_put(&tail, "\r\n", 2);
            plan->tail = tail.bytes;
            plan->tail_length = tail.length;
        }
        struct output *output = file_for(writing, FILE_FINDINGS);
        if (output == NULL)
            return;
        output->records++;
        output_put(output, record->line_digits, record->line_length);
        output_put(output, plan->tail, plan->tail_length);
    }
}

void put_own_finding(struct writing *writing, const struct stream_record *record, const char *check,
                     const struct field *field)
{
    const struct rule *rule = rules_find(writing->rules, check, NULL);
    if (rule == NULL)
        return;
    char *message = cte_format("%s; %s", rule->message, rule->action);
    put_finding_row(writing, record, rule->id, rule_severity(rule, BASIS_NONE), field->number,
                    field->name, message);
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

void put_rejected(struct writing *writing, const struct stream_record *record,
                  const struct slice *received, size_t count)
{
    const struct kind *kind = record->kind == NULL         ? NULL
                              : record->kind->from != NULL ? record->kind->from
                                                           : record->kind;
    struct slice fields[STREAM_MAX_FIELDS + 5];
    struct rejected_shape shape = rejected_shape(writing, kind, received[0]);
    char *type = cte_format("%.*s%s", (int)shape.type_length, received[0].at, shape.suffix);
    memcpy(fields, received, count * sizeof *fields);
    fields[0] = slice_of(type);
    if (shape.transaction > 0 && (size_t)shape.transaction < count)
        fields[shape.transaction] = (struct slice){"", 0};
    struct stream_history entry;
    for (const char *at = NULL; stream_history_next(record, &at, &entry);) {
        const struct stream_rule *rule =
            entry.letter == 'F' ? stream_defined(&writing->in.rules, entry.reference) : NULL;
        /* Why a record would have been held does not matter once it is rejected; findings.csv has
         * it. */
        if (rule == NULL || rule->severity == 'H')
            continue;
        const char severity[2] = {rule->severity, '\0'};
        char *words = finding_words(rule, &entry);
        int position =
            kind != NULL && rule->field[0] != '\0' ? record_field(kind->record, rule->field) : -1;
        fields[count] = slice_of(rule->id);
        fields[count + 1] = slice_of(severity);
        fields[count + 2] = slice_of(words);
        fields[count + 3] = slice_of(rule->name);
        fields[count + 4] =
            position >= 0 && (size_t)position < count ? received[position] : (struct slice){"", 0};
        put_fields(writing, FILE_REJECTED, FORMAT_CARET, kind, fields, count + 5, NULL);
        free(words);
    }
    free(type);
}
