/** Spans that stay as they are (verbatim blocks, comments, nunjucks's own output and tags), and last `{* … *}`. */
const SPANS =
  /\{%-?\s*(raw|verbatim)\s*-?%\}[\s\S]*?\{%-?\s*end\1\s*-?%\}|\{#[\s\S]*?#\}|\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}|\{\*([\s\S]*?)\*\}/g;

/**
 * Turns `{* x *}` into `{{ x }}`. lua-resty-template escapes HTML in the second and not in the first; here nothing is escaped.
 */
export function acceptRestySpelling(source: string): string {
  if (!source.includes('{*')) return source;
  return source.replace(SPANS, (span: string, _block: unknown, raw: unknown) =>
    typeof raw === 'string' ? `{{${raw}}}` : span,
  );
}
