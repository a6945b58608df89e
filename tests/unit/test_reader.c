/* The reader: tables of events, each with the source delivered at every split; records across block
 * edges; and the fast caret and CSV readers against libcsv. */
#include <csv.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/stream/reader_internal.h"
#include "tests/unit/reading.h"
#include "codetables/base/memory.h"

struct reader_case {
    const char *name, *format;
    bool windows_1252;
    const char *layout; /* NULL: by year */
    const char *input;
    size_t length; /* 0: up to the NUL */
    const char *expected;
};

#define BYTES(text) text, sizeof text - 1
#define MARK "\xef\xbb\xbf"

static const struct reader_case caret_cases[] = {
    {"two plain records", "caret", false, NULL,
     BYTES("ABCD^2001-2002^r^x\r\nABCD^2001-2002^g^\r\n"),
     "1@0 alpha:ABCD/4 ABCD^2001-2002^r^x\n2@20 alpha:ABCD/4 ABCD^2001-2002^g^\nend\n"},
    {"the layout follows the year; the last field of beta may be absent", "caret", false, NULL,
     BYTES(
         "ABCD^2009-2010^r^x\r\nABCD^2010-2011^r^x^y\r\nABCD^2010-2011^r^x\r\nIJKL^2099-2100\r\n"),
     "1@0 alpha:ABCD/4 ABCD^2009-2010^r^x\n2@20 beta:ABCD/5 ABCD^2010-2011^r^x^y\n"
     "3@42 beta:ABCD/4 ABCD^2010-2011^r^x\n4@62 beta:IJKL/2 IJKL^2099-2100\nend\n"},
    {"forms: a suffix and more fields", "caret", false, NULL,
     BYTES("ABCD-R^2001-2002^r^x^20010101\r\nABCD-E^2001-2002^r^x^why^how\r\nABCD-Q^2001-2002^r^"
           "x\r\n-R^^^\r\n"),
     "1@0 alpha:ABCD-R/4 ABCD-R^2001-2002^r^x^20010101\n2@31 alpha:ABCD-E/4 "
     "ABCD-E^2001-2002^r^x^why^how\n"
     "3@61 !record-type ABCD-Q^2001-2002^r^x\n4@83 !record-type -R^^^\nend\n"},
    {"a layout that is named counts in every year", "caret", false, "beta",
     BYTES("ABCD^2001-2002^r^x\r\nEFGH^1990-1991\r\n"),
     "1@0 beta:ABCD/4 ABCD^2001-2002^r^x\n2@20 beta:EFGH/2 EFGH^1990-1991\nend\n"},
    {"a year before the first layout refuses the source", "caret", false, NULL,
     BYTES("ABCD^2001-2002^r^x\r\nABCD^1999-2000^r^x\r\n"),
     "1@0 alpha:ABCD/4 ABCD^2001-2002^r^x\nrefused 65 2 2 20\n"},
    {"a year nobody can read: the latest layout", "caret", false, NULL,
     BYTES("ABCD^2001-2003^r^x\r\nABCD^^r^x\r\n"),
     "1@0 beta:ABCD/4 ABCD^2001-2003^r^x\n2@20 beta:ABCD/4 ABCD^^r^x\nend\n"},
    {"wrong numbers of fields", "caret", false, NULL,
     BYTES("ABCD^2001-2002^r\r\nABCD^2001-2002^r^x^\r\nABCD^2010-2011^r\r\nABCD^2001-2002^r^x\r\n"),
     "1@0 !field-count ABCD^2001-2002^r\n2@18 !field-count ABCD^2001-2002^r^x^\n3@39 !field-count "
     "ABCD^2010-2011^r\n"
     "4@57 alpha:ABCD/4 ABCD^2001-2002^r^x\nend\n"},
    {"unknown record types", "caret", false, NULL,
     BYTES("WXYZ^2001-2002\r\nabcd^2001-2002^r^x\r\nABCDE^2001-2002^r^x\r\nEFGH^2001-2002\r\n"),
     "1@0 !record-type WXYZ^2001-2002\n2@16 !record-type abcd^2001-2002^r^x\n3@36 !record-type "
     "ABCDE^2001-2002^r^x\n"
     "4@57 beta:EFGH/2 EFGH^2001-2002\nend\n"},
    {"a quoted field", "caret", false, NULL,
     BYTES("ABCD^2001-2002^\"r\"^\"x^y\"\r\nABCD^2001-2002^r^\"a \"\"b\"\"\"\r\n"),
     "1@0 alpha:ABCD/4~ ABCD^2001-2002^r^x\\cy\n2@26 alpha:ABCD/4 ABCD^2001-2002^r^a \"b\"\nend\n"},
    {"a line end inside quotes, and lines counted through it", "caret", false, NULL,
     BYTES("ABCD^2001-2002^r^\"x\r\ny\nz\"\r\nABCD^2001-2002^r^x\r\n"),
     "1@0 alpha:ABCD/4~ ABCD^2001-2002^r^x\\r\\ny\\nz\n4@27 alpha:ABCD/4 "
     "ABCD^2001-2002^r^x\nend\n"},
    {"a bare return inside quotes is text", "caret", false, NULL,
     BYTES("ABCD^2001-2002^r^\"x\ry\"\r\n"), "1@0 alpha:ABCD/4~ ABCD^2001-2002^r^x\\ry\nend\n"},
    {"blanks at the edges stay", "caret", false, NULL,
     BYTES("ABCD^2001-2002^ r ^\tx \r\nABCD^2001-2002^\" r \"^x\r\n"),
     "1@0 alpha:ABCD/4 ABCD^2001-2002^ r ^\tx \n2@24 alpha:ABCD/4 ABCD^2001-2002^ r ^x\nend\n"},
    {"a backslash is itself until something is escaped", "caret", false, NULL,
     BYTES("ABCD^2001-2002^\\c^x\r\nABCD^2001-2002^\\c^\"x^\\\"\r\nABCD^2001-2002^\\c^\"x\\\"\r\n"),
     "1@0 alpha:ABCD/4 ABCD^2001-2002^\\c^x\n2@21 alpha:ABCD/4~ ABCD^2001-2002^\\\\c^x\\c\\\\\n"
     "3@46 alpha:ABCD/4 ABCD^2001-2002^\\c^x\\\nend\n"},
    {"quotes in the wrong place", "caret", false, NULL,
     BYTES("ABCD^2001-2002^r\"^x\r\nABCD^2001-2002^\"r\"s^x\r\nABCD^2001-2002^\"r\" "
           "^x\r\nABCD^2001-2002^r^x\r\n"),
     "1@0 !stray-quote ABCD^2001-2002^r\"^x\n2@21 !after-quote ABCD^2001-2002^\"r\"s^x\n"
     "3@44 !after-quote ABCD^2001-2002^\"r\" ^x\n4@67 alpha:ABCD/4 ABCD^2001-2002^r^x\nend\n"},
    {"a stray quote opens nothing", "caret", false, NULL,
     BYTES("ABCD^2001-2002^r\"^x\nABCD^2001-2002^\"r\"^x\n"),
     "1@0 !stray-quote ABCD^2001-2002^r\"^x\n2@20 alpha:ABCD/4 ABCD^2001-2002^r^x\nnote 1 "
     "lf\nend\n"},
    {"a quote that is never closed", "caret", false, NULL,
     BYTES("ABCD^2001-2002^r^x\r\nABCD^2001-2002^\"r^x\r\nABCD^2001-2002^r^x\r\n"),
     "1@0 alpha:ABCD/4 ABCD^2001-2002^r^x\nrefused 65 2 2 20\n"},
    {"the file is one quote", "caret", false, NULL, BYTES("\""), "refused 65 1 1 0\n"},
    {"byte order mark, LF only, no final line end, blank lines", "caret", false, NULL,
     BYTES("\xef\xbb\xbf"
           "ABCD^2001-2002^r^x\n\nABCD^2001-2002^r^x\n\n\nABCD^2001-2002^r^z"),
     "1@3 alpha:ABCD/4 ABCD^2001-2002^r^x\n3@23 alpha:ABCD/4 ABCD^2001-2002^r^x\n6@44 alpha:ABCD/4 "
     "ABCD^2001-2002^r^z\n"
     "note 1 bom\nnote 1 lf\nnote 2 blank\nnote 6 open\nend\n"},
    {"no final line end after a quote", "caret", false, NULL, BYTES("ABCD^2001-2002^r^\"x\""),
     "1@0 alpha:ABCD/4 ABCD^2001-2002^r^x\nnote 1 open\nend\n"},
    {"empty lines at the end", "caret", false, NULL, BYTES("ABCD^2001-2002^r^x\r\n\r\n\r\n"),
     "1@0 alpha:ABCD/4 ABCD^2001-2002^r^x\nnote 2 blank\nend\n"},
    {"nothing but blank lines", "caret", false, NULL, BYTES("\r\n\r\n\r\n"), "refused 66\n"},
    {"nothing but a byte order mark", "caret", false, NULL, BYTES("\xef\xbb\xbf"), "refused 66\n"},
    {"one byte: no record of it can be read", "caret", false, NULL, BYTES("A"),
     "1@0 !record-type A\nrefused 65\n"},
    {"a NUL in a plain record", "caret", false, NULL,
     BYTES("ABCD^2001-2002^r^x\r\nABCD^2001-2002^\0^x\r\n"),
     "1@0 alpha:ABCD/4 ABCD^2001-2002^r^x\nrefused 65 2 2 20\n"},
    {"a NUL in a quoted field", "caret", false, NULL, BYTES("ABCD^2001-2002^\"\0\"^x\r\n"),
     "refused 65 1 1 0\n"},
    {"a NUL after a line end in quotes", "caret", false, NULL,
     BYTES("ABCD^2001-2002^\"a\r\n\0\"^x\r\n"), "refused 65 1 1 0\n"},
    {"UTF-16, either way", "caret", false, NULL,
     BYTES("\xff\xfe"
           "A\0B\0"),
     "refused 65 1 1 0\n"},
    {"UTF-16, the other way", "caret", false, NULL, BYTES("\xfe\xff\0A\0B"), "refused 65 1 1 0\n"},
    {"a bare return ends no line", "caret", false, NULL,
     BYTES("ABCD^2001-2002^r^x\rABCD^2001-2002^r^x\r"), "refused 65 1 1 0\n"},
    {"a bare return inside a record", "caret", false, NULL,
     BYTES("ABCD^2001-2002^r^x\r\nABCD^2001-2002^\rr^x\r\n"),
     "1@0 alpha:ABCD/4 ABCD^2001-2002^r^x\nrefused 65 2 2 20\n"},
    {"two returns before the line feed", "caret", false, NULL, BYTES("ABCD^2001-2002^r^x\r\r\n"),
     "refused 65 1 1 0\n"},
    {"a bare return in a record with a quote", "caret", false, NULL,
     BYTES("ABCD^2001-2002^\"r\"^\rx\r\n"), "refused 65 1 1 0\n"},
    {"a header row", "caret", false, NULL,
     BYTES("Record Type Code^Academic Year ID^Colour Code^Old Remark\r\n"), "refused 65 1 1 0\n"},
    {"a header row in other words", "caret", false, NULL,
     BYTES("x^\"academicyearid\"^COLOUR_CODE^y\r\nABCD^2001-2002^r^x\r\n"), "refused 65 1 1 0\n"},
    {"one word of a header is none, nor is a row of names further down", "caret", false, NULL,
     BYTES("WXYZ^1^Remark\r\nRecordTypeCode^AcademicYearID\r\nABCD^2001-2002^r^x\r\n"),
     "1@0 !record-type WXYZ^1^Remark\n2@15 !record-type RecordTypeCode^AcademicYearID\n"
     "3@46 alpha:ABCD/4 ABCD^2001-2002^r^x\nend\n"},
    {"a header row in words that no layout has", "caret", false, NULL,
     BYTES("Type^Year^Shade^Note\r\nABCD^2001-2002^r^x\r\n"),
     "1@0 !record-type Type^Year^Shade^Note\nrefused 65 1 1 0\n"},
    {"a title, and an empty field beside it", "caret", false, NULL,
     BYTES("\r\nRecords of 2001^^\r\nABCD^2001-2002^r^x\r\n"),
     "2@2 !record-type Records of 2001^^\nrefused 65 2 1 2\n"},
    {"a row of field numbers", "caret", false, NULL,
     BYTES("1.01^1.02^1.03\r\nABCD^2001-2002^r^x\r\n"),
     "1@0 !record-type 1.01^1.02^1.03\nrefused 65 1 1 0\n"},
    {"a first record of an unknown type is no title", "caret", false, NULL,
     BYTES("WXYZ^2001-2002^r^x\r\nABCD^2001-2002^r^x\r\n"),
     "1@0 !record-type WXYZ^2001-2002^r^x\n2@20 alpha:ABCD/4 ABCD^2001-2002^r^x\nend\n"},
    {"UTF-8 passes", "caret", false, NULL,
     BYTES("ABCD^2001-2002^r^\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\r\n"),
     "1@0 alpha:ABCD/4 ABCD^2001-2002^r^\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\nend\n"},
    {"bytes that are no UTF-8", "caret", false, NULL,
     BYTES("ABCD^2001-2002^r^\xe9\r\nABCD^2001-2002^\"\xc3\"^x\r\nABCD^2001-2002^r^"
           "\xc0\x80\r\nABCD^2001-2002^r^\xed\xa0\x80\r\n"
           "ABCD^2001-2002^r^\xf4\x90\x80\x80\r\nABCD^2001-2002^r^x\r\n"),
     "1@0 !bytes ABCD^2001-2002^r^\xe9\n2@20 !bytes ABCD^2001-2002^\"\xc3\"^x\n3@42 !bytes "
     "ABCD^2001-2002^r^\xc0\x80\n"
     "4@63 !bytes ABCD^2001-2002^r^\xed\xa0\x80\n5@85 !bytes ABCD^2001-2002^r^\xf4\x90\x80\x80\n"
     "6@108 alpha:ABCD/4 ABCD^2001-2002^r^x\nend\n"},
    {"Windows-1252 when told", "caret", true, NULL,
     BYTES("ABCD^2001-2002^r^\xe9\x80\r\nABCD^2001-2002^\"\xe9^\"^x\r\nABCD^2001-2002^r^"
           "\xc3\xa9\r\nABCD^2001-2002^r^\x81\r\n"),
     "1@0 alpha:ABCD/4* ABCD^2001-2002^r^\xc3\xa9\xe2\x82\xac\n2@21 alpha:ABCD/4~* "
     "ABCD^2001-2002^\xc3\xa9\\c^x\n"
     "3@44 alpha:ABCD/4 ABCD^2001-2002^r^\xc3\xa9\n4@65 !bytes ABCD^2001-2002^r^\x81\nend\n"},
    {"commas are nothing to a caret file", "caret", false, NULL,
     BYTES("ABCD^2001-2002^r^x,\"y\r\nABCD^2001-2002^r^x,y\r\n"),
     "1@0 !stray-quote ABCD^2001-2002^r^x,\"y\n2@23 alpha:ABCD/4 ABCD^2001-2002^r^x,y\nend\n"},
    {"byte order marks where files were joined", "caret", false, NULL,
     BYTES(MARK "ABCD^2001-2002^r^x\r\n" MARK "ABCD^2001-2002^g^x\r\n" MARK MARK
                "ABCD^2001-2002^b^x\r\n"),
     "1@3 alpha:ABCD/4 ABCD^2001-2002^r^x\n2@23 alpha:ABCD/4 ABCD^2001-2002^g^x\n3@46 alpha:ABCD/4 "
     "ABCD^2001-2002^b^x\n"
     "note 1 bom\nend\n"},
    {"a byte order mark before a quoted record, and one alone", "caret", false, NULL,
     BYTES("ABCD^2001-2002^r^x\r\n" MARK "\"ABCD\"^2001-2002^g^x\r\n" MARK
           "\r\nABCD^2001-2002^b^x\r\n"),
     "1@0 alpha:ABCD/4 ABCD^2001-2002^r^x\n2@20 alpha:ABCD/4 ABCD^2001-2002^g^x\n4@50 alpha:ABCD/4 "
     "ABCD^2001-2002^b^x\n"
     "note 2 bom\nnote 3 blank\nend\n"},
    {"joined without a line end", "caret", false, NULL,
     BYTES("ABCD^2001-2002^r^x" MARK "ABCD^2001-2002^g^x\r\nABCD^2001-2002^b^x\r\n"),
     "1@0 alpha:ABCD/4 ABCD^2001-2002^r^x\n1@18 alpha:ABCD/4 ABCD^2001-2002^g^x\n2@41 alpha:ABCD/4 "
     "ABCD^2001-2002^b^x\n"
     "note 1 joined\nnote 1 bom\nend\n"},
    {"a byte order mark within a value is part of it", "caret", false, NULL,
     BYTES("ABCD^2001-2002^r^x" MARK "y\r\n"),
     "1@0 alpha:ABCD/4 ABCD^2001-2002^r^x" MARK "y\nend\n"},
    {"Ctrl-Z alone at the end", "caret", false, NULL, BYTES("ABCD^2001-2002^r^x\r\n\x1a"),
     "1@0 alpha:ABCD/4 ABCD^2001-2002^r^x\nnote 2 ctrl-z\nend\n"},
    {"Ctrl-Z glued to the last record, twice, with a line end", "caret", false, NULL,
     BYTES("ABCD^2001-2002^r^x\x1a\x1a\r\n"),
     "1@0 alpha:ABCD/4 ABCD^2001-2002^r^x\nnote 1 ctrl-z\nend\n"},
    {"Ctrl-Z glued to a quoted record without a line end", "caret", false, NULL,
     BYTES("ABCD^2001-2002^r^\"x\"\x1a"),
     "1@0 alpha:ABCD/4 ABCD^2001-2002^r^x\nnote 1 ctrl-z\nnote 1 open\nend\n"},
    {"Ctrl-Z where files were joined", "caret", false, NULL,
     BYTES("ABCD^2001-2002^r^x\r\n\x1a" MARK
           "ABCD^2001-2002^g^x\r\n\x1a\x1a\r\nABCD^2001-2002^b^x\r\n"),
     "1@0 alpha:ABCD/4 ABCD^2001-2002^r^x\n2@20 alpha:ABCD/4 ABCD^2001-2002^g^x\n4@48 alpha:ABCD/4 "
     "ABCD^2001-2002^b^x\n"
     "note 2 ctrl-z\nnote 2 bom\nend\n"},
    {"Ctrl-Z within a record is part of it", "caret", false, NULL,
     BYTES("ABCD^2001-2002^\x1ar^x\r\nABCD^2001-2002^\"r\"\x1a^x\r\n"),
     "1@0 alpha:ABCD/4 ABCD^2001-2002^\x1ar^x\n2@21 !after-quote "
     "ABCD^2001-2002^\"r\"\x1a^x\nend\n"},
    {"zeros at the end", "caret", false, NULL, BYTES("ABCD^2001-2002^r^x\r\n\0\0\0\0\0"),
     "1@0 alpha:ABCD/4 ABCD^2001-2002^r^x\nnote 2 zeros\nend\n"},
    {"zeros glued to the last record, Ctrl-Z among them", "caret", false, NULL,
     BYTES("ABCD^2001-2002^r^x\x1a\0\0\x1a\r\n\0"),
     "1@0 alpha:ABCD/4 ABCD^2001-2002^r^x\nnote 1 zeros\nnote 1 ctrl-z\nnote 1 open\nend\n"},
    {"zeros glued to a quoted record of two lines", "caret", false, NULL,
     BYTES("ABCD^2001-2002^r^\"x\r\ny\"\0\0"),
     "1@0 alpha:ABCD/4~ ABCD^2001-2002^r^x\\r\\ny\nnote 1 zeros\nnote 1 open\nend\n"},
    {"zeros with a record after them are no padding", "caret", false, NULL,
     BYTES("ABCD^2001-2002^r^x\r\n\0\0\r\nABCD^2001-2002^r^x\r\n"),
     "1@0 alpha:ABCD/4 ABCD^2001-2002^r^x\nrefused 65 2 2 20\n"},
    {"nothing but zeros", "caret", false, NULL, BYTES("\0\0\0\0"), "refused 66\n"},
    {"rows of separators and of blanks", "caret", false, NULL,
     BYTES("ABCD^2001-2002^r^x\r\n^^^\r\n \t \r\n,,,,\r\n\"\"^\"\"\r\nABCD^2001-2002^g^x\r\n"),
     "1@0 alpha:ABCD/4 ABCD^2001-2002^r^x\n6@43 alpha:ABCD/4 ABCD^2001-2002^g^x\nnote 2 "
     "blank\nend\n"},
    {"several of these in one file", "caret", false, NULL,
     BYTES(MARK "\nsep=^\n^^^\nABCD^2001-2002^r^x\n\x1a" MARK "ABCD^2001-2002^g^x\x1a\0\0"),
     "4@14 alpha:ABCD/4 ABCD^2001-2002^r^x\n5@33 alpha:ABCD/4 ABCD^2001-2002^g^x\n"
     "note 1 bom\nnote 1 lf\nnote 2 sep\nnote 3 blank\nnote 5 zeros\nnote 5 ctrl-z\nnote 1 "
     "blank\nnote 5 open\nend\n"},
    {"rejected records: lines that differ in the errors alone are one, wherever they stand",
     "caret", false, NULL,
     BYTES("ABCD-E^2001-2002^r^x^one^1\r\nABCD-E^2001-2002^g^x^one^1\r\nABCD-E^2001-2002^r^x^two^"
           "2\r\n"
           "ABCD-E^2001-2002^r^\"x\"^\"th^ree\"^3\r\nABCD-E^2001-2002^r^y^one^1\r\n"),
     "1@0 alpha:ABCD-E/4 ABCD-E^2001-2002^r^x^one^1\n2@28 alpha:ABCD-E/4 "
     "ABCD-E^2001-2002^g^x^one^1\n"
     "5@119 alpha:ABCD-E/4 ABCD-E^2001-2002^r^y^one^1\nnote 3 repeated 2\nend\n"},
    {"the dates of an extract are no errors, and an upload file may repeat a line", "caret", false,
     NULL,
     BYTES("ABCD-R^2001-2002^r^x^20010101\r\nABCD-R^2001-2002^r^x^20010102\r\nABCD^2001-2002^r^"
           "x\r\nABCD^2001-2002^r^x\r\n"),
     "1@0 alpha:ABCD-R/4 ABCD-R^2001-2002^r^x^20010101\n2@31 alpha:ABCD-R/4 "
     "ABCD-R^2001-2002^r^x^20010102\n"
     "3@62 alpha:ABCD/4 ABCD^2001-2002^r^x\n4@82 alpha:ABCD/4 ABCD^2001-2002^r^x\nend\n"},
    {"a backslash in a rejected record, escaped or not, is one record", "caret", false, NULL,
     BYTES("ABCD-E^2001-2002^\\r^x^one^1\r\nABCD-E^2001-2002^\\r^x^\"t^o\"^2\r\n"),
     "1@0 alpha:ABCD-E/4 ABCD-E^2001-2002^\\r^x^one^1\nnote 2 repeated 1\nend\n"},
    {"no record has the fields of its layout", "caret", false, NULL,
     BYTES("ABCD^2001-2002^r^x^\r\nABCD^2001-2002^g^x^\r\n"),
     "1@0 !field-count ABCD^2001-2002^r^x^\n2@21 !field-count ABCD^2001-2002^g^x^\nrefused 65\n"},
};

