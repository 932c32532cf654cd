/** The most bytes of an expression in UTF-8. */
export const EXPRESSION_BYTES = 4_096;

/** Brackets within each other. Parser, checker and evaluation recurse. */
export const maxNesting = 50;

/**
 * The steps of one evaluation. A step is about one node of the expression, visited once: some 100 ns. What is outside of loops
 * costs nothing, because the expression's length bounds it.
 */
export const maxSteps = 100_000;

/** Characters of texts and bytes, and elements of lists, that an expression may join. */
export const maxJoined = 1_048_576;

/** Characters of text, or bytes, that count as one step where they are compared, searched or copied. */
export const charactersPerStep = 64;

/** RE2 instructions of one pattern. */
export const maxPatternInstructions = 2_000;

/** Characters of a text times instructions of a pattern that count as one step. */
export const matchesPerStep = 128;
