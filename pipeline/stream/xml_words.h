/* xml_words.h - what the parser's errors are called.
 *
 * libxml2's own words may quote the document, and with it a student; so its errors are told in
 * these.
 */
#ifndef CTE_XML_WORDS_H
#define CTE_XML_WORDS_H

/* `code` is one of xmlParserErrors. */
const char *xml_problem_words(int code);

#endif
