// Who is at the phone. A phone may be shared: everybody has a store of their own, named by the
// person's id, and what one person left unsent waits there until that person signs in again.

export interface Session {
  id: string;
  person: string;
  xsrf: string;
}

/** Somebody who left entries on this phone; of those only the number is told to others. */
export interface Left {
  id: string;
  name: string;
  unsent: number;
}

const SESSION = "agrigen.session";
const PEOPLE = "agrigen.people";

/** What the browser keeps under a name; private windows may keep nothing. */
export function recalled(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

/** Keep a text under a name; null forgets it. */
export function retain(name: string, text: string | null): void {
  try {
    if (text === null) localStorage.removeItem(name);
    else localStorage.setItem(name, text);
  } catch {
    // full or not allowed: everything works without, until the page is closed
  }
}

const meta = (name: string): string => document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? "";

/** Told by the page that comes from the hub, remembered for the one that comes from the phone. */
export function session(): Session | null {
  const told = { id: meta("person-id"), person: meta("person"), xsrf: meta("xsrf") };
  if (told.id) retain(SESSION, JSON.stringify(told));
  const known = JSON.parse(recalled(SESSION) ?? "null") as Session | null;
  return known?.id ? known : told.id ? told : null;
}

export const ended = (): void => retain(SESSION, null);

/** Calls `changed` when somebody else signs in, or this person out, in another tab. */
export function watch(own: Session, changed: () => void): void {
  window.addEventListener("storage", (event) => {
    if (event.key !== SESSION && event.key !== null) return;
    const now = JSON.parse(recalled(SESSION) ?? "null") as Session | null;
    if (now?.id !== own.id) changed();
  });
}

export const storeOf = (id: string): string => `agrigen-collect-${id}`;

const people = (): Left[] => JSON.parse(recalled(PEOPLE) ?? "[]") as Left[];

/** Note how much a person has unsent on this phone. */
export function leave(one: Left): void {
  const before = people();
  const known = before.find((other) => other.id === one.id);
  if (known ? known.unsent === one.unsent && known.name === one.name : one.unsent === 0) return;
  const rest = before.filter((other) => other.id !== one.id);
  retain(PEOPLE, JSON.stringify(one.unsent > 0 ? [...rest, one] : rest));
}

/** Others who have something unsent on this phone. */
export const others = (own: string): Left[] => people().filter((one) => one.id !== own && one.unsent > 0);
