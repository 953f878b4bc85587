#!/bin/sh
# Runs in the virtual machine (test_ktls.py): relay, generator and OpenSSL on a kernel with TLS. One line a case: ok or not ok, and its name.
# $1: folder with auto.toml, off.toml, required.toml, far.toml, ca.pem; $2, $3: msrp-relay, msrp-blaster; $4: the ring's contract suite
folder=$1 relay=$2 blaster=$3 contract=$4
uri="msrps://relay.example.org:2856;tcp"
tell() { # STATUS NAME [OUTPUT]
  if [ "$1" = 0 ]; then echo "ok - $2"; else echo "not ok - $2"; [ -z "$3" ] || echo "$3" | sed 's/^/# /'; fi
}
stat() { awk -v name="$1" '$1 == name { print $2 }' /proc/net/tls_stat; }
counter() { # of the relay, by SIGUSR1
  before=$(grep -c event=counters relay.log)
  kill -USR1 "$pid"
  for _ in $(seq 200); do [ "$(grep -c event=counters relay.log)" -gt "$before" ] && break; usleep 50000; done
  grep event=counters relay.log | tail -n 1 | tr ' ' '\n' | sed -n "s/^$1=//p"
}
start() { # CONFIG
  : >relay.log
  "$relay" --config "$1" >relay.log 2>&1 & pid=$!
  for _ in $(seq 400); do grep -q "^msrp-relay: ready" relay.log && return 0; kill -0 $pid 2>/dev/null || return 1; usleep 50000; done
  return 1
}
stop() { kill "$pid"; wait "$pid"; }
blast() { "$blaster" --relay 127.0.0.1:2856 --relay-uri "$uri" --ca-file "$folder/ca.pem" --user alice --password alice-pw --quiet "$@" 2>&1; }

echo "# $(uname -r)"
out=$("$relay" --version 2>&1)
echo "$out" | grep -q "^kTLS  *TLSv1.2: AES-128-GCM, AES-256-GCM.*TLSv1.3: AES-128-GCM, AES-256-GCM"
tell $? "the kernel takes AES-GCM in TLS 1.2 and 1.3, and --version says so" "$out"

out=$("$contract" 2>&1)
tell $? "the contract of the ring holds on this kernel" "$(echo "$out" | tail -n 40)"

start "$folder/auto.toml"; tell $? "the relay starts, ktls = auto" "$(cat relay.log)"
out=$(blast --pairs 10 --messages 2000)
tell $? "2000 messages between 10 pairs arrive" "$out"
[ "$(counter links_to_kernel)" = 20 ] && [ "$(counter links_not_to_kernel)" = 0 ]
tell $? "all of their 20 links are the kernel's" "$(tail -n 3 relay.log)"
[ "$(stat TlsTxSw)" -ge 20 ] && [ "$(stat TlsRxSw)" -ge 20 ]
tell $? "the kernel has counted them in both directions" "$(cat /proc/net/tls_stat)"
out=$(blast --pairs 2 --window 2 --messages 16 --size 1MiB); tell $? "messages of 1 MiB arrive" "$out"
out=$(blast --pairs 2 --window 2 --messages 16 --size 300KiB --chunk 64KiB); tell $? "messages in chunks arrive" "$out"

# The near relay dials the far one: there it is the client, and gets its tickets when the kernel has the keys.
"$relay" --config "$folder/far.toml" >far.log 2>&1 & far=$!
for _ in $(seq 400); do grep -q "^msrp-relay: ready" far.log && break; usleep 50000; done
mine=$(counter links_to_kernel)
out=$(blast --peer-relay 127.0.0.1:2857 --peer-relay-uri "msrps://relay.example.org:2857;tcp" --pairs 4 --messages 400)
tell $? "through two relays, TLS all the way" "$out"
[ "$(counter links_to_kernel)" -gt $((mine + 4)) ] && [ "$(counter links_not_to_kernel)" = 0 ] && [ "$(counter records_failed)" = 0 ]
tell $? "a link that is dialled is the kernel's too, and a ticket does not end it" "$(tail -n 3 relay.log; cat far.log)"
kill $far; wait $far

