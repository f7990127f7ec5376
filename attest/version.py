"""The version, where every layer can read it without importing the package's interface."""

__version__ = "0.1.0"
