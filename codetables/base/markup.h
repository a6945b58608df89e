/* markup.h - the tags of an XML document, looked at before the parser sees them.
 *
 * libxml2 takes more than linear time for an element with very many attributes, and for a tag that
 * does not end. So the bytes that it is fed go through markup_is_bounded() first, and what is not
 * bounded is not fed. Text between tags may be as long as it likes. The bytes must be of an
 * encoding in which ASCII is ASCII.
 */
#ifndef CTE_MARKUP_H
#define CTE_MARKUP_H

#include <stdbool.h>
#include <stddef.h>

enum { MARKUP_LONGEST = 1 << 20, MARKUP_MOST_ATTRIBUTES = 64 };

/* The same for the names in the parser's dictionary, whose places run full. To be asked after each
 * chunk. */
enum { MARKUP_MOST_NAMES = 10000 };

/* Where the bytes seen so far end; all nought at the beginning. */
struct markup {
    enum markup_place {
        MARKUP_TEXT,
        MARKUP_BEGUN, /* behind the opening bracket */
        MARKUP_TAG,
        MARKUP_BANG, /* behind <! */
        MARKUP_COMMENT,
        MARKUP_CDATA,
        MARKUP_DECLARATION,
        MARKUP_INSTRUCTION
    } place;
    size_t length;     /* of the tag, comment or instruction */
    size_t attributes; /* of the tag */
    char quote;        /* of a tag: the one that a value stands in */
    char last[2];      /* the two characters before this one */
};

/* False when a tag, comment or instruction has more bytes or attributes than these bounds. */
bool markup_is_bounded(struct markup *markup, const char *bytes, size_t length);

#endif
