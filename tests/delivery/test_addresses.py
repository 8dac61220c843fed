from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.delivery.addresses import LONGEST_URL, AddressRefusedError, Allowance, check_url, is_public
from tests.delivery.vectors import ALLOWED, DENIED, REFUSED_URLS

PLAIN_HTTP = Allowance(http=True)
LOOPBACK = Allowance.of(("127.0.0.0/8",), http=True)


def refusal(url: str, allowance: Allowance = PLAIN_HTTP) -> str:
    with pytest.raises(AddressRefusedError) as refused:
        check_url(url, allowance)
    return str(refused.value)


@pytest.mark.shared
def test_no_address_of_the_vectors_that_are_to_be_denied_is_public() -> None:
    assert len(DENIED) > 30
    assert [address for address in DENIED if is_public(address)] == []


@pytest.mark.shared
def test_every_address_of_the_vectors_that_is_to_be_allowed_is_public() -> None:
    assert [address for address in ALLOWED if not is_public(address)] == []


@pytest.mark.shared
def test_every_url_of_the_vectors_is_refused_before_anybody_is_asked_even_where_plain_http_is_allowed() -> None:
    for url in REFUSED_URLS:
        assert refusal(url)


@pytest.mark.parametrize(
    "address",
    [
        "168.63.129.16",
        "100.100.100.200",
        "192.0.0.192",
        "fd00:ec2::254",
        "fd20:ce::254",
        "64:ff9b:1::808:808",
        "::8.8.8.8",
        "::ffff:8.8.8.8",
        "::ffff:0:8.8.8.8",
        "fec0::1",
        "2001:db8::1",
        "2001:2::1",
        "3fff::1",
        "5f00::1",
        "192.0.2.1",
        "198.51.100.1",
        "203.0.113.1",
        "192.88.99.1",
        "ff0e::1",
        "2606:4700:4700::1111%eth0",
        "127.1",
        "0x7f000001",
        "010.0.0.1",
        "example.com",
        "",
    ],
)
def test_what_only_looks_public_is_not(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "172.15.255.255", "172.32.0.0", "2a00:1450:4001:80b::200e"])
def test_what_anybody_may_reach_is_public(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses())
def test_a_public_address_is_global_and_not_a_group(address: IPv4Address | IPv6Address) -> None:
    if is_public(str(address)):
        assert address.is_global
        assert not address.is_multicast


@given(st.ip_addresses(v=4))
def test_ipv4_in_the_clothes_of_ipv6_is_never_public(address: IPv4Address) -> None:
    number = int(address)
    teredo = (0x20010000 << 96) | (number ^ 0xFFFFFFFF)
    clothes = (number, 0xFFFF << 32 | number, 0x0064FF9B << 96 | number, 0x2002 << 112 | number << 80, teredo)

    assert not any(is_public(str(IPv6Address(clothed))) for clothed in clothes)


