"""A real language model server that starts in a tenth of a second and needs no download.

Here live a random Llama of half a megabyte, written as a GGUF file, and a context manager that
serves it with llama.cpp's own HTTP server inside the test's process. Tests get the true thing (a
chat template, sampling, token counts, prompt caching, a grammar that enforces a JSON schema) from
weights that know nothing.

Faults do not live here: llama.cpp answers well or not at all. For servers that misbehave see
`llm_server.py`.
"""

from __future__ import annotations

import functools
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import gguf
import numpy as np
import xllamacpp

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]

HIDDEN = 64
HEAD_SIZE = 16
FEED_FORWARD = 128
CONTEXT = 131_072

MODEL_NAME = "tiny-llama"
"""What the server calls the model, whichever seed made it."""

END = "<|end|>"
SPECIAL = (END, "<|system|>", "<|user|>", "<|assistant|>")
CHAT_TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}<|end|>"
    "{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
)

# Byte pair merges for the words that are not in WORDS, most useful first, `_` for a space. They
# were learnt from the words of this project's own principles and prompts.
MERGES = """
    i+n o+n e+s e+r a+t e+n in+g r+e e+d i+on a+n _+s o+r i+s i+t h+e _+c l+e a+r o+u _+a _+p
    _+m t+h e+l _+T c+e a+l c+t o+m _T+he r+es _+d c+h at+ion s+t s+e _+t p+l en+t _+f _+re _+b
    _+A t+s t+e l+a an+g t+ion u+n o+l _+e a+g i+d _c+on o+w l+y c+k _s+t d+s l+i r+i u+l r+at
    d+er i+g _+h m+p i+l e+y a+d _+O _+in p+e ou+n on+e l+o it+y _+W _+P n+e v+er u+t o+d h+er
    es+s e+f a+s _+C i+v i+c en+ce _+r _+R rat+ing o+p at+e x+pl es+tion _+g or+s m+s ct+ion
    a+in D+o th+er s+u f+f en+c a+m _+I _+Do s+es ou+r an+d _m+is i+r c+on ang+er a+le u+r
    r+ation ration+ale her+e el+l e+t ag+e _p+res _p+r _+S _+E a+b _+w u+estion o+b it+ion g+er
    K+ey A+n _+v xpl+or u+re te+ger m+ent k+s in+teger in+ition ef+inition ch+ors at+h ar+m
    _d+anger _c+om o+t is+e en+d c+ri a+y Q+uestion D+efinition An+chors _s+e _W+here _O+r t+er
    cri+b an+ce _c+h _a+d _+un y+ou xplor+ation th+ing q+u p+on er+s en+g ch+ed c+oun ar+t _a+b
    t+r res+pon eng+th e+p _+l p+o mp+ath le+v an+t _con+f _+N _+L ul+t om+y mpath+y m+at is+es
    i+ms e+xploration a+p a+k a+ck _s+h _m+od _m+e _d+is res+s om+e iv+e it+t is+t in+e i+es g+h
    el+y _r+un _pres+crib _p+la _a+m _+la s+ing re+at ou+s o+s o+ck l+ar f+e es+t a+c _st+r _s+u
    _R+e _O+ne ut+on uton+omy lev+ance lar+ity it+s e+ar an+s ab+le a+ched _re+ached _mod+el
    _h+ol _f+i _f+a _a+l _a+ims _+ob _+enc _+U w+or w+h u+se u+s t+he r+om n+ow m+o m+e id+e
    en+s e+c a+re _t+er _prescrib+ed _g+en _ch+ang _b+el _a+c _Do+es v+e st+r st+and re+e r+o
    r+it or+der m+pl is+h ig+h i+re i+ol f+or enc+y e+x e+ct ation+s an+n _v+iol _m+ed _in+ter
    _chang+ing _N+o _+F w+er ver+y u+age s+pe r+on od+e ir+m in+t he+l h+ow g+g fe+el f+a e+g
    der+stand coun+s ang+uage _re+f _p+y _med+ic _hol+ds _e+x _com+m _c+lo _a+s _C+on _+th _+li
    _+le _+k _+J w+e v+it v+es s+ed s+a p+s ou+t ou+gh ol+der m+u li+ent l+ed j+ect il+ity
    id+ent g+e ff+irm f+ul er+v er+g el+f e+ch ction+s ct+s c+or c+is c+i c+al a+se S+O SO+N
    _str+ength
""".split()

