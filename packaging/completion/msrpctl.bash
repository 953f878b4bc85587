# bash completion for msrpctl
_msrpctl() {
  local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD - 1]}"
  case "$previous" in
    --socket) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
    log) mapfile -t COMPREPLY < <(compgen -W "error warning info debug" -- "$current"); return ;;
    error | warning | info | debug)
      if [[ " ${COMP_WORDS[*]} " == *" log "* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "config control daemon dns log relay rules tls users" -- "$current")
        return
      fi ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "info top links sessions limits rules certs errors bans kick ban unban drain undrain reload log --socket --json --help --version --user --address --link --rows --all --deadline --wait --for --period --count" -- "$current")
}
complete -F _msrpctl msrpctl