static const struct reader_case csv_cases[] = {
    {"plain and quoted", "csv", false, NULL,
     BYTES("ABCD,2001-2002,r,x\r\nABCD,2001-2002,\"r\",\"x,y\"\r\n"),
     "1@0 alpha:ABCD/4 ABCD^2001-2002^r^x\n2@20 alpha:ABCD/4 ABCD^2001-2002^r^x,y\nend\n"},
    {"a caret is text, in every kind of record", "csv", false, NULL,
     BYTES("ABCD,2001-2002,r,x^y\r\nABCD,2001-2002,r,\"x^y\"\r\nABCD,2001-2002,\\,x^y\r\n"),
     "1@0 alpha:ABCD/4~ ABCD^2001-2002^r^x\\cy\n2@22 alpha:ABCD/4~ ABCD^2001-2002^r^x\\cy\n"
     "3@46 alpha:ABCD/4~ ABCD^2001-2002^\\\\^x\\cy\nend\n"},
    {"a caret in a record that cannot be read", "csv", false, NULL,
     BYTES("ABCD,2001-2002,r\",x^y\r\nABCD,2001-2002,r,x\r\n"),
     "1@0 !stray-quote~ ABCD^2001-2002^r\"^x\\cy\n2@23 alpha:ABCD/4 ABCD^2001-2002^r^x\nend\n"},
    {"empty fields", "csv", false, NULL, BYTES("ABCD,,,\r\n,,,\r\nABCD,\"\",\"\",\"\"\r\n"),
     "1@0 beta:ABCD/4 ABCD^^^\n3@14 beta:ABCD/4 ABCD^^^\nnote 2 blank\nend\n"},
    {"the line that names the separator, and one in quotes", "csv", false, NULL,
     BYTES(MARK "SEP=,\r\nABCD,2001-2002,r,x\r\n\"sep=,\"\r\nABCD,2001-2002,g,x\r\n"),
     "2@10 alpha:ABCD/4 ABCD^2001-2002^r^x\n4@39 alpha:ABCD/4 ABCD^2001-2002^g^x\nnote 1 bom\nnote "
     "1 sep\nend\n"},
    {"a line that names another separator", "csv", false, NULL,
     BYTES("sep=;\r\nABCD;2001-2002;r;x\r\n"),
     "1@0 !record-type sep=;\n2@7 !record-type ABCD;2001-2002;r;x\nrefused 65\n"},
    {"a byte order mark in the midst, and fields that were commas before", "csv", false, NULL,
     BYTES("ABCD,2001-2002,r,x\r\n" MARK "ABCD,2001-2002,g,x\r\n" MARK
           "ABCD,2001-2002,b,\"x\"\r\n"),
     "1@0 alpha:ABCD/4 ABCD^2001-2002^r^x\n2@20 alpha:ABCD/4 ABCD^2001-2002^g^x\n3@43 alpha:ABCD/4 "
     "ABCD^2001-2002^b^x\n"
     "note 2 bom\nend\n"},
    {"rejected records", "csv", false, NULL,
     BYTES("ABCD-E,2001-2002,r,x,one,1\r\nABCD-E,2001-2002,r,\"x\",two,2\r\nABCD-E,2001-2002,r,x,"
           "\"a,b^c\",2\r\n"),
     "1@0 alpha:ABCD-E/4 ABCD-E^2001-2002^r^x^one^1\nnote 2 repeated 2\nend\n"},
    {"bytes that are no UTF-8", "csv", false, NULL,
     BYTES("ABCD,2001-2002,r,\xe9\r\nABCD,2001-2002,r,\xc3\xa9\r\n"),
     "1@0 !bytes ABCD^2001-2002^r^\xe9\n2@20 alpha:ABCD/4 ABCD^2001-2002^r^\xc3\xa9\nend\n"},
    {"a header row", "csv", false, NULL, BYTES("\"Record Type Code\",\"Academic Year ID\"\n"),
     "refused 65 1 1 0\n"},
};

