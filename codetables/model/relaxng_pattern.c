#include "codetables/model/relaxng_pattern.h"

#include <stdlib.h>
#include <string.h>

#include "codetables/model/table.h"
#include "codetables/base/memory.h"

/* What a remembered step was: one of these, or the making of a pattern of a kind. */
enum { STEP_START = 16, STEP_ATTRIBUTE, STEP_ATTRIBUTES, STEP_TEXT, STEP_END, STEP_ASKED };

struct step {
    uint32_t what, from, to;
    bool used;
    uint64_t by;
};

static size_t step_slot(const struct grammar *grammar, uint32_t what, uint32_t from, uint64_t by)
{
    uint64_t h = (what * 0x9e3779b97f4a7c15ULL) ^ (from * 0xc2b2ae3d27d4eb4fULL) ^
                 (by * 0x165667b19e3779f9ULL);
    size_t i = (h ^ (h >> 31)) & (grammar->step_room - 1);
    while (grammar->steps[i].used && (grammar->steps[i].what != what ||
                                      grammar->steps[i].from != from || grammar->steps[i].by != by))
        i = (i + 1) & (grammar->step_room - 1);
    return i;
}

static bool remembered(const struct grammar *grammar, uint32_t what, uint32_t from, uint64_t by,
                       uint32_t *to)
{
    const struct step *step = &grammar->steps[step_slot(grammar, what, from, by)];
    *to = step->to;
    return step->used;
}

static uint32_t remember(struct grammar *grammar, uint32_t what, uint32_t from, uint64_t by,
                         uint32_t to)
{
    if ((grammar->step_count + 1) * 2 > grammar->step_room) {
        struct step *old = grammar->steps;
        size_t count = grammar->step_room;
        grammar->step_room *= 2;
        grammar->steps = cte_zalloc(grammar->step_room, sizeof *grammar->steps);
        for (size_t i = 0; i < count; i++) {
            if (old[i].used)
                grammar->steps[step_slot(grammar, old[i].what, old[i].from, old[i].by)] = old[i];
        }
        free(old);
    }
    struct step *step = &grammar->steps[step_slot(grammar, what, from, by)];
    grammar->step_count += !step->used;
    *step = (struct step){what, from, to, true, by};
    return to;
}

static bool is_nullable(const struct grammar *grammar, enum pattern_kind kind, uint32_t a,
                        uint32_t b)
{
    switch (kind) {
    case PATTERN_EMPTY:
    case PATTERN_TEXT: return true;
    case PATTERN_MORE: return grammar->patterns[a].nullable;
    case PATTERN_CHOICE: return grammar->patterns[a].nullable || grammar->patterns[b].nullable;
    case PATTERN_GROUP: return grammar->patterns[a].nullable && grammar->patterns[b].nullable;
    default: return false;
    }
}

pattern_id pattern_of(struct grammar *grammar, enum pattern_kind kind, uint32_t a, uint32_t b)
{
    uint32_t found;
    if (remembered(grammar, kind, a, b, &found))
        return found;
    bool nullable = is_nullable(grammar, kind, a, b);
    grammar->patterns =
        cte_realloc(grammar->patterns, (grammar->pattern_count + 1) * sizeof *grammar->patterns);
    grammar->patterns[grammar->pattern_count] = (struct pattern){kind, a, b, nullable};
    return remember(grammar, kind, a, b, (uint32_t)grammar->pattern_count++);
}

void grammar_start(struct grammar *grammar)
{
    grammar->step_room = 256;
    grammar->steps = cte_zalloc(grammar->step_room, sizeof *grammar->steps);
    pattern_of(grammar, PATTERN_NOT_ALLOWED, 0, 0);
    pattern_of(grammar, PATTERN_EMPTY, 0, 0);
}

/* A choice is a chain to the left; whether b is one of it. */
static bool chain_holds(const struct grammar *grammar, pattern_id chain, pattern_id b)
{
    while (grammar->patterns[chain].kind == PATTERN_CHOICE) {
        if (grammar->patterns[chain].b == b)
            return true;
        chain = grammar->patterns[chain].a;
    }
    return chain == b;
}

