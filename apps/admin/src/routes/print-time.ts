/** Kong's entities give times in epoch seconds. */
export function toEpochSeconds(time: Date): number {
  return Math.floor(time.getTime() / 1000);
}

export function toIsoOrNull(time: Date | null): string | null {
  return time?.toISOString() ?? null;
}