#define XML(text) "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Made>\n" text "</Made>\n"
#define FIELDS(year, colour, remark)                                                               \
    "<AcademicYearID>" year "</AcademicYearID><ColourCode>" colour                                 \
    "</ColourCode><OldRemark>" remark "</OldRemark>"
#define TYPE "<RecordTypeCode>ABCD</RecordTypeCode>"
#define REJECTED(colour, why)                                                                      \
    "<ABCD><RecordTypeCode>ABCD-E</RecordTypeCode>" FIELDS(                                        \
        "2001-2002", colour, "x") "<Why>" why "</Why><How>1</How></ABCD>\n"
#define RECORD(colour) "<ABCD>" TYPE FIELDS("2001-2002", colour, "x") "</ABCD>\n"

static const struct reader_case xml_cases[] = {
    {"two records", "xml", false, NULL, BYTES(XML(RECORD("r") RECORD("g"))),
     "3@46 alpha:ABCD/4 ABCD^2001-2002^r^x\n4@189 alpha:ABCD/4 ABCD^2001-2002^g^x\nend\n"},
    {"entities, character references, CDATA, comments", "xml", false, NULL,
     BYTES(XML("<ABCD>" TYPE FIELDS("2001-2002", "&lt;&amp;&#114;",
                                    "a<!-- no -->b<![CDATA[^\\]]>&#10;") "</ABCD>\n")),
     "3@46 alpha:ABCD/4~ ABCD^2001-2002^<&r^ab\\c\\\\\\n\nend\n"},
    {"elements in any order", "xml", false, NULL,
     BYTES(XML("<ABCD>" FIELDS("2001-2002", "r", "x") TYPE "</ABCD>\n")),
     "3@46 alpha:ABCD/4 ABCD^2001-2002^r^x\nend\n"},
    {"missing, doubled and unknown elements", "xml", false, NULL,
     BYTES(
         XML("<ABCD>" TYPE
             "<AcademicYearID>2001-2002</AcademicYearID><ColourCode>r</ColourCode></ABCD>\n"
             "<ABCD>" TYPE FIELDS("2001-2002", "r",
                                  "x") "<ColourCode>g</ColourCode></ABCD>\n"
                                       "<ABCD>" TYPE FIELDS("2001-2002", "r",
                                                            "x") "<Other/></ABCD>\n" RECORD("b"))),
     "3@46 !element ABCD^2001-2002^r\n4@165 !element ABCD^2001-2002^r^x^g\n5@334 !element "
     "ABCD^2001-2002^r^x^\n"
     "6@485 alpha:ABCD/4 ABCD^2001-2002^b^x\nend\n"},
    {"empty elements", "xml", false, NULL,
     BYTES(XML("<ABCD>" TYPE "<AcademicYearID>2001-2002</AcademicYearID><ColourCode/><OldRemark></"
               "OldRemark></ABCD>\n")),
     "3@46 alpha:ABCD/4 ABCD^2001-2002^^\nend\n"},
    {"text between the elements of a record", "xml", false, NULL,
     BYTES(XML("<ABCD>stray" TYPE FIELDS("2001-2002", "r", "x") "</ABCD>\n" RECORD("g"))),
     "3@46 !element ABCD^2001-2002^r^x\n4@194 alpha:ABCD/4 ABCD^2001-2002^g^x\nend\n"},
    {"unknown record types", "xml", false, NULL,
     BYTES(XML("<WXYZ><A>1</A><B>2</B></WXYZ>\n<WXYZ/>\n")),
     "3@46 !record-type 1^2\n4@76 !record-type WXYZ\nrefused 65\n"},
    {"element and record type differ", "xml", false, NULL,
     BYTES(XML("<ABCD><RecordTypeCode>EFGH</RecordTypeCode>" FIELDS(
         "2001-2002", "r", "x") "</ABCD>\n"
                                "<ABCD><RecordTypeCode/>" FIELDS(
                                    "2001-2002", "r",
                                    "x") "</ABCD>\n"
                                         "<ABCD><RecordTypeCode>abcd</RecordTypeCode>" FIELDS(
                                             "2001-2002", "r", "x") "</ABCD>\n" RECORD("g"))),
     "3@46 !element-type EFGH^2001-2002^r^x\n4@189 !element-type ^2001-2002^r^x\n5@312 "
     "!element-type abcd^2001-2002^r^x\n"
     "6@455 alpha:ABCD/4 ABCD^2001-2002^g^x\nend\n"},
    {"rejected records", "xml", false, NULL,
     BYTES(XML(REJECTED("r", "one") REJECTED("g", "one") REJECTED("r", "t^o"))),
     "3@46 alpha:ABCD-E/4 ABCD-E^2001-2002^r^x^one^1\n4@217 alpha:ABCD-E/4 "
     "ABCD-E^2001-2002^g^x^one^1\n"
     "note 5 repeated 1\nend\n"},
    {"zeros and Ctrl-Z at the end", "xml", false, NULL, BYTES(XML(RECORD("r")) "\x1a\0\0\r\n"),
     "3@46 alpha:ABCD/4 ABCD^2001-2002^r^x\nnote 5 zeros\nend\n"},
    {"a byte order mark", "xml", false, NULL, BYTES(MARK XML(RECORD("r"))),
     "3@49 alpha:ABCD/4 ABCD^2001-2002^r^x\nnote 1 bom\nend\n"},
    {"a form", "xml", false, NULL,
     BYTES(XML("<ABCD><RecordTypeCode>ABCD-R</RecordTypeCode>" FIELDS(
         "2001-2002", "r", "x") "<Day>20010101</Day></ABCD>\n")),
     "3@46 alpha:ABCD-R/4 ABCD-R^2001-2002^r^x^20010101\nend\n"},
    {"the last field may be absent", "xml", false, NULL,
     BYTES(XML(
         "<ABCD>" TYPE "<AcademicYearID>2010-2011</AcademicYearID><ColourCode>r</"
         "ColourCode><Remark>x</Remark></ABCD>\n"
         "<ABCD>" TYPE
         "<AcademicYearID>2010-2011</AcademicYearID><ColourCode>r</ColourCode><Remark>x</Remark>"
         "<LateRemark>y</LateRemark></ABCD>\n")),
     "3@46 beta:ABCD/4 ABCD^2010-2011^r^x\n4@183 beta:ABCD/5 ABCD^2010-2011^r^x^y\nend\n"},
    {"a year before the first layout", "xml", false, NULL,
     BYTES(XML("<ABCD>" TYPE FIELDS("1999-2000", "r", "x") "</ABCD>\n")), "refused 65 3 1 46\n"},
};

