# request.sh - what `submit` and `loop` are asked, alike; to be read by them.
# shellcheck shell=sh disable=SC2034 # the variables are theirs

# Sets job, shards and out; both paths become absolute. Ends the script when it cannot.
take_request() { # SCRIPT ARGUMENT...
    script=$1
    shift
    job=''
    shards=''
    out=''
    while [ $# -gt 0 ]; do
        case $1 in
        --shards | --out)
            [ $# -gt 1 ] || fail_request "$1 takes a value"
            if [ "$1" = --shards ]; then shards=$2; else out=$2; fi
            shift
            ;;
        -*) fail_request "$1 is no option" ;;
        *)
            [ -z "$job" ] || fail_request "one job, please"
            job=$1
            ;;
        esac
        shift
    done
    [ -n "$job" ] || fail_request "no job named"
    [ -r "$job" ] || { echo "$script: $job: cannot read the job" >&2; exit 78; }
    job=$(cd "$(dirname "$job")" && pwd)/$(basename "$job")
    # By its number alone: cte-run reads the whole job by its schema.
    [ -n "$shards" ] || shards=$(tr '\n' ' ' <"$job" |
        sed -n 's/.*<shards[[:space:]][^>]*number="\([0-9]*\)".*/\1/p')
    case $shards in
    '') fail_request "the job does not say into how many shards it is cut; --shards N does" ;;
    *[!0-9]* | 0*) fail_request "--shards takes a number from 1 to 9999" ;;
    esac
    [ "${#shards}" -le 4 ] || fail_request "--shards takes a number from 1 to 9999"
    [ -n "$out" ] || out=$(dirname "$job")/shards
    mkdir -p "$out" || exit 73
    out=$(cd "$out" && pwd)
}

fail_request() {
    echo "$script: $1" >&2
    echo "Usage: scripts/slurm/$script [--shards N] [--out DIR] JOB" >&2
    exit 64
}

# What another attempt, or another machine, may do better: a fault of the program or a kill, a
# failed read or write, another run at work. Who asked for the wrong thing gets it again.
deserves_retry() { # STATUS
    [ "$1" -eq 70 ] || [ "$1" -eq 74 ] || [ "$1" -eq 75 ]
}
