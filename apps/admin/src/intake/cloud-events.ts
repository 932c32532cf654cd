import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import {
  decodeUtf8,
  type EventFault,
  type Fault,
  isJsonObject,
  locateFaults,
  type ReadEvent,
  readEvents,
  readJson,
} from '@eventhooks/contract';
import { decodeText } from '../http/decode-text.ts';
import { isJsonMediaType, mediaTypeOf } from '../http/media-type.ts';
import { type Attributes, findAttributeFaults, splitMembers } from './cloud-event-attributes.ts';
import type { Publication } from './publication.ts';

/**
 * CloudEvents 1.0.2 over HTTP (HTTP Protocol Binding, JSON Event Format, JSON Batch Format). The content type decides the
 * mode: structured, batch, or else binary where there are `ce-` headers. `source` and `type` become source and event, `id` the
 * publisher's id; extension attributes are checked and then dropped.
 */
export type CloudEventsMode = 'structured' | 'batch' | 'binary' | 'unknown_format';

/** Attributes whose header alone says that a request is a CloudEvent. */
const telltaleHeaders = ['ce-specversion', 'ce-id', 'ce-source', 'ce-type'];

/** The mode of a request, or null when it is not a CloudEvent. */
export function findCloudEventsMode(headers: IncomingHttpHeaders): CloudEventsMode | null {
  const type = mediaTypeOf(headers['content-type']);
  if (type === 'application/cloudevents+json') return 'structured';
  if (type === 'application/cloudevents-batch+json') return 'batch';
  // HTTP binding, section 3: a receiver that does not know the event format must not read it as anything else.
  if (type.startsWith('application/cloudevents')) return 'unknown_format';
  return telltaleHeaders.some((name) => headers[name] !== undefined) ? 'binary' : null;
}

/** The headers of a request, also those that stand twice, which Node otherwise joins to one value. */
export type MessageHead = Pick<IncomingMessage, 'headers' | 'headersDistinct'>;

/** Reads the events of a request. @throws {ApiError} 400 when it is not UTF-8. @throws {SyntaxError} when it is not JSON. */
export function readCloudEvents(
  mode: Exclude<CloudEventsMode, 'unknown_format'>,
  message: MessageHead,
  bytes: Buffer,
): Publication {
  if (mode === 'binary') return collect([readBinary(message, bytes)], false);
  const { events, isList } = readEvents(decodeText(bytes));
  if (isList !== (mode === 'batch')) {
    const message = isList ? 'expected one event, got a list' : 'expected a list of events';
    return { events: [emptyEvent], isList, faults: [{ index: 0, field: '', message }] };
  }
  // HTTP binding, section 3.2.2: the attributes may be repeated as headers.
  const copies = isList ? {} : readHeaderAttributes(message).attributes;
  const publication = collect(
    events.map((event) => readStructured(event, copies)),
    isList,
  );
  return { ...publication, mayBeEmpty: isList };
}

type ReadResult = { ok: true; event: ReadEvent } | { ok: false; faults: Fault[] };

const emptyEvent: ReadEvent = { fields: null, exactData: null };

function collect(results: readonly ReadResult[], isList: boolean): Publication {
  const faults: EventFault[] = results.flatMap((result, index) =>
    result.ok ? [] : locateFaults(index, result.faults),
  );
  return { events: results.map((result) => (result.ok ? result.event : emptyEvent)), isList, faults };
}

/** `copies` stand in for attributes that the event itself does not have. */
function readStructured({ fields, exactData }: ReadEvent, copies: Attributes): ReadResult {
  const members = splitMembers(fields);
  if (members === null) return { ok: false, faults: [{ path: [], message: 'expected an object' }] };
  const attributes = { ...copies, ...members.attributes };
  const faults = findAttributeFaults(attributes);
  const { data, base64 = null } = members;
  if (base64 === null) {
    return faults.length > 0 ? { ok: false, faults } : { ok: true, event: toEvent(attributes, data, exactData) };
  }
  const decoded = data === undefined ? decodeData(base64, attributes.datacontenttype) : bothData;
  if (!decoded.ok) faults.push({ path: ['data_base64'], message: decoded.message });
  if (faults.length > 0 || !decoded.ok) return { ok: false, faults };
  return { ok: true, event: toEvent(attributes, decoded.data, decoded.exactData) };
}

