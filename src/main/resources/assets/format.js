// Numbers as people read them: the same arithmetic as Figures.java, so that server and browser write the same text.
export const ABSENT = "–";
const SPACE = "\u00a0";
const BYTE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

const unknown = (value) => value === undefined || value === null || Number.isNaN(value);

/** Half away from zero, without exponent or grouping. */
export function decimal(value, digits) {
  const power = 10 ** digits;
  const scaled = Math.floor(Math.abs(value) * power + 0.5);
  const sign = value < 0 && scaled > 0 ? "-" : "";
  if (digits === 0) return sign + scaled;
  return `${sign}${Math.floor(scaled / power)}.${String(scaled % power).padStart(digits, "0")}`;
}

export function percent(ratio) {
  if (unknown(ratio)) return ABSENT;
  const value = ratio * 100;
  return `${decimal(value, Math.abs(value) < 9.95 ? 1 : 0)}${SPACE}%`;
}

export function bytes(number) {
  if (unknown(number)) return ABSENT;
  let value = number;
  let unit = 0;
  while (Math.abs(value) >= 999.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return decimal(value, unit > 0 && Math.abs(value) < 99.95 ? 1 : 0) + SPACE + BYTE_UNITS[unit];
}

export const bytesPerSecond = (rate) => (unknown(rate) ? ABSENT : `${bytes(rate)}/s`);

export function perSecond(rate) {
  if (unknown(rate)) return ABSENT;
  return `${Math.abs(rate) < 99.95 ? decimal(rate, 1) : count(rate)}/s`;
}

export function count(number) {
  if (unknown(number)) return ABSENT;
  return decimal(number, 0).replace(/\B(?=(\d{3})+$)/g, ",");
}

export const load = (number) => (unknown(number) ? ABSENT : decimal(number, 2));

/** As much as so many hosts wholly busy. */
export const hosts = (number) => (unknown(number) ? ABSENT : `${decimal(number, Math.abs(number) < 99.95 ? 1 : 0)}${SPACE}hosts`);

export const celsius = (degrees) => (unknown(degrees) ? ABSENT : `${decimal(degrees, 1)}${SPACE}°C`);

/** The two largest units of a time span: 3 d 4 h. */
export function duration(seconds) {
  if (unknown(seconds)) return ABSENT;
  const whole = Math.max(0, Math.floor(seconds));
  const two = (large, largeUnit, small, smallUnit) => `${large}${SPACE}${largeUnit} ${small}${SPACE}${smallUnit}`;
  if (whole >= 86400) return two(Math.floor(whole / 86400), "d", Math.floor((whole % 86400) / 3600), "h");
  if (whole >= 3600) return two(Math.floor(whole / 3600), "h", Math.floor((whole % 3600) / 60), "min");
  if (whole >= 60) return two(Math.floor(whole / 60), "min", whole % 60, "s");
  return `${whole}${SPACE}s`;
}

/** The largest unit of a time span alone: 3 d. */
export const rough = (seconds) => duration(seconds).split(" ", 1)[0];

/** A whole number of its unit, as steps are: 30 min rather than 30 min 0 s. */
export const span = (seconds) => duration(seconds).replace(/ 0\u00a0\S+$/, "");

const pad = (number) => String(number).padStart(2, "0");
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A local time of day. */
export function clock(ts, seconds = true) {
  const date = new Date(ts * 1000);
  return `${pad(date.getHours())}:${pad(date.getMinutes())}${seconds ? `:${pad(date.getSeconds())}` : ""}`;
}

export function day(ts) {
  const date = new Date(ts * 1000);
  return `${date.getDate()} ${MONTHS[date.getMonth()]}`;
}

export const moment = (ts, seconds = true) => `${day(ts)} ${clock(ts, seconds)}`;

export const month = (ts) => `${MONTHS[new Date(ts * 1000).getMonth()]} ${new Date(ts * 1000).getFullYear()}`;

/** Half a year: where a view is longer, the year matters and the time of day does not. */
const LONG = 15552000;

/** A time in a view of so many seconds. */
export function momentOf(ts, length, seconds = true) {
  return length > LONG ? `${day(ts)} ${new Date(ts * 1000).getFullYear()}` : moment(ts, seconds);
}
