// All words of the page, from one file for each language.

import { isDay, readable, type Day } from "./days.ts";

export type Texts = Record<string, string>;

let texts: Texts = {};
let language = "en";
let locale = "en"; // with the country, which says how days and numbers are written

export function use(chosen: string, words: Texts): void {
  language = chosen;
  texts = words;
  if (typeof document === "undefined") return;
  locale = navigator.languages.find((one) => one.split("-")[0] === chosen) ?? chosen;
  document.documentElement.lang = locale;
}

export const current = (): string => language;

/** The text of a key with `{names}` filled in; of a `count` the right plural. */
export function t(key: string, values: Record<string, string | number> = {}): string {
  const count = values["count"];
  const form = typeof count === "number" ? `${key}.${new Intl.PluralRules(language).select(count)}` : key;
  const text = texts[form] ?? texts[`${key}.other`] ?? texts[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

export const has = (key: string): boolean => key in texts;

/** What an entry is called: a birth is a lambing of sheep and a calving of cattle. */
export const task = (name: string, species = ""): string =>
  t(has(`do.${name}.${species}`) ? `do.${name}.${species}` : `do.${name}`);

export const day = (date: Day): string => readable(date, locale);

/** The days in a sentence of the hub as people write them. */
export const said = (text: string): string => text.replace(/\b\d{4}-\d{2}-\d{2}\b/g, (one) => (isDay(one) ? day(one) : one));

export function number(value: number, digits = 1): string {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value);
}

/** "in 3 days", "2 days ago". */
export function distance(days: number): string {
  return new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(days, "day");
}