for version in tls1_2 tls1_3; do
  for cipher in AES128-GCM AES256-GCM CHACHA20; do
    case $version-$cipher in
      tls1_2-AES128-GCM) words="-cipher ECDHE-ECDSA-AES128-GCM-SHA256" ;;
      tls1_2-AES256-GCM) words="-cipher ECDHE-ECDSA-AES256-GCM-SHA384" ;;
      tls1_2-CHACHA20) words="-cipher ECDHE-ECDSA-CHACHA20-POLY1305" ;;
      tls1_3-AES128-GCM) words="-ciphersuites TLS_AES_128_GCM_SHA256" ;;
      tls1_3-AES256-GCM) words="-ciphersuites TLS_AES_256_GCM_SHA384" ;;
      tls1_3-CHACHA20) words="-ciphersuites TLS_CHACHA20_POLY1305_SHA256" ;;
    esac
    mine=$(counter links_to_kernel)
    frame="MSRP t4hgjf AUTH\r\nTo-Path: $uri\r\nFrom-Path: msrps://a.invalid:2855/x;tcp\r\n-------t4hgjf\$\r\n"
    out=$( { printf "$frame"; for _ in $(seq 100); do grep -q 'MSRP t4hgjf 401' s_client.log && break; usleep 50000; done; } |
      openssl s_client -connect 127.0.0.1:2856 -servername relay.example.org -CAfile "$folder/ca.pem" -verify_return_error -quiet -$version $words 2>&1 |
      tee s_client.log)
    echo "$out" | grep -q 'MSRP t4hgjf 401'
    tell $? "OpenSSL $version $cipher: AUTH is answered" "$out"
    : >s_client.log
    if [ $cipher = CHACHA20 ] && ! "$relay" --version | grep -q CHACHA20; then
      [ "$(counter links_not_to_kernel)" -ge 1 ]; tell $? "OpenSSL $version $cipher: the kernel has it not, so it stays in user space"
    else
      [ "$(counter links_to_kernel)" = $((mine + 1)) ]; tell $? "OpenSSL $version $cipher: the link was the kernel's"
    fi
  done
done

# K: s_client changes its keys, and asks us to.
frame="MSRP keyupd AUTH\r\nTo-Path: $uri\r\nFrom-Path: msrps://a.invalid:2855/x;tcp\r\n-------keyupd\$\r\n"
: >s_client.log
out=$( { for _ in $(seq 100); do grep -q 'Verify return code' s_client.log && break; usleep 50000; done; printf 'K\n'
    for _ in $(seq 100); do grep -q KEYUPDATE s_client.log && break; usleep 50000; done; usleep 200000; printf "$frame"
    for _ in $(seq 100); do grep -q 'closed\|MSRP keyupd 401' s_client.log && break; usleep 50000; done; } |
  openssl s_client -connect 127.0.0.1:2856 -servername relay.example.org -CAfile "$folder/ca.pem" -tls1_3 2>&1 | tee s_client.log)
if "$relay" --version | grep -q 'keys can change'; then
  [ "$(counter key_updates)" = 1 ] && echo "$out" | grep -q 'MSRP keyupd 401'
  tell $? "a peer that changes its keys, and ours with them, is followed" "$out"
else
  [ "$(counter key_updates_refused)" = 1 ]
  tell $? "a peer that changes its keys where the kernel cannot is closed in order, and counted" "$out"
fi

out=$("$blaster" conform --relay 127.0.0.1:2856 --relay-uri "$uri" --ca-file "$folder/ca.pem" --realm example.org --user alice --password alice-pw \
  --second-user bob --second-password bob-pw --timer 3 --patience 30 --jobs 4 --quiet --only "Framing and grammar" --only AUTH --only Chunking --only Connections 2>&1)
tell $? "the conformance suite's framing, AUTH, chunking and connections" "$out"
[ "$(stat TlsDecryptError)" = 0 ]; tell $? "no record was wrong" "$(cat /proc/net/tls_stat)"
stop; tell $? "it stops" "$(tail -n 3 relay.log)"

taken=$(stat TlsTxSw)
start "$folder/off.toml"; tell $? "the relay starts, ktls = off" "$(cat relay.log)"
out=$(blast --pairs 4 --messages 100); tell $? "messages arrive" "$out"
[ "$(stat TlsTxSw)" = "$taken" ]; tell $? "and the kernel had nothing to do with them"
stop
start "$folder/required.toml"; tell $? "the relay starts, ktls = required" "$(cat relay.log)"
out=$(blast --pairs 4 --messages 100); tell $? "messages arrive" "$out"
[ "$(stat TlsTxSw)" -ge $((taken + 8)) ]; tell $? "by the kernel"
stop
echo "# end"
