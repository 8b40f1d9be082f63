"""Texts of follow-ups: the founding ones in Portuguese, ours in English."""

from __future__ import annotations

from collections.abc import Mapping

Texts = Mapping[str, str]

KINDS = ("immediate", "daily", "default", "meeting_confirmation", "proposal", "re_engagement", "repair")
VARIABLES = frozenset({"name", "company", "product", "representative", "meeting_time", "discount"})
"""What a text may name in braces; ``name`` is the first name."""

PORTUGUESE: Texts = {
    "immediate": """Oi {name}! 👋

Percebi que você parou de responder. Está tudo bem?

Se tiver alguma dúvida sobre energia solar ou nossos planos de economia, estou aqui para ajudar!

Que tal continuarmos nossa conversa? 😊""",
    "daily": """Olá {name}! ☀️

Ontem conversamos sobre economia na conta de luz, mas não conseguimos finalizar.

Você ainda tem interesse em descobrir como economizar até 20% todo mês?

Posso te mostrar exatamente quanto você economizaria! 💰""",
    "default": "Olá {name}! Tudo bem? Vamos continuar nossa conversa sobre energia solar?",
    "meeting_confirmation": """Bom dia, {name}! 🌞

Passando para confirmar nossa reunião de hoje sobre seu projeto de energia solar.

Ainda está de pé? Me confirma por favor para eu preparar tudo certinho para você!

Qualquer imprevisto, podemos remarcar sem problemas. 📅""",
    "proposal": """Oi {name}! 📋

Você recebeu a proposta que enviei sobre seu sistema de energia solar?

Preparei tudo com muito carinho baseado no que conversamos. A economia ficou bem interessante!

Posso tirar alguma dúvida sobre a proposta? 🤔""",
    "re_engagement": """Olá {name}! 😊

Faz um tempinho que não conversamos sobre seu projeto de energia solar.

Muita coisa melhorou nos últimos meses:
✅ Novas condições de pagamento
✅ Tecnologia mais eficiente
✅ Instalação mais rápida

Que tal retomarmos? Posso te mostrar as novidades!""",
    "repair": """Olá {name}! Faz duas semanas que seu aparelho ficou pronto.

Está tudo funcionando bem? Se quiser, conte para nós como foi.""",
}

ENGLISH: Texts = {
    "immediate": """Hi {name}! 👋

We stopped halfway through. Is everything all right?

Ask me anything about solar energy or about what you could save. Shall we go on? 😊""",
    "daily": """Hello {name}! ☀️

Yesterday we talked about your electricity bill and did not finish.

Would you still like to know how to save up to 20% every month? I can show you the exact amount. 💰""",
    "default": "Hello {name}! How are you? Shall we go on talking about solar energy?",
    "meeting_confirmation": """Good morning, {name}! 🌞

I am writing to confirm today's meeting about your solar project.

Does it still suit you? If anything has come up, we can move it. 📅""",
    "proposal": """Hi {name}! 📋

Did you receive the proposal for your solar system?

The savings look good. Is there anything in it you would like to ask about? 🤔""",
    "re_engagement": """Hello {name}! 😊

It has been a while since we talked about your solar project.

Since then:
✅ New ways to pay
✅ More efficient panels
✅ Faster installation

Shall we pick it up again? I can show you what is new.""",
    "repair": """Hello {name}! Your device was ready two weeks ago.

Is everything working well? We would be glad to hear how it went.""",
}

LANGUAGES: Mapping[str, Texts] = {"pt": PORTUGUESE, "en": ENGLISH}
DEFAULT_LANGUAGE = "pt"
