# bash completion for msrp-relay
_msrp_relay() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
  case "$before" in
    --config | --explain) COMPREPLY=($(compgen -f -- "$word")) && return ;;
    --fact) COMPREPLY=($(compgen -W 'source= user= listener= local= tls.version= tls.cipher= tls.peer=' -- "$word")) && return ;;
    --quickstart) return ;;
  esac
  COMPREPLY=($(compgen -W '--config --check --json --print-effective --explain --fact --sip --quickstart --version --help' -- "$word"))
}
complete -o filenames -F _msrp_relay msrp-relay
