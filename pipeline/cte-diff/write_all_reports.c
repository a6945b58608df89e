/* All that a comparison tells: in words, and in the files that were asked for. */
#include "pipeline/cte-diff/report_files.h"
#include "pipeline/cte-diff/writers.h"

/* Tells everybody. The sums go before the differences, but come from them: what is said in words is
 * kept until then. */
int write_all_reports(struct diff *diff, const struct matching *matching, struct tally *tally,
                      const struct asked_reports *asked)
{
    enum { CSV, XML, HTML, REPORT_FILES };
    struct report_file files[REPORT_FILES] = {
        [CSV] = {.path = asked->csv}, [XML] = {.path = asked->xml}, [HTML] = {.path = asked->html}};
    struct html html = {.output = &files[HTML].out,
                        .most = asked->shown,
                        .hides = asked->hides,
                        .is_public = asked->is_public};
    struct xml_out xml;
    struct text_report text = {.most = asked->shown};
    struct sink sinks[REPORT_FILES + 1] = {{add_text_difference, &text}};
    size_t count = 1;
    if (asked->csv != NULL)
        sinks[count++] = (struct sink){write_csv, &files[CSV].out};
    if (asked->xml != NULL)
        sinks[count++] = (struct sink){write_xml, &xml};
    if (asked->html != NULL)
        sinks[count++] = (struct sink){write_html, &html};
    int status = CTE_OK;
    for (size_t i = 0; i < REPORT_FILES && status == CTE_OK; i++)
        status = open_report_file(&files[i], &diff->error);
    if (status == CTE_OK && asked->csv != NULL)
        begin_csv(&files[CSV].out);
    if (status == CTE_OK && asked->xml != NULL)
        begin_xml(&xml, &files[XML].out, diff);
    if (status == CTE_OK)
        status = report_details(diff, matching, tally, sinks, count);
    if (status == CTE_OK && asked->xml != NULL)
        status = end_xml(&xml, diff, tally, &diff->error);
    if (status == CTE_OK && asked->html != NULL)
        status = end_html(&html, diff, tally);
    if (status == CTE_OK)
        status = close_report_files(files, REPORT_FILES, &diff->error);
    if (status == CTE_OK) {
        write_text_sums(diff, tally);
        write_text_differences(&text, tally);
        status = publish_report_files(files, REPORT_FILES, &diff->error);
    }
    discard_report_files(files, REPORT_FILES);
    free_text_report(&text);
    free_html(&html);
    return status;
}
