/** One thing that `doctor` looked at. */
export interface Finding {
  level: 'ok' | 'warning' | 'fault';
  what: string;
  /** How to mend it, where it is not well. */
  advice?: string;
}
