"""Answers to the challenge, as students might hand them in: right, wrong and untouched ones.

One file, one answer. A wrong one says in its first lines which requirement catches it and what the
report then has to say; all that is not its mistake is imported from `parts`.
"""
