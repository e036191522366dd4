"""Bias bounties: certificates, pointer decision lists, ledger, sandbox, board.

Nothing here yet: the place is held so that the import contract covers it from the start.
"""
