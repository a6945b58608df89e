#include "pipeline/stream/index.h"

#include <errno.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/file.h"
#include "codetables/base/memory.h"
#include "codetables/base/number.h"
#include "codetables/base/quick_hash.h"

char *index_encode(char *to, const char *text, size_t length)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c <= ' ' || c == '%' || c == '^' || c == '/' || c == ':' || c == ',' || c == '!' ||
            c == '\\') {
            *to++ = '%';
            *to++ = digits[c >> 4];
            *to++ = digits[c & 15];
        } else {
            *to++ = (char)c;
        }
    }
    return to;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Decodes into a buffer of `room` bytes with a NUL; what does not fit is cut, which no code of an
 * index is. */
static size_t decode(char *to, size_t room, const char *text, size_t length)
{
    size_t used = 0;
    for (size_t i = 0; i < length && used + 1 < room; i++) {
        if (text[i] == '%' && i + 2 < length && hex_digit(text[i + 1]) >= 0 &&
            hex_digit(text[i + 2]) >= 0) {
            to[used++] = (char)(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
            i += 2;
        } else {
            to[used++] = text[i];
        }
    }
    to[used] = '\0';
    return used;
}

/* The part of text up to the next `stop`, taken off its front. */
static struct slice take_part(struct slice *text, char stop)
{
    const char *found = memchr(text->at, stop, text->length);
    size_t length = found != NULL ? (size_t)(found - text->at) : text->length;
    struct slice part = {text->at, length};
    size_t used = length + (found != NULL);
    text->at += used;
    text->length -= used;
    return part;
}

size_t index_evidence(struct slice text, struct index_course *courses)
{
    size_t count = 0;
    if (text.length > 0 && text.at[0] == '!')
        return INDEX_MAX_EVIDENCE + 1;
    while (text.length > 0 && count < INDEX_MAX_EVIDENCE) {
        struct slice one = take_part(&text, ',');
        struct index_course *course = &courses[count++];
        struct slice part = take_part(&one, ':');
        decode(course->course, sizeof course->course, part.at, part.length);
        part = take_part(&one, ':');
        decode(course->local, sizeof course->local, part.at, part.length);
        part = take_part(&one, ':');
        decode(course->lea, sizeof course->lea, part.at, part.length);
        uint64_t flags;
        if (!read_digits(one, &flags) || flags > 2 * INDEX_GRADE_UNKNOWN - 1)
            return INDEX_MAX_EVIDENCE + 1;
        course->flags = (unsigned)flags;
    }
    return count;
}

bool index_member(struct slice text, struct index_member *member)
{
    if (text.length == 0 || text.at[0] == '!')
        return false;
    const struct slice record = take_part(&text, '/'), line = take_part(&text, '/');
    if (!read_digits(record, &member->record) || !read_digits(line, &member->line))
        return false;
    struct slice code = take_part(&text, '/');
    member->code_length = decode(member->code, sizeof member->code, code.at, code.length);
    struct slice year = take_part(&text, '/');
    member->year = academic_year(year.at, year.length);
    member->course_count = index_evidence(text, member->courses);
    return true;
}

bool index_other(struct slice text, struct index_other *other)
{
    if (text.length == 0 || text.at[0] == '!')
        return false;
    struct slice part = take_part(&text, '/');
    other->code_length = decode(other->code, sizeof other->code, part.at, part.length);
    part = take_part(&text, '/');
    other->year = academic_year(part.at, part.length);
    part = take_part(&text, '/');
    decode(other->type, sizeof other->type, part.at, part.length);
    part = take_part(&text, '/');
    if (!read_digits(part, &other->line))
        return false;
    decode(other->source, sizeof other->source, text.at, text.length);
    return true;
}

static int unsound(const struct index_reader *index, const char *what, struct cte_error *error)
{
    return cte_fail(error, CTE_BAD_INPUT,
                    "%s: the index %s; make it anew with cte-index from the files of this run",
                    index->path, what);
}

static int cannot_read(const struct index_reader *index, struct cte_error *error)
{
    return cte_fail(error, CTE_IO, "%s: cannot read the index: %s", index->path, strerror(errno));
}

/* Reads the next line, without its line feed. False at the end of the file. */
static bool read_line(struct index_reader *index)
{
    index->length = getline(&index->line, &index->room, index->file);
    if (index->length > 0 && index->line[index->length - 1] == '\n')
        index->line[--index->length] = '\0';
    return index->length >= 0;
}

static void next_entry(struct index_reader *index)
{
    index->number = 0;
    if (!read_line(index) || index->line[0] == '%')
        return;
    const size_t end = strcspn(index->line, "^");
    if (end == 0 || !read_digits((struct slice){index->line + 1, end - 1}, &index->number)) {
        index->number = 0;
        index->is_damaged = true;
    }
}

/* Takes note of where the section of a file begins. */
static int note_section(struct index_reader *index, const char *source, struct cte_error *error)
{
    const size_t before = index->sources.count, i = map_add_string(&index->sources, source);
    if (i == before)
        GROW(index->sections, before, index->section_room);
    index->sections[i] = ftell(index->file) - (long)index->length - 1;
    return index->sections[i] < 0 ? cannot_read(index, error) : CTE_OK;
}

/* What a control line of the index says to its reader; `lines` came before it. */
static int take_line(struct index_reader *index, const struct table_identity *rules, uint64_t lines,
                     struct cte_error *error)
{
    char *f[8], *memory = NULL;
    size_t count = 0;
    if (index->line[0] == '%')
        count =
            stream_split_control((struct slice){index->line, (size_t)index->length}, f, 8, &memory);
    int status = CTE_OK;
    if (lines == 0 && (count < 2 || strcmp(f[0], "cte-index") != 0 || strcmp(f[1], "1") != 0))
        status = unsound(index, "is no index of version 1", error);
    else if (count >= 4 && strcmp(f[0], "rules") == 0 && strcmp(f[3], rules->sha256) != 0)
        status = unsound(index, "was made with another rule table", error);
    else if (count >= 4 && strcmp(f[0], "file") == 0)
        status = note_section(index, f[1], error);
    free(memory);
    return status;
}

/* Whether the line is the end of the index, and says what was read. */
static bool is_end(const struct index_reader *index, uint64_t lines, uint32_t crc, bool *is_sound)
{
    uint64_t told_lines, told_crc;
    char *f[4], *memory = NULL;
    if (strncmp(index->line, "%end^", 5) != 0)
        return false;
    const size_t count =
        stream_split_control((struct slice){index->line, (size_t)index->length}, f, 4, &memory);
    *is_sound = count >= 3 && read_number(f[1], &told_lines) && read_hex(f[2], &told_crc) &&
                told_lines == lines && told_crc == crc;
    free(memory);
    return true;
}

/* One pass over the whole file: the sum must be right, and the rules the same. */
static int check_whole(struct index_reader *index, const struct table_identity *rules,
                       struct cte_error *error)
{
    uint32_t crc = libdeflate_crc32(0, NULL, 0);
    uint64_t lines = 0;
    bool ended = false, is_sound = false;
    while (read_line(index)) {
        if (ended)
            return unsound(index, "goes on after its end", error);
        const int status = take_line(index, rules, lines, error);
        if (status != CTE_OK)
            return status;
        ended = is_end(index, lines, crc, &is_sound);
        if (ended && !is_sound)
            return unsound(index, "is damaged: its sum is wrong", error);
        crc = libdeflate_crc32(crc, index->line, (size_t)index->length);
        lines++;
    }
    if (ferror(index->file))
        return cannot_read(index, error);
    return ended ? CTE_OK : unsound(index, "is cut short", error);
}

/* Goes to the section of a source, and reads the line that begins it. */
static int open_section(struct index_reader *index, const char *source, struct cte_error *error)
{
    const size_t i = map_find_string(&index->sources, source);
    if (i == MAP_NONE) {
        char *what = cte_format("is not of %s (nor, it may be, of its LEA and year)", source);
        unsound(index, what, error);
        free(what);
        return error->status;
    }
    char *f[4], *memory;
    if (fseek(index->file, index->sections[i], SEEK_SET) != 0 || !read_line(index))
        return cannot_read(index, error);
    const size_t count =
        stream_split_control((struct slice){index->line, (size_t)index->length}, f, 4, &memory);
    snprintf(index->hash, sizeof index->hash, "%s", count == 4 ? f[3] : "");
    free(memory);
    index->has_quick = index->is_same = index->is_part = index->is_damaged = false;
    next_entry(index);
    return CTE_OK;
}

int index_open(struct index_reader *index, const char *path, const struct table_identity *rules,
               const char *source, struct cte_error *error)
{
    if (index->file == NULL) {
        index->path = cte_strdup(path);
        index->file = file_stream(path);
        if (index->file == NULL)
            file_fail(path, "cannot open the index", CTE_NO_INPUT, error);
        else
            check_whole(index, rules, error);
    }
    if (error->status == CTE_OK)
        open_section(index, source, error);
    /* Of an index that is not sound, the next source has to hear again. */
    if (error->status != CTE_OK)
        index_close(index);
    return error->status;
}

void index_close(struct index_reader *index)
{
    if (index->file != NULL)
        fclose(index->file);
    free(index->path);
    free(index->line);
    free(index->sections);
    map_free(&index->sources);
    text_free(&index->given);
    *index = (struct index_reader){.file = NULL};
}

bool index_next(struct index_reader *index, uint64_t record, struct index_entry *entry)
{
    while (index->number != 0 && index->number < record)
        next_entry(index);
    if (index->number != record || record == 0)
        return false;
    text_clear(&index->given);
    text_put(&index->given, index->line, (size_t)index->length);
    struct slice rest = {index->given.bytes, index->given.length};
    entry->letter = rest.at[0];
    entry->count = 0;
    take_part(&rest, '^');
    while (rest.length > 0 && entry->count < sizeof entry->fields / sizeof *entry->fields)
        entry->fields[entry->count++] = take_part(&rest, '^');
    next_entry(index);
    return true;
}

void index_refuse_entry(struct index_reader *index)
{
    index->is_damaged = true;
}

/* At its end, the stream tells the SHA-256 of its source. Of a part, the driver checks the
 * content. */
static int check_content(const struct index_reader *index, const char *sha256,
                         struct cte_error *error)
{
    if (index->is_part || index->is_same || strcmp(index->hash, sha256) == 0)
        return CTE_OK;
    if (!index->has_quick && strlen(index->hash) == QUICK_HASH_HEX - 1)
        return unsound(index, "was made with --quick-hash, and cte-read was not told so", error);
    return unsound(index,
                   "was made from another content of this source: an older one, or that of "
                   "another LEA or year",
                   error);
}

int index_follow(struct index_reader *index, const char *path, const struct table_identity *rules,
                 struct slice control, struct cte_error *error)
{
    char *f[8], *memory;
    if (path == NULL)
        return CTE_OK;
    size_t count = stream_split_control(control, f, 8, &memory);
    int status = CTE_OK;
    /* Entries that could not be read were taken for none; the control lines at the end of the
     * stream are met after that. */
    if (index->file != NULL && ferror(index->file))
        status = cte_fail(error, CTE_IO, "%s: cannot read all of the index", index->path);
    else if (index->is_damaged)
        status = unsound(index, "is damaged: an entry is not as it should be", error);
    else if (count >= 3 && strcmp(f[0], "source") == 0)
        status = index_open(index, path, rules, f[2], error);
    else if (strcmp(f[0], "part") == 0)
        index->is_part = true;
    else if (count >= 3 && strcmp(f[0], "content") == 0)
        status = check_content(index, f[2], error);
    else if (count >= 2 && strcmp(f[0], "quick-hash") == 0) {
        index->has_quick = true;
        index->is_same = strcmp(index->hash, f[1]) == 0;
    }
    free(memory);
    return status;
}
