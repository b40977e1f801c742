"""Refusals of options, settings, variables and plugins of pytest."""

from __future__ import annotations

from release_gate.telling.bilingual import Words

ADVICE = (
    "leave it out, or, if it changes no check, name it in allowed_options of the declaration",
    "não o use ou, se não altera nenhuma verificação, indique-o em allowed_options da declaração",
)
OPTIONS = tuple(
    Words(en.replace("ADVICE", ADVICE[0]), pt.replace("ADVICE", ADVICE[1]))
    for en, pt in (
        ("{option} (from {source})", "{option} (origem: {source})"),
        ("the command line", "linha de comandos"),
        ("a plugin or conftest.py", "um plugin ou conftest.py"),
        ("the environment", "ambiente"),
        ("the configuration file", "ficheiro de configuração"),
        ("addopts of {file}", "addopts de {file}"),
        (
            "{option} spreads checks over processes; they run in order, in one: leave {name} out (from {source}).",
            "{option} distribui as verificações por vários processos; elas correm por ordem, num só: não use {name}"
            " (origem: {source}).",
        ),
        (
            "{given} lies in or around the project: pytest would empty it.",
            "{given} está dentro ou à volta do projeto: o pytest iria esvaziá-la.",
        ),
        (
            "{option} (from {source}) {effect}; the gate runs whole or proves nothing (without -m {marker} you can"
            " debug a part of it).",
            "{option} (origem: {source}) {effect}; a validação corre inteira ou não prova nada (sem -m {marker} pode"
            " depurar uma parte dela).",
        ),
        (
            "{given} is no option that the gate knows as harmless: ADVICE.",
            "{given} não é uma opção que a validação conheça como inofensiva: ADVICE.",
        ),
        (
            "{given} takes the place of the project's own setting: ADVICE.",
            "{given} toma o lugar da definição do próprio projeto: ADVICE.",
        ),
        (
            "{given} may change what the checks do: ADVICE.",
            "{given} pode alterar o que as verificações fazem: ADVICE.",
        ),
        (
            "{given} loads a plugin that may change every check: ADVICE.",
            "{given} carrega um plugin que pode alterar todas as verificações: ADVICE.",
        ),
        (
            "{given} leaves out a plugin that may change what the checks do: ADVICE.",
            "{given} deixa de fora um plugin que pode alterar o que as verificações fazem: ADVICE.",
        ),
        (
            "The plugin {name} may run failed checks again: remove it, or add -p no:{other}.",
            "O plugin {name} pode repetir verificações que falharam: retire-o, ou acrescente -p no:{other}.",
        ),
        (
            "The plugin {name} changes the order of the checks: remove it, or add -p no:{other}.",
            "O plugin {name} muda a ordem das verificações: retire-o, ou acrescente -p no:{other}.",
        ),
        (
            "Python leaves out assert statements (-O, PYTHONOPTIMIZE): no check would check anything.",
            "O Python omite as instruções assert (-O, PYTHONOPTIMIZE): nenhuma verificação verificaria nada.",
        ),
        (
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD (from the environment) keeps the project's plugins from being loaded:"
            " unset it.",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD (do ambiente) impede que os plugins do projeto sejam carregados: apague-a.",
        ),
        (
            "-p no:release_gate_session switches the release gate off: leave it out.",
            "-p no:release_gate_session desliga a validação: não o use.",
        ),
        (
            "{given} only shows something: no check would run.",
            "{given} só mostra alguma coisa: nenhuma verificação seria executada.",
        ),
        (
            "-m {marker} selects other tests than the gate's: leave -m out.",
            "-m {marker} escolhe outros testes que não os da validação: não use -m.",
        ),
        # effects
        ("selects checks by name", "escolhe verificações pelo nome"),
        ("leaves checks out", "deixa verificações de fora"),
        ("leaves files out", "deixa ficheiros de fora"),
        ("runs only what failed before", "só repete o que falhou antes"),
        ("runs checks in another order", "muda a ordem das verificações"),
        ("stops at a failure and goes on from there", "para numa falha e continua daí"),
        ("stops before every check has run", "para antes de todas as verificações terem corrido"),
        (
            "runs failed checks again: a flaky check is a failing check",
            "repete verificações que falharam: uma verificação instável é uma verificação que falha",
        ),
        ("runs no check", "não executa nenhuma verificação"),
        ("lets a person change what happens", "deixa uma pessoa alterar o que acontece"),
        (
            "stops in a debugger before each check, which may then never run",
            "para num depurador antes de cada verificação, que pode então nunca correr",
        ),
        ("makes an expected failure an ordinary result", "faz de uma falha esperada um resultado normal"),
        (
            "leaves out the fixtures and hooks of every conftest.py",
            "deixa de fora as fixtures e os hooks de cada conftest.py",
        ),
        (
            "takes expected and found values out of failures",
            "tira das falhas os valores esperados e encontrados",
        ),
        ("measures nothing", "não mede nada"),
        ("skips every check that measures", "salta todas as verificações que medem"),
        ("skips every check that does not measure", "salta todas as verificações que não medem"),
        ("runs failed checks again and never ends", "repete as verificações que falharam e nunca acaba"),
        (
            "runs each check in a process of its own, whose state is lost",
            "corre cada verificação num processo próprio, cujo estado se perde",
        ),
        (
            "keeps the project's plugins from being loaded",
            "impede que os plugins do projeto sejam carregados",
        ),
        ("hides log messages that a check may look for", "esconde mensagens que uma verificação pode procurar"),
        (
            "takes another configuration than the project's own",
            "usa outra configuração que não a do projeto",
        ),
        # files
        (
            "{given} would write over {what}: name another place.",
            "{given} escreveria por cima de {what}: indique outro lugar.",
        ),
        ("the folder of the gate's runs", "a pasta das execuções da validação"),
        ("{file}, which the gate writes", "{file}, que a validação escreve"),
        ("{file}, which the run reads", "{file}, que a execução lê"),
        # settings, criteria, tests by name
        (
            "{file}: {name} is a setting of neither pytest nor a loaded plugin: remove it.",
            "{file}: {name} não é uma definição do pytest nem de um plugin carregado: retire-a.",
        ),
        (
            "--gate-criteria names no criterion; {title} has {ids}.",
            "--gate-criteria não indica nenhum critério; {title} tem {ids}.",
        ),
        (
            "--gate-criteria: {title} has no criterion {one}; it has {ids}.",
            "--gate-criteria: {title} não tem o critério {one}; tem {ids}.",
        ),
        (
            "The hook pytest_release_gate_preflight failed: {error}",
            "O hook pytest_release_gate_preflight falhou: {error}",
        ),
        ("{test}: there is no file or folder {file}.", "{test}: não há o ficheiro nem a pasta {file}."),
        (
            "{test}: {file} is a folder, which has no test of its own.",
            "{test}: {file} é uma pasta, que não tem testes próprios.",
        ),
        ("{test}: {file} has no test without a name.", "{test}: {file} não tem um teste sem nome."),
        ("{test}: {file} has no test {name}.", "{test}: {file} não tem o teste {name}."),
    )
)
