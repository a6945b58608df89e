/* lineage.h: a converted record gives back the fields it was received with. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "pipeline/stream/lineage.h"
#include "tests/unit/unit.h"

#define BEGIN                                                                                      \
    "%cte-stream^1\n%program^p^1\n%kind^1.1^alpha^ABCD^upload^4^0.0\n%kind^1.2^gamma^ABCD^upload^" \
    "6^1.1\n"                                                                                      \
    "%kind^1.3^alpha^ABCD^ods-extract^4^0.0\n%kind^1.4^gamma^ABCD^upload^6^1.3\n%kind^1.5^beta^"   \
    "ABCD^upload^4^0.0\n"                                                                          \
    "%kind^1.6^beta^ABCD^upload^5^1.5\n"                                                           \
    "%row^1.1^1.03^Hue^100^paint^1^1^r\n%row^1.2^1.07^Shade^1^paint^1^1^r\n%row^1.3^1.04^Old "     \
    "Remark^^^^^dropped\n"                                                                         \
    "%rule^1.1^RULE^W^1.03^Hue^m\n"

/* The lines hold one record. gamma is: 1.01, 1.02, 1.07 (recoded), 1.03 (recoded), 1.09 (same as
 * 1.02), 1.08 (constant). */
static const struct {
    const char *name, *lines, *received;
} cases[] = {
    {"every changed field comes from its change line",
     "R1.2 1^ABCD^2001-2002^1^100^2001-2002^K\nC1.1^r\nC1.2^\nC1.3^old\n", "ABCD|2001-2002|r|old"},
    {"a field without a change line stands unchanged", "R1.2 1^ABCD^2001-2002^^42^2001-2002^K\n",
     "ABCD|2001-2002|42|"},
    {"findings between the changes",
     "R1.2 1^ABCD^2001-2002^1^100^2001-2002^K\nF1.1^\nC1.3^old\nf1.1^x\\n\nC1.1^r\n",
     "ABCD|2001-2002|r|old"},
    {"an escaped record", "r1.2 1^ABCD^2001-2002^1^100^2001-2002^K\nc1.1^\\c\nc1.3^a\\nb\n",
     "ABCD|2001-2002|\\c|a\\nb"},
    {"an empty value before", "R1.2 1^ABCD^2001-2002^1^100^2001-2002^K\nC1.1^\n",
     "ABCD|2001-2002||"},
    {"from another form, without what it adds", "R1.4 1^ABCD^2001-2002^1^100^2001-2002^K\nC1.1^r\n",
     "ABCD|2001-2002|r|"},
    {"a kind with one field less", "R1.6 1^ABCD^2010-2011^r^x^\n", "ABCD|2010-2011|r|x"},
};

static void fields_come_back(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct text text = {0}, got = {0};
        text_format(&text, "%s%s", BEGIN, cases[i].lines);
        text_format(&text, "%%end^1^%08lx\n",
                    crc32(0, (const Bytef *)text.bytes, (uInt)text.length));
        int fd = open(in_memory(1, text.bytes, text.length), O_RDONLY | O_CLOEXEC);
        static struct stream_in in;
        struct cte_error error = {0};
        enum stream_item item = STREAM_CONTROL;
        int status = stream_in_open(&in, fd, made_up_tables(), &error);
        while (status == CTE_OK && item == STREAM_CONTROL)
            status = stream_next(&in, &item, &error);
        if (CHECK(status == CTE_OK && item == STREAM_RECORD, "%s: %s", cases[i].name, error.text)) {
            struct lineage *lineage = lineage_make(in.record.kind);
            struct slice fields[STREAM_MAX_FIELDS];
            lineage_received(lineage, &in.record, stream_past(&in, &in.record), fields);
            for (size_t f = 0; f < lineage->received->fields; f++) {
                text_put(&got, "|", f > 0);
                text_put(&got, fields[f].at, fields[f].length);
            }
            CHECK_TEXT(cases[i].name, cases[i].received, text_string(&got));
            lineage_free(lineage);
        }
        close(fd);
        stream_in_close(&in);
        text_free(&text);
        text_free(&got);
    }
}

void add_lineage_suite(void)
{
    static const CU_TestInfo tests[] = {{"the fields as they were received", fields_come_back},
                                        {NULL, NULL}};
    add_suite("lineage", NULL, NULL, tests);
}
