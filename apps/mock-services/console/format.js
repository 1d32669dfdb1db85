const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** 1234567 -> "1.2 MiB". */
export function bytes(count) {
  let value = count;
  let unit = 0;
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  return `${value.toFixed(value < 10 && unit > 0 ? 1 : 0)} ${units[unit]}`;
}

const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

/** 1234567 -> "1.2M". */
export const short = (count) => compact.format(count);

/** 1234567 -> "1,234,567". */
export const whole = (count) => count.toLocaleString('en');

/** Milliseconds in the two largest units: "364 d 3 h", "5 min". */
export function span(ms) {
  const seconds = Math.floor(Math.abs(ms) / 1000);
  const parts = [
    [Math.floor(seconds / 86400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ];
  const first = parts.findIndex(([value]) => value > 0);
  if (first < 0) return '0 s';
  const [largest, next] = parts.slice(first, first + 2);
  return [largest, next]
    .filter((part) => part?.[0] > 0)
    .map(([value, unit]) => `${value} ${unit}`)
    .join(' ');
}

/** 1 -> "1 entry", 2 -> "2 entries". */
export const counted = (count, one, many = `${one}s`) => `${whole(count)} ${count === 1 ? one : many}`;

/** "2026-01-31 12:00:05 UTC". */
export const instant = (date) => `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
