/** Milliseconds of the machine's monotonic clock, the same for every process on it: stamps of two processes can be subtracted. */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
