// Days are days of the farm: text like 2026-03-14, never moments.

import { now as moment } from "./clock.ts";

export type Day = string;

/** The day where the phone is; by the hub's clock when the phone's is wrong. */
export function today(now: Date = moment()): Day {
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

function number(day: Day): number {
  return Math.round(Date.parse(`${day}T00:00:00Z`) / 86_400_000);
}

export function addDays(day: Day, days: number): Day {
  return new Date((number(day) + days) * 86_400_000).toISOString().slice(0, 10);
}

/** How many days from the first to the second. */
export function daysBetween(from: Day, to: Day): number {
  return number(to) - number(from);
}

export function isDay(text: unknown): text is Day {
  return typeof text === "string" && /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(number(text))
    && new Date(number(text) * 86_400_000).toISOString().startsWith(text);
}

/** For people, in their language: 14 Mar 2026. */
export function readable(day: Day, language: string): string {
  const form = { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" } as const;
  return new Intl.DateTimeFormat(language, form).format(new Date(`${day}T00:00:00Z`));
}
