#include "pipeline/stream/xml_words.h"

#include <libxml/xmlerror.h>

const char *xml_problem_words(int code)
{
    static const struct {
        int code;
        const char *words;
    } kinds[] = {
        {XML_ERR_DOCUMENT_START, "text stands before the first element"},
        {XML_ERR_DOCUMENT_EMPTY, "there is no XML in it"},
        {XML_ERR_DOCUMENT_END,
         "something stands after the end of the document, or the file is cut off"},
        {XML_ERR_RESERVED_XML_NAME, "the XML declaration must stand at the very beginning; take "
                                    "off an empty line before it, or "
                                    "give files that were joined one by one"},
        {XML_ERR_XMLDECL_NOT_STARTED, "the XML declaration is not whole"},
        {XML_ERR_XMLDECL_NOT_FINISHED, "the XML declaration is not closed by ?>"},
        {XML_ERR_VERSION_MISSING, "the XML declaration names no version"},
        {XML_ERR_UNKNOWN_VERSION, "the XML declaration names a version that is not known"},
        {XML_ERR_STANDALONE_VALUE, "the XML declaration says neither yes nor no for standalone"},
        {XML_ERR_ENCODING_NAME, "the XML declaration names no encoding that could be one"},
        {XML_ERR_UNKNOWN_ENCODING, "the encoding that it names is not known"},
        {XML_ERR_UNSUPPORTED_ENCODING, "the encoding that it names is not known"},
        {XML_ERR_MISSING_ENCODING, "the XML declaration names no encoding"},
        {XML_ERR_INVALID_ENCODING, "bytes that are not in the document's encoding"},
        {XML_I18N_CONV_FAILED, "bytes that are not in the document's encoding"},
        {XML_ERR_INVALID_CHAR, "a character that XML does not allow"},
        {XML_ERR_INVALID_CHARREF, "a reference to a character that XML does not allow"},
        {XML_ERR_INVALID_HEX_CHARREF,
         "a reference to a character whose number is no hexadecimal number"},
        {XML_ERR_INVALID_DEC_CHARREF, "a reference to a character whose number is no number"},
        {XML_ERR_CHARREF_AT_EOF, "the file ends within a reference to a character"},
        {XML_ERR_CHARREF_IN_PROLOG, "a reference to a character stands outside the elements"},
        {XML_ERR_CHARREF_IN_EPILOG, "a reference to a character stands outside the elements"},
        {XML_ERR_ENTITYREF_AT_EOF, "the file ends within an entity"},
        {XML_ERR_ENTITYREF_IN_PROLOG, "an entity stands outside the elements"},
        {XML_ERR_ENTITYREF_IN_EPILOG, "an entity stands outside the elements"},
        {XML_ERR_ENTITYREF_NO_NAME, "an ampersand that begins no entity; write it as &amp;"},
        {XML_ERR_ENTITYREF_SEMICOL_MISSING,
         "an ampersand that begins no entity; write it as &amp;"},
        {XML_ERR_UNDECLARED_ENTITY, "an entity that is not declared"},
        {XML_WAR_UNDECLARED_ENTITY, "an entity that is not declared"},
        {XML_ERR_UNPARSED_ENTITY, "an entity that is no text"},
        {XML_ERR_ENTITY_LOOP, "an entity that holds itself"},
        {XML_ERR_LT_IN_ATTRIBUTE,
         "a less-than sign in the value of an attribute; write it as &lt;"},
        {XML_ERR_ATTRIBUTE_NOT_STARTED, "the value of an attribute does not stand in quotes"},
        {XML_ERR_ATTRIBUTE_NOT_FINISHED, "the value of an attribute is not closed by its quote"},
        {XML_ERR_ATTRIBUTE_WITHOUT_VALUE, "an attribute has no value"},
        {XML_ERR_ATTRIBUTE_REDEFINED, "an element has one attribute twice"},
        {XML_ERR_LITERAL_NOT_STARTED, "a literal does not begin with a quote"},
        {XML_ERR_LITERAL_NOT_FINISHED, "a literal is not closed by its quote"},
        {XML_ERR_COMMENT_NOT_FINISHED, "a comment is not closed"},
        {XML_ERR_HYPHEN_IN_COMMENT, "two hyphens stand inside a comment"},
        {XML_ERR_PI_NOT_STARTED, "a processing instruction has no name"},
        {XML_ERR_PI_NOT_FINISHED, "a processing instruction is not closed by ?>"},
        {XML_ERR_CDATA_NOT_FINISHED, "a CDATA section is not closed by ]]>"},
        {XML_ERR_MISPLACED_CDATA_END, "]]> stands in the text; write it as ]]&gt;"},
        {XML_ERR_DOCTYPE_NOT_FINISHED, "a DOCTYPE is not closed"},
        {XML_ERR_SPACE_REQUIRED, "a blank is missing between two parts of a tag"},
        {XML_ERR_EQUAL_REQUIRED, "an equals sign is missing"},
        {XML_ERR_GT_REQUIRED, "a tag is not closed by a greater-than sign"},
        {XML_ERR_LTSLASH_REQUIRED, "an end tag is missing"},
        {XML_ERR_SEPARATOR_REQUIRED, "a separator is missing"},
        {XML_ERR_NAME_REQUIRED,
         "an ampersand or a less-than sign that must be written as an entity"},
        {XML_ERR_NAME_TOO_LONG, "a name or value is too long"},
        {XML_ERR_TAG_NAME_MISMATCH, "an element is not closed by its own end tag"},
        {XML_ERR_TAG_NOT_FINISHED, "the file ends within an element"},
        {XML_ERR_NOT_WELL_BALANCED,
         "elements are not closed in the order in which they were opened"},
        {XML_ERR_EXTRA_CONTENT, "something stands after the end of the document"},
        {XML_ERR_STRING_NOT_STARTED, "a value does not begin with a quote"},
        {XML_ERR_STRING_NOT_CLOSED, "a value is not closed by its quote"},
        {XML_ERR_URI_REQUIRED, "an address is missing"},
        {XML_ERR_PUBID_REQUIRED, "a public identifier is missing"},
        {XML_NS_ERR_UNDEFINED_NAMESPACE, "a prefix of a name that is not declared"},
        {XML_NS_ERR_QNAME, "a name with a colon in the wrong place"},
        {XML_NS_ERR_COLON, "a name with a colon in the wrong place"},
        {XML_NS_ERR_ATTRIBUTE_REDEFINED, "an element has one attribute twice"},
        {XML_NS_ERR_XML_NAMESPACE, "a namespace that may not be declared"},
        {XML_NS_ERR_EMPTY, "a prefix that is declared as nothing"},
        {XML_ERR_INTERNAL_ERROR, "the parser cannot go on here"},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (kinds[i].code == code)
            return kinds[i].words;
    }
    return "the parser cannot go on here";
}
