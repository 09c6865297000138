/** What the lexer's helpers found: the kind of a token, and where it ends. One for all, because reading is not re-entrant. */
export const scan = { kind: 0, end: 0 };

/** No token: white space, a comment, a word that went into the token before it. */
export const NOTHING = -1;
