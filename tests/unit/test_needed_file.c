/* needed_file.h: the questions of a run, as this version and earlier ones write them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "codetables/base/memory.h"
#include "pipeline/run/needed_file.h"
#include "tests/unit/unit.h"

#define HEADING                                                                                    \
    "lea,year,record,school,pathway,local_course,code,decided_by,decided_on,reason,records,"       \
    "choices"

/* A folder whose questions are these; to be freed. */
static char *folder_of(const char *name, const char *text)
{
    char *folder = test_path(name), *file = cte_format("%s/" NEEDED_FILE, name);
    CHECK(mkdir(folder, 0700) == 0, "%s: cannot be made", folder);
    free(test_file(file, text, strlen(text)));
    free(file);
    return folder;
}

static void read_text(struct needed_list *list, const char *name, const char *text)
{
    struct cte_error error = {0};
    char *folder = folder_of(name, text);
    CHECK(read_needed(folder, list, &error) == CTE_OK, "%s: %s", name, error.text);
    free(folder);
}

/* What is written of the questions; to be freed. */
static char *written(const char *name, struct needed_list *list)
{
    struct cte_error error = {0};
    char *folder = test_path(name), *path = cte_format("%s/" NEEDED_FILE, folder);
    struct documents documents = {.folder = folder, .error = &error};
    size_t length;
    CHECK(mkdir(folder, 0700) == 0 && write_needed(&documents, list->items, list->count) == CTE_OK,
          "%s: %s", name, error.text);
    char *text = read_file(path, &length);
    documents_free(&documents);
    free(path);
    free(folder);
    return text;
}

static void earlier_versions_are_read(void)
{
    static const char *const texts[] = {
        HEADING "\r\n1,y,A,2,10,,,,,,4,20 One; 30 Two\r\n",
        HEADING ",state_course,name\r\n1,y,A,2,10,,,,,,4,20 One; 30 Two,,Ten\r\n",
        HEADING ",state_course,name,courses_suggest\r\n"
                "1,y,A,2,10,,,,,,4,20 One; 30 Two,,Ten,30: 2; 20: 1; none: 1\r\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct needed_list list = {.count = 0};
        char name[] = "needed0";
        name[sizeof name - 2] = (char)('0' + i);
        read_text(&list, name, texts[i]);
        CHECK(list.count == 1 && list.items[0].records == 4, "%zu: the question is there", i);
        CHECK_TEXT("its choices", "20 One; 30 Two", list.items[0].choices);
        CHECK_TEXT("its name", i > 0 ? "Ten" : "", list.items[0].name);
        CHECK(list.items[0].courses.count == (i == 2 ? 3 : 0), "%zu: what courses suggest", i);
        needed_free(&list);
    }
}

static void what_courses_suggest_is_added_up(void)
{
    static const char *const runs[] = {
        HEADING ",state_course,name,courses_suggest\r\n"
                "1,y,A,2,10,,,,,,9,20 One; 30 Two,,Ten,20: 5; 30: 4; none: 2\r\n"
                "1,y,A,3,10,,,,,,1,20 One; 30 Two,,Ten,\r\n",
        HEADING ",state_course,name,courses_suggest\r\n"
                "1,y,A,2,10,,,,,,3,20 One; 30 Two,,Ten,30: 3; 40: 1; none: 9\r\n"};
    /* Most records first, of the choices too; of a question of which nothing is known, nothing. */
    static const char joined[] =
        HEADING ",state_course,name,courses_suggest\r\n"
                "1,y,A,2,10,,,,,,12,20 One; 30 Two,,Ten,30: 7; 20: 5; 40: 1; none: 11\r\n"
                "1,y,A,3,10,,,,,,1,20 One; 30 Two,,Ten,\r\n";
    struct needed_list list = {.count = 0};
    read_text(&list, "needed-a", runs[0]);
    read_text(&list, "needed-b", runs[1]);
    join_needed(&list);
    char *text = written("needed-joined", &list);
    CHECK_TEXT("both runs", joined, text);
    free(text);
    needed_free(&list);
}

static void what_is_no_count_is_passed_over(void)
{
    struct needed_list list = {.count = 0};
    read_text(&list, "needed-odd",
              HEADING ",state_course,name,courses_suggest\r\n"
                      "1,y,A,2,10,,,,,,1,20 One,,Ten,20; 30: x; : 2; 40: 3; ;50:1\r\n");
    CHECK(list.count == 1 && list.items[0].courses.count == 1, "%zu are counts",
          list.items[0].courses.count);
    CHECK_TEXT("it", "40", list.items[0].courses.items[0].name);
    needed_free(&list);
}

void add_needed_file_suite(void)
{
    static const CU_TestInfo tests[] = {
        {"earlier versions are read", earlier_versions_are_read},
        {"what courses suggest is added up", what_courses_suggest_is_added_up},
        {"what is no count is passed over", what_is_no_count_is_passed_over},
        CU_TEST_INFO_NULL,
    };
    add_suite("needed_file", NULL, NULL, tests);
}
