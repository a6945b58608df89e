#include "pipeline/cte-run/kept_accounts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codetables/base/file.h"
#include "codetables/base/memory.h"
#include "codetables/base/text.h"
#include "pipeline/run/counted_rollups.h"

static void fail(struct kept_accounts *accounts)
{
    cte_fail(&accounts->error, output_status(errno), "cannot keep what was counted: %s",
             strerror(errno));
}

void open_accounts(struct run *run)
{
    struct kept_accounts *accounts = cte_zalloc(1, sizeof *accounts);
    pthread_mutex_init(&accounts->lock, NULL);
    run->accounts = accounts;
    const int fd = file_without_name(run->place.folder);
    accounts->file = fd >= 0 ? fdopen(fd, "w+") : NULL;
    if (accounts->file == NULL)
        fail(accounts);
}

void free_accounts(struct kept_accounts *accounts)
{
    if (accounts == NULL)
        return;
    if (accounts->file != NULL)
        fclose(accounts->file);
    account_free(&accounts->current);
    free(accounts->bytes);
    account_free(&accounts->joined);
    account_texts_free(&accounts->texts);
    map_free(&accounts->types);
    pthread_mutex_destroy(&accounts->lock);
    free(accounts);
}

/* ---- putting away ---- */

/* A fact lies in the file as its length, its kind and its columns, in the bytes of this machine:
 * nobody else reads it. A text is its length and one, or 0 where there is none, and has a NUL
 * behind it, so that it can be pointed to. */

static void put_text(struct text *bytes, const char *text)
{
    const uint32_t length = text != NULL ? (uint32_t)strlen(text) + 1 : 0;
    text_put(bytes, (const char *)&length, sizeof length);
    text_put(bytes, text, length);
}

static void put_named(struct text *bytes, const struct named_numbers *numbers)
{
    text_put(bytes, (const char *)&numbers->count, sizeof numbers->count);
    for (size_t i = 0; i < numbers->count; i++) {
        put_text(bytes, numbers->items[i].name);
        text_put(bytes, (const char *)&numbers->items[i].number, sizeof numbers->items[i].number);
    }
}

static size_t size_of(enum column_type type)
{
    return type == COLUMN_YES      ? sizeof(bool)
           : type == COLUMN_LETTER ? sizeof(char)
           : type == COLUMN_WORD   ? sizeof(int)
                                   : sizeof(uint64_t);
}

static void put_column(struct text *bytes, const struct column *column, const void *item)
{
    const char *at = (const char *)item + column->offset;
    switch (column->type) {
    case COLUMN_TEXT:
    case COLUMN_PATH: put_text(bytes, *(const char *const *)(const void *)at); break;
    case COLUMN_NAMED: put_named(bytes, (const void *)at); break;
    default: text_put(bytes, at, size_of(column->type));
    }
}

static void put_fact_bytes(struct text *bytes, enum fact fact, const void *item)
{
    const struct fact_shape *shape = &fact_shapes[fact];
    const size_t begin = bytes->length;
    uint32_t length = 0;
    text_put(bytes, (const char *)&length, sizeof length);
    text_add_byte(bytes, (char)fact);
    for (size_t c = 0; c < shape->column_count; c++)
        put_column(bytes, &shape->columns[c], item);
    length = (uint32_t)(bytes->length - begin);
    memcpy(bytes->bytes + begin, &length, sizeof length);
}

/* Sums of fields and the places of parts were for the balance alone. */
static bool is_kept(enum fact fact)
{
    return fact != FACT_FIELD_SUM && fact != FACT_PLACE && fact != FACT_PART;
}

void keep_account(struct run *run, struct run_source *source)
{
    struct kept_accounts *accounts = run->accounts;
    struct text bytes = {0};
    for (enum fact fact = 0; fact < FACTS; fact++) {
        for (const void *item = account_first(source->account, fact); item != NULL && is_kept(fact);
             item = account_next(source->account, fact, item))
            put_fact_bytes(&bytes, fact, item);
    }
    pthread_mutex_lock(&accounts->lock);
    source->kept_at = accounts->end;
    source->kept_bytes = bytes.length;
    accounts->end += bytes.length;
    if (accounts->error.status == CTE_OK && bytes.length > 0 &&
        fwrite(bytes.bytes, bytes.length, 1, accounts->file) != 1)
        fail(accounts);
    pthread_mutex_unlock(&accounts->lock);
    text_free(&bytes);
}

/* ---- asked for ---- */

static const char *take_text(const char **at)
{
    uint32_t length;
    memcpy(&length, *at, sizeof length);
    const char *text = length > 0 ? *at + sizeof length : NULL;
    *at += sizeof length + length;
    return text;
}

