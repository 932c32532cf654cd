/** What must be left as it is, in order: verbatim blocks, comments, nunjucks's own output and tags; then `{* … *}`. */
const SPANS =
  /\{%-?\s*(raw|verbatim)\s*-?%\}[\s\S]*?\{%-?\s*end\1\s*-?%\}|\{#[\s\S]*?#\}|\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}|\{\*([\s\S]*?)\*\}/g;

/**
 * lua-resty-template prints `{{ x }}` HTML-escaped and `{* x *}` raw. Nothing is escaped here, so the second is the first.
 */
export function acceptRestySpelling(source: string): string {
  if (!source.includes('{*')) return source;
  return source.replace(SPANS, (span: string, _block: unknown, raw: unknown) =>
    typeof raw === 'string' ? `{{${raw}}}` : span,
  );
}
