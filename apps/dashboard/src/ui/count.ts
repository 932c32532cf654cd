const counts = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

/** `1,234` */
export function formatCount(value: number): string {
  return counts.format(value);
}
