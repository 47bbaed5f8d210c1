// The animals of the chosen farm in memory, so that finding one takes a few milliseconds.

import { forms, nextTag, plain } from "./identity.ts";
import type { Animal } from "./protocol.ts";

interface Known {
  animal: Animal;
  marks: string[];
  digits: string[];
}

export class Flock {
  private readonly known = new Map<string, Known>();

  private readonly farm: string;

  /** Animals of `farm` come before those of others, such as sires of a stud. */
  constructor(animals: Animal[] = [], farm = "") {
    this.farm = farm;
    for (const animal of animals) this.put(animal);
  }

  put(animal: Animal): void {
    const written = [animal.tag, ...(animal.identifiers ?? []).filter((one) => one.state !== "lost").map((one) => one.value)];
    const marks = [...new Set(written.filter(Boolean).flatMap(forms))];
    this.known.set(animal.id, { animal, marks, digits: marks.map((mark) => mark.replace(/\D/g, "")) });
  }

  get size(): number {
    return this.known.size;
  }

  get(id: string | null | undefined): Animal | undefined {
    return id ? this.known.get(id)?.animal : undefined;
  }

  /** Everybody who is there, in the order of tags. */
  present(): Animal[] {
    const there = [...this.known.values()].map((one) => one.animal).filter((one) => one.status === "alive");
    return there.sort((one, other) => one.tag.localeCompare(other.tag));
  }

  /** The one animal that this mark is of, whole; for readers. */
  exactly(text: string): Animal | undefined {
    const wanted = forms(text);
    const found = [...this.known.values()].filter((one) => one.marks.some((mark) => wanted.includes(mark)));
    return (found.find((one) => one.animal.status === "alive") ?? found[0])?.animal;
  }

  /** Whatever people type: a whole mark, its last digits, or a part of a name; best first. */
  find(text: string, suits: (animal: Animal) => boolean = () => true, limit = 30): Animal[] {
    const typed = plain(text);
    if (!typed) return [];
    const wanted = forms(text);
    const digits = /^\d+$/.test(typed) ? typed : "";
    const ranked: [number, Animal][] = [];
    for (const one of this.known.values()) {
      const rank = rankOf(one, wanted, typed, digits);
      if (rank > 0 && suits(one.animal)) ranked.push([rank + this.preference(one.animal), one.animal]);
    }
    ranked.sort(([one, first], [other, second]) => other - one || first.tag.localeCompare(second.tag));
    return ranked.slice(0, limit).map(([, animal]) => animal);
  }

  private preference(animal: Animal): number {
    return (animal.status === "alive" ? 0.3 : 0) + (animal.farm_id === this.farm ? 0.6 : 0);
  }

  /** Another animal that has this tag already. */
  taken(tag: string, but = ""): Animal | undefined {
    const wanted = forms(tag);
    return [...this.known.values()].find(
      (one) => one.animal.id !== but && one.marks.some((mark) => wanted.includes(mark)),
    )?.animal;
  }

  /** Tags for the next newborns: counted on from the one born last, leaving out what is taken. */
  nextTags(count: number, after = ""): string[] {
    let tag = after || this.youngest()?.tag || "";
    const tags: string[] = [];
    while (tag && tags.length < count) {
      tag = nextTag(tag);
      if (tag && !this.taken(tag)) tags.push(tag);
    }
    return tags;
  }

  private youngest(): Animal | undefined {
    let last: Animal | undefined;
    for (const { animal } of this.known.values()) {
      if (!animal.birth_date || !animal.dam_id) continue;
      const order = (one: Animal): string => `${one.birth_date} ${one.tag}`;
      if (!last || order(animal) > order(last)) last = animal;
    }
    return last;
  }
}

function rankOf(one: Known, wanted: string[], typed: string, digits: string): number {
  if (one.marks.some((mark) => wanted.includes(mark))) return 5;
  if (digits && one.digits.some((mark) => mark.endsWith(digits))) return 4;
  const name = one.animal.name.toUpperCase();
  if (!digits && name.startsWith(typed)) return 3;
  if (!digits && typed.length > 1 && name.includes(typed)) return 2;
  return typed.length > 2 && one.marks.some((mark) => mark.includes(typed)) ? 1 : 0;
}
