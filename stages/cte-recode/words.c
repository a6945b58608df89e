/* Findings, and how choices are named in them. */
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "codetables/base/text.h"
#include "stages/cte-recode/recode.h"

const struct rule *find_check(const struct recoding *recoding, const struct kind *kind,
                              const char *check)
{
    return rules_find(recoding->rules, check, kind_type(kind));
}

struct stream_reference define_finding(struct recoding *recoding, const struct rule *rule,
                                       const struct finding_words *words)
{
    const struct field *field = words->field;
    char *message =
        cte_format("%s%s; %s", rule->message, words->more != NULL ? words->more : "", rule->action);
    const struct stream_reference reference = stream_define_rule(
        &recoding->pipe.out, &(struct stream_rule){.id = rule->id,
                                                   .severity = rule_severity(rule, BASIS_NONE),
                                                   .field = field != NULL ? field->number : NULL,
                                                   .name = field != NULL ? field->name : NULL,
                                                   .message = message,
                                                   .choices = words->choices,
                                                   .asked = words->asked,
                                                   .courses = words->courses});
    free(message);
    return reference;
}

struct stream_reference define_check(struct recoding *recoding, const struct kind *kind,
                                     const char *check, const struct finding_words *words)
{
    const struct rule *rule = find_check(recoding, kind, check);
    const struct rule unnamed = rule_of_check(check);
    return define_finding(recoding, rule != NULL ? rule : &unnamed, words);
}

char *name_targets(const struct crosswalk_map *map, const struct targets *to)
{
    struct text text = {0};
    for (size_t o = map->output_count; o-- > 0;) {
        const char *code = to->code[o];
        if (code == NULL)
            continue;
        const struct code *known = codeset_find(map->outputs[o].set, code, strlen(code));
        text_format(&text, "%s%s %s", text.length > 0 ? " in " : "", code,
                    known != NULL ? known->name : "");
    }
    return text_take(&text);
}

char *name_choices(const struct crosswalk_map *map, const struct crosswalk_row *row)
{
    struct text text = {0};
    for (size_t c = 0; c < row->choice_count; c++) {
        char *name = name_targets(map, &row->choices[c].to);
        text_format(&text, "%s%s", c > 0 ? "; " : "", name);
        free(name);
    }
    return text_take(&text);
}

char *describe_choices(const struct crosswalk_map *map, const struct crosswalk_row *row)
{
    struct text text = {0};
    /* The names are in the crosswalk and in what a run says needs deciding; here they would be
     * repeated for every held record. */
    text_format(&text, ": %s%s", row->code,
                row->choice_count == 0 ? " has no choices" : " may become ");
    for (size_t c = 0; c < row->choice_count; c++) {
        const char *code = "";
        for (size_t o = 0; o < map->output_count; o++)
            code = row->choices[c].to.code[o] != NULL ? row->choices[c].to.code[o] : code;
        text_format(&text, "%s%s", c > 0 ? " or " : "", code);
    }
    return text_take(&text);
}
