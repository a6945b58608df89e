#include <string.h>

#include "codetables/base/number.h"
#include "pipeline/stream/stream_internal.h"

void *stream_defined(const struct stream_dictionary *dictionary, struct stream_reference reference)
{
    if (reference.program >= STREAM_MAX_PROGRAMS ||
        reference.number >= dictionary->counts[reference.program])
        return NULL;
    return dictionary->items[reference.program][reference.number];
}

/* References of one program count up from 1 without a gap, so a table of pointers is enough. */
static bool define(struct stream_dictionary *dictionary, struct stream_reference reference,
                   void *item)
{
    if (reference.program == 0 || reference.program >= STREAM_MAX_PROGRAMS)
        return false;
    void ***items = &dictionary->items[reference.program];
    size_t *count = &dictionary->counts[reference.program],
           *room = &dictionary->rooms[reference.program];
    if (reference.number != (*count == 0 ? 1 : *count))
        return false;
    if (*count == 0) {
        GROW(*items, *count, *room);
        (*items)[(*count)++] = NULL;
    }
    GROW(*items, *count, *room);
    (*items)[(*count)++] = item;
    return true;
}

void stream_forget_references(struct stream_in *in)
{
    struct stream_dictionary *const all[] = {&in->kind_lines, &in->rows, &in->rules};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        memset(all[i]->counts, 0, sizeof all[i]->counts);
}

void stream_forget_definitions(struct stream_in *in)
{
    kinds_free(&in->kinds);
    arena_free(&in->definitions);
    in->row_count = in->rule_count = 0;
}

static bool reference_from(const char *text, struct stream_reference *reference)
{
    const char *end = text + strlen(text);
    return parse_reference(text, end, reference) == end;
}

static int define_kind(struct stream_in *in, char **f, size_t count, struct cte_error *error)
{
    struct stream_reference reference, from;
    if (count < 7 || !reference_from(f[1], &reference) || !reference_from(f[6], &from))
        return stream_damaged(in, "a %kind line is not as it should be", error);
    uint64_t fields;
    if (!read_number(f[5], &fields) || fields > SIZE_MAX)
        return stream_damaged(in, "a %kind line does not tell its number of fields", error);
    const struct layout *layout =
        in->tables != NULL ? tables_layout(in->tables, f[2], error) : NULL;
    if (error->status != CTE_OK)
        return error->status;
    if (layout == NULL)
        return cte_fail(error, CTE_BAD_TABLE,
                        "the stream uses layout %s, which is not among the code tables here", f[2]);
    struct kind kind = {.fields = (size_t)fields, .reference = reference};
    kind.record = layout_record(layout, f[3], strlen(f[3]), &kind.type_index);
    kind.form = layout_form(layout, f[4]);
    if (kind.record == NULL || kind.form == NULL || kind.fields > kind.record->field_count ||
        kind.fields == 0)
        return cte_fail(
            error, CTE_BAD_TABLE,
            "the stream uses record type %s in form %s, which layout %s here does not know", f[3],
            f[4], f[2]);
    kind.from = from.program != 0 ? stream_defined(&in->kind_lines, from) : NULL;
    return define(&in->kind_lines, reference, kinds_add(&in->kinds, &kind))
               ? CTE_OK
               : stream_damaged(in, "a %kind line is out of order", error);
}

static const char *keep(struct stream_in *in, const char *text)
{
    return arena_string(&in->definitions, text);
}

static int define_row(struct stream_in *in, char **f, size_t count, struct cte_error *error)
{
    struct stream_reference reference;
    if (count < 9 || !reference_from(f[1], &reference))
        return stream_damaged(in, "a %row line is not as it should be", error);
    struct stream_row *row = arena_alloc(&in->definitions, sizeof *row);
    *row = (struct stream_row){.field = keep(in, f[2]),
                               .name = keep(in, f[3]),
                               .after = keep(in, f[4]),
                               .crosswalk = keep(in, f[5]),
                               .version = keep(in, f[6]),
                               .row = keep(in, f[7]),
                               .reason = keep(in, f[8]),
                               .index = in->row_count++};
    return define(&in->rows, reference, row)
               ? CTE_OK
               : stream_damaged(in, "a %row line is out of order", error);
}

static int define_rule(struct stream_in *in, char **f, size_t count, struct cte_error *error)
{
    struct stream_reference reference;
    if (count < 7 || !reference_from(f[1], &reference) || f[3][0] == '\0' || f[3][1] != '\0')
        return stream_damaged(in, "a %rule line is not as it should be", error);
    struct stream_rule *rule = arena_alloc(&in->definitions, sizeof *rule);
    *rule = (struct stream_rule){.id = keep(in, f[2]),
                                 .severity = (enum severity)f[3][0],
                                 .field = keep(in, f[4]),
                                 .name = keep(in, f[5]),
                                 .message = keep(in, f[6]),
                                 .choices = count > 7 ? keep(in, f[7]) : NULL,
                                 .asked = count > 8 && f[8][0] != '\0' ? keep(in, f[8]) : NULL,
                                 .courses = count > 9 ? keep(in, f[9]) : NULL,
                                 .index = in->rule_count++};
    return define(&in->rules, reference, rule)
               ? CTE_OK
               : stream_damaged(in, "a %rule line is out of order", error);
}

int stream_take_definition(struct stream_in *in, const struct control_fields *fields,
                           struct cte_error *error)
{
    const char *word = fields->items[0];
    return strcmp(word, "kind") == 0   ? define_kind(in, fields->items, fields->count, error)
           : strcmp(word, "row") == 0  ? define_row(in, fields->items, fields->count, error)
           : strcmp(word, "rule") == 0 ? define_rule(in, fields->items, fields->count, error)
                                       : CTE_OK;
}