pattern_id choice_of(struct grammar *grammar, pattern_id a, pattern_id b)
{
    if (a == PATTERN_NOT_ALLOWED)
        return b;
    if (b == PATTERN_NOT_ALLOWED || chain_holds(grammar, a, b))
        return a;
    if (grammar->patterns[b].kind == PATTERN_CHOICE) {
        pattern_id last = grammar->patterns[b].b;
        return choice_of(grammar, choice_of(grammar, a, grammar->patterns[b].a), last);
    }
    return pattern_of(grammar, PATTERN_CHOICE, a, b);
}

pattern_id group_of(struct grammar *grammar, pattern_id a, pattern_id b)
{
    if (a == PATTERN_NOT_ALLOWED || b == PATTERN_NOT_ALLOWED)
        return PATTERN_NOT_ALLOWED;
    if (a == PATTERN_EMPTY)
        return b;
    return b == PATTERN_EMPTY ? a : pattern_of(grammar, PATTERN_GROUP, a, b);
}

pattern_id more_of(struct grammar *grammar, pattern_id a)
{
    return a == PATTERN_NOT_ALLOWED || a == PATTERN_EMPTY ? a
                                                          : pattern_of(grammar, PATTERN_MORE, a, 0);
}

static pattern_id after_of(struct grammar *grammar, pattern_id a, pattern_id b)
{
    return a == PATTERN_NOT_ALLOWED || b == PATTERN_NOT_ALLOWED
               ? PATTERN_NOT_ALLOWED
               : pattern_of(grammar, PATTERN_AFTER, a, b);
}

/* What follows the elements that were opened, with `then` put behind it, by group or by after. */
static pattern_id followed_by(struct grammar *grammar, pattern_id opened, pattern_id then,
                              bool by_after)
{
    struct pattern p = grammar->patterns[opened];
    if (p.kind == PATTERN_CHOICE)
        return choice_of(grammar, followed_by(grammar, p.a, then, by_after),
                         followed_by(grammar, p.b, then, by_after));
    if (p.kind != PATTERN_AFTER)
        return PATTERN_NOT_ALLOWED;
    return after_of(grammar, p.a,
                    by_after ? after_of(grammar, p.b, then) : group_of(grammar, p.b, then));
}

/* a again, any number of times. */
static pattern_id any_number_of(struct grammar *grammar, pattern_id a)
{
    return choice_of(grammar, more_of(grammar, a), PATTERN_EMPTY);
}

pattern_id after_start(struct grammar *grammar, pattern_id pattern, const char *name)
{
    uint32_t found;
    if (remembered(grammar, STEP_START, pattern, (uintptr_t)name, &found))
        return found;
    struct pattern p = grammar->patterns[pattern];
    pattern_id left = PATTERN_NOT_ALLOWED;
    switch (p.kind) {
    case PATTERN_ELEMENT:
        if (grammar->elements[p.a].name == name)
            left = after_of(grammar, element_content(grammar, p.a), PATTERN_EMPTY);
        break;
    case PATTERN_CHOICE:
        left = choice_of(grammar, after_start(grammar, p.a, name), after_start(grammar, p.b, name));
        break;
    case PATTERN_GROUP:
        left = followed_by(grammar, after_start(grammar, p.a, name), p.b, false);
        if (grammar->patterns[p.a].nullable)
            left = choice_of(grammar, left, after_start(grammar, p.b, name));
        break;
    case PATTERN_MORE:
        left = followed_by(grammar, after_start(grammar, p.a, name), any_number_of(grammar, p.a),
                           false);
        break;
    case PATTERN_AFTER:
        left = followed_by(grammar, after_start(grammar, p.a, name), p.b, true);
        break;
    default: break;
    }
    return remember(grammar, STEP_START, pattern, (uintptr_t)name, left);
}

bool class_holds(const struct name_class *names, const char *name)
{
    for (size_t i = 0; i < names->except_count; i++) {
        if (names->except[i] == name)
            return false;
    }
    return names->name == name || (names->name == NULL && !(names->no_namespace && name[0] == '{'));
}

bool has_attribute(const struct grammar *grammar, pattern_id pattern, const char *name)
{
    const struct pattern *p = &grammar->patterns[pattern];
    switch (p->kind) {
    case PATTERN_ATTRIBUTE: return class_holds(&grammar->classes[p->a], name);
    case PATTERN_MORE:
    case PATTERN_AFTER: return has_attribute(grammar, p->a, name);
    case PATTERN_CHOICE:
    case PATTERN_GROUP:
        return has_attribute(grammar, p->a, name) || has_attribute(grammar, p->b, name);
    default: return false;
    }
}

