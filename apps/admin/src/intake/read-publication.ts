import { EVENT_LIMITS, type EventFault, type ReadEvent, readEvents } from '@eventhooks/contract';
import { apiError } from '../http/api-error.ts';
import { decodeText } from '../http/decode-text.ts';
import { mediaTypeOf } from '../http/media-type.ts';
import { findCloudEventsMode, type MessageHead, readCloudEvents } from './cloud-events.ts';
import type { Publication } from './publication.ts';

const lineTypes: ReadonlySet<string> = new Set(['application/x-ndjson', 'application/ndjson', 'application/jsonl']);

/**
 * Reads a publication by its content type: JSON, NDJSON or CloudEvents.
 *
 * @throws {ApiError} 400 for a body that is not JSON or not UTF-8, 415 for other types.
 */
export function readPublication(message: MessageHead, bytes: Buffer): Publication {
  const mode = findCloudEventsMode(message.headers);
  if (mode === 'unknown_format') {
    throw apiError('unsupported_media_type', 'CloudEvents are taken in their JSON formats only');
  }
  try {
    if (mode !== null) return { ...readCloudEvents(mode, message, bytes), eventField: 'type' };
    const type = mediaTypeOf(message.headers['content-type']);
    if (lineTypes.has(type)) return readLines(decodeText(bytes));
    if (type === 'application/json') return { ...readEvents(decodeText(bytes)), faults: [] };
  } catch (error) {
    if (error instanceof SyntaxError) throw apiError('malformed_json');
    throw error;
  }
  throw apiError('unsupported_media_type', 'Expected application/json, application/x-ndjson or CloudEvents');
}

/** One event per line; blank lines are skipped. Each line that is not JSON is reported by its index among the events. */
function readLines(text: string): Publication {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const faults: EventFault[] = [];
  const events = lines.slice(0, EVENT_LIMITS.events + 1).map((line, index): ReadEvent => {
    try {
      const { events: read, isList } = readEvents(line);
      const [event] = read;
      if (!isList && event !== undefined) return event;
      faults.push({ index, field: '', message: 'expected a record' });
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      faults.push({ index, field: '', message: 'not JSON' });
    }
    return { fields: null, exactData: null };
  });
  return { events, isList: true, faults };
}
