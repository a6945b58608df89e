/* facts.h of cte-index: sets come out sorted, each fact once, whether they fit into memory or not;
 * stored_source.h: what was stored of a source is read back; spool.h: a failure is told. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "codetables/base/memory.h"
#include "stages/cte-index/facts.h"
#include "stages/cte-index/hash_filter.h"
#include "stages/cte-index/key_set.h"
#include "stages/cte-index/repeated_keys.h"
#include "stages/cte-index/stored_source.h"
#include "tests/unit/unit.h"

static char *folder;

static int make_folder(void)
{
    folder = test_path("facts");
    return mkdir(folder, 0700);
}

static int forget_folder(void)
{
    free(folder);
    return 0;
}

/* The numbers of a sequence that looks random and is always the same. */
static uint64_t next_number(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Whole facts compared part by part, by another road than the module's. */
static int compare_facts(const void *a, const void *b)
{
    const struct fact *x = a, *y = b;
    const uint64_t of_x[] = {x->key, x->part[0], x->part[1], x->part[2], x->part[3]},
                   of_y[] = {y->key, y->part[0], y->part[1], y->part[2], y->part[3]};
    for (size_t i = 0; i < sizeof of_x / sizeof *of_x; i++) {
        if (of_x[i] != of_y[i])
            return of_x[i] < of_y[i] ? -1 : 1;
    }
    return 0;
}

/* How facts of a test differ: in all bits of the key, in its lowest alone, in the last part alone;
 * or they come in their order. */
enum shape { SPREAD_KEYS, NEAR_KEYS, ONE_KEY, IN_ORDER, SHAPES };

static struct fact make_fact(enum shape shape, size_t number, uint64_t *state)
{
    const uint64_t random = next_number(state);
    switch (shape) {
    case SPREAD_KEYS: return (struct fact){random, {(uint32_t)(random % 3)}};
    case NEAR_KEYS: return (struct fact){random % 1000, {0, (uint32_t)(random >> 40)}};
    case ONE_KEY: return (struct fact){7, {1, 2, 3, (uint32_t)(random % 50000)}};
    default: return (struct fact){number / 2, {(uint32_t)(number % 2)}};
    }
}

/* Walks a set to its end and says whether it holds the facts, in their order. */
static bool holds_facts(const struct fact_set *set, const struct fact *facts, size_t count)
{
    size_t at = 0;
    struct fact_cursor cursor;
    open_cursor(&cursor, set);
    for (; cursor.has_fact && at < count && compare_facts(&cursor.fact, &facts[at]) == 0; at++)
        next_fact(&cursor);
    const bool all = at == count && !cursor.has_fact;
    close_cursor(&cursor);
    return all;
}

static void check_set(struct spool *spool, enum shape shape, size_t count)
{
    struct fact_set set = {.spool = spool};
    struct fact *facts = cte_alloc((2 * count + 1) * sizeof *facts);
    uint64_t state = 88172645463325252;
    size_t given = 0, kept = 0;
    for (size_t i = 0; i < count; i++) {
        facts[given++] = make_fact(shape, i, &state);
        put_fact(&set, facts[given - 1]);
        if (i % 5 == 0 && shape != IN_ORDER) { /* an earlier one comes again */
            facts[given] = facts[next_number(&state) % given];
            put_fact(&set, facts[given++]);
        }
    }
    sort_facts(&set);
    if (given > 1)
        qsort(facts, given, sizeof *facts, compare_facts);
    for (size_t i = 0; i < given; i++) {
        if (kept == 0 || compare_facts(&facts[kept - 1], &facts[i]) != 0)
            facts[kept++] = facts[i];
    }
    CHECK(set_has_facts(&set) == (count > 0), "%zu facts of shape %d: some", count, (int)shape);
    CHECK(holds_facts(&set, facts, kept), "%zu facts of shape %d", count, (int)shape);
    free(facts);
    free_facts(&set);
}

static void sets_are_sorted(void)
{
    /* What fits into memory, what just does not, and runs that are merged before the end. */
    const size_t counts[] = {0,
                             1,
                             2,
                             23,
                             24,
                             25,
                             1000,
                             FACTS_IN_RUN - 1,
                             FACTS_IN_RUN,
                             FACTS_IN_RUN + 1,
                             2 * FACTS_IN_RUN,
                             33 * FACTS_IN_RUN + 5};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        const enum shape end = counts[i] > 2 * FACTS_IN_RUN ? NEAR_KEYS : SHAPES;
        for (enum shape shape = 0; shape < end; shape++) {
            const char *const folders[] = {folder, NULL};
            struct spool spool;
            struct cte_error error = {0};
            open_spool(&spool, folders[i % 2]);
            check_set(&spool, shape, counts[i]);
            CHECK(spool_check(&spool, &error) == CTE_OK, "%s", error.text);
            close_spool(&spool);
        }
    }
}

