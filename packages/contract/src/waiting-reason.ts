/** A reason of admission for not attempting a delivery now. */
export type WaitReason = 'hook_disabled' | 'paused' | 'breaker_open' | 'no_slot' | 'rate_limited';

/** The `reason` of a delivery whose status is `waiting`. */
export type WaitingReason =
  | WaitReason
  | 'in_flight'
  | 'order'
  | 'retry'
  | 'manual_retry'
  | 'replay'
  | 'snooze'
  | 'batch';
