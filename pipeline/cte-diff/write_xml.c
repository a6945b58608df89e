#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/shown.h"
#include "pipeline/cte-diff/writers.h"

/* Any bytes may stand in a path. */
static void put_outcome(struct xml_out *xml, const struct outcome *outcome)
{
    if (outcome == NULL || outcome->reason == NULL)
        return;
    if (outcome->crosswalk != NULL) {
        xml_attribute(xml, "crosswalk", outcome->crosswalk->identity.id);
        xml_attribute(xml, "version", outcome->crosswalk->identity.version);
        xml_attribute(xml, "status", outcome->crosswalk->identity.status);
    }
    if (outcome->row != 0)
        xml_count(xml, "row", outcome->row);
    xml_attribute(xml, "reason", outcome->reason);
}

static void put_field(struct xml_out *xml, const struct field_difference *field)
{
    xml_open(xml, "field");
    xml_attribute(xml, "number", field->field->number);
    xml_attribute(xml, "name", field->field->name);
    if (field->field->personal) {
        xml_attribute(xml, "personal", "yes");
    } else {
        xml_value(xml, "before", field->was);
        xml_value(xml, "after", field->is);
        xml_value(xml, "expected", field->expected);
    }
    put_outcome(xml, field->outcome);
    xml_close(xml);
}

void write_xml(void *context, const struct reported *reported)
{
    struct xml_out *xml = context;
    xml_open(xml, "difference");
    xml_attribute(xml, "kind", difference_names[reported->kind]);
    xml_attribute(xml, "explained", reported->kind < DIFF_EXPLAINED ? "yes" : "no");
    if (reported->type[0] != '\0')
        xml_attribute(xml, "record", reported->type);
    if (reported->lines[0] != 0)
        xml_count(xml, "before-line", reported->lines[0]);
    if (reported->lines[1] != 0)
        xml_count(xml, "after-line", reported->lines[1]);
    put_outcome(xml, reported->outcome);
    for (size_t i = 0; i < reported->field_count; i++)
        put_field(xml, &reported->fields[i]);
    xml_close(xml);
    xml->output->records++;
}

static void put_table(struct xml_out *xml, const char *element, const struct table_identity *table)
{
    xml_open(xml, element);
    xml_attribute(xml, "id", table->id);
    if (table->version[0] != '\0')
        xml_attribute(xml, "version", table->version);
    xml_attribute(xml, "status", table->status);
    xml_attribute(xml, "sha256", table->sha256);
    xml_close(xml);
}

static void put_fields(struct xml_out *xml, const char *element, const struct option_list *numbers)
{
    for (size_t i = 0; i < numbers->count; i++) {
        xml_open(xml, element);
        xml_attribute(xml, "field", numbers->texts[i]);
        xml_close(xml);
    }
}

void begin_xml(struct xml_out *xml, struct output *output, const struct diff *diff)
{
    xml_begin(xml, output);
    xml_open(xml, "differences");
    xml_attribute(xml, "program", diff->program->name);
    xml_attribute(xml, "version", CTE_VERSION);
    for (int side = 0; side < 2; side++) {
        xml_open(xml, side == 0 ? "before" : "after");
        xml_shown_path(xml, "path", diff->paths[side]);
        xml_attribute(xml, "format", diff->options[side].format);
        xml_attribute(xml, "sha256", diff->files[side].sha256);
        xml_count(xml, "records", diff->files[side].count + diff->files[side].unreadable_count);
        xml_count(xml, "unreadable", diff->files[side].unreadable_count);
        xml_close(xml);
    }
    if (diff->target != NULL)
        put_table(xml, "target", &diff->target->identity);
    for (size_t i = 0; i < diff->crosswalk_count; i++)
        put_table(xml, "crosswalk", &diff->crosswalks[i]->identity);
    if (diff->has_decisions) {
        xml_open(xml, "decisions");
        xml_shown_path(xml, "path", diff->decisions.identity.path);
        xml_attribute(xml, "sha256", diff->decisions.identity.sha256);
        xml_close(xml);
    }
    put_fields(xml, "ignored", &diff->ignore);
    put_fields(xml, "only", &diff->only);
}

static void put_code(struct xml_out *xml, const char *element, const struct field *field,
                     const char *code)
{
    xml_open(xml, element);
    xml_attribute(xml, "field", field->number);
    xml_attribute(xml, "code", code != NOT_A_CODE ? code : "");
    if (code == NOT_A_CODE)
        xml_attribute(xml, "listed", "no");
    xml_close(xml);
}

static void put_flows(struct xml_out *xml, const struct diff *diff)
{
    size_t count;
    struct flow_count *flows = list_flows(&diff->flows, &diff->moves[0], &diff->moves[1], &count);
    for (size_t i = 0; i < count; i++) {
        xml_open(xml, "flow");
        if (flows[i].type[0] != '\0')
            xml_attribute(xml, "record", flows[i].type);
        xml_attribute(xml, "kind", difference_names[flows[i].fate]);
        xml_count(xml, "records", flows[i].records);
        if (flows[i].from != NULL)
            put_code(xml, "from", flows[i].from, flows[i].before);
        for (size_t a = 0; a < flows[i].after_count; a++)
            put_code(xml, "to", flows[i].to[a], flows[i].after[a]);
        xml_close(xml);
    }
    free(flows);
}

/* Flows, run and sums come last, for they are known only when all is told. */
int end_xml(struct xml_out *xml, const struct diff *diff, const struct tally *tally,
            struct cte_error *error)
{
    const struct run_account *account = &diff->account;
    put_flows(xml, diff);
    if (account->folder != NULL) {
        xml_open(xml, "run");
        xml_shown_path(xml, "folder", account->folder);
        xml_attribute(xml, "source", account->source);
        xml_count(xml, "files", account->files);
        xml_count(xml, "wrong-files", account->wrong);
        xml_count(xml, "change-rows", account->rows);
        for (size_t i = 0; i < account->complaint_count; i++) {
            xml_open(xml, "fault");
            xml_attribute(xml, "text", account->complaints[i]);
            xml_close(xml);
        }
        xml_close(xml);
    }
    xml_open(xml, "sums");
    for (int kind = 0; kind < DIFF_KINDS; kind++)
        xml_count(xml, difference_names[kind], tally->counts[kind]);
    xml_count(xml, "faults", account->complaint_count);
    xml_count(xml, "unexplained", unexplained(diff, tally));
    xml_close(xml);
    return xml_end(xml, error);
}
