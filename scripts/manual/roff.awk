# roff.awk - what pages of the manual are written with, for awk.
#
#   awk -f scripts/manual/roff.awk -f REST …

# What roff would take for itself is put in escapes; what a reader copies stays what it is.
function roff(text) {
    gsub(/\\/, "\\e", text)
    gsub(/-/, "\\-", text)
    gsub(/'/, "\\(aq", text)
    gsub(/`/, "\\(ga", text)
    gsub(/\^/, "\\(ha", text)
    gsub(/~/, "\\(ti", text)
    if (text ~ /^\./)
        text = "\\&" text
    return text
}

# Prints a text that is in roff already, in lines of at most 72 bytes.
function put_text(text,    n, i, words, line) {
    n = split(text, words, " ")
    line = ""
    for (i = 1; i <= n; i++) {
        if (line != "" && length(line) + length(words[i]) >= 72) {
            print line
            line = ""
        }
        if (line == "" && words[i] ~ /^[.']/)
            words[i] = "\\&" words[i]
        line = line (line == "" ? "" : " ") words[i]
    }
    if (line != "")
        print line
}

function trimmed(text) {
    sub(/^ +/, "", text)
    sub(/ +$/, "", text)
    return text
}

# The head of a page: its name, section, date, version and what it is in a line.
function put_head(name, section, date, version, group, brief) {
    printf ".TH %s %s \"%s\" \"cte\\-pipeline %s\" \"%s\"\n", toupper(roff(name)), section, date, \
        version, group
    print ".SH NAME"
    put_text(roff(name) " \\- " roff(brief))
}