static void add_asked(struct asked_types *asked, uint32_t type)
{
    for (size_t i = 0; i < asked->count; i++) {
        if (asked->types[i] == type)
            return;
    }
    asked->types = cte_realloc(asked->types, (asked->count + 1) * sizeof *asked->types);
    asked->types[asked->count++] = type;
}

static void collect_asked(const struct grammar *grammar, pattern_id pattern, const char *name,
                          struct asked_types *asked)
{
    const struct pattern *p = &grammar->patterns[pattern];
    switch (p->kind) {
    case PATTERN_DATA:
        if (name == NULL)
            add_asked(asked, p->a);
        break;
    case PATTERN_ATTRIBUTE:
        if (name != NULL && class_holds(&grammar->classes[p->a], name))
            collect_asked(grammar, p->b, NULL, asked);
        break;
    case PATTERN_MORE:
    case PATTERN_AFTER: collect_asked(grammar, p->a, name, asked); break;
    case PATTERN_CHOICE:
    case PATTERN_GROUP:
        collect_asked(grammar, p->a, name, asked);
        collect_asked(grammar, p->b, name, asked);
        break;
    default: break;
    }
}

const struct asked_types *asked_of(struct grammar *grammar, pattern_id pattern, const char *name)
{
    uint32_t found;
    if (!remembered(grammar, STEP_ASKED, pattern, (uintptr_t)name, &found)) {
        struct asked_types asked = {0};
        collect_asked(grammar, pattern, name, &asked);
        if (asked.count > MOST_ASKED)
            grammar->unknown = true;
        grammar->asked =
            cte_realloc(grammar->asked, (grammar->asked_count + 1) * sizeof *grammar->asked);
        grammar->asked[grammar->asked_count] = asked;
        found = remember(grammar, STEP_ASKED, pattern, (uintptr_t)name,
                         (uint32_t)grammar->asked_count++);
    }
    return &grammar->asked[found];
}

static pattern_id step_text(struct grammar *grammar, pattern_id pattern,
                            const struct asked_types *asked, uint64_t fits)
{
    struct pattern p = grammar->patterns[pattern];
    switch (p.kind) {
    case PATTERN_TEXT: return pattern;
    case PATTERN_DATA: return fits_type(asked, fits, p.a) ? PATTERN_EMPTY : PATTERN_NOT_ALLOWED;
    case PATTERN_CHOICE:
        return choice_of(grammar, step_text(grammar, p.a, asked, fits),
                         step_text(grammar, p.b, asked, fits));
    case PATTERN_MORE:
        return group_of(grammar, step_text(grammar, p.a, asked, fits), any_number_of(grammar, p.a));
    case PATTERN_AFTER: return after_of(grammar, step_text(grammar, p.a, asked, fits), p.b);
    case PATTERN_GROUP: {
        pattern_id left = group_of(grammar, step_text(grammar, p.a, asked, fits), p.b);
        return grammar->patterns[p.a].nullable
                   ? choice_of(grammar, left, step_text(grammar, p.b, asked, fits))
                   : left;
    }
    default: return PATTERN_NOT_ALLOWED;
    }
}

pattern_id after_text(struct grammar *grammar, pattern_id pattern, const char *text)
{
    /* A copy, since what it is held against may be a list, for which more is asked. */
    const struct asked_types asked = *asked_of(grammar, pattern, NULL);
    uint64_t fits = types_of(grammar, &asked, text);
    uint32_t found;
    if (remembered(grammar, STEP_TEXT, pattern, fits, &found))
        return found;
    return remember(grammar, STEP_TEXT, pattern, fits, step_text(grammar, pattern, &asked, fits));
}

/* `blank` says that the value is, which what may be empty takes as well. */
struct attribute_step {
    const char *name;
    const struct asked_types *asked;
    uint64_t fits;
    bool blank, any;
};

