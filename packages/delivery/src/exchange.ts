import { StringDecoder } from 'node:string_decoder';
import type { Dispatcher } from 'undici';
import { DeliveryError } from './failure-of-error.ts';
import type { ReceivedResponse } from './outcome.ts';
import { type IncomingHeaders, recordHeaders } from './recorded-headers.ts';
import { endedReusedConnection } from './response-reader.ts';

const keptBodyBytes = 4 * 1024;
/** A body that ends within this is read to its end, so that its connection can be used again; a longer one costs the connection. */
const readBodyBytes = 64 * 1024;

export type ExchangeEnd =
  | { ok: true; response: ReceivedResponse }
  /** No final status arrived. `started`: the request was handed to a connection. */
  | { ok: false; error: Error | null; started: boolean };

/**
 * One request on its way: undici's handler, a bound on the body, and the deadline of the whole. Ends exactly once. A response
 * whose head has arrived is the result, whatever becomes of its body.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly end: Promise<ExchangeEnd>;
  readonly #resolve: (end: ExchangeEnd) => void;
  readonly #timer: NodeJS.Timeout;
  #retry: (() => void) | null;
  #controller: Dispatcher.DispatchController | null = null;
  #ended = false;
  #status = 0;
  #headers: Record<string, string> = {};
  #decoder: StringDecoder | null = null;
  #body = '';
  #readBytes = 0;

  /** @param retry sends the same request on a fresh connection. Called at most once, when a reused connection turns out closed. */
  constructor(timeoutMs: number, retry: () => void) {
    const { promise, resolve } = Promise.withResolvers<ExchangeEnd>();
    this.end = promise;
    this.#resolve = resolve;
    this.#retry = retry;
    this.#timer = setTimeout(() => this.#expire(timeoutMs), timeoutMs);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Waited too long for a connection: thrown, not aborted, because aborting would cost the connection.
    if (this.#ended) throw new DeliveryError('timeout', 'ended before it began');
    this.#controller = controller;
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHeaders): void {
    this.#status = status;
    this.#headers = recordHeaders(headers);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const room = keptBodyBytes - this.#readBytes;
    this.#readBytes += chunk.length;
    if (room > 0) {
      this.#decoder ??= new StringDecoder('utf8');
      this.#body += this.#decoder.write(chunk.length > room ? chunk.subarray(0, room) : chunk);
    }
    if (this.#readBytes > readBodyBytes) {
      this.#finish(null);
      controller.abort(new DeliveryError('internal', 'the rest of the body is not read'));
    }
  }

  onResponseEnd(): void {
    this.#finish(null);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const retry = this.#retry;
    if (retry === null || this.#ended || this.#status !== 0 || !endedReusedConnection(error)) {
      this.#finish(error);
      return;
    }
    this.#retry = null;
    this.#controller = null;
    retry();
  }

  #expire(timeoutMs: number): void {
    const missing = this.#controller === null ? 'connection' : 'response';
    const error = new DeliveryError('timeout', `no ${missing} within ${timeoutMs} ms`);
    this.#finish(error);
    this.#controller?.abort(error);
  }

  #finish(error: Error | null): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#timer);
    if (this.#status !== 0) this.#resolve({ ok: true, response: this.#responseSoFar() });
    else this.#resolve({ ok: false, error, started: this.#controller !== null });
  }

  #responseSoFar(): ReceivedResponse {
    const bodyTruncated = this.#readBytes > keptBodyBytes;
    // The decoder may still hold a part of a character: cut by us when truncated, else by the receiver.
    const body = bodyTruncated ? this.#body : this.#body + (this.#decoder?.end() ?? '');
    return { status: this.#status, headers: this.#headers, body: body.replaceAll('\0', '\ufffd'), bodyTruncated };
  }
}
