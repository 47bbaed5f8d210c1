// Days that people choose, and the times that the API wants for them.
import { element } from "./account.js";

// The beginning and the end of a day where this person is; null for no day.
export const startOf = (day) => (day ? new Date(`${day}T00:00:00`).toISOString() : null);
export const endOf = (day) => (day ? new Date(`${day}T23:59:59`).toISOString() : null);

// A time as a date field holds it.
export function asDay(time) {
  const { year, month, day } = parts(new Date(time));
  return `${year}-${month}-${day}`;
}

function parts(date) {
  const two = (number) => String(number).padStart(2, "0");
  return { year: date.getFullYear(), month: two(date.getMonth() + 1), day: two(date.getDate()) };
}

export function inYears(years) {
  const date = new Date();
  date.setFullYear(date.getFullYear() + years);
  return asDay(date);
}

// A time as its day, in the words of this browser.
export const dayOf = (time) =>
  element("time", { dateTime: time }, new Date(time).toLocaleDateString([], { dateStyle: "medium" }));
