/* Codes and rows of two maps, compared and in words. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "codetables/base/text.h"
#include "codetables/cte-table/across.h"

bool same_code(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* True when neither says what the other does not allow: an output that is left open allows all. */
bool agree(const struct targets *a, const struct targets *b, size_t outputs)
{
    bool agrees = same_code(a->code[0], b->code[0]);
    for (size_t o = 1; o < outputs && agrees; o++)
        agrees = a->code[o] == NULL || b->code[o] == NULL || same_code(a->code[o], b->code[o]);
    return agrees;
}

struct targets translate(const struct across *across, const struct targets *to)
{
    struct targets translated = {{NULL}};
    for (size_t o = 0; o < across->map->output_count; o++)
        translated.code[o] = across->outputs[o] >= 0 ? to->code[across->outputs[o]] : NULL;
    return translated;
}

/* An undecided row without choices (work that is no pathway) says nothing of its courses. */
enum meaning row_meaning(const struct crosswalk_row *row)
{
    if (row->kind == ROW_UNDECIDED)
        return row->choice_count > 0 ? MEANS_OPEN : MEANS_UNKNOWN;
    return row->to.code[0] != NULL ? MEANS_CODES : MEANS_NOTHING;
}

/* "050100 050105". To be freed. */
char *describe_targets(const struct across *across, const struct targets *to)
{
    struct text text = {0};
    for (size_t o = 0; o < across->map->output_count; o++)
        text_join(&text, " ", to->code[o] != NULL ? to->code[o] : "-");
    return text_take(&text);
}

/* What the row of a pathway says: "leads to 050100 -", "offers 050100 050105 or 060300 -", "leads
 * nowhere". To be freed. */
char *describe_row(const struct across *across, const struct crosswalk_row *row)
{
    if (row_meaning(row) == MEANS_NOTHING)
        return cte_strdup("leads nowhere");
    if (row->kind != ROW_UNDECIDED) {
        char *to = describe_targets(across, &row->to), *text = cte_format("leads to %s", to);
        free(to);
        return text;
    }
    enum { MOST = 6 };
    struct text text = {0};
    text_add(&text, "offers ");
    for (size_t c = 0; c < row->choice_count && c < MOST; c++) {
        char *to = describe_targets(across, &row->choices[c].to);
        text_format(&text, "%s%s", c > 0 ? " or " : "", to);
        free(to);
    }
    if (row->choice_count > MOST)
        text_add(&text, " …");
    return text_take(&text);
}

/* "course 7422 is the only capstone from 2017-2018, and all who complete pathway 180 must take it".
 * To be freed. */
char *describe_silent(const struct voice *voice, struct year_span years, const char *pathway)
{
    char when[YEARS_TEXT];
    years_text(years.first, years.last, when);
    return cte_format(
        voice->alone ? "course %s is the only %s %s, and all who complete pathway %s must take it"
                     : "course %s and every other %s lead to the same %s, and all who complete "
                       "pathway %s must take one",
        voice->code->value, voice->required, when, pathway);
}
