#include "pipeline/report/page.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/error.h"
#include "codetables/base/memory.h"
#include "codetables/base/shown.h"
#include "codetables/base/text.h"
#include "pipeline/report/sankey.h"

/* Contrast is at least 4.5 to 1 throughout, light and dark; paper is always light. The mark of a
 * draft is fixed, so that it is printed on every page. */
static const char colours[] =
    ":root{color-scheme:light dark;--ink:#1a1a1a;--paper:#fff;--link:#0b4a8f;--quiet:#444;"
    "--line:#ccc;--rule:#555;--code:#f4f4f4;--draft:#7a4b00;--draft-paper:#fff4e0;--bad:#8a1010;"
    "--bad-paper:#fdeaea;--good:#1d5c2f;--good-paper:#e9f6ec}"
    "@media screen and (prefers-color-scheme:dark){:root{--ink:#e6e6e6;--paper:#16181c;"
    "--link:#8ec2ff;--quiet:#b4b8bf;--line:#3c4047;--rule:#8a9099;--code:#22262c;--draft:#d9a13b;"
    "--draft-paper:#2e2410;--bad:#f08a8a;--bad-paper:#361616;--good:#7cc890;"
    "--good-paper:#12291a}}";
static const char style[] =
    "*{box-sizing:border-box}"
    "body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);"
    "margin:0 auto;max-width:70rem;padding:1rem;overflow-wrap:break-word}a{color:var(--link)}"
    "h1{font-size:1.5rem;margin:.5rem 0}h2{font-size:1.25rem;margin:2.2rem 0 .5rem}"
    "h3{font-size:1.05rem;margin:1.4rem 0 .4rem}p{max-width:52rem}"
    ".draft,.bad,.good{padding:.6rem .8rem;margin:.8rem 0;border:2px solid}"
    ".draft{border-color:var(--draft);background:var(--draft-paper)}"
    ".bad{border-color:var(--bad);background:var(--bad-paper)}"
    ".good{border-color:var(--good);background:var(--good-paper)}"
    ".scroll{overflow-x:auto;max-width:100%}"
    ".scroll:focus-visible,summary:focus-visible,a:focus-visible{outline:3px solid var(--link);"
    "outline-offset:2px}table{border-collapse:collapse;margin:.3rem 0}"
    "caption{text-align:left;padding:.3rem 0;color:var(--quiet)}.draft,.bad,.good,ol{max-width:"
    "52rem}th,td{border-bottom:1px solid var(--line);padding:.3rem .6rem;text-align:left;"
    "vertical-align:top;overflow-wrap:normal}thead th{border-bottom:2px solid var(--rule)}"
    "tbody th{font-weight:600}"
    "td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}"
    ".k,p code,li code{white-space:nowrap}"
    "td.w{overflow-wrap:anywhere;min-width:9rem;font-size:.8em}td.l{min-width:15rem}"
    "code,pre{font-family:ui-monospace,monospace;font-size:.92em}"
    "pre{overflow-x:auto;background:var(--code);padding:.6rem .8rem}nav ul{padding-left:1.2rem}"
    "summary{cursor:pointer;padding:.3rem 0}details details{margin-left:1.2rem}"
    ".mark{position:fixed;top:0;right:0;background:var(--draft);color:var(--paper);"
    "font-size:.8rem;padding:.1rem .6rem;z-index:2}.skip{position:absolute;left:-99rem}"
    ".skip:focus{left:1rem;top:.3rem;background:var(--paper);padding:.3rem}";
/* On a phone a row of many cells is a list of them, each with the name of its column. */
static const char narrow_style[] =
    "@media screen and (max-width:40rem){.many thead{position:absolute;left:-99rem}"
    ".many,.many caption,.many tbody,.many tr,.many th,.many td{display:block;width:100%}"
    ".many tr{border-bottom:2px solid var(--rule);padding:.3rem 0}"
    ".many tbody th,.many td,.many td.n,.many td.w,.many td.l{border:0;"
    "padding:.05rem .3rem;text-align:left;"
    "white-space:normal;overflow-wrap:anywhere;min-width:0}.many td:empty{display:none}"
    ".many td::before{content:attr(data-column) \": \";color:var(--quiet)}"
    ".many td[data-column$='?']::before{content:attr(data-column) \" \"}}";
static const char print_style[] =
    "@media print{body{max-width:none;font-size:11pt;padding:0}.scroll{overflow:visible}"
    "a{color:inherit}tr,svg,h2,h3{break-inside:avoid}h2,h3{break-after:avoid}"
    "thead{display:table-header-group}}@page{margin:14mm 12mm}";
