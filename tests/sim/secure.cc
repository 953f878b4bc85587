#include "secure.h"

#include "base/check.h"

namespace sim {
namespace {

// Of relay.example.org, by itself; good until 2126. It protects nothing.
constexpr const char* certificate = R"(-----BEGIN CERTIFICATE-----
MIIDOTCCAiGgAwIBAgIUIAwaKrgTxd4pUCgzDvGvGkNKLTAwDQYJKoZIhvcNAQEL
BQAwHDEaMBgGA1UEAwwRcmVsYXkuZXhhbXBsZS5vcmcwIBcNMjYxMTI0MDM1NTU5
WhgPMjEyNjEwMzEwMzU1NTlaMBwxGjAYBgNVBAMMEXJlbGF5LmV4YW1wbGUub3Jn
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA3RrT590QobdqljJmT60w
IOs2AgScaPXOLibAz/yXR4dDhE2h7pnIwidOkg6sgc5YwSXLdzSnrZXhs4IJgb9a
lRWFQbYXZXUWCOQspjmic29qutpwYgSekuDrvUzoS0YY/WwQqK7Xr0yoB0oEgNQO
nlKAjhJErxdRJULPiNXSiA3SXClgXPeRzqm3OzHiapHXVqc4uOFzd3P5LVaFZtkK
+yP7D1Rp9ouhgHwl8kfLczhDc1tyBE3nBk6S5SsGLLr3JH1YE1pDORJIOulvhif4
W8uLSd/cx7bAqauefYhzdw6owq5I0x7XYFg+sSNq+4kIo7krIkJJDaewNPUPTQ7o
nwIDAQABo3EwbzAdBgNVHQ4EFgQUtUuAXczKC7+F62ZaBuS4EjqzaPowHwYDVR0j
BBgwFoAUtUuAXczKC7+F62ZaBuS4EjqzaPowHAYDVR0RBBUwE4IRcmVsYXkuZXhh
bXBsZS5vcmcwDwYDVR0TAQH/BAUwAwEB/zANBgkqhkiG9w0BAQsFAAOCAQEAYqlp
dVO7A8POequ5UKkcVfM6cuGly0iaerwW2b2XfHvxMh8xXEy2mYgROyMMrEjXD7/O
CzzNJajaCHlfGyHRT50PkMhLRxfEOtEPnt794V9MObEHnczAc/HSvH7EZhtZkqIy
9Ls1+OaQwxrrQJDI3YnujjprxsSmcRWnaMgjQpl8DH7fyJO3lXvhCH7eFjoKCNQg
egt7JMPESnroysHmUrqqfSX52uttNEqdEcqmoZCfDLrpnqp2xwAtP2on/D9P2Hnu
PgPdEsUohF50vPY8zfID8dHWpwQ7prorjFldb7TXusdWR3Bwxm/HjKKiSCIiPpOn
/sjA2j1J7tA4rMqRxA==
-----END CERTIFICATE-----
)";
constexpr const char* key = R"(-----BEGIN PRIVATE KEY-----
MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQDdGtPn3RCht2qW
MmZPrTAg6zYCBJxo9c4uJsDP/JdHh0OETaHumcjCJ06SDqyBzljBJct3NKetleGz
ggmBv1qVFYVBthdldRYI5CymOaJzb2q62nBiBJ6S4Ou9TOhLRhj9bBCortevTKgH
SgSA1A6eUoCOEkSvF1ElQs+I1dKIDdJcKWBc95HOqbc7MeJqkddWpzi44XN3c/kt
VoVm2Qr7I/sPVGn2i6GAfCXyR8tzOENzW3IETecGTpLlKwYsuvckfVgTWkM5Ekg6
6W+GJ/hby4tJ39zHtsCpq559iHN3DqjCrkjTHtdgWD6xI2r7iQijuSsiQkkNp7A0
9Q9NDuifAgMBAAECggEAUKqHASKv/LAUHPQKS6td0cS+kYHpJon3TPMqiTcYYipB
QbWpDIniqqL4kWT1Hu6PhvgpATaerj/udjVNDp8nhxiw40Zxxrwu69ODTqncUM0n
XUBwm/IfgGq61veGEGBkoaCZe1E+s1/+NZqVhgLXyn9DE5IqqM6S9ksnuD56btQe
am5aMW5GZnVS5Er0ORayT9KiiaKVV/5y6mOpgu+mO+2w6WMB3EiHLMHoRj5zdGrg
z2e/N712hRd+6zWrogY7Z1wyy31bC2A0cxwBQtsvSf4Osxe5kWBf7xSyTem/38yt
iSx628eNIbVRQkeLb9BoLazvLgZ7va1bMVX7nqm1QQKBgQD1YquvPbpN6A67i0+6
Sn3SfwhMeJSQFOmZ3x6hfbXyFMiQMkku6bXi/DwBmGh18UpceynjZ9yxnVbi+C9K
Tln2S3jFH4Ae2/CEuDXmb/Efuu/C9nmNDynzKTY4jk/Dg60hZs8O3G7Ow8Ij2Z2q
JXgPxUg+K9yOkteorqOdios1rwKBgQDmq0e5DCIizxMkWwtUYwdesDWmSjlpqeSZ
f7L0m18r4HgaSzfHcg2TSkWy0HmJbSIS+LOYbI3V/CStWTkTLOH711+PFHwhZqBM
esCCGMH4Eodyvpz5LTZMjgG09zVI6cKljb6Bi++vxkCh91sfK40baIEa7WLGnpq+
Mm2oRaMoEQKBgChlfwgRbGtI6av8SjrL6pzNpusX6rUxjCd1sNA7JsncnAwJCz06
4mOkzKgilAfemjRRXlr+jTl8QoKJAxgDgBHo6M/i2K+724Ot48m04ggsOS5qbyZG
ucw7G58B5qW0NrtJ9opmxaMqXPqT573L/1DxVGxPwjaCfBhb77mOxk4nAoGAPBdo
0uM/TVQmx3TUacJ2nAtJnq19cXJp9DcZNrH3RCXxA+COgm3K7ZEOwTugPdXpZ4nU
t6On+5P5NhOlU8KAiKwd39dVUxo6LlJYLkwm0+p30MOpfxxxJdZkyXERN5J2O8zG
UVdUNLVwBwG6gk9FLlu2Ln6jGd0dsOjQOmMR0xECgYAfBGqR1I596t5UFwodPX5Z
djDmzvvIPg5gV32NHFpC/ylFSFbsovQNWBtKqEeaqh1EI3H2FZLY3NiamfUuk51G
1Qu8keG+sCfU9n9SCk6lVuBR3LSL9Wh8N882ZsqIob3nOXTPEvcQHdeO6ltFSN4c
Sc4wmE1voWj5gBglNZQmuQ==
-----END PRIVATE KEY-----
)";

transport::TlsOptions options() {
  [[maybe_unused]] static const bool prepared = (transport::prepare_tls(), true);
  transport::TlsOptions options;
  options.trusted = certificate;
  options.first_group = transport::Group::x25519;
  return options;
}

}  // namespace

transport::CoreTls core_tls() {
  transport::TlsFiles files;
  files.listeners = {{{certificate, key}}};
  files.trusted = certificate;
  auto tls = transport::CoreTls::make(files, options());
  CHECK(tls.has_value());
  return std::move(*tls);
}

const transport::TlsClient& client_tls() {
  static const auto client = transport::TlsClient::make(std::nullopt, options());
  CHECK(client.has_value());
  return **client;
}

}  // namespace sim
