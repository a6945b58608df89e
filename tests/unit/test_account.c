/* account.h and lines.h: every line of the account goes both ways, what is none is refused, and
 * what the parts of a source tell is joined. */
#include <stdlib.h>
#include <string.h>

#include "pipeline/run/lines.h"
#include "tests/unit/unit.h"

static int read_text(struct account *account, const char *text, struct cte_error *error)
{
    *account = (struct account){0};
    *error = (struct cte_error){0};
    return account_read(account, "SOURCE", slice_of(text), error);
}

/* All facts of an account as lines. */
static struct text write_text(const struct account *account)
{
    struct text text = {0};
    for (enum fact fact = 0; fact < FACTS; fact++) {
        for (const void *item = account_first(account, fact); item != NULL;
             item = account_next(account, fact, item)) {
            if (fact_shapes[fact].word != NULL)
                add_fact_line(&text, fact, item);
        }
    }
    return text;
}

/* In the order of enum fact; one line at least of each word. */
static const char whole[] = "%source^NAME^in/A\\cB.txt^caret^none^utf-8\n"
                            "%content^1636^0abc\n"
                            "%sums^11^7^1^2^1\n"
                            "%counts^cte-read^records=11^rejected=0\n"
                            "%counts^cte-recode^converted=11\n"
                            "%program^cte-read^0.1.0\n"
                            "%table^cte-read^layout^made-up^1.0^draft^0abc\n"
                            "%kind^1.1^made-up^AAAA^upload^5^0.0\n"
                            "%note^3^a line end\\n is shown\n"
                            "%changed^7^1.05^Code^10^20^walk^1.0^r1^because\n"
                            "%found^2^M0001^F^1.05^Code^is wrong \\\\ here^\n"
                            "%found^1^M0002^H^1.05^Code^has two answers^undecided\n"
                            "%found^1^M0003^H^1.05^Code^has none^unmapped\n"
                            "%file^converted^NAME.txt^100^7^0abc\n"
                            "%school^AAAA^1^2024-2025^2^11^7\n"
                            "%school^AAAA^1^2024-2025^3^4^4^1\n"
                            "%breach^2^AAAA^1^3^M0001^F^1.05^4, 9\n"
                            "%fieldsum^read^AAAA^1.05^00000000000000ff^\n"
                            "%fieldsum^read^AAAA^1.06^ffffffffffffffff^yes\n"
                            "%unmapped^1^2\n"
                            "%needed^4^1^2024-2025^AAAA^2^10^^20 One\\c 21 Two^10^Ten\n"
                            "%map^walk^1.0^main^11^10\n"
                            "%unasked^BBBB^3\n"
                            "%decision^2^1^0^0^\n"
                            "%part^10^9^800\n"
                            "%part^00000000000000aa\n";

static void lines_go_both_ways(void)
{
    struct account account;
    struct cte_error error;
    CHECK(read_text(&account, whole, &error) == CTE_OK, "%s", error.text);
    struct text text = write_text(&account);
    CHECK_TEXT("the account", whole, text_string(&text));
    for (enum fact fact = 0; fact < FACTS; fact++)
        CHECK(fact == FACT_FIELD || account_count(&account, fact) > 0, "no line of fact %d",
              (int)fact);
    text_free(&text);
    account_free(&account);
}

static void texts_are_unescaped(void)
{
    struct account account;
    struct cte_error error;
    read_text(&account, whole, &error);
    const struct fact_source *source = account_first(&account, FACT_SOURCE);
    const struct fact_found *found = account_first(&account, FACT_FOUND);
    const struct fact_field_sum *sum = account_first(&account, FACT_FIELD_SUM);
    CHECK_TEXT("file", "in/A^B.txt", source->file);
    CHECK_TEXT("message", "is wrong \\ here", found->message);
    CHECK(found->severity == 'F' && found->waits == WAITS_FOR_NOTHING, "the first finding");
    found = account_next(&account, FACT_FOUND, found);
    CHECK(found->waits == WAITS_FOR_DECISION, "the second finding");
    found = account_next(&account, FACT_FOUND, found);
    CHECK(found->waits == WAITS_FOR_TABLE, "the third finding");
    CHECK(account_next(&account, FACT_FOUND, found) == NULL, "a fourth finding");
    CHECK(sum->sum == 255 && !sum->is_personal, "a sum");
    account_free(&account);
}