# What the model says, and what keeps a prompt short: with a space in front each is one token.
WORDS = """
    a able about above accept across act action actually add advice after again against age ago
    agree all allow almost alone already also although always am an anchor anchors and anger
    angry another answer answers anxiety anxious any anyone anything apart are around as ask
    asked asks aspect assume at attention autonomy avoid aware away back bad balance based be
    became because become been before begin behaviour being believe belongs better between bit
    blame body both boundaries break breaks breath brief bring brings build burden but by call
    calls calm calmly came can cannot care careful caring carry carrying case caught caution
    certain challenge chance change changes child choice choices choose circumstances clarity
    clear clearly client clients clinician close closing come comes comfort coming common
    compare concern concise confidence connect consider contact contains contemplation content
    context control cope correct correctly could counselling counsellor count country counts
    couple courage culture daily day days deal dealing decide decides decision decisions
    declined deep deeply definition describe describes describing despite detail dialogue did
    different differently difficult direct direction directly distress do does doing done doubt
    down during each early easy effort either else emotion emotional emotions empathic empathy
    empty encourage end energy enjoy enough entry even evening ever every everyone everything
    evidence exactly example exhausted expect experience explain exploration explore express
    face facing facts fail fair faith fall family far fault favour fear feel feeling feelings
    feels felt few find finding first fit fits five follow for form formulas forward four free
    friend friends from full further future gave general gentle get gets give given gives giving
    go goal goals goes going good great grief group growth guess guide guilt had half hand
    handle happen happened hard harm has have having he health hear heard hearing heart heavy
    help helpful helps her here high him hinted his hold home hope hoping hours how however
    human hurt hurts idea if imagine important in included information inside instead integer
    into invented invitation invite invites involved is issue it its itself job join judge just
    keep keeping keeps kind know knowledge known language lapse large last late lately later
    lead leading leads learn least leave leaves leaving left length less let level life light
    like likely limits line linked list listen little live lonely long longer look looking looks
    lose loss lost lot love low made main maintenance make makes making manage managing many
    marked material matter matters may maybe me mean meaning means meet mental mention mentioned
    message might mind mixed moment moments month months more morning most mother motives move
    much must my name named names naturally need needed needs neither nervous never new next
    night no none nor normal not note nothing notice noticed noticing now number object of off
    offer offered offers often on once one only open or order orders other others our out
    outside over overwhelmed own padding pain painful pair parent part particular particulars
    partner passage passes past patience patterns pause people perhaps person personal place
    plain plan play point possible practice praise preparation present pressure principle
    problem professional promise prompt proportion protect pushing put question questions quiet
    racing rate rated rather rating rationale reach read reader readiness reading ready real
    really reason reasons reassurance recognise reflect reflection reflects relationship
    relationships relax relevance remember repeated repetition reply resource resources respect
    respectful respects responds response responses rest return right rise risk room routine
    rule sad safe safety said same say saying says scale schema school score see seem seems seen
    self sense sentence sentences separate series set several shame share sharing she short
    should show shows side sign signs silence similar simple since single sit situation size
    sleep sleeping slow small so some someone something sometimes soon sorry sorts sound sounds
    space speak specific speech spend stage staging stand stands start starting state stated
    stay stays step steps still stop story strength strengthened stress stressed strong struggle
    stuck subject such suggest suggested suggestions support supportive sure tags take taken
    takes taking talk talking tell telling ten tend tentatively text texts than that the their
    them then therapist therapy there these they thing things think this those though thought
    thoughtful thoughts three through throughout tied time timing tips tired to today together
    told tomorrow tone too topic torn tough toward towards trouble true trust trusted trusting
    try trying turns twice two under understand understandable understanding understood until up
    us use used usually value values very view voice wait walk want wanted wants warm was way
    ways we week weeks weight well were what whatever when where whether which while who whole
    whose why will wish with within without wondering word worded wording words work working
    worried worry worth would write writer written wrote year years yes yet you young your
    yourself
""".split()
OPENERS = "I You It That This We What How Thank When Perhaps Maybe Your There".split()

