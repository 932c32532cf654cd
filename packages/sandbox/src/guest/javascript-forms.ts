/** A lambda's source is read first as an expression (`data => …`), then as a chunk that returns the function. */
export function asExpression(source: string): string {
  return `(${source.replace(/;\s*$/, '')}\n)`;
}

/** Keeps the source's line numbers, as `asExpression` does. */
export function asChunk(source: string): string {
  return `(() => {${source}\n})()`;
}

/** The name under which a source's lines appear in errors. */
export function sourceName(index: number): string {
  return `functions[${index}]`;
}
