import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.oauth.public import is_public


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "2001:4860:4860::8888", "64:ff9b::808:808"]
)
def test_what_anybody_could_reach_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("127.0.0.1", id="loopback"),
        pytest.param("0.0.0.0", id="unspecified"),  # noqa: S104 - nothing listens there
        pytest.param("10.1.2.3", id="private A"),
        pytest.param("172.31.255.255", id="private B"),
        pytest.param("192.168.1.1", id="private C"),
        pytest.param("169.254.169.254", id="cloud metadata"),
        pytest.param("100.64.0.1", id="carrier NAT"),
        pytest.param("192.0.0.9", id="protocol assignments"),
        pytest.param("192.88.99.1", id="6to4 relay"),
        pytest.param("198.18.0.1", id="benchmarks"),
        pytest.param("203.0.113.1", id="documentation"),
        pytest.param("224.0.0.1", id="multicast"),
        pytest.param("239.255.255.250", id="multicast, local"),
        pytest.param("240.0.0.1", id="reserved"),
        pytest.param("255.255.255.255", id="broadcast"),
        pytest.param("::1", id="loopback 6"),
        pytest.param("::", id="unspecified 6"),
        pytest.param("::ffff:127.0.0.1", id="mapped loopback"),
        pytest.param("::ffff:8.8.8.8", id="mapped"),
        pytest.param("::127.0.0.1", id="compatible"),
        pytest.param("::ffff:0:127.0.0.1", id="translated"),
        pytest.param("64:ff9b::7f00:1", id="NAT64 to loopback"),
        pytest.param("64:ff9b::a9fe:a9fe", id="NAT64 to cloud metadata"),
        pytest.param("64:ff9b:1::7f00:1", id="NAT64, local"),
        pytest.param("2002:7f00:1::", id="6to4 to loopback"),
        pytest.param("2002:808:808::", id="6to4"),
        pytest.param("2001:0:7f00:1::", id="Teredo"),
        pytest.param("2001:db8::1", id="documentation 6"),
        pytest.param("3fff::1", id="documentation 6, new"),
        pytest.param("fc00::1", id="unique local"),
        pytest.param("fd00:ec2::254", id="cloud metadata 6"),
        pytest.param("fe80::1", id="link-local"),
        pytest.param("fe80::1%eth0", id="link-local with zone"),
        pytest.param("fec0::1", id="site-local"),
        pytest.param("ff02::1", id="multicast 6"),
        pytest.param("ff0e::1", id="multicast 6, global"),
        pytest.param("100::1", id="discard"),
        pytest.param("5f00::1", id="segment routing"),
        pytest.param("4000::1", id="not given out"),
        *("", "localhost", "127.1", "0x7f.0.0.1", "2130706433", "8.8.8.8.", "8.8.8.8/32", "[::1]"),
    ],
)
def test_everything_else_is_not(address: str) -> None:
    assert not is_public(address)


@given(st.ip_addresses(v=4))
def test_nat64_is_as_public_as_what_is_behind_it(address: object) -> None:
    assert is_public(f"64:ff9b::{address}") == is_public(str(address))
    assert not is_public(f"::ffff:{address}")
