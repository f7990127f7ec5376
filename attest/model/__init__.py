"""The nouns of the pipeline: frozen values, standard library only.

Reference -> Artifact -> Verified -> Material | PolicyBundle -> Decision -> Report
"""
