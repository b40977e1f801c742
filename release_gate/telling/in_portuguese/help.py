"""The help of the gate's commands and of its options of pytest, and argparse's own words."""

from __future__ import annotations

HELP = {
    "The release gate's commands.": "Os comandos da validação do lançamento.",
    "Exit codes of `run` and `merge`: 0 PASS, 1 FAIL, 3 INCOMPLETE, 4 MISCONFIGURED. `verify` and"
    " `recompute`: 0 valid, 1 refused. A key that cannot be used: 4.": (
        "Códigos de saída de `run` e `merge`: 0 PASS, 1 FAIL, 3 INCOMPLETE, 4 MISCONFIGURED. De `verify`"
        " e `recompute`: 0 válido, 1 recusado. Uma chave que não serve: 4."
    ),
    "print the gate's own version": "mostra a versão da própria validação",
    "the project's folder (default: this one)": "a pasta do projeto (se não se indicar: esta)",
    "run the gate; pytest's own arguments come after --": (
        "executa a validação; os argumentos do pytest vêm depois de --"
    ),
    "refuse a dirty tree and sample data": "recusa alterações por gravar e dados de amostra",
    "run every criterion although a critical check failed": (
        "executa todos os critérios, embora uma verificação crítica tenha falhado"
    ),
    "run these criteria alone: a shard, for `merge`": "executa só estes critérios: uma parte, para `merge`",
    "the language of terminal and documents (default: RELEASE_GATE_LANG, else the locale)": (
        "o idioma do terminal e dos documentos (se não se indicar: RELEASE_GATE_LANG, senão o do sistema)"
    ),
    "join the runs of `run --criteria` into one run, and judge it": (
        "junta as execuções de `run --criteria` numa só e avalia-a"
    ),
    "the folder of a run of some criteria": "a pasta de uma execução de alguns critérios",
    "a public key (PEM) that must have signed each shard": "uma chave pública (PEM) que tem de ter assinado cada parte",
    "is a result a PASS for exactly this checkout and these artefacts?": (
        "um resultado é um PASS exatamente deste código e destes ficheiros?"
    ),
    "the result or its folder (default: the latest run's)": (
        "o resultado ou a sua pasta (se não se indicar: os da última execução)"
    ),
    "the commit that must have been judged (default: the checkout's)": (
        "o commit que tem de ter sido avaliado (se não se indicar: o desta pasta)"
    ),
    "an input that must have been judged, by its name in the result's subject": (
        "uma entrada que tem de ter sido avaliada, pelo nome que tem no resultado"
    ),
    "the same as --input workbook=FILE": "o mesmo que --input workbook=FICHEIRO",
    "accept a proof on sample data": "aceita uma prova com dados de amostra",
    "refuse an older result: 90m, 24h, 7d": "recusa um resultado mais antigo: 90m, 24h, 7d",
    "a public key (PEM) that must have signed; any of several": (
        "uma chave pública (PEM) que tem de ter assinado; basta uma de várias"
    ),
    "write a verification summary (SLSA VSA) to this file": (
        "escreve neste ficheiro um resumo da verificação (SLSA VSA)"
    ),
    "a URI that says who verifies, for the summary": "um URI que diz quem verifica, para o resumo",
    "does a verification summary allow this commit?": "um resumo da verificação permite este commit?",
    "the file that verify --summary wrote": "o ficheiro que verify --summary escreveu",
    "the commit that is to be deployed": "o commit que vai ser instalado",
    "the verifier's public key (PEM); any of several": "a chave pública (PEM) de quem verificou; basta uma de várias",
    "accept a summary that nobody signed": "aceita um resumo que ninguém assinou",
    "the SHA-256 that the declaration must have had": "o SHA-256 que a declaração tem de ter tido",
    "who must have verified": "quem tem de ter verificado",
    "refuse an older summary: 90m, 24h, 7d": "recusa um resumo mais antigo: 90m, 24h, 7d",
    "make a pair of keys for signing and for verify --key": "cria um par de chaves para assinar e para verify --key",
    "where release_gate.key and release_gate.pub are written": "onde se escrevem release_gate.key e release_gate.pub",
    "sign a run's statement with the key of the environment, apart from the run itself": (
        "assina a declaração de uma execução com a chave do ambiente, à parte da própria execução"
    ),
    "derive index, eradication summary and final status from the runs": (
        "deriva das execuções o índice, o resumo das correções e o estado final"
    ),
    "derive a run's result again from its journal and compare": "deriva outra vez o resultado do registo e compara-o",
    "write the error triage report of a run again": "escreve outra vez o relatório de triagem de uma execução",
    "print a run's verdict; exits as the run did": "mostra o veredicto de uma execução; termina como ela terminou",
    "write the page of a run again, the same bytes as the run wrote": (
        "escreve outra vez a página de uma execução, com os mesmos bytes"
    ),
    "the file to write (default: release_report.html in the run's folder)": (
        "o ficheiro a escrever (se não se indicar: release_report.html na pasta da execução)"
    ),
    "the run folder (default: the latest)": "a pasta da execução (se não se indicar: a última)",
    "print one object": "escreve um objeto JSON",
    "judge for a real release: a dirty tree or sample data is refused": (
        "avalia para um lançamento a sério: recusa alterações por gravar e dados de amostra"
    ),
    "run every criterion although a critical check failed before it": (
        "executa todos os critérios, embora uma verificação crítica anterior tenha falhado"
    ),
    "run these criteria alone: a shard, which `python3 -m release_gate merge` joins with the others": (
        "executa só estes critérios: uma parte, que `python3 -m release_gate merge` junta às outras"
    ),
    "the same as --gate-release": "o mesmo que --gate-release",
    "the same as --gate-keep-going": "o mesmo que --gate-keep-going",
}
"""Portuguese by English; one line each, however the English is broken."""
OF_ARGPARSE = {
    "usage: ": "uso: ",
    "positional arguments": "argumentos",
    "options": "opções",
    "show this help message and exit": "mostra este texto e termina",
    "%(prog)s: error: %(message)s\n": "%(prog)s: erro: %(message)s\n",
    "the following arguments are required: %s": "faltam os argumentos: %s",
    "argument %(argument_name)s: %(message)s": "argumento %(argument_name)s: %(message)s",
    "invalid choice: %(value)r (choose from %(choices)s)": "escolha inválida: %(value)r (há %(choices)s)",
    "invalid %(type)s value: %(value)r": "valor inválido: %(value)r",
    "expected one argument": "precisa de um valor",
    "expected at least one argument": "precisa de pelo menos um valor",
    "unrecognized arguments: %s": "argumentos desconhecidos: %s",
    "ambiguous option: %(option)s could match %(matches)s": "opção ambígua: %(option)s pode ser %(matches)s",
    "ignored explicit argument %r": "não leva valor, e foi dado %r",
}
"""Words that argparse looks up by gettext."""
