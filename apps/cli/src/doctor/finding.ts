/** One thing that `doctor` looked at. */
export interface Finding {
  level: 'ok' | 'warning' | 'fault';
  what: string;
  /** The remedy for a warning or fault. */
  advice?: string;
}
