"""What asking costs: every token paid for once, and nothing unknown taken for zero."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from psychocounsel_data.calls.call import Call
from psychocounsel_data.config import PriceConfig, TokenPrices
from psychocounsel_data.errors import ConfigError
from psychocounsel_data.exchange import Message, ReplySchema, Request
from psychocounsel_data.pricing.allowance import Allowance
from psychocounsel_data.pricing.cost import Bill, Tokens, cost, counted
from psychocounsel_data.pricing.ledger import read_ledger
from psychocounsel_data.pricing.table import PriceTable
from psychocounsel_data.pricing.tokens import measure_for, most_input_tokens, request_tokens
from psychocounsel_data.prompts import Prompt
from psychocounsel_data.records import Sampling, Usage

SONNET = TokenPrices(input=3, cached_input=0.3, cache_write=3.75, output=15)
SHIPPED = PriceTable({})
O200K = measure_for("openai:gpt-4o")
PARTS = st.integers(0, 1_000_000)


@st.composite
def whole_tokens(draw: st.DrawFn) -> Tokens:
    """Counts as a server gives them: the parts are no more than the whole."""
    fresh, cached, written, said, reasoning = (draw(PARTS) for _ in range(5))
    return Tokens(fresh + cached + written, said + reasoning, cached, written, reasoning)


def test_every_token_is_paid_for_once_and_at_its_own_price() -> None:
    """1,000 fresh at 3, 4,000 cached at 0.30, 2,000 written at 3.75, 500 out at 15 a million."""
    usage = Usage(
        input_tokens=7_000, cached_tokens=4_000, cache_write_tokens=2_000, output_tokens=500
    )
    tokens = counted(usage)
    assert tokens is not None

    assert cost(tokens, SONNET) == pytest.approx(0.003 + 0.0012 + 0.0075 + 0.0075)


def test_reasoning_has_its_own_price_where_there_is_one() -> None:
    """It is a part of the output and charged like it unless a service says otherwise."""
    tokens = Tokens(output=1_000_000, reasoning=400_000)

    assert cost(tokens, TokenPrices(input=1, output=10)) == pytest.approx(10)
    assert cost(tokens, TokenPrices(input=1, output=10, reasoning=5)) == pytest.approx(8)


@given(whole_tokens(), whole_tokens())
def test_the_cost_of_many_calls_is_that_of_their_summed_tokens(one: Tokens, two: Tokens) -> None:
    """So that sums are enough to keep."""
    assert cost(one + two, SONNET) == pytest.approx(cost(one, SONNET) + cost(two, SONNET))


@pytest.mark.parametrize("usage", [Usage(), Usage(input_tokens=5), Usage(output_tokens=5)])
def test_tokens_that_were_not_counted_cost_something_unknown(usage: Usage) -> None:
    """Half of a count is none: a cost of zero for the other half would be believed."""
    assert counted(usage) is None


def test_a_sum_says_what_it_lacks() -> None:
    """An amount alone would be read as the whole."""
    bills = [Bill.of(1.2, 5), Bill.of(None, 3), Bill()]

    assert [str(one) for one in bills] == ["$1.20", "unknown", "$0.00"]
    assert str(sum(bills, Bill())) == "$1.20 + 3 calls of unknown cost"


def test_run_yaml_goes_before_the_shipped_prices() -> None:
    """A price may have changed since, or be another in a contract."""
    table = PriceTable({"openai:gpt-4o": PriceConfig(input=1, output=2)})
    found = table.of("openai:gpt-4o")
    shipped = SHIPPED.of("openai:gpt-4o")
    assert found is not None
    assert shipped is not None

    assert (found.live.input, found.batch, found.as_of) == (1, None, None)
    assert (shipped.live.input, shipped.live.output) == (2.5, 10)
    assert shipped.as_of is not None


def test_a_dated_name_costs_what_its_model_costs() -> None:
    """And a name that only looks alike has no known price."""
    assert SHIPPED.of("openai:gpt-4o-2024-08-06") == SHIPPED.of("openai:gpt-4o")
    assert SHIPPED.of("openai:gpt-4o-2031-01-01") is None
    assert SHIPPED.of("together:gpt-4o") is None


@pytest.mark.parametrize(
    "model",
    ["vllm:m", "ollama:m", "llama-server:m", "llamacpp:m.gguf", "offline:eliza", "column:a"],
)
def test_what_runs_on_ones_own_machine_costs_nothing(model: str) -> None:
    """By its nature, not for want of a price; unless run.yaml charges for a rented machine."""
    rented = PriceConfig(input=0.1, output=0.1)
    price = SHIPPED.of(model)
    own = PriceTable({model: rented}).of(model)
    assert price is not None
    assert own is not None

    assert price.free
    assert (own.free, own.live) == (False, rented)


def test_no_shipped_price_is_mistyped() -> None:
    """A batch is cheaper than live, the cache cheaper than fresh input, input than output."""
    models = SHIPPED.names
    assert len(models) > 30
    for model in models:
        price = SHIPPED.of(model)
        assert price is not None
        live, batch = price.live, price.batch

        assert live.input < live.output, model
        assert live.cached_input is None or live.cached_input < live.input, model
        assert live.cache_write is None or live.cache_write > live.input, model
        if batch is not None:
            assert batch.input == live.input / 2, model
            assert batch.output == live.output / 2, model


def write(path: Path, *records: dict[str, object]) -> Path:
    path.write_text("".join(json.dumps(one) + "\n" for one in records))
    return path


def test_failed_calls_and_batches_are_on_the_bill(tmp_path: Path) -> None:
    """gpt-4o: live 2.50 and 10 a million, half in a batch; an unreadable reply was paid for too."""
    million = {"input_tokens": 1_000_000, "output_tokens": 100_000}
    answers = write(
        tmp_path / "responses.jsonl",
        {"id": "1", "model": "openai:gpt-4o", "usage": million},
        {"id": "2", "model": "openai:gpt-4o", "usage": million, "batch": "b"},
        {"id": "3", "model": "openai:gpt-4o", "usage": {}},
    )
    failures = write(
        tmp_path / "failures.jsonl",
        {"id": "4", "stage": "generate", "model": "openai:gpt-4o", "usage": million},
        {"id": "5", "stage": "generate", "model": "openai:gpt-4o", "usage": {}},
        {"id": "6", "stage": "judge", "model": "openai:gpt-4o", "usage": million},
    )
    ledger = read_ledger("generate", answers, failures)
    bill = ledger.bill("openai:gpt-4o", SHIPPED.of("openai:gpt-4o"))

    assert bill == Bill(3.5 + 1.75 + 3.5, unknown=1)
    assert ledger.bill("openai:gpt-4o", None) == Bill(unknown=4)


SOURCE = (
    "{% block system %}Be kind.{% endblock %}{% block user %}{{ speech }}{% endblock %}"
    "{% block repair %}{{ error }}{% endblock %}"
)
MODEL = "openai:gpt-4o-mini"


def call(number: int, text: str = "", max_tokens: int = 100) -> Call:
    return Call(
        id=f"{number:032x}",
        subject="s",
        speech_id="s",
        model=MODEL,
        prompt=Prompt("p", SOURCE, {}),
        inputs={"speech": text},
        sampling=Sampling(max_tokens=max_tokens),
    )


@given(
    st.floats(0, 0.01),
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.booleans()), max_size=60),
)
def test_an_allowance_is_never_passed_whatever_is_in_flight(
    limit: float, steps: list[tuple[float, float, bool]]
) -> None:
    """Answers as long as they may be, in any order, several on their way."""
    allowance = Allowance(limit, SHIPPED, [MODEL])
    flying: list[Call] = []
    for number, (asked, answered, lands) in enumerate(steps):
        one = call(number, "x" * 500)
        if allowance.reserve(one):
            flying.append(one)
        if flying and lands:
            landed = flying.pop(0)
            most = most_input_tokens(landed.request())
            used = Usage(input_tokens=int(asked * most), output_tokens=int(answered * 100))
            allowance.settle(landed, used)

        assert allowance.spent_usd + allowance.held_usd <= limit * (1 + 1e-9)
    for one in flying:
        allowance.settle(one, Usage(input_tokens=0, output_tokens=100))

    assert allowance.spent_usd <= limit * (1 + 1e-9)


def test_what_is_not_counted_is_taken_for_the_most() -> None:
    """An answer without token counts, and a request that broke off, may have cost all of it."""
    allowance = Allowance(1, SHIPPED, [MODEL])
    nothing = Usage(input_tokens=0, output_tokens=0)
    assert allowance.reserve(call(1))
    most = allowance.held_usd
    allowance.settle(call(1), Usage())
    assert allowance.reserve(call(2))
    allowance.settle(call(2), nothing, lost=2)
    assert allowance.reserve(call(3))
    allowance.settle(call(3), nothing)

    assert allowance.spent_usd == pytest.approx(3 * most)
    assert allowance.held_usd == pytest.approx(0)


def test_a_question_put_once_more_may_cost_more() -> None:
    """Its first reply goes along, which is as long as it was allowed to be."""
    allowance = Allowance(1, SHIPPED, [MODEL])
    assert allowance.reserve(call(1))
    first = allowance.held_usd
    allowance.settle(call(1), Usage(input_tokens=0, output_tokens=0))
    assert allowance.reserve(call(1))

    assert allowance.held_usd > first + 100 * 0.15 / 1_000_000


def test_a_model_without_a_price_cannot_be_kept_within_a_limit() -> None:
    """The message names it, and what to write."""
    with pytest.raises(ConfigError, match=r'together:foo.*`prices: \{"together:foo": \{input'):
        Allowance(1, SHIPPED, [MODEL, "together:foo"])
    with pytest.raises(ConfigError, match=r"no batch price is known for gemini:gemini-2.5-pro"):
        Allowance(1, SHIPPED, ["gemini:gemini-2.5-pro"], batch=True)


def request(text: str) -> Request:
    schema = ReplySchema("rating", {"type": "object", "properties": {"a": {"type": "string"}}})
    messages = (Message("system", "Be kind."), Message("user", text))
    return Request("gpt-4o", messages, Sampling(), schema, {})


@given(st.text())
def test_no_text_has_more_tokens_than_the_most_it_can_have(text: str) -> None:
    """Measured with the real vocabulary, over any Unicode."""
    assert O200K.name == "o200k_base, measured"
    assert request_tokens(request(text), O200K) <= most_input_tokens(request(text))


def test_without_a_tokenizer_tokens_are_a_stated_guess() -> None:
    """Nobody publishes Anthropic's, and nothing is fetched."""
    measure = measure_for("anthropic:claude-haiku-4-5")

    assert "guess" in measure.name
    assert measure.tokens("four") == 1
