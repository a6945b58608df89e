#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "codetables/base/memory.h"
#include "pipeline/stream/source_internal.h"

/* One file of an archive, without the folders before it; `/` and `\` both part them. */
static const char *base_name(const char *name)
{
    for (const char *c = name; *c != '\0'; c++) {
        if (*c == '/' || *c == '\\')
            name = c + 1;
    }
    return name;
}

/* True when some folder of the name is the one above, or the name begins at the root. */
static bool leads_outside(const char *name)
{
    if (name[0] == '/' || name[0] == '\\')
        return true;
    for (size_t length; *name != '\0'; name += length + (name[length] != '\0')) {
        length = strcspn(name, "/\\");
        if (length == 2 && name[0] == '.' && name[1] == '.')
            return true;
    }
    return false;
}

/* A folder, or what a Mac adds for itself: nobody meant it to be read. */
static bool is_passed_over(const char *name)
{
    static const char mac_folder[] = "__MACOSX/";
    size_t length = strlen(name);
    return (length > 0 && (name[length - 1] == '/' || name[length - 1] == '\\')) ||
           strncmp(name, mac_folder, sizeof mac_folder - 1) == 0 ||
           strcmp(base_name(name), ".DS_Store") == 0;
}

/* Adds a name to the list that a message shows; what cannot be shown as it is becomes a question
 * mark. */
static void list_name(char *list, size_t room, const char *name)
{
    enum { SHOWN = 60 };
    size_t used = strlen(list);
    if (used + SHOWN + 8 >= room) {
        if (used > 0 && list[used - 1] != '.')
            snprintf(list + used, room - used, ", ...");
        return;
    }
    used += (size_t)snprintf(list + used, room - used, "%s%.*s", used > 0 ? ", " : "", SHOWN, name);
    for (char *c = list; *c != '\0'; c++) {
        if ((unsigned char)*c < ' ' || (unsigned char)*c > 126)
            *c = '?';
    }
}

/* Finds the one file of the archive. */
static int find_member(struct source *source, zip_uint64_t *found, struct zip_stat *about,
                       struct cte_error *error)
{
    static const char types[] = "[Content_Types].xml", relations[] = "_rels/.rels",
                      document[] = "mimetype";
    char names[400] = "";
    size_t files = 0;
    bool is_document = false;
    for (zip_int64_t i = 0, count = zip_get_num_entries(source->archive, 0); i < count; i++) {
        struct zip_stat entry;
        zip_stat_init(&entry);
        if (zip_stat_index(source->archive, (zip_uint64_t)i, ZIP_FL_UNCHANGED, &entry) != 0 ||
            entry.name == NULL)
            return cte_fail(error, CTE_BAD_INPUT,
                            "%s: the zip archive does not describe its members; pack the file anew",
                            source->name);
        source->is_workbook = source->is_workbook || strcmp(entry.name, types) == 0 ||
                              strcmp(entry.name, relations) == 0;
        is_document = is_document || strcmp(entry.name, document) == 0;
        if (is_passed_over(entry.name)) {
            source->note = "folders, and what a Mac adds for itself, were passed over in the zip "
                           "archive";
            continue;
        }
        list_name(names, sizeof names, entry.name);
        *found = (zip_uint64_t)i;
        *about = entry;
        files++;
    }
    if (source->is_workbook)
        return CTE_OK;
    if (is_document)
        return cte_fail(error, CTE_BAD_INPUT,
                        "%s: looks like a document of another office program (as .ods), which is "
                        "not read; save the sheet as .xlsx or CSV",
                        source->name);
    if (files == 0)
        return cte_fail(error, CTE_BAD_INPUT,
                        "%s: the zip archive holds no file; pack the extract itself", source->name);
    if (files > 1)
        return cte_fail(
            error, CTE_BAD_INPUT,
            "%s: the zip archive holds %zu files, it must hold one; pack each alone: %s",
            source->name, files, names);
    return CTE_OK;
}

/* A workbook is read as any plain file: from behind the bytes that were looked at. */
static int leave_archive(struct source *source, struct cte_error *error)
{
    zip_discard(source->archive);
    source->archive = NULL;
    source->packing = PACKING_NONE;
    if (lseek(source->fd, (off_t)source->packed_end, SEEK_SET) < 0)
        return cte_fail(error, CTE_IO, "%s: cannot be read: %s", source->name, strerror(errno));
    return CTE_OK;
}

int source_open_zip(struct source *source, struct cte_error *error)
{
    int again = dup(source->fd);
    int code = 0;
    if (again < 0 || lseek(again, 0, SEEK_SET) != 0) {
        if (again >= 0)
            close(again);
        return cte_fail(error, CTE_BAD_INPUT,
                        "%s: a zip archive cannot be read from a pipe; name the file instead",
                        source->name);
    }
    /* Not ZIP_CHECKCONS: it refuses sound archives of tools that write sizes after the content.
     * What matters is looked at here: one file, not encrypted; its CRC and its size when it has
     * been read. */
    source->archive = zip_fdopen(again, 0, &code);
    if (source->archive == NULL) {
        zip_error_t why;
        zip_error_init_with_code(&why, code);
        const bool is_book = has_ending(source->name, ".xlsx");
        cte_fail(error, CTE_BAD_INPUT, "%s: not a sound %s: %s; %s", source->name,
                 is_book ? ".xlsx file" : "zip archive", zip_error_strerror(&why),
                 is_book ? "save it in Excel again" : "pack the file anew");
        zip_error_fini(&why);
        close(again);
        return error->status;
    }
    zip_uint64_t index = 0;
    struct zip_stat about;
    zip_stat_init(&about);
    int status = find_member(source, &index, &about, error);
    if (status == CTE_OK && source->is_workbook)
        return leave_archive(source, error);
    if (status != CTE_OK)
        return status;
    if (leads_outside(about.name))
        return cte_fail(error, CTE_BAD_INPUT,
                        "%s: the zip member's name leads outside its folder; pack the file anew",
                        source->name);
    if ((about.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && about.encryption_method != ZIP_EM_NONE)
        return cte_fail(error, CTE_BAD_INPUT,
                        "%s: the zip member is encrypted; pack it without a password",
                        source->name);
    source->member = zip_fopen_index(source->archive, index, 0);
    if (source->member == NULL)
        return cte_fail(error, CTE_BAD_INPUT,
                        "%s: the zip member cannot be opened: %s; pack the file anew", source->name,
                        zip_strerror(source->archive));
    source->member_name = cte_strdup(base_name(about.name));
    source->member_size = (about.valid & ZIP_STAT_SIZE) != 0 ? about.size : UINT64_MAX;
    if ((about.valid & ZIP_STAT_COMP_SIZE) != 0)
        source->packed_bytes = about.comp_size;
    return CTE_OK;
}

int source_read_zip(struct source *source, char *buffer, size_t room, size_t *got,
                    struct cte_error *error)
{
    zip_int64_t n = zip_fread(source->member, buffer, room);
    if (n < 0)
        return cte_fail(
            error, CTE_BAD_INPUT,
            "%s: the zip member is damaged after byte %llu of its content: %s; send it again",
            source->name, (unsigned long long)source->bytes, zip_file_strerror(source->member));
    *got = (size_t)n;
    if (n == 0 && source->member_size != UINT64_MAX && source->bytes != source->member_size)
        return cte_fail(
            error, CTE_BAD_INPUT,
            "%s: the zip member has %llu bytes where the archive states %llu; send it again",
            source->name, (unsigned long long)source->bytes,
            (unsigned long long)source->member_size);
    return CTE_OK;
}
