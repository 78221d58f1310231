"""Order sources: descriptions of exports, the one that fits a file, and its columns by role.

descriptions   read the built-in descriptions (catalog/*.json) and one's own; both are checked alike
names          compare names of columns without case, blanks and punctuation
recognition    find the source that a header identifies
resolution     find the columns of a file for the roles, amounts and conditions of its source

header ──► recognition ──► source ──► resolution ──► columns by role
"""
