/* manifest.h: what is written is read back into the same structs, and what a manifest is not is
 * refused. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "pipeline/run/lines.h"
#include "pipeline/run/manifest.h"
#include "tests/unit/unit.h"

static char *folder;

static int make_folder(void)
{
    folder = test_path("run");
    return mkdir(folder, 0700);
}

static int forget_folder(void)
{
    free(folder);
    return 0;
}

static const char lines[] =
    "%source^A^in/A.txt^caret^none^utf-8\n%content^10^0abc\n"
    "%sums^3^1^0^1^1\n%counts^cte-read^records=3\n"
    "%program^cte-read^0.1.0\n"
    "%table^cte-read^decisions^my%20file \\n.csv^^^0abc\n"
    "%kind^1.1^made-up^AAAA^upload^5^0.0\n%note^3^odd <text> & \"more\"\n"
    "%changed^1^1.05^Code^10^20^walk^1.0^r1^because\n"
    "%found^2^M0001^F^1.05^Code^is wrong^unmapped\n"
    "%file^converted^A.txt^100^1^0abc\n%file^changes^A.changes.csv^90^1^0d\n"
    "%school^AAAA^1^2024-2025^2^3^1^1\n%breach^2^AAAA^1^2^M0001^F^1.05^3, 4\n";

/* A manifest with each element there is. */
static int write_all(struct cte_error *error)
{
    static const struct manifest_option options[] = {
        {"crosswalk", "a"}, {"crosswalk", "b"}, {"shrink", "refuse"}};
    static const struct fact_table tables[] = {{"cte-run", "rollups", "r", "1.0", "draft", "0e"}};
    static const struct shrunk shrunk[] = {
        {"AAAA", "1", "2023-2024", 0, 9, "R0", "2 0 (9)", true},
        {"BBBB", "1", "2024-2025", 3, 4, "R0", "2 3 (4)", false}};
    static const struct overlap overlaps[] = {{1, "AAAA", "1 2024-2025", 0, 5, true},
                                              {1, "AAAA", "1 2024-2025", 1, 2, true},
                                              {2, "AAAA", "1 2023-2024", 1, 7, false},
                                              {2, "AAAA", "1 2023-2024", 0, 7, false}};
    static const struct unused unused[] = {{"crosswalk-unused", "b was not used"}};
    static const struct manifest_stage stages[] = {{"cte-read", 0.25}, {"cte-write", -1}};
    static const struct account nothing;
    static const char said[] = "one line\nand another\n";
    struct account account = {0};
    struct output output;
    account_read(&account, "A", slice_of(lines), error);
    account_add(&account, FACT_FIELD,
                &(struct fact_field){"AAAA", "1.05", "yes", NULL, "00000000000000ff",
                                     "0000000000000100", "0000000000000100", "0000000000000101"});
    account_add(&account, FACT_FIELD,
                &(struct fact_field){"AAAA", "1.06", "no", .personal = "yes"});
    const struct manifest_source sources[] = {
        {"A", "in/A.txt", NULL, "incomplete", 1, &account, stages, 2, {NULL, 0}},
        {"B", "in/B%0A.dat", "csv", "refused", 65, &nothing, NULL, 0, slice_of(said)}};
    const struct manifest manifest = {.id = "R1",
                                      .program = "cte-run",
                                      .version = "0.1.0",
                                      .started = "2025-01-01T00:00:00Z",
                                      .exit = 65,
                                      .is_beside = true,
                                      .before = {"R0", "0f", NULL},
                                      .repeats = {"R9", "0a", "2024-01-01T00:00:00Z"},
                                      .pruned = {3, "0b"},
                                      .all_sources = {12, "hash of the list"},
                                      .options = options,
                                      .option_count = 3,
                                      .tables = tables,
                                      .table_count = 1,
                                      .shrunk = shrunk,
                                      .shrunk_count = 2,
                                      .overlaps = overlaps,
                                      .overlap_count = 4,
                                      .unused = unused,
                                      .unused_count = 1,
                                      .sources = sources,
                                      .source_count = 2};
    if (output_open(&output, folder, "manifest.xml", false, error) == CTE_OK &&
        manifest_write(&manifest, &output, error) == CTE_OK &&
        output_close(&output, error) == CTE_OK)
        output_publish(&output, error);
    output_discard(&output);
    account_free(&account);
    return error->status;
}

