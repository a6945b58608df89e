/* Texts that accounts share. */
#include <stdlib.h>
#include <string.h>

#include "pipeline/run/account.h"

static void pack_column(const struct column *column, char *item, struct account_texts *texts)
{
    char *at = item + column->offset;
    const char *text;
    if (column->type == COLUMN_NAMED) {
        struct named_numbers *numbers = (struct named_numbers *)(void *)at;
        struct named_number *items = arena_alloc(&texts->numbers, numbers->count * sizeof *items);
        for (size_t i = 0; i < numbers->count; i++)
            items[i] = (struct named_number){
                map_key(&texts->texts, map_add_string(&texts->texts, numbers->items[i].name)).at,
                numbers->items[i].number};
        numbers->items = items;
    } else if (column->type == COLUMN_TEXT || column->type == COLUMN_PATH) {
        memcpy(&text, at, sizeof text);
        if (text != NULL)
            text = map_key(&texts->texts, map_add_string(&texts->texts, text)).at;
        memcpy(at, &text, sizeof text);
    }
}

static void pack_item(const struct fact_shape *shape, char *item, struct account_texts *texts)
{
    for (size_t c = 0; c < shape->column_count; c++)
        pack_column(&shape->columns[c], item, texts);
}

void account_pack(struct account *account, struct account_texts *texts)
{
    struct account packed = {0};
    for (enum fact fact = 0; fact < FACTS; fact++) {
        const struct fact_shape *shape = &fact_shapes[fact];
        const struct fact_list *from = &account->lists[fact];
        if (from->count == 0 || fact == FACT_FIELD_SUM || fact == FACT_PLACE || fact == FACT_PART)
            continue;
        char *items = cte_alloc(from->count * shape->size);
        memcpy(items, from->items, from->count * shape->size);
        for (size_t i = 0; i < from->count; i++)
            pack_item(shape, items + i * shape->size, texts);
        packed.lists[fact] = (struct fact_list){items, from->count, from->count};
    }
    account_free(account);
    *account = packed;
}

void account_join(struct account *into, const struct account *from, enum fact fact,
                  struct account_texts *texts)
{
    const struct fact_shape *shape = &fact_shapes[fact];
    union any_fact copy;
    for (const void *item = account_first(from, fact); item != NULL;
         item = account_next(from, fact, item)) {
        memcpy(&copy, item, shape->size);
        pack_item(shape, (char *)&copy, texts);
        account_add(into, fact, &copy);
    }
}

void account_texts_free(struct account_texts *texts)
{
    map_free(&texts->texts);
    arena_free(&texts->numbers);
}
