#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/shown.h"
#include "stages/cte-diff/diff.h"

/* How many bytes of a text are one character that XML can hold; 0: none is. What a file holds is UTF-8, but a path may be anything. */
static size_t character(const char *text, size_t left)
{
    const unsigned char *at = (const unsigned char *)text;
    size_t length = at[0] < 0x80                    ? 1
                    : at[0] >= 0xc2 && at[0] < 0xe0 ? 2
                    : (at[0] & 0xf0) == 0xe0        ? 3
                    : at[0] >= 0xf0 && at[0] < 0xf5 ? 4
                                                    : 0;
    if (length == 0 || length > left)
        return 0;
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    }
    if (length == 1)
        return at[0] >= 0x20 || at[0] == '\t' || at[0] == '\n' || at[0] == '\r';
    /* Overlong forms, surrogates, U+FFFE and U+FFFF, and what lies above U+10FFFF are no characters. */
    bool is_none = (at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) || (at[0] == 0xf0 && at[1] < 0x90) ||
                   (at[0] == 0xf4 && at[1] > 0x8f) || (at[0] == 0xef && at[1] == 0xbf && at[2] >= 0xbe);
    return is_none ? 0 : length;
}

/* An attribute. What XML cannot hold is replaced by U+FFFD; true when something was. */
static bool put_value(struct output *xml, const char *name, struct slice value)
{
    bool is_replaced = false, is_plain = true;
    for (size_t i = 0; i < value.length && is_plain; i++)
        is_plain = value.at[i] >= ' ' && value.at[i] <= '~' && strchr("&<>\"", value.at[i]) == NULL;
    output_text(xml, " ");
    output_text(xml, name);
    output_text(xml, "=\"");
    if (is_plain)
        output_put(xml, value.at, value.length);
    for (size_t at = 0, from = 0; at <= value.length && !is_plain;) {
        size_t length = at < value.length ? character(value.at + at, value.length - at) : 0;
        if (length > 0) {
            at += length;
            continue;
        }
        output_xml(xml, value.at + from, at - from);
        if (at < value.length)
            output_text(xml, "\xef\xbf\xbd");
        is_replaced = is_replaced || at < value.length;
        from = ++at;
    }
    output_text(xml, "\"");
    return is_replaced;
}

static void put_attribute(struct output *xml, const char *name, const char *value)
{
    put_value(xml, name, (struct slice){value, strlen(value)});
}

/* Any bytes may stand in a path. */
static void put_path(struct output *xml, const char *name, const char *path)
{
    char *shown = path_shown(path);
    put_attribute(xml, name, shown);
    free(shown);
}

static void put_count(struct output *xml, const char *name, uint64_t count)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, count);
    put_attribute(xml, name, text);
}

static void put_outcome(struct output *xml, const struct outcome *outcome)
{
    if (outcome == NULL || outcome->reason == NULL)
        return;
    if (outcome->crosswalk != NULL) {
        put_attribute(xml, "crosswalk", outcome->crosswalk->identity.id);
        put_attribute(xml, "version", outcome->crosswalk->identity.version);
        put_attribute(xml, "status", outcome->crosswalk->identity.status);
    }
    if (outcome->row != 0)
        put_count(xml, "row", outcome->row);
    put_attribute(xml, "reason", outcome->reason);
}

static void put_field(struct output *xml, const struct told_field *field)
{
    output_text(xml, "    <field");
    put_attribute(xml, "number", field->field->number);
    put_attribute(xml, "name", field->field->name);
    if (field->field->personal) {
        put_attribute(xml, "personal", "yes");
    } else {
        bool is_replaced = put_value(xml, "before", field->was);
        is_replaced = put_value(xml, "after", field->is) || is_replaced;
        put_value(xml, "expected", field->expected);
        if (is_replaced)
            put_attribute(xml, "replaced", "yes");
    }
    put_outcome(xml, field->outcome);
    output_text(xml, "/>\n");
}

void write_xml(void *context, const struct told *told)
{
    struct output *xml = context;
    output_text(xml, "  <difference");
    put_attribute(xml, "kind", difference_names[told->kind]);
    put_attribute(xml, "explained", told->kind < DIFF_EXPLAINED ? "yes" : "no");
    if (told->type[0] != '\0')
        put_attribute(xml, "record", told->type);
    if (told->lines[0] != 0)
        put_count(xml, "before-line", told->lines[0]);
    if (told->lines[1] != 0)
        put_count(xml, "after-line", told->lines[1]);
    put_outcome(xml, told->outcome);
    output_text(xml, told->field_count > 0 ? ">\n" : "/>\n");
    for (size_t i = 0; i < told->field_count; i++)
        put_field(xml, &told->fields[i]);
    if (told->field_count > 0)
        output_text(xml, "  </difference>\n");
    xml->records++;
}

