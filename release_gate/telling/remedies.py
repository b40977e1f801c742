"""The remedy of each problem that keeps a run from proving anything, in English and in European Portuguese."""

from __future__ import annotations

from release_gate.telling.bilingual import Words

REMEDIES = {
    code: Words(en, pt)
    for code, en, pt in (
        (
            "MISSING_CHECK",
            "restore the test that carries this id (`git log -p -S'check(\"ID\")'` shows when it went), or "
            "take the check out of the declaration if it is truly no longer required.",
            "reponha o teste que tem este id (`git log -p -S'check(\"ID\")'` mostra quando desapareceu), ou "
            "retire a verificação da declaração, se já não for mesmo exigida.",
        ),
        (
            "UNKNOWN_CHECK",
            "declare the id, or correct the marker.",
            "declare o id, ou corrija a marca.",
        ),
        (
            "NO_CHECK_ID",
            "give the test its @pytest.mark.check(id), or move it out of the acceptance suite.",
            "dê ao teste o seu @pytest.mark.check(id), ou tire-o dos testes de aceitação.",
        ),
        (
            "DUPLICATE_CHECK",
            "give one of the tests an id of its own.",
            "dê a um dos testes um id próprio.",
        ),
        (
            "BAD_WAIVER",
            "correct or remove the entry; a waiver needs check, reason, approver and a date to come.",
            "corrija ou retire a entrada; uma dispensa precisa de verificação, motivo, aprovador e uma data futura.",
        ),
        (
            "COLLECTION_ERROR",
            "mend the error named, which ends the import of its module, then run the whole gate again.",
            "corrija o erro indicado, que impede a importação do seu módulo, e execute de novo a validação inteira.",
        ),
        (
            "MODULE_SKIPPED",
            "give the module what it lacks; a check that does not apply is not required.",
            "dê ao módulo o que lhe falta; uma verificação que não se aplica não é exigida.",
        ),
        (
            "NARROWED",
            "run the gate without that option.",
            "execute a validação sem essa opção.",
        ),
        (
            "DESELECTED",
            "run the gate without deselecting.",
            "execute a validação sem excluir testes.",
        ),
        (
            "PARALLEL",
            "leave -n out.",
            "não use -n.",
        ),
        (
            "CHANGED",
            "run the gate without it.",
            "execute a validação sem isso.",
        ),
        (
            "UNKNOWN_OPTION",
            "run the gate without it, or name it in allowed_options if it changes no check.",
            "execute a validação sem ela, ou indique-a em allowed_options, se não altera nenhuma verificação.",
        ),
        (
            "UNKNOWN_SETTING",
            "take it out, or name it in allowed_options if it changes no check.",
            "retire-a, ou indique-a em allowed_options, se não altera nenhuma verificação.",
        ),
        (
            "UNKNOWN_VARIABLE",
            "unset it, or name it in allowed_options if it changes no check.",
            "apague-a do ambiente, ou indique-a em allowed_options, se não altera nenhuma verificação.",
        ),
        (
            "UNKNOWN_PLUGIN",
            "leave it out, or name it in allowed_options if it changes no check.",
            "não o carregue, ou indique-o em allowed_options, se não altera nenhuma verificação.",
        ),
        (
            "PLUGIN_LEFT_OUT",
            "load it, or name it in allowed_options if it changes no check.",
            "carregue-o, ou indique-o em allowed_options, se não altera nenhuma verificação.",
        ),
        (
            "SHUFFLED",
            "leave the plugin out (-p no:NAME).",
            "não carregue o plugin (-p no:NAME).",
        ),
        (
            "NO_ASSERTS",
            "run Python without -O and without PYTHONOPTIMIZE.",
            "execute o Python sem -O e sem PYTHONOPTIMIZE.",
        ),
        (
            "RERUN_PLUGIN",
            "uninstall the plugin: a flaky check is a failing check.",
            "desinstale o plugin: uma verificação instável é uma verificação que falha.",
        ),
        (
            "DIRTY_TREE",
            "commit or undo the changes.",
            "grave as alterações num commit ou desfaça-as.",
        ),
        (
            "SAMPLE_DATA",
            "give the real data.",
            "indique os dados reais.",
        ),
        (
            "NOT_FINISHED",
            "find what ended the session (the last check started is named in the triage report), mend it.",
            "descubra o que terminou a sessão (o relatório de triagem diz qual foi a última verificação "
            "iniciada) e corrija-o.",
        ),
        (
            "UNJUDGED",
            "mend what the error names (a full disk, a foreign hand in the journal), then run the gate again.",
            "corrija o que o erro indica (um disco cheio, uma mão alheia no registo) e execute de novo a validação.",
        ),
        (
            "BASETEMP",
            "give --basetemp a folder elsewhere, or leave it out.",
            "indique em --basetemp uma pasta noutro lugar, ou não o use.",
        ),
        (
            "SECRET_IN_FILE",
            "have the check write the file without the secret.",
            "faça com que a verificação escreva o ficheiro sem o segredo.",
        ),
        (
            "NOT_A_FILE",
            "have the check copy what it means to keep (evidence.attach).",
            "faça com que a verificação copie o que quer guardar (evidence.attach).",
        ),
        (
            "REMOVED",
            "take out the hook or the plugin that removes cases, or declare what it removes as no check.",
            "retire o hook ou o plugin que remove casos, ou declare que o que ele remove não é uma verificação.",
        ),
        (
            "SHADOWED",
            "give each test a name of its own, and import, assign or delete nothing of its name.",
            "dê a cada teste um nome próprio, e não importe, atribua nem apague nada com esse nome.",
        ),
        (
            "IDLE_ASSERT",
            "write `assert condition, message` without the parentheses around both.",
            "escreva `assert condition, message` sem os parênteses à volta de ambos.",
        ),
        (
            "NO_MARKER",
            "mark the test, best for its whole module: `pytestmark = pytest.mark.<marker>`.",
            "marque o teste, de preferência para todo o seu módulo: `pytestmark = pytest.mark.<marker>`.",
        ),
        (
            "OUTCOME_REWRITTEN",
            "take out the hook that alters reports or swallows exceptions.",
            "retire o hook que altera relatórios ou engole exceções.",
        ),
        (
            "HOOK_FAILED",
            "mend the hook in conftest.py.",
            "corrija o hook em conftest.py.",
        ),
        (
            "LIMIT_LOWERED",
            "have the check put the limit back, or set it in a process of its own.",
            "faça com que a verificação reponha o limite, ou o mude num processo próprio.",
        ),
        (
            "UNSEALED",
            "have the check put back what it replaces (monkeypatch does).",
            "faça com que a verificação reponha o que substitui (monkeypatch fá-lo).",
        ),
        (
            "LOST",
            "do what its sentence says, and run again.",
            "faça o que a frase diz e execute de novo.",
        ),
        (
            "PAGE_NOT_KEPT",
            "free the disk, or remove what stands in that file's place.",
            "liberte espaço no disco, ou retire o que está no lugar desse ficheiro.",
        ),
        (
            "FIXTURE_TEARDOWN",
            "mend the teardown of the fixture named.",
            "corrija o fecho da fixture indicada.",
        ),
        (
            "UNHEARD",
            "end every thread and await every coroutine within its check.",
            "termine cada thread e aguarde cada corrotina dentro da sua verificação.",
        ),
        (
            "TIMEOUT",
            "see in stacks.txt where it hung; allow more time only for what truly takes it.",
            "veja em stacks.txt onde parou; dê mais tempo só ao que precisa mesmo dele.",
        ),
        (
            "INTERRUPTED",
            "let the gate run to its end.",
            "deixe a validação correr até ao fim.",
        ),
    )
}
"""Remedies by the problem's code."""