static void check_head(const struct manifest *manifest)
{
    CHECK_TEXT("id", "R1", manifest->id);
    CHECK_TEXT("program", "cte-run", manifest->program);
    CHECK_TEXT("version", "0.1.0", manifest->version);
    CHECK_TEXT("started", "2025-01-01T00:00:00Z", manifest->started);
    CHECK(manifest->exit == 65 && manifest->is_beside, "how it ended");
    CHECK_TEXT("before", "R0", manifest->before.id);
    CHECK_TEXT("hash of it", "0f", manifest->before.sha256);
    CHECK_TEXT("repeats", "R9", manifest->repeats.id);
    CHECK_TEXT("begun", "2024-01-01T00:00:00Z", manifest->repeats.started);
    CHECK(manifest->pruned.runs == 3, "%d removed", (int)manifest->pruned.runs);
    CHECK_TEXT("record", "0b", manifest->pruned.sha256);
    CHECK(manifest->all_sources.count == 12, "all sources of the job");
    CHECK_TEXT("their list", "hash of the list", manifest->all_sources.sha256);
    CHECK(manifest->option_count == 3, "%zu options", manifest->option_count);
    CHECK_TEXT("the first crosswalk", "a", manifest_option(manifest, "crosswalk"));
    CHECK_TEXT("the second", "b", manifest->options[1].value);
    CHECK_TEXT("shrink", "refuse", manifest_option(manifest, "shrink"));
    CHECK(manifest_option(manifest, "target") == NULL, "a target");
    CHECK(manifest->table_count == 1, "%zu tables", manifest->table_count);
    CHECK(manifest->shrunk_count == 2, "%zu shrunk", manifest->shrunk_count);
    CHECK_TEXT("schools", "2 0 (9)", manifest->shrunk[0].schools);
    CHECK(manifest->shrunk[0].is_moved_on && !manifest->shrunk[1].is_moved_on, "moved on");
    CHECK(manifest->shrunk[1].now == 3 && manifest->shrunk[1].before == 4, "how many");
    CHECK(manifest->unused_count == 1, "%zu unused", manifest->unused_count);
}

static void check_sources(const struct manifest *manifest)
{
    const struct manifest_source *source = &manifest->sources[0];
    const struct overlap *overlaps = manifest->overlaps;
    CHECK(manifest->source_count == 2 && manifest->overlap_count == 4, "sources and overlaps");
    CHECK(overlaps[0].number == overlaps[1].number && overlaps[1].number != overlaps[2].number,
          "two places");
    CHECK(overlaps[1].source == 1 && overlaps[1].records == 2 && overlaps[3].source == 0,
          "their sources");
    CHECK_TEXT("file", "in/A.txt", source->file);
    CHECK_TEXT("status", "incomplete", source->status);
    CHECK(source->exit == 1 && source->input_format == NULL && source->messages.length == 0,
          "the first source");
    source = &manifest->sources[1];
    CHECK_TEXT("format", "csv", source->input_format);
    CHECK(slice_is(source->messages, "one line\nand another\n"), "%.*s",
          (int)source->messages.length, source->messages.at);
    CHECK(account_count(source->account, FACT_SUMS) == 0, "sums of a source that was refused");
}

/* The lines that a manifest tells, from what was read of it. */
static void check_account(const struct account *account)
{
    static const enum fact told[] = {FACT_CONTENT, FACT_SUMS,    FACT_PROGRAM, FACT_TABLE,
                                     FACT_NOTE,    FACT_CHANGED, FACT_FOUND,   FACT_FILE,
                                     FACT_SCHOOL,  FACT_BREACH};
    struct text text = {0};
    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        for (const void *item = account_first(account, told[i]); item != NULL;
             item = account_next(account, told[i], item)) {
            text_clear(&text);
            add_fact_line(&text, told[i], item);
            CHECK(strstr(lines, text_string(&text)) != NULL, "read: %s", text_string(&text));
        }
        CHECK(account_count(account, told[i]) > 0, "nothing of fact %d", (int)told[i]);
    }
    const struct fact_field *field = account_first(account, FACT_FIELD);
    CHECK_TEXT("read", "00000000000000ff", field->read);
    CHECK_TEXT("written", "0000000000000101", field->written);
    CHECK_TEXT("personal", "", field->personal);
    field = account_next(account, FACT_FIELD, field);
    CHECK_TEXT("of a personal field", "", field->read);
    CHECK_TEXT("personal", "yes", field->personal);
    const struct fact_source *source = account_first(account, FACT_SOURCE);
    CHECK_TEXT("encoding", "utf-8", source->encoding);
    text_free(&text);
}

