/* report.html: what became of the run, for people. One file, no network, no script; it prints well and reads on a phone. */
#include "pipeline/cte-run/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char style[] =
    ":root{color-scheme:light}body{font:16px/1.5 system-ui,sans-serif;color:#1a1a1a;background:#fff;margin:0 auto;max-width:70rem;padding:1rem}"
    "h1{font-size:1.5rem;margin:.5rem 0}h2{font-size:1.2rem;margin:2rem 0 .5rem}h3{font-size:1rem;margin:1.2rem 0 .4rem}"
    ".draft{border:2px solid #7a4b00;background:#fff4e0;padding:.6rem .8rem;margin:.8rem 0}"
    ".bad{border:2px solid #8a1010;background:#fdeaea;padding:.6rem .8rem;margin:.8rem 0}"
    ".good{border:2px solid #1d5c2f;background:#e9f6ec;padding:.6rem .8rem;margin:.8rem 0}"
    ".scroll{overflow-x:auto}table{border-collapse:collapse;width:100%}caption{text-align:left;padding:.3rem 0;color:#444}"
    "th,td{border-bottom:1px solid #ccc;padding:.3rem .6rem;text-align:left;vertical-align:top}thead th{border-bottom:2px solid #555}"
    "td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}code{font-family:ui-monospace,monospace}"
    "@media print{body{max-width:none}.scroll{overflow:visible}}";

static void put(struct output *output, const char *text)
{
    output_text(output, text);
}

static void put_escaped(struct output *output, const char *text)
{
    if (!output_xml(output, text, strlen(text)))
        put(output, "?");
}

static void put_number_cell(struct output *output, unsigned long long number)
{
    char text[48];
    snprintf(text, sizeof text, "<td class=\"n\">%llu</td>", number);
    put(output, text);
}

static void put_cell(struct output *output, const char *text)
{
    put(output, "<td>");
    put_escaped(output, text);
    put(output, "</td>");
}

