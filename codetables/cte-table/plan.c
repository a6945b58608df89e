#include "codetables/cte-table/plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/file.h"
#include "codetables/sheets/sheet.h"
#include "codetables/base/memory.h"

static int take(struct plan *plan, const char *line, char *where, struct cte_error *error)
{
    const char *equals = strchr(line, '=');
    struct arena *memory = &plan->memory;
    char *name = equals != NULL ? arena_take(memory, trimmed(line, (size_t)(equals - line))) : NULL;
    char *value =
        equals != NULL ? arena_take(memory, trimmed(equals + 1, strlen(equals + 1))) : NULL;
    if (name == NULL || value == NULL)
        return cte_fail(error, CTE_USAGE, "%s: a setting is written NAME = VALUE", where);
    for (size_t i = 0; i < plan->count; i++) {
        struct setting *other = &plan->list[i];
        if (strcmp(other->name, name) != 0)
            continue;
        if (strcmp(where, "--set") != 0 || strcmp(other->where, "--set") == 0)
            return cte_fail(error, CTE_USAGE, "%s: %s is set twice, first in %s", where, name,
                            other->where);
        other->value = value;
        other->where = where;
        return CTE_OK;
    }
    GROW(plan->list, plan->count, plan->room);
    plan->list[plan->count++] = (struct setting){name, value, where, false};
    return CTE_OK;
}

static int read_lines(struct plan *plan, const char *path, struct cte_error *error)
{
    FILE *file = file_stream(path);
    if (file == NULL)
        return file_fail(path, "cannot open the plan", CTE_NO_INPUT, error);
    char line[2048];
    int status = CTE_OK;
    for (unsigned number = 1; status == CTE_OK && fgets(line, sizeof line, file) != NULL;
         number++) {
        char *where = arena_format(&plan->memory, "%s:%u", path, number);
        char *bare = trimmed(line, strlen(line));
        if (strlen(line) == sizeof line - 1)
            status = cte_fail(error, CTE_USAGE, "%s: the line is too long for a setting", where);
        else if (bare != NULL && bare[0] != '#')
            status = take(plan, bare, where, error);
        free(bare);
    }
    if (status == CTE_OK && ferror(file))
        status = cte_fail(error, CTE_IO, "%s: cannot read the plan: %s", path, strerror(errno));
    fclose(file);
    return status;
}

int plan_read(const struct request *request, struct plan *plan, struct cte_error *error)
{
    *plan = (struct plan){0};
    int status = request->plan != NULL ? read_lines(plan, request->plan, error) : CTE_OK;
    for (size_t i = 0; i < request->settings.count && status == CTE_OK; i++)
        status =
            take(plan, request->settings.texts[i], arena_string(&plan->memory, "--set"), error);
    return status;
}

void plan_free(struct plan *plan)
{
    free(plan->list);
    arena_free(&plan->memory);
}

static struct setting *find(struct plan *plan, const char *map, const char *name)
{
    size_t length = map != NULL ? strlen(map) : 0;
    for (size_t i = 0; i < plan->count; i++) {
        const char *is = plan->list[i].name;
        if (map == NULL ? strcmp(is, name) == 0
                        : strncmp(is, map, length) == 0 && is[length] == '.' &&
                              strcmp(is + length + 1, name) == 0)
            return &plan->list[i];
    }
    return NULL;
}

const char *plan_get(struct plan *plan, const char *name)
{
    struct setting *setting = plan->map != NULL ? find(plan, plan->map, name) : NULL;
    if (setting == NULL)
        setting = find(plan, NULL, name);
    if (setting == NULL)
        return NULL;
    setting->used = true;
    return setting->value;
}

int plan_need(struct plan *plan, const char *name, const char **value, struct cte_error *error)
{
    *value = plan_get(plan, name);
    if (*value != NULL)
        return CTE_OK;
    if (plan->map != NULL)
        return cte_fail(error, CTE_USAGE,
                        "the plan does not set %s for map %s; add %s or %s.%s to the plan, or give "
                        "it with --set",
                        name, plan->map, name, plan->map, name);
    return cte_fail(error, CTE_USAGE,
                    "the plan does not set %s; add it to the plan, or give --set %s=…", name, name);
}

int plan_choose(struct plan *plan, struct plan_choice choice, bool *chosen, struct cte_error *error)
{
    const char *value = plan_get(plan, choice.name);
    *chosen = value != NULL && strcmp(value, choice.yes) == 0;
    if (value == NULL || *chosen || strcmp(value, choice.no) == 0)
        return CTE_OK;
    return cte_fail(error, CTE_USAGE, "%s = %s: is %s or %s", choice.name, value, choice.yes,
                    choice.no);
}

struct setting *plan_next(struct plan *plan, const char *prefix, size_t *at, const char **rest)
{
    size_t map = plan->map != NULL ? strlen(plan->map) : 0, length = strlen(prefix);
    while (*at < plan->count) {
        struct setting *setting = &plan->list[(*at)++];
        const char *name = setting->name;
        bool of_map = map > 0 && strncmp(name, plan->map, map) == 0 && name[map] == '.';
        if (of_map)
            name += map + 1;
        if (strncmp(name, prefix, length) != 0 || name[length] == '\0' ||
            (!of_map && map > 0 && find(plan, plan->map, name) != NULL))
            continue;
        setting->used = true;
        *rest = name + length;
        return setting;
    }
    return NULL;
}

int plan_all_used(const struct plan *plan, struct cte_error *error)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (!plan->list[i].used)
            return cte_fail(
                error, CTE_USAGE,
                "%s: there is no setting %s for this table; codetables/IMPORT.md names them",
                plan->list[i].where, plan->list[i].name);
    }
    return CTE_OK;
}
