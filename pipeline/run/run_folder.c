#include "pipeline/run/run_folder.h"

#include <errno.h>
#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codetables/base/file.h"
#include "codetables/base/shown.h"
#include "codetables/base/memory.h"

/* Sixty times that of a run of two thousand sources. What is read is what stands there: libxml2
 * would unpack a file it opens itself, from kilobytes to gigabytes. */
enum { MAX_MANIFEST = 256 << 20 };

/* A DOCTYPE has no business in a manifest. */
xmlDocPtr open_manifest(const char *folder, struct cte_error *error)
{
    char *path = cte_format("%s/manifest.xml", folder), *shown = path_shown(path), *bytes = NULL;
    size_t length;
    xmlDocPtr doc = NULL;
    FILE *file = file_stream(path);
    if (file == NULL)
        cte_fail(error, file_status(errno, CTE_NO_INPUT), "%s: %s", shown, file_why(errno));
    else if (file_take(file, shown, "manifest", MAX_MANIFEST, CTE_BAD_INPUT, &bytes, &length,
                       error) == CTE_OK) {
        doc = xmlReadMemory(bytes, (int)length, NULL, NULL,
                            XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
        xmlNodePtr root = doc != NULL ? xmlDocGetRootElement(doc) : NULL;
        if (root == NULL || doc->intSubset != NULL ||
            strcmp((const char *)root->name, "run") != 0) {
            cte_fail(error, CTE_BAD_INPUT, "%s: is not the manifest of a run", shown);
            xmlFreeDoc(doc);
            doc = NULL;
        }
    }
    free(bytes);
    free(shown);
    free(path);
    return doc;
}

unsigned long long attribute_count(xmlNodePtr node, const char *name)
{
    char *text = attribute_or(node, name, "0");
    unsigned long long count = strtoull(text, NULL, 10);
    free(text);
    return count;
}

bool read_sums(const char *folder, void (*found)(const char *hash, const char *name, void *context),
               void *context)
{
    char *path = cte_format("%s/SHA256SUMS", folder), *line = NULL;
    FILE *file = file_stream(path);
    size_t room = 0;
    ssize_t length;
    bool good = file != NULL;
    while (good && (length = getline(&line, &room, file)) > 0) {
        line[strcspn(line, "\n")] = '\0';
        good = length > 67 && line[64] == ' ' && line[65] == ' ' &&
               strncmp(line + 66, "../", 3) != 0 && strstr(line + 66, "/../") == NULL &&
               line[66] != '/';
        line[64] = '\0';
        if (good)
            found(line, line + 66, context);
    }
    if (file != NULL) {
        good = good && !ferror(file);
        fclose(file);
    }
    free(line);
    free(path);
    return good;
}