static void two_cursors_walk_a_set(void)
{
    struct spool spool;
    open_spool(&spool, folder);
    struct fact_set set = {.spool = &spool};
    for (uint32_t i = 3 * FACTS_IN_RUN; i-- > 0;)
        put_fact(&set, (struct fact){i / 3, {i % 3}});
    sort_facts(&set);
    struct fact_cursor ahead, at;
    open_cursor(&ahead, &set);
    open_cursor(&at, &set);
    uint64_t key = 0, wrong = 0;
    for (; ahead.has_fact; key++) {
        uint32_t last = 0;
        for (; is_at_key(&ahead, key); next_fact(&ahead))
            last = ahead.fact.part[0];
        for (uint32_t part = 0; is_at_key(&at, key); next_fact(&at), part++)
            wrong += at.fact.part[0] != part || part > last;
    }
    CHECK(key == FACTS_IN_RUN && wrong == 0 && !at.has_fact, "%zu keys", (size_t)key);
    close_cursor(&at);
    open_cursor(&at, &set);
    skip_to_key(&at, FACTS_IN_RUN - 2);
    CHECK(at.fact.key == FACTS_IN_RUN - 2 && at.fact.part[0] == 0, "the key that was looked for");
    skip_to_key(&at, FACTS_IN_RUN);
    CHECK(!at.has_fact, "behind the last key");
    close_cursor(&ahead);
    close_cursor(&at);
    free_facts(&set);
    close_spool(&spool);
}

/* Parts that are the same in all, differ in one byte, in two, and in all four. */
static struct fact listed_fact(size_t count, size_t number)
{
    return (struct fact){count - number,
                         {UINT32_C(0xfedcba98), UINT32_C(0x12345600) + number % 256,
                          UINT32_C(0xabcd0000) + (uint32_t)number, (uint32_t)number * 0x9e3779b9U}};
}

static void lists_keep_their_order(void)
{
    const size_t counts[] = {0, 1, FACTS_IN_BLOCK, FACTS_IN_BLOCK + 1, 3 * FACTS_IN_BLOCK + 7};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct spool spool;
        open_spool(&spool, folder);
        struct fact_list list = {.spool = &spool};
        for (size_t n = 0; n < counts[i]; n++)
            add_fact(&list, listed_fact(counts[i], n));
        CHECK(has_facts(&list) == (counts[i] > 0), "%zu facts: some", counts[i]);
        CHECK(count_facts(&list) == counts[i], "%zu facts are counted", counts[i]);
        size_t read = 0, wrong = 0;
        struct loaded_block block = {.count = 0};
        for (size_t b = 0; b <= list.block_count; b++) {
            load_block(&block, &list, b);
            for (size_t k = 0; k < block.count; k++, read++) {
                const struct fact fact = loaded_fact(&block, k),
                                  given = listed_fact(counts[i], read);
                wrong += compare_facts(&fact, &given) != 0;
            }
            load_keys(&block, &list, b);
            for (size_t k = 0; k < block.count; k++)
                wrong +=
                    loaded_key(&block, k) != listed_fact(counts[i], b * FACTS_IN_BLOCK + k).key;
        }
        CHECK(read == counts[i] && wrong == 0, "%zu facts: %zu, %zu wrong", counts[i], read, wrong);
        unload_block(&block);
        free_fact_list(&list);
        close_spool(&spool);
    }
}

/* Most keys once; every hundredth twice, far from one another; one three times. */
static uint64_t repeated_key(size_t number, size_t count)
{
    const size_t first = number >= count / 2 && number % 100 == 0 ? number - count / 2 : number;
    uint64_t state = (first == 7 || first == 9 || first == 11 ? 7 : first) + 1;
    for (int i = 0; i < 3; i++)
        next_number(&state);
    return state;
}

