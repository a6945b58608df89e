# values.awk - reads the options of a program and its --help, and says what each value can be:
# "files", "folders", "words: …", "tables: KIND …" or "" where nothing is known.

BEGIN { FS = "\t" }
function values_of(option, called, text) {
    sub(/[.][.][.]$/, "", called)
    if (called ~ /^[a-z0-9-]+([|][a-z0-9-]+)+$/) {
        gsub(/[|]/, " ", called)
        return "words: " called
    }
    if (called ~ /^(FILE|KEY|SOURCE|SHEET|PART|PATH|BEFORE|AFTER)$/)
        return "files"
    if (called ~ /^(DIR|RUNDIR)$/)
        return "folders"
    if (called == "FORMAT")
        return "words: " listed(text)
    if (option == "encoding")
        return "words: windows-1252"
    if (called == "DATE")
        return "words: today"
    if (option ~ /crosswalk$/ || called == "CROSSWALK")
        return "tables: crosswalk"
    if (option ~ /layout$/ || called == "LAYOUT")
        return "tables: layout"
    if (called == "TABLE")
        return "tables: codeset crosswalk layout rules rollups"
    if (option == "list" && called == "NAME")
        return "words: codeset crosswalk layout rules rollups"
    return ""
}
# The words of the first list in a text: "caret (default), csv or xml".
function listed(text) {
    gsub(/ [(]default[)]/, "", text)
    if (!match(text, /[a-z]+(, [a-z]+)* or [a-z]+/))
        return ""
    text = substr(text, RSTART, RLENGTH)
    gsub(/, | or /, " ", text)
    return text
}
# What the words of a call are that are no options: the last one tells.
function operands_of(call,    n, words) {
    sub(/ *[<>].*/, "", call)
    gsub(/[][]/, "", call)
    n = split(call, words, " ")
    return values_of("", words[n])
}
!usage && /^Usage: / {
    usage = 1
    operands = operands_of($0)
    has_commands = $0 ~ / COMMAND /
    next
}
!usage {
    count++
    letter[count] = $1
    option[count] = $2
    called[count] = $3
    text[count] = $4
    values[count] = $3 == "" ? "" : values_of($2, $3, $4)
    next
}
/^Options:$/ { exit }
has_commands && /^  [a-z]/ { # a command, and what it works on
    split($0, parts, /  +/)
    commands++
    split(parts[2], words, " ")
    command[commands] = words[1]
    about[commands] = parts[3] # to the first pause
    sub(/[,;:(].*/, "", about[commands])
    gsub(/[][]/, "", words[2])
    works_on[commands] = values_of(words[1], words[2])
}