static void put_table(struct output *xml, const char *element, const struct table_identity *table)
{
    output_text(xml, "  <");
    output_text(xml, element);
    put_attribute(xml, "id", table->id);
    if (table->version[0] != '\0')
        put_attribute(xml, "version", table->version);
    put_attribute(xml, "status", table->status);
    put_attribute(xml, "sha256", table->sha256);
    output_text(xml, "/>\n");
}

static void put_fields(struct output *xml, const char *element, const struct option_list *numbers)
{
    for (size_t i = 0; i < numbers->count; i++) {
        output_text(xml, "  <");
        output_text(xml, element);
        put_attribute(xml, "field", numbers->texts[i]);
        output_text(xml, "/>\n");
    }
}

void begin_xml(struct output *xml, const struct diff *diff)
{
    output_text(xml, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<differences");
    put_attribute(xml, "program", diff->program->name);
    put_attribute(xml, "version", CTE_VERSION);
    output_text(xml, ">\n");
    for (int side = 0; side < 2; side++) {
        output_text(xml, side == 0 ? "  <before" : "  <after");
        put_path(xml, "path", diff->paths[side]);
        put_attribute(xml, "format", diff->options[side].format);
        put_attribute(xml, "sha256", diff->files[side].sha256);
        put_count(xml, "records", diff->files[side].count + diff->files[side].unreadable_count);
        put_count(xml, "unreadable", diff->files[side].unreadable_count);
        output_text(xml, "/>\n");
    }
    if (diff->target != NULL)
        put_table(xml, "target", &diff->target->identity);
    for (size_t i = 0; i < diff->crosswalk_count; i++)
        put_table(xml, "crosswalk", &diff->crosswalks[i]->identity);
    if (diff->has_decisions) {
        output_text(xml, "  <decisions");
        put_attribute(xml, "path", diff->decisions.identity.path);
        put_attribute(xml, "sha256", diff->decisions.identity.sha256);
        output_text(xml, "/>\n");
    }
    put_fields(xml, "ignored", &diff->ignore);
    put_fields(xml, "only", &diff->only);
}

static void put_code(struct output *xml, const char *element, const struct field *field, const char *code)
{
    output_text(xml, "    <");
    output_text(xml, element);
    put_attribute(xml, "field", field->number);
    put_attribute(xml, "code", code != NOT_A_CODE ? code : "");
    if (code == NOT_A_CODE)
        put_attribute(xml, "listed", "no");
    output_text(xml, "/>\n");
}

static void put_flows(struct output *xml, const struct diff *diff)
{
    size_t count;
    struct flow_count *flows = list_flows(&diff->flows, &diff->moves[0], &diff->moves[1], &count);
    for (size_t i = 0; i < count; i++) {
        output_text(xml, "  <flow");
        if (flows[i].type[0] != '\0')
            put_attribute(xml, "record", flows[i].type);
        put_attribute(xml, "kind", difference_names[flows[i].fate]);
        put_count(xml, "records", flows[i].records);
        output_text(xml, flows[i].from != NULL || flows[i].after_count > 0 ? ">\n" : "/>\n");
        if (flows[i].from != NULL)
            put_code(xml, "from", flows[i].from, flows[i].before);
        for (size_t a = 0; a < flows[i].after_count; a++)
            put_code(xml, "to", flows[i].to[a], flows[i].after[a]);
        if (flows[i].from != NULL || flows[i].after_count > 0)
            output_text(xml, "  </flow>\n");
    }
    free(flows);
}

/* Flows, run and sums come last, for they are known only when all is told. */
void end_xml(struct output *xml, const struct diff *diff, const struct tally *tally)
{
    const struct account *account = &diff->account;
    put_flows(xml, diff);
    if (account->folder != NULL) {
        output_text(xml, "  <run");
        put_path(xml, "folder", account->folder);
        put_attribute(xml, "source", account->source);
        put_count(xml, "files", account->files);
        put_count(xml, "wrong-files", account->wrong);
        put_count(xml, "change-rows", account->rows);
        output_text(xml, account->complaint_count > 0 ? ">\n" : "/>\n");
        for (size_t i = 0; i < account->complaint_count; i++) {
            output_text(xml, "    <fault");
            put_attribute(xml, "text", account->complaints[i]);
            output_text(xml, "/>\n");
        }
        if (account->complaint_count > 0)
            output_text(xml, "  </run>\n");
    }
    output_text(xml, "  <sums");
    for (int kind = 0; kind < DIFF_KINDS; kind++)
        put_count(xml, difference_names[kind], tally->counts[kind]);
    put_count(xml, "faults", account->complaint_count);
    put_count(xml, "unexplained", unexplained(diff, tally));
    output_text(xml, "/>\n</differences>\n");
}
