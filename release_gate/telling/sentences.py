"""The fixed sentences of terminal and documents, in English and in European Portuguese, with places for values.

What checks, findings and reasons say is not translated, nor are verdicts and outcomes. So is each line that programs
and people already look for: the headlines, `Verdict:`, `Run ID:`, `Artifacts:`, `Release blocked document written:`.
"""

from __future__ import annotations

from typing import Any

from release_gate.rules.language import Language
from release_gate.telling.bilingual import Words

SENTENCES = {
    name: Words(en, pt)
    for name, en, pt in (
        # the verdict in a document
        ("sample", " (sample data)", " (dados de amostra)"),
        ("one_waiver", " with 1 waiver ({waived})", " com 1 dispensa ({waived})"),
        ("waivers", " with {count} waivers ({waived})", " com {count} dispensas ({waived})"),
        ("until", "{what} until {day}", "{what} até {day}"),
        ("trials", "on trial: {checks}", "à experiência: {checks}"),
        # the closing lines
        ("shard_ended", "Shard ended without a failure", "A parte terminou sem falhas"),
        ("more_causes", "  and {count} more, in {report}", "  e mais {count}, em {report}"),
        ("one_more_check", " (1 more check failed by it)", " (mais 1 verificação falhou por isto)"),
        ("more_checks", " ({count} more checks failed by it)", " (mais {count} verificações falharam por isto)"),
        ("fix", "    fix: {step}", "    correção: {step}"),
        ("page", "Page: {path}", "Página: {path}"),
        # the live table
        (
            "opening",
            "{title}: release gate, run {run}, {count} checks",
            "{title}: validação do lançamento, execução {run}, {count} verificações",
        ),
        ("criterion", "criterion", "critério"),
        ("checks", "checks", "verificações"),
        ("time", "time", "tempo"),
        ("now", "now", "agora"),
        ("count_on_trial", " ({count} on trial)", " ({count} à experiência)"),
        ("on_trial_until", " (on trial until {day})", " (à experiência até {day})"),
        ("of_total", " of {total}", " de {total}"),
        ("of_about", " of about {seconds}", " de cerca de {seconds}"),
        ("about", "about {seconds} s", "cerca de {seconds} s"),
        # RELEASE_BLOCKED.md
        ("blocked", "# Release blocked: {title}", "# Lançamento bloqueado: {title}"),
        (
            "blocked_verdict",
            "Verdict **{line}**, run `{run}`, evidence in {where}.",
            "Veredicto **{line}**, execução `{run}`, evidência em {where}.",
        ),
        ("left_causes", "… and {count} more causes in {report}.", "… e mais {count} causas em {report}."),
        ("left_reasons", "… and {count} more reasons in {report}.", "… e mais {count} motivos em {report}."),
        ("run_itself", "## The run itself", "## A própria execução"),
        (
            "did_not_run",
            "{count} of {total} required checks did not run.",
            "Não foram executadas {count} de {total} verificações exigidas.",
        ),
        ("what_blocks", "What blocks:", "O que bloqueia:"),
        (
            "then",
            "Then: `python3 -m release_gate run` must end in PASS; only that removes this file.",
            "Depois: `python3 -m release_gate run` tem de terminar em PASS; só isso remove este ficheiro.",
        ),
        ("do_this", "  Do this: {remedy}", "  O que fazer: {remedy}"),
        ("why", "Why: {cause}", "Porquê: {cause}"),
        ("same_cause", "The same cause failed {checks}.", "A mesma causa fez falhar {checks}."),
        ("not_run_by_it", "Not run because of it: {checks}.", "Não executadas por causa disto: {checks}."),
        ("see_again", "See it again: {command}", "Reproduzir: {command}"),
        ("fixed_when", "Fixed when: {acceptance}", "Resolvido quando: {acceptance}"),
        # ERROR_TRIAGE_REPORT.md
        ("triage", "# Error triage: {title}", "# Triagem de erros: {title}"),
        (
            "triage_verdict",
            "Verdict **{line}**, run `{run}`, started {at}.",
            "Veredicto **{line}**, execução `{run}`, iniciada em {at}.",
        ),
        (
            "nothing_blocks",
            "No check failed, and nothing else blocks.",
            "Nenhuma verificação falhou e nada mais bloqueia.",
        ),
        (
            "findings",
            "| finding | check | category | root cause |",
            "| problema | verificação | categoria | causa |",
        ),
        ("not_run", "## Not run", "## Não executadas"),
        ("blocked_by", "| check | blocked by |", "| verificação | bloqueada por |"),
        ("every_reason", "## Every reason for the verdict", "## Todos os motivos do veredicto"),
        ("warnings", "## Warnings", "## Avisos"),
        ("on_trial", "## On trial", "## À experiência"),
        (
            "tried",
            "They were run and decide nothing yet.",
            "Foram executadas e ainda nada decidem.",
        ),
        ("tried_check", "- {name}: {outcome}, until {day}. {why}", "- {name}: {outcome}, até {day}. {why}"),
        ("same_as", "the same cause as {check}", "a mesma causa que {check}"),
        ("root_cause", "- Root cause: {cause}", "- Causa: {cause}"),
        ("reproduction", "- Reproduction: {command}", "- Reproduzir: {command}"),
        ("fix_plan", "- Fix plan:", "- Plano de correção:"),
        ("acceptance", "- Acceptance: {acceptance}", "- Aceitação: {acceptance}"),
        ("evidence", "- Evidence: {links}", "- Evidência: {links}"),
        ("item_not_run", "- Not run because of it: {checks}", "- Não executadas por causa disto: {checks}"),
        ("in_unit", ", in {unit}", ", em {unit}"),
        ("from_source", ", from {source}", ", de {source}"),
        ("claim", "- Claim: {claim}", "- Afirmação: {claim}"),
        # the summary of a CI job
        ("of_commit", " of commit {commit}", " do commit {commit}"),
        (
            "summary_run",
            "Run {run}{of_commit}, evidence in {where}.",
            "Execução {run}{of_commit}, evidência em {where}.",
        ),
        (
            "summary_criteria",
            "| criterion | verdict | checks passed |",
            "| critério | veredicto | verificações passadas |",
        ),
        ("passed_of", "{count} of {total}", "{count} de {total}"),
        ("count_waived", ", {count} waived", ", {count} dispensadas"),
        ("summary_same", "The same cause as {check}.", "A mesma causa que {check}."),
        ("summary_cause", "**Root cause:** {cause}", "**Causa:** {cause}"),
        ("summary_again", "**See it again:** {command}", "**Reproduzir:** {command}"),
        ("summary_fix", "**Fix:**", "**Correção:**"),
        ("summary_fixed_when", "**Fixed when:** {acceptance}", "**Resolvido quando:** {acceptance}"),
        ("summary_more", "- … and {count} more", "- … e mais {count}"),
        (
            "left_parts",
            "… and {count} more parts, which stand in ERROR_TRIAGE_REPORT.md of the run.",
            "… e mais {count} partes, que estão em ERROR_TRIAGE_REPORT.md da execução.",
        ),
        ("expected", "  - expected: {value}", "  - esperado: {value}"),
        ("found", "  - found: {value}", "  - encontrado: {value}"),
    )
}


def told(language: Language, name: str, /, **values: Any) -> str:
    """The sentence of that name in this language, with its values."""
    return in_language(language, SENTENCES[name]).format(**values)


def in_language(language: Language, words: Words) -> str:
    """One of both texts."""
    return words.pt if language is Language.PT else words.en