struct seen {
    size_t count, most; /* 0: any number */
    struct cte_error *error;
};

static void see_source(void *context, const struct manifest_source *source)
{
    struct seen *seen = context;
    seen->count++;
    if (seen->count == 1)
        check_account(source->account);
    if (seen->count == seen->most)
        cte_fail(seen->error, CTE_BUSY, "enough");
}

static void what_is_written_is_read(void)
{
    struct cte_error error = {0};
    struct manifest manifest;
    CHECK(write_all(&error) == CTE_OK, "%s", error.text);
    CHECK(manifest_read(folder, MANIFEST_WHOLE, &manifest, &error) == CTE_OK, "%s", error.text);
    check_head(&manifest);
    check_sources(&manifest);
    check_account(manifest.sources[0].account);
    manifest_free(&manifest);
    CHECK(manifest_read(folder, MANIFEST_HEAD, &manifest, &error) == CTE_OK, "%s", error.text);
    check_head(&manifest);
    CHECK(manifest.source_count == 2 && manifest.sources == NULL, "%zu sources of a head",
          manifest.source_count);
    struct seen seen = {.error = &error};
    CHECK(manifest_each_source(folder, &manifest, see_source, &seen, &error) == CTE_OK &&
              seen.count == 2,
          "%zu sources one after another: %s", seen.count, error.text);
    error = (struct cte_error){0};
    seen = (struct seen){.error = &error, .most = 1};
    CHECK(manifest_each_source(folder, &manifest, see_source, &seen, &error) == CTE_BUSY &&
              seen.count == 1,
          "it ends where the taker fails: %zu", seen.count);
    error = (struct cte_error){0};
    manifest.source_count = 1;
    seen = (struct seen){.error = &error};
    CHECK(manifest_each_source(folder, &manifest, see_source, &seen, &error) == CTE_BAD_INPUT &&
              seen.count == 1,
          "a source more than there were");
    manifest_free(&manifest);
}

/* What an earlier or a later version writes is taken as far as it goes. */
static void other_versions_are_read(void)
{
    static const char xml[] = "<run id='R' later='yes'><later a='b'/><sources/>"
                              "<source name='A'><sums read='x' written='3'/><found rule='M'/>"
                              "<file holds='held'/></source><pruned/></run>";
    struct cte_error error = {0};
    struct manifest manifest;
    free(test_file("run/manifest.xml", xml, sizeof xml - 1));
    CHECK(manifest_read(folder, MANIFEST_WHOLE, &manifest, &error) == CTE_OK, "%s", error.text);
    const struct account *account = manifest.sources[0].account;
    const struct fact_sums *sums = account_first(account, FACT_SUMS);
    const struct fact_found *found = account_first(account, FACT_FOUND);
    CHECK_TEXT("started", "", manifest.started);
    CHECK(manifest.before.id == NULL && manifest.exit == 0, "what is not there");
    CHECK(sums->read == 0 && sums->written == 3 && sums->held == 0, "sums");
    CHECK_TEXT("message", "", found->message);
    CHECK(found->severity == '\0' && found->records == 0, "a finding without columns");
    manifest_free(&manifest);
}

static void what_is_none_is_refused(void)
{
    static const char *const documents[] = {
        "",
        "<run",
        "<run></run><run></run>",
        "<job/>",
        "<!DOCTYPE run [<!ENTITY a \"b\">]><run id='&a;'/>",
        "not XML",
    };
    struct cte_error error = {0};
    struct manifest manifest;
    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
        error = (struct cte_error){0};
        free(test_file("run/manifest.xml", documents[i], strlen(documents[i])));
        CHECK(manifest_read(folder, MANIFEST_WHOLE, &manifest, &error) == CTE_BAD_INPUT,
              "taken: %s", documents[i]);
        manifest_free(&manifest); /* nothing was read, and it may be freed all the same */
    }
    error = (struct cte_error){0};
    CHECK(manifest_read("/nowhere", MANIFEST_HEAD, &manifest, &error) == CTE_NO_INPUT, "%s",
          error.text);
}

void add_manifest_suite(void)
{
    static const CU_TestInfo tests[] = {
        {"what is written is read", what_is_written_is_read},
        {"other versions are read", other_versions_are_read},
        {"what is none is refused", what_is_none_is_refused},
        CU_TEST_INFO_NULL,
    };
    add_suite("manifest", make_folder, forget_folder, tests);
}
