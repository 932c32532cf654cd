/** Activity in a workspace since the last announcement of one process. */
export interface LiveActivity {
  workspace: string;
  /** Deliveries that were recorded or changed: some of them, when there were many. */
  ids: string[];
  /** The number of those deliveries. */
  deliveries: number;
  events: number;
}

/** The subjects that are announced to all processes of an installation. */
export type ChangeSubject =
  | { kind: 'hook'; id: string }
  | { kind: 'catalogue'; workspace: string }
  | { kind: 'token'; id: string }
  | { kind: 'workspace'; name: string }
  | { kind: 'inbound'; id: string }
  /** A breaker opened or closed. */
  | { kind: 'breaker'; hookId: string }
  /** A hook test was answered. */
  | { kind: 'hook_test'; id: string }
  | { kind: 'activity'; activity: LiveActivity }
  /** Notifications may have been lost: anything may have changed. */
  | { kind: 'missed' }
  /** Nothing is announced here: there may have been activity. Told about once per second. */
  | { kind: 'unannounced' }
  /** Announced by a newer release. */
  | { kind: 'unknown' };

/** `version` is the configuration's with this change; null if the subject is not configuration. */
export type Change = ChangeSubject & { version: bigint | null };

/** How subjects are written, also by the SQL functions: `<name>:<text>`, followed by `@<version>` for configuration. */
const readers = {
  hook: (id) => ({ kind: 'hook', id }),
  catalogue: (workspace) => ({ kind: 'catalogue', workspace }),
  token: (id) => ({ kind: 'token', id }),
  workspace: (name) => ({ kind: 'workspace', name }),
  inbound: (id) => ({ kind: 'inbound', id }),
  breaker: (hookId) => ({ kind: 'breaker', hookId }),
  probe: (id) => ({ kind: 'hook_test', id }),
  live: (text) => ({ kind: 'activity', activity: JSON.parse(text) }),
} satisfies Record<string, (text: string) => ChangeSubject>;

/** Reads the text of a notification. */
export function readChange(payload: string): Change {
  const { name = '', rest = '' } = /^(?<name>\w+):(?<rest>.*)$/s.exec(payload)?.groups ?? {};
  if (!isReadable(name)) return { kind: 'unknown', version: versionOf(payload) };
  // Only configuration has a version, and its names hold any character.
  const version = name === 'live' ? null : versionOf(rest);
  const text = version === null ? rest : rest.slice(0, rest.lastIndexOf('@'));
  return { ...readers[name](text), version };
}

export function printActivity(activity: LiveActivity): string {
  return `live:${JSON.stringify(activity)}`;
}

export function printAnsweredHookTest(id: string): string {
  return `probe:${id}`;
}

function isReadable(name: string): name is keyof typeof readers {
  return Object.hasOwn(readers, name);
}

function versionOf(text: string): bigint | null {
  const digits = /@(\d+)$/.exec(text)?.[1];
  return digits === undefined ? null : BigInt(digits);
}
