import type { CustomTemplates, RenderedRequest } from './types.ts';

/** The templates among a custom webhook's fields, and how to put what they rendered back in their places. */
export interface TemplateFields {
  /** `payload.text`, `body`, `headers.x-a`, in the order of `sources`. */
  names: string[];
  sources: string[];
  fill(values: string[]): RenderedRequest;
}

/**
 * Kong renders the top-level string values of `payload`, the `body`, and the header values, each where its `*_format` is
 * true; nested values, keys and everything else stay as they are. Texts without a tag are left out: they render as they are.
 */
export function collectTemplates(templates: CustomTemplates): TemplateFields {
  const names: string[] = [];
  const sources: string[] = [];
  /** @returns how to read the field's value once all are rendered. */
  function place<T>(name: string, value: T, isTemplate: boolean): (values: string[]) => T | string {
    if (!isTemplate || typeof value !== 'string' || !/\{[{%#*]/.test(value)) return () => value;
    const index = sources.push(value) - 1;
    names.push(name);
    return (values) => values[index] ?? '';
  }
  function placeAll<T>(name: string, table: Record<string, T>, isTemplate: boolean) {
    const places = Object.entries(table).map(
      ([key, value]) => [key, place(`${name}.${key}`, value, isTemplate)] as const,
    );
    // From entries: assigning would lose a key named `__proto__`.
    return (values: string[]) => Object.fromEntries(places.map(([key, read]) => [key, read(values)] as const));
  }
  const payload =
    templates.payload === null ? () => null : placeAll('payload', templates.payload, templates.payloadFormat);
  const body = place('body', templates.body, templates.bodyFormat);
  const headers = placeAll('headers', templates.headers, templates.headersFormat);
  return {
    names,
    sources,
    fill: (values) => ({ payload: payload(values), body: body(values), headers: headers(values) }),
  };
}

/** The name of the first header whose value would end its line; such a value could add headers of its own. */
export function findBrokenHeader(headers: Record<string, string>): string | null {
  return Object.keys(headers).find((name) => /[\r\n\0]/.test(headers[name] ?? '')) ?? null;
}
