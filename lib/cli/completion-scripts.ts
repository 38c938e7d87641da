/** The completion scripts of bash, zsh and fish: each asks `m2 --complete` for the words, and offers files where it has none. */
export const scripts: Readonly<Record<string, string>> = {
  bash: String.raw`# m2's completion for bash, for ~/.bashrc: eval "$(m2 completion bash)"
_m2() {
  local candidate
  COMPREPLY=()
  while IFS=$'\t' read -r candidate _; do
    COMPREPLY+=("$candidate")
  done < <(m2 --complete "${'$'}{COMP_WORDS[@]:1:COMP_CWORD}" 2> /dev/null)
}
complete -o default -F _m2 m2
`,
  zsh: String.raw`#compdef m2
# m2's completion for zsh, for ~/.zshrc after compinit: eval "$(m2 completion zsh)"
_m2() {
  local line
  local -a candidates
  for line in "${'$'}{(@f)$(m2 --complete "${'$'}{(@)words[2,CURRENT]}" 2> /dev/null)}"; do
    [[ -n $line ]] && candidates+=("${'$'}{${'$'}{line%%$'\t'*}//:/\\:}:${'$'}{line#*$'\t'}")
  done
  if (( $#candidates )); then
    _describe 'm2' candidates
  else
    _files
  fi
}
compdef _m2 m2
`,
  fish: String.raw`# m2's completion for fish: m2 completion fish > ~/.config/fish/completions/m2.fish
function __m2_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l found (m2 --complete $words[2..-1] 2> /dev/null)
  if test (count $found) -gt 0
    printf '%s\n' $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c m2 -f -a '(__m2_complete)'
`,
}