static void what_is_repeated_is_kept(void)
{
    const size_t counts[] = {0, 1, 200, 1000, 10 * FACTS_IN_BLOCK + 200};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        const size_t count = counts[i];
        struct spool spool;
        open_spool(&spool, folder);
        struct fact_list list = {.spool = &spool};
        struct fact_set set = {.spool = &spool};
        for (size_t n = 0; n < count; n++)
            add_fact(&list, (struct fact){repeated_key(n, count), {0, 0, 1, (uint32_t)n}});
        take_repeated(&set, &list);
        CHECK(!has_facts(&list), "nothing is left of %zu", count);
        size_t kept = 0, repeated = 0, expected = 0, wrong = 0;
        struct fact last = {0};
        struct fact_cursor at;
        for (open_cursor(&at, &set); at.has_fact; next_fact(&at), kept++) {
            wrong += at.fact.key != repeated_key(at.fact.part[3], count) || at.fact.part[2] != 1 ||
                     (kept > 0 && compare_facts(&last, &at.fact) >= 0);
            repeated += kept > 0 && last.key == at.fact.key;
            last = at.fact;
        }
        close_cursor(&at);
        for (size_t n = count / 2; n < count; n++)
            expected += n > 0 && n % 100 == 0;
        expected += count > 11 ? 2 : 0; /* two more have the key of the eighth */
        CHECK(repeated == expected && wrong == 0, "%zu keys: %zu repeat one, not %zu; %zu wrong",
              count, repeated, expected, wrong);
        CHECK(count < 1000 || kept < 2 * expected + 10 + count / 50, "%zu of %zu keys are kept",
              kept, count);
        free_facts(&set);
        close_spool(&spool);
    }
}

/* Each that was added is found; of others about one of 30, where a hash has eight bits. */
static void a_filter_forgets_nothing(void)
{
    enum { COUNT = 100000 };
    struct hash_filter filter = new_filter(8 * COUNT, UINT64_C(1) << 30),
                       small = new_filter(8 * COUNT, 1024);
    uint64_t state = 88172645463325252;
    for (size_t i = 0; i < COUNT; i++) {
        const uint64_t hash = next_number(&state);
        add_hash(&filter, hash);
        add_hash(&small, hash);
    }
    size_t lost = 0, others = 0;
    state = 88172645463325252;
    for (size_t i = 0; i < COUNT; i++) {
        const uint64_t hash = next_number(&state);
        lost += !may_hold(&filter, hash) || !may_hold(&small, hash);
    }
    for (size_t i = 0; i < COUNT; i++)
        others += may_hold(&filter, next_number(&state));
    CHECK(lost == 0, "%zu are lost", lost);
    CHECK(others < COUNT / 20, "%zu others of %d", others, COUNT);
    CHECK(small.mask < 16, "no larger than it may be");
    free_filter(&filter);
    free_filter(&small);
}

static void a_spool_tells_its_first_failure(void)
{
    struct spool spool;
    struct cte_error error = {0};
    open_spool(&spool, "/nowhere/at/all");
    CHECK(spool_check(&spool, &error) == CTE_OK, "nothing was asked of it");
    struct fact_set set = {.spool = &spool};
    for (uint32_t i = 0; i < 2 * FACTS_IN_RUN; i++)
        put_fact(&set, (struct fact){i + 1U, {0}});
    sort_facts(&set);
    CHECK(spool_check(&spool, &error) != CTE_OK, "it cannot be made");
    CHECK(strstr(error.text, "/nowhere/at/all: cannot make a file without a name") != NULL, "%s",
          error.text);
    size_t nonsense = 0;
    struct fact_cursor cursor;
    for (open_cursor(&cursor, &set); cursor.has_fact; next_fact(&cursor))
        nonsense += cursor.fact.key != 0;
    CHECK(nonsense == 0, "zeros where nothing could be read");
    close_cursor(&cursor);
    free_facts(&set);
    close_spool(&spool);
}

/* Each third record has a blank line before it; each hundredth shares its line with the last. */
static uint32_t line_before(uint32_t record)
{
    return record + record / 3 - record / 100;
}

