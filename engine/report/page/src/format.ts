import type { Difference, Output, Value } from './model';

const DASH = '–';
const MINUS = '−';

type Maybe = number | null | undefined;

/** Digits in groups of three, and never "-0": what the other forms of the report write. */
function grouped(digits: string): string {
  const negative = digits.startsWith('-');
  const [whole = '', fraction] = digits.replace('-', '').split('.');
  const text = whole.replace(/\B(?=(\d{3})+$)/g, ',') + (fraction === undefined ? '' : `.${fraction}`);
  return negative && /[1-9]/.test(digits) ? MINUS + text : text;
}

export function significant(value: Maybe, digits = 3): string {
  if (value === null || value === undefined || Number.isNaN(value)) return DASH;
  if (!Number.isFinite(value)) return value > 0 ? '∞' : `${MINUS}∞`;
  if (value === 0) return '0';
  const exponent = Math.floor(Math.log10(Math.abs(value)));
  if (exponent < -8) return value.toPrecision(digits);
  return grouped(value.toFixed(Math.max(0, digits - 1 - exponent)));
}

export function whole(value: Maybe): string {
  return value === null || value === undefined ? DASH : grouped(value.toFixed(0));
}

export function dollars(value: Maybe): string {
  return value === null || value === undefined ? DASH : `$${significant(value)}`;
}

export function milliseconds(value: Maybe): string {
  return value === null || value === undefined ? DASH : `${significant(value)} ms`;
}

export function seconds(value: Maybe): string {
  if (value === null || value === undefined) return DASH;
  if (value === 0) return '0 s';
  if (value < 1) return `${significant(value * 1000)} ms`;
  if (value < 120) return `${significant(value)} s`;
  const all = Math.round(value);
  return all < 7200
    ? `${Math.floor(all / 60)} min ${all % 60} s`
    : `${Math.floor(all / 3600)} h ${Math.floor((all % 3600) / 60)} min`;
}

export function count(value: Maybe): string {
  if (value === null || value === undefined || value < 1e6) return whole(value);
  return value < 1e9 ? `${significant(value / 1e6)} M` : `${significant(value / 1e9)} B`;
}

/** "%", "$ per 1,000", "tokens": what an output's values are written in; may be empty. */
export function unitOf(output: Output): string {
  if (output.share) return '%';
  if (output.unit === 'USD/1k') return '$ per 1,000';
  return output.unit === 'USD' ? '$' : output.unit;
}

export function titleOf(output: Output): string {
  const unit = unitOf(output);
  return unit === '' ? output.name : `${output.name}, ${unit}`;
}

/** A value as it is written in its output's unit, without the unit. */
export function number(output: Output, value: Maybe): string {
  if (value === null || value === undefined) return DASH;
  return output.share ? grouped((value * 100).toFixed(1)) : significant(value);
}

export function signed(output: Output, value: Maybe): string {
  const text = number(output, value);
  return text.startsWith(MINUS) || text === DASH || !/[1-9]/.test(text) ? text : `+${text}`;
}

export function interval(output: Output, low: Maybe, high: Maybe): string {
  return isKnown(low) && isKnown(high) ? `[${number(output, low)}, ${number(output, high)}]` : '';
}

export function signedInterval(output: Output, low: Maybe, high: Maybe): string {
  return isKnown(low) && isKnown(high) ? `[${signed(output, low)}, ${signed(output, high)}]` : '';
}

export function valueText(output: Output, value: Value): string {
  return [number(output, value.value), unitOf(output), interval(output, value.low, value.high)]
    .filter((part) => part !== '')
    .join(' ');
}

export function differenceUnit(output: Output): string {
  return output.share ? 'points' : unitOf(output);
}

/** "p = 0.013", "p < 0.001", of the adjusted p-value where there is one. */
export function pText(difference: Difference): string {
  const p = difference.p_adjusted ?? difference.p_value;
  if (p === null) return 'p not known';
  const which = difference.p_adjusted === null ? 'p' : 'adjusted p';
  return p < 0.001 ? `${which} < 0.001` : `${which} = ${p.toFixed(3)}`;
}

/** Whether a difference, as it stands, is one for the better. */
export function isBetter(output: Output, difference: number): boolean {
  return difference > 0 === output.higher_is_better;
}

export function isKnown(value: Maybe): value is number {
  return value !== null && value !== undefined && Number.isFinite(value);
}

/** The scale of plots: shares in per cent, all else as it is. */
export function plotted(output: Output, value: number): number {
  return output.share ? value * 100 : value;
}
