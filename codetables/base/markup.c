#include "codetables/base/markup.h"

/* Whether the character closes what is open. The two before it count only where they belong to it.
 */
static bool closes(const struct markup *markup, char c)
{
    const char *last = markup->last;
    if (c != '>')
        return false;
    switch (markup->place) {
    case MARKUP_COMMENT: return last[0] == '-' && last[1] == '-';
    case MARKUP_CDATA: return last[0] == ']' && last[1] == ']';
    case MARKUP_INSTRUCTION: return last[1] == '?';
    default: return markup->quote == '\0';
    }
}

static void follow_tag(struct markup *markup, char c)
{
    if (markup->quote != '\0')
        markup->quote = c == markup->quote ? '\0' : markup->quote;
    else if (c == '"' || c == '\'')
        markup->quote = c;
    else if (c == '=')
        markup->attributes++;
}

/* What is open, by its first characters. */
static enum markup_place place_of(const struct markup *markup, char c)
{
    if (markup->place == MARKUP_BEGUN)
        return c == '!' ? MARKUP_BANG : c == '?' ? MARKUP_INSTRUCTION : MARKUP_TAG;
    return c == '-' ? MARKUP_COMMENT : c == '[' ? MARKUP_CDATA : MARKUP_DECLARATION;
}

bool markup_is_bounded(struct markup *markup, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        char c = bytes[i];
        if (markup->place == MARKUP_TEXT) {
            if (c == '<')
                *markup = (struct markup){.place = MARKUP_BEGUN, .length = 1};
            continue;
        }
        if (++markup->length > MARKUP_LONGEST)
            return false;
        if (markup->place == MARKUP_BEGUN || markup->place == MARKUP_BANG) {
            markup->place = place_of(markup, c);
            markup->last[0] = markup->last[1] = '\0';
            /* The parser refuses the document at an empty tag. */
            if (markup->place == MARKUP_TAG && c == '>')
                markup->place = MARKUP_TEXT;
            continue;
        }
        /* The second dash of <!-- is no part of an end. */
        if (markup->place == MARKUP_COMMENT && markup->length == sizeof "<!--" - 1)
            continue;
        if (closes(markup, c)) {
            markup->place = MARKUP_TEXT;
            continue;
        }
        if (markup->place == MARKUP_TAG) {
            follow_tag(markup, c);
            if (markup->attributes > MARKUP_MOST_ATTRIBUTES)
                return false;
        }
        markup->last[0] = markup->last[1];
        markup->last[1] = c;
    }
    return true;
}