# Whole pieces of a JSON object. Without them most of a judge's reply would be punctuation and field
# names, a step each; the two long ones are the fields of our own rubric.
FIELD, RATING = '":{"rationale":"', '","rating":'
JSON_PIECES = {'":{"': -5.0, '":"': -4.0, '","': -6.0, '"},"': -6.0, '},"': -6.0, '":': -9.0} | {
    FIELD: -3.0,
    RATING: -5.0,
}


class Habit(NamedTuple):
    """What the model tends to say next: logits gained by some tokens after some others."""

    after: tuple[str, ...]
    gains: dict[str, float]


SPOKEN = {f" {word}": 0.0 for word in WORDS} | {".": 3.0, "?": 3.6, ",": 2.4}
GRAMMAR = JSON_PIECES | dict.fromkeys('":{}[],', -12.0) | dict.fromkeys("0123456789", -7.0)
NO_STOP = dict.fromkeys(".?,", -12.0)

HABITS = (
    # A question ends a reply. In JSON the end token is masked, and the next best is the closing
    # quote, so rationales end like sentences long before a schema's maxLength.
    Habit(("?",), NO_STOP | {END: 45.0, RATING: 19.0, '","': 18.0, '"},"': 18.0, '"': 21.0}),
    Habit((".",), NO_STOP | {f" {word}": 14.0 for word in OPENERS}),
    Habit(
        ("<|assistant|>", '"', '":"', FIELD),
        dict.fromkeys(SPOKEN, -6.0) | NO_STOP | dict.fromkeys(OPENERS, 14.0),
    ),
    Habit((",", *OPENERS, *(f" {word}" for word in OPENERS)), NO_STOP),
)
"""One residual dimension each, beside the one that carries every token's own bias."""

LONG = 1 + len(HABITS)
"""The dimension that marks long words, which tell one text from another better than short ones."""
FIXED = 2 + len(HABITS)
FIXED_SIZE = 8.0
EMBEDDING_NORM = 15.0
RESIDUAL_RMS = 2.7
"""Of what reaches the last normalisation, measured: a little more comes from the layer."""


@functools.cache
def byte_alphabet() -> tuple[str, ...]:
    """The printable character that stands for each byte in a GGUF file: GPT-2's map."""
    plain = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    moved = (chr(0x100 + n) for n in range(0x100))
    return tuple(chr(byte) if byte in plain else next(moved) for byte in range(0x100))


def vocabulary() -> tuple[str, ...]:
    """Every ordinary token as text: bytes, merges, words with a space, words that open a reply."""
    single = map(chr, range(0x100))
    pieces = [merge.replace("+", "").replace("_", " ") for merge in MERGES]
    spaced = [f" {word}" for word in (*WORDS, *OPENERS)]
    # Each once: "I" is a byte and an opener, and llama.cpp aborts the process on a double.
    return tuple(dict.fromkeys((*single, *pieces, *spaced, *OPENERS, *JSON_PIECES)))


def spelled(token: str) -> str:
    """A token in the byte alphabet, as a GGUF file stores it."""
    return "".join(byte_alphabet()[byte] for byte in token.encode("latin-1"))


def own_bias(token: str) -> float:
    """The logit of a token before context: words are likely, bytes that are not text never."""
    if token in SPOKEN:
        return SPOKEN[token]
    if token in GRAMMAR or token in OPENERS:
        return GRAMMAR.get(token, -10.0)
    text = token.isascii() and token.isprintable() and token != " " and token not in SPECIAL
    # Longer pieces first, so that the names of JSON fields take few steps.
    return min(len(token), 8) - 15.0 if text else -18.0


def _normal(rng: np.random.Generator, rows: int, columns: int, *, std: float) -> Matrix:
    return (rng.standard_normal((rows, columns)) * std).astype(np.float32)


