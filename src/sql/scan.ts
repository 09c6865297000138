/** What the lexer's helpers found: the kind of a token, and where it ends. One for all, because reading is not re-entrant. */

export const scan = { kind: 0, end: 0 };