/* Sources that are refused whole, at a place that libxml2 names and that is not the same for every
 * split. */
static const struct {
    const char *name, *input;
} bad_xml[] = {
    {"a DOCTYPE", "<!DOCTYPE Made><Made>" RECORD("r") "</Made>"},
    {"a DOCTYPE with entities",
     "<!DOCTYPE Made [<!ENTITY a \"aa\"><!ENTITY b \"&a;&a;\">]><Made>&b;</Made>"},
    {"an external entity",
     "<!DOCTYPE Made [<!ENTITY a SYSTEM \"file:///etc/hostname\">]><Made>&a;</Made>"},
    {"an unknown entity", "<Made><ABCD><A>&a;</A></ABCD></Made>"},
    {"cut off", "<Made>" RECORD("r")},
    {"cut off inside a record", "<Made><ABCD><RecordTypeCode>AB"},
    {"tags that do not match", "<Made><ABCD></ABCE></Made>"},
    {"more after the end", "<Made>" RECORD("r") "</Made><Made/>"},
    {"text between records", "<Made>" RECORD("r") "text" RECORD("r") "</Made>"},
    {"an element inside a field", "<Made><ABCD><A><B/></A></ABCD></Made>"},
    {"bytes that are no UTF-8", "<Made><ABCD><A>\xe9</A></ABCD></Made>"},
    {"a control character", "<Made><ABCD><A>\x01</A></ABCD></Made>"},
    {"no XML at all", "ABCD^2001-2002^r^x\r\n"},
    {"a Ctrl-Z within a document", "<Made>" RECORD("r") "\x1a" RECORD("r") "</Made>"},
    {"UTF-16", "\xff\xfe<"},
};

