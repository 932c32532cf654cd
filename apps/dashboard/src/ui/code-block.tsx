import { CopyButton } from './copy.tsx';

/** Text as it is, but JSON with indentation. */
export function CodeBlock({ text, label }: { text: string; label: string }) {
  const laidOut = layOut(text);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling area must be reachable by keyboard
    <section className="code-block" aria-label={label} tabIndex={0}>
      <CopyButton text={text} label={label} />
      <pre>{highlight(laidOut)}</pre>
    </section>
  );
}

function layOut(text: string): string {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g;

/** Colours JSON; other text stays as it is. */
function highlight(text: string) {
  if (!/^\s*[[{]/.test(text) || text.length > 100_000) return text;
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    const [whole, string, colon, word] = match;
    const kind =
      string !== undefined ? (colon !== undefined ? 'key' : 'string') : word !== undefined ? 'word' : 'number';
    const shown = string !== undefined && colon !== undefined ? string : whole;
    parts.push(
      text.slice(end, match.index),
      <span key={match.index} className={`json-${kind}`}>
        {shown}
      </span>,
    );
    end = match.index + shown.length;
  }
  parts.push(text.slice(end));
  return parts;
}
