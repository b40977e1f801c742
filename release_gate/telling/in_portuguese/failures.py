"""Sentences of the gate about a check that failed or proves nothing, and the words of a comparison."""

from __future__ import annotations

from release_gate.telling.bilingual import Words

FINDINGS = tuple(
    Words(en, pt)
    for en, pt in (
        (
            "The check itself did not come to its end: what it needs (a fixture, its process) failed first. Mend what"
            " the root cause names.",
            "A verificação não chegou ao fim: aquilo de que precisa (uma fixture, o seu processo) falhou antes."
            " Corrija o que a causa indica.",
        ),
        ("The reproduction shows the whole traceback.", "O comando para reproduzir mostra o rasto de erro completo."),
        ("the check ended without saying why", "a verificação terminou sem dizer porquê"),
        ("an assertion failed", "uma asserção falhou"),
        ("it ran {number} times; a rerun proves nothing", "correu {number} vezes; uma repetição não prova nada"),
        (
            "it reported a phase more than once; a rerun proves nothing",
            "comunicou uma fase mais de uma vez; uma repetição não prova nada",
        ),
        ("it was collected and never started", "foi recolhida e nunca começou"),
        ("it was interrupted", "foi interrompida"),
        ("the process ended while it ran", "o processo terminou enquanto ela corria"),
        ("no test of it was collected", "não foi recolhido nenhum teste dela"),
        ("the run was not sealed", "a execução não foi selada"),
        ("no complete record of {names}", "não há registo completo de {names}"),
        ("an expected failure proves nothing", "uma falha esperada não prova nada"),
        ("No check was collected.", "Não foi recolhida nenhuma verificação."),
        (
            "The session did not finish: it was ended from within or without.",
            "A sessão não terminou: foi interrompida por dentro ou por fora.",
        ),
        ("The session was interrupted: {error}", "A sessão foi interrompida: {error}"),
    )
)
COMPARED = tuple(
    Words(en, pt)
    for en, pt in (
        ("at most {bound}", "no máximo {bound}"),
        ("at least {bound}", "no mínimo {bound}"),
        ("something with {part}", "algo com {part}"),
        ("{count} items", "{count} elementos"),
        ("missing {missing}, surplus {surplus}", "em falta {missing}, a mais {surplus}"),
    )
)
"""Values that an expectation expects or found, which are no sentences."""
