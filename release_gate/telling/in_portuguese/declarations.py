"""Faults of a declaration, each behind the place where it stands."""

from __future__ import annotations

from release_gate.telling.bilingual import Words

DECLARATIONS = tuple(
    Words(en, pt)
    for en, pt in (
        (
            "{file}: [tool.{name}] is unknown; write [tool.release_gate].",
            "{file}: [tool.{name}] não existe; escreva [tool.release_gate].",
        ),
        ("{file}: tool.release_gate must be a table.", "{file}: tool.release_gate tem de ser uma tabela."),
        ("{file} is not UTF-8: save it as UTF-8.", "{file} não está em UTF-8: grave-o em UTF-8."),
        (
            "{place}: the declaration must be a file within the project.",
            "{place}: a declaração tem de ser um ficheiro dentro do projeto.",
        ),
        ("{place}: {names} belong into {file}.", "{place}: {names} tem de estar em {file}."),
        (
            "{place}: a trial needs its last day, such as trial_until = 2027-01-31.",
            "{place}: uma experiência precisa do seu último dia, como trial_until = 2027-01-31.",
        ),
        (
            "{place}: trial_until says nothing without trial = true.",
            "{place}: trial_until não diz nada sem trial = true.",
        ),
        (
            "{place}: a check on trial decides nothing, so it can have no {key}.",
            "{place}: uma verificação à experiência não decide nada, por isso não pode ter {key}.",
        ),
        ("{place}: a check that seals measures nothing.", "{place}: uma verificação que sela não mede nada."),
        ('{place}: "{name}" is named twice.', '{place}: "{name}" é indicado duas vezes.'),
        ('{place}: "{name}" is declared twice.', '{place}: "{name}" é declarado duas vezes.'),
        (
            '{place}: "{name}" differs from "{other}" in nothing but capitals.',
            '{place}: "{name}" só difere de "{other}" nas maiúsculas.',
        ),
        (
            '{place}: the criterion "{name}" is not declared; there are {names}.',
            '{place}: o critério "{name}" não está declarado; há {names}.',
        ),
        (
            '{place}: the category "{name}" is not one of {names}.',
            '{place}: a categoria "{name}" não é uma de {names}.',
        ),
        (
            "{place}: no check belongs to this criterion, so it would prove nothing.",
            "{place}: nenhuma verificação pertence a este critério, por isso não provaria nada.",
        ),
        (
            '{place}: {ids}: one check alone may have seals = "{seal}".',
            '{place}: {ids}: só uma verificação pode ter seals = "{seal}".',
        ),
        (
            '{place}: {rule} are declared, and no check has seals = "{seal}", so nobody would look at them.',
            '{place}: {rule} está declarado, e nenhuma verificação tem seals = "{seal}", por isso ninguém olharia para'
            " isso.",
        ),
        (
            '{place}: "{option}" {effect}, so it is refused whatever is declared: take it out.',
            '{place}: "{option}" {effect}, por isso é recusado, seja o que for que se declare: retire-o.',
        ),
        ("selects other tests than the gate's", "escolhe outros testes que não os da validação"),
        ("switches the release gate off", "desliga a validação"),
        ("leaves out assert statements", "omite as instruções assert"),
        ("only shows something: no check would run", "só mostra alguma coisa: nenhuma verificação seria executada"),
        ("{place}: expected {what}, found {found}.", "{place}: esperava-se {what}, encontrou-se {found}."),
        (
            "{place}: expected a date without quotes, found {found}.",
            "{place}: esperava-se uma data sem aspas, encontrou-se {found}.",
        ),
    )
)
