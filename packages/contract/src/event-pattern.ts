/** A name in `events`: a star that is not escaped matches any run of characters, also none. `\*` is a star itself. */
const star = /(?<!\\)\*+/;

/** True for a pattern, false for a plain name. */
export function isPattern(text: string): boolean {
  return star.test(text);
}

/** The name that a text without a free star stands for. */
export function nameOf(text: string): string {
  return text.replaceAll('\\*', '*');
}

/** Matches names in time linear in their length, however many stars the pattern has. */
export function compilePattern(pattern: string): (name: string) => boolean {
  const [first = '', ...parts] = pattern.split(star).map(nameOf);
  const last = parts.pop();
  if (last === undefined) return (name) => name === first;
  return (name) => {
    if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last)) return false;
    let at = first.length;
    // The leftmost place of each part leaves the most room for the next one.
    for (const part of parts) {
      const found = name.indexOf(part, at);
      if (found === -1) return false;
      at = found + part.length;
    }
    return at <= name.length - last.length;
  };
}
