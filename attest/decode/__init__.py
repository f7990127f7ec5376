"""Stage 3: Verified -> Material | PolicyBundle. Pure parsing of trusted bytes."""