static void take_named(const char **at, struct named_numbers *numbers, struct arena *memory)
{
    memcpy(&numbers->count, *at, sizeof numbers->count);
    *at += sizeof numbers->count;
    numbers->items = arena_alloc(memory, numbers->count * sizeof *numbers->items);
    for (size_t i = 0; i < numbers->count; i++) {
        numbers->items[i].name = take_text(at);
        memcpy(&numbers->items[i].number, *at, sizeof numbers->items[i].number);
        *at += sizeof numbers->items[i].number;
    }
}

/* The fact at `at`, whose texts stay where they are. */
static void take_fact(struct account *account, enum fact fact, const char *at)
{
    const struct fact_shape *shape = &fact_shapes[fact];
    union any_fact item;
    memset(&item, 0, sizeof item);
    for (size_t c = 0; c < shape->column_count; c++) {
        const struct column *column = &shape->columns[c];
        char *to = (char *)&item + column->offset;
        const char *text;
        switch (column->type) {
        case COLUMN_TEXT:
        case COLUMN_PATH:
            text = take_text(&at);
            memcpy(to, &text, sizeof text);
            break;
        case COLUMN_NAMED:
            take_named(&at, (struct named_numbers *)(void *)to, &account->memory);
            break;
        default: memcpy(to, at, size_of(column->type)); at += size_of(column->type);
        }
    }
    account_append(account, fact, &item);
}

static void take_facts(struct kept_accounts *accounts, unsigned facts)
{
    const char *at = accounts->bytes, *end = at + accounts->length;
    for (uint32_t length; at < end; at += length) {
        memcpy(&length, at, sizeof length);
        const enum fact fact = (enum fact)at[sizeof length];
        if ((facts >> fact & 1) != 0)
            take_fact(&accounts->current, fact, at + sizeof length + 1);
    }
}

const struct account *kept_account(const struct run *run, size_t source, unsigned facts)
{
    struct kept_accounts *accounts = run->accounts;
    const struct run_source *wanted = &run->sources[source];
    account_free(&accounts->current);
    accounts->current = (struct account){.places = NULL};
    if (accounts->error.status != CTE_OK || wanted->kept_bytes == 0 ||
        wanted->status > CTE_SOME_LEFT)
        return &accounts->current;
    free(accounts->bytes);
    accounts->length = (size_t)wanted->kept_bytes;
    accounts->bytes = cte_alloc(accounts->length);
    if (fseeko(accounts->file, (off_t)wanted->kept_at, SEEK_SET) == 0 &&
        fread(accounts->bytes, accounts->length, 1, accounts->file) == 1)
        take_facts(accounts, facts);
    else
        fail(accounts);
    return &accounts->current;
}

int accounts_status(const struct run *run, struct cte_error *error)
{
    const struct cte_error *met = &run->accounts->error;
    return met->status != CTE_OK ? cte_fail(error, met->status, "%s", met->text) : error->status;
}

/* ---- added up ---- */

/* Kinds of records as they came: what is rejected has come to no crosswalk. */
static void join_kinds(struct kept_accounts *accounts, const struct run_source *source,
                       const struct account *account)
{
    struct account came = {.places = NULL};
    for (const struct fact_kind *kind = account_first(account, FACT_KIND); kind != NULL;
         kind = account_next(account, FACT_KIND, kind)) {
        if (strcmp(kind->from, "0.0") == 0 && source->rejected < source->read)
            account_add(&came, FACT_KIND, kind);
    }
    account_join(&accounts->joined, &came, FACT_KIND, &accounts->texts);
    account_free(&came);
}

static void count_waiting(struct kept_accounts *accounts, const struct account *account)
{
    const struct fact_unmapped *unmapped = account_first(account, FACT_UNMAPPED);
    accounts->unmapped_codes += unmapped != NULL ? unmapped->codes : 0;
    accounts->unmapped_records += unmapped != NULL ? unmapped->records : 0;
    for (const struct fact_found *found = account_first(account, FACT_FOUND); found != NULL;
         found = account_next(account, FACT_FOUND, found))
        accounts->waiting += found->waits == WAITS_FOR_DECISION;
}

void gather_accounts(struct run *run)
{
    static const enum fact joined[] = {FACT_TABLE, FACT_NEEDED, FACT_MAP, FACT_UNASKED,
                                       FACT_DECISION};
    struct kept_accounts *accounts = run->accounts;
    unsigned facts = KEPT(FACT_KIND) | KEPT(FACT_UNMAPPED) | KEPT(FACT_FOUND);
    for (size_t i = 0; i < sizeof joined / sizeof *joined; i++)
        facts |= KEPT(joined[i]);
    for (size_t s = 0; s < run->source_count; s++) {
        const struct account *account = kept_account(run, s, facts);
        for (size_t i = 0; i < sizeof joined / sizeof *joined; i++)
            account_join(&accounts->joined, account, joined[i], &accounts->texts);
        join_kinds(accounts, &run->sources[s], account);
        note_record_types(&accounts->types, account);
        count_waiting(accounts, account);
    }
}
