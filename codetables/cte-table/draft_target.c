/* A crosswalk changes a record only where a layout has a field that takes what its maps give. A
 * table without such a field would convert nothing, and every program would call that well. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/cte-table/draft.h"
#include "codetables/base/memory.h"
#include "codetables/base/text.h"

enum { MAX_GIVEN = 64 };

/* What the maps of a crosswalk give, and which of it is taken. */
struct given {
    char *map, *output;
    bool anywhere, by_year; /* some layout takes it; one that is taken by year does */
};

struct given_list {
    struct given list[MAX_GIVEN];
    size_t count;
};

static bool takes(const struct layout *layout, const struct given *given)
{
    for (size_t r = 0; r < layout->record_count; r++) {
        for (size_t f = 0; f < layout->records[r].field_count; f++) {
            const struct field *field = &layout->records[r].fields[f];
            if (field->origin == ORIGIN_RECODE && strcmp(field->map, given->map) == 0 &&
                strcmp(field->output, given->output) == 0)
                return true;
        }
    }
    return false;
}

static void list_given(xmlNodePtr root, const struct tables *tables, struct given_list *all)
{
    all->count = 0;
    for (xmlNodePtr map = first_element(root, "map"); map != NULL; map = next_element(map, "map")) {
        for (xmlNodePtr o = first_element(map, "output"); o != NULL && all->count < MAX_GIVEN;
             o = next_element(o, "output")) {
            struct given *given = &all->list[all->count++];
            *given = (struct given){.map = attribute_or(map, "id", ""),
                                    .output = attribute_or(o, "id", "")};
            for (size_t l = 0; l < tables->layout_count; l++) {
                bool taken = takes(&tables->layouts[l], given);
                given->anywhere = given->anywhere || taken;
                given->by_year = given->by_year || (taken && tables->layouts[l].first != YEAR_NONE);
            }
        }
    }
}

static size_t count_taken(const struct layout *layout, const struct given_list *given)
{
    size_t taken = 0;
    for (size_t i = 0; i < given->count; i++)
        taken += takes(layout, &given->list[i]);
    return taken;
}

/* The identifiers of the layouts that take all that any layout takes, as words; how many. */
static size_t list_layouts(const struct tables *tables, const struct given_list *given,
                           size_t wanted, char **names)
{
    const char *last = NULL;
    size_t found = 0;
    struct text text = {0};
    for (size_t l = 0; l < tables->layout_count; l++) {
        const struct layout *layout = &tables->layouts[l];
        if (count_taken(layout, given) != wanted ||
            (last != NULL && strcmp(last, layout->identity.id) == 0))
            continue;
        last = layout->identity.id;
        text_join(&text, " or ", last);
        found++;
    }
    *names = text_take(&text);
    return found;
}

static int use_named(xmlNodePtr root, const char *named, struct tables *tables,
                     const struct given_list *given, struct text *said, struct cte_error *error)
{
    const struct layout *layout = tables_layout(tables, named, error);
    if (error->status != CTE_OK)
        return error->status;
    if (layout == NULL)
        return cte_fail(error, CTE_USAGE,
                        "target-layout = %s: there is no such layout in %s/layouts", named,
                        tables->folder);
    if (count_taken(layout, given) == 0)
        return cte_fail(error, CTE_USAGE,
                        "target-layout = %s: no field of it takes output %s of map %s, or any "
                        "other of this table; name the layout "
                        "whose fields take it (<recode map=… output=…>)",
                        named, given->list[0].output, given->list[0].map);
    for (size_t i = 0; i < given->count; i++) {
        if (!takes(layout, &given->list[i]))
            text_format(said, "no field of layout %s takes output %s of map %s\n", named,
                        given->list[i].output, given->list[i].map);
    }
    draft_put(root, "target-layout", named);
    return CTE_OK;
}

int draft_target(xmlNodePtr root, struct plan *plan, struct tables *tables, struct text *said,
                 struct cte_error *error)
{
    struct given_list given;
    size_t anywhere = 0, by_year = 0;
    const char *named = plan_get(plan, "target-layout");
    char *names = NULL;
    list_given(root, tables, &given);
    for (size_t i = 0; i < given.count; i++) {
        anywhere += given.list[i].anywhere;
        by_year += given.list[i].by_year;
    }
    if (named != NULL) {
        use_named(root, named, tables, &given, said, error);
    } else {
        for (size_t i = 0; i < given.count; i++) {
            if (!given.list[i].anywhere)
                text_format(said,
                            "no layout has a field for output %s of map %s: no record takes it\n",
                            given.list[i].output, given.list[i].map);
        }
        if (by_year < anywhere) {
            size_t found = list_layouts(tables, &given, anywhere, &names);
            if (found == 1) {
                draft_put(root, "target-layout", names);
                text_format(
                    said,
                    "the target layout is %s, which alone has the fields for what this table "
                    "gives\n",
                    names);
            } else {
                cte_fail(error, CTE_USAGE,
                         "no record would be converted: the layouts that are taken by year have no "
                         "field for what this table gives; "
                         "set target-layout%s%s",
                         found > 0 ? " to "
                                   : " to one that has some of it, or make a table for each",
                         names);
            }
        }
    }
    for (size_t i = 0; i < given.count; i++) {
        free(given.list[i].map);
        free(given.list[i].output);
    }
    free(names);
    return error->status;
}