/* Each stands behind a good line. */
static void other_lines_are_refused(void)
{
    static const char *const lines[] = {
        "%sums^1^2^3^4\n",                      /* a column less */
        "%sums^1^2^3^4^5^6\n",                  /* one more */
        "%sums^1^2^3^4^\n",                     /* nothing for a number */
        "%sums^1^2^3^4^-5\n",                   /* what is none */
        "%sums^1^2^3^4^5x\n",                   /* and what only begins as one */
        "%sums^1^2^3^4^18446744073709551616\n", /* 2^64 */
        "%sums^1^2^3^4^5",                      /* cut */
        "%found^1^M^^1.05^Code^text^\n",        /* no severity */
        "%found^1^M^FF^1.05^Code^text^\n",      /* two */
        "%found^1^M^F^1.05^Code^text^later\n",
        "%fieldsum^read^AAAA^1.05^FF^\n",   /* not lower case */
        "%fieldsum^read^AAAA^1.05^0f^no\n", /* "yes" or nothing */
        "%counts^cte-read^records\n",       /* no number of that name */
        "%counts^cte-read^=3\n",            /* no name */
        "%counts^cte-read^records=-3\n",
        "%school^A^1^2^3^4\n",
        "%part^1^2\n",
        "%fields^1\n", /* no word of the account */
        "%row^1.1^x\n",
        "%sums\n",
        "sums^1^2^3^4^5\n", /* no control line */
        "\n",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct account account;
        struct cte_error error;
        char *text = cte_format("%%program^cte-read^1\n%s", lines[i]);
        CHECK(read_text(&account, text, &error) == CTE_BUG, "taken: %s", lines[i]);
        CHECK(strstr(error.text, "SOURCE") != NULL, "of what source: %s", error.text);
        account_free(&account);
        free(text);
    }
}

/* A message names the word of a line, and nothing of what it holds. */
static void refusals_keep_values_to_themselves(void)
{
    struct account account;
    struct cte_error error;
    CHECK(read_text(&account, "%school^9912345678 Wrenna^x\n", &error) == CTE_BUG, "taken");
    CHECK(strstr(error.text, "%school") != NULL && strstr(error.text, "Wrenna") == NULL &&
              strstr(error.text, "991") == NULL,
          "%s", error.text);
    account_free(&account);
}

/* What two parts of a source tell, in the order in which it is kept. */
static void parts_are_joined(void)
{
    static const char parts[] = "%source^N^f^caret^none^utf-8\n%program^one^1\n%table^one^k^a^^^1\n"
                                "%program^two^1\n%table^two^k^b^^^1\n%kind^1.1^L^A^upload^5^0.0\n"
                                "%note^9^later\n%note^5^twice\n%counts^one^records=3^odd=1\n"
                                "%fieldsum^read^A^1^fffffffffffffffe^\n%part^00000000000000f0\n"
                                "%map^w^1^m^5^4\n%decision^2^1^2^3^\n"
                                "%source^N^f^caret^none^utf-8\n%program^one^1\n%table^one^k^c^^^1\n"
                                "%program^two^1\n%kind^1.7^L^A^upload^5^0.0\n%note^7^twice\n"
                                "%note^2^first\n%counts^one^records=4^more=2\n"
                                "%fieldsum^read^A^1^0000000000000003^yes\n%part^0000000000000010\n"
                                "%map^w^1^m^1^1\n%decision^2^10^20^30^X\n";
    static const char joined[] = "%source^N^f^caret^none^utf-8\n"
                                 "%counts^one^records=7^odd=1^more=2\n"
                                 "%program^one^1\n%program^two^1\n"
                                 "%table^one^k^a^^^1\n%table^one^k^c^^^1\n%table^two^k^b^^^1\n"
                                 "%kind^1.1^L^A^upload^5^0.0\n"
                                 "%note^2^first\n%note^5^twice\n%note^9^later\n"
                                 "%fieldsum^read^A^1^0000000000000001^yes\n"
                                 "%map^w^1^m^6^5\n%decision^2^11^22^33^X\n"
                                 "%part^0000000000000100\n";
    struct account account;
    struct cte_error error;
    CHECK(read_text(&account, parts, &error) == CTE_OK, "%s", error.text);
    struct text text = write_text(&account);
    CHECK_TEXT("both parts", joined, text_string(&text));
    text_free(&text);
    account_free(&account);
}

