import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';

/** 128 bits and two: two data of one hook meet by chance never. */
const digestCharacters = 22;

/**
 * What makes two events the same for a hook: a hash of their `unique` fields, or of all data if they have none. Never
 * changes between releases: stored digests would all differ at once.
 *
 * SHA-256 over canonical JSON (RFC 8785), its first 22 characters in base64url. Key order and the spelling of numbers
 * (`1`, `1.0`, `10e-1`; `-0` and `0`) do not matter; numbers count as the doubles that JSON.parse makes of them. A missing
 * field differs from a null one. Lone surrogates and numbers beyond the doubles, on which RFC 8785 gives up, have
 * digests too.
 *
 * @param data a parsed JSON object, its depth bounded by the caller.
 * @param unique names of top-level fields. Null, empty, or names that the data do not have: all data.
 */
export function digestOf(data: Readonly<Record<string, unknown>>, unique: readonly string[] | null): string {
  const picked = pick(data, unique ?? []);
  // Without any of its unique fields an event counts whole, or all such events would be the same.
  const counted = Object.keys(picked).length === 0 ? data : picked;
  return hash('sha256', canonicalText(counted), 'base64url').slice(0, digestCharacters);
}

function pick(data: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> {
  // fromEntries defines its properties, where an assignment to `__proto__` would be lost.
  return Object.fromEntries(names.filter((name) => Object.hasOwn(data, name)).map((name) => [name, data[name]]));
}

function canonicalText(value: Record<string, unknown>): string {
  try {
    return canonicalize(value) ?? '';
  } catch {
    // Canonical JSON starts with a brace, so nothing regular has the same text.
    return `escaped ${canonicalize(escapeLoneSurrogates(value))}`;
  }
}

/** Writes a lone surrogate as text (`\ud800`), with every backslash doubled so that no other string comes out the same. */
function escapeLoneSurrogates(value: unknown): unknown {
  // In the output of JSON.stringify, `\ud…` stands for lone surrogates only.
  const text = JSON.stringify(value).replace(/\\(ud[0-9a-f]{3}|.)/g, (whole, escaped: string) => {
    if (escaped === '\\') return '\\\\\\\\';
    return escaped.length === 5 ? `\\\\${escaped}` : whole;
  });
  return JSON.parse(text);
}
