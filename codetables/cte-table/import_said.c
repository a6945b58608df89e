/* What a sheet says in words of a code: split, merge. */
#include <stdlib.h>
#include <string.h>

#include "codetables/cte-table/import_map.h"

static const struct {
    const char *word;
    enum relation relation;
} words[] = {
    {"split", RELATION_SPLIT},    {"merge", RELATION_MERGE},       {"merged", RELATION_MERGE},
    {"combined", RELATION_MERGE}, {"one", RELATION_ONE},           {"1:1", RELATION_ONE},
    {"one to one", RELATION_ONE}, {"renamed", RELATION_ONE},       {"rename", RELATION_ONE},
    {"moved", RELATION_ONE},      {"same", RELATION_SAME},         {"unchanged", RELATION_SAME},
    {"no change", RELATION_SAME}, {"none", RELATION_NONE},         {"retired", RELATION_NONE},
    {"ended", RELATION_NONE},     {"discontinued", RELATION_NONE},
};

static enum relation of_word(const char *text)
{
    char *fold = folded(text);
    enum relation found = RELATION_UNSAID;
    for (size_t i = 0; i < sizeof words / sizeof *words && found == RELATION_UNSAID; i++)
        found = strcmp(words[i].word, fold) == 0 ? words[i].relation : found;
    free(fold);
    return found;
}

/* The word as the plan translates it (`relation.Broken up = split`), or as it stands. */
static const char *translated(struct importing *importing, const char *text)
{
    size_t at = 0;
    const char *word, *meant = text;
    char *fold = folded(text);
    for (struct setting *s; (s = plan_next(&importing->plan, "relation.", &at, &word)) != NULL;) {
        char *own = folded(word);
        meant = strcmp(own, fold) == 0 ? s->value : meant;
        free(own);
    }
    free(fold);
    return meant;
}

void note_relation(struct importing *importing, const struct sheet_row *row,
                   struct code_group *group, bool *bad)
{
    const char *text = role_text(importing, row, "relation", bad);
    const enum relation said =
        text != NULL ? of_word(translated(importing, text)) : RELATION_UNSAID;
    if (text == NULL)
        return;
    const size_t column = column_of(importing, "relation")->places[0];
    if (said == RELATION_UNSAID)
        problem(importing, row, column,
                "'%.*s' is no relation that is known; set relation.%.*s = split, merge, one, same "
                "or none",
                SHOWN_IN_MESSAGE, text, SHOWN_IN_MESSAGE, text);
    else if (group != NULL && group->said != RELATION_UNSAID && group->said != said)
        problem(importing, row, column,
                "'%.*s': another row of %s, %u, says otherwise; one of them is wrong",
                SHOWN_IN_MESSAGE, text, group->code->value, (unsigned)group->said_row->line);
    if (group == NULL || group->said != RELATION_UNSAID)
        return;
    group->said = said;
    group->said_row = row;
    group->said_word = text;
}
