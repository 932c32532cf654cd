import { createObject, ExactNumber } from '@eventhooks/contract/exact-json';
import type { CustomTemplates, FieldPath, RenderedRequest } from './types.ts';

/** The templates among a custom webhook's fields, and how their rendered texts go back to their places. */
export interface TemplateFields {
  /** The place of each source in the hook's `config`. */
  paths: FieldPath[];
  sources: string[];
  fill(values: string[]): RenderedRequest;
}

/** Reads a field's value once all templates are rendered. */
type Read<T> = (values: string[]) => T;

/**
 * The texts in `payload` at any depth, the `body`, and the values of `headers` are templates where their `*_format` is true.
 * Kong's payload is flat; ours may nest, for receivers like Slack. Keys and values of other types stay as they are. Texts
 * without a tag are left out, because they render as they are.
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
    const isTable = typeof value === 'object' && value !== null && !(value instanceof ExactNumber);
    if (isTable) return placeTable(path, Object.entries(value), placeValue);
    return () => value;
  };
  const { payload, body, headers } = templates;
  const readPayload: Read<Record<string, unknown> | null> =
    payload !== null && templates.payloadFormat
      ? placeTable(['payload'], Object.entries(payload), placeValue)
      : () => payload;
  const readBody: Read<string | null> = body !== null && templates.bodyFormat ? placeText(['body'], body) : () => body;
  const readHeaders: Read<Record<string, string>> = templates.headersFormat
    ? placeTable(['headers'], Object.entries(headers), placeText)
    : () => headers;
  return {
    paths,
    sources,
    fill: (values) => ({ payload: readPayload(values), body: readBody(values), headers: readHeaders(values) }),
  };
}

function placeTable<In, Out>(
  path: FieldPath,
  table: readonly [string, In][],
  place: (path: FieldPath, value: In) => Read<Out>,
): Read<Record<string, Out>> {
  const places = table.map(([key, value]) => [key, place([...path, key], value)] as const);
  return (values) => createObject(places.map(([key, read]) => [key, read(values)] as const));
}

/** The path as messages print it: `payload.blocks[0].text`. */
export function printFieldPath(path: FieldPath): string {
  return path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('');
}

/** The name of the first header whose value would end its line. Such a value could add headers of its own. */
export function findBrokenHeader(headers: Record<string, string>): string | null {
  return Object.keys(headers).find((name) => /[\r\n\0]/.test(headers[name] ?? '')) ?? null;
}
