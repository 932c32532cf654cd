/**
 * Built-ins as they were before any user code ran in the context. A lambda may replace `String.prototype.slice`, and the
 * code that caps its output must not call the replacement. Everything that runs after user code takes its built-ins from
 * here. They are bound functions, so that a call consults no prototype.
 */
const { call } = Function.prototype;

export const parseJson: (text: string) => unknown = JSON.parse;
export const stringifyJson: (value: unknown) => string | undefined = JSON.stringify;
export const nowMs: () => number = Date.now;
export const applyFunction: (fn: (...args: unknown[]) => unknown, self: unknown, args: unknown[]) => unknown =
  Reflect.apply;
export const sliceText: (text: string, start: number, end?: number) => string = call.bind(String.prototype.slice);
const charCodeAt: (text: string, index: number) => number = call.bind(String.prototype.charCodeAt);
export const execPattern: (pattern: RegExp, text: string) => RegExpExecArray | null = call.bind(RegExp.prototype.exec);
export const thenPromise: (promise: unknown, ok: (value: unknown) => void, failed: (error: unknown) => void) => void =
  call.bind(Promise.prototype.then);
export const resolvePromise: (value: unknown) => unknown = Promise.resolve.bind(Promise);
/** The text of any value. May run the value's own `toString`. */
export const toText: (value: unknown) => string = String;
const isInChain: (prototype: object, value: unknown) => boolean = call.bind(Object.prototype.isPrototypeOf);
const syntaxErrorPrototype = SyntaxError.prototype;

/** `instanceof` would ask `SyntaxError[Symbol.hasInstance]`, which user code may have replaced. */
export function isSyntaxError(error: unknown): boolean {
  return isInChain(syntaxErrorPrototype, error);
}

export function cutText(text: string, maxChars: number): string {
  return text.length <= maxChars ? text : `${sliceText(text, 0, maxChars - 1)}…`;
}

/** Whether the text has more than `limit` bytes in UTF-8. Counts only where the length leaves it open. */
export function exceedsBytes(text: string, limit: number): boolean {
  if (text.length > limit) return true;
  if (text.length * 3 <= limit) return false;
  let bytes = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = charCodeAt(text, index);
    // Half a surrogate pair counts as two of the pair's four bytes.
    if (unit > 0x7f) bytes += unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1;
  }
  return bytes > limit;
}
