import redis


def test_the_redis_of_the_tests_has_what_a_shared_window_needs(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url, socket_timeout=5) as client:
        version = tuple(int(part) for part in client.info("server")["redis_version"].split(".")[:2])
        assert version >= (6, 2)
        # A shared window takes its time from the server, inside one script that also writes.
        script = "local t = redis.call('TIME'); redis.call('SET', KEYS[1], t[1], 'PX', ARGV[1]); return t"
        seconds, _ = client.eval(script, 1, "{account}:t", 1000)
        assert client.get("{account}:t") == seconds
