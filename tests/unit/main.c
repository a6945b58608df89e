/* The main program of the unit tests: runs every suite and counts. */
#include <CUnit/Basic.h>
#include <libxml/parser.h>
#include <stdio.h>

#include "tests/unit/unit.h"

int main(int argc, char **argv)
{
    if (argc > 2) {
        fputs("Usage: unit [CODETABLES]\n", stderr);
        return 64;
    }
    if (argc == 2)
        codetables_folder = argv[1];
    if (CU_initialize_registry() != CUE_SUCCESS) {
        fprintf(stderr, "unit: %s\n", CU_get_error_msg());
        return 1;
    }
    add_base_suite();
    add_short_value_suite();
    add_scan_suite();
    add_source_suite();
    add_reader_suite();
    add_stream_suite();
    add_lineage_suite();
    add_past_suite();
    add_output_suite();
    add_table_suite();
    add_schema_suite();
    add_codeset_suite();
    add_crosswalk_suite();
    add_layout_suite();
    add_rules_suite();
    add_decisions_suite();
    add_suppression_suite();
    add_shown_suite();
    add_index_suite();
    add_xml_out_suite();
    add_fits_suite();
    add_cell_suite();
    add_account_suite();
    add_manifest_suite();
    add_policy_suite();
    add_group_counts_suite();
    add_facts_suite();
    add_line_rows_suite();
    add_csv_rows_suite();
    add_needed_file_suite();
    CU_basic_set_mode(CU_BRM_NORMAL);
    CU_basic_run_tests();
    const CU_RunSummary *summary = CU_get_run_summary();
    /* A suite that could not begin has run none of its tests; that is a failure too. */
    unsigned failed = summary->nTestsFailed + summary->nSuitesFailed;
    unsigned passed = summary->nTestsRun - summary->nTestsFailed;
    CU_cleanup_registry();
    xmlCleanupParser();
    printf("%u passed, %u failed\n", passed, failed);
    return failed > 0 || passed == 0;
}