/* Head of a table: a caption and columns; a column that begins with # holds numbers. */
static void begin_table(struct output *output, const char *caption, const char *const *columns, size_t count)
{
    put(output, "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"");
    put_escaped(output, caption);
    put(output, "\"><table><caption>");
    put_escaped(output, caption);
    put(output, "</caption><thead><tr>");
    for (size_t i = 0; i < count; i++) {
        bool is_number = columns[i][0] == '#';
        put(output, is_number ? "<th scope=\"col\" class=\"n\">" : "<th scope=\"col\">");
        put_escaped(output, columns[i] + is_number);
        put(output, "</th>");
    }
    put(output, "</tr></thead><tbody>\n");
}

static void end_table(struct output *output)
{
    put(output, "</tbody></table></div>\n");
}

static bool uses_draft(const struct run *run)
{
    for (size_t s = 0; s < run->source_count; s++) {
        for (size_t i = 0; i < run->sources[s].line_count; i++) {
            const struct summary_line *line = &run->sources[s].lines[i];
            if (strcmp(line->word, "table") == 0 && strcmp(line->fields[1], "crosswalk") == 0 &&
                strcmp(line->fields[4], "draft") == 0)
                return true;
        }
    }
    return false;
}

static void put_verdict(struct output *output, const struct run *run)
{
    unsigned long long incomplete = 0, refused = 0;
    for (size_t i = 0; i < run->source_count; i++) {
        refused += run->sources[i].status > CTE_SOME_LEFT;
        incomplete += run->sources[i].status <= CTE_SOME_LEFT && run->sources[i].incomplete;
    }
    char text[400];
    if (uses_draft(run))
        put(output,
            "<p class=\"draft\"><strong>Draft tables.</strong> This run used a crosswalk that is a draft of this project. No official "
            "California crosswalk to Career Clusters exists yet; nothing here is CDE's word.</p>\n");
    snprintf(
        text, sizeof text,
        "<p class=\"%s\"><strong>The sums add up</strong>: every record of every source that was read was written, "
        "merged, rejected or held.%s</p>\n",
        refused + incomplete > 0 ? "bad" : "good",
        incomplete > 0
            ? " Some output is <strong>incomplete</strong>: it holds fewer records than its source, and CALPADS deletes what a "
              "replacement file leaves out. Do not send it before the rest is decided or corrected."
            : "");
    put(output, text);
    if (refused > 0) {
        snprintf(text, sizeof text, "<p class=\"bad\">%llu source%s refused whole; nothing of %s was converted.</p>\n", refused,
                 refused == 1 ? " was" : "s were", refused == 1 ? "it" : "them");
        put(output, text);
    }
}

static void put_sums(struct output *output, const struct run *run)
{
    static const char *const columns[] = {"Source", "State", "#Read", "#Written", "#Merged", "#Rejected", "#Held"};
    begin_table(output, "Records per source: read = written + merged + rejected + held", columns, 7);
    for (size_t i = 0; i < run->source_count; i++) {
        const struct run_source *source = &run->sources[i];
        bool is_good = source->status <= CTE_SOME_LEFT;
        put(output, "<tr><th scope=\"row\">");
        put_escaped(output, source->name);
        put(output, "</th>");
        put_cell(output, !is_good ? "refused" : source->incomplete ? "incomplete" : "complete");
        put_number_cell(output, source->read);
        put_number_cell(output, source->written);
        put_number_cell(output, source->merged);
        put_number_cell(output, source->rejected);
        put_number_cell(output, source->held);
        put(output, "</tr>\n");
    }
    end_table(output);
}

/* The lines of one word of a source, as rows. The first field is a count. */
static void put_lines(struct output *output, const struct run_source *source, const char *word, const char *caption,
                      const char *const *columns, const size_t *fields, size_t count)
{
    if (summary_find(source, word) == NULL)
        return;
    begin_table(output, caption, columns, count);
    for (size_t i = 0; i < source->line_count; i++) {
        const struct summary_line *line = &source->lines[i];
        if (strcmp(line->word, word) != 0)
            continue;
        put(output, "<tr>");
        for (size_t f = 0; f < count; f++) {
            if (columns[f][0] == '#')
                put_number_cell(output, strtoull(line->fields[fields[f]], NULL, 10));
            else
                put_cell(output, line->fields[fields[f]]);
        }
        put(output, "</tr>\n");
    }
    end_table(output);
}

static void put_source(struct output *output, const struct run_source *source)
{
    put(output, "<h2>");
    put_escaped(output, source->name);
    put(output, "</h2>\n");
    if (source->status > CTE_SOME_LEFT) {
        put(output, "<p class=\"bad\">Refused. What the programs said:</p><pre>");
        char *text = cte_format("%.*s", (int)source->message_length, source->messages != NULL ? source->messages : "");
        put_escaped(output, text);
        free(text);
        put(output, "</pre>\n");
        return;
    }
    for (size_t i = 0; i < source->line_count; i++) {
        const struct summary_line *line = &source->lines[i];
        if (strcmp(line->word, "note") != 0)
            continue;
        put(output, "<p>Line ");
        put_escaped(output, line->fields[0]);
        put(output, ": ");
        put_escaped(output, line->fields[1]);
        put(output, ".</p>\n");
    }
    put_lines(output, source, "changed", "Changes by old and new code",
              (const char *const[]){"#Records", "Field", "Name", "Before", "After", "Crosswalk", "Version", "Row", "Reason"},
              (const size_t[]){0, 1, 2, 3, 4, 5, 6, 7, 8}, 9);
    put_lines(output, source, "found", "Findings by rule (F refuses, W warns, C certification, H holds)",
              (const char *const[]){"#Findings", "Rule", "Severity", "Field", "Name", "What it means, and what to do"},
              (const size_t[]){0, 1, 2, 3, 4, 5}, 6);
    put_lines(output, source, "file", "Files of this source",
              (const char *const[]){"#Records", "Holds", "Name", "#Bytes", "SHA-256"}, (const size_t[]){3, 0, 1, 2, 4}, 5);
}

static bool shown_before(const struct run *run, size_t source, size_t line)
{
    const struct summary_line *wanted = &run->sources[source].lines[line];
    for (size_t s = 0; s <= source; s++) {
        for (size_t i = 0; i < (s == source ? line : run->sources[s].line_count); i++) {
            const struct summary_line *other = &run->sources[s].lines[i];
            if (strcmp(other->word, "table") == 0 && strcmp(other->fields[5], wanted->fields[5]) == 0)
                return true;
        }
    }
    return false;
}

static void put_tables(struct output *output, const struct run *run)
{
    put(output, "<h2>Tables used</h2>\n");
    begin_table(output, "Code tables of this run, each once", (const char *const[]){"Kind", "ID", "Version", "Status", "SHA-256"},
                5);
    for (size_t s = 0; s < run->source_count; s++) {
        for (size_t i = 0; i < run->sources[s].line_count; i++) {
            const struct summary_line *line = &run->sources[s].lines[i];
            if (strcmp(line->word, "table") != 0 || shown_before(run, s, i))
                continue;
            put(output, "<tr>");
            for (size_t f = 1; f <= 5; f++)
                put_cell(output, line->fields[f]);
            put(output, "</tr>\n");
        }
    }
    end_table(output);
}

int write_report(struct run *run, struct output *output)
{
    put(output,
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
        "<title>Conversion run ");
    put_escaped(output, run->id);
    put(output, "</title><style>");
    put(output, style);
    put(output, "</style></head>\n<body><header><h1>Conversion run ");
    put_escaped(output, run->id);
    put(output, "</h1><p>Begun ");
    put_escaped(output, run->started);
    put(output, " by cte-pipeline " CTE_VERSION ".</p></header>\n<main>\n");
    put_verdict(output, run);
    put_sums(output, run);
    for (size_t i = 0; i < run->source_count; i++)
        put_source(output, &run->sources[i]);
    put_tables(output, run);
    put(output,
        "<h2>How to check this run</h2>\n<p>In its folder: <code>sha256sum -c --strict SHA256SUMS</code>. Every changed field of every "
        "record stands in a <code>.changes.csv</code>, with the row of the table that says so.</p>\n</main></body></html>\n");
    return CTE_OK;
}
