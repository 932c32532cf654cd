/** The `max_in_flight` of a hook that sets none. */
export const DEFAULT_MAX_IN_FLIGHT = 128;

/** Bounds of one hook; everything a client can make grow is bounded here. */
export const HOOK_LIMITS = {
  nameLength: 255,
  urlLength: 2048,
  secretLength: 1024,
  headers: 50,
  headerNameLength: 128,
  headerValueLength: 8192,
  templateLength: 65_536,
  functions: 20,
  tags: 50,
  tagLength: 128,
  scheduleSteps: 50,
  events: 100,
  expressionBytes: 4_096,
  batchSize: 1_000,
  batchWaitSeconds: 3_600,
  snoozeSeconds: 31_536_000,
  timeoutMs: 120_000,
  rateLimit: 100_000,
  maxInFlight: 10_000,
  payloadDepth: 16,
  pemLength: 65_536,
  oldSecrets: 4,
  graceSeconds: 30 * 86_400,
  redactPaths: 20,
  redactPathLength: 256,
} as const;