static void sources_are_joined(void)
{
    static const char *const sources[] = {
        "%changed^7^1^C^10^20^w^1^r^why\n%school^A^1^y^2^5^4^1\n%found^1^M^W^1^C^text^\n"
        "%needed^4^1^y^A^2^10^^20 One^^Ten^20=2^none=1\n%needed^1^1^y^A^3^10^^20 One^^Ten\n",
        "%changed^2^1^C^11^20^w^1^r^why\n%school^A^1^y^2^3^3\n%found^9^M^W^1^C^other^\n"
        "%needed^3^1^y^A^2^10^^20 One^^Ten^30=1^20=1\n%needed^1^1^y^A^3^10^^20 One^^Ten\n"};
    static const char joined[] = "%changed^9^1^C^(various)^20^w^1^r^why\n%found^1^M^W^1^C^text^\n"
                                 "%found^9^M^W^1^C^other^\n%school^A^1^y^2^8^7^1\n"
                                 "%needed^7^1^y^A^2^10^^20 One^^Ten^20=3^none=1^30=1\n"
                                 "%needed^2^1^y^A^3^10^^20 One^^Ten\n";
    struct account accounts[2], all = {0};
    struct account_texts texts = {.numbers = {0}};
    struct cte_error error;
    for (size_t i = 0; i < 2; i++) {
        read_text(&accounts[i], sources[i], &error);
        account_join(&all, &accounts[i], FACT_CHANGED, &texts);
        account_join(&all, &accounts[i], FACT_SCHOOL, &texts);
        account_join(&all, &accounts[i], FACT_FOUND, &texts);
        account_join(&all, &accounts[i], FACT_NEEDED, &texts);
    }
    struct text text = write_text(&all);
    CHECK_TEXT("both sources", joined, text_string(&text));
    text_free(&text);
    account_free(&all);
    account_free(&accounts[0]);
    account_free(&accounts[1]);
    account_texts_free(&texts);
}