@pytest.mark.parametrize(
    ("url", "spelt"),
    [
        ("https://hooks.example.com", "https://hooks.example.com/"),
        ("HTTPS://Hooks.Example.COM:443/A?b=%20c", "https://hooks.example.com/A?b=%20c"),
        ("https://hooks.example.com:8443/x", "https://hooks.example.com:8443/x"),
        ("https://hooks.example.com?x=1", "https://hooks.example.com/?x=1"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://8.8.8.8/", "https://8.8.8.8/"),
        ("https://[2606:4700:4700:0::1111]:8443/", "https://[2606:4700:4700::1111]:8443/"),
    ],
)
def test_a_url_that_is_accepted_has_one_spelling(url: str, spelt: str) -> None:
    target = check_url(url)

    assert target.url == spelt
    assert check_url(target.url) == target


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://hooks.example.com/", "The URL starts with http://, and only https:// is accepted"),
        ("hooks.example.com", "The URL does not start with https://"),
        ("ws://hooks.example.com/", "The URL does not start with https://"),
        ("https://user@hooks.example.com/", "The URL has a user name or a password in it"),
        ("https://@hooks.example.com/", "The URL has a user name or a password in it"),
        ("https://hooks.example.com/#top", "The URL has a fragment, which would never be sent"),
        ("https://", "The URL has no host"),
        ("https:///path", "The URL has no host"),
        ("https://:443/", "The URL has no host"),
        ("https://hooks.example.com./", "The URL's host is not a domain name"),
        ("https://hooks..example.com/", "The URL's host is not a domain name"),
        ("https://-hooks.example.com/", "The URL's host is not a domain name"),
        ("https://hooks_1.example.com/", "The URL's host is not a domain name"),
        ("https://hooks。example.com/", "The URL's host is not a domain name"),
        ("https://%68ooks.example.com/", "The URL's host is not a domain name"),
        (f"https://{'a' * 64}.example.com/", "The URL's host is not a domain name"),
        (f"https://{'a.' * 130}example.com/", "The URL's host is not a domain name"),
        ("https://hooks/", "The URL's host is a name without a dot, which only a private network knows"),
        ("https://1.2.3/", "The URL's host is a number, but no address in its usual spelling"),
        ("https://01.2.3.4/", "The URL's host is a number, but no address in its usual spelling"),
        ("https://hooks.0x1f/", "The URL's host is a number, but no address in its usual spelling"),
        ("https://[2606:4700::1]x/", "The URL's host is a number, but no address in its usual spelling"),
        ("https://[v1.hooks]/", "The URL's host is a number, but no address in its usual spelling"),
        ("https://[::1/", "The URL cannot be read"),
        ("https://10.0.0.1/", "The URL's host is an address that is not public"),
        ("https://hooks.example.com:22/", "The URL's port is neither 443 nor one from 1024 to 65535"),
        ("https://hooks.example.com:/", "The URL's port is neither 443 nor one from 1024 to 65535"),
        ("https://hooks.example.com:65536/", "The URL's port is neither 443 nor one from 1024 to 65535"),
        ("https://hooks.example.com:0443/", "The URL's port is neither 443 nor one from 1024 to 65535"),
        (
            "https://hooks.example.com:\uff18\uff14\uff14\uff13/",
            "The URL's port is neither 443 nor one from 1024 to 65535",
        ),
        ("https://hooks.example.com/a b", "The URL has a space, a backslash or a character that cannot be seen"),
        ("https://hooks.example.com/\u200b", "The URL has a space, a backslash or a character that cannot be seen"),
        ("https://hooks.example.com/ü", "The URL has characters after its host that should be percent-encoded"),
        (f"https://hooks.example.com/{'a' * LONGEST_URL}", "The URL is longer than 2048 characters"),
    ],
)
def test_the_sentence_of_a_refusal_says_what_to_change(url: str, sentence: str) -> None:
    assert refusal(url, Allowance()) == sentence


def test_an_operator_can_allow_plain_http_and_a_network_of_its_own() -> None:
    assert check_url("http://127.0.0.1:8080/in", LOOPBACK).url == "http://127.0.0.1:8080/in"
    assert check_url("http://subscriber/in", LOOPBACK).host == "subscriber"
    assert LOOPBACK.covers("127.255.0.1")
    assert LOOPBACK.covers("8.8.8.8")
    assert not LOOPBACK.covers("10.0.0.1")
    assert not LOOPBACK.covers("::ffff:127.0.0.1")
    assert not LOOPBACK.covers("localhost")


def test_a_network_with_bits_beyond_its_prefix_is_no_network() -> None:
    with pytest.raises(ValueError, match="has host bits set"):
        Allowance.of(("127.0.0.1/8",))


@given(st.text(max_size=60))
def test_whatever_follows_the_scheme_is_either_refused_or_has_a_host_that_is_spelt_plainly(rest: str) -> None:
    try:
        target = check_url(f"https://{rest}")
    except AddressRefusedError:
        return
    assert target.url.isascii()
    assert target.host == target.host.lower()
    assert ":" not in target.host or is_public(str(ip_address(target.host)))
