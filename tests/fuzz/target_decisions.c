/* The loader of decisions on any bytes. */
#include "codetables/model/decisions.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tests/unit/unit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct decisions decisions;
    struct cte_error error = {0};
    int status = decisions_load(in_memory(0, data, size), &decisions, &error);
    must_hold(status == error.status, "the status is that of the error");
    must_hold(status == CTE_OK || status == CTE_BAD_TABLE,
              "a file that is not sound is told as one");
    for (size_t i = 0; status == CTE_OK && i < decisions.count; i++) {
        const struct decision *d = &decisions.list[i];
        bool local = d->local_course[0] != '\0';
        const char *code = local ? d->local_course : d->pathway;
        struct decision_question question = {.lea = slice_of(d->lea),
                                             .record = slice_of(d->record),
                                             .school = slice_of(d->school),
                                             .code = slice_of(code),
                                             .is_local_course = local,
                                             .year = d->year};
        const struct decision *found = decisions_find(&decisions, &question);
        /* A local course has one answer in the LEA: rows of other record types and schools may
         * give it too. */
        must_hold(found == d || (local && found != NULL && strcmp(found->code, d->code) == 0),
                  "a decision answers its own question");
    }
    decisions_free(&decisions);
    return 0;
}