static struct reader_options options_of(const struct reader_case *c)
{
    struct reader_options options = {.format = c->format, .windows_1252 = c->windows_1252};
    if (c->layout != NULL)
        options.layout = tables_layout(made_up_tables(), c->layout, NULL);
    return options;
}

/* Every split into two pieces, then pieces of every small size. */
static void run_case(const struct reader_case *c)
{
    size_t length = c->length;
    const char *path = in_memory(0, c->input, length);
    struct reader_options options = options_of(c);
    struct text events = {0};
    for (size_t split = 0; split < length + 16; split++) {
        struct pieces pieces = split < length
                                   ? (struct pieces){split, 0, 0}
                                   : (struct pieces){split - length + 1, split - length + 1, 0};
        text_clear(&events);
        cut_sources(pieces);
        read_events(path, &options, 0, &events);
        char *what = cte_format("%s %s, first piece %zu, then %zu", c->format, c->name,
                                pieces.first, pieces.rest);
        bool good = CHECK_TEXT(what, c->expected, text_string(&events));
        free(what);
        if (!good)
            break;
    }
    text_free(&events);
    whole_again();
}

static void caret(void)
{
    for (size_t i = 0; i < sizeof caret_cases / sizeof *caret_cases; i++)
        run_case(&caret_cases[i]);
}

