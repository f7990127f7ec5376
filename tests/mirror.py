"""Which tests cover the modules that have no test file of their own.

A module belongs here when it is a part of another that is tested as a whole, or when it holds
values without behaviour, which every test of its stage uses.
"""

from __future__ import annotations

TESTED_WITH: dict[str, tuple[str, ...]] = {
    "test_api.py": ("authoring.py", "version.py"),
    "test_pipeline.py": ("plan.py", "model/report.py", "model/verdict.py"),
    "test_reason_codes.py": (
        *("errors.py", "report/codes.py", "reasons/reason.py", "reasons/command.py"),
        *("reasons/decode.py", "reasons/engine.py", "reasons/expect.py", "reasons/fetch.py"),
        "reasons/gate.py",
        *(
            "reasons/registry.py",
            "reasons/report.py",
            "reasons/sign.py",
            "reasons/usage.py",
            "reasons/verify.py",
        ),
    ),
    "test_locking.py": (*("cli/lock.py", "steps/freshness.py", "steps/tags.py"),),
    "cli/test_demo.py": ("cli/demo_break.py",),
    "cli/test_inspect.py": ("cli/inspect_output.py", "cli/inspect_policy.py"),
    "cli/test_policy_publish.py": (
        *("author/endpoints.py", "author/publish.py", "author/targets.py", "author/unpack.py"),
        *("cli/copy.py", "cli/places.py"),
    ),
    "cli/test_policy.py": (
        *("cli/policy_options.py", "cli/policy_output.py", "cli/policy_request.py"),
    ),
    "cli/test_trust.py": ("cli/trust_output.py",),
    "aggregate/expect/test_build.py": (
        *("aggregate/expect/agreement.py", "decode/builds.py", "model/provenance.py"),
    ),
    "cli/test_verify_expect.py": ("cli/verify_judge.py", "verify/builders.py"),
    "model/test_expected.py": (
        *("model/builder.py", "model/expectation.py", "model/repository.py"),
    ),
    "cli/test_verify.py": (
        *("cli/verify_options.py", "cli/verify_output.py", "cli/verify_trust.py"),
    ),
    "config/test_command.py": ("cli/config.py",),
    "config/test_grants.py": ("model/capability.py",),
    "config/test_loader.py": ("config/context.py", "config/overrides.py"),
    "config/test_trust.py": ("config/keys.py",),
    "decode/test_decoder.py": (*("decode/base.py", "decode/formats.py", "model/material.py"),),
    "decode/test_predicates.py": (
        *("decode/shape.py", "decode/slsa.py", "decode/test_result.py", "decode/waiver.py"),
    ),
    "decode/test_recognition.py": ("decode/signed.py",),
    "decode/test_sarif.py": ("decode/schema.py",),
    "decode/test_sbom.py": ("decode/cyclonedx.py", "decode/spdx.py"),
    "decode/policies/test_archive.py": ("decode/policies/paths.py",),
    "decode/policies/test_chainloop.py": ("decode/policies/fields.py",),
    "decode/policies/test_group.py": ("decode/policies/declared.py",),
    "decode/policies/test_select.py": ("decode/policies/unit.py",),
    "decode/policies/test_load.py": (
        *("decode/policies/manifest.py", "decode/policies/media.py", "decode/policies/opa.py"),
        *("model/limits.py", "model/policy.py"),
    ),
    "evaluate/test_contract.py": ("evaluate/reading.py", "evaluate/rules.py"),
    "evaluate/test_crosscheck.py": (
        *("evaluate/native/extism_opinion.py", "evaluate/native/extism_process.py"),
    ),
    "evaluate/native/test_rego_opinion.py": ("evaluate/native/regopy_runner.py",),
    "evaluate/test_evaluator.py": ("evaluate/engine.py", "evaluate/registry.py"),
    "evaluate/abi/extism/test_older.py": ("evaluate/abi/extism/older_runner.py",),
    "evaluate/abi/extism/test_extism.py": (
        *("evaluate/abi/extism/adapter.py", "evaluate/abi/extism/blocks.py"),
        *("evaluate/abi/extism/names.py", "evaluate/abi/extism/runner.py"),
        "evaluate/abi/extism/services.py",
    ),
    "evaluate/abi/opa/test_opa.py": (
        *("evaluate/abi/opa/adapter.py", "evaluate/abi/opa/answer.py"),
        *("evaluate/abi/opa/builtins.py", "evaluate/abi/opa/guest.py"),
        *("evaluate/abi/opa/names.py", "evaluate/abi/opa/runner.py"),
        *("evaluate/abi/opa/source.py", "evaluate/abi/opa/values.py"),
    ),
    "evaluate/guests/test_rego.py": (
        *("evaluate/guests/rego/sources.py", "evaluate/host/frozen.py", "evaluate/host/guest.py"),
    ),
    "evaluate/guests/test_rego_answers.py": ("evaluate/guests/rego/answers.py",),
    "evaluate/guests/test_rego_tools.py": ("evaluate/guests/rego/tools.py",),
    "evaluate/host/test_cache.py": ("evaluate/host/compiler.py", "evaluate/host/places.py"),
    "evaluate/host/test_calls.py": ("evaluate/host/guest_calls.py",),
    "evaluate/host/test_jail.py": ("evaluate/host/launch.py",),
    "evaluate/host/test_machine.py": (
        *("evaluate/host/memory.py", "evaluate/host/settings.py", "evaluate/host/stopped.py"),
    ),
    "evaluate/host/test_pool.py": (
        *("evaluate/host/job.py", "evaluate/host/process.py"),
        *("evaluate/host/runners.py", "evaluate/host/worker.py"),
    ),
    "fetch/test_auth.py": ("fetch/names.py", "fetch/oras_auth.py"),
    "fetch/test_network.py": ("fetch/credentials.py", "model/network.py"),
    "fetch/test_files.py": ("fetch/fetched.py", "fetch/fetcher.py", "fetch/limits.py"),
    "fetch/test_folder.py": ("fetch/authoring.py",),
    "fetch/test_discovery.py": ("fetch/reader.py", "fetch/source.py", "model/attachment.py"),
    "fetch/test_layout.py": ("fetch/oci.py",),
    "fetch/test_store.py": ("fetch/places.py",),
    "fetch/test_stored.py": ("fetch/downloads.py",),
    "fetch/test_spread.py": ("fetch/flights.py",),
    "fetch/apis/test_answers.py": ("fetch/apis/ask.py", "fetch/apis/session.py"),
    "fetch/apis/test_registries.py": ("fetch/apis/npm.py", "fetch/apis/pypi.py"),
    "fetch/test_tls.py": ("fetch/exchange.py", "fetch/transport.py"),
    "fetch/test_hostile.py": ("fetch/timed.py",),
    "report/test_formats.py": ("report/options.py", "report/words.py"),
    "report/test_golden.py": (
        *("report/github.py", "report/gitlab.py", "report/junit.py", "report/markdown.py"),
        *("report/tables.py", "report/yaml.py"),
    ),
    "report/test_json.py": ("report/codec.py",),
    "report/text/test_text.py": ("report/text/evidence.py", "report/text/judged.py"),
    "signing/test_identity.py": ("signing/trust_config.py",),
    "signing/test_key.py": ("signing/bundle.py", "signing/load.py", "signing/signature.py"),
    "signing/test_sign_command.py": ("cli/sign.py", "signing/statement.py"),
    "testing/test_box.py": (
        *("testing/assemble.py", "testing/authority.py", "testing/ct.py", "testing/entries.py"),
        *("testing/fulcio.py", "testing/log.py", "testing/root.py", "testing/statement.py"),
        "testing/tsa.py",
    ),
    "verify/test_detached.py": ("testing/forms.py",),
    "testing/test_parts.py": (
        *("testing/der.py", "testing/edit.py", "testing/keys.py", "testing/merkle.py"),
    ),
    "steps/test_evidence.py": ("steps/pieces.py",),
    "steps/test_documents.py": ("steps/beside.py",),
    "verify/test_verifier.py": ("model/trust.py",),
}
