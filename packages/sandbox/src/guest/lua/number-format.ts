/** A conversion of `string.format`, such as `%-5.2f`. */
export interface Conversion {
  letter: string;
  isLeft: boolean;
  hasPlus: boolean;
  hasSpace: boolean;
  hasZero: boolean;
  isAlternate: boolean;
  width: number;
  precision: number | null;
}

/**
 * `%d %i %u %x %X %o` as LuaJIT has them: fractions are cut, and the number is one of 64 bits, unsigned for all but `%d`
 * and `%i`. Numbers beyond 64 bits, infinities and NaN come out as -2^63, as on x86.
 */
export function formatInteger(value: number, conversion: Conversion): string {
  const { letter, hasPlus, hasSpace, isAlternate, precision } = conversion;
  const isSigned = letter === 'd' || letter === 'i';
  const integer = isSigned ? toInt64(value) : toUint64(value);
  const magnitude = integer < 0n ? -integer : integer;
  const sign = !isSigned ? '' : integer < 0n ? '-' : hasPlus ? '+' : hasSpace ? ' ' : '';
  const isHex = letter === 'x' || letter === 'X';
  let digits = magnitude.toString(isHex ? 16 : letter === 'o' ? 8 : 10);
  if (magnitude === 0n && precision === 0) digits = '';
  if (letter === 'o' && isAlternate && digits !== '0') digits = `0${digits}`;
  const prefix = isHex && isAlternate && magnitude !== 0n ? '0x' : sign;
  const text = pad(prefix, digits.padStart(precision ?? 0, '0'), conversion, precision === null);
  return letter === 'X' ? text.toUpperCase() : text;
}

const two63 = 2n ** 63n;

function toInt64(value: number): bigint {
  return Math.abs(value) < 2 ** 63 ? BigInt(Math.trunc(value)) : -two63;
}

function toUint64(value: number): bigint {
  return BigInt.asUintN(64, toInt64(value >= 2 ** 63 ? value - 2 ** 64 : value));
}

/** `%a %e %f %g` and their capitals, as LuaJIT has them. Halves round away from zero, as JavaScript rounds them. */
export function formatFloat(value: number, conversion: Conversion): string {
  const { letter, hasPlus, hasSpace } = conversion;
  const kind = letter.toLowerCase();
  const isNegative = value < 0 || Object.is(value, -0);
  const plus = hasPlus && !Number.isNaN(value) ? '+' : '';
  const sign = isNegative ? '-' : plus || (hasSpace ? ' ' : '');
  const text = Number.isFinite(value)
    ? pad(sign + (kind === 'a' ? '0x' : ''), formatMagnitude(Math.abs(value), kind, conversion), conversion, true)
    : pad(sign, Number.isNaN(value) ? 'nan' : 'inf', conversion, false);
  return letter === kind ? text : text.toUpperCase();
}

function formatMagnitude(value: number, kind: string, { precision, isAlternate }: Conversion): string {
  if (kind === 'a') return formatHex(value, precision, isAlternate);
  if (kind === 'e') return formatScientific(value.toExponential(precision ?? 6), isAlternate);
  if (kind === 'g') return formatShortest(value, precision ?? 6, isAlternate);
  return withPoint(formatFixed(value, precision ?? 6), isAlternate);
}

/** JavaScript's `toFixed` gives up its digits from 1e21 on. */
function formatFixed(value: number, precision: number): string {
  if (value < 1e21) return value.toFixed(precision);
  return `${BigInt(value)}${precision === 0 ? '' : `.${'0'.repeat(precision)}`}`;
}

/** Turns JavaScript's `1.5e+6` into C's `1.5e+06`. */
function formatScientific(text: string, isAlternate: boolean): string {
  const [mantissa = '', exponent = '+0'] = text.split('e');
  return `${withPoint(mantissa, isAlternate)}e${exponent.slice(0, 1)}${exponent.slice(1).padStart(2, '0')}`;
}

function formatShortest(value: number, precision: number, isAlternate: boolean): string {
  const count = Math.max(precision, 1);
  const text = value.toExponential(count - 1);
  const [mantissa = '', exponentText] = text.split('e');
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= count) {
    return formatScientific(isAlternate ? text : `${withoutZeros(mantissa)}e${exponentText}`, isAlternate);
  }
  const digits = mantissa.replace('.', '');
  const fixed =
    exponent < 0
      ? `0.${'0'.repeat(-exponent - 1)}${digits}`
      : `${digits.slice(0, exponent + 1)}${digits.length > exponent + 1 ? `.${digits.slice(exponent + 1)}` : ''}`;
  return isAlternate ? withPoint(fixed, true) : withoutZeros(fixed);
}

const fractionBits = 52n;

/** The number's bits: `1.8p+1`. The first digit is 1, or 2 where rounding carried, and 0 for zero only. */
function formatHex(value: number, precision: number | null, isAlternate: boolean): string {
  const bits = new BigUint64Array(new Float64Array([value]).buffer)[0] ?? 0n;
  let exponent = value === 0 ? 0 : Number(bits >> fractionBits) - 1023;
  let significand = bits & ((1n << fractionBits) - 1n);
  if (value !== 0 && exponent === -1023) {
    // A denormal: its first one becomes the first digit.
    const shift = 53 - significand.toString(2).length;
    significand <<= BigInt(shift);
    exponent -= shift - 1;
  } else if (value !== 0) significand |= 1n << fractionBits;
  if (precision !== null && precision < 13) {
    const dropped = fractionBits - 4n * BigInt(precision);
    significand = ((significand + (1n << (dropped - 1n))) >> dropped) << dropped;
  }
  const fraction = (significand & ((1n << fractionBits) - 1n)).toString(16).padStart(13, '0');
  const digits = precision === null ? fraction.replace(/0+$/, '') : fraction.slice(0, precision).padEnd(precision, '0');
  const whole = withPoint(`${significand >> fractionBits}${digits === '' ? '' : `.${digits}`}`, isAlternate);
  return `${whole}p${exponent < 0 ? '-' : '+'}${Math.abs(exponent)}`;
}

function withPoint(text: string, isAlternate: boolean): string {
  return isAlternate && !text.includes('.') ? `${text}.` : text;
}

function withoutZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** Fills up to the width: with zeros after the sign, or with spaces around all of it. */
function pad(prefix: string, digits: string, { isLeft, hasZero, width }: Conversion, takesZeros: boolean): string {
  if (isLeft) return (prefix + digits).padEnd(width);
  if (hasZero && takesZeros) return prefix + digits.padStart(width - prefix.length, '0');
  return (prefix + digits).padStart(width);
}