static void comma(void)
{
    for (size_t i = 0; i < sizeof csv_cases / sizeof *csv_cases; i++)
        run_case(&csv_cases[i]);
}

static void xml(void)
{
    for (size_t i = 0; i < sizeof xml_cases / sizeof *xml_cases; i++)
        run_case(&xml_cases[i]);
}

static void xml_that_is_refused(void)
{
    struct reader_options options = {.format = "xml"};
    struct text events = {0};
    for (size_t i = 0; i < sizeof bad_xml / sizeof *bad_xml; i++) {
        size_t length = strlen(bad_xml[i].input);
        const char *path = in_memory(0, bad_xml[i].input, length);
        for (size_t split = 1; split <= length; split++) {
            text_clear(&events);
            cut_sources((struct pieces){split, 0, 0});
            read_events(path, &options, 0, &events);
            const char *last = strstr(events.bytes, "refused");
            if (!CHECK(last != NULL && strncmp(last, "refused 65", 10) == 0, "%s, split at %zu: %s",
                       bad_xml[i].name, split, text_string(&events)))
                break;
        }
    }
    text_free(&events);
    whole_again();
}

/* ---- edges of the reader's block ---- */

/* What stands at the edge, and the events of it and of the record after it; the record begins on
 * line and byte %1$llu@%2$llu. */
static const struct {
    const char *name, *format, *text;
    unsigned lines;
    const char *event;
} edges[] = {
    {"plain", "caret", "ABCD^2001-2002^r^edge\r\n", 1, "alpha:ABCD/4 ABCD^2001-2002^r^edge\n"},
    {"LF only", "caret", "ABCD^2001-2002^r^edge\n", 1, "alpha:ABCD/4 ABCD^2001-2002^r^edge\n"},
    {"quoted", "caret", "ABCD^2001-2002^\"r\"^\"e \"\"d\"\" g\"\r\n", 1,
     "alpha:ABCD/4 ABCD^2001-2002^r^e \"d\" g\n"},
    {"quoted over lines", "caret", "ABCD^2001-2002^r^\"e\r\nd\r\n\r\ng\"\r\n", 4,
     "alpha:ABCD/4~ ABCD^2001-2002^r^e\\r\\nd\\r\\n\\r\\ng\n"},
    {"blank lines before", "caret", "\r\n\r\nABCD^2001-2002^r^edge\r\n", 3, NULL},
    {"letters of several bytes", "caret", "ABCD^2001-2002^r^\xc3\xa9\xf0\x9f\x98\x80\r\n", 1,
     "alpha:ABCD/4 ABCD^2001-2002^r^\xc3\xa9\xf0\x9f\x98\x80\n"},
    {"a stray quote", "caret", "ABCD^2001-2002^r\"^edge\r\n", 1,
     "!stray-quote ABCD^2001-2002^r\"^edge\n"},
    {"CSV", "csv", "ABCD,2001-2002,r,edge\r\n", 1, "alpha:ABCD/4 ABCD^2001-2002^r^edge\n"},
    {"CSV, quoted over lines", "csv", "ABCD,2001-2002,r,\"e\n,\"\"\"\r\n", 2,
     "alpha:ABCD/4~ ABCD^2001-2002^r^e\\n,\"\n"},
};

/* Records of 40 bytes, the last one longer, up to byte `size`. Returns their number. */
static uint64_t fill_to(struct text *text, size_t size, char delimiter)
{
    uint64_t records = 0;
    text_clear(text);
    while (text->length < size) {
        size_t length = size - text->length >= 80 ? 40 : size - text->length;
        char record[128];
        memset(record, 'f', sizeof record);
        memcpy(record, "ABCD^2001-2002^r^", 17);
        memcpy(record + length - 2, "\r\n", 2);
        for (size_t i = 0; i < 17; i++) {
            if (record[i] == '^')
                record[i] = delimiter;
        }
        text_put(text, record, length);
        records++;
    }
    return records;
}

static void records_across_block_edges(void)
{
    struct text input = {0}, events = {0}, expected = {0};
    for (size_t e = 0; e < sizeof edges / sizeof *edges; e++) {
        struct reader_options options = {.format = edges[e].format};
        size_t length = strlen(edges[e].text);
        char delimiter = strcmp(edges[e].format, "csv") == 0 ? ',' : '^';
        for (size_t before = 0; before <= length + 1; before++) {
            const size_t start = READER_BLOCK - before;
            uint64_t records = fill_to(&input, start, delimiter);
            text_put(&input, edges[e].text, length);
            size_t blanks = edges[e].event == NULL ? 2 : 0;
            text_clear(&expected);
            text_format(&expected, "%llu@%llu %s", (unsigned long long)records + 1 + blanks,
                        (unsigned long long)(start + 2 * blanks),
                        edges[e].event != NULL ? edges[e].event
                                               : "alpha:ABCD/4 ABCD^2001-2002^r^edge\n");
            text_format(&expected, "%llu@%llu alpha:ABCD/4 ABCD^2001-2002^r^last\n",
                        (unsigned long long)records + 1 + edges[e].lines,
                        (unsigned long long)input.length);
            if (strcmp(edges[e].name, "LF only") == 0)
                text_format(&expected, "note %llu lf\n", (unsigned long long)records + 1);
            if (blanks > 0)
                text_format(&expected, "note %llu blank\n", (unsigned long long)records + 1);
            text_put(&expected, "end\n", 4);
            text_format(&input, "ABCD%c2001-2002%cr%clast\r\n", delimiter, delimiter, delimiter);
            text_clear(&events);
            read_events(in_memory(0, input.bytes, input.length), &options, records + 1, &events);
            char *what = cte_format("%s, %zu bytes before the edge", edges[e].name, before);
            bool good = CHECK_TEXT(what, expected.bytes, text_string(&events));
            free(what);
            if (!good)
                break;
        }
    }
    text_free(&input);
    text_free(&events);
    text_free(&expected);
}