/* In print the mark may lie on the first line of a page; where a browser knows margin boxes, it
 * stands above the page too. */
static const char draft_print_style[] =
    "@page{@top-right{content:'Made with draft tables';font:9pt sans-serif}}";

void page_html(struct page *page, const char *html)
{
    output_text(page->output, html);
}

void page_text(struct page *page, const char *text)
{
    char *shown = text_shown(text, strlen(text));
    output_xml(page->output, shown, strlen(shown));
    free(shown);
}

static void put_formatted(struct page *page, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));
static void put_formatted(struct page *page, const char *format, va_list args)
{
    char *text = NULL;
    if (vasprintf(&text, format, args) < 0)
        cte_die("out of memory");
    page_text(page, text);
    free(text);
}

void page_say(struct page *page, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    put_formatted(page, format, args);
    va_end(args);
}

void page_paragraph(struct page *page, const char *class, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    page_html(page, class != NULL ? "<p class=\"" : "<p>");
    if (class != NULL) {
        page_html(page, class);
        page_html(page, "\">");
    }
    put_formatted(page, format, args);
    page_html(page, "</p>\n");
    va_end(args);
}

void page_begin(struct page *page, struct output *output, const char *title, const char *draft)
{
    page->output = output;
    page_html(page,
              "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>"
              "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"/><title>");
    page_text(page, title);
    page_html(page, "</title><style>");
    page_html(page, colours);
    page_html(page, style);
    page_html(page, sankey_style);
    page_html(page, narrow_style);
    page_html(page, print_style);
    if (draft != NULL)
        page_html(page, draft_print_style);
    page_html(page, "</style></head>\n<body><a class=\"skip\" href=\"#main\">To the content</a>\n");
    page_html(page, "<header>");
    if (draft != NULL)
        page_html(page, "<div class=\"mark\" role=\"note\">Made with draft tables</div>\n");
    page_html(page, "<h1>");
    page_text(page, title);
    page_html(page, "</h1></header>\n<main id=\"main\">\n");
    if (draft != NULL) {
        page_html(page, "<p class=\"draft\"><strong>Draft tables.</strong> ");
        page_text(page, draft);
        page_html(page, "</p>\n");
    }
}

void page_end(struct page *page)
{
    page_html(page,
              "</main>\n<footer><p>cte-pipeline " CTE_VERSION "</p></footer></body></html>\n");
    publication_free(&page->publication);
}

/* $'north\351/SCTE.txt': for bytes that cannot stand in a page. */
static char *quote_bytes(const char *value)
{
    struct text word = {0};
    text_add(&word, "$'");
    for (; *value != '\0'; value++) {
        const unsigned char byte = (unsigned char)*value;
        if (byte < 0x20 || byte >= 0x7F || byte == '\'' || byte == '\\')
            text_format(&word, "\\%03o", byte);
        else
            text_add_byte(&word, *value);
    }
    text_add_byte(&word, '\'');
    return text_take(&word);
}

char *page_shell_word(const char *value)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./,:=@%+-";
    if (value[0] != '\0' && value[strspn(value, plain)] == '\0')
        return cte_strdup(value);
    char *shown = text_shown(value, strlen(value));
    const bool can_stand = strcmp(shown, value) == 0 && strpbrk(value, "\n\t") == NULL;
    free(shown);
    if (!can_stand)
        return quote_bytes(value);
    struct text word = {0};
    text_add_byte(&word, '\'');
    for (; *value != '\0'; value++) {
        text_add(&word, *value == '\'' ? "'\\'" : "");
        text_add_byte(&word, *value);
    }
    text_add_byte(&word, '\'');
    return text_take(&word);
}

void page_heading(struct page *page, int level, const char *id, const char *text)
{
    char tag[16];
    snprintf(tag, sizeof tag, "<h%d", level);
    page_html(page, tag);
    if (id != NULL) {
        page_html(page, " id=\"");
        page_text(page, id);
        page_html(page, "\"");
    }
    page_html(page, ">");
    page_text(page, text);
    snprintf(tag, sizeof tag, "</h%d>\n", level);
    page_html(page, tag);
}

static void begin_details(struct page *page, const char *tag, const char *summary)
{
    page_html(page, tag);
    page_html(page, "<summary>");
    page_text(page, summary);
    page_html(page, "</summary>\n");
}

void page_fold(struct page *page, const char *summary)
{
    begin_details(page, "<details>", summary);
}

