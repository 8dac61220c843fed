"""The networks that are nobody's public address, by the registries of IANA (RFC 6890 and its successors)."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TypeAlias

Network: TypeAlias = IPv4Network | IPv6Network

RESERVED: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT, and the metadata of Alibaba Cloud
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # the host of a virtual machine at Azure: a public number that is not public
        "169.254.0.0/16",  # link-local, and the metadata of most clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments, and the metadata of Oracle Cloud
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
        "::/16",  # unspecified, loopback, and IPv4 written as IPv6: compatible, mapped, translated
        "64:ff9b::/32",  # NAT64, of the well-known and of the local prefix: IPv4 behind a translator
        "100::/8",  # discard-only, and unassigned
        "200::/7",
        "400::/6",
        "800::/5",
        "1000::/4",
        "2001::/23",  # protocol assignments: Teredo, benchmarking, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: IPv4 behind a relay
        "3ffe::/16",  # the 6bone, given back
        "3fff::/20",  # documentation
        "4000::/2",  # unassigned, and segment routing
        "8000::/1",  # unassigned, unique local, link-local, site-local, multicast
    )
)