/* A source that ends at each byte around the edge, with and without its line end. */
static void ends_at_block_edges(void)
{
    static const char *const ends[] = {"", "\n", "\r\n", "\r\n\r\n"};
    struct text input = {0}, events = {0}, expected = {0};
    struct reader_options options = {.format = "caret"};
    for (size_t e = 0; e < sizeof ends / sizeof *ends; e++) {
        for (size_t size = READER_BLOCK - 40; size <= READER_BLOCK + 4; size++) {
            uint64_t records = fill_to(&input, size - 18, '^');
            text_format(&input, "ABCD^2001-2002^r^z%s", ends[e]);
            text_clear(&expected);
            text_format(&expected, "%llu@%zu alpha:ABCD/4 ABCD^2001-2002^r^z\n",
                        (unsigned long long)records + 1, size - 18);
            const char *word = e == 0 ? "open" : e == 1 ? "lf" : e == 3 ? "blank" : NULL;
            if (word != NULL)
                text_format(&expected, "note %llu %s\n", (unsigned long long)records + 1 + (e == 3),
                            word);
            text_put(&expected, "end\n", 4);
            text_clear(&events);
            read_events(in_memory(0, input.bytes, input.length), &options, records + 1, &events);
            char *what = cte_format("ends at byte %zu, ending %zu", size, e);
            bool good = CHECK_TEXT(what, expected.bytes, text_string(&events));
            free(what);
            if (!good)
                break;
        }
    }
    text_free(&input);
    text_free(&events);
    text_free(&expected);
}

/* The longest record that is read has STREAM_MAX_RECORD bytes without its line end; one byte more
 * refuses the source. */
static void longest_record(void)
{
    static const struct {
        const char *name, *head, *tail;
    } shapes[] = {
        {"plain", "ABCD^2001-2002^r^", "\r\n"},
        {"plain, LF only", "ABCD^2001-2002^r^", "\n"},
        {"plain, no line end", "ABCD^2001-2002^r^", ""},
        {"quoted, LF only", "ABCD^2001-2002^\"r\"^", "\n"},
        {"quoted, no line end", "ABCD^2001-2002^\"r\"^", ""},
        {"quoted", "ABCD^2001-2002^\"r\"^", "\r\n"},
        {"ends in a quote", "ABCD^2001-2002^r^\"", "\"\r\n"},
    };
    struct text input = {0}, events = {0};
    struct reader_options options = {.format = "caret"};
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        for (unsigned more = 0; more < 3; more++) {
            text_clear(&input);
            text_format(&input, "ABCD^2001-2002^r^x\r\n%s", shapes[s].head);
            size_t quote = shapes[s].tail[0] == '"';
            while (input.length < 20 + STREAM_MAX_RECORD + more - quote)
                text_put(&input, "y", 1);
            text_format(&input, "%s", shapes[s].tail);
            text_clear(&events);
            read_events(in_memory(0, input.bytes, input.length), &options, 3, &events);
            bool refused = strcmp(events.bytes, "refused 65 2 2 20\n") == 0;
            CHECK(refused == (more > 0), "%s, %d bytes: %s", shapes[s].name,
                  STREAM_MAX_RECORD + (int)more, text_string(&events));
        }
    }
    text_free(&input);
    text_free(&events);
}

/* An unclosed quote early in a long file is found within one record, not at the end of the file. */
static void unclosed_quote_far_from_the_end(void)
{
    struct text input = {0}, events = {0};
    fill_to(&input, 4 * READER_BLOCK, '^');
    input.bytes[40 + 17] = '"';
    struct reader_options options = {.format = "caret"};
    read_events(in_memory(0, input.bytes, input.length), &options, 2, &events);
    CHECK_TEXT("quote opened on line 2", "refused 65 2 2 40\n", text_string(&events));
    text_free(&input);
    text_free(&events);
}

static void too_many_fields(void)
{
    struct text input = {0}, events = {0};
    struct reader_options options = {.format = "caret", .takes_any = true};
    for (unsigned fields = STREAM_MAX_FIELDS - 2; fields <= STREAM_MAX_FIELDS + 2; fields++) {
        for (unsigned quoted = 0; quoted < 2; quoted++) {
            text_clear(&input);
            text_format(&input, "ABCD^%s", quoted ? "\"2001-2002\"" : "2001-2002");
            for (unsigned i = 2; i < fields; i++)
                text_format(&input, "^%u", i);
            text_format(&input, "\r\n");
            text_clear(&events);
            read_events(in_memory(0, input.bytes, input.length), &options, 1, &events);
            CHECK(strncmp(events.bytes, "1@0 !field-count", 16) == 0 &&
                      strstr(events.bytes, "\nend\n") != NULL,
                  "%u fields: %.60s", fields, text_string(&events));
            /* No field is lost, even where they are no longer told apart. */
            char *last = cte_format("%u\nend\n", fields - 1);
            CHECK(strstr(events.bytes, last) != NULL, "%u fields, quoted %u: the last is not there",
                  fields, quoted);
            free(last);
        }
    }
    text_free(&input);
    text_free(&events);
}

/* ---- against libcsv ---- */

struct referee {
    struct text text; /* fields as a stream holds them: escaped, with carets between */
    size_t fields, records;
};

static int no_byte(unsigned char c)
{
    (void)c;
    return 0;
}

static int line_feed(unsigned char c)
{
    return c == '\n';
}

static void referee_field(void *value, size_t length, void *context)
{
    struct referee *referee = context;
    char *escaped = cte_alloc(2 * length + 1);
    if (referee->fields++ > 0)
        text_put(&referee->text, "^", 1);
    text_put(&referee->text, escaped, (size_t)(stream_escape(escaped, value, length) - escaped));
    free(escaped);
}

static void referee_record(int byte, void *context)
{
    (void)byte;
    ((struct referee *)context)->records++;
}

/* True when libcsv in strict mode takes the bytes, which have no line end, as one record. */
static bool referee_reads(const char *bytes, size_t length, char delimiter, struct referee *referee)
{
    struct csv_parser parser;
    csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI);
    csv_set_delim(&parser, (unsigned char)delimiter);
    csv_set_space_func(&parser, no_byte);
    csv_set_term_func(&parser, line_feed);
    referee->fields = referee->records = 0;
    text_clear(&referee->text);
    bool good =
        csv_parse(&parser, bytes, length, referee_field, referee_record, referee) == length &&
        referee->records == 0 && csv_fini(&parser, referee_field, referee_record, referee) == 0 &&
        referee->records == 1;
    csv_free(&parser);
    return good;
}

