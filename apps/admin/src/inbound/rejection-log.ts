import { INBOUND_LIMITS } from '@eventhooks/contract';
import { addRejections, type Database, type NewRejection } from '@eventhooks/database';

export interface RejectionLog {
  /** Keeps a rejection; it is written within a second. */
  note(rejection: NewRejection): void;
  /** Writes what was noted. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

const flushAfterMs = 1_000;
/** The most endpoints with unwritten rejections. Rejections of others are dropped. */
const maxEndpoints = 1_000;

/** Writes rejections together, so that a flood costs one statement per second and not one per request. */
export function createRejectionLog(database: Database, onError: (error: Error) => void): RejectionLog {
  let noted = new Map<string, NewRejection[]>();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  const write = async (): Promise<void> => {
    const rejections = [...noted.values()].flat();
    noted = new Map();
    if (rejections.length > 0) await addRejections(database.kysely, rejections, INBOUND_LIMITS.rejections);
  };
  const flush = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    writing = writing.then(write).catch(onError);
    return writing;
  };
  return {
    note(rejection) {
      const own = noted.get(rejection.endpointId) ?? [];
      if (own.length === 0 && noted.size >= maxEndpoints) return;
      noted.set(rejection.endpointId, [...own, rejection].slice(-INBOUND_LIMITS.rejections));
      timer ??= setTimeout(flush, flushAfterMs);
    },
    flush,
    close: flush,
  };
}
