#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "pipeline/cte-diff/writers.h"

static void put_cell(struct output *csv, const char *at, size_t length)
{
    output_text(csv, ",");
    output_cell(csv, at, length);
}

static void put_text(struct output *csv, const char *text)
{
    put_cell(csv, text, strlen(text));
}

static void put_row(struct output *csv, const struct reported *reported,
                    const struct field_difference *field)
{
    const struct outcome *outcome = field != NULL ? field->outcome : reported->outcome;
    bool says = outcome != NULL && outcome->reason != NULL;
    const struct crosswalk *crosswalk = says ? outcome->crosswalk : NULL;
    char lines[2][24] = {"", ""}, row[16] = "";
    for (int side = 0; side < 2; side++) {
        if (reported->lines[side] != 0)
            snprintf(lines[side], sizeof lines[side], "%" PRIu64, reported->lines[side]);
    }
    if (says && outcome->row != 0)
        snprintf(row, sizeof row, "%u", outcome->row);
    output_text(csv, difference_names[reported->kind]);
    put_text(csv, reported->type);
    put_text(csv, lines[0]);
    put_text(csv, lines[1]);
    put_text(csv, field != NULL ? field->field->number : "");
    put_text(csv, field != NULL ? field->field->name : "");
    put_cell(csv, field != NULL ? field->was.at : "", field != NULL ? field->was.length : 0);
    put_cell(csv, field != NULL ? field->is.at : "", field != NULL ? field->is.length : 0);
    put_cell(csv, field != NULL ? field->expected.at : "",
             field != NULL ? field->expected.length : 0);
    put_text(csv, crosswalk != NULL ? crosswalk->identity.id : "");
    put_text(csv, crosswalk != NULL ? crosswalk->identity.version : "");
    put_text(csv, row);
    put_text(csv, says ? outcome->reason : "");
    output_text(csv, "\r\n");
    csv->records++;
}

void begin_csv(struct output *csv)
{
    output_text(csv, "kind,record,before_line,after_line,field,name,before,after,expected,"
                     "crosswalk,version,row,reason\r\n");
}

void write_csv(void *csv, const struct reported *reported)
{
    for (size_t i = 0; i < reported->field_count; i++)
        put_row(csv, reported, &reported->fields[i]);
    if (reported->field_count == 0)
        put_row(csv, reported, NULL);
}
