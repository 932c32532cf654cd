/** JSON text in place of its value: data are published exactly as written, including numbers that JavaScript would change. */
export interface RawJson {
  readonly rawJson: string;
}

/** Recognizes our own objects, because other data may have a field of this name, too. */
const made = new WeakSet<object>();

/** Data to publish as their JSON text. @throws {SyntaxError} when the text is not JSON. */
export function rawJson(text: string): RawJson {
  JSON.parse(text);
  const raw = { rawJson: text };
  made.add(raw);
  return raw;
}

/** An event as JSON; raw data stay raw. */
export function printEvent(event: { source: string; event: string; data: unknown; id: string }): string {
  const { data, ...fields } = event;
  if (!isRawJson(data)) return JSON.stringify(event);
  return `${JSON.stringify(fields).slice(0, -1)},"data":${data.rawJson}}`;
}

function isRawJson(data: unknown): data is RawJson {
  return typeof data === 'object' && data !== null && made.has(data);
}
