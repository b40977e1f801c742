"""Refusals of a start, of a command line, of waivers and of a checkout."""

from __future__ import annotations

from release_gate.telling.bilingual import Words

STARTING = tuple(
    Words(en, pt)
    for en, pt in (
        # the start
        (
            "No run began; no earlier result was touched.",
            "Nenhuma execução começou; nenhum resultado anterior foi alterado.",
        ),
        (
            "No check was judged: a hook pytest_cmdline_main of the project took the place of pytest's.",
            "Nenhuma verificação foi avaliada: um hook pytest_cmdline_main do projeto tomou o lugar do do pytest.",
        ),
        (
            "Interrupted. A run that had begun stays INCOMPLETE.",
            "Interrompido. Uma execução que tivesse começado fica INCOMPLETE.",
        ),
        ("The supervisor began no run.", "O supervisor não começou nenhuma execução."),
        (
            "-p no:release_gate leaves nobody to judge the run: leave it out.",
            "-p no:release_gate deixa a execução sem quem a avalie: não o use.",
        ),
        (
            "PYTEST_ADDOPTS (from the environment) cannot be read: {error}.",
            "PYTEST_ADDOPTS (do ambiente) não se consegue ler: {error}.",
        ),
        (
            "pytest did not begin within timeout_s = {seconds}, and was ended: a conftest.py or a plugin hangs while it"
            " is imported. The stack of every thread stands above.",
            "O pytest não começou dentro de timeout_s = {seconds} e foi terminado: um conftest.py ou um plugin fica"
            " preso ao ser importado. A pilha de cada thread está acima.",
        ),
        (
            "pytest refused its command line or its configuration, as it says above.",
            "O pytest recusou a linha de comandos ou a configuração, como diz acima.",
        ),
        ("pytest cannot start: {why}.", "O pytest não consegue começar: {why}."),
        ("pytest cannot be started: {error}.", "Não se consegue iniciar o pytest: {error}."),
        ("{file} is not UTF-8: save it as UTF-8", "{file} não está em UTF-8: grave-o em UTF-8"),
        (
            "a file of its configuration is not UTF-8: save it as UTF-8",
            "um ficheiro da sua configuração não está em UTF-8: grave-o em UTF-8",
        ),
        (
            "No run can begin: {place} cannot be written ({error}). Free or mount it, or set another runs_dir.",
            "Nenhuma execução pode começar: não se consegue escrever em {place} ({error}). Liberte espaço, monte o"
            " disco, ou indique outro runs_dir.",
        ),
        (
            "No run can begin: it needs {number} files open at once, and {fewer} can be ({error}). Raise the limit on"
            " open files (ulimit -n).",
            "Nenhuma execução pode começar: precisa de {number} ficheiros abertos ao mesmo tempo, e só pode ter"
            " {fewer} ({error}). Aumente o limite de ficheiros abertos (ulimit -n).",
        ),
        (
            "No run can begin: no temporary file can be written. Free the disk, raise the limit on a file's size"
            " (ulimit -f), or set TMPDIR.",
            "Nenhuma execução pode começar: não se consegue escrever ficheiros temporários. Liberte o disco, aumente o"
            " limite do tamanho de um ficheiro (ulimit -f), ou defina TMPDIR.",
        ),
        (
            "pytest takes {file} for this project's configuration and {folder} for its folder, but the declaration"
            " lies in {here}: put a pytest.ini with the line [pytest] into {there}.",
            "O pytest usa {file} como configuração deste projeto e {folder} como a sua pasta, mas a declaração está em"
            " {here}: ponha em {there} um pytest.ini com a linha [pytest].",
        ),
        (
            "pytest takes {folder} for the project's folder, but the declaration lies in {here}.",
            "O pytest usa {folder} como pasta do projeto, mas a declaração está em {here}.",
        ),
        # the command line
        (
            "The folder in which this command was started is gone: start it in the project's folder.",
            "A pasta onde este comando foi iniciado já não existe: inicie-o na pasta do projeto.",
        ),
        ("{folder} is no folder.", "{folder} não é uma pasta."),
        (
            "{folder} declares no release gate, and {other} does: start the command there, or with --root {root}.",
            "{folder} não declara nenhuma validação do lançamento, e {other} declara: inicie o comando lá, ou com"
            " --root {root}.",
        ),
        (
            "{folder} has no pyproject.toml with [tool.release_gate], which declares the checks.",
            "{folder} não tem um pyproject.toml com [tool.release_gate], que declara as verificações.",
        ),
        (
            "{folder} holds no run: run the gate first (python3 -m release_gate run).",
            "{folder} não tem nenhuma execução: execute primeiro a validação (python3 -m release_gate run).",
        ),
        (
            "{folder}: no folder of a run (there is no {file}).",
            "{folder}: não é a pasta de uma execução (não há {file}).",
        ),
        ("the value is empty: is a variable unset?", "o valor está vazio: falta definir uma variável?"),
        ("the value holds a NUL", "o valor contém um NUL"),
        ("{text} is not a duration such as 90m, 24h or 7d", "{text} não é uma duração, como 90m, 24h ou 7d"),
        ("{text} is not NAME=FILE", "{text} não é NOME=FICHEIRO"),
        (
            "{words}; pytest's own arguments come after --",
            "{words}; os argumentos do próprio pytest vêm depois de --",
        ),
        # waivers
        ("{file} is a link to nothing.", "{file} é uma ligação para nada."),
        ("{file} cannot be read: {error}.", "{file} não se consegue ler: {error}."),
        (
            "{place}: it may hold [[waivers]] only, not {names}.",
            "{place}: só pode ter [[waivers]], e não {names}.",
        ),
        ("{place}, waiver {number}: {why}.", "{place}, dispensa {number}: {why}."),
        ("it needs exactly {fields}, not {names}", "precisa exatamente de {fields}, e não de {names}"),
        ("it needs exactly {fields}", "precisa exatamente de {fields}"),
        ("{check} is not a required check", "{check} não é uma verificação exigida"),
        (
            "{check}: {field} must be a text that says something",
            "{check}: {field} tem de ser um texto que diga alguma coisa",
        ),
        (
            "{check}: expires must be a date such as 2026-12-31, without quotes and without a time",
            "{check}: expires tem de ser uma data como 2026-12-31, sem aspas e sem hora",
        ),
        ("{check} expired on {day}", "{check} expirou em {day}"),
        ("{check} is waived twice", "{check} é dispensada duas vezes"),
        (
            "{check} belongs to {criterion}, which cannot be waived",
            "{check} pertence a {criterion}, que não se pode dispensar",
        ),
        # the checkout
        ("--gate-release needs a clean git checkout: {why}", "--gate-release precisa de um git sem alterações: {why}"),
        ("{files} differ from the commit.", "{files}: diferente do commit."),
        ("{files} are in no commit.", "{files}: em nenhum commit."),
        (
            "{files} matter to what runs, are in no commit and are hidden by ignore rules.",
            "{files}: contam para o que corre, não estão em nenhum commit e as regras de ignorar escondem-nos.",
        ),
        (
            "{files} hold another $Id$ than the commit gives them.",
            "{files}: têm outro $Id$ que não o que o commit lhes dá.",
        ),
        ("{path} holds files and is no checkout of its submodule.", "{path} tem ficheiros e não é o seu submódulo."),
        ("{path} is at {commit}, not at {other}.", "{path} está em {commit}, e não em {other}."),
        ("git could not be asked: {error}", "não se conseguiu perguntar ao git: {error}"),
        ("git refuses: {error}", "o git recusa: {error}"),
        (
            "The working files cannot be compared with the commit: {why}",
            "Não se consegue comparar os ficheiros de trabalho com o commit: {why}",
        ),
        (
            "Commit {commit} holds no file of this folder: the repository above it is another's.",
            "O commit {commit} não tem nenhum ficheiro desta pasta: o repositório acima é de outro projeto.",
        ),
    )
)
