/** How a lambda's source is read: first as an expression (`data => …`), then as a chunk that returns the function. */
export function asExpression(source: string): string {
  return `(${source.replace(/;\s*$/, '')}\n)`;
}

/** Both keep the source's line numbers. */
export function asChunk(source: string): string {
  return `(() => {${source}\n})()`;
}

/** The name under which a source's lines appear in errors. */
export function sourceName(index: number): string {
  return `functions[${index}]`;
}
