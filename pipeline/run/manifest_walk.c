#include "pipeline/run/manifest_walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "codetables/base/file.h"
#include "codetables/base/memory.h"
#include "codetables/base/shown.h"

/* Sixty times that of a run of two thousand sources. */
enum { MAX_MANIFEST = 256 << 20 };

static int read_piece(void *context, char *buffer, int room)
{
    struct manifest_walk *walk = context;
    const size_t got = fread(buffer, 1, (size_t)room, walk->file);
    if (got < (size_t)room && ferror(walk->file)) {
        walk->failed = errno;
        return -1;
    }
    return (int)got;
}

/* What is read is what stands there: libxml2 would unpack a file it opens itself, from kilobytes to
 * gigabytes. */
int begin_manifest(struct manifest_walk *walk)
{
    struct stat about;
    walk->path = cte_format("%s/manifest.xml", walk->folder);
    walk->shown = path_shown(walk->path);
    walk->file = file_stream(walk->path);
    if (walk->file == NULL)
        return cte_fail(walk->error, file_status(errno, CTE_NO_INPUT), "%s: %s", walk->shown,
                        file_why(errno));
    if (fstat(fileno(walk->file), &about) != 0)
        return file_fail(walk->shown, "cannot be looked at", CTE_IO, walk->error);
    if (about.st_size > MAX_MANIFEST)
        return cte_fail(walk->error, CTE_BAD_INPUT, "%s: is larger than a manifest is",
                        walk->shown);
    walk->reader = xmlReaderForIO(read_piece, NULL, walk, NULL, NULL,
                                  XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    if (walk->reader == NULL)
        cte_die("libxml2 cannot start");
    return CTE_OK;
}

void end_manifest(struct manifest_walk *walk)
{
    if (walk->reader != NULL)
        xmlFreeTextReader(walk->reader);
    if (walk->file != NULL)
        fclose(walk->file);
    xmlFreeDoc(walk->head);
    map_free(&walk->names);
    free(walk->path);
    free(walk->shown);
}

/* An element of the root; false where it is none that can be read. */
static bool take_element(struct manifest_walk *walk)
{
    const bool is_source =
        strcmp((const char *)xmlTextReaderConstName(walk->reader), "source") == 0;
    if (is_source && walk->take == NULL) {
        xmlChar *name = xmlTextReaderGetAttribute(walk->reader, (const xmlChar *)"name");
        /* each counts, even of one name, which no run has */
        const size_t known = walk->names.count;
        if (map_add_string(&walk->names, name != NULL ? (const char *)name : "") < known)
            map_add(&walk->names, &known, sizeof known);
        xmlFree(name);
    } else if (is_source || walk->head != NULL) {
        xmlNodePtr node = xmlTextReaderExpand(walk->reader);
        if (node == NULL)
            return false;
        if (is_source)
            walk->take(walk, node);
        else
            xmlAddChild(xmlDocGetRootElement(walk->head), xmlDocCopyNode(node, walk->head, 1));
    }
    return true;
}

/* The root; a DOCTYPE has no business in a manifest. */
static bool take_top(struct manifest_walk *walk)
{
    if (xmlTextReaderNodeType(walk->reader) != XML_READER_TYPE_ELEMENT)
        return xmlTextReaderNodeType(walk->reader) != XML_READER_TYPE_DOCUMENT_TYPE;
    xmlNodePtr root = xmlTextReaderCurrentNode(walk->reader);
    if (walk->head != NULL)
        xmlDocSetRootElement(walk->head, xmlDocCopyNode(root, walk->head, 2));
    return strcmp((const char *)root->name, "run") == 0;
}

int walk_manifest(struct manifest_walk *walk)
{
    bool is_sound = true, has_root = false;
    int got = xmlTextReaderRead(walk->reader);
    while (got == 1 && is_sound && walk->error->status == CTE_OK) {
        const int depth = xmlTextReaderDepth(walk->reader),
                  type = xmlTextReaderNodeType(walk->reader);
        if (depth == 1 && type == XML_READER_TYPE_ELEMENT) {
            is_sound = take_element(walk);
            got = xmlTextReaderNext(walk->reader);
            continue;
        }
        is_sound = depth > 0 || take_top(walk);
        has_root = has_root || type == XML_READER_TYPE_ELEMENT;
        got = xmlTextReaderRead(walk->reader);
    }
    if (walk->failed != 0)
        cte_fail(walk->error, CTE_IO, "%s: cannot read it: %s", walk->shown,
                 strerror(walk->failed));
    return walk->error->status == CTE_OK && (got != 0 || !is_sound || !has_root)
               ? cte_fail(walk->error, CTE_BAD_INPUT, "%s: is not the manifest of a run",
                          walk->shown)
               : walk->error->status;
}