void page_fold_open(struct page *page, const char *summary)
{
    begin_details(page, "<details open=\"open\">", summary);
}

void page_unfold(struct page *page)
{
    page_html(page, "</details>\n");
}

static void add_cell(struct page_table *table, const struct page_cell *cell)
{
    GROW(table->cells, table->cell_count, table->room);
    table->cells[table->cell_count++] = *cell;
}

void page_cell_text(struct page_table *table, const char *text)
{
    add_cell(table, &(struct page_cell){cte_strdup(text), PAGE_NO_CELL, -1});
}

void page_cell_count(struct page_table *table, size_t cell)
{
    add_cell(table, &(struct page_cell){NULL, cell, -1});
}

void page_cell_people(struct page_table *table, size_t cell, enum cell_people which)
{
    add_cell(table, &(struct page_cell){NULL, cell, (int)which});
}

/* More columns than these do not stand side by side on a phone. */
enum { FEW_COLUMNS = 3 };

/* How a text is broken into lines. A short word, such as a school year or the name of a file, is
 * not broken at its hyphen; a long one, such as a hash, anywhere; a long text has room. */
static const char *class_of(const char *text)
{
    enum { SHORT_WORD = 24, LONG_WORD = 40, LONG_TEXT = 160 };
    const size_t length = strlen(text);
    const bool is_word = strchr(text, ' ') == NULL;
    if (is_word && length <= SHORT_WORD && strchr(text, '-') != NULL)
        return " class=\"k\"";
    if (is_word && length > LONG_WORD)
        return " class=\"w\"";
    return !is_word && length > LONG_TEXT ? " class=\"l\"" : "";
}

static void begin_cell(struct page *page, const char *text, const char *column, bool is_named)
{
    const bool is_count = column[0] == '#';
    page_html(page, "<td");
    page_html(page, is_count ? " class=\"n\"" : class_of(text));
    if (is_named) {
        page_html(page, " data-column=\"");
        page_text(page, column + is_count);
        page_html(page, "\"");
    }
    page_html(page, ">");
}

static void put_cell(struct page *page, const struct page_cell *cell, const char *column,
                     bool is_named)
{
    const char *text = cell->text != NULL ? cell->text : "";
    if (column[0] == '!') {
        page_html(page, "<th scope=\"row\"");
        page_html(page, class_of(text));
        page_html(page, ">");
        page_text(page, text);
        page_html(page, "</th>");
    } else if (column[0] == '#') {
        begin_cell(page, text, column, is_named);
        if (cell->text != NULL) {
            page_text(page, cell->text);
        } else if (cell->cell != PAGE_NO_CELL) {
            const struct cell *published = &page->publication.cells[cell->cell];
            char number[24];
            snprintf(number, sizeof number, "%" PRIu64,
                     cell->people < 0 ? published->value : published->people[cell->people]);
            page_html(page, published->is_hidden ? "<abbr title=\"hidden\">*</abbr>" : number);
        }
        page_html(page, "</td>");
    } else {
        begin_cell(page, text, column, is_named);
        page_text(page, text);
        page_html(page, "</td>");
    }
}

void page_free_table(struct page_table *table)
{
    for (size_t i = 0; i < table->cell_count; i++)
        free(table->cells[i].text);
    free(table->cells);
    table->cells = NULL;
    table->cell_count = table->room = 0;
}

void page_put_table(struct page *page, struct page_table *table)
{
    page_html(page, "<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"");
    page_text(page, table->caption);
    const bool has_many = table->column_count > FEW_COLUMNS;
    page_html(page, has_many ? "\"><table class=\"many\"><caption>" : "\"><table><caption>");
    page_text(page, table->caption);
    page_html(page, "</caption><thead><tr>");
    for (size_t i = 0; i < table->column_count; i++) {
        const char *column = table->columns[i];
        page_html(page, column[0] == '#' ? "<th scope=\"col\" class=\"n\">" : "<th scope=\"col\">");
        page_text(page, column + (column[0] == '#' || column[0] == '!'));
        page_html(page, "</th>");
    }
    page_html(page, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < table->cell_count; i++) {
        const size_t column = i % table->column_count;
        page_html(page, column == 0 ? "<tr>" : "");
        put_cell(page, &table->cells[i], table->columns[column], has_many);
        page_html(page, column + 1 == table->column_count ? "</tr>\n" : "");
    }
    page_html(page, "</tbody></table></div>\n");
    page_free_table(table);
}