static void lines_of_the_stream_are_known(void)
{
    static const struct {
        const char *line;
        bool is_of_account;
    } cases[] = {
        {"%source^N^f^caret^none^utf-8", true},
        {"%counts^cte-read^records=1", true},
        {"%counts^cte-read", true},
        {"%part^1^2^3", true},
        {"%part^0f", true},
        {"%part^1^2", false},
        {"%row^1.1^x", false},
        {"%rule^1.1^x", false},
        {"%cte-stream^1", false},
        {"%end^1^0", false},
        {"%sums^1^2^3^4^5", false}, /* cte-write alone tells these */
        {"%source", false},
        {"%", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK(is_line_of_account(slice_of(cases[i].line)) == cases[i].is_of_account, "%s",
              cases[i].line);
}

static const char *join_words(const struct column *column)
{
    static const char *const words[] = {
        [JOIN_ADD] = " (added)",
        [JOIN_EITHER] = " (either)",
        [JOIN_LAST] = " (last)",
        [JOIN_VARIOUS] = " (various)",
    };
    const size_t count = sizeof words / sizeof *words;
    return column->join < count && words[column->join] != NULL ? words[column->join] : "";
}

/* The table of STREAM.md, from that of the program. */
static struct text describe_facts(void)
{
    struct text text = {0};
    for (enum fact fact = 0; fact < FACTS; fact++) {
        const struct fact_shape *shape = &fact_shapes[fact];
        text_add(&text, "|");
        text_format(&text, shape->word != NULL ? " `%%%s` |" : " |", shape->word);
        text_format(&text, shape->element != NULL ? " `<%s>` |" : " |", shape->element);
        text_add(&text, fact == FACT_FIELD    ? " `cte-run` |"
                        : shape->is_of_stream ? " the stream |"
                                              : " `cte-write` |");
        for (size_t i = 0; i < shape->column_count; i++) {
            const struct column *column = &shape->columns[i];
            const char *mark = column->join == JOIN_KEY ? "**" : "";
            text_format(&text, "%s %s%s%s%s%s", i == 0 ? "" : ",", mark, column->name, mark,
                        join_words(column), column->is_optional ? "?" : "");
        }
        text_add(&text, " |\n");
    }
    return text;
}

/* What is kept is the same, but for what was for the balance alone; the lists of another account
 * share its texts. */
static void a_packed_account_tells_the_same(void)
{
    struct account accounts[2];
    struct account_texts texts = {0};
    struct text before[2], after[2];
    for (size_t i = 0; i < 2; i++) {
        struct cte_error error;
        read_text(&accounts[i], whole, &error);
        for (enum fact fact = 0; fact < FACTS; fact++) {
            if (fact == FACT_FIELD_SUM || fact == FACT_PLACE || fact == FACT_PART)
                accounts[i].lists[fact].count = 0;
        }
        before[i] = write_text(&accounts[i]);
        account_free(&accounts[i]);
        read_text(&accounts[i], whole, &error);
        account_pack(&accounts[i], &texts);
        after[i] = write_text(&accounts[i]);
        CHECK_TEXT("what is kept", text_string(&before[i]), text_string(&after[i]));
    }
    const struct fact_table *one = account_first(&accounts[0], FACT_TABLE),
                            *other = account_first(&accounts[1], FACT_TABLE);
    const struct fact_counts *counts[2] = {account_first(&accounts[0], FACT_COUNTS),
                                           account_first(&accounts[1], FACT_COUNTS)};
    CHECK(one->sha256 == other->sha256 && one != other, "a text is kept twice");
    CHECK(counts[0]->numbers.items != counts[1]->numbers.items, "numbers are another account's");
    for (size_t i = 0; i < 2; i++) {
        text_free(&before[i]);
        text_free(&after[i]);
        account_free(&accounts[i]);
    }
    account_texts_free(&texts);
}

static void words_are_documented(void)
{
    static const char heading[] = "|---|---|---|---|\n";
    size_t length;
    char *path = cte_format("%s/../pipeline/stream/STREAM.md", codetables_folder),
         *bytes = read_file(path, &length);
    const char *begin = bytes != NULL ? strstr(bytes, heading) : NULL;
    CHECK(begin != NULL, "%s: has no table of the account", path);
    struct text told = describe_facts();
    begin = begin != NULL ? begin + sizeof heading - 1 : "\n\n";
    char *found = cte_format("%.*s", (int)(strstr(begin, "\n\n") - begin) + 1, begin);
    CHECK_TEXT("the table of STREAM.md", text_string(&told), found);
    text_free(&told);
    free(found);
    free(bytes);
    free(path);
}

/* The end of an account, wherever what was said so far is cut. */
static void ends_are_found(void)
{
    static const char text[] = "%unmapped^1^2\n%done^1^\n%unmapped^3^4\n"
                               "%done^66^cte-read: a\\cb: there is none\n%done^2^\n%done^x\n";
    static const struct {
        int status;
        const char *account, *words;
    } wanted[] = {{CTE_SOME_LEFT, "%unmapped^1^2\n", ""},
                  {CTE_NO_INPUT, "%unmapped^3^4\n", "cte-read: a^b: there is none"},
                  {CTE_BUG, "", ""},
                  {CTE_BUG, "", ""}};
    size_t from = 0, found = 0;
    for (size_t length = 0; length < sizeof text; length++) {
        struct account_end end;
        if (!find_end_of_account((struct slice){text, length}, from, &end))
            continue;
        CHECK(text[length - 1] == '\n', "found at byte %zu, within a line", length);
        CHECK(found < 4 && end.status == wanted[found].status &&
                  strcmp(end.words, wanted[found].words) == 0 &&
                  end.at - from == strlen(wanted[found].account) &&
                  memcmp(text + from, wanted[found].account, end.at - from) == 0,
              "end %zu: status %d, '%s'", found, end.status, end.words);
        from = end.after;
        found++;
        free(end.words);
    }
    CHECK(found == 4, "%zu ends", found);
}

void add_account_suite(void)
{
    static const CU_TestInfo tests[] = {
        {"a packed account tells the same", a_packed_account_tells_the_same},
        {"lines go both ways", lines_go_both_ways},
        {"texts are unescaped", texts_are_unescaped},
        {"other lines are refused", other_lines_are_refused},
        {"refusals keep values to themselves", refusals_keep_values_to_themselves},
        {"parts are joined", parts_are_joined},
        {"sources are joined", sources_are_joined},
        {"lines of the stream are known", lines_of_the_stream_are_known},
        {"ends are found", ends_are_found},
        {"words are documented", words_are_documented},
        CU_TEST_INFO_NULL,
    };
    add_suite("account", NULL, NULL, tests);
}