static size_t random_record(struct dice *dice, char *to, char delimiter)
{
    /* Half of the records are made of fields with sound quoting, so that libcsv accepts many that
     * hold quotes. */
    const char alphabet[] = {'a',  'b',  'c', delimiter, delimiter, '"', '"',
                             '\n', '\r', '^', ',',       '\\',      ' '};
    size_t length = 0;
    if (roll(dice, 2) == 0) {
        size_t wanted = roll(dice, 30);
        while (length < wanted)
            to[length++] = alphabet[roll(dice, sizeof alphabet)];
        return length;
    }
    for (unsigned fields = 1 + roll(dice, 5); fields > 0; fields--) {
        bool quoted = roll(dice, 3) == 0;
        if (quoted)
            to[length++] = '"';
        for (unsigned i = roll(dice, 12); i > 0; i--) {
            char c = alphabet[roll(dice, sizeof alphabet)];
            if (!quoted && (c == delimiter || c == '"' || c == '\n' || c == '\r'))
                c = 'd';
            if (c == '"')
                to[length++] = '"';
            to[length++] = c;
        }
        if (quoted)
            to[length++] = '"';
        if (fields > 1)
            to[length++] = delimiter;
    }
    return length;
}

/* Returns outside of quotes refuse a source here and are text to libcsv; such records are left out.
 */
static bool has_bare_return(const char *bytes, size_t length)
{
    bool inside = false;
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] == '"')
            inside = !inside;
        if (bytes[i] == '\r' && !inside)
            return true;
    }
    return false;
}

static void against_libcsv(char delimiter, const char *format, uint64_t seed)
{
    enum { RECORDS = 60000 };
    struct dice dice = {seed};
    struct text input = {0};
    struct referee referee = {0};
    char **expected = cte_zalloc(RECORDS, sizeof *expected);
    size_t count = 0, quoted = 0;
    text_format(&input, "first\r\n"); /* where a header row would stand */
    while (count < RECORDS) {
        char record[128];
        size_t length = random_record(&dice, record, delimiter);
        if (length == 0 || has_bare_return(record, length) ||
            !referee_reads(record, length, delimiter, &referee) ||
            /* a row of separators is no record here */
            strspn(referee.text.bytes, "^, ") == referee.text.length)
            continue;
        quoted += memchr(record, '"', length) != NULL;
        expected[count++] = cte_strdup(referee.text.bytes);
        text_put(&input, record, length);
        text_format(&input, "%s", roll(&dice, 2) == 0 ? "\n" : "\r\n");
    }
    CHECK(quoted > RECORDS / 4, "only %zu records of %d hold a quote", quoted, RECORDS);
    struct source *source = NULL;
    struct reader *reader = NULL;
    struct cte_error error = {0};
    struct reader_record item;
    const struct record *record = &item.record;
    struct reader_options options = {.format = format};
    cut_sources((struct pieces){1000, 4099, 0});
    int status = source_open(in_memory(0, input.bytes, input.length), NULL, &source, &error);
    if (status == CTE_OK)
        status = reader_open(source, made_up_tables(), &options, &reader, &error);
    if (status == CTE_OK)
        status = reader_next(reader, &item, &error);
    char *got = cte_alloc(STREAM_MAX_RECORD);
    for (size_t i = 0; i < count && status == CTE_OK; i++) {
        status = reader_next(reader, &item, &error);
        if (!CHECK(status == CTE_OK && !item.end &&
                       (item.defect == READER_RECORD_TYPE || item.defect == READER_FIELD_COUNT),
                   "%s record %zu is not read: %s, defect %d", format, i, error.text,
                   (int)item.defect))
            break;
        /* Both as they are escaped, for an unescaped record may hold a backslash. */
        char *end = got;
        for (size_t from = 0, to; from <= record->length; from = to + 1) {
            const char *caret_at = memchr(record->text + from, '^', record->length - from);
            to = caret_at != NULL ? (size_t)(caret_at - record->text) : record->length;
            if (from > 0)
                *end++ = '^';
            if (record->escaped) {
                memcpy(end, record->text + from, to - from);
                end += to - from;
            } else {
                end = stream_escape(end, record->text + from, to - from);
            }
        }
        *end = '\0';
        if (!CHECK_TEXT(format, expected[i], got))
            break;
    }
    free(got);
    reader_close(reader);
    source_close(source);
    for (size_t i = 0; i < count; i++)
        free(expected[i]);
    free(expected);
    text_free(&input);
    text_free(&referee.text);
    whole_again();
}

static void caret_against_libcsv(void)
{
    against_libcsv('^', "caret", 11);
}

static void comma_against_libcsv(void)
{
    against_libcsv(',', "csv", 12);
}

/* Whatever stands in a source, its pieces change nothing about what is read. */
static void any_bytes_in_any_pieces(void)
{
    static const char *const bits[] = {"ABCD",
                                       "^",
                                       "^",
                                       ",",
                                       "\r\n",
                                       "\n",
                                       "\"",
                                       "2001-2002",
                                       "2010-2011",
                                       "r",
                                       "\xe9",
                                       "\xc3\xa9",
                                       "\\",
                                       "ABCD^2001-2002^r^x\r\n",
                                       "ABCD,2010-2011,r,x\r\n",
                                       "<ABCD>",
                                       "</ABCD>",
                                       "-R",
                                       "\r",
                                       " "};
    static const char *const formats[] = {"caret", "csv", "xml"};
    struct dice dice = {13};
    struct text input = {0}, whole = {0}, events = {0};
    for (unsigned run = 0; run < 1500; run++) {
        struct reader_options options = {.format = formats[run % 3],
                                         .windows_1252 = roll(&dice, 4) == 0};
        text_clear(&input);
        for (unsigned i = 1 + roll(&dice, 30); i > 0; i--)
            text_format(
                &input, "%s",
                bits[roll(&dice, sizeof bits / sizeof *bits - (roll(&dice, 3) != 0 ? 2 : 0))]);
        const char *path = in_memory(0, input.bytes, input.length);
        text_clear(&whole);
        whole_again();
        read_events(path, &options, 0, &whole);
        for (size_t size = 1; size < 6; size++) {
            text_clear(&events);
            cut_sources((struct pieces){size, 2 * size - 1, 0});
            read_events(path, &options, 0, &events);
            /* Where libxml2 stands when it finds a fault depends on what it was fed. */
            bool same = strcmp(options.format, "xml") == 0
                            ? (strstr(whole.bytes, "refused 65") != NULL) ==
                                  (strstr(events.bytes, "refused 65") != NULL)
                            : strcmp(whole.bytes, text_string(&events)) == 0;
            if (!CHECK(same, "run %u, pieces of %zu", run, size)) {
                CHECK_TEXT(input.bytes, whole.bytes, text_string(&events));
                run = 100000;
                break;
            }
        }
    }
    text_free(&input);
    text_free(&whole);
    text_free(&events);
    whole_again();
}

void add_reader_suite(void)
{
    static const CU_TestInfo tests[] = {
        {"caret, at every split", caret},
        {"CSV, at every split", comma},
        {"XML, at every split", xml},
        {"XML that is refused, at every split", xml_that_is_refused},
        {"records across the edges of blocks", records_across_block_edges},
        {"sources that end at the edges of blocks", ends_at_block_edges},
        {"the longest record", longest_record},
        {"an unclosed quote far from the end", unclosed_quote_far_from_the_end},
        {"too many fields", too_many_fields},
        {"caret against libcsv", caret_against_libcsv},
        {"CSV against libcsv", comma_against_libcsv},
        {"any bytes in any pieces", any_bytes_in_any_pieces},
        {NULL, NULL},
    };
    add_suite("reader", NULL, NULL, tests);
}
