import type { PublishErrorKind } from './publish-error.ts';
import type { Receipt } from './receipt.ts';

export interface EventFault {
  field: string;
  message: string;
}

/** The meaning of the server's answer for a batch. */
export type Answer =
  | { kind: 'accepted'; receipts: Receipt[] }
  /** No event was accepted, because of these faults, by index in the batch. */
  | { kind: 'faulty'; faults: Map<number, EventFault[]> }
  | { kind: 'too_large'; message: string }
  /** No retry can change it. */
  | { kind: 'refused'; reason: PublishErrorKind; message: string }
  /** May succeed later. */
  | { kind: 'failed'; message: string; retryAfterMs: number };

/** The longest wait that a server may ask for. */
const MAX_RETRY_AFTER_MS = 60_000;
const RETRIED = new Set([408, 425, 429]);

/** Reads the answer to a batch of `count` events. Rejects when the body cannot be read. */
export async function readAnswer(response: Response, count: number): Promise<Answer> {
  const { status } = response;
  const text = await response.text();
  const body = parseObject(text);
  const message = `The server answered ${status}: ${typeof body.message === 'string' ? body.message : text.slice(0, 200)}`;
  if (response.ok) {
    const receipts = readReceipts(body);
    // Something other than Eventhooks answered, or a proxy cut the answer: it proves nothing.
    if (receipts.length !== count) return { kind: 'failed', message: `${message} (no receipts)`, retryAfterMs: 0 };
    return { kind: 'accepted', receipts };
  }
  if (status === 413) return { kind: 'too_large', message };
  if (status === 401 || status === 403) return { kind: 'refused', reason: 'unauthorized', message };
  if (status === 400) {
    const faults = readFaults(body, count);
    return faults.size > 0 ? { kind: 'faulty', faults } : { kind: 'refused', reason: 'invalid', message };
  }
  if (status >= 500 || RETRIED.has(status))
    return { kind: 'failed', message, retryAfterMs: readRetryAfterMs(response) };
  return { kind: 'refused', reason: 'rejected', message };
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

function readReceipts({ data }: Record<string, unknown>): Receipt[] {
  if (!Array.isArray(data)) return [];
  return data.flatMap((item: unknown) =>
    isRecord(item) && typeof item.id === 'string' ? [{ id: item.id, duplicate: item.duplicate === true }] : [],
  );
}

function readFaults({ faults }: Record<string, unknown>, count: number): Map<number, EventFault[]> {
  const byIndex = new Map<number, EventFault[]>();
  if (!Array.isArray(faults)) return byIndex;
  for (const fault of faults as unknown[]) {
    if (!isRecord(fault) || typeof fault.index !== 'number' || fault.index >= count) continue;
    const own = byIndex.get(fault.index) ?? [];
    own.push({ field: String(fault.field ?? ''), message: String(fault.message ?? '') });
    byIndex.set(fault.index, own);
  }
  return byIndex;
}

function readRetryAfterMs(response: Response): number {
  const header = response.headers.get('retry-after');
  if (header === null) return 0;
  const waitMs = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isFinite(waitMs) ? Math.min(MAX_RETRY_AFTER_MS, Math.max(0, waitMs)) : 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