def _blind(weight: Matrix) -> Matrix:
    """The matrix, reading no fixed dimension."""
    return weight * (np.arange(HIDDEN) >= FIXED).astype(np.float32)


def _embedding(rng: np.random.Generator, tokens: Sequence[str]) -> Matrix:
    """Rows of equal norm: the constant, the habits this token starts, and noise for the rest."""
    fixed = np.zeros((len(tokens), FIXED), np.float32)
    fixed[:, 0] = FIXED_SIZE
    for column, habit in enumerate(HABITS, start=1):
        fixed[[token in habit.after for token in tokens], column] = FIXED_SIZE
    fixed[[token in SPOKEN and len(token) > 6 for token in tokens], LONG] = FIXED_SIZE
    noise = _normal(rng, len(tokens), HIDDEN - FIXED, std=1.0)
    room = np.sqrt(EMBEDDING_NORM**2 - (fixed**2).sum(axis=1, keepdims=True))
    return np.hstack([fixed, noise / np.linalg.norm(noise, axis=1, keepdims=True) * room])


def _output(rng: np.random.Generator, tokens: Sequence[str], embedding: Matrix) -> Matrix:
    """The matrix whose fixed columns turn the constant and the habits into logits."""
    unit = FIXED_SIZE / RESIDUAL_RMS
    output = _blind(_normal(rng, len(tokens), HIDDEN, std=1.2 / np.sqrt(HIDDEN - FIXED)))
    # Less noise for tokens that come up in every reply: else one would always win, one never.
    output[[token.strip() in (*OPENERS, *".?,") for token in tokens]] /= 2
    _free_ratings(output, tokens, embedding)
    output[:, 0] = [own_bias(token) / unit for token in tokens]
    for column, habit in enumerate(HABITS, start=1):
        output[:, column] = [habit.gains.get(token, 0.0) / unit for token in tokens]
    return output


def _free_ratings(output: Matrix, tokens: Sequence[str], embedding: Matrix) -> None:
    """Make a rating come from the case, not from the token that stands before every rating."""
    digits = [tokens.index(digit) for digit in "12345"]
    for before in (RATING, '":'):
        axis = _blind(embedding[[tokens.index(before)]])
        output[digits] -= output[digits] @ axis.T @ axis / (axis**2).sum()
    output[digits] *= 2


def _recent(rng: np.random.Generator) -> Matrix:
    """Queries or keys: random, but for the slowest pair of the rotation, which tells distance.

    Its score is a cosine of the distance, flat within a user's message and steep beyond, and
    greater for long words. So the model attends to the words of the case it was told last, rather
    than to "the" or to a system prompt that it has always seen.
    """
    # Large, so that attention picks a few tokens: a mean over a whole prompt would be nearly the
    # same for every prompt, and so would the replies.
    weight = _blind(_normal(rng, HEAD_SIZE, HIDDEN, std=0.3))
    weight[-2:] = 0
    weight[-2, [0, LONG]] = 3.5, 0.7
    return weight


def _layer(rng: np.random.Generator) -> dict[str, Matrix]:
    """One block. It writes no fixed dimension, so the biases come through."""
    mute = (np.arange(HIDDEN) >= FIXED).astype(np.float32)[:, np.newaxis]
    return {
        "attn_norm": np.ones(HIDDEN, np.float32),
        "attn_q": _recent(rng),
        "attn_k": _recent(rng),
        "attn_v": _blind(_normal(rng, HEAD_SIZE, HIDDEN, std=0.2)),
        "attn_output": _normal(rng, HIDDEN, HEAD_SIZE, std=0.6) * mute,
        "ffn_norm": np.ones(HIDDEN, np.float32),
        "ffn_gate": _blind(_normal(rng, FEED_FORWARD, HIDDEN, std=0.12)),
        "ffn_up": _blind(_normal(rng, FEED_FORWARD, HIDDEN, std=0.12)),
        "ffn_down": _normal(rng, HIDDEN, FEED_FORWARD, std=0.15) * mute,
    }


