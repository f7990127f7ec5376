"""Second opinions: native engines that answer the same question, never the only judge.

rego_opinion     regopy (rego-cpp) on what its static gate lets through
rego_gate        what regopy is known to get wrong, refused by reading the text
rego_entries     which rules decide, found without OPA
regopy_runner    worker: the only importer of regopy
extism_opinion   Extism's own SDK
extism_process   child process: the only importer of extism
"""
