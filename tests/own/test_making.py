"""What `advise` does around the answer."""

import pytest
from threadpoolctl import threadpool_info, threadpool_limits


def test_products_of_matrices_are_left_to_one_thread(monkeypatch):
    """Beside other busy threads, those of BLAS waited for each other for twice the work's time."""
    from glyph_transfer.own import making

    class Seen(Exception):
        pass

    def give(*_):
        raise Seen([pool["num_threads"] for pool in threadpool_info() if is_blas(pool)])

    def is_blas(pool):
        return pool["user_api"] == "blas"

    monkeypatch.setattr(making.sources, "load_all", dict)
    monkeypatch.setattr(making.advice, "give", give)
    with threadpool_limits(2, user_api="blas"), pytest.raises(Seen) as seen:
        making.make("any", None, {}, 0, 1.0, 0.0)
    (threads,) = seen.value.args
    assert set(threads) == {1}
