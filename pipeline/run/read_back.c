#include "pipeline/run/read_back.h"

#include <errno.h>
#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codetables/base/file.h"
#include "codetables/base/memory.h"

enum { PIECE = 1 << 16 };

/* A piece of the file; less only at its end, -1 with errno where it cannot be read. */
static ssize_t read_piece(int fd, char *to)
{
    size_t got = 0;
    while (got < PIECE) {
        const ssize_t n = read(fd, to + got, PIECE - got);
        if (n < 0 && errno != EINTR)
            return -1;
        if (n == 0)
            break;
        got += n > 0 ? (size_t)n : 0;
    }
    return (ssize_t)got;
}

/* Told nothing, libxml2 looks only at whether the document is one. */
int read_back_xml(const char *path, const char *name, struct cte_error *error)
{
    xmlSAXHandler deaf = {.initialized = XML_SAX2_MAGIC};
    char *piece = cte_alloc(PIECE);
    const int fd = file_open(path);
    ssize_t got = fd >= 0 ? read_piece(fd, piece) : -1;
    int why = got < 0 ? errno : 0;
    xmlParserCtxtPtr parser = xmlCreatePushParserCtxt(&deaf, NULL, NULL, 0, NULL);
    if (parser == NULL)
        cte_die("out of memory for libxml2");
    xmlCtxtUseOptions(parser,
                      XML_PARSE_NONET | XML_PARSE_HUGE | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    bool is_good = true;
    while (got > 0 && is_good) {
        is_good = xmlParseChunk(parser, piece, (int)got, 0) == 0;
        got = read_piece(fd, piece);
        why = got < 0 ? errno : 0;
    }
    if (got < 0)
        cte_fail(error, CTE_IO, "%s: cannot read back what was written: %s; nothing is published",
                 name, file_why(why));
    else if (!is_good || xmlParseChunk(parser, piece, 0, 1) != 0 || !parser->wellFormed)
        cte_fail(error, CTE_BUG,
                 "%s: was written, but is no well-formed XML; nothing is published; this is a "
                 "fault of the "
                 "program, report it",
                 name);
    xmlFreeParserCtxt(parser);
    if (fd >= 0)
        close(fd);
    free(piece);
    return error->status;
}
