/* A course and its pathway. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "codetables/cte-table/across.h"

/* True when the row lets a course decide for these codes. */
static bool allows(const struct across *across, const struct crosswalk_row *row,
                   const struct voice *voice, const struct targets *to)
{
    size_t outputs = across->map->output_count;
    if (voice->when != NULL)
        return agree(&voice->when->to, to, outputs);
    bool found = row->kind != ROW_UNDECIDED && agree(&row->to, to, outputs);
    if (row->kind != ROW_UNDECIDED && !same_code(row->to.code[0], to->code[0]))
        return false;
    for (size_t c = 0; c < row->choice_count && !found; c++)
        found = agree(&row->choices[c].to, to, outputs);
    for (size_t w = 0; w < row->when_count && !found; w++)
        found = row->kind != ROW_UNDECIDED && agree(&row->whens[w].to, to, outputs);
    return found;
}

/* True when a course that belongs to several pathways in one year may be as it is because of
 * another one: it may follow any of them, and may be open, or stay, where they differ. Of a pathway
 * that has no row here, nothing is known. */
static bool follows_another(const struct across *across, const struct crosswalk_row *row,
                            const struct voice *voice, int year)
{
    const struct code *code = codeset_find(across->set, voice->code->value, voice->code->length);
    const char *own = code_property(voice->code, across->join->property);
    for (; code != NULL; code = code->same) {
        const char *pathway = code_property(code, across->join->property);
        if (pathway == NULL || own == NULL || strcmp(pathway, own) == 0 || year < code->first ||
            year > code->last)
            continue;
        const struct crosswalk_row *other =
            crosswalk_lookup(across->map, pathway, strlen(pathway), year);
        struct voice there = {.code = voice->code};
        if (other == NULL ||
            (voice->meaning == MEANS_CODES && row_meaning(other) != MEANS_NOTHING &&
             allows(across, other, &there, &voice->to)))
            return true;
        if (voice->meaning != MEANS_CODES && (row_meaning(other) != row_meaning(row) ||
                                              !same_code(other->to.code[0], row->to.code[0])))
            return true;
    }
    return false;
}

/* The row of a course says other than the row of its pathway. `completed`: somebody can complete
 * the pathway. */
void compare_course(const struct across *across, const struct crosswalk_row *row,
                    const struct voice *voice, int year, bool completed)
{
    struct checking *checking = across->checking;
    const char *path = across->course_crosswalk->identity.path;
    const struct crosswalk_row *own = voice->row;
    enum meaning pathway = voice->when != NULL ? MEANS_CODES : row_meaning(row);
    if (pathway == MEANS_UNKNOWN || voice->meaning == MEANS_UNKNOWN ||
        (pathway == MEANS_NOTHING && !completed) || follows_another(across, row, voice, year))
        return;
    char *says = voice->when != NULL ? describe_targets(across, &voice->when->to)
                                     : describe_row(across, row);
    unsigned n = voice->when != NULL ? voice->when->n : row->n;
    const char *leads = voice->when != NULL ? "leads to " : "";
    if (own == NULL && pathway != MEANS_NOTHING) {
        report_warning(&checking->findings,
                       (struct place){across->crosswalk->identity.path, row->line, row->n},
                       "%s%s, but its course %s has no row in map %s and stays; give it one", leads,
                       says, voice->code->value, across->courses->id);
    } else if (own != NULL && voice->meaning == MEANS_NOTHING && pathway != MEANS_NOTHING) {
        report_warning(&checking->findings, (struct place){path, own->line, own->n},
                       "%s, but its pathway %s %s%s (row %u); one answer for both", own->kind_name,
                       row->code, leads, says, n);
    } else if (own != NULL && voice->meaning == MEANS_OPEN && pathway != MEANS_OPEN) {
        report_warning(
            &checking->findings, (struct place){path, own->line, own->n},
            "undecided, but its pathway %s %s%s (row %u); decide both, or leave both open",
            row->code, leads, says, n);
    } else if (voice->meaning == MEANS_CODES) {
        char *text = describe_targets(across, &voice->to);
        if (pathway == MEANS_NOTHING || !allows(across, row, voice, &voice->to))
            report_warning(&checking->findings, (struct place){path, own->line, own->n},
                           "leads to %s, but its pathway %s %s%s (row %u); one answer for both",
                           text, row->code, leads, says, n);
        free(text);
    } else if (own != NULL && voice->meaning == MEANS_OPEN) {
        for (size_t c = 0; c < own->choice_count; c++) {
            struct targets to = translate(across, &own->choices[c].to);
            char *text = describe_targets(across, &to);
            if (!allows(across, row, voice, &to))
                report_warning(&checking->findings,
                               (struct place){path, own->choices[c].line, own->choices[c].n},
                               "offers %s, which its pathway %s does not: it %s (row %u)", text,
                               row->code, says, n);
            free(text);
        }
    }
    free(says);
}

/* Where all courses lead, though their pathway is open; NULL when there is no such place. */
const char *common_target(const struct voice_list *voices)
{
    const struct voice *list = voices->list;
    for (size_t i = 0; i < voices->count; i++) {
        if (list[i].meaning != MEANS_CODES || !same_code(list[0].to.code[0], list[i].to.code[0]))
            return NULL;
    }
    return voices->count > 0 ? list[0].to.code[0] : NULL;
}

void note_common(struct common *common, const char *code, struct year_span years)
{
    if (code != NULL && common->code == NULL)
        *common = (struct common){code, years};
    else if (code != NULL && strcmp(code, common->code) == 0 &&
             years.first == common->years.last + 1)
        common->years.last = years.last;
}

void report_common(const struct across *across, const struct crosswalk_row *row,
                   const struct common *common)
{
    char text[YEARS_TEXT];
    if (common->code != NULL)
        report_warning(&across->checking->findings,
                       (struct place){across->crosswalk->identity.path, row->line, row->n},
                       "undecided, but every course of pathway %s leads to %s %s; decide both, or "
                       "leave both open",
                       row->code, common->code,
                       years_text(common->years.first, common->years.last, text));
}