static void what_is_stored_is_read_back(void)
{
    const uint32_t records[] = {0, 1, 200, 255 * 3, 100000};
    for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
        struct spool spool;
        open_spool(&spool, folder);
        struct rules rules = {.rule_count = 0};
        struct indexed_source source = {.number = 4}, plain = {.number = 5};
        struct source_facts facts;
        open_source_facts(&facts, &source, &rules, &spool);
        struct line_changes *changes = &facts.line_changes;
        for (uint32_t n = 1; n <= records[i]; n++) {
            if (line_before(n) == line_before(n - 1) + 1)
                continue;
            GROW(changes->items, changes->count, changes->room);
            changes->items[changes->count++] = (struct line_change){n, line_before(n)};
        }
        GROW(facts.cuts.items, facts.cuts.count, facts.cuts.room);
        facts.cuts.items[facts.cuts.count++] = (struct cut){i, 2, 3, 4};
        GROW(facts.groups.members, facts.groups.member_count, facts.groups.member_room);
        facts.groups.members[facts.groups.member_count++] = (struct group_member){9, 8, 7};
        GROW(facts.groups.records, facts.groups.record_count, facts.groups.record_room);
        facts.groups.records[facts.groups.record_count++] =
            (struct grouped_record){.record = 9, .count = 1};
        store_source(&spool, &facts);
        drop_source_facts(&facts);
        struct stored_lines lines = {.spool = &spool};
        size_t wrong = 0;
        for (uint32_t n = 1; n <= records[i]; n++)
            wrong += stored_line(&lines, &source, n) != line_before(n);
        for (uint32_t n = records[i]; n > 0; n = n * 2 / 3)
            wrong += stored_line(&lines, &source, n) != line_before(n) ||
                     stored_line(&lines, &plain, n) != n;
        CHECK(wrong == 0, "lines of %u records: %zu are wrong", records[i], wrong);
        struct cut *cuts = stored_cuts(&spool, &source);
        CHECK(source.cuts == 1 && cuts[0].offset == i && cuts[0].sum == 4, "the cut");
        free(cuts);
        struct groups groups = stored_groups(&spool, &source);
        CHECK(groups.member_count == 1 && groups.members[0].record == 9 &&
                  groups.members[0].year == 7 && groups.record_count == 1 &&
                  groups.records[0].record == 9 && groups.records[0].count == 1,
              "the group");
        free(groups.members);
        free(groups.records);
        close_spool(&spool);
    }
}

/* Whether a key that comes alone is new. */
static bool is_new_key(struct key_set *set, uint64_t key)
{
    hold_key(set, key);
    return take_new_keys(set) == 1;
}

/* A key that comes again is known, but for the key 0, and for those that come when it is full. */
static void a_set_of_keys_knows_what_came(void)
{
    enum { FITS = 1 << 19, MORE = 1000 };
    struct key_set set = {.slots = NULL};
    size_t again = 0, lost = 0, forgotten = 0;
    uint64_t state = 88172645463325252;
    CHECK(take_new_keys(&set) == 0, "none waits");
    for (size_t i = 0; i < FITS; i++) {
        const uint64_t key = next_number(&state);
        again += !is_new_key(&set, key);
        lost += is_new_key(&set, key);
    }
    CHECK(again == 0 && lost == 0, "%zu new keys were known, %zu known ones new", again, lost);
    for (size_t i = 0; i < MORE; i++) {
        const uint64_t key = next_number(&state);
        forgotten += is_new_key(&set, key) && is_new_key(&set, key);
    }
    CHECK(forgotten == MORE, "%zu of %d are new each time", forgotten, MORE);
    state = 88172645463325252;
    for (size_t i = 0; i < FITS; i++)
        lost += is_new_key(&set, next_number(&state));
    CHECK(lost == 0, "%zu are lost when it is full", lost);
    CHECK(is_new_key(&set, 0) && is_new_key(&set, 0), "the key 0 is never known");
    free_key_set(&set);
    CHECK(is_new_key(&set, 5) && !is_new_key(&set, 5), "empty again");
    free_key_set(&set);
}

/* Of those that wait, each once, in their order. */
static void keys_wait_to_be_looked_up(void)
{
    struct key_set set = {.slots = NULL};
    size_t told = 0, wrong = 0;
    for (uint64_t i = 0; i < KEYS_HELD; i++)
        told += !hold_key(&set, 1 + i * 7 % 500);
    CHECK(told == 1 && set.held_count == KEYS_HELD, "told %zu times", told);
    const size_t count = take_new_keys(&set);
    for (size_t i = 0; i < count; i++)
        wrong += set.held[i] != 1 + i * 7 % 500;
    CHECK(count == 500 && wrong == 0, "%zu keys, %zu wrong", count, wrong);
    CHECK(take_new_keys(&set) == 0, "none waits any more");
    free_key_set(&set);
}

void add_facts_suite(void)
{
    static const CU_TestInfo tests[] = {
        {"sets are sorted, in memory and in runs", sets_are_sorted},
        {"two cursors walk a set", two_cursors_walk_a_set},
        {"lists keep their order", lists_keep_their_order},
        {"what is repeated is kept", what_is_repeated_is_kept},
        {"a filter forgets nothing", a_filter_forgets_nothing},
        {"a set of keys knows what came", a_set_of_keys_knows_what_came},
        {"keys wait to be looked up", keys_wait_to_be_looked_up},
        {"a spool tells its first failure", a_spool_tells_its_first_failure},
        {"what is stored of a source is read back", what_is_stored_is_read_back},
        CU_TEST_INFO_NULL,
    };
    add_suite("facts of cte-index", make_folder, forget_folder, tests);
}
