#!/usr/bin/env bash
# Finds out what this event changed, scans it, and leaves reports and verdict for the steps that follow.
# It fails by itself only where there is no verdict: a missing base, or a gate that could not run.
set -euo pipefail

output() { printf '%s=%s\n' "$1" "$2" >>"$GITHUB_OUTPUT"; }

# stop EXIT-CODE MESSAGE: the end, without a verdict.
stop() {
    local code=$1 message=$2
    output verdict "$([[ $code == 3 ]] && echo unscannable || echo error)"
    output blocked false
    output exit-code "$code"
    # The runner reads these as the end of the command, or as its own escapes.
    message=${message//'%'/'%25'}
    message=${message//$'\r'/'%0D'}
    message=${message//$'\n'/'%0A'}
    echo "::error title=cwegate::$message"
    exit "$code"
}

is_commit() { [[ $1 =~ ^[0-9a-f]{40}([0-9a-f]{24})?$ ]]; }
is_here() { git cat-file -e "$1^{commit}" 2>/dev/null; }

# Whether the commit is here, or can be had: a checkout of depth 1 lacks all but one.
have() {
    is_commit "$1" || return 1
    is_here "$1" || git fetch --quiet --no-tags --depth=1 origin "$1" 2>/dev/null || return 1
    is_here "$1"
}

# The parents that the commit names, whether or not they were fetched.
parents() { git cat-file commit HEAD | sed -n -e '/^$/q' -e 's/^parent //p'; }

# Sets `before`, the commit to compare HEAD with; empty: there is none, and the whole tree is scanned. For a pull request it also
# sets `target`, the tip of the branch that it is for.
find_before() {
    before=
    case $GITHUB_EVENT_NAME in
    pull_request)
        local merged
        # shellcheck disable=SC2207 # names of commits, which hold nothing to split or expand; mapfile is not in bash 3.2
        merged=($(parents))
        if [[ $(git rev-parse HEAD) == "$GITHUB_SHA" && ${#merged[@]} == 2 ]]; then
            # HEAD merges the pull request into its base: the first parent to HEAD is what the pull request shows.
            before=${merged[0]}
            target=$before
            have "$before" || stop 3 "the base of the pull request is not in this checkout; give actions/checkout \`fetch-depth: 2\`"
        else
            # Something else is checked out, such as the head branch.
            is_commit "$PULL_REQUEST_BASE" || stop 3 "the event names no base of the pull request"
            # Where the pull request branched off, an older and milder policy may have held.
            target=$PULL_REQUEST_BASE
            before=$(git merge-base "$PULL_REQUEST_BASE" HEAD 2>/dev/null) ||
                stop 3 "the base of the pull request and HEAD have no common ancestor in this checkout; give actions/checkout \`fetch-depth: 0\`, or leave out its \`ref\` and set \`fetch-depth: 2\`"
        fi
        ;;
    pull_request_target)
        stop 3 "a workflow on pull_request_target has the base checked out, not the pull request; run this action on pull_request"
        ;;
    merge_group)
        before=$MERGE_GROUP_BASE
        have "$before" || stop 3 "the base of the merge group is not in this checkout; give actions/checkout \`fetch-depth: 0\`"
        ;;
    push)
        if [[ $PUSH_BEFORE =~ ^0*$ ]]; then
            # A new branch: what it has and the default branch has not. A new default branch or a tag has nothing before it.
            if [[ $GITHUB_REF == refs/heads/* && $GITHUB_REF != "refs/heads/$DEFAULT_BRANCH" ]]; then
                before=$(git merge-base "refs/remotes/origin/$DEFAULT_BRANCH" HEAD 2>/dev/null) || before=
            fi
        else
            before=$PUSH_BEFORE
            have "$before" || stop 3 "the commit before this push is not in this checkout; give actions/checkout \`fetch-depth: 0\`. After a forced push it may be gone: set the input \`base\`"
        fi
        ;;
    *) ;; # schedule, workflow_dispatch and all others change nothing
    esac
}

# Sets `rules`, the commit whose policy holds; empty: that of the checkout.
find_rules() {
    rules=$INPUT_POLICY_FROM
    case $INPUT_POLICY_FROM in
    checkout) rules= ;;
    "")
        case $GITHUB_EVENT_NAME in
        pull_request) rules=${target:-$INPUT_BASE} ;;
        merge_group) rules=${before:-$INPUT_BASE} ;;
        esac
        ;;
    esac
}

# Untrusted text: whatever it holds, the runner must take no command from it.
show() {
    local token
    token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    echo "::stop-commands::$token"
    cat "$1"
    echo "::$token::"
}

cd "$GITHUB_WORKSPACE/$INPUT_WORKING_DIRECTORY" || stop 2 "the input \`working-directory\` names no folder of the workspace"
root=$(git rev-parse --show-toplevel 2>&1) || stop 2 "git reads no checkout here: $root"
folder=$(mktemp -d "$RUNNER_TEMP/cwegate.XXXXXX")
sarif=$folder/cwegate.sarif
report=$folder/report.txt
annotations=$folder/annotations.txt
summary=$folder/summary.md

# Never empty, since macOS has a bash that calls an empty array unset.
options=(--color never --output "sarif=$sarif")
# Of what the verdict is about, and not of a whole tree that is scanned for the upload alone.
shows=(--output "github=$annotations" --output "markdown=$summary")
[[ -z $INPUT_POLICY ]] || options+=(--policy "$INPUT_POLICY")
[[ $INPUT_CATEGORY == cwegate ]] || options+=(--category "$INPUT_CATEGORY")

whole=("$root")
before=
target=
if [[ -n $INPUT_BASE ]]; then
    what=(--base "$INPUT_BASE")
    shown="what changed since the merge base with the given revision"
else
    find_before
    if [[ -n $before ]]; then
        what=(--range "$before..HEAD")
        shown="\`$before..$(git rev-parse HEAD)\`"
    else
        what=("${whole[@]}")
        shown="the whole tree"
    fi
fi
find_rules
[[ -z $rules ]] || options+=(--policy-from "$rules")
echo "cwegate scans $shown"

code=0
"$CWEGATE" scan "${options[@]}" "${shows[@]}" "${what[@]}" >"$report" 2>&1 || code=$?
show "$report"
# The program escapes what it repeats in them, so these are commands that the runner may take: the most severe first, as many as
# the host keeps of a step.
[[ ! -s $annotations ]] || cat "$annotations"

# A list of results stands for all of its branch: one that holds only what changed would close every other alert. On a pull
# request that is what is meant; elsewhere the whole tree is uploaded, while the verdict stays that on the change.
if [[ -s $sarif && $GITHUB_EVENT_NAME != pull_request && $INPUT_UPLOAD == true && ${what[*]} != "${whole[*]}" && $code =~ ^[013]$ ]]; then
    status=0
    rm -f "$sarif"
    "$CWEGATE" scan "${options[@]}" "${whole[@]}" >"$folder/whole.txt" 2>&1 || status=$?
    if ! [[ $status =~ ^[013]$ ]]; then
        show "$folder/whole.txt"
        stop "$status" "the whole tree could not be scanned for the upload"
    fi
fi

case $code in
0) verdict=passed ;;
1) verdict=blocked ;;
3) verdict=unscannable ;;
*) stop "$code" "the gate did not run (exit code $code); its own words are above" ;;
esac
[[ -s $sarif && -s $summary ]] || stop 3 "the gate wrote no SARIF file, or no summary"

places="the log of this step"
[[ $INPUT_UPLOAD == true ]] && places+=" and in code scanning"
output root "$root"
output sarif-file "$sarif"
output verdict "$verdict"
output blocked "$([[ $verdict == blocked ]] && echo true || echo false)"
output exit-code "$code"
{
    cat "$summary"
    printf '\nVerdict: **%s**. Scanned: %s. The findings are in %s.\n' "$verdict" "$shown" "$places"
} >>"$GITHUB_STEP_SUMMARY"
