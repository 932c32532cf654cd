import type { Socket } from 'node:net';
import { DeliveryError } from './failure-of-error.ts';
import type { FailureKind } from './outcome.ts';
import { beginsWithPlainHead, canBeginHead, readHead } from './response-head.ts';

/** 256 KiB of headers, and room for the status line and for what separates headers. */
export const maxHeadBytes = 264 * 1024;
const maxInformational = 8;
/** A status line is read from its beginning as soon as that arrives; this much is enough to see its status. */
const startLength = 64;
/** A longer head is read line by line. */
const usualHeadLength = 2_048;

type Written = (error?: Error | null) => void;

const blankLine = /\n\r?\n/;
const nothing = Buffer.alloc(0);

/** Errors by which a connection ends when the receiver closes it, or has closed it already. */
const closedByReceiver: ReadonlySet<unknown> = new Set(['ECONNRESET', 'ECONNABORTED', 'EPIPE', 'UND_ERR_SOCKET']);
const endings = new WeakSet<Error>();

/**
 * True when the receiver closed a connection that had answered before, and no byte of the next response had come: it closed
 * an idle connection while the next request was on its way.
 */
export function endedReusedConnection(error: Error): boolean {
  return endings.has(error);
}

/**
 * Puts a reader between a new connection and undici's strict parser. A head in plain form passes as it is; any other is
 * rewritten to that form before undici sees it, and 1xx responses are left out. Bodies pass untouched.
 *
 * The reader hooks into `push`, by which Node hands on what a connection receives; into `write`, by which requests go out; and
 * into `destroy`, by which connections end.
 */
export function readResponses(socket: Socket): void {
  const reader = new ResponseReader(socket);
  const push = socket.push.bind(socket);
  const write = socket.write.bind(socket);
  const destroy = socket.destroy.bind(socket);
  socket.push = (chunk: unknown, encoding) => push(Buffer.isBuffer(chunk) ? reader.read(chunk) : chunk, encoding);
  // undici writes a request at once, as texts and buffers. `bytesWritten` would tell the same, and costs a copy of the queue.
  socket.write = (chunk: string | Uint8Array, encoding?: BufferEncoding | Written, written?: Written) => {
    reader.noteRequest();
    return typeof encoding === 'string' ? write(chunk, encoding, written) : write(chunk, encoding ?? written);
  };
  socket.destroy = (error) => {
    if (error && 'code' in error && closedByReceiver.has(error.code) && reader.isIdleAfterResponse())
      endings.add(error);
    return destroy(error);
  };
}

/** Follows the responses on one connection. undici sends the next request when the last response has ended: no pipelining. */
class ResponseReader {
  readonly #socket: Socket;
  /** A request was written since the last response began: what comes next begins a response. */
  #isAsked = false;
  #inHead = false;
  #responses = 0;
  #informational = 0;
  /** In Latin-1, so that a character is a byte. Text is appended in constant time, however small the pieces are. */
  #head = '';
  /** The last two characters of `#head`, where a blank line may have begun. */
  #tail = '';
  #start = '';

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  noteRequest(): void {
    this.#isAsked = true;
  }

  /** True when no byte has come since the last head was complete, or since a request after it was written. */
  isIdleAfterResponse(): boolean {
    return this.#responses > 0 && (!this.#inHead || this.#isAsked);
  }

  /** The part of the received bytes that undici is to see, rewritten where necessary. */
  read(chunk: Buffer): Buffer {
    if (this.#isAsked) this.#beginResponse();
    if (!this.#inHead) return chunk;
    // The usual case: one chunk holds the whole head, in plain form.
    if (this.#head === '' && beginsWithPlainHead(chunk.toString('latin1', 0, usualHeadLength))) {
      this.#endHead();
      return chunk;
    }
    return this.#readHeads(chunk);
  }

  #beginResponse(): void {
    this.#isAsked = false;
    this.#inHead = true;
    this.#informational = 0;
    this.#takeHead();
  }

  #endHead(): void {
    this.#inHead = false;
    this.#responses += 1;
  }

  #readHeads(chunk: Buffer): Buffer {
    const text = chunk.toString('latin1');
    let at = 0;
    for (;;) {
      const end = this.#append(text, at);
      if (end === null) {
        this.#checkBeginning();
        return nothing;
      }
      at = end;
      const head = this.#takeHead();
      const reading = beginsWithPlainHead(head) ? { kind: 'final' as const, text: head } : readHead(head);
      if (head.length > maxHeadBytes) return this.#fail('too_large_headers', 'the response headers exceed 256 KiB');
      if (reading.kind === 'invalid') return this.#fail('protocol', reading.message);
      if (reading.kind === 'final') {
        this.#endHead();
        return Buffer.concat([Buffer.from(reading.text, 'latin1'), chunk.subarray(at)]);
      }
      this.#informational += 1;
      if (this.#informational > maxInformational) {
        return this.#fail('protocol', `more than ${maxInformational} responses of status 1xx`);
      }
    }
  }

  /** Appends the text from `at` on, up to the end of the head. Returns where the head ends; null when it goes on. */
  #append(text: string, at: number): number | null {
    let from = at;
    // RFC 9112, section 2.2: empty lines before a status line are passed over.
    while (this.#head === '' && (text[from] === '\r' || text[from] === '\n')) from += 1;
    const unread = text.slice(from);
    const found = blankLine.exec(this.#tail + unread);
    if (found === null) {
      this.#head += unread;
      this.#tail = (this.#tail + unread).slice(-2);
      if (this.#start.length < startLength) this.#start += unread.slice(0, startLength);
      return null;
    }
    const length = found.index + found[0].length - this.#tail.length;
    this.#head += unread.slice(0, length);
    return from + length;
  }

  /** Ends the connection as soon as it is certain that no head within the limits is coming. */
  #checkBeginning(): void {
    if (this.#head.length > maxHeadBytes) this.#fail('too_large_headers', 'the response headers exceed 256 KiB');
    else if (!canBeginHead(this.#start)) this.#fail('protocol', 'the response does not begin with a valid status line');
  }

  #takeHead(): string {
    const head = this.#head;
    this.#head = '';
    this.#tail = '';
    this.#start = '';
    return head;
  }

  #fail(kind: FailureKind, message: string): Buffer {
    this.#socket.destroy(new DeliveryError(kind, message));
    return nothing;
  }
}
