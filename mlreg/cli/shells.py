"""The scripts that let a shell complete mlreg. They ask `mlreg __complete` at each TAB and evaluate nothing it says."""

from collections.abc import Mapping
from typing import Final

from mlreg.core.records import dataclass

_BASH = r"""
# bash (4.4 or newer) completes mlreg with this:  source <(mlreg completion bash)
# Generated: python -m tests.completion

_mlreg() {
    local -a answer=()
    mapfile -t answer < <(command mlreg __complete bash "${COMP_LINE:0:COMP_POINT}" "$2" 2>/dev/null)
    COMPREPLY=()
    case "${answer[0]-}" in
        words)
            COMPREPLY=("${answer[@]:1}")
            [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=:/@] ]] && compopt -o nospace
            ;;
        file*) compopt -o default ;;
        directory*) compopt -o dirnames ;;
        command*) mapfile -t COMPREPLY < <(compgen -c -- "$2") ;;
    esac
    return 0
}
complete -o nosort -F _mlreg mlreg
"""

_ZSH = r"""
#compdef mlreg
# zsh completes mlreg with this file in a directory of $fpath, or with:  source <(mlreg completion zsh)
# Generated: python -m tests.completion

_mlreg() {
    local -a answer whole begun
    local line word how number quote="$compstate[quote]"
    local typed="${(Q)${:-$quote$PREFIX$quote}}"
    answer=("${(@f)$(command mlreg __complete zsh "${(@Q)words[2,CURRENT-1]}" "$typed" 2>/dev/null)}")
    how="${answer[1]%% *}" number="${answer[1]##* }"
    case "$how" in
        words)
            for line in "${(@)answer[2,-1]}"; do
                word="${line%%$'\t'*}"
                line="${${word//\\/\\\\}//:/\\:}:${line#*$'\t'}"
                if [[ "$word" == *[=:/@] ]]; then begun+=("$line"); else whole+=("$line"); fi
            done
            _describe -V mlreg whole -- begun -S ''
            ;;
        file) compset -p "$number"; _files ;;
        directory) compset -p "$number"; _files -/ ;;
        program)
            shift $(( number + 1 )) words
            (( CURRENT -= number + 1 ))
            _normal
            ;;
    esac
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
    set -l answer (command mlreg __complete fish $words[2..] "$word" 2>/dev/null)
    set -l how (string split ' ' -- $answer[1])
    switch "$how[1]"
        case words
            printf '%s\n' $answer[2..]
        case file
            set -l head (string sub -l $how[2] -- "$word")
            for path in (__fish_complete_path (string sub -s (math $how[2] + 1) -- "$word"))
                printf '%s%s\n' $head $path
            end
        case directory
            set -l head (string sub -l $how[2] -- "$word")
            for path in (__fish_complete_directories (string sub -s (math $how[2] + 1) -- "$word"))
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
