# The option whose value is written, or else the word before: bash itself ends words at = and @ too.
__cte_before()
{
    local line=${COMP_LINE:0:COMP_POINT} whole words
    whole=${line##*[[:space:]]}
    if [[ $whole == --*=* ]]; then
        before=${whole%%=*}
    else
        read -ra words <<<"${line%"$whole"}"
        before=${words[-1]}
    fi
}
# Words that begin with what stands there. Of `ID@VERSION` bash takes what stands before the @ for a
# word of its own, so it is left out of the answer.
__cte_words()
{
    local whole=${COMP_LINE:0:COMP_POINT}
    whole=${whole##*[[:space:]=]}
    mapfile -t COMPREPLY < <(compgen -W "$1" -- "$whole")
    if [[ $whole == *@* ]]; then
        COMPREPLY=("${COMPREPLY[@]#"${whole%@*}@"}")
    fi
}
__cte_files()
{
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
}
__cte_folders()
{
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen -d -- "$word")
}
# Tables of these kinds: each ID, and each with its version; and files, which a table may be too.
__cte_tables()
{
    local kind names=
    for kind in $1; do
        names+=" $(cte-table list "$kind" 2>/dev/null |
            awk '{ print $2; sub(/@.*/, "", $2); print $2 }')"
    done
    __cte_words "$names"
    if [ ${#COMPREPLY[@]} -eq 0 ]; then
        __cte_files
    fi
}
# The first word that is neither an option nor the folder of an option.
__cte_command()
{
    local i
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        --codetables) ((i++)) ;;
        -*) ;;
        *)
            echo "${COMP_WORDS[i]}"
            return ;;
        esac
    done
}
