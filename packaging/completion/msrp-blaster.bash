# bash completion for msrp-blaster
_msrp_blaster() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
  case "$before" in
    --ca-file | --certificate | --private-key | --file | --hdr | --html | --scenario) COMPREPLY=($(compgen -f -- "$word")) && return ;;
    --failure-report) COMPREPLY=($(compgen -W 'yes no partial' -- "$word")) && return ;;
    --body) COMPREPLY=($(compgen -W 'text end-lines' -- "$word")) && return ;;
    --mix) COMPREPLY=($(compgen -W 'chat is-composing file' -- "$word")) && return ;;
  esac
  if [ "$COMP_CWORD" = 1 ] && [[ $word != -* ]]; then
    COMPREPLY=($(compgen -W 'compare conform' -- "$word")) && return
  fi
  if [ "${COMP_WORDS[1]}" = compare ]; then COMPREPLY=($(compgen -f -W '--json' -- "$word")) && return; fi
  COMPREPLY=($(compgen -W '
    --relay --relay-uri --user --password --realm --peer-relay --peer-relay-uri --peer-user --peer-password --peer-realm --tls --ca-file --insecure --certificate --private-key
    --no-sender-auth --direct --listen --source --pairs --window --size --mix --chunk --known-range --file --body --success-report --failure-report
    --report-mix --rate --ramp --duration --messages --timeout --find-max --p99 --step --cores --idle-sessions --session-churn --link-churn --auth-rate
    --slow-readers --read-rate --json --hdr --html --pid --quiet --scenario --help --version' -- "$word"))
}
complete -o filenames -F _msrp_blaster msrp-blaster
