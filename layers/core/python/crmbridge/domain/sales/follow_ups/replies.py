"""What a reply means where it must not be misunderstood: never write again, write again, yes, no."""

from __future__ import annotations

from typing import Literal, TypeAlias

from crmbridge.domain.sales.facts import plain

Meaning: TypeAlias = Literal["opt_out", "opt_in", "yes", "no", "other"]

OPT_OUT_WORDS = frozenset(
    {
        *("pare", "parar", "para", "sair", "descadastrar", "descadastro", "remover"),
        *("stop", "stopall", "unsubscribe", "quit"),
    }
)
"""A message that is nothing but one of these words ends all messages."""

OPT_OUT_PHRASES = (
    "pare de mandar",
    "pare de enviar",
    "parem de mandar",
    "parem de enviar",
    "para de mandar",
    "nao me mande mais",
    "nao me mandem mais",
    "nao envie mais",
    "nao enviem mais",
    "nao quero mais receber",
    "nao quero receber mais",
    "nao desejo receber",
    "me tire da lista",
    "me tira da lista",
    "me remova",
    "me descadastre",
    "sair da lista",
    "stop sending",
    "stop messaging",
    "stop texting",
    "stop contacting",
    "do not contact me",
    "dont contact me",
    "do not message me",
    "remove me from",
    "take me off",
    "unsubscribe me",
    "opt out",
)
"""A message with one of these in it does too."""

OPT_IN_WORDS = frozenset({"voltar", "start", "unstop"})

YES = frozenset(
    {
        *("sim", "s", "ok", "okay", "claro", "confirmo", "confirmado", "confirmada", "combinado", "pode ser"),
        *("esta de pe", "ta de pe", "com certeza", "estarei la", "pode confirmar", "sim confirmo", "esta confirmado"),
        *("yes", "yep", "sure", "confirmed", "i confirm", "yes i confirm", "see you"),
    }
)
NO = frozenset(
    {
        *("nao", "n", "nao posso", "nao vou poder", "nao da", "cancelar", "cancela", "desmarcar", "remarcar"),
        *("quero remarcar", "vamos remarcar", "no", "nope", "i cant", "not today", "cancel"),
    }
)
"""``cancelar`` answers a question about a meeting; it does not end all messages."""

THUMBS_UP = "\N{THUMBS UP SIGN}"


def meaning(text: str) -> Meaning:
    """Return what a message means, by its words without case, accents and punctuation.

    Example:
        >>> [meaning(text) for text in ("PARE!", "Sim, confirmo", "Vou sair agora", "stop by tomorrow")]
        ['opt_out', 'yes', 'other', 'other']
    """
    words = _words(text)
    if words in OPT_OUT_WORDS or any(f" {phrase} " in f" {words} " for phrase in OPT_OUT_PHRASES):
        return "opt_out"
    if words in OPT_IN_WORDS:
        return "opt_in"
    if words in YES or (not words and THUMBS_UP in text):
        return "yes"
    return "no" if words in NO else "other"


def _words(text: str) -> str:
    kept = (letter if letter.isalnum() else " " for letter in plain(text).replace("'", "").replace("\u2019", ""))
    return " ".join("".join(kept).split())
