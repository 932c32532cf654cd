import type { CustomTemplates, FieldPath, RenderedRequest } from './types.ts';

/** The templates among a custom webhook's fields, and how to put what they rendered back in their places. */
export interface TemplateFields {
  /** Where each of `sources` stands, below the hook's `config`. */
  paths: FieldPath[];
  sources: string[];
  fill(values: string[]): RenderedRequest;
}

/** Reads a field's value once all templates are rendered. */
type Read<T> = (values: string[]) => T;

/**
 * Texts in `payload`, at any depth, the `body`, and the header values are templates, each where its `*_format` is true. Kong's
 * payload is flat; ours may nest, for receivers like Slack. Keys and other types stay as they are. Texts without a tag are left
 * out: they render as they are.
 */
export function collectTemplates(templates: CustomTemplates): TemplateFields {
  const paths: FieldPath[] = [];
  const sources: string[] = [];
  const placeText = (path: FieldPath, text: string): Read<string> => {
    if (!/\{[{%#*]/.test(text)) return () => text;
    const index = sources.push(text) - 1;
    paths.push(path);
    return (values) => values[index] ?? '';
  };
  const placeValue = (path: FieldPath, value: unknown): Read<unknown> => {
    if (typeof value === 'string') return placeText(path, value);
    if (Array.isArray(value)) {
      const items = value.map((item, index) => placeValue([...path, index], item));
      return (values) => items.map((read) => read(values));
    }
    if (typeof value === 'object' && value !== null) return placeTable(path, { ...value }, placeValue);
    return () => value;
  };
  const { payload, body, headers } = templates;
  const readPayload: Read<Record<string, unknown> | null> =
    payload !== null && templates.payloadFormat ? placeTable(['payload'], payload, placeValue) : () => payload;
  const readBody: Read<string | null> = body !== null && templates.bodyFormat ? placeText(['body'], body) : () => body;
  const readHeaders: Read<Record<string, string>> = templates.headersFormat
    ? placeTable(['headers'], headers, placeText)
    : () => headers;
  return {
    paths,
    sources,
    fill: (values) => ({ payload: readPayload(values), body: readBody(values), headers: readHeaders(values) }),
  };
}

function placeTable<In, Out>(
  path: FieldPath,
  table: Record<string, In>,
  place: (path: FieldPath, value: In) => Read<Out>,
): Read<Record<string, Out>> {
  const places = Object.entries(table).map(([key, value]) => [key, place([...path, key], value)] as const);
  // From entries: assigning would lose a key named `__proto__`.
  return (values) => Object.fromEntries(places.map(([key, read]) => [key, read(values)] as const));
}

/** `payload.blocks[0].text`, as messages name it. */
export function printFieldPath(path: FieldPath): string {
  return path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('');
}

/** The name of the first header whose value would end its line; such a value could add headers of its own. */
export function findBrokenHeader(headers: Record<string, string>): string | null {
  return Object.keys(headers).find((name) => /[\r\n\0]/.test(headers[name] ?? '')) ?? null;
}
