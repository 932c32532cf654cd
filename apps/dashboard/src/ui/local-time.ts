/** A time as `datetime-local` writes it, in the browser's time zone; empty when the text is no time. */
export function toLocalInput(at: string): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return '';
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

/** The typed time as ISO 8601 in UTC; undefined when the text is no time. */
export function fromLocalInput(text: string): string | undefined {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
