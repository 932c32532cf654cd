const counts = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

const percents = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1 });
const wholePercents = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 0 });

/** `96%` of a share between 0 and 1. Only all is `100%`, and only none is `0%`. */
export function formatShare(share: number): string {
  if (share > 0.999 && share < 1) return '>99.9%';
  if (share > 0 && share < 0.001) return '<0.1%';
  return (share >= 0.99 || share < 0.1 ? percents : wholePercents).format(share);
}

/** `1,234` */
export function formatCount(value: number): string {
  return counts.format(value);
}