static pattern_id step_attribute(struct grammar *grammar, pattern_id pattern,
                                 const struct attribute_step *step)
{
    struct pattern p = grammar->patterns[pattern];
    switch (p.kind) {
    case PATTERN_ATTRIBUTE: {
        if (!class_holds(&grammar->classes[p.a], step->name))
            return PATTERN_NOT_ALLOWED;
        bool fits = step->any || (step->blank && grammar->patterns[p.b].nullable) ||
                    grammar->patterns[step_text(grammar, p.b, step->asked, step->fits)].nullable;
        return fits ? PATTERN_EMPTY : PATTERN_NOT_ALLOWED;
    }
    case PATTERN_CHOICE:
        return choice_of(grammar, step_attribute(grammar, p.a, step),
                         step_attribute(grammar, p.b, step));
    case PATTERN_MORE:
        return group_of(grammar, step_attribute(grammar, p.a, step), any_number_of(grammar, p.a));
    case PATTERN_AFTER: return after_of(grammar, step_attribute(grammar, p.a, step), p.b);
    case PATTERN_GROUP: {
        pattern_id first = group_of(grammar, step_attribute(grammar, p.a, step), p.b);
        return choice_of(grammar, first,
                         group_of(grammar, p.a, step_attribute(grammar, p.b, step)));
    }
    default: return PATTERN_NOT_ALLOWED;
    }
}

pattern_id after_attribute(struct grammar *grammar, pattern_id pattern, const char *name,
                           const char *value)
{
    const struct asked_types asked = *asked_of(grammar, pattern, name);
    struct attribute_step step = {name, &asked, types_of(grammar, &asked, value), is_blank(value),
                                  false};
    /* Steps are remembered by what was asked, which the name decides, and by the answers. */
    uint32_t key, found;
    remembered(grammar, STEP_ASKED, pattern, (uintptr_t)name, &key);
    uint64_t by = step.fits ^ (step.blank ? 1ULL << 63 : 0);
    if (asked.count == MOST_ASKED) /* no bit is left to tell a blank one */
        return step_attribute(grammar, pattern, &step);
    if (remembered(grammar, STEP_ATTRIBUTE, key, by, &found))
        return found;
    return remember(grammar, STEP_ATTRIBUTE, key, by, step_attribute(grammar, pattern, &step));
}

pattern_id after_any_value(struct grammar *grammar, pattern_id pattern, const char *name)
{
    struct attribute_step step = {.name = name, .any = true};
    return step_attribute(grammar, pattern, &step);
}

static pattern_id close_attributes(struct grammar *grammar, pattern_id pattern, pattern_id missing)
{
    struct pattern p = grammar->patterns[pattern];
    switch (p.kind) {
    case PATTERN_ATTRIBUTE: return missing;
    case PATTERN_CHOICE:
        return choice_of(grammar, close_attributes(grammar, p.a, missing),
                         close_attributes(grammar, p.b, missing));
    case PATTERN_GROUP:
        return group_of(grammar, close_attributes(grammar, p.a, missing),
                        close_attributes(grammar, p.b, missing));
    case PATTERN_MORE: return more_of(grammar, close_attributes(grammar, p.a, missing));
    case PATTERN_AFTER: return after_of(grammar, close_attributes(grammar, p.a, missing), p.b);
    default: return pattern;
    }
}

pattern_id after_attributes(struct grammar *grammar, pattern_id pattern)
{
    uint32_t found;
    if (remembered(grammar, STEP_ATTRIBUTES, pattern, 0, &found))
        return found;
    return remember(grammar, STEP_ATTRIBUTES, pattern, 0,
                    close_attributes(grammar, pattern, PATTERN_NOT_ALLOWED));
}

pattern_id without_attributes(struct grammar *grammar, pattern_id pattern)
{
    return close_attributes(grammar, pattern, PATTERN_EMPTY);
}

static pattern_id end_of(struct grammar *grammar, pattern_id pattern, bool any)
{
    struct pattern p = grammar->patterns[pattern];
    if (p.kind == PATTERN_CHOICE)
        return choice_of(grammar, end_of(grammar, p.a, any), end_of(grammar, p.b, any));
    return p.kind == PATTERN_AFTER && (any || grammar->patterns[p.a].nullable)
               ? p.b
               : PATTERN_NOT_ALLOWED;
}

pattern_id after_end(struct grammar *grammar, pattern_id pattern)
{
    uint32_t found;
    if (remembered(grammar, STEP_END, pattern, 0, &found))
        return found;
    return remember(grammar, STEP_END, pattern, 0, end_of(grammar, pattern, false));
}

pattern_id after_any_end(struct grammar *grammar, pattern_id pattern)
{
    return end_of(grammar, pattern, true);
}
