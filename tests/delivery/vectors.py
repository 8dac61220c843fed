"""Addresses and URLs that nothing may be sent to, by what makes them dangerous; and those that anybody may reach."""

from tests.shared import listed

_FILE = "ssrf/ssrf-vectors.json"
DENIED = (
    *("10.0.0.1", "172.16.5.4", "172.31.255.255", "192.168.1.1", "100.64.0.1", "100.127.255.254"),  # private networks
    *("127.0.0.1", "127.255.255.255", "::1"),  # this machine
    *("0.0.0.0", "0.1.2.3", "::"),  # noqa: S104 - no address, which many systems take for this machine
    *("169.254.169.254", "169.254.0.1", "fe80::1", "fe81::1", "febf::1"),  # this link; clouds keep credentials there
    *("fc00::1", "fd00::1", "fdff::1"),  # unique local ones
    *("224.0.0.1", "239.255.255.250", "ff02::2", "ff05::1:3", "255.255.255.255"),  # groups, and everybody
    *("192.0.0.1", "192.0.0.8", "198.18.0.1", "198.19.255.255", "240.0.0.1"),  # reserved, or for measuring
    *("::ffff:127.0.0.1", "::ffff:169.254.169.254", "0:0:0:0:0:ffff:a9fe:a9fe", "::169.254.169.254"),  # IPv4 as IPv6
    *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b::ac10:1", "64:ff9b::8.8.4.4", "64:ff9b::ffff:ffff"),  # NAT64
    *("2002:7f00:1::1", "2002:a9fe:a9fe::1", "2002:c0a8:101::1", "2002:808:404::1"),  # 6to4
    *("2001::1", "2001:0:4136:e378:8000:63bf:80ff:fffe", "2001:0:abcd:ef01:2345:6789:abcd:ef01"),  # Teredo
    *listed(_FILE, "deny_ips_smokescreen", "deny_ips_extra"),
)
ALLOWED = (
    *("8.8.4.4", "9.9.9.9", "100.63.255.255", "100.128.0.0"),
    *("2001:4860:4860::8844", "2620:fe::fe", "64:ff9c::1"),
    *listed(_FILE, "allow_ips_smokescreen"),
)
REFUSED_URLS = (
    *("http://169.254.169.254/latest/user-data", "http://127.0.0.1:6379", "http://127.3.2.1", "http://0.0.0.0:8080/"),
    *("http://[::1]/", "http://[::]:80/", "http://[0:0:0:0:0:0:0:1]:80/", "http://[::ffff:10.0.0.1]/"),
    *("http://[0:0:0:0:0:ffff:127.0.0.1]/", "http://[fe80::1%25eth0]/"),
    *("http://localhost:80", "https://localhost", "http://LOCALHOST/", "http://ip6-localhost/"),
    *("http://0/", "http://127.1/", "http://127.0.1/", "http://10.1/", "http://169.254.43518/", "http://169.16689662/"),
    *("http://2130706433/", "http://3232235777/", "http://2852039166/"),  # an address as one number
    *("http://0177.0.0.1/", "http://0251.0376.0251.0376/", "http://017700000001/"),  # octal
    *("http://0x7f000001/", "http://0x7f.0.0.0x1/", "http://0xA9FEA9FE/", "http://0x7f.1/"),  # hexadecimal
    *("http://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460/", "http://\uff11\uff12\uff17.0.0.1/"),  # other digits
    *(
        "http://127.0.0.1:80\\@8.8.4.4:80/",
        "http://8.8.4.4#\\@127.0.0.1/",
        "http://8.8.4.4:80+&@127.0.0.1:22/#+@a.example/",
    ),
    *("http://127.0.0.1:22/?@hooks.example/", "http://me:secret@127.0.0.1/", "http://127.0.0.1%2f@hooks.example/"),
    *("http:127.0.0.1/", "//127.0.0.1/", "http://hooks.example\r\nX-Injected: 1/"),
    *("file:///etc/shadow", "gopher://127.0.0.1:25/_HELO", "dict://127.0.0.1:11211/stats", "ftp://127.0.0.1/"),
    *("jar:http://127.0.0.1!/", "javascript:alert(1)", "data:text/plain,1"),
    *listed(_FILE, "deny_urls"),
)
