"""The scripts that let a shell complete mlreg. They ask `mlreg __complete` at each TAB and evaluate nothing it says."""

from collections.abc import Mapping
from typing import Final

from mlreg.core.records import dataclass

_BASH = r"""
# bash (4.4 or newer) completes mlreg with this:  source <(mlreg completion bash)
# Generated: python -m tests.completion

_mlreg() {
    local -a answer=()
    local program="${1/#\~\//${HOME-}/}"
    [[ $program == */* && -f $program && -x $program ]] || program=mlreg
    mapfile -t answer < <(command "$program" __complete bash "${COMP_LINE:0:COMP_POINT}" "$2" 2>/dev/null)
    COMPREPLY=()
    case "${answer[0]-}" in
        words)
            COMPREPLY=("${answer[@]:1}")
            [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=:/@] ]] && compopt -o nospace
            ;;
        file*) compopt -o default ;;
        directory*) compopt -o dirnames ;;
        program*) _mlreg_program "$2" ;;
    esac
    return 0
}

# What comes after -- is completed like a line of its own, by bash-completion where that is loaded.
_mlreg_program() {
    local -i first=1
    while [[ first -lt COMP_CWORD && ${COMP_WORDS[first]} != -- ]]; do first+=1; done
    [[ first -lt COMP_CWORD ]] || return
    first+=1
    compopt +o nosort
    if declare -F _comp_command_offset >/dev/null; then
        _comp_command_offset "$first"
    elif declare -F _command_offset >/dev/null; then
        _command_offset "$first"
    elif [[ first -eq COMP_CWORD ]]; then
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -c -- "$1")
    else
        compopt -o default
    fi
}
complete -o nosort -F _mlreg mlreg
"""

_ZSH = r"""
#compdef mlreg
# zsh completes mlreg with this file in a directory of $fpath, or with:  source <(mlreg completion zsh)
# Generated: python -m tests.completion

_mlreg() {
    local -a answer
    local how number braced quote="$compstate[quote]" program="${words[1]/#\~\//$HOME/}"
    local typed="${(Q)${:-$quote$PREFIX$quote}}" whole="${(Q)words[CURRENT]}"
    # An open { is not in $PREFIX: zsh puts it back itself, and expands what has commas.
    [[ "$typed" != *\{* && "$whole" == *\{* && "$whole" != *,* ]] && braced="$whole"
    [[ "$program" == */* && -f "$program" && -x "$program" ]] || program=mlreg
    answer=("${(@f)$(command "$program" __complete zsh "${(@Q)words[2,CURRENT-1]}" "${braced:-$typed}" 2>/dev/null)}")
    how="${answer[1]%% *}" number="${answer[1]##* }"
    case "$how" in
        words) [[ -z "$braced" || "${braced/\{\{}" == "$typed" ]] && _mlreg_words "${(@)answer[2,-1]}" ;;
        file) compset -p "$number"; _files ;;
        directory) compset -p "$number"; _files -/ ;;
        program)
            shift $(( number + 1 )) words
            (( CURRENT -= number + 1 ))
            _normal
            ;;
    esac
}

# Offer words in their order, each with its note.
_mlreg_words() {
    local -a shown options
    local -i width=0
    local line word note notes="${(j::)@#*$'\t'}"
    for word in "${(@)@%%$'\t'*}"; do (( width < ${(m)#word} )) && width=${(m)#word}; done
    for line in "$@"; do
        word="${line%%$'\t'*}" note="${line#*$'\t'}"
        shown=("$word") options=(${notes:+-l})
        [[ -n "$note" ]] && shown=("${(mr:width:)word}  -- $note")
        [[ "$word" == *[=:/@] ]] && options+=(-S '')
        if [[ -n "$braced" ]]; then
            [[ "$word" == *(,|..)* ]] && continue
            word="${(q)${:-$typed${word#"$braced"}}}" options+=(-Q -p '')
            word="${word//\\\}/\}}"
        fi
        compadd -V mlreg "${(@)options}" -d shown -- "$word"
    done
    (( compstate[nmatches] ))
}

if [[ "$funcstack[1]" == _mlreg ]]; then
    _mlreg "$@"
else
    compdef _mlreg mlreg
fi
"""

_FISH = r"""
# fish completes mlreg with this file as ~/.config/fish/completions/mlreg.fish, or with:  mlreg completion fish | source
# Generated: python -m tests.completion

function __mlreg_complete
    set -l typed (commandline -ct)
    # A quote that is still open is closed to read what is in it.
    set -l word (string unescape -- $typed; or string unescape -- "$typed'"; or string unescape -- "$typed\"")
    set -l words (commandline -opc)
    set -l program (string replace -r '^~(?=/)' ~ -- $words[1])
    string match -q '*/*' -- $program; and test -f $program -a -x $program; or set program mlreg
    set -l answer (command $program __complete fish $words[2..] "$word" 2>/dev/null)
    set -l how (string split ' ' -- $answer[1])
    switch "$how[1]"
        case words
            # Behind a { that is not quoted fish would write what it cannot read.
            string replace -ar '\\\\.|(["\'])(\\\\.|(?!\1).)*\1?' '' -- "$typed" | string match -q '*{*'
            or printf '%s\n' $answer[2..]
        case file directory
            set -l head (string sub -l $how[2] -- "$word")
            set -l path (string sub -s (math $how[2] + 1) -- "$typed")
            test "$head$path" = "$typed"; or set path (string escape -- (string sub -s (math $how[2] + 1) -- "$word"))
            set -l paths (complete -C "'' $path")
            test $how[1] = file; or set paths (string match '*/' -- $paths)
            for path in $paths
                printf '%s%s\n' $head $path
            end
        case program
            complete -C (string join ' ' -- (string escape -- $words[(math $how[2] + 2)..]) $typed)
    end
end
complete -c mlreg -f -k -a '(__mlreg_complete)'
"""


@dataclass(frozen=True, slots=True)
class Shell:
    """A shell that can complete mlreg: its script, and the name that the script has as a file."""

    file: str
    script: str


SHELLS: Final[Mapping[str, Shell]] = {
    "bash": Shell("mlreg.bash", _BASH.lstrip()),
    "zsh": Shell("_mlreg", _ZSH.lstrip()),
    "fish": Shell("mlreg.fish", _FISH.lstrip()),
}