type DecodedData = ({ ok: true; data: unknown } & Pick<ReadEvent, 'exactData'>) | { ok: false; message: string };

const bothData: DecodedData = { ok: false, message: 'stands beside data: only one of them may' };
/** RFC 4648, section 4: the standard alphabet, padded. */
const base64Text = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** JSON format, section 3.1: the content that `datacontenttype` describes, which is JSON where it is absent. */
function decodeData(base64: unknown, contentType: unknown): DecodedData {
  if (typeof base64 !== 'string' || !base64Text.test(base64))
    return { ok: false, message: 'expected a text in base64' };
  if (typeof contentType === 'string' && !isJsonMediaType(mediaTypeOf(contentType))) {
    return { ok: false, message: `expected an object in JSON, got ${contentType.slice(0, 128)}` };
  }
  const text = decodeUtf8(Buffer.from(base64, 'base64'));
  if (text === null) return { ok: false, message: 'not UTF-8' };
  const read = readData(text);
  return read !== null && isJsonObject(read.data)
    ? { ok: true, ...read }
    : { ok: false, message: 'expected an object in JSON' };
}

/** Null when the text is not JSON. */
function readData(text: string): { data: unknown; exactData: ReadEvent['exactData'] } | null {
  try {
    const { value, exact } = readJson(text);
    return { data: value, exactData: exact };
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function readBinary(message: MessageHead, bytes: Buffer): ReadResult {
  const { attributes, faults: unreadable } = readHeaderAttributes(message);
  const names = new Set(unreadable.map(({ path }) => path[0]));
  const faults = [...unreadable, ...findAttributeFaults(attributes).filter(({ path }) => !names.has(path[0]))];
  const type = mediaTypeOf(message.headers['content-type']);
  if (type !== '' && !isJsonMediaType(type)) {
    faults.push({ path: ['data'], message: `expected an object in JSON, got ${type.slice(0, 128)}` });
  }
  if (faults.length > 0) return { ok: false, faults };
  if (bytes.length === 0) return { ok: true, event: toEvent(attributes, undefined, null) };
  const read = readData(decodeText(bytes));
  if (read === null) return { ok: false, faults: [{ path: ['data'], message: 'not JSON' }] };
  return { ok: true, event: toEvent(attributes, read.data, read.exactData) };
}

/** HTTP binding, section 3.1.3: each attribute is a header with the prefix `ce-`; `datacontenttype` is the content type. */
function readHeaderAttributes({ headersDistinct }: MessageHead): { attributes: Attributes; faults: Fault[] } {
  const attributes: [string, string][] = [];
  const faults: Fault[] = [];
  for (const [header, [value = '', ...others] = []] of Object.entries(headersDistinct)) {
    if (!header.startsWith('ce-')) continue;
    const name = header.slice('ce-'.length);
    const decoded = decodeHeader(value);
    if (others.length > 0) faults.push({ path: [name], message: 'the header stands more than once' });
    else if (decoded === null) faults.push({ path: [name], message: 'not UTF-8' });
    else attributes.push([name, decoded]);
  }
  return { attributes: Object.fromEntries(attributes), faults };
}

/** Section 3.1.3.2: removes double quotes, then decodes percent-encoding. Null when the bytes are not UTF-8. */
function decodeHeader(value: string): string | null {
  const quoted = /^"((?:[^"\\]|\\.)*)"$/.exec(value)?.[1];
  const plain = quoted?.replaceAll(/\\(.)/g, '$1') ?? value;
  const bytes = plain.replaceAll(/%([0-9a-f]{2})/gi, (_whole, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  // Node reads headers as Latin-1: one character per byte.
  return decodeUtf8(Buffer.from(bytes, 'latin1'));
}

function toEvent({ source, type, id }: Attributes, data: unknown, exactData: ReadEvent['exactData']): ReadEvent {
  return { fields: { source, event: type, id, data }, exactData };
}
