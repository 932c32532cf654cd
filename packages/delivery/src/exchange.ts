import { StringDecoder } from 'node:string_decoder';
import type { Dispatcher } from 'undici';
import { DeliveryError } from './failure-of-error.ts';
import type { ReceivedResponse } from './outcome.ts';

const KEPT_BODY_BYTES = 4 * 1024;
/** A body that ends within this is read to its end, so that its connection can be used again; a longer one costs the connection. */
const READ_BODY_BYTES = 64 * 1024;
const MAX_INFORMATIONAL = 8;

export type ExchangeEnd =
  | { ok: true; response: ReceivedResponse }
  /** `started`: the request was handed to a connection. `response`: what had arrived after its headers had. */
  | { ok: false; error: Error | null; started: boolean; response: ReceivedResponse | null };

/**
 * One request on its way: undici's handler, a bound on everything a receiver can send, and the deadline of the whole. Ends
 * exactly once. A response whose body exceeds what is kept counts as complete, whatever becomes of the rest.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly end: Promise<ExchangeEnd>;
  readonly #resolve: (end: ExchangeEnd) => void;
  readonly #timer: NodeJS.Timeout;
  #controller: Dispatcher.DispatchController | null = null;
  #ended = false;
  #informational = 0;
  #status = 0;
  #headers: Record<string, string> = {};
  #decoder: StringDecoder | null = null;
  #body = '';
  #readBytes = 0;

  constructor(timeoutMs: number) {
    const { promise, resolve } = Promise.withResolvers<ExchangeEnd>();
    this.end = promise;
    this.#resolve = resolve;
    this.#timer = setTimeout(() => this.#expire(timeoutMs), timeoutMs);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Waited too long for a connection: thrown, not aborted, because aborting would cost the connection.
    if (this.#ended) throw new DeliveryError('timeout', 'ended before it began');
    this.#controller = controller;
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: IncomingHeaders): void {
    if (status < 200) {
      this.#informational += 1;
      if (this.#informational <= MAX_INFORMATIONAL) return;
      controller.abort(new DeliveryError('protocol', `more than ${MAX_INFORMATIONAL} responses of status 1xx`));
      return;
    }
    this.#status = status;
    this.#headers = toRecord(headers);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const room = KEPT_BODY_BYTES - this.#readBytes;
    this.#readBytes += chunk.length;
    if (room > 0) {
      this.#decoder ??= new StringDecoder('utf8');
      this.#body += this.#decoder.write(chunk.length > room ? chunk.subarray(0, room) : chunk);
    }
    if (this.#readBytes > READ_BODY_BYTES) {
      this.#finish(null);
      controller.abort(new DeliveryError('internal', 'the rest of the body is not read'));
    }
  }

  onResponseEnd(): void {
    this.#finish(null);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#finish(error);
  }

  #expire(timeoutMs: number): void {
    let missing = 'connection';
    if (this.#controller !== null) missing = this.#status === 0 ? 'response' : 'end of the response';
    const error = new DeliveryError('timeout', `no ${missing} within ${timeoutMs} ms`);
    this.#finish(error);
    this.#controller?.abort(error);
  }

  #finish(error: Error | null): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#timer);
    const bodyTruncated = this.#readBytes > KEPT_BODY_BYTES;
    const response = this.#status === 0 ? null : this.#responseSoFar(bodyTruncated);
    if (response !== null && (error === null || bodyTruncated)) this.#resolve({ ok: true, response });
    else this.#resolve({ ok: false, error, started: this.#controller !== null, response });
  }

  #responseSoFar(bodyTruncated: boolean): ReceivedResponse {
    // What the decoder still holds is a character cut in two: by us when truncated, else by the receiver.
    const body = bodyTruncated ? this.#body : this.#body + (this.#decoder?.end() ?? '');
    return { status: this.#status, headers: this.#headers, body: body.replaceAll('\0', '\ufffd'), bodyTruncated };
  }
}

type IncomingHeaders = Record<string, string | string[] | undefined>;

function toRecord(headers: IncomingHeaders): Record<string, string> {
  const record: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) record[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return record;
}