def _add_architecture(writer: gguf.GGUFWriter) -> None:
    writer.add_name(MODEL_NAME)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(HIDDEN)
    writer.add_block_count(1)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(1)
    writer.add_head_count_kv(1)
    writer.add_key_length(HEAD_SIZE)
    writer.add_value_length(HEAD_SIZE)
    writer.add_rope_dimension_count(HEAD_SIZE)
    writer.add_layer_norm_rms_eps(1e-5)


def _add_tokenizer(writer: gguf.GGUFWriter, ordinary: Sequence[str]) -> None:
    writer.add_tokenizer_model("gpt2")
    # This pre-tokeniser takes a whole word as one token when the vocabulary has it, so WORDS need
    # no chain of merges.
    writer.add_tokenizer_pre("llama-bpe")
    writer.add_token_list([*map(spelled, ordinary), *SPECIAL])
    kinds = [gguf.TokenType.NORMAL] * len(ordinary) + [gguf.TokenType.CONTROL] * len(SPECIAL)
    writer.add_token_types(kinds)
    writer.add_token_merges(
        [merge.replace("_", spelled(" ")).replace("+", " ") for merge in MERGES]
    )
    writer.add_vocab_size(len(kinds))
    writer.add_eos_token_id(len(ordinary))
    writer.add_add_bos_token(False)
    writer.add_chat_template(CHAT_TEMPLATE)


def _weights(tokens: Sequence[str], seed: int) -> dict[str, Matrix]:
    rng = np.random.default_rng(seed)
    embedding = _embedding(rng, tokens)
    outer = {
        "token_embd": embedding,
        "output": _output(rng, tokens, embedding),
        "output_norm": np.ones(HIDDEN, np.float32),
    }
    return outer | {f"blk.0.{name}": weight for name, weight in _layer(rng).items()}


def make_gguf(path: Path, seed: int = 0) -> Path:
    """Write the random Llama of this seed to `path`, and return `path`.

    One seed gives the same bytes every time; two seeds give two models that answer differently.
    """
    ordinary = vocabulary()
    writer = gguf.GGUFWriter(path, "llama")
    _add_architecture(writer)
    _add_tokenizer(writer, ordinary)
    for name, weight in _weights((*ordinary, *SPECIAL), seed).items():
        # llama.cpp wants normalisations in full precision; for matrices half is plenty.
        half = weight.astype(np.float16) if weight.ndim == 2 else weight
        writer.add_tensor(f"{name}.weight", half)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _parameters(gguf_path: Path, *, parallel: int, n_ctx: int) -> xllamacpp.CommonParams:
    params = xllamacpp.CommonParams()
    params.model.path = str(gguf_path)
    params.model_alias = {MODEL_NAME}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_parallel = parallel
    params.n_ctx = n_ctx * parallel
    params.n_ubatch = 128
    # A matrix this small is slower on two threads than on one, by a factor of four.
    params.cpuparams.n_threads = 1
    params.cpuparams_batch.n_threads = 1
    # Every keep-alive connection holds one HTTP thread until it has been idle for seconds.
    params.n_threads_http = 64
    params.cache_ram_mib = 0
    # Keys of sixteen numbers: the blocked kernel is three times slower than the plain one.
    params.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
    params.warmup = False
    params.endpoint_metrics = True
    params.verbosity = -1
    return params


@contextmanager
def serve(gguf: Path, *, parallel: int = 4, n_ctx: int = 16_384) -> Iterator[str]:
    """Serve `gguf` on a free port of 127.0.0.1 and yield the base URL, which ends in /v1.

    `parallel` requests are answered at once, each in a context of `n_ctx` tokens; more wait. The
    server keeps the prompt of each slot, so a shared system prompt is read once a slot.
    Raises `RuntimeError` when llama.cpp cannot load the file.
    """
    server = xllamacpp.Server(_parameters(gguf, parallel=parallel, n_ctx=n_ctx))
    # The first task proves that the loop runs: a server closed before its loop has started never
    # stops, and takes the process with it.
    server.handle_metrics()
    try:
        yield f"{server.listening_address}/v1"
    finally:
        del server
